"""NIfTI -> grid in LPS and an array to be read."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy
from calcimeter.load.assemble import StoredArray
from calcimeter.load.volume_file import ArrayLayout
from calcimeter.model.grid import FloatArray, Grid

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

UNIT_UNKNOWN, UNIT_MM = 0, 2
"""Codes of the NIfTI standard; what has no unit is in mm everywhere."""

FORMS_DIFFER_MM, FORMS_DIFFER_DEG = 0.1, 1.0
"""sform and qform that differ by more are two different statements; less is the rounding of a quaternion in single
precision."""


def open_nifti(path: Path) -> StoredArray:
    """The array of a NIfTI, not read yet. Its index order is the file's own: first index fastest.

    Raises
    ------
    UnreadableInput
        Damaged, or not a NIfTI of three axes.
    GeometryError
        No orientation, or two that differ.
    UnsupportedStudy
        Colors or complex numbers.
    """
    import nibabel
    from nibabel import imageglobals
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    try:
        with _unlogged(imageglobals.logger):
            image = nibabel.load(path)
        header, proxy = image.header, image.dataobj
        shape, dtype = tuple(int(n) for n in proxy.shape), np.dtype(proxy.dtype)
    except (ImageFileError, HeaderDataError, zlib.error, OSError, EOFError, ValueError, AttributeError) as error:
        raise UnreadableInput("met a file that is no readable NIfTI; convert or copy it again") from error
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise UnreadableInput(f"met a NIfTI of {' x '.join(map(str, shape))}, expected one volume of three axes")
    if dtype.kind not in "iuf":
        raise UnsupportedStudy(f"met a NIfTI of type {dtype}, expected whole or real numbers")
    layout = ArrayLayout(
        path,
        at=0,
        packed=path.name.lower().endswith(".gz"),
        skip=int(proxy.offset),
        shape=shape[:3],
        dtype=dtype,
        slope=float(proxy.slope),
        intercept=float(proxy.inter),
    )
    return StoredArray(Grid((shape[0], shape[1], shape[2]), RAS_TO_LPS @ _affine(header, shape[:3])), layout.planes)


@contextmanager
def _unlogged(logger: logging.Logger) -> Iterator[None]:
    """Keep what nibabel remarks on headers from stderr; what matters is raised."""
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _affine(header: Any, shape: tuple[int, ...]) -> FloatArray:
    """Index to RAS mm: the sform, else the qform."""
    unit = int(header["xyzt_units"]) & 7
    if unit not in (UNIT_UNKNOWN, UNIT_MM):
        raise GeometryError("met a NIfTI in a unit other than mm; convert it")
    sform, sform_code = header.get_sform(coded=True)
    qform, qform_code = header.get_qform(coded=True)
    if not sform_code and not qform_code:
        raise GeometryError(
            "met a NIfTI with neither sform nor qform, so that left and right can't be told; convert the DICOM again"
        )
    if sform_code and qform_code:
        _check_agreement(sform, qform, shape)
    affine: FloatArray = np.asarray(sform if sform_code else qform, dtype=np.float64)
    return affine


def _check_agreement(sform: FloatArray, qform: FloatArray, shape: tuple[int, ...]) -> None:
    """Refuse a file whose two affines put the volume in different places."""
    corners = np.array([[i, j, k, 1] for i in (0, shape[0] - 1) for j in (0, shape[1] - 1) for k in (0, shape[2] - 1)])
    apart_mm = float(np.linalg.norm(corners @ (sform - qform).T, axis=1).max())
    directions = [form[:3, :3] / np.linalg.norm(form[:3, :3], axis=0) for form in (sform, qform)]
    cosines = np.clip((directions[0] * directions[1]).sum(axis=0), -1, 1)
    turned_deg = float(np.degrees(np.arccos(cosines)).max())
    if not (apart_mm <= FORMS_DIFFER_MM and turned_deg <= FORMS_DIFFER_DEG):
        raise GeometryError(
            f"met a NIfTI whose sform and qform differ by {apart_mm:.1f} mm and {turned_deg:.1f} degrees, expected"
            " one place; convert the DICOM again"
        )
