"""Where the image steps up along gravity, and which of these steps lie side by side in a plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from calcimeter.ct.fluid.lattice import Lattice, Values
from calcimeter.ct.settings import FluidSettings
from calcimeter.model.grid import BoolArray, FloatArray

IntArray = npt.NDArray[np.int64]
ROUNDING_MM = 1e-6


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
    total = np.concatenate([np.zeros_like(calm[:1]), np.cumsum(calm, axis=0, dtype=np.float32)])
    held = np.cumsum(np.concatenate([np.zeros_like(lattice.envelope[:1]), lattice.envelope]), axis=0, dtype=np.int32)
    edges = np.arange(gap + window, calm.shape[0] - gap - window + 1)
    above = (total[edges - gap] - total[edges - gap - window]) / window
    below = (total[edges + gap + window] - total[edges + gap]) / window
    deposit = held[edges + gap + window] - held[edges + gap] >= window / 2
    rise = below - above
    top = maximum_filter1d(rise, 2 * (gap + 1) + 1, axis=0)
    found = (rise >= top) & (rise >= settings.min_rise_hu) & deposit & (above >= settings.min_above_hu)
    k, v, u = np.nonzero(found)
    reach = gap + 1
    middle = edges[k]
    amount = total[middle + reach, v, u] - total[middle - reach, v, u]
    low, high = above[k, v, u].astype(np.float64), below[k, v, u].astype(np.float64)
    shift = ((high + low) * reach - amount) / (high - low)
    depth = (middle - 0.5 + np.clip(shift, -1.5, 1.5)) * step_mm
    return Steps(np.stack([v, u], axis=1), depth, low, high)


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
    for sheet in _sheets(steps, lattice):
        rest = sheet
        for _ in range(settings.max_patches):
            if len(rest) < least:
                break
            near, off = _plane_of(rest, lattice, tolerance_mm)
            clean = _largest(rest, near & _alike(rest, near, settings.max_deviation))
            if np.count_nonzero(clean) >= least and _lean_deg(rest, clean, lattice) <= settings.max_lean_deg:
                yield rest.select(clean)
            spent = clean | (near & ~_alike(rest, near, settings.max_deviation))
            spent[np.argmin(np.abs(off))] = True
            rest = rest.select(~spent)


def _sheets(steps: Steps, lattice: Lattice) -> Iterator[Steps]:
    """Steps connected from column to column, by at most one index along gravity."""
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
        yield steps.select(order[first:last])


def _plane_of(sheet: Steps, lattice: Lattice, tolerance_mm: float) -> tuple[BoolArray, FloatArray]:
    """What of a sheet lies near the plane that most steps lie near, grown from the commonest depth; and all offsets."""
    points = sheet.column * lattice.steps_mm[1:]
    off = sheet.depth_mm - _commonest(sheet.depth_mm, tolerance_mm)
    near = _largest(sheet, np.abs(off) <= tolerance_mm + ROUNDING_MM)
    for _ in range(8):
        off = sheet.depth_mm - _plane(points, near, sheet.depth_mm)
        grown = _largest(sheet, np.abs(off) <= tolerance_mm)
        if not grown.any() or (grown == near).all():
            break
        near = grown
    return near, off


def _alike(sheet: Steps, near: BoolArray, deviation: float) -> BoolArray:
    """Steps whose HU above and below are those of the patch: where wall or septum comes in, they are not."""
    above, below = float(np.median(sheet.above_hu[near])), float(np.median(sheet.below_hu[near]))
    limit = deviation * (below - above)
    return np.asarray((np.abs(sheet.above_hu - above) <= limit) & (np.abs(sheet.below_hu - below) <= limit))


def _lean_deg(sheet: Steps, near: BoolArray, lattice: Lattice) -> float:
    """Angle between the plane through some steps and the level, roughly."""
    points = sheet.column[near] * lattice.steps_mm[1:]
    design = np.column_stack([np.ones(len(points)), points - points.mean(axis=0)])
    fitted, *_ = np.linalg.lstsq(design, sheet.depth_mm[near], rcond=None)
    return float(np.degrees(np.arctan(np.hypot(fitted[1], fitted[2]))))


def _commonest(depth_mm: FloatArray, tolerance_mm: float) -> float:
    """Middle of the band that holds most depths."""
    ordered = np.sort(depth_mm)
    beyond = np.searchsorted(ordered, ordered + 2 * tolerance_mm, side="right")
    return float(ordered[int((beyond - np.arange(len(ordered))).argmax())]) + tolerance_mm


def _plane(points: FloatArray, near: BoolArray, depth_mm: FloatArray) -> FloatArray:
    """Depth of the plane through some of the points, at all of them."""
    middle = points[near].mean(axis=0)
    design = np.column_stack([np.ones(len(points)), points - middle])
    fitted, *_ = np.linalg.lstsq(design[near], depth_mm[near], rcond=None)
    plane: FloatArray = design @ fitted
    return plane


def _largest(sheet: Steps, near: BoolArray) -> BoolArray:
    """Of some steps those in the largest connected set of columns."""
    from scipy.ndimage import label

    if not near.any():
        return near
    low = sheet.column.min(axis=0)
    columns = sheet.column - low
    flat = np.zeros(tuple(columns.max(axis=0) + 1), dtype=bool)
    flat[tuple(columns[near].T)] = True
    labels, _ = label(flat, np.ones((3, 3)))
    own = labels[tuple(columns.T)]
    size = np.bincount(own[near])
    largest: BoolArray = near & (own == int(size.argmax()))
    return largest
