"""Kinds of made-up deposits: those that tuning knows, and those that it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any

import numpy as np

from calcimeter.phantom.compounds import Intersection, Union, Without
from calcimeter.phantom.parts import Chamber, Cyst, Layered, Part, filled
from calcimeter.phantom.solids import Block, Capsule, Ellipsoid, Point, sphere
from validation.shapes import BentRod, Cloud, Superquadric, Whorl

THINNEST_WALL_MM = 1.5
"""Of rims and cysts: a thinner wall of 200 HU can't be seen at this blur."""

Random = np.random.Generator


@dataclass(slots=True)
class Draw:
    """What a kind is made from: random numbers, a place, the radius of the ball of its volume, and HU."""

    random: Random
    center: Point
    radius_mm: float
    background_hu: float
    contrast_hu: float
    gravity: Point

    @property
    def hu(self) -> float:
        """Of the dense material."""
        return self.background_hu + self.contrast_hu

    def uniform(self, low: float, high: float) -> float:
        """A number."""
        return float(self.random.uniform(low, high))

    def radii(self, longest: float) -> Point:
        """Three radii, each the ball's times a number up to ``longest`` or over it."""
        a, b, c = np.exp(self.random.uniform(-np.log(longest), np.log(longest), 3)) * self.radius_mm
        return (float(a), float(b), float(c))

    def axes(self) -> tuple[Point, Point, Point]:
        """Directions at random."""
        turned = np.linalg.qr(self.random.standard_normal((3, 3)))[0]
        a, b, c = (tuple(float(v) for v in row) for row in turned)
        return (a, b, c)  # type: ignore[return-value]

    def at(self, offset: Any) -> Point:
        """The center, moved."""
        x, y, z = (float(c + o) for c, o in zip(self.center, offset, strict=True))
        return (x, y, z)


# --- kinds that tuning knows -------------------------------------------------------------------------------------


def _ball(draw: Draw) -> Part:
    return filled(sphere(draw.center, draw.radius_mm), draw.hu, 6)


def _ellipsoid(draw: Draw) -> Part:
    return filled(Ellipsoid(draw.center, draw.radii(1.5), draw.axes()), draw.hu, 6)


def _rod(draw: Draw) -> Part:
    half, way = draw.radius_mm * draw.uniform(0.8, 2.0), np.array(draw.axes()[0])
    r = draw.radius_mm * draw.uniform(0.6, 0.8)
    return filled(Capsule(draw.at(-half * way), draw.at(half * way), r, r), draw.hu, 6)


def _block(draw: Draw) -> Part:
    radii = draw.radii(1.4)
    return filled(Block(draw.center, radii, min(radii) * draw.uniform(0.2, 0.7), draw.axes()), draw.hu, 6)


def _shell(draw: Draw) -> Part:
    radii, axes = draw.radii(1.2), draw.axes()
    inner = min(draw.uniform(0.5, 0.75), 1 - THINNEST_WALL_MM / min(radii))
    core = Ellipsoid(draw.center, (radii[0] * inner, radii[1] * inner, radii[2] * inner), axes)
    return Layered(((Ellipsoid(draw.center, radii, axes), draw.hu), (core, draw.uniform(10, 60))), 6)


def _lobed(draw: Draw) -> Part:
    r = draw.radius_mm
    ways = [np.array(draw.axes()[0]) * r * draw.uniform(0.5, 1.0) for _ in range(2)]
    solids = [sphere(draw.at(way), r * draw.uniform(0.6, 0.9)) for way in ways]
    return filled(Union((sphere(draw.center, r * 0.8), *solids), blend_mm=0.2 * r), draw.hu, 6)


def _two_densities(draw: Draw) -> Part:
    radii, axes = draw.radii(1.3), draw.axes()
    share = draw.uniform(0.4, 0.8)
    core = Ellipsoid(draw.center, (radii[0] * share, radii[1] * share, radii[2] * share), axes)
    loose = draw.background_hu + draw.contrast_hu * draw.uniform(0.4, 0.9)
    return Layered(((Ellipsoid(draw.center, radii, axes), loose), (core, draw.hu)), 6)


def _settled(draw: Draw) -> Part:
    return _cyst_of((draw.center,), (draw.radii(1.2),), draw)


def _superquadric(draw: Draw) -> Part:
    return filled(Superquadric(draw.center, draw.radii(1.4), draw.uniform(2.4, 6), draw.axes()), draw.hu, 6)


def _bent_rod(draw: Draw) -> Part:
    r, half_angle = draw.radius_mm * draw.uniform(0.5, 0.65), draw.uniform(0.6, 1.6)
    bend = max(draw.radius_mm * draw.uniform(1.2, 2.0), 1.4 * r)
    axes = draw.axes()
    center = draw.at(-np.array(axes[0]) * bend * (1 + cos(half_angle)) / 2)
    return filled(BentRod(center, bend, r, half_angle, axes), draw.hu, 6)


