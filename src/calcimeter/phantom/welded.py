"""A ball of mineral welded to a shaft: how much of it lies on bone is chosen, what lies outside the bone is known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, radians, sin

import numpy as np

from calcimeter.model.grid import FloatArray
from calcimeter.phantom.compounds import Union
from calcimeter.phantom.parts import Cortical, filled
from calcimeter.phantom.scene import Bone, Scene
from calcimeter.phantom.solids import Capsule, Ellipsoid, Point, Solid, sphere

TISSUE_HU = 55.0
FINE = 6
ACROSS = 120
"""Points across the ball in the integrals: they are true to a part in a thousand."""
NODES_MM = (-120.0, -90.0, -60.0, -30.0, 0.0, 30.0, 60.0, 90.0, 120.0)


@dataclass(frozen=True, slots=True)
class Shaft:
    """A tube of cortex through the middle of a limb.

    Parameters
    ----------
    radius_mm, cortex_mm, cortex_hu, marrow_hu : float
    lean_degrees : float
        From upright, in the sagittal plane.
    bow_mm : float
        How far it is bent forward at 60 mm from the middle.
    taper : float
        Growth of the radius along the shaft.
    ridge_mm : float
        How far a crest stands out behind.
    """

    radius_mm: float = 14.0
    cortex_mm: float = 5.0
    cortex_hu: float = 1150.0
    marrow_hu: float = -40.0
    lean_degrees: float = 0.0
    bow_mm: float = 0.0
    taper: float = 0.0
    ridge_mm: float = 0.0

    def solid(self) -> Solid:
        """Everything inside its surface."""
        rods = [self._rod(low, high, self.radius_mm, 0.0) for low, high in pairwise(NODES_MM)]
        if self.ridge_mm > 0:
            behind_mm = self.radius_mm + self.ridge_mm - 3.0
            rods += [self._rod(low, high, 3.0, behind_mm) for low, high in pairwise(NODES_MM)]
        return Union(tuple(rods), blend_mm=4.0 if self.ridge_mm > 0 else 0.0)

    def at(self, height_mm: float, behind_mm: float = 0.0, left_mm: float = 0.0) -> Point:
        """The place at a height along its axis, so far behind it and to its left, LPS."""
        behind = behind_mm + self.bow_mm * (height_mm / 60.0) ** 2
        lean = radians(self.lean_degrees)
        return (
            left_mm,
            behind * cos(lean) + height_mm * sin(lean),
            height_mm * cos(lean) - behind * sin(lean),
        )

    def _rod(self, low_mm: float, high_mm: float, radius_mm: float, behind_mm: float) -> Capsule:
        ends = (self.at(low_mm, behind_mm), self.at(high_mm, behind_mm))
        return Capsule(*ends, radius_mm + self.taper * low_mm, radius_mm + self.taper * high_mm)


@dataclass(frozen=True, slots=True)
class Welded:
    """A ball on a shaft; what the two share is bone.

    Parameters
    ----------
    shaft : Shaft
    radius_mm : float
        Of the ball.
    hu : float
        Of the ball, everywhere the same.
    contact : float
        About the share of the surface of what lies outside the bone that lies on bone; 0 just touches.
    angle_degrees : float
        Where around the shaft it sits; 0 is left, 90 posterior.
    height_mm : float
        Where along the shaft its middle lies.
    """

    shaft: Shaft
    radius_mm: float
    hu: float
    contact: float
    angle_degrees: float = 0.0
    height_mm: float = 0.0

    @property
    def center_mm(self) -> Point:
        """Middle of the ball, LPS."""
        shaft_mm = self.shaft.radius_mm + self.shaft.taper * self.height_mm
        deep, touching = max(shaft_mm, self.radius_mm) * 0.5, shaft_mm + self.radius_mm
        for _ in range(40):
            middle = (deep + touching) / 2
            more = _share_on_bone(shaft_mm, self.radius_mm, middle) > self.contact
            deep, touching = (middle, touching) if more else (deep, middle)
        around = radians(self.angle_degrees)
        return self.shaft.at(self.height_mm, touching * sin(around), touching * cos(around))

    def truth(self) -> tuple[float, float, float]:
        """Volume outside the bone, mm3, area of bone under it, mm2, and that area's share of its whole surface."""
        step = 2 * self.radius_mm / ACROSS
        steps = (np.arange(ACROSS + 2) - (ACROSS + 1) / 2) * step
        points = np.stack(np.meshgrid(steps, steps, steps, indexing="ij")).reshape(3, -1) + np.array(
            self.center_mm
        ).reshape(3, 1)
        ball, bone = sphere(self.center_mm, self.radius_mm).distance(points), self.shaft.solid().distance(points)
        volume_mm3 = float(np.clip(0.5 - np.maximum(ball, -bone) / step, 0, 1).sum()) * step**3
        on_bone = float(((np.abs(bone) < step) & (ball < 0)).sum()) * step**2 / 2
        free = float(((np.abs(ball) < step) & (bone > 0)).sum()) * step**2 / 2
        return volume_mm3, on_bone, on_bone / (on_bone + free)


def welded_scene(welded: Welded | None, shaft: Shaft | None = None) -> Scene:
    """A limb 170 mm thick with the shaft in its middle and the ball on it; the shaft alone without a ball."""
    bone = welded.shaft if welded is not None else shaft or Shaft()
    cortex = Cortical(bone.solid(), bone.cortex_mm, bone.cortex_hu, bone.marrow_hu, samples=4)
    muscle = filled(Ellipsoid((0, 0, 0), (85, 85, 1e5)), TISSUE_HU)
    # The ball is painted before the bone, so that a voxel of both holds each by its share and nothing between them.
    ball = () if welded is None else (filled(sphere(welded.center_mm, welded.radius_mm), welded.hu, FINE),)
    return Scene("welded", (muscle, *ball), (Bone("femur", "left", cortex),), (), TISSUE_HU)


def _share_on_bone(shaft_mm: float, ball_mm: float, apart_mm: float) -> float:
    """Area of a round upright shaft under the ball by the whole surface of what lies outside it."""
    around = (np.arange(2000) + 0.5) * pi / 1000
    off2 = shaft_mm**2 + apart_mm**2 - 2 * shaft_mm * apart_mm * np.cos(around)
    chords: FloatArray = 2 * np.sqrt(np.maximum(ball_mm**2 - off2, 0))
    on_bone = float(chords.mean()) * shaft_mm * 2 * pi
    disks = ball_mm * np.sqrt(1 - ((np.arange(2000) + 0.5) / 1000 - 1) ** 2)
    inside = np.clip((apart_mm**2 + disks**2 - shaft_mm**2) / (2 * apart_mm * disks), -1, 1)
    free = float((2 * pi - 2 * np.arccos(inside)).mean()) * 2 * ball_mm**2
    return on_bone / (on_bone + free)
