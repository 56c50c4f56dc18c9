"""An analysis of any modality -> what the case needs of it, without arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.case_result import CaseStudy, Kind, Lengths, SeenFocus, Sighting
from calcimeter.model.lesion import Category, Lesion
from calcimeter.model.radiograph import FRONTAL, Radiograph, RadiographDeposit
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.model.scintigram import ScintigraphyAnalysis


def with_facts(study: CaseStudy, analysis: Any) -> CaseStudy:
    """A study of the case, filled with what its analysis found.

    Raises
    ------
    TypeError
        The analysis is of a kind that no case knows.
    """
    for kind, (of_type, fill) in FILLED.items():
        if isinstance(analysis, of_type):
            return _with_common(fill(replace(study, kind=kind), analysis), analysis)
    raise TypeError(f"no case knows {type(analysis).__name__}")


def _with_common(study: CaseStudy, analysis: Any) -> CaseStudy:
    """What every analysis has: status, findings, caveats, and the digest of its input."""
    foreign = _of_no_deposit(analysis) if isinstance(analysis, CTAnalysis) else frozenset()
    caveats = tuple(one for one in sorted({*analysis.caveats, *analysis.study.caveats}) if one.code not in foreign)
    return replace(
        study,
        status="ok_with_caveats" if caveats else "ok",
        findings=analysis.findings(),
        caveats=caveats,
        input_sha256=analysis.provenance.input_sha256,
    )


def _of_no_deposit(analysis: CTAnalysis) -> frozenset[str]:
    """Codes of caveats that only things other than deposits have, such as cartilage: they are none of the case."""
    soft = {code for one in analysis.of_category(Category.SOFT_TISSUE) for code in (*one.caveats, *one.deposit.caveats)}
    every = {code for one in analysis.lesions for code in (*one.caveats, *one.deposit.caveats)}
    return frozenset(every - soft)


def _of_ct(study: CaseStudy, analysis: CTAnalysis) -> CaseStudy:
    soft = analysis.of_category(Category.SOFT_TISSUE)
    return replace(
        study,
        deposits=tuple(_sighting(study.id, lesion) for lesion in soft),
        regions=analysis.search.regions,
        limit_mm3=analysis.search.detection_limit_mm3,
        uncertain=len(analysis.of_category(Category.UNCERTAIN)),
    )


def _sighting(study: int, lesion: Lesion) -> Sighting:
    place, extent, levels = lesion.place, lesion.extent, lesion.fluid_level
    projected = {"coronal": extent.projected_coronal_mm, "sagittal": extent.projected_sagittal_mm}
    return Sighting(
        study=study,
        lesion=lesion.id,
        kind="ct",
        tracking_uid=lesion.tracking_uid,
        side=place.side,
        site=place.site,
        bone=place.bone,
        part=place.part,
        direction=place.direction,
        distance_mm=place.distance_mm,
        long_axis_mm=extent.axes.long_axis_mm.value,
        short_axis_mm=extent.axes.short_axis_mm.value,
        projected_mm=MappingProxyType(projected),
        volume_mm3=lesion.amount.volume_mm3,
        mass_mg_ha=lesion.amount.mass_mg_ha,
        lobes=lesion.shape.lobes,
        pattern=lesion.pattern.name,
        fluid_level=levels.state,
        fluid_levels=None if levels.state == "indeterminate" else len(levels.levels),
    )


def _of_radiograph(study: CaseStudy, analysis: RadiographAnalysis) -> CaseStudy:
    shown = analysis.study.body_part
    return replace(
        study,
        deposits=tuple(_shadow(study.id, one, analysis.study) for one in analysis.deposits),
        regions=(shown,) if shown else (),
    )


def _shadow(study: int, one: RadiographDeposit, image: Radiograph) -> Sighting:
    """A deposit of a radiograph, at the site that it shows: lengths in the plane of its calibration, None without."""
    lengths = (one.long_axis_mm, one.short_axis_mm)
    plane = "coronal" if image.view in FRONTAL else "sagittal" if image.view == "lateral" else None
    projected: dict[str, Lengths] = {}
    if plane is not None and lengths[0] is not None and lengths[1] is not None:
        projected[plane] = (lengths[0].value, lengths[1].value)
    return Sighting(
        study=study,
        lesion=one.id,
        kind="radiograph",
        side=one.side,
        site=image.body_part,
        long_axis_mm=lengths[0].value if lengths[0] else None,
        short_axis_mm=lengths[1].value if lengths[1] else None,
        projected_mm=MappingProxyType(projected),
        radiograph_axis=lengths[0],
        is_enlarged=image.calibration.plane == "detector",
    )


def _of_scintigraphy(study: CaseStudy, analysis: ScintigraphyAnalysis) -> CaseStudy:
    foci = tuple(SeenFocus(study.id, one.side, one.pole, one.retention, one.z_score) for one in analysis.foci)
    return replace(study, foci=foci, regions=("neck",) if analysis.lobes else ())


FILLED: dict[Kind, tuple[type, Callable[[CaseStudy, Any], CaseStudy]]] = {
    "ct": (CTAnalysis, _of_ct),
    "radiograph": (RadiographAnalysis, _of_radiograph),
    "scintigraphy": (ScintigraphyAnalysis, _of_scintigraphy),
}
"""Kind -> the type of its analysis, and what fills a study of the case from it."""
