"""Shapes and fillings that no other part of the project knows: made for judging alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from calcimeter.phantom.parts import HU
from calcimeter.phantom.solids import IDENTITY, Box, Point, Points, Solid, column, corners

Axes = tuple[Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Superquadric:
    """Points whose coordinates over the radii have a norm of the given power of at most 1: from ball to box.

    Parameters
    ----------
    center_mm, radii_mm : tuple
    power : float
        2 is an ellipsoid, more is boxier; at least 2, so that the distance is never overstated.
    axes : three unit vectors
    """

    center_mm: Point
    radii_mm: Point
    power: float
    axes: Axes = IDENTITY

    @property
    def box_mm(self) -> Box:
        """Of the box around it, turned."""
        reach = np.abs(np.array(self.axes).T) @ np.array(self.radii_mm)
        return corners(np.array(self.center_mm) - reach, np.array(self.center_mm) + reach)

    def distance(self, points: Points) -> Points:
        """Bounded by the smallest radius: the norm changes at most as fast as the Euclidean one."""
        scale = np.array(self.axes) / np.array(self.radii_mm)[:, None]
        unit = np.abs(scale.astype(points.dtype) @ (points - column(self.center_mm, points)))
        norm: Points = (unit**self.power).sum(axis=0) ** points.dtype.type(1 / self.power)
        return (norm - 1) * points.dtype.type(min(self.radii_mm))

    def volume_mm3(self) -> float:
        """Closed form (Dirichlet's integral)."""
        from scipy.special import gamma

        p = self.power
        return float(8 * np.prod(self.radii_mm) * gamma(1 + 1 / p) ** 3 / gamma(1 + 3 / p))


@dataclass(frozen=True, slots=True)
class BentRod:
    """A rod of constant thickness along an arc of a circle, with round ends.

    Parameters
    ----------
    center_mm : tuple
        Of the circle.
    bend_mm, radius_mm : float
        Radius of the circle, and of the rod; the bend is the larger.
    half_angle : float
        Half of the arc, radians.
    axes : three unit vectors
        Towards the arc's middle, along the arc there, and across the circle.
    """

    center_mm: Point
    bend_mm: float
    radius_mm: float
    half_angle: float
    axes: Axes = IDENTITY

    @property
    def box_mm(self) -> Box:
        """Of points along the arc, and the thickness around them."""
        turn = np.linspace(-self.half_angle, self.half_angle, 181)
        arc = np.stack([np.cos(turn), np.sin(turn), 0 * turn]) * self.bend_mm
        points = np.array(self.axes).T @ arc + np.array(self.center_mm)[:, None]
        reach = self.radius_mm + 0.01 * self.bend_mm
        return corners(points.min(axis=1) - reach, points.max(axis=1) + reach)

    def distance(self, points: Points) -> Points:
        """Exact: to the circle where the point lies in the arc's fan, else to the nearer end."""
        u, v, w = np.array(self.axes, dtype=points.dtype) @ (points - column(self.center_mm, points))
        angle = np.clip(np.arctan2(v, u), -self.half_angle, self.half_angle)
        along = np.stack([u - self.bend_mm * np.cos(angle), v - self.bend_mm * np.sin(angle), w])
        away: Points = np.sqrt(np.einsum("in,in->n", along, along)) - points.dtype.type(self.radius_mm)
        return away

    def volume_mm3(self) -> float:
        """Closed form (Pappus), and one ball for the two ends."""
        r = self.radius_mm
        return pi * r * r * 2 * self.half_angle * self.bend_mm + 4 / 3 * pi * r**3


@dataclass(frozen=True, slots=True)
class Whorl:
    """Layers of high and low density that wind around a middle like an onion cut askew.

    Parameters
    ----------
    envelope : Solid
    center_mm : tuple
    layer_mm, twist : float
        From one dense layer to the next, and how many layers a turn winds outwards.
    dense_hu, loose_hu : float
    """

    envelope: Solid
    center_mm: Point
    layer_mm: float
    twist: int
    dense_hu: float
    loose_hu: float
    samples: int = 4

    def paint(self, points: Points) -> tuple[HU, Points]:
        """HU, and a clearance of 0 inside: no voxel is uniform."""
        depth = self.envelope.distance(points)
        x, y, z = points - column(self.center_mm, points)
        phase = np.sqrt(x * x + y * y + z * z) / self.layer_mm + self.twist * np.arctan2(y, x) / (2 * pi)
        share = 0.5 + 0.5 * np.cos(2 * pi * phase)
        hu = self.loose_hu + (self.dense_hu - self.loose_hu) * share
        return _inside(hu, depth)


@dataclass(frozen=True, slots=True)
class Cloud:
    """Density that comes and goes without edges inside a sharp envelope.

    Parameters
    ----------
    envelope : Solid
    waves : tuple of (3 numbers, phase)
        Wave vectors in 1 / mm and phases of the cosines that add up to the density.
    dense_hu, loose_hu : float
        HU at the summit of all cosines and at their bottom.
    """

    envelope: Solid
    waves: tuple[tuple[Point, float], ...]
    dense_hu: float
    loose_hu: float
    samples: int = 4

    def paint(self, points: Points) -> tuple[HU, Points]:
        """HU, and a clearance of 0 inside: no voxel is uniform."""
        depth = self.envelope.distance(points)
        total = sum(np.cos(2 * pi * (np.array(wave) @ points) + phase) for wave, phase in self.waves)
        share = 0.5 + 0.5 * np.clip(total / np.sqrt(2 * len(self.waves)), -1, 1)
        hu = self.loose_hu + (self.dense_hu - self.loose_hu) * share
        return _inside(hu, depth)


def _inside(hu: Points, depth: Points) -> tuple[HU, Points]:
    """HU inside, NaN outside, and no clearance inside."""
    painted = np.where(depth <= 0, hu, np.nan).astype(np.float32)
    return painted, np.maximum(depth, 0).astype(depth.dtype)
