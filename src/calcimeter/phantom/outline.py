"""The surface of a solid as a cloud of points, and the sizes that come from it.

The points are where lines of a fine lattice pierce the surface, so they lie on it to a few thousandths of a mm; between
two of them a curved surface rises by step^2 / 8 R: under 0.01 mm for the objects here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.model.grid import FloatArray
from calcimeter.phantom.solids import Solid

ACROSS = 100
"""Lattice steps across the largest extent."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The surface of a solid.

    Parameters
    ----------
    solid : Solid
    points : ndarray, (3, n)
        Piercings by lines of all three directions, LPS mm.
    planes : tuple of (float, ndarray (2, m))
        z of each transverse plane that the solid reaches, and x and y of the piercings within it.
    """

    solid: Solid
    points: FloatArray
    planes: tuple[tuple[float, FloatArray], ...]

    @property
    def box_mm(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest corner."""
        return self.points.min(axis=1), self.points.max(axis=1)

    def axes_mm(self) -> tuple[float, float, float]:
        """Longest distance within one transverse plane, the width perpendicular to it there, and that plane's z.

        The longest distance hardly changes from plane to plane near its largest, but the width may: so the planes
        about the best one are searched again, twice, in finer steps.
        """
        step_mm = float((self.points.max(axis=1) - self.points.min(axis=1)).max()) / ACROSS
        best = max((*long_and_short_mm(plane), z) for z, plane in self.planes)
        for refined_mm in (step_mm / 4, step_mm / 16):
            heights = best[2] + refined_mm * np.arange(-4, 5)
            sections = [(z, section(self.solid, float(z), step_mm / 3)) for z in heights]
            best = max((*long_and_short_mm(plane), float(z)) for z, plane in sections if plane.shape[1] > 2)
        return best

    def projected_mm(self, axis: int) -> tuple[float, float]:
        """Long and short axis of the projection along a patient axis: 0 sagittal, 1 coronal."""
        return long_and_short_mm(np.delete(self.points, axis, axis=0))

    def feret_mm(self) -> float:
        """Longest distance between two points."""
        return _longest(self.points, _sphere_directions(600))[0]


def outline_of(solid: Solid) -> Outline:
    """The outline of a solid of finite size."""
    low, high = (np.array(corner) for corner in solid.box_mm)
    step_mm = float((high - low).max()) / ACROSS
    lines, lattice = _piercings(solid, (low, high), step_mm)
    in_plane = np.concatenate(lines[:2], axis=1)
    order = np.argsort(in_plane[2], kind="stable")
    heights = np.searchsorted(in_plane[2][order], lattice[2][1:] - step_mm / 2)
    cut = np.split(in_plane[:2, order], heights, axis=1)
    planes = [(float(z), plane) for z, plane in zip(lattice[2], cut, strict=True) if plane.shape[1] > 2]
    return Outline(solid, np.concatenate(lines, axis=1), tuple(planes))


def surface_points(solid: Solid, box_mm: tuple[FloatArray, FloatArray], step_mm: float) -> FloatArray:
    """Points (3, n) of the surface within a box."""
    return np.concatenate(_piercings(solid, box_mm, step_mm)[0], axis=1)


def section(solid: Solid, z_mm: float, step_mm: float) -> FloatArray:
    """Points of the surface in one transverse plane, x and y (2, n); none where the solid doesn't reach it."""
    low, high = (np.array([*corner[:2], z_mm]) for corner in solid.box_mm)
    lines, _ = _piercings(solid, (low, high), step_mm, flat=True)
    return np.concatenate(lines, axis=1)[:2]


def long_and_short_mm(points: FloatArray) -> tuple[float, float]:
    """Longest distance between points (2, n) and the caliper width perpendicular to it."""
    turn = np.linspace(0, np.pi, 180, endpoint=False)
    length, (x, y) = _longest(points, np.stack([np.cos(turn), np.sin(turn)], axis=1))
    return length, float(np.ptp(np.array([-y, x]) @ points))


def _longest(points: FloatArray, directions: FloatArray) -> tuple[float, FloatArray]:
    """Longest distance between points (d, n), and its direction: the best of some directions, climbed to the summit."""
    widths = np.ptp(directions @ points[:, :: max(1, points.shape[1] // 4000)], axis=1)
    summits = [_climbed(points, direction) for direction in directions[np.argsort(-widths, kind="stable")[:6]]]
    return max(summits, key=lambda summit: summit[0])


def _climbed(points: FloatArray, direction: FloatArray) -> tuple[float, FloatArray]:
    """Turn to the line between the two extreme points until that stops growing."""
    length = 0.0
    while True:
        heights = direction @ points
        span = points[:, int(np.argmax(heights))] - points[:, int(np.argmin(heights))]
        reached = float(np.linalg.norm(span))
        if reached <= length:
            return length, direction
        length, direction = reached, span / reached


def _piercings(
    solid: Solid, box_mm: tuple[FloatArray, FloatArray], step_mm: float, *, flat: bool = False
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Where lattice lines along x, y and z pass the surface, (3, n) each, and the lattice's coordinates.

    A flat lattice has the single plane of the box's lower z, and lines along x and y alone.

    The lattice is shifted by part of a step, so that flat faces don't fall on it.
    """
    low, high = box_mm
    lattice = [
        a + (np.arange(-1, int(np.ceil((b - a) / step_mm)) + 2) + 0.37) * step_mm
        for a, b in zip(low, high, strict=True)
    ]
    if flat:
        lattice[2] = low[2:]
    mesh = np.meshgrid(*lattice, indexing="ij")
    depth = solid.distance(np.stack([m.ravel() for m in mesh])).reshape(mesh[0].shape)
    lines = []
    for axis in range(2 if flat else 3):
        before, after = (np.moveaxis(depth, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        found = np.nonzero((before <= 0) != (after <= 0))
        share = before[found] / (before[found] - after[found])
        points = np.stack([np.moveaxis(m, axis, 0)[:-1][found] for m in mesh])
        points[axis] += share * step_mm
        lines.append(points)
    return lines, lattice


def _sphere_directions(n: int) -> FloatArray:
    """Directions (n, 3) spread evenly over the sphere along a spiral."""
    z = (np.arange(n) + 0.5) / n * 2 - 1
    turn = np.arange(n) * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - z * z)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), z], axis=1)
