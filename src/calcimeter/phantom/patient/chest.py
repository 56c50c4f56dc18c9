"""The soft tissue of a chest, and the deposit in front of the sternum of a man who had bypass surgery.

HU at 120 kVp without noise, as usual in textbooks of CT: lung -830, blood 42, muscle 55, fat -100. The arms are raised.
"""

from __future__ import annotations

from calcimeter.phantom.body import FAT_HU, MUSCLE_HU, SKIN_HU
from calcimeter.phantom.compounds import Intersection, Union, Without
from calcimeter.phantom.parts import Layered, Part, Peeled, filled
from calcimeter.phantom.patient.rib_cage import cartilages, rib_cage, wires
from calcimeter.phantom.scene import Deposit, Scene
from calcimeter.phantom.solids import Block, Capsule, Ellipsoid, HalfSpace, Solid, sphere

BLOOD_HU, LUNG_HU, AIR_HU = 42.0, -830.0, -960.0
DEPOSIT_CENTER = (5.0, -101.0, 75.0)
DEPOSIT = (
    (0, 0, 0, 12.0),
    (-7.2, 1.5, 3.6, 7.9),
    (7.3, 0.5, 3.8, 7.8),
    (4.2, 0.8, -7.4, 7.7),
    (-5.2, 0, -6.2, 7.4),
    (1.6, -1.0, 7.2, 7.9),
    (0, -3, 1, 10.5),
)
"""Lobes from the center, with their radii: 3 by 3 cm, in front of the manubrium."""
DEPOSIT_HU = 430.0


def chest_scene(name: str = "thorax") -> Scene:
    """The chest as it is scanned, supine."""
    return Scene(name, (*_tissues(), *cartilages(), *wires()), rib_cage(), (_deposit(),), MUSCLE_HU)


def _deposit() -> Deposit:
    """A lobed deposit before the manubrium, under the skin."""
    x, y, z = DEPOSIT_CENTER
    lobes = tuple(sphere((x + a, y + b, z + c), r) for a, b, c, r in DEPOSIT)
    return Deposit("sternal mass", "lobed", filled(Union(lobes), DEPOSIT_HU, samples=6), "homogeneous")


def _tissues() -> tuple[Part, ...]:
    """Skin, fat and muscle; lungs, mediastinum, what crosses it, and the upper abdomen."""
    return (_wall(), *_lungs(), *_mediastinum(), *_abdomen())


def _wall() -> Part:
    """The outline: trunk, breast muscles, shoulders, and the lump over the sternum."""
    x, y, z = DEPOSIT_CENTER
    trunk = Union(
        (
            Ellipsoid((0, 2, -30), (176, 118, 330)),
            Capsule((-118, 10, 118), (118, 10, 118), 76, 76),
            Ellipsoid((62, -66, 20), (68, 44, 62)),
            Ellipsoid((-62, -66, 20), (68, 44, 62)),
            Ellipsoid((x, y + 4, z), (34, 26, 34)),
            Ellipsoid((0, -60, 70), (100, 42, 70)),
        ),
        blend_mm=34,
    )
    cleft = Capsule((0, 128, 140), (0, 126, -200), 8, 8)
    return Peeled(Without(trunk, cleft), ((0.0, SKIN_HU), (1.6, FAT_HU), (11.0, MUSCLE_HU)))


def _lungs() -> tuple[Part, ...]:
    """Two lungs above the domes of the diaphragm, with the larger vessels in them."""
    parts: list[Part] = []
    for s, dome in ((-1.0, -52.0), (1.0, -66.0)):
        chest = Ellipsoid((s * 66, -2, -10), (58, 76, 142))
        below = Ellipsoid((s * 66, 0, dome - 120), (66, 84, 128))
        lung = Without(chest, Union((below, Ellipsoid((22, -22, -34), (60, 52, 62)))))
        parts.append(filled(lung, LUNG_HU))
        for up, out, back in ((30, 34, 10), (4, 40, 26), (-26, 36, 30), (16, 38, -24), (-10, 30, -34)):
            start, end = (s * 26, 2, 6), (s * (34 + out), back, 6 + up)
            parts.append(filled(Capsule(start, end, 5.5, 2.0), 36.0))
    return tuple(parts)


def _mediastinum() -> tuple[Part, ...]:
    """Fat, heart, great vessels, airway and gullet."""
    fat = Intersection((Ellipsoid((0, -8, 30), (44, 66, 120)), HalfSpace((0.0, 0.0, -1.0), 60.0)))
    heart = Union((Ellipsoid((22, -22, -34), (56, 48, 54)), Ellipsoid((4, -18, 4), (34, 34, 30))), blend_mm=14)
    aorta: list[Solid] = [
        Capsule((2, -22, 6), (-4, -28, 52), 15, 15),
        Capsule((-4, -28, 52), (16, 18, 62), 14, 13),
        Capsule((16, 18, 62), (22, 34, 40), 13, 12),
        Capsule((22, 34, 40), (14, 34, -160), 12, 11),
        Capsule((-4, -22, 60), (-14, -14, 140), 7, 5),
        Capsule((8, -8, 64), (18, 2, 140), 5, 4.5),
    ]
    vein = Union((Capsule((-26, -16, 6), (-28, -22, 90), 9, 8), Capsule((-28, -22, 90), (30, -36, 98), 7, 6)))
    airway = Union(
        (
            Capsule((0, 6, 150), (2, 14, 42), 9, 9),
            Capsule((2, 14, 42), (-36, 14, 14), 7, 6),
            Capsule((2, 14, 42), (38, 18, 10), 6.5, 5.5),
        )
    )
    gullet = Capsule((2, 30, 150), (8, 28, -120), 8, 8)
    return (
        filled(fat, FAT_HU),
        filled(heart, BLOOD_HU),
        *(filled(solid, BLOOD_HU) for solid in (*aorta, vein)),
        filled(gullet, 38.0),
        Layered(((airway, 30.0), (_shrunk_airway(), AIR_HU))),
    )


def _shrunk_airway() -> Solid:
    """The air inside the airway."""
    return Union(
        (
            Capsule((0, 6, 150), (2, 14, 42), 7.5, 7.5),
            Capsule((2, 14, 42), (-34, 14, 15), 5.5, 4.5),
            Capsule((2, 14, 42), (36, 18, 11), 5, 4),
        )
    )


def _abdomen() -> tuple[Part, ...]:
    """Liver on the right, spleen and stomach with its gas on the left, under the diaphragm."""
    liver = Intersection((Ellipsoid((-58, 0, -150), (82, 84, 92)), Block((0, 0, -160), (160, 110, 120), 20)))
    spleen = Ellipsoid((100, 42, -118), (26, 36, 44))
    stomach = Ellipsoid((62, -20, -128), (40, 44, 46))
    gas = Ellipsoid((62, -38, -112), (26, 20, 22))
    return (filled(liver, 58.0), filled(spleen, 48.0), Layered(((stomach, 32.0), (gas, -880.0))))
