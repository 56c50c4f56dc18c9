"""Small radiographs as DICOM files and pictures, for the tests of loading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

CR, DX = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
SHAPE = (96, 128)


def limb(bits: int = 12) -> np.ndarray:
    """A shaft of bone in soft tissue with air beside it, without noise; larger is denser."""
    columns = np.arange(SHAPE[1])
    profile = np.clip(1 - ((columns - 64) / 50.0) ** 2, 0, None) * 0.45
    profile[54:74] += 0.3
    rows = np.linspace(0.98, 1.02, SHAPE[0])
    return np.rint(np.outer(rows, profile) * ((1 << bits) - 1) * 0.9 + 20).astype(np.uint16)


def film(stored: np.ndarray | None = None, *, bits: int = 12, **tags: Any) -> FileDataset:
    """A CR image of 0.2 mm pixels at the detector; a tag of None is left out."""
    stored = limb(bits) if stored is None else stored
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    own: dict[str, Any] = {
        "SOPClassUID": CR,
        "SOPInstanceUID": "1.2.3.4",
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.3.1",
        "Modality": "CR",
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "BodyPartExamined": "LEG",
        "ViewPosition": "AP",
        "PatientOrientation": ["L", "F"],
        "PatientName": "Secret^Name",
        "PatientID": "SECRET-ID",
        "Rows": stored.shape[0],
        "Columns": stored.shape[1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 8 * stored.dtype.itemsize,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(stored.dtype.kind == "i"),
        "ImagerPixelSpacing": [0.2, 0.2],
    }
    for keyword, value in (own | tags).items():
        if value is not None:
            setattr(dataset, keyword, value)
    data = stored.tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OB" if stored.dtype.itemsize == 1 else "OW"
    return dataset


def save(dataset: FileDataset, folder: Path, name: str = "image.dcm") -> Path:
    """Written as a file; its class stands in the file's own group too."""
    folder.mkdir(exist_ok=True, parents=True)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    pydicom.dcmwrite(folder / name, dataset, enforce_file_format=True)
    return folder / name


def item(**tags: Any) -> Dataset:
    """An item of a sequence."""
    dataset = Dataset()
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return dataset


def picture(path: Path, values: np.ndarray, **options: Any) -> Path:
    """A PNG or JPEG, by its name."""
    from PIL import Image

    Image.fromarray(values).save(path, **options)
    return path
