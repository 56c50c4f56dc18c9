"""Simple bodies that bones are like: balls and tubes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import BoolArray, FloatArray


class Ball(NamedTuple):
    """A sphere in LPS mm, and how far the points it was fitted to lie off it, root mean square."""

    center_mm: FloatArray
    radius_mm: float
    residual_mm: float

    def height_mm(self, points_mm: FloatArray) -> FloatArray:
        """How far points (n, 3) lie over its surface, (n,); negative inside."""
        over: FloatArray = np.linalg.norm(points_mm - self.center_mm, axis=1) - self.radius_mm
        return over


class Line(NamedTuple):
    """A line through a point along a unit vector, LPS mm."""

    through_mm: FloatArray
    along: FloatArray

    def heights_mm(self, points_mm: FloatArray) -> FloatArray:
        """How far along the line each point (n, 3) lies, from ``through_mm``, (n,)."""
        heights: FloatArray = (points_mm - self.through_mm) @ self.along
        return heights

    def offsets_mm(self, points_mm: FloatArray) -> FloatArray:
        """From the line to each point (n, 3), at a right angle, (n, 3)."""
        offsets: FloatArray = points_mm - self.through_mm - np.outer(self.heights_mm(points_mm), self.along)
        return offsets


class Tube(NamedTuple):
    """The tubular part of a long bone: its axis, where along it the part begins and ends, and its radius."""

    axis: Line
    low_mm: float
    high_mm: float
    radius_mm: float


def long_direction(points_mm: FloatArray) -> FloatArray | None:
    """The unit vector along which points (n, 3) lie, None where they are no longer than twice as wide."""
    offset = points_mm - points_mm.mean(axis=0)
    lengths, axes = np.linalg.eigh(offset.T @ offset)
    direction: FloatArray = axes[:, 2]
    return direction if lengths[2] > 4 * lengths[1] else None


def fit_ball(points_mm: FloatArray) -> Ball:
    """The sphere nearest to points (n, 3), n at least 4, by linear least squares."""
    middle = points_mm.mean(axis=0)
    offset = points_mm - middle
    solved = np.linalg.lstsq(np.column_stack([2 * offset, np.ones(len(offset))]), (offset**2).sum(axis=1), rcond=None)
    center = solved[0][:3]
    radius = float(np.sqrt(max(solved[0][3] + center @ center, 0.0)))
    residual = np.linalg.norm(offset - center, axis=1) - radius
    return Ball(center + middle, radius, float(np.sqrt((residual**2).mean())))


class Lattice(NamedTuple):
    """Points that fill a body: places in LPS mm (n, 3), which of them a border cuts (n,), and their distance."""

    points_mm: FloatArray
    cut: BoolArray
    spacing_mm: float


def fit_tube(lattice: Lattice, along: FloatArray, widest_mm: float) -> Tube | None:
    """The longest stretch of a filled bone whose cross-sections are small and in line.

    Parameters
    ----------
    lattice : Lattice
    along : ndarray, (3,)
        Roughly the bone's direction; the tube's axis points the same way.
    widest_mm : float
        A section that is wider, as the circle of its area, is no shaft.

    Returns
    -------
    Tube or None
        None where the tubular part is shorter than 20 mm or little longer than wide. Sections that the border cuts
        don't count. Fails in a bone bent by more than its radius.
    """
    line = Line(lattice.points_mm.mean(axis=0), along / np.linalg.norm(along))
    tube = None
    for _ in range(2):  # the second time across the axis that the first has found
        tube = _tube_along(lattice, line, widest_mm)
        if tube is None:
            return None
        line = tube.axis
    return tube


SLAB_MM, SHORTEST_MM, LENGTH_PER_WIDTH, WIDENING = 5.0, 20.0, 1.2, 1.6
MOST_CUT = 0.1
"""Share of a section at the border of the images."""
SPREAD = 1.5
"""Mean square distance from the middle of a section, in units of that of a disk of its area: 1.25 for an ellipse twice
as long as wide, more where a section is in two pieces."""


def _tube_along(lattice: Lattice, line: Line, widest_mm: float) -> Tube | None:
    """The same, by slabs across one line."""
    points_mm = lattice.points_mm
    height = line.heights_mm(points_mm) / SLAB_MM
    slab = np.floor(height).astype(int)
    first, share = int(slab.min()), height - slab  # shared by two slabs, so that a lattice does not beat against them
    slab -= first
    count = np.bincount(slab, 1 - share, slab.max() + 2) + np.bincount(slab + 1, share)
    area = count * lattice.spacing_mm**3 / SLAB_MM
    whole = area[area > 0.2 * np.median(area)]
    limit = min(WIDENING * float(np.percentile(whole, 25)), np.pi / 4 * widest_mm**2)
    spread = 2 * np.pi * _mean_square(points_mm, slab, line.along) / np.maximum(area[:-1], 1e-9)
    cut = np.bincount(slab, lattice.cut) > MOST_CUT * np.bincount(slab)
    low, high = _longest((area[:-1] <= limit) & (area[:-1] > 0.2 * np.median(area)) & (spread < SPREAD) & ~cut)
    radius = float(np.sqrt(np.median(area[low : high + 1]) / np.pi))
    if (high - low) * SLAB_MM < max(SHORTEST_MM, LENGTH_PER_WIDTH * 2 * radius):
        return None
    inside = (slab >= low) & (slab < high)
    centers = np.stack([points_mm[slab == k].mean(axis=0) for k in range(low, high)])
    along = np.linalg.svd(centers - centers.mean(axis=0))[2][0]
    axis = Line(centers.mean(axis=0), along if along @ line.along > 0 else -along)
    everything = axis.heights_mm(points_mm)
    ends = [float(everything.min()), float(everything.max())]
    for k, end in enumerate((float(everything[inside].min()), float(everything[inside].max()))):
        ends[k] = ends[k] if abs(ends[k] - end) < 1.5 * SLAB_MM else end  # a last slab that is not full
    return Tube(axis, ends[0], ends[1], radius)


def _mean_square(points_mm: FloatArray, slab: npt.NDArray[np.int64], along: FloatArray) -> FloatArray:
    """Mean square distance of each slab's points from their middle, across a direction; infinite for an empty slab."""
    count = np.bincount(slab)
    flat = points_mm - np.outer(points_mm @ along, along)
    filled = np.maximum(count, 1)
    mean = np.stack([np.bincount(slab, flat[:, k]) for k in range(3)], axis=1) / filled[:, None]
    square: FloatArray = np.bincount(slab, ((flat - mean[slab]) ** 2).sum(axis=1)) / filled
    return np.where(count > 0, square, np.inf)


def _longest(fits: BoolArray) -> tuple[int, int]:
    """First and after-last index of the longest run of what fits; (0, 0) where nothing does."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], fits.astype(np.int8), [0]])))
    if not len(edges):
        return 0, 0
    starts, stops = edges[::2], edges[1::2]
    k = int((stops - starts).argmax())
    return int(starts[k]), int(stops[k])
