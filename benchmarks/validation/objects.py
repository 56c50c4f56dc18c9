"""Made-up deposits with exact truth: a set for tuning, and a set for judging of other shapes and other seeds.

``tuning_objects`` may be looked at by whoever writes an estimator. ``judging_objects`` is drawn from another seed, and
half of it has shapes that the tuning set does not know; it is looked at in the final run alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi
from typing import Literal

import numpy as np

from calcimeter.phantom.parts import Part
from calcimeter.phantom.solids import Point, Solid
from validation.kinds import FAMILIAR, NOVEL, Draw, Kind
from validation.seeds import judging

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

ORIGIN, DOWN = (0.0, 0.0, 0.0), (0.0, 1.0, 0.0)


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
