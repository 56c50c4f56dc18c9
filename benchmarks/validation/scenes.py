"""Where objects lie and how they are scanned: limbs of muscle, fat and bone with a few deposits each.

A plan says all of it in plain numbers, so that the package's scanner (``expose``) and the independent simulator scan
the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Protocol

import numpy as np

from calcimeter.model.volume import Volume
from calcimeter.phantom.acquire import Acquisition, expose
from calcimeter.phantom.parts import Cortical, Part, Peeled
from calcimeter.phantom.scene import Bone, Deposit, Scene, gravity_of
from calcimeter.phantom.solids import Capsule, Ellipsoid, Point
from validation.objects import SizeClass

TOGETHER: dict[SizeClass, int] = {"large": 2, "medium": 3, "small": 6}
"""Objects in one scan."""
THICKNESS_MM: dict[SizeClass, tuple[float, float]] = {"large": (0.6, 5.0), "medium": (0.6, 5.0), "small": (0.6, 3.0)}
FAT_HU, MUSCLE_HU = (-115.0, -95.0), (40.0, 65.0)
FROM_BONE_MM, FROM_FAT_MM = 7.0, 3.0
POSITIONS = ("HFS", "HFP", "FFS", "HFDL", "HFDR", "FFP")
KILOVOLTS = (80.0, 100.0, 120.0, 140.0)
TRIES = 4000


class Placeable(Protocol):
    """An object that can be put into a scan."""

    @property
    def kind(self) -> str:
        """What it is called."""

    @property
    def reach_mm(self) -> float:
        """Radius of a ball around its center that holds it."""

    def build(self, center: Point, background_hu: float, gravity: Point) -> Part:
        """The object at a place."""


@dataclass(frozen=True, slots=True)
class Limb:
    """A limb along z: an ellipse of skin-bound fat around muscle, with one bone.

    Parameters
    ----------
    radii_mm : (float, float)
        Left-right and anteroposterior.
    fat_mm : float
        Thickness of the fat.
    fat_hu, muscle_hu : float
    bone_mm : (x, y, radius)
    cortex_mm : float
    """

    radii_mm: tuple[float, float]
    fat_mm: float
    fat_hu: float
    muscle_hu: float
    bone_mm: tuple[float, float, float]
    cortex_mm: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One scan.

    Parameters
    ----------
    limb : Limb
    objects : tuple of (Placeable, Point)
        Objects and the LPS points of their centers.
    acquisition : Acquisition
    """

    limb: Limb
    objects: tuple[tuple[Placeable, Point], ...]
    acquisition: Acquisition

    def parts(self) -> tuple[Part, ...]:
        """The objects as parts, in their places."""
        gravity = gravity_of(self.acquisition.position)
        return tuple(shaped.build(center, self.limb.muscle_hu, gravity) for shaped, center in self.objects)


def plans(objects: Sequence[Placeable], size_class: SizeClass, seed: int) -> Iterator[Plan]:
    """Scans that hold all the objects, some in each; the first objects lie in the first scans."""
    return plans_of(objects, TOGETHER[size_class], THICKNESS_MM[size_class], seed)


def plans_of(
    objects: Sequence[Placeable], together: int, thickness_mm: tuple[float, float], seed: int
) -> Iterator[Plan]:
    """The same with so many objects together, and slices between two thicknesses."""
    for k in range(0, len(objects), together):
        yield _plan(objects[k : k + together], thickness_mm, np.random.default_rng((seed, k)))


def scanned(plan: Plan) -> Volume:
    """By the package's own scanner."""
    limb = plan.limb
    a, b = limb.radii_mm
    flesh = Peeled(Ellipsoid((0, 0, 0), (a, b, 1e5)), ((0.0, 20.0), (1.5, limb.fat_hu), (limb.fat_mm, limb.muscle_hu)))
    x, y, r = limb.bone_mm
    shaft = Cortical(Capsule((x, y, -600), (x, y, 600), r, r), limb.cortex_mm, 1150.0, -40.0)
    deposits = tuple(Deposit(f"object-{k}", "", part, "") for k, part in enumerate(plan.parts()))
    bone = Bone("femur", "left", shaft)
    scene = Scene("limb", (flesh,), (bone,), deposits, limb.muscle_hu, gravity_of(plan.acquisition.position))
    return expose(scene, plan.acquisition)


