"""A made-up patient in closed form: trunk and thighs, a skeleton with cortex and marrow, deposits; one HU a point.

Coordinates are millimeters, x toward the patient's left, y toward posterior, z toward superior. The upper half of the
scan is trunk (a vertebra and a pair of ribs every 30 mm, the iliac bones), the lower half thighs (femurs), so that a
longer scan holds more of the same. It looks real to a program, not to a radiologist: it is made to take the time
that a real scan takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

AIR_HU, GAS_HU, FAT_HU, MUSCLE_HU, ORGAN_HU, CORTEX_HU = -1000, -950, -100, 55, 45, 1200
VERTEBRA_STEP_MM = 30.0
FAT_MM, WALL_MM = 14.0, 36.0
FAR_MM = 1e3


class Points(NamedTuple):
    """Positions as three arrays that broadcast against one another, mm."""

    x: Array
    y: Array
    z: Array


class Bone(NamedTuple):
    """Signed distance to the surface of one kind of bone (negative inside), and what it is made of."""

    distance_mm: Array
    cortex_mm: float
    marrow_hu: float


@dataclass(frozen=True)
class Deposit:
    """One planted calcification: an ellipsoid, "solid", "shell", "lobed" or "whorled"."""

    center_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    kind: str
    hu: float


def tissue_hu(at: Points, length_mm: float) -> Array:
    """HU of everything but the deposits, without noise, for a scan of this length."""
    skin = body_distance_mm(at, length_mm)
    texture = 8 * np.sin(at.x / 9 + at.z / 13) * np.sin(at.y / 7 - at.z / 17)
    septa = np.abs(np.sin(at.x / 14 + np.sin(at.y / 23) + at.z / 60) * np.cos(at.y / 17 - at.z / 90)) < 0.04
    soft = np.where(septa, FAT_HU / 2, MUSCLE_HU) + texture
    is_organ = (skin < -WALL_MM) & (at.z >= length_mm / 2)
    soft = np.where(is_organ, ORGAN_HU + 2 * texture, soft)
    soft = _cover(FAT_HU + texture / 2, soft, skin + FAT_MM)
    soft = _cover(soft, np.float32(GAS_HU), np.where(is_organ, _gas_distance_mm(at), FAR_MM))
    for bone in bones(at, length_mm):
        grain = bone.marrow_hu + 0.4 * abs(bone.marrow_hu) * np.sin(at.x * 1.9) * np.sin(at.y * 2.3 + at.z * 1.7)
        filling = _cover(np.float32(CORTEX_HU), grain, bone.distance_mm + bone.cortex_mm)
        soft = _cover(soft, filling, bone.distance_mm)
    return _cover(_table_hu(at), soft, skin)


def body_distance_mm(at: Points, length_mm: float) -> Array:
    """Signed distance to the skin, negative inside."""
    trunk = _ellipse(at.x, at.y, (165, 112))
    thigh = _ellipse(np.abs(at.x) - 85, at.y, (87, 95))
    return np.where(at.z >= length_mm / 2, trunk, thigh)


def bones(at: Points, length_mm: float) -> list[Bone]:
    """Every kind of bone near these points."""
    groin = np.float32(length_mm / 2)
    above, below = bool((at.z >= groin - 25).any()), bool((at.z <= groin + 25).any())
    found = []
    if above:
        trunk = np.where(at.z >= groin, 0, FAR_MM)
        found += [Bone(_spine(at) + trunk, 1.3, 190), Bone(_ribs(at) + trunk, 1.2, 120)]
        found += [Bone(_ilium(at, groin) + trunk, 1.5, 160)]
    if below:
        found += [Bone(_shaft(at, groin), 4.5, -60), Bone(_femur_end(at, groin), 1.8, 230)]
    return found


def deposit_hu(deposit: Deposit, at: Points, around_hu: Array) -> Array:
    """HU with one deposit put into what is there already."""
    center, radii = deposit.center_mm, deposit.radii_mm
    offset = Points(at.x - center[0], at.y - center[1], at.z - center[2])
    distance = _lobes(offset, radii) if deposit.kind == "lobed" else _ellipsoid(offset, radii)
    grain = deposit.hu * (1 + 0.08 * np.sin(offset.x * 1.3 + offset.z) * np.sin(offset.y * 1.1))
    if deposit.kind == "shell":
        grain = _cover(grain, np.float32(30), distance + max(1.6, 0.25 * min(radii)))
    if deposit.kind == "whorled":
        turn = np.arctan2(offset.y, offset.x) + offset.z / max(radii) * 2
        whorl = (np.sin(distance / 1.6 + 2 * turn) > -0.2) & (np.sin(5 * turn + distance / 3) > -0.75)
        grain = np.where(whorl, grain, MUSCLE_HU)
    return _cover(around_hu, grain, distance)


def _spine(at: Points) -> Array:
    height = np.abs((at.z % VERTEBRA_STEP_MM) - VERTEBRA_STEP_MM / 2)
    body = np.maximum(_ellipse(at.x, at.y - 50, (24, 18)), height - 12.5)
    arch = np.maximum(np.abs(np.hypot(at.x, at.y - 74) - 11) - 4, height - 9)
    spinous = np.maximum(np.maximum(np.abs(at.x) - 4, np.abs(at.y - 94) - 10), height - 7)
    transverse = np.maximum(np.maximum(np.abs(at.x) - 38, np.abs(at.y - 72) - 5), height - 5)
    processes = np.maximum(np.minimum(spinous, transverse), 10 - np.hypot(at.x, at.y - 74))
    return np.minimum(np.minimum(body, arch), processes)


def _ribs(at: Points) -> Array:
    height = np.abs(((at.z + 0.35 * at.y) % VERTEBRA_STEP_MM) - VERTEBRA_STEP_MM / 2)
    tube = np.hypot(_ellipse(at.x, at.y, (140, 90)), height * 0.75) - 5.5
    open_front = -at.y - 70
    open_back = 28 - np.abs(at.x)
    return np.maximum(tube, np.maximum(open_front, open_back))


def _ilium(at: Points, groin: np.float32) -> Array:
    offset = Points(np.abs(at.x) - 60, at.y - 15, at.z - groin - 40)
    wing = np.abs(_ellipsoid(offset, (45, 55, 60))) - 4
    return np.maximum(wing, -offset.x)


def _shaft(at: Points, groin: np.float32) -> Array:
    return np.maximum(np.hypot(np.abs(at.x) - 85, at.y) - 14, at.z - (groin - 40))


def _femur_end(at: Points, groin: np.float32) -> Array:
    side = np.abs(at.x)
    trochanter = _ellipsoid(Points(side - 88, at.y, at.z - (groin - 36)), (21, 21, 24))
    head = np.hypot(np.hypot(side - 54, at.y + 5), at.z - (groin - 12)) - 23
    return np.minimum(trochanter, head)


def _gas_distance_mm(at: Points) -> Array:
    """Loops of bowel with gas: tubes that wind along z on both sides of the midline."""
    x = np.abs(at.x) - 45 - 18 * np.sin(at.z / 21)
    y = at.y + 30 - 12 * np.cos(at.z / 16)
    return np.hypot(x, y) - 7 - 5 * np.sin(at.z / 11)


def _table_hu(at: Points) -> Array:
    depth = np.abs(at.y - 128) - 11
    shell = np.where(np.abs(depth + 1.5) < 1.5, -150.0, -900.0)
    return np.where((depth < 0) & (np.abs(at.x) < 205), shell, AIR_HU).astype(np.float32)


def _lobes(offset: Points, radii: tuple[float, float, float]) -> Array:
    part = (0.62 * radii[0], 0.62 * radii[1], 0.62 * radii[2])
    corners = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1), (0, 0, 0))
    shifts = [Points(*(0.5 * s * part[k] for k, s in enumerate(corner))) for corner in corners]
    lobes = [_ellipsoid(Points(offset.x - s.x, offset.y - s.y, offset.z - s.z), part) for s in shifts]
    return np.minimum.reduce(lobes)


def _ellipse(x: Array, y: Array, radii: tuple[float, float]) -> Array:
    return _ellipsoid(Points(x, y, np.float32(0)), (*radii, 1.0))


def _ellipsoid(at: Points, radii: tuple[float, float, float]) -> Array:
    """Signed distance to an ellipsoid at the origin, to first order: exact at its surface."""
    a, b, c = (np.float32(1 / r) for r in radii)
    level = np.sqrt((at.x * a) ** 2 + (at.y * b) ** 2 + (at.z * c) ** 2)
    slope = np.sqrt((at.x * a * a) ** 2 + (at.y * b * b) ** 2 + (at.z * c * c) ** 2)
    return np.where(slope > 0, level * (level - 1) / np.maximum(slope, 1e-6), -min(radii)).astype(np.float32)


def _cover(outside: Array, inside: Array, distance_mm: Array) -> Array:
    """A blend over one millimeter: the partial volume of a surface."""
    share = np.clip(0.5 - distance_mm, 0, 1).astype(np.float32)
    return outside + (inside - outside) * share
