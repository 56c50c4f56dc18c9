"""What DICOM SEG and SR share: who they are, derived UIDs, creation dates."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from calcimeter import __version__
from calcimeter.report.epoch import source_date_epoch
from calcimeter.report.patient import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset

    from calcimeter.model.analysis import CTAnalysis

MANUFACTURER = "Calcimeter project"
MODEL = "Calcimeter"
DEVICE_SERIAL_NUMBER = "0"
CHARACTER_SET = "ISO_IR 192"  # UTF-8 holds whatever the source's own character set held


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


def complete(result: Dataset, source: Dataset) -> None:
    """Put in what the writing library leaves out of the source's modules, and replace what it takes from the clock and
    from chance.

    Parameters
    ----------
    source : Dataset
        The first of ``source.read_sources``.
    """
    for keyword in MODULES:
        if keyword in source:
            result[keyword] = source[keyword]
    made = creation_time(source)
    result.InstanceCreationDate = result.ContentDate = made.date().isoformat().replace("-", "")
    result.InstanceCreationTime = result.ContentTime = made.strftime("%H%M%S")
    for equipment in result.get("ContributingEquipmentSequence", ()):
        if "ContributionDateTime" in equipment:
            equipment.ContributionDateTime = result.ContentDate + result.ContentTime
    organization = derived_uid(result.SOPInstanceUID, "dimensions")
    for keyword in ("DimensionOrganizationSequence", "DimensionIndexSequence"):
        for item in result.get(keyword, ()):
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
