"""How large each deposit is: deposits -> extents."""

from __future__ import annotations

import numpy as np

from calcimeter.geometry.hull import Calipers, calipers, longest, region_corners, slice_corners
from calcimeter.model.grid import FloatArray, Grid
from calcimeter.model.lesion import Axes, Deposit, Estimate, Extent, Point
from calcimeter.model.volume import Volume


def measure_extents(volume: Volume, deposits: tuple[Deposit, ...]) -> tuple[Extent, ...]:
    """Volume, axes and projected sizes of the envelopes, in the order of the deposits.

    Lengths run from voxel edge to voxel edge, so a single voxel has its own size. The volume is the sum of voxel
    fractions at half maximum; of a given outline it is that of its voxels.
    """
    return tuple(_extent(volume.grid, deposit) for deposit in deposits)


def _extent(grid: Grid, deposit: Deposit) -> Extent:
    """One deposit."""
    corners_mm = grid.to_patient(region_corners(deposit.envelope))
    low, high = corners_mm.min(axis=0), corners_mm.max(axis=0)
    size = high - low
    coronal, sagittal = calipers(corners_mm[:, [0, 2]]), calipers(corners_mm[:, [1, 2]])
    voxels = deposit.fractions.values.sum(dtype=np.float64) if deposit.fractions else deposit.envelope.voxels
    return Extent(
        centroid_mm=_point(grid.to_patient(deposit.envelope.centroid())),
        bounding_box_mm=(_point(low), _point(high)),
        volume_mm3=Estimate(float(voxels) * grid.voxel_mm3),
        volume_threshold_mm3=deposit.dense.voxels * grid.voxel_mm3 if deposit.dense else 0.0,
        axes=_axes(grid, deposit),
        feret_mm=longest(corners_mm)[0],
        left_right_mm=float(size[0]),
        anteroposterior_mm=float(size[1]),
        craniocaudal_mm=float(size[2]),
        projected_coronal_mm=(coronal.long, coronal.short),
        projected_sagittal_mm=(sagittal.long, sagittal.short),
    )


def _axes(grid: Grid, deposit: Deposit) -> Axes:
    """The longest axis inside one slice, over all slices, and the width across it there."""
    region = deposit.envelope
    plane_mm = _in_plane_mm(grid)
    best: tuple[float, int, Calipers] | None = None
    for k in np.flatnonzero(region.mask.any(axis=(1, 2))):
        corners = slice_corners(region.mask[k]) + np.array(region.start[1:])
        if best is not None and np.linalg.norm(np.ptp(corners @ plane_mm.T, axis=0)) <= best[0]:
            continue  # its box is smaller than the longest axis so far
        found = calipers(corners @ plane_mm.T)
        if best is None or found.long > best[0] + 1e-9:
            best = (found.long, region.start[0] + int(k), found)
    assert best is not None
    long, index, found = best
    return Axes(
        Estimate(long),
        Estimate(found.short),
        index,
        _to_patient(grid, plane_mm, index, found.long_ends),
        _to_patient(grid, plane_mm, index, found.short_ends),
    )


def _in_plane_mm(grid: Grid) -> FloatArray:
    """Matrix that turns row and column into mm along two perpendicular directions in the slice, (2, 2)."""
    rows, columns = grid.affine[:3, 1], grid.affine[:3, 2]
    first = columns / np.linalg.norm(columns)
    second = rows - (rows @ first) * first
    second /= np.linalg.norm(second)
    return np.array([[rows @ first, columns @ first], [rows @ second, columns @ second]])


def _to_patient(grid: Grid, plane_mm: FloatArray, index: int, ends_mm: FloatArray) -> FloatArray:
    """End points in the slice, as LPS mm, (2, 3)."""
    row_column = ends_mm @ np.linalg.inv(plane_mm).T
    return grid.to_patient(np.column_stack([np.full(2, index), row_column]))


def _point(values: FloatArray) -> Point:
    return (float(values[0]), float(values[1]), float(values[2]))
