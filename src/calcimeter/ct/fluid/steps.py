"""Where the image steps up along gravity, and which of these steps lie side by side in a plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.fluid.lattice import Lattice, Values
from calcimeter.ct.settings import FluidSettings
from calcimeter.model.grid import BoolArray, FloatArray

IntArray = npt.NDArray[np.int64]
ROUNDING_MM = 1e-6
IN_LINE = 1e-9
"""Of the squared spread of points: with less area than that they lie in a line."""

EIGHT = np.ones((3, 3), dtype=bool)
"""Neighbors of a column."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Columns of a lattice in which HU steps up, one entry a step.

    Parameters
    ----------
    column : ndarray of int64, (n, 2)
        Second and third index of the lattice.
    depth_mm : ndarray, (n,)
        Where along gravity the step lies, from the lattice's first point.
    above_hu, below_hu : ndarray, (n,)
        Means a little above and a little below.
    """

    column: IntArray
    depth_mm: FloatArray
    above_hu: FloatArray
    below_hu: FloatArray

    def __len__(self) -> int:
        return len(self.depth_mm)

    def select(self, keep: BoolArray | IntArray) -> Steps:
        """Some of them."""
        return Steps(self.column[keep], self.depth_mm[keep], self.above_hu[keep], self.below_hu[keep])


def find_steps(lattice: Lattice, calm: Values, reach_mm: float, settings: FluidSettings) -> Steps:
    """Steps up to the deposit, at most one within a window of each column.

    The means of two windows are compared, one above and one below, with a gap between them for the blur; gap and
    window together are ``reach_mm``. ``calm`` is what ``calmed`` gives.
    """
    from scipy.ndimage import maximum_filter1d

    step_mm = lattice.steps_mm[0]
    gap = max(1, round(settings.gap_mm / step_mm))
    window = max(1, round(reach_mm / step_mm) - gap)
    if calm.shape[0] < 2 * (gap + window) + 1:
        return Steps(np.zeros((0, 2), dtype=np.int64), *(np.zeros(0) for _ in range(3)))
    v, u = np.nonzero(lattice.envelope.any(axis=0))
    columns = np.ravel_multi_index((v, u), calm.shape[1:])
    total = _summed(calm, columns, np.float32)
    held = _summed(lattice.envelope, columns, np.int32)
    edges = np.arange(gap + window, calm.shape[0] - gap - window + 1)
    above = (total[edges - gap] - total[edges - gap - window]) / window
    below = (total[edges + gap + window] - total[edges + gap]) / window
    deposit = held[edges + gap + window] - held[edges + gap] >= window / 2
    rise = below - above
    top = maximum_filter1d(rise, 2 * (gap + 1) + 1, axis=0)
    k, n = np.nonzero((rise >= top) & (rise >= settings.min_rise_hu) & deposit & (above >= settings.min_above_hu))
    reach = gap + 1
    middle = edges[k]
    amount = total[middle + reach, n] - total[middle - reach, n]
    low, high = above[k, n].astype(np.float64), below[k, n].astype(np.float64)
    shift = ((high + low) * reach - amount) / (high - low)
    depth = (middle - 0.5 + np.clip(shift, -1.5, 1.5)) * step_mm
    return Steps(np.stack([v[n], u[n]], axis=1), depth, low, high)


def _summed(values: npt.NDArray[np.generic], columns: IntArray, kind: type[np.generic]) -> npt.NDArray[np.generic]:
    """Sums of some columns from the top to before each index, (down + 1, n)."""
    total = np.zeros((values.shape[0] + 1, len(columns)), dtype=kind)
    np.cumsum(values.reshape(len(values), -1).take(columns, axis=1), axis=0, dtype=kind, out=total[1:])
    return total


def calmed(lattice: Lattice, width_mm: float) -> Values:
    """HU averaged horizontally over about a width, never along gravity."""
    from scipy.ndimage import uniform_filter1d

    calm = lattice.hu
    for axis in (1, 2):
        size = 2 * round((width_mm / lattice.steps_mm[axis] - 1) / 2) + 1
        if size > 1:
            calm = uniform_filter1d(calm, size, axis=axis, mode="nearest")
    return calm


def flat_patches(steps: Steps, lattice: Lattice, settings: FluidSettings) -> Iterator[Steps]:
    """Connected steps in one nearly level plane, with even layers above and below, a sheet's largest first."""
    down, across, along = lattice.steps_mm
    least = max(settings.min_columns, int(settings.min_area_mm2 / (across * along)))
    tolerance_mm = max(settings.tolerance_mm, 0.75 * down)
    for sheet in _sheets(steps, lattice, least):
        rest = sheet
        for _ in range(settings.max_patches):
            if len(rest) < least:
                break
            footprint = _Footprint.of(rest)
            near, off = _plane_of(rest, footprint, lattice, tolerance_mm)
            alike = _alike(rest, near, settings.max_deviation)
            clean = footprint.largest(near & alike)
            if np.count_nonzero(clean) >= least and _lean_deg(rest, clean, lattice) <= settings.max_lean_deg:
                yield rest.select(clean)
            spent = clean | (near & ~alike)
            spent[np.argmin(np.abs(off))] = True
            rest = rest.select(~spent)


