"""DICOM SR after TID 1500: measurements, unverified and preliminary. A differential never enters DICOM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter import __version__
from calcimeter.codes import (
    CALCIFICATION,
    COMMENT,
    COMPUTED_TOMOGRAPHY,
    MEASURES,
    NUMBER_OF_LESIONS,
    UNITS,
    Code,
)
from calcimeter.model.lesion import Category
from calcimeter.report import instance
from calcimeter.report.labels import segment_name
from calcimeter.report.record import rounded
from calcimeter.report.segmentation import dicom_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from highdicom.sr import (
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        ObservationContext,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.dataset import Dataset

    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.lesion import Lesion

SERIES_NUMBER = 301


def make_structured_report(
    analysis: CTAnalysis, sources: Sequence[Dataset], segmentation: Dataset | None, digest: str
) -> Dataset:
    """A Comprehensive 3D SR: how many lesions in what was searched, and the measures of each beside its segment.

    Parameters
    ----------
    sources : sequence of Dataset
        From ``source.read_sources``.
    segmentation : Dataset or None
        From ``make_segmentation``; None where there is no soft-tissue lesion.
    digest : str
        From ``instance.content_digest``; the UIDs derive from it.
    """
    from highdicom.sr import Comprehensive3DSR, MeasurementReport

    who = instance.identity(digest, "measurements", series_number=SERIES_NUMBER)
    with instance.lenient():
        groups = [_search_group(analysis, digest)]
        if segmentation is not None:
            groups += [_lesion_group(x, segmentation) for x in analysis.of_category(Category.SOFT_TISSUE)]
        content = MeasurementReport(
            observation_context=observer(),
            procedure_reported=dicom_code(COMPUTED_TOMOGRAPHY),
            imaging_measurements=groups,
        )
        report = Comprehensive3DSR(
            evidence=[*sources, *([segmentation] if segmentation is not None else [])],
            content=content,
            is_complete=True,
            is_final=False,
            is_verified=False,
            **instance.general_attributes(who),
        )
        instance.complete(report, sources[0])
    return report


def search_sentence(analysis: CTAnalysis) -> str:
    """How many soft-tissue lesions in what was searched: never just "none"."""
    search = analysis.search
    count = len(analysis.of_category(Category.SOFT_TISSUE))
    uncertain = len(analysis.of_category(Category.UNCERTAIN))
    limit = "" if search.detection_limit_mm3 is None else f" over {search.detection_limit_mm3:.3g} mm3"
    where = f" in {', '.join(search.regions)}" if search.regions else ""
    said = f"Soft-tissue calcification{limit}{where}: {count or ('none definite' if uncertain else 'none')}."
    to_look_at = f" Of uncertain nature: {uncertain}." if uncertain else ""
    searched = f"Searched: {search.examined_mm3 / 1000:.0f} ml of body."
    density = f" Attenuation is that of voxels above {search.threshold_hu:.0f} HU." if count else ""
    left_out = f" Not examined: {', '.join(search.not_examined)}." if search.not_examined else ""
    return f"{said}{to_look_at} {searched}{left_out}{density} Research use only, not for diagnosis."


def observer() -> ObservationContext:
    """What has measured: the program itself, as a device."""
    from highdicom.sr import DeviceObserverIdentifyingAttributes, ObservationContext, ObserverContext
    from pydicom.sr.codedict import codes

    device = DeviceObserverIdentifyingAttributes(
        uid=instance.derived_uid("calcimeter", __version__),
        name="calcimeter",
        manufacturer_name=instance.MANUFACTURER,
        model_name=instance.MODEL,
        serial_number=instance.DEVICE_SERIAL_NUMBER,
    )
    context = ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    return ObservationContext(observer_device_context=context)


def _search_group(analysis: CTAnalysis, digest: str) -> MeasurementsAndQualitativeEvaluations:
    """What holds for the whole study; all that is said where there is no lesion."""
    lesions = analysis.of_category(Category.SOFT_TISSUE)
    tracking = instance.derived_uid(digest, "search"), "Whole study"
    return whole_group(tracking, CALCIFICATION, len(lesions), search_sentence(analysis))


def whole_group(
    tracking: tuple[str, str], finding: Code, count: int | None, said: str
) -> MeasurementsAndQualitativeEvaluations:
    """A group that speaks of all images together.

    Parameters
    ----------
    tracking : tuple of str
        UID and identifier of the group.
    finding : Code
        What was counted.
    count : int or None
        How many there are; None where that can't be told, so that no 0 is read from it.
    said : str
        The conclusion in words.
    """
    from highdicom.sr import (
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        RelationshipTypeValues,
        TextContentItem,
        TrackingIdentifier,
    )

    uid, identifier = tracking
    number = None
    if count is not None:
        number = [Measurement(name=dicom_code(NUMBER_OF_LESIONS), value=count, unit=dicom_code(UNITS["1"]))]
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=uid, identifier=identifier),
        finding_type=dicom_code(finding),
        measurements=number,
    )
    sentence = TextContentItem(name=dicom_code(COMMENT), value=said, relationship_type=RelationshipTypeValues.CONTAINS)
    group[0].ContentSequence.append(sentence)
    return group


def _lesion_group(lesion: Lesion, segmentation: Dataset) -> VolumetricROIMeasurementsAndQualitativeEvaluations:
    from highdicom.sr import (
        AlgorithmIdentification,
        ReferencedSegment,
        SourceSeriesForSegmentation,
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )

    segment = ReferencedSegment(
        sop_class_uid=segmentation.SOPClassUID,
        sop_instance_uid=segmentation.SOPInstanceUID,
        segment_number=lesion.id,
        source_series=SourceSeriesForSegmentation(segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID),
    )
    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=lesion.tracking_uid, identifier=instance.cut(segment_name(lesion))),
        referenced_segment=segment,
        finding_type=dicom_code(CALCIFICATION),
        algorithm_id=AlgorithmIdentification(name="calcimeter", version=__version__),
        measurements=_measurements(lesion),
    )


def _measurements(lesion: Lesion) -> list[Measurement]:
    from highdicom.sr import Measurement

    extent = lesion.extent
    values = {
        "volume_mm3": lesion.amount.volume_mm3.value,
        "volume_threshold_mm3": lesion.amount.threshold_mm3,
        "long_axis_mm": extent.axes.long_axis_mm.value,
        "short_axis_mm": extent.axes.short_axis_mm.value,
        "mean_hu": lesion.density.mean_hu,
        "max_hu": lesion.density.max_hu,
    }
    return [
        Measurement(
            name=dicom_code(MEASURES[field].concept),
            value=rounded(value),
            unit=dicom_code(UNITS[MEASURES[field].unit]),
            derivation=None if (how := MEASURES[field].derivation) is None else dicom_code(how),
        )
        for field, value in values.items()
    ]
