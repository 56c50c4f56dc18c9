"""A radiograph as the dictionary that becomes ``analysis.json``: names, units and null rules are the contract's."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from calcimeter.model.radiograph import Radiograph, RadiographDeposit, Suspect
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.model.result import ANALYSIS_SCHEMA
from calcimeter.report.chemistry import chemistry_record
from calcimeter.report.differential import ranking_record
from calcimeter.report.patient import record_of_test_object
from calcimeter.report.record import estimate_record, rounded
from calcimeter.report.table import Place, with_interval, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Record = dict[str, Any]

COLUMNS: dict[str, Place] = {
    "id": ("id",),
    "tracking_uid": ("tracking_uid",),
    "side": ("side",),
    "given": ("given",),
    "confidence": ("confidence",),
    **with_interval("area", "mm2"),
    **with_interval("long_axis", "mm"),
    **with_interval("short_axis", "mm"),
    "area_px": ("area_px", "value"),
    "long_axis_px": ("long_axis_px", "value"),
    "short_axis_px": ("short_axis_px", "value"),
    "centroid_column_px": ("centroid_px", 0),
    "centroid_row_px": ("centroid_px", 1),
    "contrast": ("contrast", "value"),
    "contrast_low": ("contrast", "low"),
    "contrast_high": ("contrast", "high"),
    "contrast_to_noise": ("contrast_to_noise",),
    "caveats": ("caveats",),
}
"""Column -> where it stands in a deposit of the record."""


def radiograph_record(analysis: RadiographAnalysis) -> Record:
    """Everything known of a radiograph as JSON values.

    Returns
    -------
    dict
        Valid against ``load_radiograph_schema()``; keys in a fixed order, numbers finite and without float noise,
        ``None`` where something is not known.
    """
    caveats = all_caveats(analysis)
    calibration, provenance = analysis.study.calibration, analysis.provenance
    return {
        "schema": ANALYSIS_SCHEMA,
        "status": "ok_with_caveats" if caveats else "ok",
        "caveats": caveats,
        "study": _study(analysis.study),
        "search": {
            "regions": [analysis.study.body_part] if analysis.study.body_part else [],
            "examined_px": analysis.examined_px,
            "examined_mm2": None
            if calibration.pixel_mm is None
            else rounded(analysis.examined_px * calibration.pixel_mm**2),
        },
        "calibration": {
            "plane": calibration.plane,
            "magnification": rounded(calibration.magnification),
            "source": calibration.source,
            "pixel_mm": rounded(calibration.pixel_mm),
            "factors": None if calibration.factors is None else [rounded(factor) for factor in calibration.factors],
        },
        "deposits": [_deposit(one) for one in analysis.deposits],
        "suspects": [_suspect(one) for one in analysis.suspects],
        "brooker": None if analysis.brooker is None else asdict(analysis.brooker),
        "findings": {f.name: {"present": f.present, "because": f.because} for f in analysis.findings()},
        "chemistry": None if analysis.chemistry is None else chemistry_record(analysis.chemistry),
        **ranking_record(analysis.differential, analysis.red_flags()),
        "provenance": {
            "version": provenance.version,
            "settings": {step: dict(values) for step, values in sorted(provenance.settings.items())},
            "input_sha256": provenance.input_sha256,
            "edits": [],
        },
    }


def all_caveats(analysis: RadiographAnalysis) -> list[dict[str, str]]:
    """Every caveat of the image and of the analysis once, by code."""
    found = sorted({*analysis.caveats, *analysis.study.caveats})
    return [{"code": one.code, "text": one.text} for one in found]


def load_radiograph_schema() -> Record:
    """The JSON Schema of ``analysis.json`` of a radiograph."""
    text = files("calcimeter.report").joinpath("schemas/radiograph-1.schema.json").read_text(encoding="utf-8")
    schema: Record = json.loads(text)
    return schema


def write_deposits(record: Record, path: Path) -> None:
    """Write the deposits of a record as CSV; without one the header alone."""
    write_rows(record["deposits"], COLUMNS, path)


def _study(study: Radiograph) -> Record:
    pixel_mm = rounded(study.calibration.pixel_mm)
    return {
        "modality": study.modality,
        **record_of_test_object(study.header),
        "source_format": study.source_format,
        "study_uid": study.study_uid,
        "series_uid": study.series_uid,
        "shape": list(study.values.shape),
        "spacing_mm": None if pixel_mm is None else [pixel_mm, pixel_mm],
        "bits": study.bits,
        "view": study.view,
        "body_part": study.body_part,
        "laterality": study.laterality,
        "columns_toward": study.columns_toward,
        "alternatives": [asdict(series) for series in study.alternatives],
    }


def _deposit(deposit: RadiographDeposit) -> Record:
    return {
        "id": deposit.id,
        "tracking_uid": deposit.tracking_uid,
        "side": deposit.side,
        "given": deposit.given,
        "confidence": rounded(deposit.confidence),
        "reasons": list(deposit.reasons),
        "area_mm2": estimate_record(deposit.area_mm2),
        "long_axis_mm": estimate_record(deposit.long_axis_mm),
        "short_axis_mm": estimate_record(deposit.short_axis_mm),
        "area_px": estimate_record(deposit.area_px),
        "long_axis_px": estimate_record(deposit.axes.long_px),
        "short_axis_px": estimate_record(deposit.axes.short_px),
        "centroid_px": _point(deposit.centroid_px),
        "outline_px": [_point(point) for point in deposit.outline_px],
        "long_axis_ends_px": [_point(point) for point in deposit.axes.long_ends_px],
        "short_axis_ends_px": [_point(point) for point in deposit.axes.short_ends_px],
        "contrast": estimate_record(deposit.contrast),
        "contrast_to_noise": rounded(deposit.contrast_to_noise),
        "caveats": sorted(deposit.caveats),
    }


def _suspect(suspect: Suspect) -> Record:
    return {
        "centroid_px": _point(suspect.centroid_px),
        "box_px": list(suspect.box_px),
        "unlike_bone": rounded(suspect.unlike_bone),
        "because": suspect.because,
    }


def _point(values: Iterable[float]) -> list[float]:
    """Column and row, to a hundredth of a pixel."""
    return [round(float(value), 2) + 0.0 for value in values]
