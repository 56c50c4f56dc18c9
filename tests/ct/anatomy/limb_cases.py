"""Limbs and a trunk made of disks and balls, whose names and sides are known by construction."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.model.anatomy import Bone, Mask, Skeleton
from calcimeter.model.grid import Grid, Layout
from calcimeter.model.volume import Volume

SPACING_MM = (4.0, 1.5, 1.5)
AIR, FAT, MUSCLE, LIVER, SPONGY, CORTEX, MARROW = -1000, -90, 50, 60, 350, 1300, -50
AXES = {"superior": 0, "posterior": 1, "left": 2}
ROTATIONS = ((), (1, 2), (0, 2), (0, 1))
MIRRORS = ((0,), (1,), (2,), (0, 1, 2))


class Scan(NamedTuple):
    """A volume with its body and its named skeleton."""

    volume: Volume
    body: Mask
    skeleton: Skeleton

    def turned(self, axes: tuple[int, ...]) -> Scan:
        """The same patient under a header that is wrong: the array runs against some axes, the grid stays."""
        body, labels = self.body.to_bool(), self.skeleton.labels
        return Scan(
            replace(self.volume, values=np.ascontiguousarray(np.flip(self.volume.values, axes))),
            Mask.from_bool(np.flip(body, axes)),
            replace(self.skeleton, labels=np.ascontiguousarray(np.flip(labels, axes))),
        )


class Canvas:
    """Draws into a volume whose middle is LPS 0, 0; heights z run from 0 upward, all in mm.

    Parameters
    ----------
    size_mm : tuple of float
        Height, depth, width.
    """

    def __init__(self, size_mm: tuple[float, float, float], middle_mm: float = 0.0) -> None:
        shape = [round(n / s) for n, s in zip(size_mm, SPACING_MM, strict=True)]
        affine = np.eye(4)
        affine[:3, :3] = np.eye(3)[:, ::-1] * SPACING_MM
        affine[:3, 3] = (middle_mm - size_mm[2] / 2, -size_mm[1] / 2, 0.0)
        self.grid = Grid((shape[0], shape[1], shape[2]), affine)
        index = np.moveaxis(np.indices(shape, dtype=np.float32), 0, -1)
        self.x, self.y, self.z = np.moveaxis(self.grid.to_patient(index), -1, 0)
        self.values = np.full(shape, AIR, dtype=np.int16)
        self.labels = np.zeros(shape, dtype=np.uint8)
        self.names: list[str] = []

    def disk(self, x: npt.ArrayLike, y: npt.ArrayLike, radius: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """A round column; its place and radius may depend on z."""
        inside: npt.NDArray[np.bool_] = np.hypot(self.x - x, self.y - y) < radius
        return inside

    def tissue(self, where: npt.NDArray[np.bool_], hu: int = MUSCLE) -> None:
        """Soft tissue."""
        self.values[where] = hu

    def bone(self, name: str, where: npt.NDArray[np.bool_], hollow: npt.NDArray[np.bool_] | None = None) -> None:
        """A bone of cortex around a marrow; without one, of spongy bone."""
        if name not in self.names:
            self.names.append(name)
        self.values[where] = SPONGY if hollow is None else CORTEX
        if hollow is not None:
            self.values[hollow] = MARROW
        self.labels[where] = self.names.index(name) + 1

    def scan(self) -> Scan:
        """What was drawn, with a little noise."""
        noise = np.random.default_rng(0).normal(0, 8, self.values.shape)
        values = np.rint(self.values + noise).astype(np.int16)
        bones = tuple(Bone(k, name, None, 1.0) for k, name in enumerate(self.names, 1))
        body = Mask.from_bool(self.values > -500)
        return Scan(Volume(values, Layout.of(self.grid), self.grid), body, Skeleton(self.labels, bones))

    def shaft(self, name: str, at: tuple[npt.ArrayLike, npt.ArrayLike], radius: npt.ArrayLike, edge: float = 0) -> None:
        """A tube up to z = 160 with an edge toward posterior (or, below 0, anterior)."""
        x, y = at
        outer = self.disk(x, y, radius) | (self.disk(x, np.asarray(y) + np.sign(edge) * radius, abs(edge)))
        self.bone(name, outer & (self.z < 160), self.disk(x, y, 0.6 * np.asarray(radius)) & (self.z < 160))


@cache
def thigh(side: str, *, hip: bool = True, other: bool = False) -> Scan:
    """A left or right thigh: bent shaft with its ridge behind, thick above; with the femoral neck, or the other leg."""
    canvas = Canvas((220, 210, 330 if other else 210), middle_mm=70 if side == "left" else -70)
    lateral = 1 if side == "left" else -1
    middle = lateral * 95
    thick = 62 + 0.15 * canvas.z
    canvas.tissue(canvas.disk(middle, 0, thick))
    if other:
        canvas.tissue(canvas.disk(-middle, 0, thick - 10))
    bent = -12 * (1 - ((canvas.z - 80) / 80) ** 2)
    canvas.shaft("femur", (middle, bent), 14.0, edge=6.0)
    if hip:
        up = (canvas.z - 150) / 60
        neck = canvas.disk(middle - lateral * 55 * up, 0, 16) & (canvas.z >= 160)
        canvas.bone("femur", neck & canvas.disk(middle, 0, 85))
    return canvas.scan()


@cache
def calf(side: str) -> Scan:
    """A calf: the tibia with its edge in front, the fibula at the outer side, thicker above."""
    canvas = Canvas((160, 150, 150), middle_mm=60 if side == "left" else -60)
    lateral = 1 if side == "left" else -1
    middle = lateral * 60
    canvas.tissue(canvas.disk(middle, 0, 40 + 0.12 * canvas.z))
    canvas.shaft("tibia", (middle, -15), 11 + 0.03 * canvas.z, edge=-6.0)
    canvas.shaft("fibula", (middle + lateral * 28, 5), 6.5)
    return canvas.scan()


@cache
def trunk(*, liver: bool = True, ribs: bool = True) -> Scan:
    """A trunk: vertebrae with their spines behind, ribs that slope, a liver on the right, clavicles as a pair."""
    canvas = Canvas((200, 240, 360))
    canvas.tissue((canvas.x / 170) ** 2 + (canvas.y / 112) ** 2 < 1, FAT)
    if liver:
        canvas.tissue((canvas.x + 75) ** 2 + canvas.y**2 + (canvas.z - 90) ** 2 < 62**2, LIVER)
    spine = canvas.disk(0, 55, 18) | ((abs(canvas.x) < 4.5) & (abs(canvas.y - 85) < 16))
    canvas.bone("lumbar_spine", spine & (canvas.z < 160))
    around = np.hypot(canvas.x / 150, canvas.y / 95)
    turn = np.abs(np.arctan2(canvas.x, canvas.y)) / np.pi if ribs else np.full(around.shape, np.nan)
    lowered = np.mod(canvas.z + 70 * turn, 40.0)
    ring = (np.abs(around - 1) < 0.05) & (turn > 0.15) & (turn < 0.75) & (lowered < 9)
    canvas.bone("rib", ring)
    canvas.bone("clavicle", (np.abs(canvas.y + 70) < 6) & (np.abs(np.abs(canvas.x) - 60) < 40) & (canvas.z > 185))
    return canvas.scan()
