"""DICOM SR of a radiograph after TID 1500: each deposit as a region of the image; unverified, preliminary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter.codes import CALCIFICATION, RADIOGRAPH_CODES, Measure
from calcimeter.report import instance
from calcimeter.report.radiograph.wording import caveats_of, conclusion, deposit_sentence
from calcimeter.report.sr_content import RANGES, comment, finding_sites, make_document, measured, outlined, whole_group

if TYPE_CHECKING:
    from highdicom.sr import (
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        PlanarROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.dataset import Dataset

    from calcimeter.model.radiograph import RadiographDeposit
    from calcimeter.model.radiograph_analysis import RadiographAnalysis


def make_radiograph_report(analysis: RadiographAnalysis, source: Dataset, digest: str) -> Dataset:
    """A Comprehensive 3D SR: how many deposits, and of each its outline in the image and its measures.

    How lengths were calibrated is said in the comment.

    Parameters
    ----------
    source : Dataset
        From ``read_source``.
    digest : str
        From ``radiograph_digest``; the UIDs derive from it.
    """
    with instance.lenient():
        groups = [_whole(analysis, digest), *(_group(one, analysis, source) for one in analysis.deposits)]
        return make_document(groups, RADIOGRAPH_CODES["procedure"], [source], digest)


def _whole(analysis: RadiographAnalysis, digest: str) -> MeasurementsAndQualitativeEvaluations:
    """What holds for the image; all that is said where there is no deposit."""
    calibration = analysis.study.calibration
    plane = {"patient": "Lengths in the patient", "detector": "Lengths at the detector", "none": "No lengths"}
    rests_on = f"{plane[calibration.plane]}: {calibration.source}."
    ranges = "" if calibration.plane == "none" else f" {RANGES}"
    said = f"{conclusion(analysis)} {rests_on}{ranges} Research use only, not for diagnosis."
    tracking = instance.derived_uid(digest, "search"), "Whole image"
    # None found is no count of 0: bone may hide one.
    return whole_group(tracking, CALCIFICATION, len(analysis.deposits) or None, said)


def _group(
    deposit: RadiographDeposit, analysis: RadiographAnalysis, image: Dataset
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    from highdicom.sr import PlanarROIMeasurementsAndQualitativeEvaluations

    name = (deposit.tracking_uid, f"Deposit {deposit.id}")
    group = PlanarROIMeasurementsAndQualitativeEvaluations(
        **outlined(name, CALCIFICATION, deposit.outline_px, (image, None)),
        finding_sites=finding_sites(analysis.study.body_part, deposit.side),
        measurements=_measurements(deposit, analysis) or None,
    )
    group[0].ContentSequence.append(comment(" ".join([deposit_sentence(deposit, analysis), *caveats_of(deposit)])))
    return group


def _measurements(deposit: RadiographDeposit, analysis: RadiographAnalysis) -> list[Measurement]:
    """Under a name of its own what is measured at the detector: as a length in the patient it would be read."""
    prefix = "" if analysis.study.calibration.plane == "patient" else "detector_"
    values = {
        "long_axis_mm": (deposit.long_axis_mm, "mm"),
        "short_axis_mm": (deposit.short_axis_mm, "mm"),
        "area_mm2": (deposit.area_mm2, "mm2"),
    }
    return [
        measured(Measure(RADIOGRAPH_CODES[prefix + name], unit), estimate)
        for name, (estimate, unit) in values.items()
        if estimate is not None
    ]
