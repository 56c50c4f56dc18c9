"""NRRD -> grid in LPS and an array to be read."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy
from calcimeter.load.assemble import StoredArray
from calcimeter.load.volume_file import ArrayLayout, Encoding, is_place
from calcimeter.model.grid import FloatArray, Grid

TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
"""The type names of the NRRD format."""

ENDIANS = {"little": "<", "big": ">"}

ENCODINGS: dict[str, Encoding] = {
    "raw": "raw",
    "gzip": "gzip",
    "gz": "gzip",
    "bzip2": "bzip2",
    "bz2": "bzip2",
    "text": "text",
    "txt": "text",
    "ascii": "text",
}

TOWARD_LPS = {
    "left": (0, 1),
    "right": (0, -1),
    "posterior": (1, 1),
    "anterior": (1, -1),
    "superior": (2, 1),
    "inferior": (2, -1),
}
LETTERS = {word[0]: word for word in TOWARD_LPS}

MILLIMETERS = ("mm", "millimeter", "millimeters", "millimetre", "millimetres", "")

MAGIC = b"NRRD"
LONGEST_NAME = 255
"""Of a file on any system; longer ones are asked for in vain and with an error."""

UNREADABLE = "met a file that is no readable NRRD; write it again"


@dataclass(frozen=True, slots=True, eq=False)
class NrrdFile:
    """An NRRD, not read yet.

    Parameters
    ----------
    stored : StoredArray
        Index order is the file's own: first index fastest.
    layers : int or None
        Length of a first axis that is not in space (Slicer's overlapping segments); its planes then have it in front.
    keys : dict
        The header's fields and key/value pairs.
    """

    stored: StoredArray
    layers: int | None
    keys: dict[str, Any]


def open_nrrd(path: Path, *, layered: bool = False) -> NrrdFile:
    """The array of an NRRD with attached or detached data: raw, gzip, bzip2 or text.

    A measurement frame is not looked at: it turns vectors, and HU are none.

    Parameters
    ----------
    path : Path
    layered : bool
        Whether a first axis of layers is expected; else it is refused.

    Raises
    ------
    UnreadableInput
        Damaged, or in a form that is not read.
    GeometryError
        No orientation in patient space.
    UnsupportedStudy
        Its values are no numbers, or were scaled to gray levels.
    """
    keys, data_at = _header(path)
    sizes = tuple(int(n) for n in keys.get("sizes", ()))
    if keys.get("dimension") != len(sizes):
        raise UnreadableInput(UNREADABLE)
    layers = sizes[0] if layered and len(sizes) == 4 else None
    shape = sizes if layers else _in_space(sizes, keys)
    if len(shape) != 3 + (layers is not None):
        raise UnreadableInput(f"met an NRRD of {' x '.join(map(str, sizes))}, expected one volume of three axes")
    if "old min" in keys or "old max" in keys:
        raise UnsupportedStudy(
            "met an NRRD scaled to gray levels (old min, old max), expected HU; export the scan again"
        )
    data = _data_file(path, keys)
    at, skip, encoding = _begin(data, data_at if data == path else 0, keys)
    layout = ArrayLayout(data, at=at, encoding=encoding, skip=skip, shape=shape, dtype=_type(keys, encoding))
    grid = Grid((shape[-3], shape[-2], shape[-1]), _affine(keys))
    return NrrdFile(StoredArray(grid, layout.planes), layers, keys)


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """The fields and the byte after them."""
    import nrrd

    try:
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy remarks on sizes that are no numbers; they are refused below
            if stream.read(len(MAGIC)) != MAGIC:
                raise UnreadableInput(UNREADABLE)
            stream.seek(0)
            return dict(nrrd.read_header(stream)), stream.tell()
    except Exception as error:  # pynrrd has no common base for what damaged headers raise
        raise UnreadableInput(UNREADABLE) from error


def _in_space(sizes: tuple[int, ...], keys: dict[str, Any]) -> tuple[int, ...]:
    """The axes without those that are not in space, where these have length 1: one volume of a list.

    Where the file says of no axis whether it is in space, those of length 1 around three are left out.
    """
    directions = keys.get("space directions")
    if directions is not None and len(directions) == len(sizes):
        outside = [row is None or not np.isfinite(row).all() for row in directions]
        if any(n != 1 for n, out in zip(sizes, outside, strict=True) if out):
            return sizes
        return tuple(n for n, out in zip(sizes, outside, strict=True) if not out)
    axes = list(sizes)
    while len(axes) > 3 and 1 in (axes[0], axes[-1]):
        axes.pop(0 if axes[0] == 1 else -1)
    return tuple(axes)


def _begin(data: Path, at: int, keys: dict[str, Any]) -> tuple[int, int, Encoding]:
    """The byte at which the stream begins, how many of its bytes to skip, and its encoding.

    By the format lines are skipped in the file, bytes in what comes out of it.
    """
    name = str(keys.get("encoding", ""))
    encoding = ENCODINGS.get(name.lower())
    if encoding is None:
        raise UnreadableInput(
            "met an NRRD of another encoding, expected raw, gzip, bzip2 or text; write it again as gzip"
        )
    lines = int(keys.get("line skip", keys.get("lineskip", 0)))
    skip = int(keys.get("byte skip", keys.get("byteskip", 0)))
    if lines < 0 or skip < (-1 if encoding == "raw" else 0):
        raise UnreadableInput("met an NRRD with a negative line skip or byte skip; write it again")
    if lines:
        with data.open("rb") as stream:
            stream.seek(at)
            for _ in range(lines):
                if not stream.readline():
                    break
            at = stream.tell()
    return at, skip, encoding


def _type(keys: dict[str, Any], encoding: Encoding) -> np.dtype[np.generic]:
    """The type of the values as they lie in the file."""
    name = str(keys.get("type", "")).lower()
    code = next((code for code, names in TYPES.items() if name in names), None)
    if code is None:
        raise UnsupportedStudy("met an NRRD of another type, expected whole or real numbers; convert it")
    order = ENDIANS.get(str(keys.get("endian", "")).lower())
    if order is None and ("endian" in keys or (code[-1] != "1" and encoding != "text")):
        raise UnreadableInput("met an NRRD that does not tell its byte order (endian); write it again")
    return np.dtype((order or "<") + code)


def _data_file(path: Path, keys: dict[str, Any]) -> Path:
    """The file with the values: the header's own or one beside it."""
    if "data file" not in keys and "datafile" not in keys:
        return path
    name = str(keys.get("data file", keys.get("datafile")))
    if name.startswith("LIST") or "%" in name:
        raise UnreadableInput(
            "met an NRRD whose values lie in several files, expected one; write it again as one .nrrd"
        )
    detached = path.parent / name
    if len(Path(name).parts) != 1 or name == ".." or len(name) > LONGEST_NAME or not detached.is_file():
        raise UnreadableInput(
            "met an NRRD header without its data, expected one data file in the same folder; put it there"
        )
    return detached


def _affine(keys: dict[str, Any]) -> FloatArray:
    """Index to LPS mm."""
    directions, origin = keys.get("space directions"), keys.get("space origin")
    signs = _space(str(keys.get("space", "")))
    if directions is None or origin is None or signs is None:
        raise GeometryError(
            "met an NRRD without orientation in the patient (space, directions, origin), expected LPS or RAS;"
            " export it again"
        )
    columns = [row for row in directions if row is not None and np.isfinite(row).all()]
    if len(columns) != 3 or len(origin) != 3 or any(len(column) != 3 for column in columns):
        raise GeometryError(f"met an NRRD with {len(columns)} axes in space, expected 3; export it again")
    if any(unit.lower() not in MILLIMETERS for unit in keys.get("space units", ())):
        raise GeometryError("met an NRRD in a unit other than mm; convert it")
    affine = np.eye(4)
    affine[:3, :3] = signs @ np.array(columns, dtype=np.float64).T
    affine[:3, 3] = signs @ np.array(origin, dtype=np.float64)
    if not is_place(affine):
        raise GeometryError("met an NRRD whose directions or origin are no place in a body; export it again")
    return affine


def _space(name: str) -> FloatArray | None:
    """The matrix from a named space to LPS; None where the name is none of the patient."""
    words = name.lower().split("-") if "-" in name else [LETTERS.get(letter, "") for letter in name.lower()]
    if len(words) != 3 or any(word not in TOWARD_LPS for word in words):
        return None
    matrix = np.zeros((3, 3))
    for k, word in enumerate(words):
        axis, sign = TOWARD_LPS[word]
        matrix[axis, k] = sign
    return matrix if np.linalg.matrix_rank(matrix) == 3 else None
