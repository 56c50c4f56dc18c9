"""Pixels outside the scanner's field, which hold a number that measures nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from calcimeter.load.assemble import Stored
from calcimeter.load.dicom.header import Header
from calcimeter.model.grid import BoolArray


@dataclass(slots=True, eq=False)
class PaddingFinder:
    """Finds padding in slices one after the other; each thread has its own.

    It works in memory that it uses again: to ask for fresh memory in every slice takes longer than all the rest.
    """

    _mask: BoolArray = field(default_factory=lambda: np.empty((0, 0), np.bool_))

    def find(self, numbers: tuple[int, int] | None, stored: Stored, ends: tuple[int, int]) -> BoolArray | None:
        """Padding of one slice.

        Parameters
        ----------
        numbers : tuple of int or None
            Lowest and highest stored number that stands for padding.
        stored : ndarray of int16 or uint16, (rows, columns)
        ends : tuple of int
            Lowest and highest stored number.

        Returns
        -------
        ndarray of bool, (rows, columns), or None
            None where there is none. Valid until the next slice is asked for.
        """
        if numbers is None or numbers[1] < ends[0] or ends[1] < numbers[0]:
            return None
        if self._mask.shape != stored.shape:
            self._mask = np.empty(stored.shape, np.bool_)
        low, high = numbers
        padding = np.equal(stored, low, out=self._mask)
        if low != high:
            padding = np.logical_and(stored >= low, stored <= high, out=self._mask)
        return padding if padding.any() else None


def padding_numbers(header: Header) -> tuple[int, int] | None:
    """Lowest and highest stored number that stands for padding; None where the file names none.

    They are read as the pixels' own type: files write them signed or unsigned at will.
    """
    value = header.number("PixelPaddingValue")
    if value is None:
        return None
    limit, signed = header.number("PixelPaddingRangeLimit"), bool(header.whole("PixelRepresentation"))
    low, high = sorted(_as_stored(end, signed=signed) for end in (value, value if limit is None else limit))
    return low, high


def _as_stored(value: float, *, signed: bool) -> int:
    number = int(value) & 0xFFFF
    return number - 0x10000 if signed and number >= 0x8000 else number
