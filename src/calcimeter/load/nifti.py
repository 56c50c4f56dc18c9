"""NIfTI -> grid in LPS and an array to be read."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from calcimeter.errors import GeometryError, UnreadableInput
from calcimeter.load.assemble import StoredArray
from calcimeter.load.volume_file import ArrayLayout, compression, first_bytes, is_place
from calcimeter.model.grid import RAS_TO_LPS, FloatArray, Grid

HEADER_BYTES = (348, 540)
"""Length of a header of version 1 and 2, which is its own first number."""

UNITS_OF_SPACE, UNIT_UNKNOWN, UNIT_MM = 7, 0, 2
"""Mask and codes of the NIfTI standard; what has no unit is in mm everywhere."""

FORMS_DIFFER_MM, FORMS_DIFFER_DEG = 0.1, 0.1
"""sform and qform whose first voxel, extent or directions differ by more are two statements, not one. Less is rounding:
of the quaternion the file holds three numbers in single precision, and the fourth, near zero in every usual scan, comes
out with an error of sqrt(6e-8), which turns by 0.03 degrees; far from the first voxel that is some tenths of a mm."""

LABEL = re.compile(r'<Label\s[^>]*?Key="(\d{1,5})"[^>]*>(?:<!\[CDATA\[)?([^<\]]*)')
"""One row of the table of labels of the Caret extension: its value and its name."""

MOST_NAMES_BYTES = 1 << 20
"""A name takes some 100 bytes."""

UNREADABLE = "met a file that is no readable NIfTI, expected a whole one; convert or copy it again"


def open_nifti(path: Path) -> StoredArray:
    """The array of a NIfTI, version 1 or 2, not read yet. Its index order is the file's own: first index fastest.

    Whether it is gzip is told by its content. Of a pair the header (.hdr) is given; the values lie beside it in the
    file of the same name with .img or .img.gz.

    Raises
    ------
    UnreadableInput
        Damaged, or not a NIfTI of three axes.
    GeometryError
        No orientation, or two that differ.
    UnsupportedStudy
        Colors or complex numbers.
    """
    header = _header(first_bytes(path, max(HEADER_BYTES)))
    try:
        shape, dtype = tuple(int(n) for n in header.get_data_shape()), header.get_data_dtype()
        slope, intercept = header.get_slope_inter()
        forms = [form for form, code in (header.get_sform(coded=True), header.get_qform(coded=True)) if code]
        skip = int(header["vox_offset"])
    except _errors() as error:
        raise UnreadableInput(UNREADABLE) from error
    if header.is_single and skip < header.single_vox_offset:
        raise UnreadableInput("met a NIfTI whose values begin within its header; convert the DICOM again")
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise UnreadableInput(f"met a NIfTI of {' x '.join(map(str, shape))}, expected one volume of three axes")
    if int(header["xyzt_units"]) & UNITS_OF_SPACE not in (UNIT_UNKNOWN, UNIT_MM):
        raise GeometryError("met a NIfTI in a unit other than mm; convert it")
    affine = _affine(forms, shape)
    data = path if header.is_single else _image_file(path)
    layout = ArrayLayout(
        data,
        at=0,
        encoding=compression(data),
        skip=skip,
        shape=shape[:3],
        dtype=dtype,
        slope=1.0 if slope is None else slope,
        intercept=0.0 if intercept is None else intercept,
    )
    return StoredArray(Grid((shape[0], shape[1], shape[2]), RAS_TO_LPS @ affine), layout.planes)


def label_names(path: Path) -> dict[int, str]:
    """Names that a NIfTI gives to its values, as TotalSegmentator v2 does: a table of labels in an extension of the
    header. Empty where there is none.
    """
    raw = first_bytes(path, max(HEADER_BYTES))
    header = _header(raw)
    start = len(header.binaryblock)
    end = int(header["vox_offset"]) if header.is_single else start + MOST_NAMES_BYTES
    text = first_bytes(path, min(end, start + MOST_NAMES_BYTES))[start:].decode("utf-8", errors="ignore")
    return {int(key): name.strip() for key, name in LABEL.findall(text)}


def _header(raw: bytes) -> Any:
    """The header of either version and byte order."""
    from nibabel import imageglobals
    from nibabel.nifti1 import Nifti1Header, Nifti1PairHeader
    from nibabel.nifti2 import Nifti2Header, Nifti2PairHeader

    length = next((n for n in HEADER_BYTES for order in ("little", "big") if n == int.from_bytes(raw[:4], order)), 0)
    magic = raw[344:348] if length == 348 else raw[4:8]
    kinds = {
        (348, b"n+1\0"): Nifti1Header,
        (348, b"ni1\0"): Nifti1PairHeader,
        (540, b"n+2\0"): Nifti2Header,
        (540, b"ni2\0"): Nifti2PairHeader,
    }
    if length == 348 and not magic.strip(b"\0"):
        raise GeometryError(
            "met an Analyze file, which does not tell left from right, expected a NIfTI; convert the DICOM again"
        )
    if (length, magic) not in kinds or len(raw) < length:
        raise UnreadableInput(UNREADABLE)
    try:
        with _unlogged(imageglobals.logger):
            return kinds[length, magic](raw[:length])
    except _errors() as error:
        raise UnreadableInput(UNREADABLE) from error


def _errors() -> tuple[type[Exception], ...]:
    """What nibabel raises over a header that makes no sense."""
    from nibabel.spatialimages import HeaderDataError

    return (HeaderDataError, ValueError, OverflowError, KeyError)


@contextmanager
def _unlogged(logger: logging.Logger) -> Iterator[None]:
    """Keep what nibabel remarks on headers from stderr; what matters is raised."""
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _image_file(path: Path) -> Path:
    """The values of a pair."""
    beside = [path.with_suffix(suffix) for suffix in (".img", ".IMG", ".img.gz")]
    found = next((image for image in beside if image != path and image.is_file()), None)
    if found is None:
        raise UnreadableInput(
            "met the header of a NIfTI pair without its .img beside it, expected both in one folder; put it there,"
            " or convert the pair to one .nii.gz"
        )
    return found


def _affine(forms: list[Any], shape: tuple[int, ...]) -> FloatArray:
    """Index to RAS mm: the sform, else the qform; both where both are given."""
    if not forms:
        raise GeometryError(
            "met a NIfTI with neither sform nor qform, so that left and right can't be told; convert the DICOM again"
        )
    affines = [np.asarray(form, dtype=np.float64) for form in forms]
    for affine in affines:
        if not is_place(affine):
            raise GeometryError("met a NIfTI whose sform or qform is no place in a body; convert the DICOM again")
    if len(affines) == 2:
        _check_agreement(affines[0], affines[1], shape)
    return affines[0]


def _check_agreement(sform: FloatArray, qform: FloatArray, shape: tuple[int, ...]) -> None:
    """Refuse a file whose two affines put the volume in different places."""
    lengths = [np.linalg.norm(form[:3, :3], axis=0) for form in (sform, qform)]
    longer_mm = np.abs(lengths[0] - lengths[1]) * shape[:3]
    apart_mm = max(float(np.linalg.norm(sform[:3, 3] - qform[:3, 3])), float(longer_mm.max()))
    cosines = (sform[:3, :3] * qform[:3, :3]).sum(axis=0) / (lengths[0] * lengths[1])
    turned_deg = float(np.degrees(np.arccos(np.clip(cosines, -1, 1))).max())
    if apart_mm > FORMS_DIFFER_MM or turned_deg > FORMS_DIFFER_DEG:
        raise GeometryError(
            f"met a NIfTI whose sform and qform differ by {apart_mm:.1f} mm and {turned_deg:.1f} degrees, expected"
            " one place; convert the DICOM again"
        )
