"""PNG and JPEG of a radiograph -> gray levels; what is no gray picture is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import CalcimeterError, UnreadableInput, UnsupportedStudy
from calcimeter.load.radiograph.pixels import LARGEST, MOST_PIXELS
from calcimeter.model.grid import BoolArray

if TYPE_CHECKING:
    from PIL.Image import Image

LEAST = 32
"""Rows or columns: nothing smaller is an image of a patient."""
SAME_LEVELS = 3
"""Red, green and blue of a gray picture differ by so much at most: what JPEG makes of equal ones."""
TINT = 0.3
"""A photograph of a film on a light box may be tinted by so much of the scale; a drawing in color is more so."""
COLORED_SHARE = 0.002
"""So many pixels may be of color: a lamp's rim."""
CAMERA_TAGS = (271, 272)
"""EXIF: maker and model of the camera."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A gray picture.

    Parameters
    ----------
    gray : ndarray of int32, (rows, columns)
    transparent : ndarray of bool, (rows, columns)
    bits : int
    photograph : bool
        Tinted, or taken with a camera.
    """

    gray: npt.NDArray[np.int32]
    transparent: BoolArray
    bits: int
    photograph: bool


def read_picture(path: Path) -> Picture:
    """Read a PNG or JPEG, turned as its file says it is to be seen.

    Raises
    ------
    UnreadableInput
        It is damaged.
    UnsupportedStudy
        It is in color, of several pictures, or too large or small to be a radiograph.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            _check(image)
            taken = any(image.getexif().get(tag) for tag in CAMERA_TAGS)
            upright = ImageOps.exif_transpose(image)
            return _gray(upright, photograph=taken)
    except CalcimeterError:
        raise
    except Exception as error:  # decoders have no common base for what damaged pictures raise
        raise UnreadableInput("met a damaged picture; copy it again", files=(str(path),)) from error


def _check(image: Image) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise UnsupportedStudy("met several pictures in one file, expected one radiograph")
    columns, rows = image.size
    if not (min(rows, columns) >= LEAST and max(rows, columns) <= LARGEST and rows * columns <= MOST_PIXELS):
        raise UnsupportedStudy(f"met a picture of {rows} x {columns} pixels, expected a radiograph")
    if image.mode not in ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "P", "RGB", "RGBA"):
        raise UnsupportedStudy("met a picture in color, expected gray levels; give the original image")
    if image.mode == "1":
        raise UnsupportedStudy("met a picture in black and white, expected gray levels; give the original image")


def _gray(image: Image, *, photograph: bool) -> Picture:
    """Gray levels of a picture of any mode."""
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    values: npt.NDArray[Any] = np.asarray(image)
    transparent = np.zeros(values.shape[:2], np.bool_)
    if image.mode in ("LA", "RGBA"):
        transparent, values = values[..., -1] == 0, values[..., :-1]
    tinted = False
    if values.ndim == 3 and values.shape[2] == 3:
        values, tinted = _one_level(values)
    elif values.ndim == 3:
        values = values[..., 0]
    deep = image.mode.startswith("I")
    return Picture(np.ascontiguousarray(values, np.int32), transparent, 16 if deep else 8, photograph or tinted)


def _one_level(colors: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], bool]:
    """Brightness of three colors, and whether they are tinted.

    Raises
    ------
    UnsupportedStudy
        They are more than tinted.
    """
    spread = colors.max(axis=2).astype(np.int16) - colors.min(axis=2)
    if (spread > TINT * 255).mean() > COLORED_SHARE:
        raise UnsupportedStudy("met a picture in color, expected gray levels; give the original image")
    tinted = bool((spread > SAME_LEVELS).mean() > COLORED_SHARE)
    brightness = colors @ np.array((0.299, 0.587, 0.114)) if tinted else colors[..., 1]
    return np.rint(brightness), tinted
