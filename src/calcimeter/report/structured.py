"""DICOM SR after TID 1500: measurements, unverified and preliminary. A differential never enters DICOM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter.codes import CALCIFICATION, COMPUTED_TOMOGRAPHY
from calcimeter.model.lesion import Category
from calcimeter.report import instance
from calcimeter.report.lesion_groups import lesion_groups
from calcimeter.report.sr_content import RANGES, make_document, whole_group
from calcimeter.report.wording import term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from highdicom.sr import MeasurementsAndQualitativeEvaluations
    from pydicom.dataset import Dataset

    from calcimeter.model.analysis import CTAnalysis


def make_structured_report(
    analysis: CTAnalysis, sources: Sequence[Dataset], segmentation: Dataset | None, digest: str
) -> Dataset:
    """A Comprehensive 3D SR: how many lesions in what was searched; of each its measures and its outline.

    Parameters
    ----------
    sources : sequence of Dataset
        From ``source.read_sources``.
    segmentation : Dataset or None
        From ``make_segmentation``; None where there is no soft-tissue lesion.
    digest : str
        From ``instance.content_digest``; the UIDs derive from it.
    """
    lesions = () if segmentation is None else analysis.of_category(Category.SOFT_TISSUE)
    evidence = list(sources) if segmentation is None else [*sources, segmentation]
    with instance.lenient():
        groups = [
            _search_group(analysis, digest),
            *(group for lesion in lesions for group in lesion_groups(lesion, analysis, (sources, segmentation))),
        ]
        return make_document(groups, COMPUTED_TOMOGRAPHY, evidence, digest)


def search_sentence(analysis: CTAnalysis) -> str:
    """How many soft-tissue lesions in what was searched: never just "none"."""
    search = analysis.search
    count = len(analysis.of_category(Category.SOFT_TISSUE))
    uncertain = len(analysis.of_category(Category.UNCERTAIN))
    limit = "" if search.detection_limit_mm3 is None else f" over {search.detection_limit_mm3:.3g} mm3"
    where = f" in {', '.join(term(region) for region in search.regions)}" if search.regions else ""
    said = f"Soft-tissue calcification{limit}{where}: {count or ('none definite' if uncertain else 'none')}."
    to_look_at = f" Of uncertain nature: {uncertain}." if uncertain else ""
    searched = f"Searched: {search.examined_mm3 / 1000:.0f} ml of body."
    density = f" Attenuation is that of voxels above {search.threshold_hu:.0f} HU." if count else ""
    ranges = f" {RANGES}" if count else ""
    left_out = f" Not examined: {', '.join(search.not_examined)}." if search.not_examined else ""
    return f"{said}{to_look_at} {searched}{left_out}{density}{ranges} Research use only, not for diagnosis."


def _search_group(analysis: CTAnalysis, digest: str) -> MeasurementsAndQualitativeEvaluations:
    """What holds for the whole study; all that is said where there is no lesion."""
    lesions = analysis.of_category(Category.SOFT_TISSUE)
    tracking = instance.derived_uid(digest, "search"), "Whole study"
    return whole_group(tracking, CALCIFICATION, len(lesions), search_sentence(analysis))
