"""A body whose surface moves freely, but smoothly, from where another way to see the deposit puts it.

It follows what an ellipsoid with waves can't: bodies that are bent, that have necks or several lobes. How far the
surface moves is alike within some millimeters (a Gaussian process): so few unknowns that thick slices tell them. What
lies inside may be of other densities (``walled.py``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.body import Look, Surface, View, share_of
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.grid import BoolArray, FloatArray

Floats = npt.NDArray[np.float32]
LEAST_SLOPE = np.float32(0.2)
"""Of depth over distance: where two surfaces meet it has a ridge."""
EASE = 1e-4
"""Share of the variance of a point by which neighbors that move alike are told apart."""


class Filling(NamedTuple):
    """What lies inside a surface, of other densities: each part of it by how much of each voxel it fills.

    Parameters
    ----------
    parts : ndarray of float32, (parts, slices, rows, columns)
        On the finer slices.
    first, expected, sd : ndarray, (parts,)
        HU over the body's own: to start from, and as expected beforehand.
    """

    parts: Floats
    first: FloatArray
    expected: FloatArray
    sd: FloatArray


class Start(NamedTuple):
    """Where a surface starts, on the finer slices (slices, rows, columns).

    Parameters
    ----------
    share : ndarray of float32
        How much of each voxel lies inside.
    within : ndarray of bool
        What lies inside for sure: fluid and septa.
    filling : Filling or None
        None of a body of one density.
    """

    share: Floats
    within: BoolArray
    filling: Filling | None = None


class Supple(NamedTuple):
    """A surface and how it may move; its unknowns: how far each mode moves it, HU, HU of parts over that, both widths.

    Parameters
    ----------
    view : View
    depth_mm : ndarray of float32, (slices, rows, columns)
        How far inside of the first surface each voxel of the finer slices lies.
    modes_mm : ndarray of float32, (modes, n)
        How far each mode moves the surface outward, near it: by one standard deviation.
    near : ndarray of int, (n,)
        Voxels near the surface.
    start : Start
    """

    view: View
    depth_mm: Floats
    modes_mm: Floats
    near: npt.NDArray[np.intp]
    start: Start

    @classmethod
    def of(cls, start: Start, view: View, s: AmountSettings) -> Supple:
        """A surface that may move from where it starts."""
        depth = depth_mm(start.share, view.steps_mm, s.supple_smooth_mm)
        knots_mm, reach_mm = s.supple_near_mm
        near = np.flatnonzero(np.abs(depth) < reach_mm)
        places = view.places_mm[:, near]
        on_it = places[:, np.abs(depth.ravel()[near]) < knots_mm]
        modes = s.supple_sd_mm * modes_of(on_it, places, s.supple_mm, s.supple_pitch)
        return cls(view, depth, modes.astype(np.float32), near, start)

    @property
    def hu(self) -> int:
        """Which unknown is the HU."""
        return len(self.modes_mm)

    @property
    def unknowns(self) -> int:
        """How many there are."""
        return self.hu + 3 + self._parts

    @property
    def heights(self) -> slice:
        """Which unknowns are the HU of parts over the body's own."""
        return slice(self.hu + 1, self.hu + 1 + self._parts)

    @property
    def _parts(self) -> int:
        """How many parts of other densities there are."""
        return len(self.start.filling.parts) if self.start.filling else 0

    def look(self, body: FloatArray) -> Look:
        """What the scan would show."""
        inside = self._inside(body[: self.hu])
        fields = np.zeros((self.unknowns - 1, inside.share.size), dtype=np.float32)
        hu = np.float32(body[self.hu])
        fields[0], fields[1 + self.hu] = hu * inside.share, inside.share
        fields[1 : 1 + self.hu, self.near] = hu * inside.slopes
        if self.start.filling:
            parts = self.start.filling.parts.reshape(self._parts, -1)
            fields[2 + self.hu :] = parts
            fields[0] += body[self.heights].astype(np.float32) @ parts
        seen = self.view.scan(fields).astype(np.float64)
        growth = np.zeros(self.unknowns)
        growth[: self.hu] = inside.slopes.sum(axis=1, dtype=np.float64)
        shown = seen[0] + body[-2] * seen[-2] + body[-1] * seen[-1]
        return Look(shown, seen[1:], float(inside.share.sum(dtype=np.float64)), growth)

    def share(self, body: FloatArray) -> Floats:
        """How much of each voxel lies inside, (slices, rows, columns)."""
        return self._inside(body[: self.hu]).share.reshape(self.depth_mm.shape)

    def _inside(self, moves: FloatArray) -> Surface:
        """How much of each voxel lies inside the surface once moved; how that changes, near it alone."""
        depth = self.depth_mm.copy()
        depth.ravel()[self.near] += moves.astype(np.float32) @ self.modes_mm
        gradient = np.array(np.gradient(depth, *self.view.steps_mm)).reshape(3, -1)
        slope = np.maximum(np.sqrt(np.square(gradient).sum(axis=0)), LEAST_SLOPE)
        share, steep = share_of(depth.ravel() / slope, gradient / slope, self.view.steps_mm)
        sure = self.start.within.ravel()
        share[sure], steep[sure] = 1, 0
        return Surface(share, (steep / slope)[self.near] * self.modes_mm)


def depth_mm(share: Floats, steps_mm: Floats, smooth_mm: float) -> Floats:
    """Distance inward of the surface where voxels are half inside, without the steps that voxels make."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    inside = share >= 0.5
    away = distance_transform_edt(inside, steps_mm) - distance_transform_edt(~inside, steps_mm)
    depth: Floats = gaussian_filter(away.astype(np.float32), smooth_mm / steps_mm, mode="nearest")
    return depth


def modes_of(knots_near: Floats, places: Floats, length_mm: float, pitch: float) -> FloatArray:
    """A smooth field at places (3, n), as modes of variance 1 that are independent beforehand, (modes, n).

    Parameters
    ----------
    knots_near : ndarray of float32, (3, m)
        Where the field is told: a lattice of knots has one near each of these.
    length_mm : float
        Within which the field is alike.
    pitch : float
        Of the lattice, in such lengths.
    """
    step_mm = pitch * length_mm
    knots = np.unique(np.round(knots_near / step_mm), axis=1).astype(np.float64) * step_mm
    own = _alike(knots, knots, length_mm) + EASE * np.eye(knots.shape[1])
    modes: FloatArray = np.linalg.solve(np.linalg.cholesky(own), _alike(knots, places, length_mm))
    return modes


def _alike(one: FloatArray | Floats, other: FloatArray | Floats, length_mm: float) -> FloatArray:
    """How alike a field is at places (3, n) and (3, m), 0 to 1."""
    apart = np.square(one).sum(axis=0)[:, None] + np.square(other).sum(axis=0) - 2 * one.T @ other
    alike: FloatArray = np.exp(np.maximum(apart, 0) / (-2 * length_mm**2))
    return alike
