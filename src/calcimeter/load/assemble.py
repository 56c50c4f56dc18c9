"""Stored planes of any container -> one volume in HU, in analyzed order, allocated once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import UnreadableInput, UnsupportedStudy
from calcimeter.model.grid import BoolArray, Grid, Layout
from calcimeter.model.volume import Volume

AIR_HU = -1024
"""What padding becomes: the lowest value of the usual CT scale."""

FARTHEST_MM, SPACING_MM = 1e5, (0.01, 100.0)
"""Positions farther from the scanner's center and voxels of other sizes are no scanner's, and single precision could
not tell their slices apart."""

INT16 = np.iinfo(np.int16)
Stored = npt.NDArray[Any]
Where = int | tuple[slice, slice, int]


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
    ends : tuple of int or None
        Lowest and highest stored number, where the file's reader knows them already.
    one_padding : bool
        Whether all of the padding is one stored number.
    """

    where: Where
    stored: Stored
    slope: float = 1.0
    intercept: float = 0.0
    padding: BoolArray | None = None
    ends: tuple[int, int] | None = None
    one_padding: bool = False


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
        """Read the whole array, as ``assembled`` does.

        Raises
        ------
        UnreadableInput
            The file is cut short, or a value is not finite.
        """
        return assembled(self.grid, lambda: [self.planes()])


def assembled(grid: Grid, lanes: Callable[[], Sequence[Iterable[Plane]]]) -> Volume:
    """Put planes together that come in several lanes, each of them run through by a thread of its own.

    Parameters
    ----------
    grid : Grid
        Of the file's array; its index order is the file's.
    lanes : callable
        Starts reading from the beginning; the lanes together give each plane once. It is called a second time where
        values turn out not to be whole numbers.

    Returns
    -------
    Volume
        int16 where every value is a whole number in range, whatever type the file has, so that one scan in several
        containers gives the same array; else float32.

    Raises
    ------
    UnreadableInput
        A value is not finite. What a lane raises is passed on.
    UnsupportedStudy
        There is no memory for an array of that size.
    """
    layout = Layout.of(grid)
    analyzed = layout.analyzed_grid()
    whole = _room(analyzed, np.int16)
    if _Filling(layout.to_source(whole), _place_whole).run(lanes()):
        return Volume(whole, layout, analyzed)
    del whole
    fractional = _room(analyzed, np.float32)
    _Filling(layout.to_source(fractional), _place_fractional).run(lanes())
    return Volume(fractional, layout, analyzed)


def measured_ends(stored: Stored, padding: BoolArray | None) -> tuple[int, int] | None:
    """Lowest and highest stored whole number among the measured ones; None where nothing is measured."""
    if padding is not None:
        measured = int(padding.argmin())
        if padding.flat[measured]:
            return None
        stored = stored.copy()
        np.copyto(stored, stored.flat[measured], where=padding)  # ten times as fast as selecting the measured ones
    return int(stored.min()), int(stored.max())


@dataclass(slots=True, eq=False)
class _Filling:
    """An array that is being filled by several threads, each plane by one of them."""

    target: Stored
    place: Callable[[Plane, Stored], bool]
    is_over: bool = False

    def run(self, lanes: Sequence[Iterable[Plane]]) -> bool:
        """Put every plane in place; False as soon as one can't be held by the target's type."""
        with ThreadPoolExecutor(len(lanes)) as pool:
            try:
                return all(pool.map(self._run_lane, lanes))
            finally:  # where one lane fails, or the user interrupts, the others must not go on to their end
                self.is_over = True

    def _run_lane(self, lane: Iterable[Plane]) -> bool:
        for plane in lane:
            out = self.target[plane.where]
            if not self.place(plane, out):
                self.is_over = True
                return False
            if plane.padding is not None:
                _blank(out, plane.padding, one_number=plane.one_padding)
            if self.is_over:
                break
        return True


def _room(grid: Grid, dtype: npt.DTypeLike) -> Stored:
    try:
        return np.empty(grid.shape, dtype=dtype)
    except MemoryError as error:
        size = " x ".join(map(str, grid.shape))
        raise UnsupportedStudy(f"met a volume of {size}, for which there is no memory; export fewer slices") from error


def _place_whole(plane: Plane, out: Stored) -> bool:
    """Write whole HU; False where a measured value is fractional or beyond int16."""
    stored = plane.stored
    if stored.dtype.kind == "f" or not (plane.slope.is_integer() and plane.intercept.is_integer()):
        hu = _hu(plane)
        if hu.min() < INT16.min or hu.max() > INT16.max or not np.array_equal(hu, np.rint(hu)):
            return False
        np.copyto(out, hu, casting="unsafe")
        return True
    slope, intercept = int(plane.slope), int(plane.intercept)
    # Padding may lie beyond the range. It is looked for only where something does: that takes longer than all else.
    if not _in_range(plane.ends or measured_ends(stored, None), slope, intercept) and not _in_range(
        measured_ends(stored, plane.padding), slope, intercept
    ):
        return False
    # Arithmetic modulo 2^16 is exact where the result is in range, whatever the stored type.
    narrow = stored.view(np.int16) if stored.dtype == np.uint16 else stored.astype(np.int16, copy=False)
    if slope != 1:
        narrow = narrow * _wrapped(slope)
    np.add(narrow, _wrapped(intercept), out=out)
    return True


def _blank(out: Stored, padding: BoolArray, *, one_number: bool) -> None:
    """Make air of padding."""
    if one_number and out.dtype == np.int16:
        # Modulo 2^16, as above; the same as below in a third of the time.
        shift = _wrapped(AIR_HU - int(out.flat[int(padding.argmax())]))
        np.add(out, np.multiply(padding.view(np.int8), shift), out=out)
    else:
        np.copyto(out, AIR_HU, where=padding, casting="unsafe")


def _in_range(ends: tuple[int, int] | None, slope: int, intercept: int) -> bool:
    """Whether int16 holds the HU of all stored numbers between two."""
    return ends is None or all(INT16.min <= end * slope + intercept <= INT16.max for end in ends)


def _place_fractional(plane: Plane, out: Stored) -> bool:
    """Write fractional HU."""
    np.copyto(out, _hu(plane), casting="same_kind")
    return True


def _hu(plane: Plane) -> npt.NDArray[np.float64]:
    """HU of a plane; padding is air here."""
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused below
        hu: npt.NDArray[np.float64] = plane.stored * np.float64(plane.slope) + plane.intercept
    if plane.padding is not None:
        hu[plane.padding] = AIR_HU
    if not np.isfinite(hu).all():
        raise UnreadableInput("met values that are not numbers (NaN or infinite), expected HU everywhere")
    return hu


def _wrapped(number: int) -> np.int16:
    """A number modulo 2^16."""
    return np.int64(number).astype(np.int16)
