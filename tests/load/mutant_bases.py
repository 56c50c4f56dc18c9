"""The sound scans that are mutated: small CT series in every container and compression that can be written here."""

from __future__ import annotations

import gzip
import io
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pydicom
from ct_files import Scan, dicom_slice, make_scan, write_nifti
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "RLE": RLELossless,
    "JPEG-LS": JPEGLSLossless,
    "JPEG 2000": JPEG2000Lossless,
}
ENHANCED = {"enhanced": ExplicitVRLittleEndian, "enhanced RLE": RLELossless, "enhanced JPEG 2000": JPEG2000Lossless}
VOLUME_FILES = ("nii", "nii.gz", "nrrd", "nrrd gzip", "nhdr")
BASES = (*SYNTAXES, *ENHANCED, *VOLUME_FILES, "zip")
VARIANTS = ("plain", "signed", "12 bit", "padded", "rescaled", "oblique", "fractional")

MOVED_INTO_GROUPS = (
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "RescaleSlope",
    "RescaleIntercept",
)

PLANTED = {"PatientName": "Zyxplanted^Qvortella", "PatientID": "QX7351942", "PatientBirthDate": "19370411"}
"""What no message may hold, not even in parts."""

Files = dict[str, bytes]


@cache
def base_files(base: str, variant: str) -> tuple[tuple[str, bytes], ...]:
    """Name and content of every file of a sound scan."""
    scan = small_scan(variant)
    if base in SYNTAXES:
        return tuple((f"{k:03d}.dcm", as_file(_slice(scan, k, variant), SYNTAXES[base])) for k in range(len(scan.hu)))
    if base in ENHANCED:
        return (("multi.dcm", as_file(enhanced(scan, variant), ENHANCED[base])),)
    if base == "zip":
        return (("scan.zip", zipped(dict(base_files("explicit", variant)))),)
    return _volume_file(scan, base)


def small_scan(variant: str) -> Scan:
    """Five slices of 32 x 36 smooth enough for a codec to shorten them, no two alike."""
    scan = make_scan((5, 32, 36), seed=VARIANTS.index(variant))
    z, y, x = np.meshgrid(*(np.arange(n) for n in scan.hu.shape), indexing="ij")
    scan.hu = (scan.hu // 64 + 97 * z - 31 * y + 13 * x).astype(np.int16)
    scan.tags = dict(PLANTED)
    if variant == "oblique":
        turn = np.linalg.qr(np.array([[0.1, 0.2, 0.9], [0.05, 0.95, -0.2], [0.97, -0.03, 0.1]]))[0]
        scan.affine[:3, :3] = turn * np.sign(np.linalg.det(turn)) * (2.5, 0.75, 0.5)
    if variant == "signed":
        scan.intercept = 0.0
    if variant == "fractional":
        scan.slope = 0.5
    return scan


def as_file(dataset: Dataset, syntax: str) -> bytes:
    """The bytes of a data set in a transfer syntax."""
    encapsulated = pydicom.uid.UID(syntax).is_encapsulated
    if encapsulated:
        dataset.compress(syntax, generate_instance_uid=False)
    elif syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    implicit = syntax == ImplicitVRLittleEndian
    pydicom.dcmwrite(
        buffer,
        dataset,
        enforce_file_format=True,
        implicit_vr=implicit,
        little_endian=syntax != ExplicitVRBigEndian,
    )
    return buffer.getvalue()


def zipped(files: Files) -> bytes:
    """A zip of files, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _slice(scan: Scan, k: int, variant: str) -> Dataset:
    """One slice with what the variant asks for."""
    dataset = dicom_slice(scan, k)
    stored = np.frombuffer(dataset.PixelData, "<i2" if dataset.PixelRepresentation else "<u2")
    stored = stored.reshape(dataset.Rows, dataset.Columns).copy()
    if variant == "12 bit":
        dataset.BitsStored, dataset.HighBit = 12, 11
    if variant == "padded":
        dataset.PixelPaddingValue = 63000
        stored[:3, :4] = 63000
    if variant == "fractional":
        stored |= 1
    if variant == "rescaled":
        dataset.RescaleIntercept = scan.intercept + k
    dataset.PixelData = stored.tobytes()
    return dataset


def enhanced(scan: Scan, variant: str) -> Dataset:
    """The scan as one enhanced multi-frame CT: geometry and rescale in functional groups."""
    slices = [_slice(scan, k, variant) for k in range(len(scan.hu))]
    whole = slices[0]
    whole.SOPClassUID = EnhancedCTImageStorage
    whole.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    whole.NumberOfFrames = len(slices)
    whole.PixelData = b"".join(one.PixelData for one in slices)
    measures, orientation = Dataset(), Dataset()
    measures.PixelSpacing = whole.PixelSpacing
    measures.SliceThickness = whole.SliceThickness
    orientation.ImageOrientationPatient = whole.ImageOrientationPatient
    shared = Dataset()
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Sequence([measures]), Sequence([orientation])
    whole.SharedFunctionalGroupsSequence = Sequence([shared])
    whole.PerFrameFunctionalGroupsSequence = Sequence([_frame(one, k) for k, one in enumerate(slices)])
    for keyword in MOVED_INTO_GROUPS:
        delattr(whole, keyword)
    return whole


def _frame(one: Dataset, k: int) -> Dataset:
    position, content, rescale, kind, group = (Dataset() for _ in range(5))
    position.ImagePositionPatient = one.ImagePositionPatient
    content.StackID, content.InStackPositionNumber, content.DimensionIndexValues = "1", k + 1, [1, k + 1]
    rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = one.RescaleSlope, one.RescaleIntercept, "HU"
    kind.FrameType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    group.PlanePositionSequence = Sequence([position])
    group.FrameContentSequence = Sequence([content])
    group.PixelValueTransformationSequence = Sequence([rescale])
    group.CTImageFrameTypeSequence = Sequence([kind])
    return group


def _volume_file(scan: Scan, base: str) -> tuple[tuple[str, bytes], ...]:
    """The scan as NIfTI or NRRD."""
    if base.startswith("nii"):
        with TemporaryDirectory() as folder:
            path = write_nifti(Path(folder) / f"scan.{base}", scan)
            return ((path.name, path.read_bytes()),)
    header, values = _nrrd_header(scan), scan.hu.astype("<i2").tobytes()
    if base == "nhdr":
        return (("scan.nhdr", header("raw", "data file: scan.raw\n")), ("scan.raw", values))
    if base == "nrrd":
        return (("scan.nrrd", header("raw", "") + values),)
    return (("scan.nrrd", header("gzip", "") + gzip.compress(values, mtime=0)),)


def _nrrd_header(scan: Scan) -> Any:
    vectors = [",".join(repr(float(x)) for x in scan.affine[:3, axis]) for axis in (2, 1, 0, 3)]
    sizes = " ".join(str(n) for n in reversed(scan.hu.shape))

    def text(encoding: str, more: str) -> bytes:
        return (
            f"NRRD0005\n# a small scan\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: {sizes}\n"
            f"space directions: ({vectors[0]}) ({vectors[1]}) ({vectors[2]})\nkinds: domain domain domain\n"
            f"endian: little\nencoding: {encoding}\nspace origin: ({vectors[3]})\n{more}\n"
        ).encode()

    return text
