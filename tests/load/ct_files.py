"""One small scan written in every container, for the tests of loading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
FRAME_OF_REFERENCE = "1.2.826.0.1.3680043.10.1.9"


@dataclass
class Scan:
    """Values in HU on a grid: slices, rows, columns of a DICOM series, with its affine to LPS."""

    hu: npt.NDArray[Any]
    affine: npt.NDArray[np.float64]
    slope: float = 1.0
    intercept: float = -1024.0
    uid: str = "1.2.826.0.1.3680043.10.1.2"
    tags: dict[str, Any] = field(default_factory=dict)


def make_scan(
    shape: tuple[int, int, int] = (5, 6, 7), spacing: Sequence[float] = (2.5, 0.75, 0.5), seed: int = 0
) -> Scan:
    """A supine transverse scan of noise between -1024 and 3071 HU."""
    hu = np.random.default_rng(seed).integers(-1024, 3072, shape).astype(np.int16)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]]) * spacing
    affine[:3, 3] = (-40.5, -30.25, -100.125)
    return Scan(hu, affine)


def write_dicom(folder: Path, scan: Scan, order: Sequence[int] | None = None) -> Path:
    """A series, its files named in the given order of slices."""
    folder.mkdir(parents=True, exist_ok=True)
    order = range(scan.hu.shape[0]) if order is None else order
    for name, k in enumerate(order):
        save(dicom_slice(scan, k), folder / f"{name:04d}.dcm")
    return folder


def save(dataset: Dataset, path: Path) -> None:
    dataset.save_as(path, enforce_file_format=True)


def dicom_slice(scan: Scan, k: int) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = f"{scan.uid}.{k + 1}"
    dataset.StudyInstanceUID = "1.2.826.0.1.3680043.10.1.1"
    dataset.SeriesInstanceUID = scan.uid
    dataset.FrameOfReferenceUID = FRAME_OF_REFERENCE
    dataset.Modality = "CT"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.PatientName = "CALCIMETER^PHANTOM"
    dataset.PatientID = "SECRET"
    dataset.KVP = 120
    dataset.ConvolutionKernel = "STANDARD"
    dataset.PatientPosition = "HFS"
    dataset.SliceThickness = 99
    dataset.InstanceNumber = k + 1
    _put_geometry(dataset, scan, k)
    _put_pixels(dataset, scan, k)
    for keyword, value in scan.tags.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def _put_geometry(dataset: Dataset, scan: Scan, k: int) -> None:
    steps = scan.affine[:3, :3]
    lengths = np.linalg.norm(steps, axis=0)
    directions = steps / lengths
    dataset.ImagePositionPatient = [float(x) for x in scan.affine[:3, 3] + k * steps[:, 0]]
    dataset.ImageOrientationPatient = [float(x) for x in (*directions[:, 2], *directions[:, 1])]
    dataset.PixelSpacing = [float(lengths[1]), float(lengths[2])]


def _put_pixels(dataset: Dataset, scan: Scan, k: int) -> None:
    stored = np.rint((scan.hu[k] - scan.intercept) / scan.slope)
    signed = int(stored.min() < 0)
    dataset.Rows, dataset.Columns = scan.hu.shape[1:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = signed
    dataset.RescaleSlope, dataset.RescaleIntercept = scan.slope, scan.intercept
    dataset.PixelData = stored.astype("<i2" if signed else "<u2").tobytes()


def write_nifti(path: Path, scan: Scan, dtype: Any = np.int16) -> Path:
    """The scan as NIfTI: its first index is the column."""
    import nibabel

    image = nibabel.Nifti1Image(scan.hu.transpose(2, 1, 0).astype(dtype), TO_RAS @ scan.affine[:, [2, 1, 0, 3]])
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)
    return path


def write_nrrd(path: Path, scan: Scan, space: str = "left-posterior-superior", **fields: Any) -> Path:
    """The scan as NRRD: its first index is the column."""
    import nrrd

    signs = {"left-posterior-superior": (1, 1, 1), "RAS": (-1, -1, 1), "left-anterior-superior": (1, -1, 1)}[space]
    header = {
        "space": space,
        "space directions": (scan.affine[:3, [2, 1, 0]].T * signs),
        "space origin": scan.affine[:3, 3] * signs,
        **fields,
    }
    nrrd.write(str(path), scan.hu.transpose(2, 1, 0), header)
    return path


def read_back(header: bytes) -> Dataset:
    """A data set from the bytes that a study keeps."""
    import io

    return pydicom.dcmread(io.BytesIO(header), force=True)
