"""Scans of the assembled skeleton: posed, bent, scaled, cropped and spoiled in the ways that real ones are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from meshes import HUMERUS_AT, LATTICE_MM, STERNUM_HALF_MM, TRUNK_AT, Skeleton

CELL_MM = 5.0
OTHER = "other"
LONG_BONES = {"femur", "tibia", "fibula", "humerus", "radius", "ulna"}
LIMBS = (
    ("hand", "forearm", "upper_arm"),
    ("hand", "forearm"),
    ("upper_arm", "scapula", "clavicle"),
    ("thigh", "patella", "shank", "foot"),
)
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Random = np.random.Generator


class Scene(NamedTuple):
    """A scan: bone in each cell, (z, y, x); cells whose class is known, (n, 3) and (n,); and in the same way cells of
    shafts that another rule has named.
    """

    share: Floats
    at: Ints
    label: Ints
    told_at: Ints
    told: Ints


class Body(NamedTuple):
    """Points (n, 3) in LPS mm, the class of each, whether it lies in the middle of a long bone; the class that is no
    bone, the highest; and the volume that a point stands for.
    """

    points_mm: Floats
    label: Ints
    shaft: npt.NDArray[np.bool_]
    other: int
    point_mm3: float


def classes_of(skeleton: Skeleton) -> tuple[str, ...]:
    """What a cell may be."""
    return (*skeleton.bones, OTHER)


def scenes(skeleton: Skeleton, random: Random, views: int = 4) -> Iterator[Scene]:
    """Endless scans; every posed body is seen in several views."""
    while True:
        body = _body(skeleton, random)
        for _ in range(views):
            scene = _seen(body, random)
            if scene is not None:
                yield scene


def _body(skeleton: Skeleton, random: Random) -> Body:
    """One body, left and right exchanged or not, with what is taken for bone, its surfaces blurred."""
    points, label, shaft = _posed(skeleton, random)
    if random.random() < 0.5:
        swap = [skeleton.bones.index(_other_side(bone)) for bone in skeleton.bones]
        points[:, 0] *= -1
        label = np.array([*swap, len(swap)])[label]
    false = _false_pieces(points, random)
    points = np.concatenate([points, false])
    label = np.concatenate([label, np.full(len(false), len(skeleton.bones))])
    shaft = np.concatenate([shaft, np.zeros(len(false), dtype=bool)])
    point_mm3 = LATTICE_MM**3 * random.uniform(0.95, 1.7)
    spread = np.float32(random.uniform(0.5, 2.0) / np.sqrt(3))
    points = points + random.standard_normal(points.shape, dtype=np.float32) * spread
    return Body(points, label, shaft, len(skeleton.bones), point_mm3)


def _other_side(bone: str) -> str:
    name, side = bone.split("/")
    return f"{name}/{ {'left': 'right', 'right': 'left'}.get(side, side) }"


def _posed(skeleton: Skeleton, random: Random) -> tuple[Floats, Ints, npt.NDArray[np.bool_]]:
    """Points of one body, their classes, and which lie in the middle of a long bone."""
    keep = _kept(skeleton, random)
    points = skeleton.points_mm[keep].copy()
    label = skeleton.bone[keep].astype(np.int64)
    cartilage = (label == skeleton.bones.index("sternum/midline")) & (np.abs(points[:, 0]) > STERNUM_HALF_MM)
    label[cartilage] = len(skeleton.bones)
    segment = skeleton.segment[keep]
    for name, (rotation, center) in _joints(random):
        for k in (skeleton.segments.index(s) for s in name):
            chosen = segment == k
            points[chosen] = (points[chosen] - center) @ rotation.T + center
    points *= (random.uniform(0.92, 1.08, 3) * random.uniform(0.85, 1.15)).astype(np.float32)
    points = (points @ _rotation(random.normal(0, [6, 5, 6])).T).astype(np.float32)
    return _warped(points, random), label, _shaft(skeleton)[keep]


def _shaft(skeleton: Skeleton) -> npt.NDArray[np.bool_]:
    """Which points lie in the middle half of a long bone."""
    middle = np.zeros(len(skeleton.bone), dtype=bool)
    for k, bone in enumerate(skeleton.bones):
        if bone.split("/")[0] in LONG_BONES:
            own = np.flatnonzero(skeleton.bone == k)
            low, high = np.quantile(skeleton.points_mm[own, 2], (0.22, 0.78))
            middle[own] = (skeleton.points_mm[own, 2] > low) & (skeleton.points_mm[own, 2] < high)
    return middle


def _kept(skeleton: Skeleton, random: Random) -> npt.NDArray[np.bool_]:
    """Which points are there: thin pieces may be missed, marrow may be left open, metal leaves holes.

    One body in four is limbs alone, as the field around an arm or a leg often holds nothing else.
    """
    keep = np.ones(len(skeleton.points_mm), dtype=bool)
    if random.random() < 0.25:
        sides = (("left",), ("right",), ("left", "right"))[random.integers(3)]
        alone = [f"{name}_{side}" for name in LIMBS[random.integers(len(LIMBS))] for side in sides]
        keep &= np.isin(skeleton.segment, [skeleton.segments.index(name) for name in alone])
    parts = int(skeleton.part.max()) + 1
    keep &= ~(random.random(parts) < 0.03)[skeleton.part]
    open_parts = random.random(parts) < random.choice([0.0, 0.15, 0.5])
    keep &= ~(open_parts[skeleton.part] & (skeleton.depth_mm > random.uniform(5, 9)))
    keep &= ~((skeleton.bone == skeleton.bones.index("skull/midline")) & (skeleton.depth_mm > 7.6))
    sternum = skeleton.bone == skeleton.bones.index("sternum/midline")
    cartilage = sternum & (np.abs(skeleton.points_mm[:, 0]) > STERNUM_HALF_MM)
    shown = random.choice([0.0, 0.0, 0.5, 1.0]) * random.random()
    patches = np.sin(skeleton.points_mm[cartilage] * random.normal(0, 0.12, 3)).sum(axis=1)
    keep[cartilage] &= patches < np.quantile(patches, shown)
    for _ in range(random.poisson(2)):
        center = skeleton.points_mm[random.integers(len(keep))]
        keep &= ((skeleton.points_mm - center) ** 2).sum(axis=1) > random.uniform(4, 22) ** 2
    return keep


def _joints(random: Random) -> Iterator[tuple[tuple[str, ...], tuple[Floats, Floats]]]:
    """Rotations, from the far end of each limb to the body: segments that move, rotation and center."""
    yield ("head",), (_rotation(random.normal(0, [12, 8, 20])), np.array([0.0, 125.0, 570.0]))
    up, crossed = random.random(2) < (0.3, 0.25)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        yield from _leg(side, sign, random)
        yield from _arm(side, sign, random, up=bool(up != (random.random() < 0.08)), crossed=bool(crossed))


def _leg(side: str, sign: float, random: Random) -> Iterator[tuple[tuple[str, ...], tuple[Floats, Floats]]]:
    """A leg: supine as a rule, sometimes bent at hip and knee."""
    hip, knee, ankle = (np.array([sign * 77.0, 56.0, z]) for z in (-78.0, -483.0, -880.0))
    bent = random.random() < 0.15
    flexion = random.uniform(20, 100) if bent else abs(random.normal(0, 8))
    knee_flexion = random.uniform(10, 110) if bent else abs(random.normal(0, 12))
    foot, shank = f"foot_{side}", f"shank_{side}"
    yield (foot,), (_rotation([random.normal(15, 20), sign * random.normal(0, 8), random.normal(0, 8)]), ankle)
    yield (shank, foot), (_rotation([knee_flexion, 0, sign * random.normal(0, 6)]), knee)
    turned = (-flexion, sign * random.normal(4, 9), sign * random.normal(-8, 18))
    yield (f"thigh_{side}", f"patella_{side}", shank, foot), (_rotation(turned), hip)


def _arm(
    side: str, sign: float, random: Random, *, up: bool, crossed: bool
) -> Iterator[tuple[tuple[str, ...], tuple[Floats, Floats]]]:
    """An arm: beside the body, over the head, or with the forearm on the belly.

    Of its way up the shoulder blade takes up to a quarter, and the collar bone a tenth; and the blade slides around
    the rib cage.
    """
    m = np.concatenate([TRUNK_AT + HUMERUS_AT, TRUNK_AT + HUMERUS_AT + [0.006, -0.29, -0.012]]).reshape(2, 3) * 1000
    shoulder, elbow = (np.array([sign * z, -x, y]) for x, y, z in m)
    wrist = elbow + np.array([sign * 18.0, -18.0, -250.0])
    hand, forearm, upper = f"hand_{side}", f"forearm_{side}", f"upper_arm_{side}"
    yield (hand,), (_rotation(random.normal(0, [25, 12, 12])), wrist)
    yield (hand, forearm), (_rotation([0, 0, sign * random.uniform(-90, 90)]), elbow)
    bend = random.uniform(0, 120) if up else random.uniform(60, 110) if crossed else abs(random.normal(0, 25))
    yield (hand, forearm), (_rotation([-bend, 0, 0]), elbow)
    inward = sign * random.uniform(30, 90) if crossed else sign * random.uniform(-50, 50)
    yield (hand, forearm, upper), (_rotation([0, 0, inward]), shoulder)
    raised = random.uniform(100, 175) if up else abs(random.normal(8, 14))
    forward = random.normal(0, 12) if up else random.normal(-5, 14)
    turned = _rotation([0, 0, sign * random.uniform(-80, 20) * up]) @ _rotation([forward, -sign * 0.7 * raised, 0])
    yield (hand, forearm, upper), (turned, shoulder)
    scapula, clavicle = f"scapula_{side}", f"clavicle_{side}"
    blade = np.array([0, -sign * random.uniform(0, 0.25) * raised, 0]) + random.normal(0, [10, 7, 12])
    yield (hand, forearm, upper, scapula), (_rotation(blade), np.array([sign * 133.0, 108.0, 486.0]))
    around = -sign * (random.uniform(-5, 40) if up else random.normal(5, 8))
    yield (hand, forearm, upper, scapula), (_rotation([0, 0, around]), np.array([0.0, 100.0, 400.0]))
    yield (clavicle,), (_rotation([0, 0, around / 2]), np.array([sign * 15.0, 95.0, 462.0]))
    lifted = np.array([0, -sign * 0.1 * raised, 0]) + random.normal(0, [0, 6, 9])
    yield (hand, forearm, upper, scapula, clavicle), (_rotation(lifted), np.array([sign * 15.0, 95.0, 462.0]))


def _rotation(degrees: npt.ArrayLike) -> Floats:
    """Rotation by angles about the axes left, posterior, superior, in this order."""
    a, b, c = np.radians(np.asarray(degrees, dtype=np.float64))
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    rotation: Floats = z @ y @ x
    return rotation


def _warped(points: Floats, random: Random) -> Floats:
    """Smooth deformation: curved spines, other rib cages, other bones."""
    moved: Floats = points.copy()
    for _ in range(5):
        wavelength = np.exp(random.uniform(np.log(150), np.log(1200)))
        direction = random.normal(0, 1, 3)
        wave = direction / np.linalg.norm(direction) * 2 * np.pi / wavelength
        amplitude = random.normal(0, 1, 3) * wavelength / (2 * np.pi) * 0.07
        moved += np.sin(points @ wave.astype(np.float32) + np.float32(random.uniform(0, 6.28)))[
            :, None
        ] * amplitude.astype(np.float32)
    return moved


def _false_pieces(points: Floats, random: Random) -> Floats:
    """What is taken for bone and is none: blobs and tubes of contrast medium or calcium."""
    found = [np.zeros((0, 3))]
    for _ in range(random.poisson(4)):
        center = points[random.integers(len(points))] + random.normal(0, 40, 3)
        if random.random() < 0.6:
            radii = np.exp(random.uniform(np.log(4), np.log(40))) * random.uniform(0.5, 1.5, 3)
        else:
            radii = np.array([1.0, 1.0, 0.0]) * random.uniform(3, 12) + np.array([0, 0, 1.0]) * random.uniform(20, 120)
        n = int(4.19 * radii.prod() / LATTICE_MM**3) + 1
        ball = random.uniform(-1, 1, (2 * n, 3))
        ball = ball[(ball**2).sum(axis=1) < 1] * radii
        found.append(ball @ _rotation(random.normal(0, 30, 3)).T + center)
    pieces: Floats = np.concatenate(found).astype(np.float32)
    return pieces


def _seen(body: Body, random: Random) -> Scene | None:
    """One view of a body."""
    low, high = _field(body, random)
    shown = ((body.points_mm > low) & (body.points_mm < high)).all(axis=1)
    if shown.sum() < 100:
        return None
    own, shaft = body.label[shown], body.shaft[shown]
    cell = np.floor((body.points_mm[shown] - low) / CELL_MM).astype(np.int64)[:, ::-1]
    shape = np.maximum(np.ceil((high - low) / CELL_MM).astype(int)[::-1], cell.max(axis=0) + 1)
    count = np.bincount(np.ravel_multi_index(tuple(cell.T), tuple(shape)), minlength=int(shape.prod()))
    share = np.minimum(count * (body.point_mm3 / CELL_MM**3), 1).astype(np.float32).reshape(shape)
    chosen = _sample(own, random)
    named = random.random(body.other + 1) < random.choice([0.0, 0.8])
    long_enough = np.bincount(own[shaft], minlength=body.other + 1) > 250
    told = shaft & (named & long_enough)[own]
    return Scene(share, cell[chosen], own[chosen], cell[told], own[told])


def _field(body: Body, random: Random) -> tuple[Floats, Floats]:
    """The box that is scanned: around any bone, as whole bodies, trunks, slabs, halves and crops of a limb are."""
    points = body.points_mm
    weight = np.sqrt(np.bincount(body.label, minlength=body.other + 1)[: body.other])
    bone = random.choice(len(weight), p=weight / weight.sum())
    anchor = points[random.choice(np.flatnonzero(body.label == bone))]
    body_low, body_high = points.min(axis=0) - 20, points.max(axis=0) + 20
    low, high = body_low.copy(), body_high.copy()
    kind = random.random()
    length = random.uniform(15, 100) if kind < 0.15 else np.exp(random.uniform(np.log(80), np.log(900)))
    if kind < 0.92:
        low[2] = anchor[2] - length * random.random()
        high[2] = low[2] + length
    if kind < 0.35:
        half = random.uniform(170, 250)
        low[0], high[0] = (random.normal(0, 20) + s * half for s in (-1, 1))
    elif kind < 0.5:
        edge = random.normal(0, 60)
        low[0], high[0] = (edge, high[0]) if anchor[0] > edge else (low[0], edge)
    elif kind < 0.8:
        size = np.exp(random.uniform(np.log(60), np.log(260), 2))
        low[:2] = anchor[:2] - size * random.uniform(0.2, 0.8, 2)
        high[:2] = low[:2] + size
    return low, np.maximum(high, low + 2 * CELL_MM)


def _sample(label: Ints, random: Random) -> Ints:
    """Points to learn from: some of every bone, more of large ones."""
    order = random.permutation(len(label))
    ordered = order[np.argsort(label[order], kind="stable")]
    counts = np.bincount(label)
    starts = np.cumsum(counts) - counts
    wanted = np.minimum(counts, 20 + 500 * counts / len(label)).astype(int)
    return np.concatenate([ordered[s : s + n] for s, n in zip(starts, wanted, strict=True)])
