"""A deposit as one body with a smooth surface, and what the scan would show of it.

The surface is that of an ellipsoid, moved in and out by a few harmonics of direction. Inside there may be something of
another density (``inside.py``). That is so few unknowns that slices far thicker than pixels still tell them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.harmonics import COUNT, harmonics
from calcimeter.geometry.window import SIGMA_OF_FWHM
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.measures import Resolution

Floats = npt.NDArray[np.float32]
CENTER, AXES, WAVES = slice(0, 3), slice(3, 9), slice(9, 9 + COUNT)
HU, BLUR, SLICE = 9 + COUNT, 10 + COUNT, 11 + COUNT
PLAIN = 12 + COUNT
"""Unknowns of a body: its middle, mm; the upper triangle of the matrix that makes it a ball of radius 1, 1/mm; how far
each harmonic moves the surface, in radii; HU above background; relative changes of the widths of blur and slices. Those
of what lies inside follow."""
UPPER = np.triu_indices(3)
FAR, TINY = np.float32(1.7), np.float32(1e-3)
WIDER = 0.3
"""Relative change of the slices' width over which its effect is told."""


class View(NamedTuple):
    """Where a body is seen, and by which scanner.

    Parameters
    ----------
    places_mm : ndarray of float32, (3, n)
        Middles of the voxels of the finer slices.
    steps_mm : ndarray of float32, (3,)
    where : ndarray of bool, (slices, rows, columns)
        Voxels of the scan that count.
    scanner : Scanner
    profiles : (ndarray of float32, ndarray of float32)
        Weights of finer slices in slices, (slices, finer), and how these change with the relative width of slices.
    spread : float
        How the variance of the blur changes with its relative width, mm2.
    """

    places_mm: Floats
    steps_mm: Floats
    where: BoolArray
    scanner: Scanner
    profiles: tuple[Floats, Floats]
    spread: float

    @classmethod
    def of(cls, where: BoolArray, spacing_mm: tuple[float, float, float], resolution: Resolution) -> View:
        """Of the voxels that count, in their box."""
        scanner = Scanner.of(spacing_mm, resolution)
        wider = Scanner.of(spacing_mm, replace(resolution, through_fwhm_mm=resolution.through_fwhm_mm * (1 + WIDER)))
        steps = (np.array(spacing_mm) / (scanner.parts, 1, 1)).astype(np.float32)
        counts = (len(where) * scanner.parts, *where.shape[1:])
        places = np.indices(counts, dtype=np.float32).reshape(3, -1) * steps[:, None]
        single = np.eye(counts[0], dtype=np.float32)[:, :, None]
        usual, other = (each.stack(single)[:, :, 0] for each in (scanner, wider))
        spread = 2 * (resolution.in_plane_fwhm_mm * SIGMA_OF_FWHM) ** 2
        return cls(places, steps, where, scanner, (usual, (other - usual) / np.float32(WIDER)), spread)

    def scan(self, fine: Floats) -> Floats:
        """What the scan shows of each field (k, n); after that, how the first changes with blur and with slices."""
        usual, change = self.profiles
        boxes = fine.reshape(len(fine), usual.shape[1], -1)
        stacked = np.concatenate([usual @ boxes, (change @ boxes[0])[None]])
        shown = self.scanner.blur(stacked.reshape(-1, *self.where.shape))
        return np.concatenate([shown[:-1], self._blurrier(shown[0])[None], shown[-1:]])[:, self.where]

    def _blurrier(self, shown: Floats) -> Floats:
        """How an image changes with the width of its blur: as heat spreads, by half of the second differences."""
        padded = np.pad(shown, ((0, 0), (1, 1), (1, 1)), mode="edge")
        middle, (_, rows_mm, columns_mm) = padded[:, 1:-1, 1:-1], self.steps_mm
        rows = padded[:, 2:, 1:-1] + padded[:, :-2, 1:-1] - 2 * middle
        columns = padded[:, 1:-1, 2:] + padded[:, 1:-1, :-2] - 2 * middle
        change: Floats = np.float32(self.spread / 2) * (rows / rows_mm**2 + columns / columns_mm**2)
        return change


class Look(NamedTuple):
    """A body as scanned.

    Parameters
    ----------
    values : ndarray, (m,)
        HU above background of the voxels that count.
    slopes : ndarray, (unknowns, m)
        How these change with each unknown.
    voxels : float
        Volume in voxels of the finer slices.
    growth : ndarray, (unknowns,)
        How that changes.
    """

    values: FloatArray
    slopes: FloatArray
    voxels: float
    growth: FloatArray


class Places(NamedTuple):
    """Voxels near a body.

    Parameters
    ----------
    turn : ndarray of float32, (3, 3)
        What makes the body's ellipsoid a ball of radius 1, 1/mm.
    away : ndarray of float32, (3, n)
        From the body's middle, mm.
    steps_mm : ndarray of float32, (3,)
    """

    turn: Floats
    away: Floats
    steps_mm: Floats

    @classmethod
    def of(cls, body: FloatArray, view: View) -> Places:
        """All voxels of a view."""
        turn = np.zeros((3, 3), dtype=np.float32)
        turn[UPPER] = body[AXES]
        return cls(turn, view.places_mm - body[CENTER, None].astype(np.float32), view.steps_mm)


