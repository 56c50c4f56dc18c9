"""Stored planes of any container -> one volume in HU, in analyzed order, allocated once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import UnreadableInput
from calcimeter.model.grid import BoolArray, Grid, Layout
from calcimeter.model.volume import Volume

AIR_HU = -1024.0
"""Padding is at most this: the lowest value of the usual CT scale."""

INT16 = np.iinfo(np.int16)
Stored = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One plane of a file's array, as stored.

    Parameters
    ----------
    where : int or tuple
        Its index in the file's array.
    stored : ndarray
        Valid until the next plane is asked for: the buffer may be used again.
    slope, intercept : float
        HU = stored * slope + intercept.
    padding : ndarray of bool or None
        Where the plane holds no measurement.
    """

    where: int | tuple[slice, slice, int]
    stored: Stored
    slope: float = 1.0
    intercept: float = 0.0
    padding: BoolArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StoredArray:
    """A file's array that has not been read yet.

    Parameters
    ----------
    grid : Grid
        Of the file's array; its index order is the file's.
    planes : callable
        Starts reading from the beginning, each plane once. It is called a second time where values turn out not
        to be whole numbers.
    """

    grid: Grid
    planes: Callable[[], Iterable[Plane]]

    def volume(self) -> Volume:
        """Read the whole array.

        Returns
        -------
        Volume
            int16 where every value is a whole number in range, whatever type the file has, so that one scan in
            several containers gives the same array; else float32.

        Raises
        ------
        UnreadableInput
            The file is cut short, or a value is not finite.
        """
        layout = Layout.of(self.grid)
        grid = layout.analyzed_grid()
        whole = np.empty(grid.shape, dtype=np.int16)
        if _fill(layout.to_source(whole), self.planes(), _place_whole):
            return Volume(whole, layout, grid)
        del whole
        fractional = np.empty(grid.shape, dtype=np.float32)
        _fill(layout.to_source(fractional), self.planes(), _place_fractional)
        return Volume(fractional, layout, grid)


Placer = Callable[[Plane, Stored], float | None]


def _fill(target: Stored, planes: Iterable[Plane], place: Placer) -> bool:
    """Put every plane in place; False as soon as one can't be held by the target's type."""
    lowest, padded = AIR_HU, []
    sentinel = INT16.min if target.dtype == np.int16 else -np.inf
    for plane in planes:
        out = target[plane.where]
        low = place(plane, out)
        if low is None:
            return False
        lowest = min(lowest, low)
        if plane.padding is not None:
            np.copyto(out, sentinel, where=plane.padding)
            padded.append(plane.where)
    for where in padded:  # only now is the lowest measured value known
        out = target[where]
        np.copyto(out, lowest, where=out == sentinel, casting="unsafe")
    return True


def _place_whole(plane: Plane, out: Stored) -> float | None:
    """Write whole HU; returns the lowest, or None where a value is fractional or beyond int16."""
    stored = plane.stored
    if stored.dtype.kind == "f" or not (plane.slope.is_integer() and plane.intercept.is_integer()):
        hu = _hu(plane)
        low, high = hu.min(), hu.max()
        if low < INT16.min or high > INT16.max or not np.array_equal(hu, np.rint(hu)):
            return None
        np.copyto(out, hu, casting="unsafe")
        return float(low)
    slope, intercept = int(plane.slope), int(plane.intercept)
    low, high = sorted(end * slope + intercept for end in _ends(plane))
    if low < INT16.min or high > INT16.max:
        return None
    # Arithmetic modulo 2^16 is exact where the result is in range, whatever the stored type.
    narrow = stored.astype(np.int16, copy=False)
    if slope != 1:
        narrow = narrow * _wrapped(slope)
    np.add(narrow, _wrapped(intercept), out=out)
    return float(low)


def _place_fractional(plane: Plane, out: Stored) -> float:
    """Write fractional HU; returns the lowest."""
    hu = _hu(plane)
    np.copyto(out, hu, casting="same_kind")
    return float(hu.min())


def _ends(plane: Plane) -> tuple[int, int]:
    """Lowest and highest stored number among the measured ones."""
    if plane.padding is None:
        return int(plane.stored.min()), int(plane.stored.max())
    measured = plane.stored[~plane.padding]
    return (int(measured.min()), int(measured.max())) if measured.size else (0, 0)


def _hu(plane: Plane) -> npt.NDArray[np.float64]:
    """HU of a plane; padding is air here."""
    hu: npt.NDArray[np.float64] = plane.stored * np.float64(plane.slope) + plane.intercept
    if plane.padding is not None:
        hu[plane.padding] = AIR_HU
    if not np.isfinite(hu).all():
        raise UnreadableInput("met values that are not numbers (NaN or infinite), expected HU everywhere")
    return hu


def _wrapped(number: int) -> np.int16:
    """A number modulo 2^16."""
    return np.int64(number).astype(np.int16)
