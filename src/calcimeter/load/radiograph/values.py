"""Stored values -> gray levels that grow with attenuation; no window is applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calcimeter.errors import UnsupportedStudy
from calcimeter.load.radiograph.pixels import Stored
from calcimeter.model.grid import BoolArray

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Gray = npt.NDArray[np.float32]

CUT_OFF = 0.002
"""A share of pixels at the highest or lowest value from which something was cut off, and not merely ends there."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Gray levels of one radiograph.

    Parameters
    ----------
    gray : ndarray of float32, (rows, columns)
        Larger is more attenuating.
    padding : ndarray of bool
        Pixels that the file says hold no image.
    saturated : ndarray of bool
        At the highest or lowest gray level, where so many are that something was cut off.
    codes : frozenset of str
        Caveats.
    """

    gray: Gray
    padding: BoolArray
    saturated: BoolArray
    codes: frozenset[str]


def gray_values(dataset: Dataset, stored: Stored) -> Values:
    """What the modality's transform makes of stored values, turned so that larger is more attenuating.

    Windows and their tables are left aside: they are made for the eye, cut values off, and differ between readers. They
    are read for one thing, whether they turn the scale over.

    Raises
    ------
    UnsupportedStudy
        A transform that turns the order of gray levels about in the middle.
    """
    padding = _padding(dataset, stored)
    values, rising = _modality(dataset, stored)
    dense_is_high, codes = _polarity(dataset, rises=rising)
    gray = _attenuation(dataset, values) if _is_linear(dataset) else values if dense_is_high else -values
    if not (_is_raw(dataset) or _relationship(dataset) == "LOG"):
        codes = codes | {"DISPLAY_VALUES"}
    saturated = cut_off(stored.values, padding)
    return Values(gray, padding, saturated, codes | ({"IMAGE_SATURATED"} if saturated.any() else set()))


def cut_off(values: npt.NDArray[np.integer], padding: BoolArray) -> BoolArray:
    """Pixels at the highest or lowest of all values, where there are many of them."""
    inside = values[~padding]
    found = np.zeros(values.shape, np.bool_)
    if not inside.size:
        return found
    for end in (inside.min(), inside.max()):
        at_end = (values == end) & ~padding
        if np.count_nonzero(at_end) > CUT_OFF * inside.size:
            found |= at_end
    return found


def _padding(dataset: Dataset, stored: Stored) -> BoolArray:
    """Pixels that hold no image."""
    ends = [dataset.get(keyword) for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")]
    known = [_in_range(int(end), stored) for end in ends if isinstance(end, int)]
    if not known:
        return np.zeros(stored.values.shape, np.bool_)
    return np.asarray((stored.values >= min(known)) & (stored.values <= max(known)))


def _in_range(number: int, stored: Stored) -> int:
    """A number read with the pixels' own sign: files write it signed or unsigned at will."""
    if stored.low < 0 and number >= 0x8000:
        return number - 0x10000
    return number & 0xFFFF if stored.low == 0 and number < 0 else number


def _modality(dataset: Dataset, stored: Stored) -> tuple[Gray, bool]:
    """Values after the modality's transform, and whether they rise with the stored ones."""
    tables = dataset.get("ModalityLUTSequence") or []
    if tables:
        first, table = _table(tables[0], stored)
        steps = np.diff(table)
        rising, falling = bool((steps >= 0).all()), bool((steps <= 0).all())
        if rising == falling:
            raise UnsupportedStudy("met a table of gray levels that turns their order about; export the original image")
        return table[np.clip(stored.values - first, 0, len(table) - 1)], rising
    slope, intercept = _number(dataset, "RescaleSlope", 1.0), _number(dataset, "RescaleIntercept", 0.0)
    if slope == 0:
        slope, intercept = 1.0, 0.0
    return (stored.values * np.float32(slope) + np.float32(intercept)).astype(np.float32), slope > 0


def _table(item: Dataset, stored: Stored) -> tuple[int, Gray]:
    """The first number that a table maps, and what it makes of that and those that follow."""
    entries, first, bits = (int(value) for value in item.LUTDescriptor)
    data = item.LUTData
    numbers = np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.asarray(data)
    numbers = numbers.astype(np.int64) & 0xFFFF
    if len(numbers) == (entries or 65536) // 2 and bits <= 8:
        numbers = np.stack([numbers & 0xFF, numbers >> 8], axis=1).ravel()
    if len(numbers) < 2:
        raise UnsupportedStudy("met a table of gray levels without entries; export the image again")
    return _in_range(first, stored), numbers.astype(np.float32)


def _polarity(dataset: Dataset, *, rises: bool) -> tuple[bool, frozenset[str]]:
    """Whether larger values are denser, and what is to be said of it.

    The header tells it twice: by how the image is to be shown, where dense is white, and by what a value says of the
    X-rays that arrived. Where both are there and contradict each other the image is shown with dense black, or was made
    for processing: then what it says of the X-rays holds.
    """
    shown_white = str(dataset.get("PhotometricInterpretation", "")).strip().upper() != "MONOCHROME1"
    lut_shape = str(dataset.get("PresentationLUTShape", "")).strip().upper()
    agree = lut_shape in ("", "INVERSE" if not shown_white else "IDENTITY")
    dense_is_high = shown_white if _window_rises(dataset) else not shown_white
    sign = dataset.get("PixelIntensityRelationshipSign")
    if sign in (1, -1):
        # 1: larger stored values mean more X-rays, and so less that attenuates.
        by_rays = (sign == -1) == rises
        codes = {"POLARITY_CONTRADICTS"} if by_rays != dense_is_high and not _is_raw(dataset) else set()
        return by_rays, frozenset(codes)
    return dense_is_high, frozenset() if agree and not _is_raw(dataset) else frozenset({"POLARITY_ASSUMED"})


def _is_raw(dataset: Dataset) -> bool:
    """Whether the image is as the detector gave it, not made to be looked at."""
    return str(dataset.get("PresentationIntentType", "")) == "FOR PROCESSING"


def _window_rises(dataset: Dataset) -> bool:
    """Whether the table that the image is to be shown by keeps the order of values."""
    tables = dataset.get("VOILUTSequence") or []
    if not tables or "LUTData" not in tables[0]:
        return True
    data = tables[0].LUTData
    numbers = np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.asarray(data)
    return bool(len(numbers) < 2 or int(numbers[-1]) >= int(numbers[0]))


def _relationship(dataset: Dataset) -> str:
    return str(dataset.get("PixelIntensityRelationship", "")).strip().upper()


def _is_linear(dataset: Dataset) -> bool:
    """Whether values are proportional to the X-rays that arrived."""
    return _relationship(dataset) == "LIN" and dataset.get("PixelIntensityRelationshipSign") == 1


def _attenuation(dataset: Dataset, values: Gray) -> Gray:
    """Of values proportional to X-rays what attenuates: then a deposit adds the same wherever it lies.

    The scale is chosen so that a step of the values at their middle stays a step of about the same size.
    """
    middle = max(float(np.median(values)), 1.0)
    least = max(abs(_number(dataset, "RescaleSlope", 1.0)), 1e-6)
    return (-middle * np.log(np.maximum(values, least))).astype(np.float32)


def _number(dataset: Dataset, keyword: str, otherwise: float) -> float:
    try:
        value = float(dataset.get(keyword))
    except (TypeError, ValueError):
        return otherwise
    return value if np.isfinite(value) else otherwise
