"""What may lie inside a body: a core of another density, or fluid over what has settled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.body import AXES, CENTER, HU, PLAIN, UPPER, Depth, Places, Surface, depth_in, polar, share_of
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.grid import FloatArray

Floats = npt.NDArray[np.float32]
GEOMETRY = AXES.stop
"""Unknowns of a body that move what lies inside as well: middle and axes."""


class Core:
    """An ellipsoid like the body's, smaller and off its middle: denser, looser, or a hole.

    Its unknowns: radius in radii of the body, HU over the body's, and where its middle lies, in radii.
    """

    radius, height, offset = PLAIN, PLAIN + 1, slice(PLAIN + 2, PLAIN + 5)

    def __init__(self, s: AmountSettings) -> None:
        self._first = (s.core_radius[0], 0.0, 0.0, 0.0, 0.0)

    def begun(self, body: FloatArray) -> FloatArray:
        """A body with a core of middle size in its middle, that is not yet of another density."""
        return np.concatenate([body, self._first])

    def expected(self, body: FloatArray, s: AmountSettings) -> tuple[FloatArray, FloatArray]:
        """Of middle size, near the middle, denser or looser."""
        sd = np.array([s.core_radius[1], body[HU], *(s.core_off,) * 3])
        return np.array(self._first), sd**-2

    def fields(self, body: FloatArray, places: Places) -> Floats:
        """As of ``Inside``."""
        core, step = self._surface(body, places), np.float32(body[self.height])
        fields = np.zeros((1 + len(body), len(core.share)), dtype=np.float32)
        fields[0], fields[1 : 1 + GEOMETRY] = step * core.share, step * core.slopes[:GEOMETRY]
        fields[1 + self.radius], fields[1 + self.height] = step * core.slopes[GEOMETRY], core.share
        fields[1 + self.offset.start :] = step * core.slopes[GEOMETRY + 1 :]
        return fields

    def _surface(self, body: FloatArray, places: Places) -> Surface:
        """Its surface; unknowns: middle and axes of the body, radius and place of its own."""
        turn, away, steps_mm = places
        radius, way = polar(turn @ away - body[self.offset, None].astype(np.float32))
        gradient = turn.T @ way
        share, steep = share_of(np.float32(body[self.radius]) - radius, gradient, steps_mm)
        i, j = UPPER
        slopes = np.concatenate([gradient, -way[i] * away[j], np.ones_like(radius)[None], way])
        return Surface(share, slopes * steep)


class _Layers(NamedTuple):
    """How much of each voxel lies within the wall, how that grows with depth, and of that how much is fluid; (n,)."""

    inner: Floats
    steep: Floats
    fluid: Floats
    rise: Floats
    depth: Depth


class Settled:
    """Fluid over sediment in a wall as thick everywhere; the surface between is level.

    Its unknowns: thickness of the wall, mm; HU of fluid and of sediment over the wall's; how far below the body's
    middle the surface lies, mm.

    Parameters
    ----------
    down : ndarray, (3,)
        Unit vector of gravity along slices, rows and columns.
    """

    wall, fluid, sediment, level = PLAIN, PLAIN + 1, PLAIN + 2, PLAIN + 3

    def __init__(self, down: FloatArray, s: AmountSettings) -> None:
        self._down, self._wall_mm = down.astype(np.float32), s.wall_mm[0]

    def begun(self, body: FloatArray) -> FloatArray:
        """A body half full of fluid that is as dense as the background."""
        return np.concatenate([body, (self._wall_mm, -body[HU], 0.0, 0.0)])

    def expected(self, body: FloatArray, s: AmountSettings) -> tuple[FloatArray, FloatArray]:
        """Fluid about as dense as the background, sediment about as dense as the wall, half of it each."""
        fluid, sediment = s.settled_sd
        radius_mm = 1 / body[AXES][np.equal(*UPPER)].mean()
        sd = np.array([s.wall_mm[1], fluid * body[HU], sediment * body[HU], s.level_sd * radius_mm])
        return np.array([self._wall_mm, -body[HU], 0.0, 0.0]), sd**-2

    def fields(self, body: FloatArray, places: Places) -> Floats:
        """As of ``Inside``."""
        inner, steep, fluid, rise, depth = self._layers(body, places)
        high, low = np.float32(body[self.fluid]), np.float32(body[self.sediment])
        mixed, moved = high * fluid + low * (1 - fluid), inner * (high - low) * rise
        fields = np.zeros((1 + len(body), len(inner)), dtype=np.float32)
        fields[0] = inner * mixed
        fields[1 : 1 + HU] = (steep * mixed) * (depth.slopes - np.float32(body[self.wall]) * depth.steeper)
        fields[1 + CENTER.start : 1 + CENTER.stop] += moved * self._down[:, None]
        fields[1 + self.wall], fields[1 + self.level] = -steep * mixed * depth.steep, moved
        fields[1 + self.fluid], fields[1 + self.sediment] = inner * fluid, inner * (1 - fluid)
        return fields

    def _layers(self, body: FloatArray, places: Places) -> _Layers:
        """Where they lie."""
        depth = depth_in(body, places)
        inner, steep = share_of(
            depth.radii - np.float32(body[self.wall]) * depth.steep, depth.gradient, places.steps_mm
        )
        over_mm = np.float32(body[self.level]) - self._down @ places.away
        fluid, rise = share_of(over_mm, self._down[:, None], places.steps_mm)
        return _Layers(inner, steep, fluid, rise, depth)
