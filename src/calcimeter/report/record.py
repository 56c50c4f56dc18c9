"""An analysis as the dictionary that becomes ``analysis.json``: names, units and null rules are the contract's."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calcimeter.model.lesion import Category
from calcimeter.model.measures import summed
from calcimeter.model.result import ANALYSIS_SCHEMA
from calcimeter.report.chemistry import chemistry_record
from calcimeter.report.differential import ranking_record
from calcimeter.report.patient import record_of_test_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calcimeter.model.analysis import CTAnalysis, Provenance
    from calcimeter.model.caveat import Caveat
    from calcimeter.model.lesion import Lesion
    from calcimeter.model.measures import Estimate, FluidLevel
    from calcimeter.model.study import CTStudy

BURDEN = (Category.SOFT_TISSUE, Category.UNCERTAIN, Category.VASCULAR)

Record = dict[str, Any]


def analysis_record(analysis: CTAnalysis, *, all_categories: bool = False) -> Record:
    """Everything known of a CT study as JSON values.

    Parameters
    ----------
    all_categories
        List bone, metal, contrast and outside too.

    Returns
    -------
    dict
        Valid against ``load_schema()``; keys in a fixed order, numbers finite and without float noise, ``None`` where
        something is not known.
    """
    caveats = all_caveats(analysis)
    return {
        "schema": ANALYSIS_SCHEMA,
        "status": "ok_with_caveats" if caveats else "ok",
        "caveats": [{"code": c.code, "text": c.text} for c in caveats],
        "study": _study(analysis.study),
        "search": {
            "regions": list(analysis.search.regions),
            "examined_mm3": rounded(analysis.search.examined_mm3),
            "threshold_hu": rounded(analysis.search.threshold_hu),
            "detection_limit_mm3": rounded(analysis.search.detection_limit_mm3),
            "not_examined": list(analysis.search.not_examined),
        },
        "calibration": {
            "level": analysis.calibration.level,
            "mg_ha_per_ml_per_hu": rounded(analysis.calibration.mg_ha_per_ml_per_hu),
            "relative_uncertainty": rounded(analysis.calibration.relative_uncertainty),
            "because": analysis.calibration.because,
        },
        "skeleton": _skeleton(analysis),
        "lesions": [_lesion(lesion) for lesion in listed_lesions(analysis, all_categories=all_categories)],
        "burden": {category.value: burden_record(analysis, category) for category in BURDEN},
        "findings": {f.name: {"present": f.present, "because": f.because} for f in analysis.findings()},
        "chemistry": None if analysis.chemistry is None else chemistry_record(analysis.chemistry),
        **ranking_record(analysis.differential, analysis.red_flags()),
        "provenance": _provenance(analysis.provenance),
    }


def listed_lesions(analysis: CTAnalysis, *, all_categories: bool = False) -> tuple[Lesion, ...]:
    """The lesions that the results list, by id: soft tissue first; what was set aside only on request."""
    return (*analysis.lesions, *analysis.set_aside) if all_categories else analysis.lesions


def all_caveats(analysis: CTAnalysis) -> tuple[Caveat, ...]:
    """Every caveat of the study and of the analysis once, by code."""
    return tuple(sorted({*analysis.caveats, *analysis.study.caveats}))


def write_json(record: Record, path: Path) -> None:
    """Write a record as UTF-8 JSON, readable by people.

    Raises
    ------
    ValueError
        A number is not finite: NaN has no place in a result.
    """
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def load_schema() -> Record:
    """The JSON Schema (draft 2020-12) of ``analysis.json``."""
    from importlib.resources import files

    text = files("calcimeter.report").joinpath("schemas/analysis-1.schema.json").read_text(encoding="utf-8")
    schema: Record = json.loads(text)
    return schema


def rounded(value: float | None) -> float | None:
    """Six significant digits and no more than six decimals, so that no float noise is shown; None stays None."""
    if value is None:
        return None
    return float(f"{round(float(value), 6):.6g}") + 0.0  # + 0.0 turns -0.0 to 0.0


def _study(study: CTStudy) -> Record:
    return {
        "modality": "CT",
        "source_format": study.source_format,
        "study_uid": study.study_uid,
        "series_uid": study.series_uid,
        "shape": list(study.volume.grid.shape),
        "spacing_mm": _numbers(study.volume.grid.spacing_mm),
        "kvp": rounded(study.kvp),
        "monoenergetic_kev": rounded(study.monoenergetic_kev),
        "kernel": study.kernel,
        "position": study.position,
        "alternatives": [
            {**asdict(series), "slice_step_mm": rounded(series.slice_step_mm)} for series in study.alternatives
        ],
        **record_of_test_object(study.headers[0] if study.headers else b""),
    }


def _skeleton(analysis: CTAnalysis) -> Record:
    skeleton = analysis.anatomy.skeleton
    bones = [{**asdict(bone), "volume_mm3": rounded(bone.volume_mm3)} for bone in skeleton.bones]
    return {"bones": bones, "source": skeleton.source}


def _lesion(lesion: Lesion) -> Record:
    deposit = lesion.deposit
    return {
        "id": lesion.id,
        "tracking_uid": lesion.tracking_uid,
        "label": deposit.label,
        "category": lesion.category.value,
        "confidence": rounded(deposit.confidence),
        "reasons": list(deposit.reasons),
        **_extent(lesion),
        "mean_hu": rounded(lesion.density.mean_hu),
        "max_hu": rounded(lesion.density.max_hu),
        "mineral_volume_mm3": amount_record(lesion.amount.mineral_volume_mm3),
        "mass_mg_ha": amount_record(lesion.amount.mass_mg_ha),
        "agatston": rounded(lesion.agatston),
        "surface_mm2": rounded(lesion.shape.surface_mm2),
        "sphericity": rounded(lesion.shape.sphericity),
        "solidity": rounded(lesion.shape.solidity),
        "lobes": lesion.shape.lobes,
        "pattern": lesion.pattern.name,
        "pattern_features": {name: rounded(value) for name, value in lesion.pattern.features},
        "fluid_level": _fluid_level(lesion.fluid_level),
        "place": _place(lesion),
        "caveats": sorted({*lesion.caveats, *deposit.caveats}),
    }


def _fluid_level(found: FluidLevel) -> Record:
    return {
        "state": found.state,
        "levels": [
            {
                "height_mm": rounded(level.height_mm),
                "width_mm": rounded(level.width_mm),
                "hu_above": rounded(level.hu_above),
                "hu_below": rounded(level.hu_below),
                "tilt_deg": rounded(level.tilt_deg),
                "center_mm": _numbers(level.center_mm),
            }
            for level in found.levels
        ],
        "gravity_lps": None if found.gravity_lps is None else _numbers(found.gravity_lps),
        "because": found.because,
    }


def _extent(lesion: Lesion) -> Record:
    extent = lesion.extent
    return {
        "centroid_mm": _numbers(extent.centroid_mm),
        "bounding_box_mm": [_numbers(corner) for corner in extent.bounding_box_mm],
        "parts": lesion.deposit.parts,
        "volume_mm3": amount_record(lesion.amount.volume_mm3),
        "volume_threshold_mm3": rounded(lesion.amount.threshold_mm3),
        "long_axis_mm": estimate_record(extent.axes.long_axis_mm),
        "short_axis_mm": estimate_record(extent.axes.short_axis_mm),
        "feret_mm": rounded(extent.feret_mm),
        "extent_mm": {
            "left_right": rounded(extent.left_right_mm),
            "anteroposterior": rounded(extent.anteroposterior_mm),
            "craniocaudal": rounded(extent.craniocaudal_mm),
        },
        "projected_mm": {
            "coronal": _numbers(extent.projected_coronal_mm),
            "sagittal": _numbers(extent.projected_sagittal_mm),
        },
    }


def _place(lesion: Lesion) -> Record:
    place = asdict(lesion.place)
    return {name: rounded(value) if isinstance(value, float) else value for name, value in place.items()}


def burden_record(analysis: CTAnalysis, category: Category) -> Record:
    """Number, volume and mass of a category; the mass is None without calibration or where one is not known."""
    lesions = analysis.of_category(category)
    calibrated = analysis.calibration.level != "none"
    return {
        "lesions": len(lesions),
        "volume_mm3": _total(lesion.amount.volume_mm3 for lesion in lesions),
        "mass_mg_ha": _total(lesion.amount.mass_mg_ha for lesion in lesions) if calibrated else None,
    }


def _total(estimates: Iterable[Estimate | None]) -> Record | None:
    """The sum, None if a part is."""
    parts = list(estimates)
    known = [part for part in parts if part is not None]
    return estimate_record(summed(known)) if len(known) == len(parts) else None


def _provenance(provenance: Provenance) -> Record:
    return {
        "version": provenance.version,
        "settings": {step: dict(values) for step, values in sorted(provenance.settings.items())},
        "input_sha256": provenance.input_sha256,
        "edits": [{**asdict(edit), "tracking_uids": list(edit.tracking_uids)} for edit in provenance.edits],
    }


def estimate_record(estimate: Estimate | None) -> Record | None:
    """A value with its interval; None stays None."""
    if estimate is None:
        return None
    return {"value": rounded(estimate.value), "low": rounded(estimate.low), "high": rounded(estimate.high)}


def amount_record(estimate: Estimate | None) -> Record | None:
    """The same, and what of the interval's half-width all lesions of the scan share: a sum has to know it."""
    record = estimate_record(estimate)
    return None if record is None or estimate is None else {**record, "common": rounded(estimate.common)}


def _numbers(values: Iterable[float]) -> list[float | None]:
    return [rounded(value) for value in values]
