"""Solids in patient space, each known by its signed distance: the one thing that volume, surface and scan come from.

A solid answers ``distance(points)``: negative inside, positive outside, zero exactly on its surface, and never changing
faster than the way gone (Lipschitz constant 1). It may be less than the true distance, never more. So a block of voxels
whose center is farther from the surface than the block's corners lies wholly on one side, and only the rest needs fine
sampling. Points are arrays of shape (3, n), LPS in mm, x first: rows are contiguous, and that is what makes it fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, pi
from typing import Protocol

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.floating]
Point = tuple[float, float, float]
Box = tuple[Point, Point]
"""Lowest and highest corner."""

IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


class Solid(Protocol):
    """What every solid can tell."""

    @property
    def box_mm(self) -> Box:
        """A box that holds it; may be larger than needed, infinite for a half space."""

    def distance(self, points: Points) -> Points:
        """Signed distance in mm, (n,), of LPS points (3, n); at most the true one."""


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipsoid; a sphere where its radii are equal, a cylinder where one is very large.

    Parameters
    ----------
    center_mm : tuple
    radii_mm : tuple
    axes : three unit vectors
        Directions of the radii.
    """

    center_mm: Point
    radii_mm: Point
    axes: tuple[Point, Point, Point] = IDENTITY

    @property
    def box_mm(self) -> Box:
        """The tight box."""
        turned = np.array(self.axes).T
        reach = np.sqrt(np.sum((turned * np.array(self.radii_mm)) ** 2, axis=1))
        return corners(np.array(self.center_mm) - reach, np.array(self.center_mm) + reach)

    def distance(self, points: Points) -> Points:
        """Distance bounded by the smallest radius; exact for a sphere."""
        scale = np.array(self.axes) / np.array(self.radii_mm)[:, None]
        unit = scale.astype(points.dtype) @ (points - column(self.center_mm, points))
        length: Points = np.sqrt(np.einsum("in,in->n", unit, unit))
        return (length - 1) * points.dtype.type(min(self.radii_mm))

    def volume_mm3(self) -> float:
        """Closed form."""
        return 4 / 3 * pi * float(np.prod(self.radii_mm))

    def surface_mm2(self) -> float:
        """Closed form, by Carlson's completely symmetric elliptic integral."""
        from scipy.special import elliprg

        a, b, c = (r * r for r in self.radii_mm)
        return float(4 * pi * elliprg(a * b, a * c, b * c))


def sphere(center_mm: Point, radius_mm: float) -> Ellipsoid:
    """A sphere."""
    return Ellipsoid(center_mm, (radius_mm, radius_mm, radius_mm))


@dataclass(frozen=True, slots=True)
class Capsule:
    """A rod with round ends, thicker at one end if its radii differ.

    Parameters
    ----------
    start_mm, end_mm : tuple
        Centers of the round ends.
    start_radius_mm, end_radius_mm : float
    """

    start_mm: Point
    end_mm: Point
    start_radius_mm: float
    end_radius_mm: float

    @property
    def box_mm(self) -> Box:
        """The tight box."""
        ends = np.array([self.start_mm, self.end_mm])
        radii = np.array([[self.start_radius_mm], [self.end_radius_mm]])
        return corners((ends - radii).min(axis=0), (ends + radii).max(axis=0))

    def distance(self, points: Points) -> Points:
        """Exact where the radii are equal, else a little less."""
        along = np.subtract(self.end_mm, self.start_mm)
        length = float(np.linalg.norm(along))
        offset = points - column(self.start_mm, points)
        share = np.clip((along / length**2).astype(points.dtype) @ offset, 0, 1)
        offset -= along.astype(points.dtype)[:, None] * share
        slope = self.end_radius_mm - self.start_radius_mm
        away: Points = np.sqrt(np.einsum("in,in->n", offset, offset))
        away -= points.dtype.type(self.start_radius_mm) + share * points.dtype.type(slope)
        return away / points.dtype.type(np.hypot(1, slope / length))

    def volume_mm3(self) -> float | None:
        """Closed form where the radii are equal, else None."""
        if self.start_radius_mm != self.end_radius_mm:
            return None
        return pi * self.start_radius_mm**2 * (self._length_mm() + 4 / 3 * self.start_radius_mm)

    def surface_mm2(self) -> float | None:
        """Closed form where the radii are equal, else None."""
        if self.start_radius_mm != self.end_radius_mm:
            return None
        return 2 * pi * self.start_radius_mm * (self._length_mm() + 2 * self.start_radius_mm)

    def _length_mm(self) -> float:
        return float(np.linalg.norm(np.subtract(self.end_mm, self.start_mm)))


