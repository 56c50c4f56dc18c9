"""A reference object as files: DICOM as a scanner writes it, and the truth as JSON."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import OutputExists, UsageError
from calcimeter.phantom.acquire import HU_RANGE, Acquisition, ReferenceObject

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

EPOCH_OF_PHANTOMS = 946_728_000
"""Noon of 2000-01-01 UTC: a phantom is nobody, and its dates are those of no patient."""
DECIMALS = 6
BODY_PARTS = {
    "demo": {"BodyPartExamined": "PELVIS"},
    "patient-pelvis": {"BodyPartExamined": "PELVIS"},
    "patient-thorax": {"BodyPartExamined": "CHEST"},
}
THIGH = {"BodyPartExamined": "THIGH", "Laterality": "L"}
"""What the header says of all others."""


def write_reference(reference: ReferenceObject, out: Path, day: int = 0) -> None:
    """Write ``out/dicom/IM0001.dcm`` ... in the file's slice order, and ``out/truth.json``.

    Parameters
    ----------
    reference : ReferenceObject
    out : Path
        Made if needed.
    day : int
        Of the study, from the epoch of all phantoms.

    Raises
    ------
    OutputExists
        ``out/dicom`` holds files already: slices of two scans must not mix.
    """
    folder = out / "dicom"
    if folder.exists() and any(folder.iterdir()):
        raise OutputExists("the output folder already holds a scan; name another folder or empty it")
    folder.mkdir(parents=True, exist_ok=True)
    values = _stored(reference)
    dataset = _series(reference, hashlib.sha256(values.tobytes()).hexdigest(), day)
    grid = reference.volume.layout.grid
    for k, image in enumerate(values):
        _set_slice(dataset, k, grid.to_patient((k, 0, 0)).tolist())
        dataset.PixelData = image.tobytes()
        dataset.save_as(folder / f"IM{k + 1:04d}.dcm", enforce_file_format=True)
    text = json.dumps(rounded(reference.truth), indent=1, allow_nan=False)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8")


def _stored(reference: ReferenceObject) -> npt.NDArray[np.uint16] | npt.NDArray[np.int16]:
    """Values in the file's order and as stored: signed HU, or unsigned 12 bits above -1024."""
    hu = np.ascontiguousarray(reference.volume.layout.to_source(reference.volume.values))
    if reference.acquisition.bits == 16:
        return hu.astype("<i2")
    return (hu.astype(np.int32) - HU_RANGE[0]).astype("<u2")


def _series(reference: ReferenceObject, digest: str, day: int) -> Dataset:
    """Everything that all slices share."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    def uid(role: str) -> str:
        return str(generate_uid(entropy_srcs=[role, reference.name, repr(reference.acquisition), digest]))

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.SOPClassUID = CTImageStorage
    dataset.StudyInstanceUID = uid("study")
    dataset.SeriesInstanceUID = uid("series")
    dataset.FrameOfReferenceUID = uid("frame of reference")
    for keyword, value in {**_who_and_what(reference, moment_of(day)), **_how(reference.acquisition)}.items():
        setattr(dataset, keyword, value)
    _set_pixels(dataset, reference.acquisition)
    return dataset


def moment_of(day: int) -> datetime:
    """Noon of a day of the phantoms: SOURCE_DATE_EPOCH, where it is set, is that of day 0.

    Raises
    ------
    UsageError
        SOURCE_DATE_EPOCH is no number.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", EPOCH_OF_PHANTOMS)
    if not str(epoch).isdigit():
        raise UsageError("SOURCE_DATE_EPOCH is not a number of seconds since 1970: set it to one, or unset it")
    return datetime.fromtimestamp(int(epoch), tz=UTC) + timedelta(days=day)


def nobody(study: datetime, series: datetime) -> dict[str, Any]:
    """The header of a patient who is none: name, study, equipment, and when study and series were made."""
    moments = {"Study": study, "Series": series, "Acquisition": series, "Content": series}
    return {
        "PatientName": "CALCIMETER^PHANTOM",
        "PatientID": "CALCIMETER",
        "PatientBirthDate": "",
        "PatientSex": "O",
        "QualityControlSubject": "YES",
        **{f"{name}Date": when.strftime("%Y%m%d") for name, when in moments.items()},
        **{f"{name}Time": when.strftime("%H%M%S") for name, when in moments.items()},
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "StudyID": "1",
        "StudyDescription": "Digital reference object",
        "Manufacturer": "Calcimeter",
        "ManufacturerModelName": "Digital reference object",
    }


def _who_and_what(reference: ReferenceObject, moment: datetime) -> dict[str, Any]:
    """Patient, study, series and equipment."""
    return {
        **nobody(moment, moment),
        "QualityControlImage": "YES",
        "SeriesNumber": "2",
        "SeriesDescription": reference.name,
        "Modality": "CT",
        **next((said for name, said in BODY_PARTS.items() if reference.name.startswith(name)), THIGH),
        "PositionReferenceIndicator": "",
    }


def _how(acquisition: Acquisition) -> dict[str, Any]:
    """The CT image, but for what changes from slice to slice and for the pixels' format."""
    rows_go, columns_go = acquisition.directions[1], acquisition.directions[2]
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "AcquisitionNumber": "1",
        "KVP": f"{acquisition.kvp:g}",
        "ConvolutionKernel": acquisition.kernel,
        "PatientPosition": acquisition.position,
        "PixelSpacing": [_decimal(spacing) for spacing in acquisition.spacing_mm[1:]],
        "SliceThickness": _decimal(acquisition.slice_thickness_mm),
        "ImageOrientationPatient": [_decimal(cosine) for cosine in (*columns_go, *rows_go)],
        "WindowCenter": "40",
        "WindowWidth": "400",
    }


def _set_pixels(dataset: Dataset, acquisition: Acquisition) -> None:
    """Format of the pixels and the way from stored values to HU."""
    signed = acquisition.bits == 16
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = acquisition.shape[1:]
    dataset.BitsAllocated = 16
    dataset.BitsStored = acquisition.bits
    dataset.HighBit = acquisition.bits - 1
    dataset.PixelRepresentation = int(signed)
    dataset.RescaleIntercept = "0" if signed else str(HU_RANGE[0])
    dataset.RescaleSlope = "1"
    dataset.RescaleType = "HU"


def _set_slice(dataset: Dataset, k: int, position_mm: list[float]) -> None:
    """What is a slice's own."""
    from pydicom.uid import generate_uid

    dataset.SOPInstanceUID = str(generate_uid(entropy_srcs=[str(dataset.SeriesInstanceUID), str(k)]))
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.InstanceNumber = str(k + 1)
    dataset.ImagePositionPatient = [_decimal(coordinate) for coordinate in position_mm]


def _decimal(value: float) -> str:
    """A decimal string of at most 16 characters."""
    text = f"{value:.10f}"[:16].rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def rounded(value: Any) -> Any:
    """The same plain value with floats cut to six decimals: beyond lies only the machine's arithmetic."""
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value
