"""Distances between sets of voxels, from their surfaces."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.volume import Region


def surface_index(mask: Mask) -> FloatArray:
    """Indices of the voxels of a mask that have a face to the outside, (n, 3); the volume's border counts as
    inside. Empty where nothing is set.
    """
    words = mask.words
    inner = words.copy()
    one, top = np.uint64(1), np.uint64(63)
    left, right = words << one, words >> one
    left[..., 1:] |= words[..., :-1] >> top
    right[..., :-1] |= words[..., 1:] << top
    left[..., 0] |= words[..., 0] & one
    last = np.uint64((mask.shape[2] - 1) % 64)
    right[..., -1] |= words[..., -1] & (one << last)
    inner &= left & right
    inner[1:] &= words[:-1]
    inner[:-1] &= words[1:]
    inner[:, 1:] &= words[:, :-1]
    inner[:, :-1] &= words[:, 1:]
    return _indices(words & ~inner).astype(np.float64)


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


def _indices(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Indices of the set voxels, (n, 3)."""
    k, r, w = np.nonzero(words)
    bits: BoolArray = np.unpackbits(words[k, r, w][:, None].view(np.uint8), axis=1, bitorder="little").view(np.bool_)
    which, bit = np.nonzero(bits)
    return np.stack([k[which], r[which], w[which] * 64 + bit], axis=1)


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


def nearest(points_mm: FloatArray, goal_mm: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Distance of each point (n, 3) to the nearest goal (m, 3), m at least 1, and that one's number, each (n,)."""
    from scipy.spatial import cKDTree

    workers = -1 if len(points_mm) > FEW else 1  # threads cost more than they bring
    distance, number = cKDTree(goal_mm, balanced_tree=False, compact_nodes=False).query(points_mm, workers=workers)
    return distance, number
