"""The soft tissue around the skeleton: a pelvis and a thigh.

HU at 120 kVp without noise, rounded: subcutaneous fat -100, muscle 55, water 0, urine 5, soft organs 35-45; usual
values of textbooks of CT, chosen for looks: nothing that is measured rests on them but ``MUSCLE_HU``.
"""

from __future__ import annotations

from calcimeter.phantom.compounds import Intersection, Union, Without
from calcimeter.phantom.parts import Layered, Part, Peeled, filled
from calcimeter.phantom.solids import Block, Capsule, Ellipsoid, Point, Solid

SKIN_HU = 15.0
FAT_HU = -100.0
SEAM_HU = -75.0
MUSCLE_HU = 55.0
VESSEL_HU = 42.0
THIGH_CENTER = (95.0, 0.0)
"""Axis of the left thigh, LPS x and y in mm."""


def pelvis_tissues() -> tuple[Part, ...]:
    """Skin to muscle from the navel to the thighs, what the pelvis holds, vessels, and fat between muscles."""
    outline = Union(
        (
            Ellipsoid((0, 8, 120), (183, 112, 260)),
            Ellipsoid((0, 14, 10), (203, 122, 135)),
            Ellipsoid((166, -18, -22), (52, 75, 100)),
            Capsule((98, 8, -50), (88, 5, -350), 92, 78),
            Capsule((-98, 8, -50), (-88, 5, -350), 92, 78),
        ),
        blend_mm=40,
    )
    cleft = Capsule((0, 142, -120), (0, 150, 40), 17, 8)
    outer = Peeled(Without(outline, cleft), ((0.0, SKIN_HU), (1.6, FAT_HU), (12.0, MUSCLE_HU)))
    return (outer, *_seams(), *_cavity(), *_vessels())


def thigh_tissues() -> tuple[Part, ...]:
    """Skin, fat, muscle and the vessels on the inner side."""
    x, y = THIGH_CENTER
    outline = Ellipsoid((x, y, 0), (86, 90, 1e5))
    outer = Peeled(outline, ((0.0, SKIN_HU), (1.5, FAT_HU), (9.0, MUSCLE_HU)))
    canal = Capsule((x - 38, y - 12, -400), (x - 38, y - 12, 400), 9, 9)
    artery = Capsule((x - 40, y - 14, -400), (x - 40, y - 14, 400), 3.5, 3.5)
    vein = Capsule((x - 36, y - 9, -400), (x - 36, y - 9, 400), 4.5, 4.5)
    return (outer, Layered(((canal, SEAM_HU), (artery, VESSEL_HU), (vein, VESSEL_HU))))


def _seams() -> tuple[Part, ...]:
    """Fat between the muscles of buttock and hip: shells of ellipsoids, cut to where they belong."""
    seams: list[Solid] = []
    for s in (-1.0, 1.0):
        seams += [
            _shell((s * 70, 30, 40), (92, 72, 120), ((s * 95, 85, 20), (80, 40, 75))),
            _shell((s * 80, 20, 30), (75, 50, 100), ((s * 110, 65, 40), (60, 28, 60))),
            _shell((s * 105, -5, -40), (58, 62, 150), ((s * 100, -60, -70), (60, 35, 70))),
            _shell((s * 95, 10, -110), (48, 55, 90), ((s * 70, 30, -110), (50, 60, 50))),
        ]
    return tuple(filled(seam, SEAM_HU) for seam in seams)


def _cavity() -> tuple[Part, ...]:
    """Fat of the pelvis and the lower abdomen, what lies in it, and the muscles of its wall."""
    fat = Union((Ellipsoid((0, 2, 50), (72, 62, 100)), Ellipsoid((0, -24, 150), (122, 66, 110))), blend_mm=30)
    psoas: list[Solid] = [
        Union(
            (
                Capsule((s * 44, 12, 240), (s * 58, -8, 90), 24, 27),
                Capsule((s * 58, -8, 90), (s * 98, -30, 4), 25, 17),
                Capsule((s * 98, -30, 4), (s * 112, 0, -55), 17, 8),
                Ellipsoid((s * 88, 2, 100), (30, 34, 52)),
            ),
            blend_mm=12,
        )
        for s in (-1.0, 1.0)
    ]
    back: list[Solid] = [Capsule((s * 34, 78, 120), (s * 34, 62, 260), 24, 28) for s in (-1.0, 1.0)]
    bladder, rectum = Ellipsoid((0, -22, 8), (40, 34, 36)), Capsule((0, 44, -35), (0, 52, 45), 15, 17)
    prostate = Ellipsoid((0, -10, -34), (23, 18, 18))
    walls = [filled(solid, MUSCLE_HU) for solid in (*psoas, *back)]
    organs = [
        Layered(((bladder, 32.0), (Ellipsoid((0, -22, 8), (37, 31, 33)), 5.0))),
        filled(prostate, 42.0),
        Layered(((rectum, 38.0), (Capsule((0, 42, -10), (0, 49, 42), 6, 8), -820.0))),
    ]
    return (filled(fat, FAT_HU), *walls, *organs, *_bowel())


def _bowel() -> tuple[Part, ...]:
    """Loops of small bowel and the colon on both sides, with some gas."""
    turns: tuple[tuple[Point, Point, float], ...] = (
        ((-70, -52, 130), (-30, -60, 158), 14),
        ((-20, -58, 128), (28, -62, 138), 15),
        ((40, -55, 165), (72, -50, 128), 14),
        ((-45, -40, 92), (-8, -50, 84), 13),
        ((14, -44, 92), (48, -36, 84), 13),
        ((-30, -62, 178), (22, -64, 180), 14),
    )
    loops = [filled(Capsule(a, b, r, r), 38.0) for a, b, r in turns]
    colon = [
        Layered(
            (
                (Capsule((s * 98, -30, 200), (s * 88, -38, 110), 22, 21), 40.0),
                (Capsule((s * 98, -42, 190), (s * 90, -48, 122), 9, 8), -850.0),
            )
        )
        for s in (-1.0, 1.0)
    ]
    return (*loops, *colon)


def _vessels() -> tuple[Part, ...]:
    """Femoral and iliac vessels in their fat."""
    parts: list[Part] = []
    for s in (-1.0, 1.0):
        fat = Capsule((s * 66, -66, 22), (s * 72, -58, -150), 19, 15)
        artery = Union(
            (Capsule((s * 20, 0, 150), (s * 66, -62, 14), 5, 5), Capsule((s * 66, -62, 14), (s * 72, -56, -150), 5, 5))
        )
        vein = Union(
            (Capsule((s * 20, 14, 150), (s * 55, -60, 14), 6, 6), Capsule((s * 55, -60, 14), (s * 62, -52, -150), 6, 6))
        )
        parts += [filled(fat, FAT_HU), filled(artery, VESSEL_HU), filled(vein, VESSEL_HU)]
    return tuple(parts)


def _shell(center: Point, radii: Point, window: tuple[Point, Point]) -> Solid:
    """A fat seam 1.5 to 3 mm thick: the shell of an ellipsoid within a rounded window (center, half sizes)."""
    a, b, c = radii
    return Intersection(
        (Without(Ellipsoid(center, radii), Ellipsoid(center, (a - 2, b - 2, c - 2))), Block(*window, 10))
    )