@dataclass(frozen=True, slots=True)
class Block:
    """A box with rounded edges; a sheet where one half size is small.

    Parameters
    ----------
    center_mm : tuple
    half_mm : tuple
        Half the sizes along ``axes``, rounding included.
    rounding_mm : float
        Radius of edges and corners, at most the smallest half size.
    axes : three unit vectors
    """

    center_mm: Point
    half_mm: Point
    rounding_mm: float
    axes: tuple[Point, Point, Point] = IDENTITY

    @property
    def box_mm(self) -> Box:
        """The tight box."""
        core = np.abs(np.array(self.axes).T) @ (np.array(self.half_mm) - self.rounding_mm)
        reach = core + self.rounding_mm
        return corners(np.array(self.center_mm) - reach, np.array(self.center_mm) + reach)

    def distance(self, points: Points) -> Points:
        """Exact."""
        local = np.array(self.axes, dtype=points.dtype) @ (points - column(self.center_mm, points))
        excess = np.abs(local) - (column(self.half_mm, points) - points.dtype.type(self.rounding_mm))
        outside = np.maximum(excess, 0)
        away: Points = np.sqrt(np.einsum("in,in->n", outside, outside)) + np.minimum(excess.max(axis=0), 0)
        return away - points.dtype.type(self.rounding_mm)

    def volume_mm3(self) -> float:
        """Closed form: the core, its faces, quarter cylinders along its edges, eighths of spheres at its corners."""
        (a, b, c), r = self._core_mm(), self.rounding_mm
        return a * b * c + 2 * (a * b + b * c + c * a) * r + pi * (a + b + c) * r**2 + 4 / 3 * pi * r**3

    def surface_mm2(self) -> float:
        """Closed form, likewise."""
        (a, b, c), r = self._core_mm(), self.rounding_mm
        return 2 * (a * b + b * c + c * a) + 2 * pi * (a + b + c) * r + 4 * pi * r**2

    def _core_mm(self) -> Point:
        a, b, c = (2 * (half - self.rounding_mm) for half in self.half_mm)
        return (a, b, c)


@dataclass(frozen=True, slots=True)
class Plate:
    """A triangle with thickness: the thin parts of flat bones.

    Parameters
    ----------
    a_mm, b_mm, c_mm : tuple
        Corners of the middle plane.
    radius_mm : float
        Half the thickness; edges are round.
    """

    a_mm: Point
    b_mm: Point
    c_mm: Point
    radius_mm: float

    @property
    def box_mm(self) -> Box:
        """The tight box."""
        ends = np.array([self.a_mm, self.b_mm, self.c_mm])
        return corners(ends.min(axis=0) - self.radius_mm, ends.max(axis=0) + self.radius_mm)

    def distance(self, points: Points) -> Points:
        """Exact."""
        tips = (self.a_mm, self.b_mm, self.c_mm)
        normal = _cross(_between(tips[0], tips[1]), _between(tips[0], tips[2]))
        nearest = np.full(points.shape[1], np.inf, dtype=points.dtype)
        above = np.ones(points.shape[1], dtype=bool)
        for tip, following in zip(tips, (tips[1], tips[2], tips[0]), strict=True):
            edge = _between(tip, following)
            offset = points - column(tip, points)
            above &= np.array(_cross(normal, edge), dtype=points.dtype) @ offset >= 0
            share = np.array(edge, dtype=points.dtype) @ offset / points.dtype.type(sum(e * e for e in edge))
            offset -= column(edge, points) * np.clip(share, 0, 1)
            nearest = np.minimum(nearest, np.einsum("in,in->n", offset, offset))
        height = np.array(normal, dtype=points.dtype) @ (points - column(self.a_mm, points))
        height /= points.dtype.type(hypot(*normal))
        away: Points = np.where(above, np.abs(height), np.sqrt(nearest))
        return away - points.dtype.type(self.radius_mm)


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """Everything behind a plane: points p with ``normal . p <= offset_mm``; the normal is a unit vector."""

    normal: Point
    offset_mm: float

    @property
    def box_mm(self) -> Box:
        """All of space."""
        return ((-np.inf, -np.inf, -np.inf), (np.inf, np.inf, np.inf))

    def distance(self, points: Points) -> Points:
        """Exact."""
        away: Points = np.array(self.normal, dtype=points.dtype) @ points
        return away - points.dtype.type(self.offset_mm)


def corners(low: npt.NDArray[np.floating], high: npt.NDArray[np.floating]) -> Box:
    """A box of plain numbers."""
    return ((float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2])))


def column(point: Point, like: Points) -> Points:
    """A point as (3, 1) in the type of other points."""
    return np.array(point, dtype=like.dtype)[:, None]


def _between(start: Point, end: Point) -> Point:
    """The way from one point to another."""
    return (end[0] - start[0], end[1] - start[1], end[2] - start[2])


def _cross(a: Point, b: Point) -> Point:
    """Cross product; plain numbers, for numpy's takes longer than the distances that need it."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
