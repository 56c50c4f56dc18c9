"""Made-up deposits with exact truth: a set for tuning, and a set for judging of other shapes and other seeds.

``tuning_objects`` may be looked at by whoever writes an estimator. ``judging_objects`` is drawn from another seed, and
half of it has shapes that the tuning set does not know; it is looked at in the final run alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, pi, sin
from typing import Any, Literal

import numpy as np

from calcimeter.phantom.compounds import Union
from calcimeter.phantom.parts import Chamber, Cyst, Layered, Part, filled
from calcimeter.phantom.solids import Block, Capsule, Ellipsoid, Point, Solid, sphere
from validation.seeds import judging
from validation.shapes import BentRod, Cloud, Superquadric, Whorl

SizeClass = Literal["large", "medium", "small"]
SIZES_MM3: dict[SizeClass, tuple[float, float]] = {
    "large": (10_000.0, 60_000.0),
    "medium": (1_000.0, 10_000.0),
    "small": (100.0, 1_000.0),
}
"""At 10 ml and above, 1 to 10 ml, 0.1 to 1 ml; volumes are drawn evenly in the logarithm."""
CONTRAST_HU = (200.0, 1000.0)
TUNING_SEED, JUDGING_SEED = 20_250_101, judging(77_310_911)
ACROSS = 150
"""Lattice steps across an object where its volume has no closed form: about 1 in 10 000."""

THINNEST_WALL_MM = 1.5
"""Of rims and cysts: a thinner wall of 200 HU can't be seen at this blur."""

ORIGIN, DOWN = (0.0, 0.0, 0.0), (0.0, 1.0, 0.0)

Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Shaped:
    """An object, yet without a place.

    Parameters
    ----------
    kind : str
    volume_mm3 : float
        Of the filled envelope.
    contrast_hu : float
        Over the background, of the densest material.
    seed : int
        Of everything else about it: the same numbers are drawn each time that it is built.
    radius_mm : float
        What all its lengths are multiples of.
    reach_mm : float
        Radius of a ball around the center that holds it.
    novel : bool
        Whether the tuning set lacks the kind.
    """

    kind: str
    volume_mm3: float
    contrast_hu: float
    seed: int
    radius_mm: float
    reach_mm: float = 0.0
    novel: bool = False

    def build(self, center: Point, background_hu: float, gravity: Point) -> Part:
        """The object at a place."""
        random = np.random.default_rng(self.seed)
        draw = Draw(random, center, self.radius_mm, background_hu, self.contrast_hu, gravity)
        part: Part = (NOVEL if self.novel else FAMILIAR)[self.kind](draw)
        return part


def tuning_objects(size_class: SizeClass, n: int) -> list[Shaped]:
    """Objects of the familiar kinds; the first n are the same whatever n is."""
    return [_drawn(size_class, k, TUNING_SEED, FAMILIAR) for k in range(n)]


def judging_objects(size_class: SizeClass, n: int, *, novel: bool) -> list[Shaped]:
    """Objects that only the final run looks at, of kinds that tuning knew or of those that it never saw."""
    return [_drawn(size_class, k, JUDGING_SEED + novel, NOVEL if novel else FAMILIAR) for k in range(n)]


def _drawn(size_class: SizeClass, k: int, seed: int, kinds: dict[str, Kind]) -> Shaped:
    """The k-th object: kind in turn, everything else at random, scaled to the volume drawn."""
    random = np.random.default_rng((seed, list(SIZES_MM3).index(size_class), k))
    kind = list(kinds)[k % len(kinds)]
    volume_mm3 = float(np.exp(random.uniform(*np.log(SIZES_MM3[size_class]))))
    contrast_hu = float(random.uniform(*CONTRAST_HU))
    radius_mm = (3 * volume_mm3 / (4 * pi)) ** (1 / 3)
    shaped = Shaped(kind, volume_mm3, contrast_hu, int(random.integers(2**63)), radius_mm, novel=kinds is NOVEL)
    for _ in range(2):  # walls of a least thickness don't grow along, so once is not always enough
        first = volume_of(shaped.build(ORIGIN, 0.0, DOWN).envelope)
        shaped = replace(shaped, radius_mm=shaped.radius_mm * (volume_mm3 / first) ** (1 / 3))
    final = shaped.build(ORIGIN, 0.0, DOWN).envelope
    return replace(shaped, volume_mm3=volume_of(final), reach_mm=_reach_mm(final))


def volume_of(solid: Solid) -> float:
    """Closed form, else counted on a lattice of 150 steps across."""
    closed = getattr(solid, "volume_mm3", None)
    exact = closed() if closed is not None else None
    return float(exact) if exact is not None else _counted(solid)


def _reach_mm(solid: Solid) -> float:
    """Radius of a ball around the origin that holds the solid."""
    low, high = (np.array(corner) for corner in solid.box_mm)
    axes = [np.linspace(a, b, 40) for a, b in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
    step = float((high - low).max()) / 39
    near = points[:, solid.distance(points) <= step / 2]
    return float(np.linalg.norm(near, axis=0).max()) + step / 2


def _counted(solid: Solid) -> float:
    """Volume by counting lattice points inside, plane by plane."""
    low, high = (np.array(corner) for corner in solid.box_mm)
    step = float((high - low).max()) / ACROSS
    x, y, z = (np.arange(a + 0.31 * step, b + step, step, dtype=np.float32) for a, b in zip(low, high, strict=True))
    plane = np.stack(np.meshgrid(x, y, indexing="ij")).reshape(2, -1)
    inside = 0
    for height in z:
        points = np.concatenate([plane, np.full((1, plane.shape[1]), height, dtype=np.float32)])
        inside += int((solid.distance(points) <= 0).sum())
    return inside * step**3


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
}

# --- kinds that tuning never saw ---------------------------------------------------------------------------------


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


NOVEL: dict[str, Kind] = {
    "superquadric": _superquadric,
    "bent rod": _bent_rod,
    "blobs": _blobs,
    "rim": _rim,
    "cyst": _cyst,
    "whorl": _whorl,
    "cloud": _cloud,
}


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