class Inside(Protocol):
    """What lies inside a body, of another density; its unknowns follow those of the body."""

    def fields(self, body: FloatArray, places: Places) -> Floats:
        """HU over the body's own, and how these change with each unknown, (1 + unknowns, n)."""

    def begun(self, body: FloatArray) -> FloatArray:
        """A plain body with unknowns to start from."""

    def expected(self, body: FloatArray, s: AmountSettings) -> tuple[FloatArray, FloatArray]:
        """Values and precisions of its own unknowns, beforehand."""


def look_at(body: FloatArray, view: View, inside: Inside | None = None) -> Look:
    """What the scan would show of a body."""
    every = Places.of(body, view)
    near = np.flatnonzero(np.square(every.turn @ every.away).sum(axis=0) < FAR**2)
    places = every._replace(away=every.away[:, near])
    outer = outer_surface(body, places)
    fields = np.zeros((len(body) + 1, len(near)), dtype=np.float32)
    own = np.float32(body[HU])
    fields[0], fields[1 : HU + 1], fields[1 + HU] = own * outer.share, own * outer.slopes, outer.share
    if inside is not None:
        fields += inside.fields(body, places)
    whole = np.zeros((len(fields), view.places_mm.shape[1]), dtype=np.float32)
    whole[:, near] = fields
    seen = view.scan(whole).astype(np.float64)
    slopes = seen[1:-2]
    slopes[BLUR], slopes[SLICE] = seen[-2], seen[-1]
    growth = np.zeros(len(body))
    growth[:HU] = outer.slopes.sum(axis=1, dtype=np.float64)
    shown = seen[0] + body[BLUR] * seen[-2] + body[SLICE] * seen[-1]
    return Look(shown, slopes, float(outer.share.sum(dtype=np.float64)), growth)


class Surface(NamedTuple):
    """How much of each voxel lies inside a surface, (n,), and how that changes with the surface's unknowns."""

    share: Floats
    slopes: Floats


class Depth(NamedTuple):
    """How deep voxels lie under the surface of a body.

    Parameters
    ----------
    radii : ndarray of float32, (n,)
        In radii.
    gradient : ndarray of float32, (3, n)
        Radii per mm, outward.
    way : ndarray of float32, (3, n)
        Direction from the middle, where the body's ellipsoid is a ball.
    moved : ndarray of float32, (n,)
        How far out the surface lies that way, in radii.
    waves : ndarray of float32, (COUNT, n)
        How much farther with each harmonic, over that.
    away : ndarray of float32, (3, n)
        As of ``Places``.
    """

    radii: Floats
    gradient: Floats
    way: Floats
    moved: Floats
    waves: Floats
    away: Floats

    @property
    def slopes(self) -> Floats:
        """How depth in radii grows with the body's middle, axes and harmonics, (HU, n)."""
        i, j = UPPER
        return np.concatenate([self.gradient, -self.way[i] * self.away[j] / self.moved, self.waves * (1 - self.radii)])

    @property
    def steep(self) -> Floats:
        """Length of the gradient, (n,)."""
        length: Floats = np.sqrt(np.square(self.gradient).sum(axis=0)) + TINY
        return length

    @property
    def steeper(self) -> Floats:
        """How that grows with the same unknowns, but for what the turning of ``way`` makes, (HU, n)."""
        i, j = UPPER
        steep = self.steep
        axes = self.way[i] * self.gradient[j] / (steep * self.moved)
        return np.concatenate([np.zeros_like(self.gradient), axes, -self.waves * steep])


def depth_in(body: FloatArray, places: Places) -> Depth:
    """Of voxels in a body."""
    turn, away, _ = places
    radius, way = polar(turn @ away)
    waves = harmonics(way)
    moved = np.maximum(1 + body[WAVES].astype(np.float32) @ waves, np.float32(0.3))
    return Depth(1 - radius / moved, (turn.T @ way) / moved, way, moved, waves / moved, away)


def outer_surface(body: FloatArray, places: Places) -> Surface:
    """The surface of a body; its unknowns: middle, axes, harmonics."""
    depth = depth_in(body, places)
    share, steep = share_of(depth.radii, depth.gradient, places.steps_mm)
    return Surface(share, depth.slopes * steep)


def polar(places: Floats) -> tuple[Floats, Floats]:
    """Distance from the origin, and direction."""
    radius = np.sqrt(np.square(places).sum(axis=0)) + TINY
    return radius, places / radius


def share_of(depth: Floats, gradient: Floats, steps_mm: Floats) -> tuple[Floats, Floats]:
    """How much of a voxel lies inside, and how that rises with depth.

    Over a width whose square is the mean square of the voxel's sides along the gradient: as blurred as the voxel.
    """
    rise = np.sqrt(np.square(gradient * steps_mm[:, None]).sum(axis=0)) + TINY
    share = np.clip(depth / rise + np.float32(0.5), 0, 1)
    steep: Floats = np.where((share > 0) & (share < 1), 1 / rise, np.float32(0))
    return share, steep
