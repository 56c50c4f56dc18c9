"""The skeleton of a chest from simple solids: sternum, ribs, thoracic vertebrae, clavicles, shoulder blades.

Proportions follow an adult man of middle size as drawn in any anatomy atlas. The origin lies in the midline, in the
middle of the chest from front to back, at the height of the middle of the sternum's body. It is made to look right, not
to be anybody's anatomy.
"""

from __future__ import annotations

from itertools import pairwise
from math import cos, radians, sin

from calcimeter.phantom.compounds import Union
from calcimeter.phantom.parts import Cortical, Part, filled
from calcimeter.phantom.scene import Bone, Side
from calcimeter.phantom.solids import Block, Capsule, Ellipsoid, Plate, Point, Solid

LEVELS = tuple(range(2, 11))
"""Ribs and vertebrae in view: the second to the tenth."""
SPINE_Y = 56.0
STEP_MM = 24.0
"""From one thoracic vertebra to the next."""
CARTILAGE_HU = 95.0
NOTCH = (0.0, -73.0, 92.0)
"""Middle of the upper edge of the manubrium."""
MANUBRIUM = (NOTCH, (0.0, -83.0, 46.0))
BODY = ((0.0, -84.5, 40.0), (0.0, -96.0, -52.0))
XIPHOID = ((0.0, -96.0, -56.0), (0.0, -93.0, -80.0))
WIRE_HU = 20000.0
WIRE_MM = 0.45
"""Radius of a steel wire after a sternotomy."""
WIRE_HEIGHTS = (46.0, 28.0, 10.0, -8.0, -28.0)


def rib_cage() -> tuple[Bone, ...]:
    """Every bone of the chest that is in view."""
    sides: tuple[Side, Side] = ("right", "left")
    ribs = [_rib(side, level) for side in sides for level in LEVELS]
    return (_spine(), _sternum(), *ribs, *(bone for side in sides for bone in (_clavicle(side), _scapula(side))))


def cartilages() -> tuple[Part, ...]:
    """Costal cartilage from the ends of the ribs to the sternum, not calcified."""
    parts = []
    for s in (-1, 1):
        for level in LEVELS[:6]:
            end = _rib_point(s, level, 1.0)
            y, z = _sternal_edge(level)
            parts.append(filled(Capsule(end, (s * 17.0, y, z), 5.5, 5.0), CARTILAGE_HU))
    return tuple(parts)


def wires() -> tuple[Part, ...]:
    """Steel wires around the sternum, twisted in front of it."""
    loops: list[Solid] = []
    for z in WIRE_HEIGHTS:
        y = _sternum_y(z)
        ring: list[Point] = [
            (18.0 * cos(radians(a)), y + 10.5 * sin(radians(a)), z + 2.0 * cos(radians(2 * a)))
            for a in range(-90, 271, 30)
        ]
        loops += [Capsule(a, b, WIRE_MM, WIRE_MM) for a, b in pairwise(ring)]
        loops.append(Capsule((0.0, y - 10.5, z - 2.0), (2.0, y - 12.5, z + 5.0), 0.8, 0.8))
    return (filled(Union(tuple(loops)), WIRE_HU, samples=4),)


def _sternum() -> Bone:
    """Manubrium, body and xiphoid; the joint between the first two is bridged."""
    manubrium = Union(
        (
            Plate((-24.0, -74.0, 84.0), (24.0, -74.0, 84.0), (0.0, -83.0, 46.0), 6.5),
            Plate((-13.0, -82.0, 50.0), (13.0, -82.0, 50.0), (0.0, -74.0, 86.0), 6.5),
        ),
        blend_mm=4,
    )
    body = Union(
        (
            Plate((-11.0, -85.0, 38.0), (11.0, -85.0, 38.0), (14.0, -94.0, -38.0), 5.8),
            Plate((-11.0, -85.0, 38.0), (-14.0, -94.0, -38.0), (14.0, -94.0, -38.0), 5.8),
            Plate((-14.0, -94.0, -36.0), (14.0, -94.0, -36.0), (0.0, -96.0, -52.0), 5.6),
        ),
        blend_mm=4,
    )
    xiphoid = Capsule(*XIPHOID, 5.0, 3.5)
    whole = Union((manubrium, body, xiphoid), blend_mm=5)
    parts = (("manubrium", manubrium), ("sternal_body", body), ("xiphoid", xiphoid))
    return Bone("sternum", "midline", Cortical(whole, cortex_mm=1.2, cortex_hu=900, marrow_hu=140), parts)


def _sternum_y(z_mm: float) -> float:
    """Middle of the sternum from front to back at a height."""
    points = (NOTCH, MANUBRIUM[1], BODY[0], BODY[1])
    for (_, y0, z0), (_, y1, z1) in pairwise(points):
        if z1 <= z_mm <= z0:
            return y0 + (y1 - y0) * (z0 - z_mm) / (z0 - z1)
    return BODY[1][1]


