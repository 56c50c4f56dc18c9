"""Files that hold one whole array: which kind a file is, and its array plane by plane."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from calcimeter.errors import UnreadableInput
from calcimeter.load.assemble import Plane, StoredArray

MAX_DEFLATE = 1032
"""The most that gzip can shrink anything."""

VOLUME_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr")


@dataclass(frozen=True, slots=True)
class ArrayLayout:
    """How an array lies in a file: first index fastest.

    Parameters
    ----------
    path : Path
    at : int
        Byte of the file at which the stream begins.
    packed : bool
        Whether the stream is gzip.
    skip : int
        Byte of the decompressed stream at which the values begin.
    shape : tuple of int
        All axes of the file's array; the last runs slowest.
    dtype : numpy dtype
    slope, intercept : float

    Raises
    ------
    UnreadableInput
        The file is too short for its shape.
    """

    path: Path
    at: int
    packed: bool
    skip: int
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        needed = math.prod(self.shape) * self.dtype.itemsize
        room = self.path.stat().st_size * (MAX_DEFLATE if self.packed else 1)
        if min(self.shape) < 1 or needed > room:  # before memory is asked for
            raise UnreadableInput(
                f"met a file too short for its {' x '.join(map(str, self.shape))} values, expected a whole one;"
                " copy it again"
            )

    def planes(self) -> Iterator[Plane]:
        """Every plane of the last axis, through a buffer of one plane.

        Raises
        ------
        UnreadableInput
            The file is cut short or its compression is damaged.
        """
        buffer = np.empty(self.shape[:-1], dtype=self.dtype, order="F")
        raw = buffer.T.data.cast("B")
        try:
            with self.path.open("rb") as file, gzip.GzipFile(fileobj=file) if self.packed else file as stream:
                file.seek(self.at)
                stream.seek(self.skip, os.SEEK_CUR)
                for k in range(self.shape[-1]):
                    _read_into(stream, raw)
                    yield Plane((slice(None), slice(None), k), buffer, self.slope, self.intercept)
        except (EOFError, zlib.error, OSError) as error:
            raise UnreadableInput(
                "met a file that is cut short or damaged, expected a whole one; copy it again"
            ) from error


def volume_format(path: Path) -> Literal["nifti", "nrrd"]:
    """The kind of a file for which ``is_volume_file`` holds."""
    return "nifti" if path.name.lower().endswith((".nii", ".nii.gz")) else "nrrd"


def is_volume_file(path: Path) -> bool:
    """Whether a file is a NIfTI or NRRD by its name."""
    return path.name.lower().endswith(VOLUME_SUFFIXES)


def open_volume_file(path: Path) -> StoredArray:
    """The array of a NIfTI or NRRD, not read yet.

    Raises
    ------
    UnreadableInput
        Damaged, or not 3-D.
    GeometryError
        The file does not tell where its voxels lie, or tells it twice and differently.
    """
    from calcimeter.load import nifti, volume_nrrd

    return nifti.open_nifti(path) if volume_format(path) == "nifti" else volume_nrrd.open_nrrd(path).stored


def _read_into(stream: Any, raw: memoryview) -> None:
    """Fill a buffer; a decompressing stream gives less than was asked for."""
    filled = 0
    while filled < len(raw):
        count = stream.readinto(raw[filled:])
        if not count:
            raise EOFError
        filled += count