def _plan(objects: Sequence[Placeable], thickness_mm: tuple[float, float], random: np.random.Generator) -> Plan:
    """A limb just large enough, the objects at random places in its muscle, and a scan of all of it."""
    bone_mm = random.uniform(9, 15)
    widest = max(shaped.reach_mm for shaped in objects)
    muscle = max(2 * widest + 2 * bone_mm + FROM_BONE_MM + FROM_FAT_MM, 60) / 2 + random.uniform(3, 15)
    fat_mm = random.uniform(6, 14)
    a, b = muscle + fat_mm, (muscle + fat_mm) * random.uniform(1.0, 1.12)
    angle = random.uniform(0, 2 * pi)
    away = muscle - bone_mm - FROM_FAT_MM
    limb = Limb(
        (a, b),
        fat_mm,
        random.uniform(*FAT_HU),
        random.uniform(*MUSCLE_HU),
        (away * cos(angle), away * sin(angle), bone_mm),
        random.uniform(3, 6),
    )
    centers = _places(objects, limb, muscle, random)
    return Plan(
        limb, tuple(zip(objects, centers, strict=True)), _acquisition(limb, objects, centers, thickness_mm, random)
    )


def apart_mm(one: Placeable, other: Placeable) -> float:
    """So far apart that no rule takes two objects for fragments of one."""
    return min(27.0, 8.0 + 1.6 * max(one.reach_mm, other.reach_mm))


def _places(objects: Sequence[Placeable], limb: Limb, muscle_mm: float, random: np.random.Generator) -> list[Point]:
    """Places apart from one another, from bone and from fat; the stretch along the limb grows until all fit."""
    x, y, bone = limb.bone_mm
    centers: list[Point] = []
    for shaped in objects:
        stretch = 0.0
        for _ in range(TRIES):
            room = max(muscle_mm - FROM_FAT_MM - shaped.reach_mm, 0.1)
            radius, angle = room * random.uniform() ** 0.5, random.uniform(0, 2 * pi)
            place = np.array([radius * cos(angle), radius * sin(angle), random.uniform(-stretch, stretch)])
            clear = np.hypot(place[0] - x, place[1] - y) >= bone + FROM_BONE_MM + shaped.reach_mm
            if clear and all(
                np.linalg.norm(place - c) >= shaped.reach_mm + other.reach_mm + apart_mm(shaped, other)
                for other, c in zip(objects, centers, strict=False)
            ):
                break
            stretch += 0.05
        else:
            raise RuntimeError(f"no room for a {shaped.kind} after {TRIES} tries")
        centers.append((float(place[0]), float(place[1]), float(place[2])))
    return centers


def _acquisition(
    limb: Limb,
    objects: Iterable[Placeable],
    centers: list[Point],
    thickness_mm: tuple[float, float],
    random: np.random.Generator,
) -> Acquisition:
    """How the scan is done: thickness, blur, noise, voltage, position and where voxels fall, all at random."""
    thickness = float(random.uniform(*thickness_mm))
    step = thickness * float(random.choice([1.0, 1.0, 0.8, 0.5]))
    pixel = float(random.uniform(0.5, 0.9))
    low = min(c[2] - s.reach_mm for s, c in zip(objects, centers, strict=True)) - max(12.0, 3 * thickness)
    high = max(c[2] + s.reach_mm for s, c in zip(objects, centers, strict=True)) + max(12.0, 3 * thickness)
    across = [int(np.ceil((2 * r + 14) / pixel)) for r in limb.radii_mm]
    jitter = random.uniform(-0.5, 0.5, 3) * (pixel, pixel, step)
    return Acquisition(
        shape=(max(int(np.ceil((high - low) / step)), 12), across[1], across[0]),
        spacing_mm=(step, pixel, pixel),
        center_mm=(float(jitter[0]), float(jitter[1]), float((low + high) / 2 + jitter[2])),
        thickness_mm=thickness,
        blur_fwhm_mm=float(random.uniform(0.8, 1.4)),
        noise_hu=float(random.uniform(8, 30)),
        seed=int(random.integers(2**31)),
        kvp=float(random.choice(KILOVOLTS)),
        position=str(random.choice(POSITIONS)),
    )
