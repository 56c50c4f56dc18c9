"""DICOM SR of a radiograph after TID 1500: each deposit as a region of the image; unverified, preliminary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter import __version__
from calcimeter.codes import CALCIFICATION, RADIOGRAPH_CODES, UNITS
from calcimeter.report import instance
from calcimeter.report.radiograph.wording import conclusion
from calcimeter.report.record import rounded
from calcimeter.report.segmentation import dicom_code
from calcimeter.report.structured import observer, whole_group

if TYPE_CHECKING:
    from highdicom.sr import (
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        PlanarROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.dataset import Dataset

    from calcimeter.model.radiograph import RadiographDeposit
    from calcimeter.model.radiograph_analysis import RadiographAnalysis

SERIES_NUMBER = 301


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
    from highdicom.sr import Comprehensive3DSR, MeasurementReport

    who = instance.identity(digest, "measurements", series_number=SERIES_NUMBER)
    with instance.lenient():
        groups = [_whole(analysis, digest), *(_group(one, analysis, source) for one in analysis.deposits)]
        content = MeasurementReport(
            observation_context=observer(),
            procedure_reported=dicom_code(RADIOGRAPH_CODES["procedure"]),
            imaging_measurements=groups,
        )
        report = Comprehensive3DSR(
            evidence=[source],
            content=content,
            is_complete=True,
            is_final=False,
            is_verified=False,
            **instance.general_attributes(who),
        )
        instance.complete(report, source)
    return report


def _whole(analysis: RadiographAnalysis, digest: str) -> MeasurementsAndQualitativeEvaluations:
    """What holds for the image; all that is said where there is no deposit."""
    calibration = analysis.study.calibration
    plane = {"patient": "Lengths in the patient", "detector": "Lengths at the detector", "none": "No lengths"}
    rests_on = f"{plane[calibration.plane]}: {calibration.source}."
    said = f"{conclusion(analysis)} {rests_on} Research use only, not for diagnosis."
    tracking = instance.derived_uid(digest, "search"), "Whole image"
    # None found is no count of 0: bone may hide one.
    return whole_group(tracking, CALCIFICATION, len(analysis.deposits) or None, said)


def _group(
    deposit: RadiographDeposit, analysis: RadiographAnalysis, image: Dataset
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    from highdicom.sr import (
        AlgorithmIdentification,
        GraphicTypeValues,
        ImageRegion,
        PlanarROIMeasurementsAndQualitativeEvaluations,
        SourceImageForRegion,
        TrackingIdentifier,
    )

    region = ImageRegion(
        graphic_type=GraphicTypeValues.POLYLINE,
        # DICOM counts from the corner of the first pixel.
        graphic_data=deposit.outline_px + 0.5,
        source_image=SourceImageForRegion(
            referenced_sop_class_uid=image.SOPClassUID, referenced_sop_instance_uid=image.SOPInstanceUID
        ),
    )
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=deposit.tracking_uid, identifier=f"Deposit {deposit.id}"),
        referenced_region=region,
        finding_type=dicom_code(CALCIFICATION),
        algorithm_id=AlgorithmIdentification(name="calcimeter", version=__version__),
        measurements=_measurements(deposit, analysis) or None,
    )


def _measurements(deposit: RadiographDeposit, analysis: RadiographAnalysis) -> list[Measurement]:
    """Under a name of its own what is measured at the detector: as a length in the patient it would be read."""
    from highdicom.sr import Measurement

    prefix = "" if analysis.study.calibration.plane == "patient" else "detector_"
    values = {
        "long_axis_mm": (deposit.long_axis_mm, "mm"),
        "short_axis_mm": (deposit.short_axis_mm, "mm"),
        "area_mm2": (deposit.area_mm2, "mm2"),
    }
    return [
        Measurement(
            name=dicom_code(RADIOGRAPH_CODES[prefix + name]),
            value=rounded(estimate.value),
            unit=dicom_code(UNITS[unit]),
        )
        for name, (estimate, unit) in values.items()
        if estimate is not None
    ]
