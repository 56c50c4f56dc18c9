"""Distances between sets of voxels, from their surfaces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.volume import Region


def surface_index(mask: Mask) -> FloatArray:
    """Indices of the voxels of a mask that have a face to the outside, (n, 3); the volume's border counts as
    inside. Empty where nothing is set."""
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
    surface: FloatArray = np.argwhere(region.mask & ~inner) + np.array(region.start, dtype=np.float64)
    return surface


def region_surface_mm(region: Region, grid: Grid) -> FloatArray:
    """The same as centers in LPS mm, (n, 3)."""
    return grid.to_patient(region_surface_index(region))


def region_gap_mm(grid: Grid, one: Region, other: Region) -> float:
    """Shortest distance between voxel centers of two regions, mm."""
    return float(nearest_mm(region_surface_mm(one, grid), region_surface_mm(other, grid)).min())


def _indices(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Indices of the set voxels, (n, 3)."""
    k, r, w = np.nonzero(words)
    bits: BoolArray = np.unpackbits(words[k, r, w][:, None].view(np.uint8), axis=1, bitorder="little").view(np.bool_)
    which, bit = np.nonzero(bits)
    return np.stack([k[which], r[which], w[which] * 64 + bit], axis=1)


def nearest_mm(points_mm: FloatArray, goal_mm: FloatArray) -> FloatArray:
    """Distance of each point (n, 3) to the nearest of the goal points (m, 3), mm, (n,); infinite without goals."""
    from scipy.spatial import cKDTree

    if len(goal_mm) == 0:
        return np.full(len(points_mm), np.inf)
    tree = cKDTree(goal_mm, balanced_tree=False, compact_nodes=False)
    distance: FloatArray = tree.query(points_mm)[0]
    return distance


def nearest_index(own: FloatArray, goal: FloatArray, grid: Grid) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Distance in mm from each voxel (n, 3) to the nearest goal voxel (m, 3), and that one's number, each (n,)."""
    from scipy.spatial import cKDTree

    tree = cKDTree(grid.to_patient(goal), balanced_tree=False, compact_nodes=False)
    distance, number = tree.query(grid.to_patient(own))
    return distance, number