def _sternal_edge(level: int) -> tuple[float, float]:
    """Where a rib's cartilage meets the sternum: y and z."""
    z = (44.0, 26.0, 8.0, -10.0, -26.0, -38.0)[level - LEVELS[0]]
    return _sternum_y(z), z


def _vertebra_z(level: int) -> float:
    """Height of the middle of a thoracic vertebra."""
    return 112.0 - (level - 2) * STEP_MM


def _rib(side: Side, level: int) -> Bone:
    """From its vertebra around the chest, sloping down, to where its cartilage begins."""
    s = 1 if side == "left" else -1
    shares = [k / 14 for k in range(15)]
    rods = [
        Capsule(_rib_point(s, level, a), _rib_point(s, level, b), _rib_mm(a), _rib_mm(b)) for a, b in pairwise(shares)
    ]
    head = Capsule((s * 15.0, SPINE_Y - 6.0, _vertebra_z(level) + 6.0), _rib_point(s, level, 0.0), 4.5, 5.0)
    solid = Union((head, *rods), blend_mm=2)
    return Bone("rib", side, Cortical(solid, cortex_mm=1.3, cortex_hu=950, marrow_hu=150))


def _rib_mm(share: float) -> float:
    """Half of its thickness along the way."""
    return 4.8 + 1.0 * share


def _rib_point(s: int, level: int, share: float) -> Point:
    """A point of a rib: 0 beside the spine, 1 where its cartilage begins."""
    angle = radians(72.0 - share * (132.0 if level < 8 else 108.0))
    width = (112.0, 124.0, 132.0, 137.0, 140.0, 141.0, 141.0, 139.0, 136.0)[level - 2]
    depth = (74.0, 80.0, 84.0, 87.0, 89.0, 90.0, 91.0, 90.0, 88.0)[level - 2]
    drop = (48.0, 52.0, 56.0, 60.0, 62.0, 64.0, 66.0, 62.0, 56.0)[level - 2]
    return (s * width * cos(angle), -6.0 + depth * sin(angle), _vertebra_z(level) + 4.0 - drop * share**1.2)


def _spine() -> Bone:
    """Thoracic vertebrae with their processes, one column."""
    bones = [_vertebra(_vertebra_z(level)) for level in (*LEVELS, 11)]
    return Bone("thoracic_spine", "midline", Cortical(Union(tuple(bones)), cortex_mm=1.2, marrow_hu=180))


def _vertebra(z: float) -> Solid:
    """Body, pedicles, transverse and spinous processes."""
    y = SPINE_Y - 14.0
    parts: list[Solid] = [
        Block((0.0, y, z), (15.0, 13.5, 10.0), 6.0),
        Capsule((0.0, y + 28.0, z - 2.0), (0.0, y + 50.0, z - 20.0), 3.6, 3.0),
    ]
    for s in (-1.0, 1.0):
        parts += [
            Capsule((s * 9.0, y + 11.0, z + 4.0), (s * 11.0, y + 21.0, z + 4.0), 4.5, 4.5),
            Capsule((s * 11.0, y + 21.0, z + 4.0), (s * 32.0, y + 31.0, z + 9.0), 4.5, 4.0),
            Capsule((s * 10.0, y + 22.0, z + 2.0), (0.0, y + 30.0, z - 2.0), 4.0, 4.0),
            Capsule((s * 12.0, y + 23.0, z + 12.0), (s * 11.0, y + 25.0, z - 12.0), 3.5, 3.5),
        ]
    return Union(tuple(parts), blend_mm=3)


def _clavicle(side: Side) -> Bone:
    """Its inner two thirds, S-shaped."""
    s = 1 if side == "left" else -1
    way = ((21, -74, 97), (48, -80, 103), (84, -66, 112), (128, -34, 124))
    rods = [Capsule((s * a[0], a[1], a[2]), (s * b[0], b[1], b[2]), 7.5, 6.2) for a, b in pairwise(way)]
    solid = Union(tuple(rods), blend_mm=4)
    return Bone("clavicle", side, Cortical(solid, cortex_mm=1.6, cortex_hu=1100, marrow_hu=180))


def _scapula(side: Side) -> Bone:
    """Blade with its borders, spine and the root of the shoulder."""
    s = 1 if side == "left" else -1
    inner, tip, outer = (s * 74.0, 86.0, 96.0), (s * 104.0, 84.0, -18.0), (s * 132.0, 34.0, 88.0)
    solids: tuple[Solid, ...] = (
        Plate(inner, tip, outer, 2.6),
        Capsule(inner, tip, 3.6, 4.4),
        Capsule(tip, outer, 4.6, 8.0),
        Capsule(inner, outer, 3.2, 5.0),
        Capsule((s * 78.0, 92.0, 84.0), (s * 138.0, 62.0, 112.0), 4.0, 7.0),
        Ellipsoid((s * 140.0, 28.0, 98.0), (10.0, 14.0, 16.0)),
    )
    return Bone("scapula", side, Cortical(Union(solids, blend_mm=4), cortex_mm=1.5, marrow_hu=160))