def _blobs(draw: Draw) -> Part:
    r, n = draw.radius_mm, int(draw.random.integers(4, 10))
    centers, radii = [np.zeros(3)], [r * draw.uniform(0.5, 0.7)]
    for _ in range(n):
        origin = int(draw.random.integers(len(centers)))
        size = r * draw.uniform(0.35, 0.6)
        gap = (radii[origin] + size) * draw.uniform(0.7, 0.95)
        centers.append(centers[origin] + gap * np.array(draw.axes()[0]))
        radii.append(size)
    middle = np.mean(centers, axis=0)
    solids = tuple(sphere(draw.at(c - middle), size) for c, size in zip(centers, radii, strict=True))
    return filled(Union(solids, blend_mm=0.15 * r), draw.hu, 6)


def _rim(draw: Draw) -> Part:
    """A wall of uneven thickness around soft tissue."""
    radii, axes, power = draw.radii(1.25), draw.axes(), draw.uniform(2, 3.5)
    inner = min(draw.uniform(0.55, 0.78), 1 - THINNEST_WALL_MM / min(radii))
    off = np.array(draw.axes()[0]) * min(radii) * (1 - inner) * draw.uniform(0, 0.4)
    core = Superquadric(draw.at(off), (radii[0] * inner, radii[1] * inner, radii[2] * inner), power, axes)
    outer = Superquadric(draw.center, radii, power, axes)
    return Layered(((outer, draw.hu), (core, draw.uniform(10, 60))), 6)


def _cyst(draw: Draw) -> Part:
    """Two or three chambers, each with its own level."""
    r, n = draw.radius_mm, int(draw.random.integers(2, 4))
    turn = draw.uniform(0, 2 * pi)
    lift = draw.random.uniform(-0.4, 0.4, n)
    centers = tuple(
        draw.at((0.6 * r * cos(turn + 2 * pi * k / n), 0.6 * r * sin(turn + 2 * pi * k / n), lift[k] * r))
        for k in range(n)
    )
    return _cyst_of(centers, tuple(tuple(0.8 * v for v in draw.radii(1.15)) for _ in range(n)), draw)


def _whorl(draw: Draw) -> Part:
    envelope = Ellipsoid(draw.center, draw.radii(1.3), draw.axes())
    loose = draw.background_hu + draw.contrast_hu * draw.uniform(0.35, 0.7)
    layer = draw.radius_mm / draw.uniform(1.5, 3.5)
    return Whorl(envelope, draw.center, layer, int(draw.random.integers(-2, 3)), draw.hu, loose)


def _cloud(draw: Draw) -> Part:
    envelope = Superquadric(draw.center, draw.radii(1.3), draw.uniform(2, 3), draw.axes())
    loose = draw.background_hu + draw.contrast_hu * draw.uniform(0.3, 0.6)
    waves = []
    for _ in range(7):
        x, y, z = np.array(draw.axes()[0]) / (draw.radius_mm * draw.uniform(0.6, 1.5))
        # A wave's phase moves with the cloud: the same cloud at another place.
        shift = -2 * pi * float(np.dot((x, y, z), draw.center))
        waves.append(((float(x), float(y), float(z)), draw.uniform(0, 2 * pi) + shift))
    return Cloud(envelope, tuple(waves), draw.hu, loose)


def _cyst_of(centers: tuple[Point, ...], radii: tuple[Any, ...], draw: Draw) -> Part:
    """Walls of mineral around watery fluid over mineral that settled."""
    wall = max(draw.radius_mm * draw.uniform(0.1, 0.16), THINNEST_WALL_MM)
    chambers = []
    for center, size in zip(centers, radii, strict=True):
        # A ball of the mean radius settles the height well enough; gravity lies along an axis of the patient.
        middle = float(np.dot(draw.gravity, center))
        level = middle + float(np.mean(size)) * draw.uniform(-0.4, 0.3)
        sediment = draw.background_hu + draw.contrast_hu * draw.uniform(0.7, 1.0)
        chambers.append(Chamber(Ellipsoid(center, size), level, draw.uniform(0, 60), sediment))
    return Cyst(tuple(chambers), draw.gravity, wall, 0.8 * wall, draw.hu, samples=6)


Kind = Callable[[Draw], Part]
FAMILIAR: dict[str, Kind] = {
    "ball": _ball,
    "ellipsoid": _ellipsoid,
    "rod": _rod,
    "block": _block,
    "shell": _shell,
    "lobed": _lobed,
    "two densities": _two_densities,
    "settled": _settled,
    "superquadric": _superquadric,
    "bent rod": _bent_rod,
    "blobs": _blobs,
    "rim": _rim,
    "cyst": _cyst,
    "whorl": _whorl,
    "cloud": _cloud,
}
"""From "superquadric" on they judged as new kinds, until estimators were changed by what they showed."""

# --- kinds that tuning never saw ---------------------------------------------------------------------------------


