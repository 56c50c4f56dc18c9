"""What DICOM SEG and SR share: the source's headers, derived UIDs, creation dates, values that fit their VR."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from calcimeter import __version__
from calcimeter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset

    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.study import CTStudy

MANUFACTURER = "Calcimeter project"
MODEL = "Calcimeter"
DEVICE_SERIAL_NUMBER = "0"
CHARACTER_SET = "ISO_IR 192"  # UTF-8 holds whatever the source's own character set held

# Type 2 of patient, study and series: present in every result, empty where the source has nothing.
_TYPE_2 = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
# Longest value of the VRs that are text; what is longer is cut.
_LONGEST = {"SH": 16, "LO": 64, "ST": 1024, "LT": 10240, "CS": 16, "PN": 64}


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a result belongs in a DICOM archive.

    Parameters
    ----------
    series_uid, instance_uid : str
    series_number : int
    description : str
        Of the series.
    """

    series_uid: str
    instance_uid: str
    series_number: int
    description: str


def identity(digest: str, kind: str, *, series_number: int) -> Identity:
    """The identity of one kind of result ("segmentation", "measurements") of an analysis with that digest."""
    return Identity(
        series_uid=derived_uid(digest, kind, "series"),
        instance_uid=derived_uid(digest, kind, "instance"),
        series_number=series_number,
        description=f"{MODEL} {kind}",
    )


def general_attributes(who: Identity) -> dict[str, Any]:
    """What every result says of itself and of what made it, as highdicom's constructors name it."""
    return {
        "series_instance_uid": who.series_uid,
        "series_number": who.series_number,
        "sop_instance_uid": who.instance_uid,
        "instance_number": 1,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MODEL,
        "software_versions": __version__,
        "device_serial_number": DEVICE_SERIAL_NUMBER,
        "series_description": who.description,
        "specific_character_set": CHARACTER_SET,
    }


def content_digest(analysis: CTAnalysis) -> str:
    """Hexadecimal SHA-256 of all that a result says: measures, voxels, settings and version."""
    import json

    from calcimeter.report.record import analysis_record

    digest = sha256(json.dumps(analysis_record(analysis), sort_keys=True).encode())
    digest.update(__version__.encode())
    for lesion in analysis.lesions:
        envelope = lesion.deposit.envelope
        digest.update(repr((envelope.start, envelope.mask.shape)).encode())
        digest.update(np.packbits(envelope.mask).tobytes())
    return digest.hexdigest()


def derived_uid(*parts: str) -> str:
    """A UID under 2.25 that depends on the parts alone."""
    number = int.from_bytes(sha256("\n".join(parts).encode()).digest()[:16], "big")
    return f"2.25.{number}"


def read_sources(study: CTStudy) -> list[Dataset]:
    """The study's headers in the file's slice order, with what a result needs from them made whole.

    The first one is what results take patient and study from: type 2 attributes that it lacks are empty, values that
    break their VR are cut, or emptied where nothing can be cut. The source itself stays as it is.
    """
    from io import BytesIO

    from pydicom import dcmread

    with lenient():
        sources = [dcmread(BytesIO(header), force=True, stop_before_pixels=True) for header in study.headers]
        _make_whole(sources[0])
        for source in sources:
            _complete_geometry(source, study)
    return sources


def creation_time(source: Dataset | None = None) -> datetime:
    """When a result counts as made: SOURCE_DATE_EPOCH, else when the study was made, else 1970.

    The clock is never asked, so that the same input gives the same bytes; a result without SOURCE_DATE_EPOCH
    carries the date of the images that it describes.

    Raises
    ------
    UsageError
        SOURCE_DATE_EPOCH is not a whole number of seconds.
    """
    epoch = source_date_epoch()
    if epoch is not None:
        return datetime.fromtimestamp(epoch, tz=UTC)
    made = f"{source.get('StudyDate', '')}{str(source.get('StudyTime', ''))[:6]:0<6}" if source else ""
    try:
        return datetime.strptime(made, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, tz=UTC)


def source_date_epoch() -> int | None:
    """SOURCE_DATE_EPOCH in seconds since 1970; None where it is not set.

    Raises
    ------
    UsageError
        It is set to something else.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return None if epoch is None else int(datetime.fromtimestamp(int(epoch), tz=UTC).timestamp())
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            "SOURCE_DATE_EPOCH is not a number of seconds since 1970: set it to one, or unset it"
        ) from None


def make_repeatable(instance: Dataset, *, made: datetime) -> None:
    """Replace what the writing library takes from the clock and from chance."""
    instance.InstanceCreationDate = instance.ContentDate = made.strftime("%Y%m%d")
    instance.InstanceCreationTime = instance.ContentTime = made.strftime("%H%M%S")
    for equipment in instance.get("ContributingEquipmentSequence", ()):
        if "ContributionDateTime" in equipment:
            equipment.ContributionDateTime = made.strftime("%Y%m%d%H%M%S")
    organization = derived_uid(instance.SOPInstanceUID, "dimensions")
    for keyword in ("DimensionOrganizationSequence", "DimensionIndexSequence"):
        for item in instance.get(keyword, ()):
            item.DimensionOrganizationUID = organization


def save(instance: Dataset, path: Path) -> None:
    """Write one result as a DICOM file."""
    with lenient():
        instance.save_as(path, enforce_file_format=True)


@contextmanager
def lenient() -> Iterator[None]:
    """Headers out of the field hold values that break their VR; they are handled here, not warned of."""
    import warnings

    from pydicom.config import disable_value_validation

    with disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def cut(text: str, longest: int = 64) -> str:
    """The text at a length that its VR holds, without the backslash, which would split the value."""
    return text.replace("\\", "/")[:longest].strip()


def _make_whole(source: Dataset) -> None:
    for keyword in _TYPE_2:
        if keyword not in source:
            setattr(source, keyword, "")
    source.decode()
    source.walk(_fit_value)
    if source.PatientSex not in ("M", "F", "O", "", None):
        source.PatientSex = ""


def _complete_geometry(source: Dataset, study: CTStudy) -> None:
    """Type 2 or missing in some archives, and needed by results."""
    if not source.get("FrameOfReferenceUID"):
        source.FrameOfReferenceUID = derived_uid(study.series_uid or "", "frame of reference")
    if not source.get("SliceThickness"):
        source.SliceThickness = f"{study.volume.layout.grid.spacing_mm[0]:.10g}"


def _fit_value(_: Dataset, element: Any) -> None:
    """Cut the text of one element to what its VR holds; what still breaks it becomes empty."""
    from pydicom.config import RAISE
    from pydicom.multival import MultiValue
    from pydicom.valuerep import validate_value

    if element.VR not in (*_LONGEST, "AE", "AS", "DA", "DS", "DT", "IS", "TM") or element.value is None:
        return
    several = isinstance(element.value, MultiValue)
    fitted = []
    for value in element.value if several else [element.value]:
        text = str(value)[: _LONGEST.get(element.VR)]
        try:
            validate_value(element.VR, text, RAISE)
        except ValueError:
            text = ""
        fitted.append(text)
    if fitted != [str(value) for value in (element.value if several else [element.value])]:
        element.value = fitted if several else fitted[0]
