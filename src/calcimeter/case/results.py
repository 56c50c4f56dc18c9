"""Output folders of CT studies as studies of a case: what a time line of volumes needs of them."""

from __future__ import annotations

from collections.abc import Sequence

from calcimeter.model.case_result import CaseStudy, Sighting
from calcimeter.model.lesion import Category
from calcimeter.model.result import LesionResult, StudyResult


def studies_of(results: Sequence[StudyResult], days: Sequence[int | None]) -> tuple[CaseStudy, ...]:
    """Studies numbered from 1 in their order, with soft-tissue deposits; a place is named by its nearest bone."""
    return tuple(
        CaseStudy(
            id=number,
            kind="ct",
            region=None,
            day=day,
            status="ok",
            deposits=tuple(_sighting(number, one, result) for one in result.of_category(Category.SOFT_TISSUE)),
            limit_mm3=result.detection_limit_mm3,
        )
        for number, (result, day) in enumerate(zip(results, days, strict=True), start=1)
    )


def _sighting(study: int, lesion: LesionResult, result: StudyResult) -> Sighting:
    bone = next((bone for bone in result.bones if bone.id == lesion.bone_id), None)
    return Sighting(
        study=study,
        lesion=lesion.id,
        kind="ct",
        tracking_uid=lesion.tracking_uid,
        side=None if bone is None else bone.side,
        site=None if bone is None else bone.name,
        bone=None if bone is None else bone.name,
        volume_mm3=lesion.volume_mm3,
        mass_mg_ha=lesion.mass_mg_ha,
    )
