"""What every DICOM SR of ours is made of: the document itself, who measured, measures, sites, outlines, comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter import __version__
from calcimeter.codes import ABOVE, BELOW, BOUNDED_BY, COMMENT, NUMBER_OF_LESIONS, OWN_SCHEME, SIDES, SITES, UNITS
from calcimeter.model.measures import Estimate
from calcimeter.report import instance
from calcimeter.report.record import rounded
from calcimeter.report.segmentation import dicom_code
from calcimeter.report.wording import NBSP

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from highdicom.sr import (
        FindingSite,
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        ObservationContext,
        TextContentItem,
    )
    from pydicom.dataset import Dataset

    from calcimeter.codes import Code, Measure
    from calcimeter.model.grid import FloatArray

SERIES_NUMBER = 301

RANGES = "Ranges of uncertainty are 95 % intervals."
"""What the standard's concept leaves open."""


def make_document(groups: Sequence[Any], procedure: Code, evidence: Sequence[Dataset], digest: str) -> Dataset:
    """A Comprehensive 3D SR after TID 1500, complete, preliminary and unverified, in a series of its own.

    Parameters
    ----------
    groups : sequence
        Groups of measurements.
    procedure : Code
        What was measured on.
    evidence : sequence of Dataset
        The images and results that it rests on; the first one has the patient and study modules.
    digest : str
        Of the content; the UIDs derive from it.
    """
    from highdicom.coding_schemes import CodingSchemeIdentificationItem
    from highdicom.sr import Comprehensive3DSR, MeasurementReport

    who = instance.identity(digest, "measurements", series_number=SERIES_NUMBER)
    own = CodingSchemeIdentificationItem(
        designator=OWN_SCHEME, name="Calcimeter", version=__version__, responsible_organization=instance.MANUFACTURER
    )
    # The library copies and searches the whole tree, so that hundreds of groups would take it long; it gets the first.
    content = MeasurementReport(
        observation_context=_observer(), procedure_reported=dicom_code(procedure), imaging_measurements=groups[:1]
    )
    report: Dataset = Comprehensive3DSR(
        evidence=evidence,
        content=content,
        is_complete=True,
        is_final=False,
        is_verified=False,
        coding_schemes=[own],
        **instance.general_attributes(who),
    )
    for group in groups[1:]:
        report.ContentSequence[-1].ContentSequence.extend(group)
    instance.complete(report, evidence[0])
    return report


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
    from highdicom.sr import Measurement, MeasurementsAndQualitativeEvaluations

    number = None
    if count is not None:
        number = [Measurement(name=dicom_code(NUMBER_OF_LESIONS), value=count, unit=dicom_code(UNITS["1"]))]
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracked(*tracking), finding_type=dicom_code(finding), measurements=number
    )
    group[0].ContentSequence.append(comment(said))
    return group


def outlined(
    tracking: tuple[str, str], finding: Code, line: FloatArray, image: tuple[Dataset, int | None]
) -> dict[str, Any]:
    """What a planar group has in any case, by highdicom's names: what it is called, what it is, its outline, its maker.

    Parameters
    ----------
    tracking : tuple of str
        UID and identifier.
    line : ndarray, (n, 2)
        Closed, columns and rows; whole numbers are the centers of pixels.
    image : (Dataset, int or None)
        The image that it is drawn on and, of a multi-frame one, the number of the frame in the file.
    """
    from highdicom.sr import GraphicTypeValues, ImageRegion, SourceImageForRegion

    source, frame = image
    region = ImageRegion(
        graphic_type=GraphicTypeValues.POLYLINE,
        graphic_data=line + 0.5,  # DICOM counts from the corner of the first pixel
        source_image=SourceImageForRegion(
            referenced_sop_class_uid=source.SOPClassUID,
            referenced_sop_instance_uid=source.SOPInstanceUID,
            referenced_frame_numbers=None if frame is None else [frame],
        ),
    )
    return {
        "tracking_identifier": tracked(*tracking),
        "referenced_region": region,
        "geometric_purpose": dicom_code(BOUNDED_BY),
        "finding_type": dicom_code(finding),
        "algorithm_id": algorithm(),
    }


def tracked(uid: str, name: str) -> Any:
    """What a finding is called, now and in later studies."""
    from highdicom.sr import TrackingIdentifier

    return TrackingIdentifier(uid=uid, identifier=instance.cut(name))


def algorithm() -> Any:
    """What has measured."""
    from highdicom.sr import AlgorithmIdentification

    return AlgorithmIdentification(name="calcimeter", version=__version__)


def measured(measure: Measure, value: Estimate | float) -> Measurement:
    """A measure under its code; how far its 95 % interval reaches up and down, if known, in the same unit."""
    from highdicom.sr import Measurement, NumContentItem, RelationshipTypeValues

    unit = dicom_code(UNITS[measure.unit])
    estimate = value if isinstance(value, Estimate) else Estimate(value)
    item = Measurement(
        name=dicom_code(measure.concept),
        value=rounded(estimate.value),
        unit=unit,
        derivation=None if measure.derivation is None else dicom_code(measure.derivation),
    )
    if estimate.low is None or estimate.high is None:
        return item
    has = RelationshipTypeValues.HAS_PROPERTIES
    reach = [
        NumContentItem(name=dicom_code(code), value=rounded(far), unit=unit, relationship_type=has)
        for code, far in ((ABOVE, estimate.high - estimate.value), (BELOW, estimate.value - estimate.low))
    ]
    item[0].ContentSequence = [*item[0].get("ContentSequence", ()), *reach]
    return item


def finding_sites(site: str | None, side: str | None, otherwise: Code | None = None) -> list[FindingSite] | None:
    """Where in the body, with the side where that is left or right.

    Parameters
    ----------
    site : str or None
        A term of the vocabulary.
    side : str or None
    otherwise : Code or None
        What to say where the site is not known.
    """
    from highdicom.sr import FindingSite

    place = SITES.get(site or "", otherwise)
    if place is None:
        return None
    laterality = SIDES.get(side or "")
    return [FindingSite(dicom_code(place), None if laterality is None else dicom_code(laterality))]


def comment(said: str) -> TextContentItem:
    """What is said of a group in words, as its last content."""
    from highdicom.sr import RelationshipTypeValues, TextContentItem

    plain = said.replace(NBSP, " ")
    return TextContentItem(name=dicom_code(COMMENT), value=plain, relationship_type=RelationshipTypeValues.CONTAINS)


def _observer() -> ObservationContext:
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
