"""NRRD -> grid in LPS and an array to be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy
from calcimeter.load.assemble import StoredArray
from calcimeter.load.volume_file import ArrayLayout
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

TOWARD_LPS = {
    "left": (0, 1),
    "right": (0, -1),
    "posterior": (1, 1),
    "anterior": (1, -1),
    "superior": (2, 1),
    "inferior": (2, -1),
}
LETTERS = {word[0]: word for word in TOWARD_LPS}


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
    """The array of an NRRD with attached or detached data, raw or gzip.

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
    """
    import nrrd

    try:
        with path.open("rb") as stream:
            keys = dict(nrrd.read_header(stream))
            data_at = stream.tell()
    except (nrrd.NRRDError, OSError, ValueError, KeyError, UnicodeDecodeError) as error:
        raise UnreadableInput("met a file that is no readable NRRD; write it again") from error
    shape = tuple(int(n) for n in keys.get("sizes", ()))
    layers = shape[0] if layered and len(shape) == 4 else None
    if len(shape) != 3 + (layers is not None):
        raise UnreadableInput(f"met an NRRD of {' x '.join(map(str, shape))}, expected one volume of three axes")
    grid = Grid((shape[-3], shape[-2], shape[-1]), _affine(keys))
    data = _data_file(path, keys)
    encoding = str(keys.get("encoding", "")).lower()
    if encoding not in ("raw", "gzip", "gz") or int(keys.get("byte skip", 0)) or int(keys.get("line skip", 0)):
        raise UnreadableInput(
            f"met an NRRD of encoding {encoding!r} or with skipped data, expected raw or gzip; write it again"
        )
    at = data_at if data == path else 0
    layout = ArrayLayout(data, at=at, packed=encoding != "raw", skip=0, shape=shape, dtype=_type(keys))
    return NrrdFile(StoredArray(grid, layout.planes), layers, keys)


def _type(keys: dict[str, Any]) -> np.dtype[np.generic]:
    """The type of the values as they lie in the file."""
    name = str(keys.get("type", "")).lower()
    code = next((code for code, names in TYPES.items() if name in names), None)
    if code is None:
        raise UnsupportedStudy(f"met an NRRD of type {name!r}, expected whole or real numbers")
    return np.dtype((">" if keys.get("endian") == "big" else "<") + code)


def _data_file(path: Path, keys: dict[str, Any]) -> Path:
    """The file with the values: the header's own or one beside it."""
    name = str(keys.get("data file", keys.get("datafile", "")))
    if not name:
        return path
    detached = path.parent / name
    if len(Path(name).parts) != 1 or name.startswith("LIST") or not detached.is_file():
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
    if len(columns) != 3 or len(origin) != 3:
        raise GeometryError(f"met an NRRD with {len(columns)} axes in space, expected 3")
    affine = np.eye(4)
    affine[:3, :3] = signs @ np.array(columns, dtype=np.float64).T
    affine[:3, 3] = signs @ np.array(origin, dtype=np.float64)
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