def _teardrop(draw: Draw) -> Part:
    half, way = draw.radius_mm * draw.uniform(0.5, 1.0), np.array(draw.axes()[0])
    thick, thin = draw.radius_mm * draw.uniform(0.7, 0.9), draw.radius_mm * draw.uniform(0.3, 0.5)
    return filled(Capsule(draw.at(-half * way), draw.at(half * way), thick, thin), draw.hu, 6)


def _lens(draw: Draw) -> Part:
    """What two balls share: an edge all around."""
    across, half = draw.radius_mm * 1.2, draw.radius_mm * draw.uniform(0.6, 0.9)
    radius_mm, way = (across**2 + half**2) / (2 * half), np.array(draw.axes()[0])
    balls = tuple(sphere(draw.at(sign * (radius_mm - half) * way), radius_mm) for sign in (-1, 1))
    return filled(Intersection(balls), draw.hu, 6)


def _crescent(draw: Draw) -> Part:
    """A body with a hollow in its side."""
    radii, way = draw.radii(1.2), np.array(draw.axes()[0])
    hollow = sphere(draw.at(draw.radius_mm * draw.uniform(1.0, 1.3) * way), draw.radius_mm * draw.uniform(0.6, 0.9))
    return filled(Without(Ellipsoid(draw.center, radii, draw.axes()), hollow), draw.hu, 6)


def _branched(draw: Draw) -> Part:
    rods = []
    for _ in range(int(draw.random.integers(3, 5))):
        end = draw.at(np.array(draw.axes()[0]) * draw.radius_mm * draw.uniform(0.9, 1.6))
        thick = draw.radius_mm * draw.uniform(0.35, 0.5)
        rods.append(Capsule(draw.center, end, thick, thick))
    return filled(Union(tuple(rods), blend_mm=0.2 * draw.radius_mm), draw.hu, 6)


def _target(draw: Draw) -> Part:
    """A dense rim, a loose middle, and a dense core."""
    radii, axes = draw.radii(1.2), draw.axes()
    wall = min(draw.uniform(0.6, 0.8), 1 - THINNEST_WALL_MM / min(radii))
    parts = (1.0, wall, wall * draw.uniform(0.3, 0.6))
    loose = draw.background_hu + draw.contrast_hu * draw.uniform(0.2, 0.6)
    outer, middle, core = (Ellipsoid(draw.center, (radii[0] * p, radii[1] * p, radii[2] * p), axes) for p in parts)
    return Layered(((outer, draw.hu), (middle, loose), (core, draw.hu)), 6)


def _seeded(draw: Draw) -> Part:
    """Dense grains in a looser body."""
    radii, axes = draw.radii(1.3), draw.axes()
    loose = draw.background_hu + draw.contrast_hu * draw.uniform(0.4, 0.7)
    grains = []
    for _ in range(int(draw.random.integers(4, 9))):
        way = np.array(draw.axes()[0]) * np.array(radii) * draw.uniform(0.1, 0.6)
        grains.append(sphere(draw.at(np.array(axes).T @ way), min(radii) * draw.uniform(0.2, 0.35)))
    return Layered(((Ellipsoid(draw.center, radii, axes), loose), (Union(tuple(grains)), draw.hu)), 6)


def _unlike_pair(draw: Draw) -> Part:
    """Two bodies grown together, one denser than the other."""
    r, way = draw.radius_mm, np.array(draw.axes()[0])
    one = sphere(draw.at(0.6 * r * way), r * draw.uniform(0.6, 0.8))
    a, b, c = draw.radii(1.2)
    other = Ellipsoid(draw.at(-0.4 * r * way), (0.8 * a, 0.8 * b, 0.8 * c), draw.axes())
    loose = draw.background_hu + draw.contrast_hu * draw.uniform(0.5, 0.9)
    return Layered(((Union((other, one)), loose), (one, draw.hu)), 6)


def _pocketed(draw: Draw) -> Part:
    """A body with two or three pockets of soft tissue."""
    radii, axes, n = draw.radii(1.2), draw.axes(), int(draw.random.integers(2, 4))
    pockets = []
    for k in range(n):
        turn, size = 2 * pi * k / n, min(radii) * draw.uniform(0.25, 0.38)
        out = np.array((cos(turn), sin(turn), draw.uniform(-0.3, 0.3))) * np.array(radii) * 0.45
        pockets.append(sphere(draw.at(np.array(axes).T @ out), size))
    return Layered(((Ellipsoid(draw.center, radii, axes), draw.hu), (Union(tuple(pockets)), draw.uniform(10, 60))), 6)


NOVEL: dict[str, Kind] = {
    "teardrop": _teardrop,
    "lens": _lens,
    "crescent": _crescent,
    "branched": _branched,
    "target": _target,
    "seeded": _seeded,
    "unlike pair": _unlike_pair,
    "pocketed": _pocketed,
}
