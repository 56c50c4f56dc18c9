"""A plausible skeleton of simple solids: hip bones, sacrum, lumbar vertebrae, femurs.

Proportions follow an adult man of middle size as drawn in any anatomy atlas: heads of the femurs 176 mm apart and 48 mm
wide, neck-shaft angle near 125 degrees, anteversion near 13, bi-iliac width near 285 mm. The origin lies midway between
the heads. It is made to look right and to be hard to tell from bone, not to be anybody's anatomy.
"""

from __future__ import annotations

from itertools import pairwise

from calcimeter.phantom.compounds import Intersection, Union, Without
from calcimeter.phantom.parts import Cortical
from calcimeter.phantom.scene import Bone, Side
from calcimeter.phantom.solids import Block, Capsule, Ellipsoid, HalfSpace, Plate, Point, Solid, sphere

HEAD = (88.0, 0.0, 0.0)
"""Center of the left femoral head, LPS mm."""
HEAD_RADIUS_MM = 24.0
CARTILAGE_MM = 3.0
TILTED = ((1.0, 0.0, 0.0), (0.0, 0.82, 0.57), (0.0, -0.57, 0.82))
"""Axes of the upper sacrum: its base leans forward by some 35 degrees."""
BEHIND_TILTED = ((1.0, 0.0, 0.0), (0.0, 0.98, 0.2), (0.0, -0.2, 0.98))


def pelvis() -> tuple[Bone, ...]:
    """Sacrum, L4 and L5, hip bones and proximal femurs."""
    sacrum = _sacrum()
    fifth, fourth = _vertebra((0.0, 14.0, 142.0)), _vertebra((0.0, 6.0, 178.0))
    lumbar = Cortical(Union((fifth, fourth)), cortex_mm=1.2, marrow_hu=190)
    central = (
        Bone("lumbar_spine", "midline", lumbar),
        Bone("sacrum", "midline", Cortical(sacrum, cortex_mm=1.3, marrow_hu=170)),
    )
    sides: tuple[Side, Side] = ("right", "left")
    return central + tuple(bone for side in sides for bone in (_hip_bone(side, sacrum), femur(side)))


def femur(side: Side) -> Bone:
    """The proximal femur down to 330 mm below its head."""
    s = _sign(side)
    head = sphere(_mirrored(s, HEAD), HEAD_RADIUS_MM)
    neck = _rod(s, (90, -1, -1), (127, 8, -29), (15, 17))
    trochanter = Union(
        (
            _rod(s, (137, 14, -9), (141, 8, -40), (10.5, 14)),
            Ellipsoid(_mirrored(s, (141, 8, -24)), (12, 18, 22)),
        ),
        blend_mm=8,
    )
    lesser = _rod(s, (121, 14, -62), (111, 22, -64), (11, 7))
    shaft = Union(
        (_rod(s, (128, 8, -32), (130, 5, -75), (20, 16.5)), _rod(s, (130, 5, -72), (120, 2, -330), (16.5, 14.5))),
        blend_mm=6,
    )
    solid = Union((head, neck, trochanter, lesser, shaft), blend_mm=9)
    bone = Cortical(solid, cortex_mm=1.4, cortex_hu=1250, marrow_hu=230, shaft=HalfSpace((0.0, 0.0, 1.0), -45.0))
    parts = (
        ("femoral_head", head),
        ("femoral_neck", neck),
        ("greater_trochanter", trochanter),
        ("lesser_trochanter", lesser),
        ("shaft", shaft),
    )
    return Bone("femur", side, bone, parts)


def straight_femur(x_mm: float, y_mm: float) -> Bone:
    """A length of left femoral shaft along the body."""
    rod = Capsule((x_mm, y_mm, -300.0), (x_mm, y_mm, 300.0), 14.5, 14.5)
    bone = Cortical(rod, cortex_hu=1300, shaft=HalfSpace((0.0, 0.0, 1.0), 300.0))
    return Bone("femur", "left", bone, (("shaft", rod),))


