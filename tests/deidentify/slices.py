"""Small images for the tests of deidentify, written and read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from calcimeter.load.dicom.quiet import quiet_pydicom


def write(folder: Path, dataset: Dataset, name: str = "a.dcm") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with quiet_pydicom():
        dataset.save_as(folder / name, enforce_file_format=True, overwrite=True)
    return folder


def one_slice(**changes) -> pydicom.FileDataset:
    """A slice of 8 x 8 random pixels."""
    dataset = pydicom.FileDataset(None, {}, file_meta=pydicom.dataset.FileMetaDataset(), preamble=b"\0" * 128)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.update(
        {
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
            "SOPInstanceUID": "1.2.3.4.1",
            "StudyInstanceUID": "1.2.3.4.2",
            "SeriesInstanceUID": "1.2.3.4.3",
            "FrameOfReferenceUID": "1.2.3.4.4",
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
            "Modality": "CT",
            "BodyPartExamined": "HIP",
            "PatientID": "4711",
            "PatientName": "Secret^Name",
            "StudyDate": "20190501",
            "StudyTime": "091320.5",
            "ConvolutionKernel": "STANDARD",
            "PositionReferenceIndicator": "XY",
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "Rows": 8,
            "Columns": 8,
            "BitsAllocated": 16,
            "BitsStored": 16,
            "HighBit": 15,
            "PixelRepresentation": 0,
        }
    )
    dataset.PixelData = np.random.default_rng(7).integers(1, 4000, 64).astype("<u2").tobytes()
    for name, value in changes.items():
        setattr(dataset, name, value)
    return dataset


def only(out: Path) -> pydicom.FileDataset:
    (path,) = out.rglob("*.dcm")
    return pydicom.dcmread(path)


def read(out: Path) -> list[pydicom.FileDataset]:
    return [pydicom.dcmread(path) for path in sorted(out.rglob("*.dcm"))]
