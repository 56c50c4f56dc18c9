"""Distances between sets of voxels, from their surfaces."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.lanes import each
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.volume import Region

SLAB_WORDS = 1 << 14
"""Words of a mask that are looked at in one go."""


def surface_index(mask: Mask) -> FloatArray:
    """Indices of the voxels of a mask that have a face to the outside, (n, 3); the volume's border counts as
    inside. Empty where nothing is set.
    """
    words, slices = mask.words, mask.shape[0]
    step = max(1, SLAB_WORDS // max(1, words[:1].size))

    def find(first: int) -> FloatArray:
        last = min(first + step, slices)
        if not words[first:last].any():
            return np.zeros((0, 3))
        around = np.clip(np.arange(first - 1, last + 1), 0, slices - 1)
        return _indices(_rim(words[around], mask.shape[2]), first)

    found = each(find, range(0, slices, step), 16 * words.nbytes)
    return np.concatenate([np.zeros((0, 3)), *found])


def _rim(slab: npt.NDArray[np.uint64], columns: int) -> npt.NDArray[np.uint64]:
    """Bits of the inner slices of a slab that have a face to one that is not set; the border of slices is none."""
    one, top = np.uint64(1), np.uint64(63)
    own, inner = slab[1:-1], slab[:-2] & slab[2:]
    inner[:, 1:] &= own[:, :-1]
    inner[:, :-1] &= own[:, 1:]
    left, right = own << one, own >> one
    before, after = own >> top, own << top
    before[..., -1], after[..., 0] = 0, 0  # words are taken as one line, in which a row ends here
    left.reshape(-1)[1:] |= before.reshape(-1)[:-1]
    right.reshape(-1)[:-1] |= after.reshape(-1)[1:]
    left[..., 0] |= own[..., 0] & one
    right[..., -1] |= own[..., -1] & (one << np.uint64((columns - 1) % 64))
    rim: npt.NDArray[np.uint64] = own & ~(inner & left & right)
    return rim


def surface_points_mm(mask: Mask, grid: Grid) -> FloatArray:
    """The same as centers in LPS mm, (n, 3)."""
    return grid.to_patient(surface_index(mask))


def region_surface_index(region: Region) -> FloatArray:
    """Indices in the volume of the voxels of a region that have a face to the outside, (n, 3)."""
    inner = np.pad(region.mask, 1)
    inner = (
        inner[1:-1, 1:-1, 1:-1]
        & inner[:-2, 1:-1, 1:-1]
        & inner[2:, 1:-1, 1:-1]
        & inner[1:-1, :-2, 1:-1]
        & inner[1:-1, 2:, 1:-1]
        & inner[1:-1, 1:-1, :-2]
        & inner[1:-1, 1:-1, 2:]
    )
    surface: FloatArray = np.argwhere(region.mask & ~inner).astype(np.float64) + np.array(region.start)
    return surface


def region_surface_mm(region: Region, grid: Grid) -> FloatArray:
    """The same as centers in LPS mm, (n, 3)."""
    return grid.to_patient(region_surface_index(region))


def shared_area_mm2(one: BoolArray, other: BoolArray, spacing_mm: tuple[float, float, float]) -> float:
    """Faces that the voxels of one mask (slices, rows, columns) share with those of another, mm2."""
    area = 0.0
    for axis, step in enumerate(spacing_mm):
        a, b = np.moveaxis(one, axis, 0), np.moveaxis(other, axis, 0)
        faces = np.count_nonzero(a[1:] & b[:-1]) + np.count_nonzero(a[:-1] & b[1:])
        area += faces * float(np.prod(spacing_mm) / step)
    return area


FEW = 3000
"""Points that one thread looks up as fast as many."""

ROUNDING = 1e-9
"""Of a distance, and in mm: what is so little farther counts as at the limit."""

SAMPLES = 200
"""Points that tell how near the nearest are at least."""


class Cloud(NamedTuple):
    """Points in LPS mm with their box."""

    points_mm: FloatArray
    low_mm: FloatArray
    high_mm: FloatArray

    @classmethod
    def of(cls, points_mm: FloatArray) -> Cloud:
        """A cloud of at least one point."""
        return cls(points_mm, points_mm.min(axis=0), points_mm.max(axis=0))

    def near(self, other: Cloud, limit_mm: float) -> FloatArray:
        """The points that lie within a limit of the other's box, (n, 3); none where the boxes are apart."""
        low, high = other.low_mm - limit_mm, other.high_mm + limit_mm
        if (self.high_mm < low).any() or (self.low_mm > high).any():
            return np.zeros((0, 3))
        return self.points_mm[((self.points_mm >= low) & (self.points_mm <= high)).all(axis=1)]


def gap_mm(one: Cloud, other: Cloud, limit_mm: float) -> float:
    """Shortest distance between two clouds; infinite where it is over the limit."""
    near = other.near(one, limit_mm)
    if len(near) == 0:
        return np.inf
    own = one.near(Cloud.of(near), limit_mm)
    distance = float(nearest_mm(own, near, limit_mm).min()) if len(own) else np.inf
    return distance if distance <= limit_mm else np.inf


def _indices(words: npt.NDArray[np.uint64], first: int) -> FloatArray:
    """Indices of the set voxels of some slices, of which the first has a number, (n, 3)."""
    used = np.flatnonzero(words)
    bits = np.flatnonzero(np.unpackbits(words.reshape(-1)[used].view(np.uint8), bitorder="little"))
    which = bits >> 6
    line, word = np.divmod(used, words.shape[2])
    k, r = np.divmod(line, words.shape[1])
    index = np.empty((len(bits), 3))
    index[:, 0], index[:, 1], index[:, 2] = (k + first)[which], r[which], (word * 64)[which] + (bits & 63)
    return index


def nearest_mm(points_mm: FloatArray, goal_mm: FloatArray, limit_mm: float = np.inf) -> FloatArray:
    """Distance of each point (n, 3) to the nearest of the goal points (m, 3), mm, (n,).

    Infinite without goals, and over the limit; a limit makes far points cheap.
    """
    from scipy.spatial import cKDTree

    if len(goal_mm) == 0:
        return np.full(len(points_mm), np.inf)
    tree = cKDTree(goal_mm, balanced_tree=False, compact_nodes=False)
    beyond = np.nextafter(limit_mm, np.inf)  # the tree's own bound is strict
    distance: FloatArray = tree.query(points_mm, distance_upper_bound=beyond, workers=-1)[0]
    return distance


def nearest(
    points_mm: FloatArray, goal_mm: FloatArray, pairs: int | None = None
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Distance of each point (n, 3) to the nearest goal (m, 3), m at least 1, and that one's number, each (n,).

    With ``pairs`` only so many of the points that are nearest to a goal have to be told; others may be infinitely far.
    """
    from scipy.spatial import cKDTree

    tree, limit = cKDTree(goal_mm, balanced_tree=False, compact_nodes=False), np.inf
    some = points_mm[:: max(1, len(points_mm) // SAMPLES)]
    if pairs is not None and pairs < len(some) < len(points_mm):
        limit = float(np.partition(tree.query(some)[0], pairs - 1)[pairs - 1])
    workers = -1 if len(points_mm) > FEW and limit == np.inf else 1  # threads cost more than they bring
    bound = limit * (1 + ROUNDING) + ROUNDING  # the tree's own bound is strict, and of squares: that of 0 finds nothing
    distance, number = tree.query(points_mm, distance_upper_bound=bound, workers=workers)
    return distance, number
