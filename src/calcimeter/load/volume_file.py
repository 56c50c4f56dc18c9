"""Files that hold one whole array: which kind a file is, and its array plane by plane."""

from __future__ import annotations

import bz2
import gzip
import math
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

from calcimeter.errors import UnreadableInput, UnsupportedStudy
from calcimeter.load.assemble import FARTHEST_MM, SPACING_MM, Plane, Stored, StoredArray
from calcimeter.model.grid import FloatArray

VOLUME_SUFFIXES = (".nii", ".nii.gz", ".hdr", ".nrrd", ".nhdr")
NRRD_SUFFIXES = (".nrrd", ".nhdr")

Encoding = Literal["raw", "gzip", "bzip2", "text"]

MOST_BYTES = {
    "raw": 1,
    "gzip": 1032,
    "bzip2": 1032,
    "text": 8,
}
"""Bytes of values that a byte of the file can hold: the most that gzip can shrink anything (bzip2 can do more with one
value repeated, which no scan is), and a digit for a number of eight bytes."""

LONGEST_WORD = 400
"""Characters of a number written out; 1e308 with all of its digits has 309."""

READ_BYTES = 1 << 20
NO_NUMBERS = "met text where numbers are expected; write the file again"
CUT_SHORT = "met a file that is cut short or damaged, expected a whole one; copy it again"


@dataclass(frozen=True, slots=True)
class ArrayLayout:
    """How an array lies in a file: first index fastest.

    Parameters
    ----------
    path : Path
    at : int
        Byte of the file at which the stream begins.
    encoding : {"raw", "gzip", "bzip2", "text"}
    skip : int
        Byte of the decoded stream at which the values begin; negative: they end with it.
    shape : tuple of int
        All axes of the file's array; the last runs slowest.
    dtype : numpy dtype
        Whole or real numbers of up to eight bytes.
    slope, intercept : float

    Raises
    ------
    UnreadableInput
        The file is too short for its shape.
    UnsupportedStudy
        Colors, complex numbers or numbers of more than eight bytes.
    """

    path: Path
    at: int
    encoding: Encoding
    skip: int
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if self.dtype.kind not in "iuf" or self.dtype.itemsize > 8:
            raise UnsupportedStudy(f"met values of type {self.dtype}, expected whole or real numbers; convert them")
        room = (self.path.stat().st_size - self.at) * MOST_BYTES[self.encoding] - max(self.skip, 0)
        if min(self.shape) < 1 or self.nbytes > room:  # before memory is asked for
            raise UnreadableInput(
                f"met a file too short for its {' x '.join(map(str, self.shape))} values, expected a whole one;"
                " copy it again"
            )

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return math.prod(self.shape) * self.dtype.itemsize

    def planes(self) -> Iterator[Plane]:
        """Every plane of the last axis, through a buffer of one plane.

        Raises
        ------
        UnreadableInput
            The file is cut short or its compression is damaged.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.at)
                stored = self._typed(file) if self.encoding == "text" else self._decoded(file)
                for k, plane in enumerate(stored):
                    yield Plane((slice(None), slice(None), k), plane, self.slope, self.intercept)
        except (EOFError, zlib.error, OSError) as error:
            raise _unreadable(error) from error

    def _decoded(self, file: IO[bytes]) -> Iterator[Stored]:
        """Planes of binary values."""
        stream: Any = file
        if self.encoding == "gzip":
            stream = gzip.GzipFile(fileobj=file)
        elif self.encoding == "bzip2":
            stream = bz2.BZ2File(file)
        if self.skip >= 0:
            stream.seek(self.skip, os.SEEK_CUR)
        else:
            stream.seek(-self.nbytes, os.SEEK_END)
        buffer = np.empty(self.shape[:-1], dtype=self.dtype, order="F")
        raw = buffer.T.data.cast("B")
        for k in range(self.shape[-1]):
            _read_into(stream, raw)
            # At its very end a compressed stream is checked against its sum.
            if k == self.shape[-1] - 1 and stream.read(1):
                raise UnreadableInput("met a file with more values than its header says; write it again")
            yield buffer

    def _typed(self, file: IO[bytes]) -> Iterator[Stored]:
        """Planes of numbers written out."""
        file.seek(self.skip, os.SEEK_CUR)
        words: list[bytes] = []
        count, rest = math.prod(self.shape[:-1]), b""
        for _ in range(self.shape[-1]):
            while len(words) < count:
                text = file.read(READ_BYTES)
                if not text and not rest:
                    raise EOFError
                whole, rest = _whole_words(rest + text, last=not text)
                words += whole
                if len(rest) > LONGEST_WORD:
                    raise UnreadableInput(NO_NUMBERS)
            yield _numbers(words[:count], self.dtype).reshape(self.shape[:-1], order="F")
            del words[:count]


def compression(path: Path) -> Literal["raw", "gzip"]:
    """Whether a file is gzip, whatever its name.

    Raises
    ------
    UnreadableInput
        It can't be opened.
    """
    try:
        with path.open("rb") as file:
            return "gzip" if file.read(2) == b"\x1f\x8b" else "raw"
    except OSError as error:
        raise _unreadable(error) from error


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file, decompressed where it is gzip; fewer where it is shorter.

    Raises
    ------
    UnreadableInput
        The compression is damaged.
    """
    try:
        with gzip.open(path) if compression(path) == "gzip" else path.open("rb") as stream:
            return stream.read(count)
    except (EOFError, zlib.error, OSError) as error:
        raise _unreadable(error) from error


def is_place(affine: FloatArray) -> bool:
    """Whether an affine puts voxels of some length somewhere near a scanner."""
    if not np.isfinite(affine).all() or np.abs(affine).max() > FARTHEST_MM:
        return False
    spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
    return bool(SPACING_MM[0] <= spacing_mm.min() and spacing_mm.max() <= SPACING_MM[1])


def volume_format(path: Path) -> Literal["nifti", "nrrd"]:
    """The kind of a file for which ``is_volume_file`` holds."""
    return "nrrd" if path.name.lower().endswith(NRRD_SUFFIXES) else "nifti"


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
    UnsupportedStudy
        Its values are no whole or real numbers.
    """
    from calcimeter.load import nifti, volume_nrrd

    return nifti.open_nifti(path) if volume_format(path) == "nifti" else volume_nrrd.open_nrrd(path).stored


def _unreadable(error: Exception) -> UnreadableInput:
    """What kept a file from being read."""
    if isinstance(error, PermissionError):
        return UnreadableInput("met a file that may not be read, expected to be let in; change its permissions")
    return UnreadableInput(CUT_SHORT)


def _read_into(stream: Any, raw: memoryview) -> None:
    """Fill a buffer; a decompressing stream gives less than was asked for."""
    filled = 0
    while filled < len(raw):
        count = stream.readinto(raw[filled:])
        if not count:
            raise EOFError
        filled += count


def _whole_words(text: bytes, *, last: bool) -> tuple[list[bytes], bytes]:
    """The words of a piece of text, and the beginning of one that may go on in the next piece."""
    words = text.split()
    if last or not words or text[-1:].isspace():
        return words, b""
    return words[:-1], words[-1]


def _numbers(words: list[bytes], dtype: np.dtype[np.generic]) -> Stored:
    """Numbers of the widest type of their kind: text has no overflow."""
    try:
        if dtype.kind == "f":
            return np.array([float(word) for word in words], dtype=np.float64)
        return np.array([int(word) for word in words], dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise UnreadableInput(NO_NUMBERS) from error