def _hip_bone(side: Side, sacrum: Solid) -> Bone:
    """Ilium, ischium and pubis around the acetabulum, a joint's width from sacrum and head."""
    s = _sign(side)
    head = _mirrored(s, HEAD)
    opening = _mirrored(s, (0.72, -0.34, -0.605))
    rim_mm = sum(a * b for a, b in zip(opening, head, strict=True)) + 3.0
    cup = Intersection((sphere(head, 35.0), HalfSpace(opening, rim_mm)))
    wing, ischium, pubis = Union(_wing(s), 7.0), Union(_ischium(s), 8.0), Union(_pubis(s), 7.0)
    whole = Union((cup, wing, ischium, pubis), blend_mm=9)
    joints = Union((sphere(head, HEAD_RADIUS_MM + CARTILAGE_MM), HalfSpace((float(s), 0.0, 0.0), 2.5)))
    solid = Without(Without(whole, joints), sacrum, margin_mm=2.5)
    parts = (("acetabulum", cup), ("iliac_wing", wing), ("ischium", ischium), ("pubis", pubis))
    return Bone("hip_bone", side, Cortical(solid, cortex_mm=1.6, marrow_hu=200), parts)


def _wing(s: int) -> tuple[Solid, ...]:
    """Thin plates fanned out from the fossa, framed by the crest and the arcuate line."""
    anterior_inferior, anterior_superior = (99.0, -27.0, 34.0), (121.0, -42.0, 82.0)
    tubercle, top, behind = (139.0, -14.0, 124.0), (131.0, 24.0, 143.0), (96.0, 60.0, 134.0)
    posterior_superior, posterior_inferior = (46.0, 86.0, 92.0), (50.0, 76.0, 58.0)
    notch, auricle, roof, fossa = (70.0, 46.0, 36.0), (60.0, 52.0, 78.0), (92.0, 2.0, 34.0), (116.0, 14.0, 86.0)
    around = (roof, anterior_inferior, anterior_superior, tubercle, top, behind, auricle, notch, roof)
    fan: list[Solid] = [_plate(s, (a, b, fossa), 2.6) for a, b in pairwise(around)]
    back = (behind, posterior_superior, posterior_inferior, notch)
    fan += [_plate(s, (a, b, auricle), 5.0) for a, b in pairwise(back)]
    edge = (anterior_inferior, anterior_superior, tubercle, top, behind, posterior_superior, posterior_inferior, notch)
    thick = (7.0, 5.5, 7.0, 5.5, 5.5, 7.5, 6.0, 6.5)
    crest = [_rod(s, a, b, (ra, rb)) for (a, ra), (b, rb) in pairwise(zip(edge, thick, strict=True))]
    arcuate = [_rod(s, auricle, (80.0, 18.0, 30.0), (9.0, 13.0)), _rod(s, (80.0, 18.0, 30.0), roof, (13.0, 15.0))]
    column = [_rod(s, notch, (84.0, 20.0, 8.0), (9.0, 15.0)), _rod(s, roof, anterior_inferior, (14.0, 8.0))]
    return (*fan, *crest, *arcuate, *column)


def _ischium(s: int) -> tuple[Solid, ...]:
    """Body, spine, tuberosity and the ramus that meets the pubis."""
    return (
        _rod(s, (82, 22, -8), (68, 36, -56), (16, 13)),
        _rod(s, (76, 38, 2), (56, 54, -8), (8, 3)),
        _rod(s, (67, 37, -58), (60, 24, -82), (15, 11)),
        _rod(s, (60, 22, -82), (40, -12, -72), (9, 6)),
    )


def _pubis(s: int) -> tuple[Solid, ...]:
    """Both rami and the body at the symphysis."""
    return (
        _rod(s, (76, -16, 6), (44, -42, -4), (12, 8)),
        _rod(s, (44, -42, -4), (20, -48, -18), (8, 9)),
        Ellipsoid(_mirrored(s, (13, -46, -32)), (12, 9, 21)),
        _rod(s, (15, -44, -46), (40, -12, -72), (8, 6)),
    )


