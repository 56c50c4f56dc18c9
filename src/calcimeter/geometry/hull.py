"""Convex hulls and calipers: longest diameters and the widths across them.

Of points they run between the points, of a mask from voxel edge to voxel edge. A mask's corners are those of the ends
of its runs, so that the cost grows with the surface and never with the square of the number of voxels.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.volume import Region

HALF_ROW = np.array([0.5, 0.0])
TIE = 1e-10
"""Relative, and in mm2: lengths that differ by less are equal."""


class Calipers(NamedTuple):
    """Longest diameter of a planar point set and the width across it; ends are (2, 2) points."""

    long: float
    short: float
    long_ends: FloatArray
    short_ends: FloatArray


def slice_corners(plane: BoolArray) -> FloatArray:
    """Corners of the outermost voxels of each row of a plane, (n, 2) as row, column; whole numbers are centers."""
    rows = np.flatnonzero(plane.any(axis=1))
    first = plane[rows].argmax(axis=1)
    last = plane.shape[1] - 1 - plane[rows, ::-1].argmax(axis=1)
    ends = np.stack([np.repeat(rows, 2), np.stack([first - 0.5, last + 0.5], axis=1).ravel()], axis=1)
    corners: FloatArray = np.concatenate([ends - HALF_ROW, ends + HALF_ROW])
    return corners


def region_corners(region: Region) -> FloatArray:
    """Corners of voxels that hold the region's convex hull, as volume indices, (n, 3)."""
    corners = []
    for k in np.flatnonzero(region.mask.any(axis=(1, 2))):
        outline = hull_points(slice_corners(region.mask[k]))
        corners += [np.column_stack([np.full(len(outline), k + edge), outline]) for edge in (-0.5, 0.5)]
    everything: FloatArray = np.concatenate(corners) + np.array(region.start)
    return everything


def region_box(region: Region, grid: Grid) -> FloatArray:
    """Lowest and highest corner in LPS mm of the voxels of a region, (2, 3)."""
    used = np.argwhere(region.mask.any(axis=2))
    rows = region.mask[tuple(used.T)]
    first, last = rows.argmax(axis=1) - 0.5, rows.shape[1] - rows[:, ::-1].argmax(axis=1) - 0.5
    ends = np.concatenate([np.column_stack([used, column]) for column in (first, last)]) + np.array(region.start)
    edges = [np.array([*edge, 0.0]) for edge in product((-0.5, 0.5), repeat=2)]
    corners = grid.to_patient(np.concatenate([ends + edge for edge in edges]))
    box: FloatArray = np.stack([corners.min(axis=0), corners.max(axis=0)])
    return box


def hull_points(points: FloatArray) -> FloatArray:
    """Vertices of the convex hull; in three dimensions all points are returned where they are flat."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        vertices: FloatArray = points[ConvexHull(points).vertices]
    except QhullError:
        return points
    return vertices


def hull_volume(points_mm: FloatArray) -> float | None:
    """Volume of the convex hull of points (n, 3), mm3; None where they are flat."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        return float(ConvexHull(points_mm).volume)
    except QhullError:
        return None


def longest(points: FloatArray) -> tuple[float, FloatArray]:
    """Longest distance between any two points, and those two, (2, dimensions)."""
    return longest_between(hull_points(points))


def longest_between(outline: FloatArray) -> tuple[float, FloatArray]:
    """The same of the vertices of a convex hull."""
    outline = _far_out(outline)
    best, pair = -1.0, (0, 0)
    for start in range(0, len(outline), 256):
        part = outline[start : start + 256]
        squared = np.zeros((len(part), len(outline) - start))
        for k in range(outline.shape[1]):
            squared += np.subtract.outer(part[:, k], outline[start:, k]) ** 2
        # Of pairs that are equally far, to rounding, the first: else the last digit of a product would choose.
        most = float(squared.max())
        if most > best * (1 + TIE) + TIE:
            first = int((squared >= most * (1 - TIE) - TIE).argmax())
            columns = len(outline) - start
            best, pair = most, (start + first // columns, start + first % columns)
    return float(np.linalg.norm(outline[pair[1]] - outline[pair[0]])), outline[list(pair)]


def at_most(points: FloatArray) -> float:
    """A length that no two of the points exceed: twice the farthest from the middle of their box, or its diagonal."""
    low, high = points.min(axis=0), points.max(axis=0)
    radius = float(np.linalg.norm(points - (low + high) / 2, axis=1).max())
    return min(2 * radius, float(np.linalg.norm(high - low)))


def calipers(points: FloatArray) -> Calipers:
    """Longest diameter of planar points (n, 2) and the caliper width perpendicular to it.

    The ends of the width are set where they lie along the long axis on average, for drawing.
    """
    outline = hull_points(points)
    long, ends = longest(outline)
    along = (ends[1] - ends[0]) / max(long, 1e-12)
    across = np.array([-along[1], along[0]])
    reach = outline @ across
    low, high = int(reach.argmin()), int(reach.argmax())
    middle = (outline[low] @ along + outline[high] @ along) / 2
    short_ends = np.stack([middle * along + reach[low] * across, middle * along + reach[high] * across])
    return Calipers(long, float(reach[high] - reach[low]), ends, short_ends)


def _far_out(points: FloatArray) -> FloatArray:
    """Those that may be one of the two farthest apart: so far from the middle that another one across would do."""
    away = np.linalg.norm(points - (points.min(axis=0) + points.max(axis=0)) / 2, axis=1)
    farthest = int(away.argmax())
    reached = float(np.linalg.norm(points - points[farthest], axis=1).max())
    kept: FloatArray = points[away >= (reached - away[farthest]) * (1 - TIE) - TIE]
    return kept