def _sheets(steps: Steps, lattice: Lattice, least: int) -> Iterator[Steps]:
    """Steps connected from column to column, by at most one index along gravity: so many or more."""
    from scipy.ndimage import label

    if not len(steps):
        return
    where = np.zeros(lattice.hu.shape, dtype=bool)
    index = np.clip(np.rint(steps.depth_mm / lattice.steps_mm[0]).astype(np.int64), 0, lattice.hu.shape[0] - 1)
    place = (index, steps.column[:, 0], steps.column[:, 1])
    where[place] = True
    labels, count = label(where, np.ones((3, 3, 3)))
    sheet = labels[place]
    order = np.argsort(sheet, kind="stable")
    bounds = np.searchsorted(sheet[order], np.arange(1, count + 2))
    for first, last in pairwise(bounds):
        if last - first >= least:
            yield steps.select(order[first:last])


class _Footprint(NamedTuple):
    """The columns of some steps as a small plane: its shape, and the place of each step in it."""

    shape: tuple[int, int]
    place: IntArray

    @classmethod
    def of(cls, steps: Steps) -> _Footprint:
        """The smallest that holds them."""
        column = steps.column - steps.column.min(axis=0)
        rows, columns = column.max(axis=0) + 1
        return cls((int(rows), int(columns)), column[:, 0] * columns + column[:, 1])

    def largest(self, chosen: BoolArray) -> BoolArray:
        """Of some of the steps those in the largest connected set of columns."""
        from scipy.ndimage import label

        if not chosen.any():
            return chosen
        plane = np.zeros(self.shape, dtype=bool)
        plane.reshape(-1)[self.place[chosen]] = True
        labels, count = label(plane, EIGHT)
        if count == 1:
            return chosen
        own = labels.reshape(-1)[self.place]
        largest: BoolArray = chosen & (own == int(np.bincount(own[chosen]).argmax()))
        return largest


def _plane_of(
    sheet: Steps, footprint: _Footprint, lattice: Lattice, tolerance_mm: float
) -> tuple[BoolArray, FloatArray]:
    """What of a sheet lies near the plane that most steps lie near, grown from the commonest depth; and all offsets."""
    points = sheet.column * lattice.steps_mm[1:]
    off = sheet.depth_mm - _commonest(sheet.depth_mm, tolerance_mm)
    within = np.abs(off) <= tolerance_mm + ROUNDING_MM
    near = footprint.largest(within)
    for _ in range(8):
        off = sheet.depth_mm - _plane(points, near, sheet.depth_mm)
        before, within = within, np.abs(off) <= tolerance_mm
        grown = near if (within == before).all() else footprint.largest(within)
        if not grown.any() or (grown == near).all():
            break
        near = grown
    return near, off


def _alike(sheet: Steps, near: BoolArray, deviation: float) -> BoolArray:
    """Steps whose HU above and below are those of the patch: where wall or septum comes in, they are not."""
    above, below = _median(sheet.above_hu[near]), _median(sheet.below_hu[near])
    limit = deviation * (below - above)
    return np.asarray((np.abs(sheet.above_hu - above) <= limit) & (np.abs(sheet.below_hu - below) <= limit))


def _median(values: FloatArray) -> float:
    """The middle of some values: for few of them five times as fast as the general one."""
    ordered, n = np.sort(values), len(values)
    return float(ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def _lean_deg(sheet: Steps, near: BoolArray, lattice: Lattice) -> float:
    """Angle between the plane through some steps and the level, roughly."""
    points = sheet.column[near] * lattice.steps_mm[1:]
    slopes = _slopes(points - points.mean(axis=0), sheet.depth_mm[near])
    return float(np.degrees(np.arctan(np.hypot(*slopes))))


def _commonest(depth_mm: FloatArray, tolerance_mm: float) -> float:
    """Middle of the band that holds most depths."""
    ordered = np.sort(depth_mm)
    beyond = np.searchsorted(ordered, ordered + 2 * tolerance_mm, side="right")
    return float(ordered[int((beyond - np.arange(len(ordered))).argmax())]) + tolerance_mm


def _plane(points: FloatArray, near: BoolArray, depth_mm: FloatArray) -> FloatArray:
    """Depth of the plane through some of the points, at all of them."""
    own, depth = points[near], depth_mm[near]
    middle = own.mean(axis=0)
    plane: FloatArray = depth.mean() + (points - middle) @ _slopes(own - middle, depth)
    return plane


def _slopes(offset_mm: FloatArray, depth_mm: FloatArray) -> FloatArray:
    """Slopes of the plane through points at offsets (n, 2) from their middle; 0 across points in a line, (2,)."""
    spread = offset_mm.T @ offset_mm
    (a, b), (_, c) = spread.tolist()
    area = a * c - b * b
    if area <= IN_LINE * (a + c) ** 2:
        inverse = np.linalg.pinv(spread, rcond=1e-9, hermitian=True)
    else:
        inverse = np.array([[c, -b], [-b, a]]) / area
    slopes: FloatArray = inverse @ (offset_mm.T @ depth_mm)
    return slopes