def _sacrum() -> Solid:
    """Five fused bodies in a curve, the alae, the crest; foramina and canal cut out; the coccyx below."""
    bodies: list[Solid] = [
        Block((0, 42, 110), (26, 17, 14), 6, TILTED),
        Block((0, 58, 84), (21, 12, 15), 5, TILTED),
        Block((0, 72, 60), (17, 9, 14), 4, TILTED),
        Block((0, 80, 36), (14, 7.5, 13), 4, BEHIND_TILTED),
        Block((0, 82, 14), (11, 6.5, 12), 4, BEHIND_TILTED),
        Capsule((0, 80, -2), (0, 62, -28), 7, 3.5),
        Capsule((0, 76, 104), (0, 100, 44), 4, 4),
    ]
    for s in (-1, 1):
        bodies += [
            _rod(s, (20, 48, 103), (46, 56, 92), (14, 16)),
            _rod(s, (46, 56, 92), (46, 62, 66), (16, 12)),
            _rod(s, (46, 62, 66), (30, 78, 38), (12, 8)),
            _rod(s, (30, 78, 38), (14, 84, 12), (8, 6)),
            _rod(s, (22, 72, 98), (16, 92, 44), (7, 6)),
            *(_rod(s, (0, y, z), (x, y - 5, z - 3), (3, 4)) for x, y, z in ((20, 83, 90), (18, 90, 72), (16, 97, 54))),
            _plate(s, ((14, 56, 100), (46, 60, 84), (34, 74, 44)), 8.0),
            _plate(s, ((12, 60, 92), (34, 74, 44), (10, 84, 16)), 7.0),
        ]
    holes: list[Solid] = [Capsule((0, 62, 122), (0, 90, 40), 7, 4)]
    for s in (-1, 1):
        holes += [
            _rod(s, (x, z / -6 + 40, z), (x, 140, z + 20), (r, r - 1))
            for x, z, r in ((28, 86, 5.0), (24, 60, 4.6), (20, 38, 4.2), (16, 20, 3.6))
        ]
    return Without(Union(tuple(bodies), blend_mm=7), Union(tuple(holes)))


def _vertebra(center_mm: Point) -> Solid:
    """A lumbar vertebra: waisted body, pedicles, transverse, articular and spinous processes."""
    _, y, z = center_mm
    slab = Block(center_mm, (40, 40, 14), 1)
    parts: list[Solid] = [
        Intersection((Ellipsoid(center_mm, (23.5, 16, 60)), slab)),
        Intersection((Ellipsoid((0, y, z), (26.5, 18.5, 1e4)), Block((0, y, z + 11.5), (40, 40, 3), 1))),
        Intersection((Ellipsoid((0, y, z), (26.5, 18.5, 1e4)), Block((0, y, z - 11.5), (40, 40, 3), 1))),
        Block((0, y + 58, z - 9), (3.5, 14, 10), 3),
    ]
    for s in (-1, 1):
        parts += [
            _rod(s, (15, y + 12, z + 5), (17, y + 27, z + 4), (6, 5.5)),
            _rod(s, (18, y + 27, z + 4), (43, y + 32, z + 9), (5, 3.2)),
            _rod(s, (16, y + 32, z - 1), (0, y + 46, z - 7), (5.5, 5)),
            _rod(s, (17, y + 32, z + 15), (16, y + 34, z - 17), (6, 6)),
        ]
    return Union(tuple(parts), blend_mm=4)


def _sign(side: Side) -> int:
    """+1 where x grows outward."""
    return 1 if side == "left" else -1


def _mirrored(s: int, point: Point) -> Point:
    """A point of the left side on the side wanted."""
    return (s * point[0], point[1], point[2])


def _rod(s: int, start: Point, end: Point, radii: tuple[float, float]) -> Capsule:
    return Capsule(_mirrored(s, start), _mirrored(s, end), *radii)


def _plate(s: int, tips: tuple[Point, Point, Point], radius_mm: float) -> Plate:
    a, b, c = (_mirrored(s, tip) for tip in tips)
    return Plate(a, b, c, radius_mm)
