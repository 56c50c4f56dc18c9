"""Rigid motions of points, and surfaces laid over one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

ROUNDS = 40
FEWEST = 20
NEAR_MM = 5.0
"""Within it the distance from a surface is that from the tangent plane of its nearest point."""
AGREEING_MM = 1.5
FACING = 0.5
"""Cosine between the normals of a pair: surfaces of the two sides of a thin bone are not paired."""
LEVER_MM = 50.0
"""Turns are weighed as the way of a point so far from the middle."""


class Rigid(NamedTuple):
    """A rotation about the origin, then a shift: ``rotation @ point + shift_mm``."""

    rotation: FloatArray
    shift_mm: FloatArray

    @classmethod
    def shift(cls, shift_mm: FloatArray) -> Self:
        """A shift alone."""
        return cls(np.eye(3), np.asarray(shift_mm, dtype=np.float64))

    def apply(self, points_mm: FloatArray) -> FloatArray:
        """The moved points, (n, 3)."""
        moved: FloatArray = points_mm @ self.rotation.T + self.shift_mm
        return moved

    def matrix(self) -> tuple[tuple[float, ...], ...]:
        """As 4 x 4."""
        whole = np.eye(4)
        whole[:3, :3], whole[:3, 3] = self.rotation, self.shift_mm
        return tuple(tuple(float(value) for value in row) for row in whole)

    def inverse(self) -> Rigid:
        """The motion back."""
        return Rigid(self.rotation.T, -self.rotation.T @ self.shift_mm)


class Laid(NamedTuple):
    """A surface laid over another.

    Parameters
    ----------
    motion : Rigid
    residual_mm : float
        Median distance of the points that count; infinite where none does.
    covered : float
        Share of the points that lie within the last reach of the other surface.
    """

    motion: Rigid
    residual_mm: float
    covered: float


def best_motion(source_mm: FloatArray, target_mm: FloatArray) -> Rigid:
    """The motion of least squares between pairs of points, (n, 3) each, by singular values (Kabsch 1976)."""
    middle, goal = source_mm.mean(axis=0), target_mm.mean(axis=0)
    left, _, right = np.linalg.svd((source_mm - middle).T @ (target_mm - goal))
    mirror = np.diag([1.0, 1.0, np.sign(np.linalg.det(right.T @ left.T))])
    rotation: FloatArray = right.T @ mirror @ left.T
    return Rigid(rotation, goal - rotation @ middle)


class Surface(NamedTuple):
    """Points of a surface with their outward normals, (n, 3) each."""

    points_mm: FloatArray
    normals: FloatArray

    def moved(self, motion: Rigid) -> Surface:
        """The surface after a motion."""
        return Surface(motion.apply(self.points_mm), self.normals @ motion.rotation.T)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Surface:
        """Some of its points."""
        return Surface(self.points_mm[chosen], self.normals[chosen])

    def thinned(self, most: int) -> Surface:
        """Evenly many of its points."""
        step = max(1, -(-len(self.points_mm) // most))
        return Surface(self.points_mm[::step], self.normals[::step])


def together(surfaces: Sequence[Surface]) -> Surface:
    """Several surfaces as one."""
    return Surface(
        np.concatenate([one.points_mm for one in surfaces]), np.concatenate([one.normals for one in surfaces])
    )


def lay_over(moving: Surface, fixed: Surface, start: Rigid, reach_mm: tuple[float, float] = (25.0, 4.0)) -> Laid:
    """Lay a surface over another by pairs of nearest points that face the same way.

    First the points of a pair are brought together (Besl and McKay 1992), at the end the moving point onto the tangent
    plane of the other (Chen and Medioni 1992), so that it does not matter where on a surface the points lie.

    Parameters
    ----------
    moving, fixed : Surface
    start : Rigid
    reach_mm : tuple
        Pairs farther apart do not count: at first, and at the end.

    Returns
    -------
    Laid
        The start itself where too few points are in reach. What lies outside the other's view is left out by the
        reach; a shaft without ends can slide along itself. The residual is the distance from tangent planes.
    """
    from scipy.spatial import cKDTree

    tree = cKDTree(fixed.points_mm)
    motion = start
    for turn, reach in enumerate(np.geomspace(*reach_mm, ROUNDS)):
        moved, index = _pairs(moving, fixed, tree, motion, reach)
        if len(index) < FEWEST:
            continue
        goal, normals = fixed.points_mm[index], fixed.normals[index]
        update = best_motion(moved, goal) if turn < ROUNDS // 2 else _onto_planes(moved, goal, normals)
        motion = Rigid(update.rotation @ motion.rotation, update.rotation @ motion.shift_mm + update.shift_mm)
    moved, index = _pairs(moving, fixed, tree, motion, reach_mm[1])
    if not len(index):
        return Laid(motion, np.inf, 0.0)
    away = np.abs(np.einsum("ij,ij->i", moved - fixed.points_mm[index], fixed.normals[index]))
    return Laid(motion, float(np.median(away)), len(index) / len(moving.points_mm))


class Gap(NamedTuple):
    """How far a surface lies from another.

    Parameters
    ----------
    away_mm : ndarray, (n,)
        The distance of each point that was asked, at most the reach.
    held : float
        How well the normals hold the weakest shift or turn, 0 to about 0.2. A smooth shaft, which slides along itself
        and turns about itself, has nearly none; a pelvis has more.
    """

    away_mm: FloatArray
    held: float

    @property
    def points(self) -> int:
        """How many were asked."""
        return len(self.away_mm)

    @property
    def apart_mm(self) -> float:
        """Three quarters of the points lie nearer than this; a quarter may be missing from one of the two."""
        return float(np.percentile(self.away_mm, 75)) if self.points else np.inf

    @property
    def agreeing(self) -> float:
        """Share of points that lie within ``AGREEING_MM``."""
        return float(np.mean(self.away_mm < AGREEING_MM)) if self.points else 0.0

    def joined(self, other: Gap) -> Gap:
        """Of both sets of points, held no better than the worse held."""
        if not self.points or not other.points:
            return self if self.points else other
        return Gap(np.concatenate([self.away_mm, other.away_mm]), min(self.held, other.held))


def gap_between(moved: Surface, fixed: Surface, reach_mm: float = 15.0) -> Gap:
    """How far points lie from a surface that should be the same; unlike in ``Laid`` every point counts."""
    from scipy.spatial import cKDTree

    if not len(moved.points_mm) or not len(fixed.points_mm):
        return Gap(np.zeros(0), 0.0)
    distance, index = cKDTree(fixed.points_mm).query(moved.points_mm, distance_upper_bound=reach_mm)
    index = np.minimum(index, len(fixed.points_mm) - 1)
    plane = np.abs(np.einsum("ij,ij->i", moved.points_mm - fixed.points_mm[index], fixed.normals[index]))
    away = np.where(distance < NEAR_MM, plane, np.minimum(distance, reach_mm))
    return Gap(away, _held(moved))


def _held(surface: Surface) -> float:
    """The smallest eigenvalue of how normals answer to shifts and turns, turns about the middle by the mean radius."""
    lever = surface.points_mm - surface.points_mm.mean(axis=0)
    radius = max(float(np.sqrt(np.mean(np.sum(lever**2, axis=1)))), 1e-6)
    rows = np.hstack([np.cross(lever / radius, surface.normals), surface.normals])
    return float(np.linalg.eigvalsh(rows.T @ rows / len(rows))[0])


def _pairs(
    moving: Surface, fixed: Surface, tree: cKDTree, motion: Rigid, reach_mm: float
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Moved points with a nearest fixed point in reach that faces the same way, and the index of that."""
    moved = motion.apply(moving.points_mm)
    distance, index = tree.query(moved, distance_upper_bound=reach_mm)
    near = np.flatnonzero(np.isfinite(distance))
    facing = np.einsum("ij,ij->i", moving.normals[near] @ motion.rotation.T, fixed.normals[index[near]]) > FACING
    return moved[near[facing]], index[near[facing]]


def _onto_planes(moved_mm: FloatArray, goal_mm: FloatArray, normals: FloatArray) -> Rigid:
    """The small motion that brings points closest to planes, by linear least squares about their middle."""
    from scipy.spatial.transform import Rotation

    middle = moved_mm.mean(axis=0)
    rows = np.hstack([np.cross(moved_mm - middle, normals), normals])
    away = np.einsum("ij,ij->i", goal_mm - moved_mm, normals)
    # A direction in which nothing holds (a shaft along itself) is left as it is: small singular values count as none.
    solution = np.linalg.lstsq(rows / np.array([LEVER_MM] * 3 + [1.0] * 3), away, rcond=0.02)[0]
    turn, shift = solution[:3] / LEVER_MM, solution[3:]
    rotation: FloatArray = Rotation.from_rotvec(turn).as_matrix()
    return Rigid(rotation, middle - rotation @ middle + shift)
