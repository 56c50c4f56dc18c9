"""Where the joints are: the space between bones that meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from calcimeter.ct.place.bone_parts import HAVE_PARTS, PartFinder
from calcimeter.ct.place.pieces import PITCH_MM, Piece, Pieces
from calcimeter.geometry.distance import nearest_mm
from calcimeter.knowledge.places import places
from calcimeter.model.anatomy import Bone
from calcimeter.model.grid import FloatArray

SAMPLES, SHARE = 60, 0.3
"""Points of a joint that are looked at, and how many have to lie at the right part of a bone."""


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """A joint in view.

    Parameters
    ----------
    name : str
    bone_ids : frozenset of int
        The bones that meet in it.
    space_mm : ndarray, (n, 3)
        Points half-way between them, LPS mm.
    """

    name: str
    bone_ids: frozenset[int]
    space_mm: FloatArray


def find_joints(finder: PartFinder, bone_ids: frozenset[int]) -> tuple[Joint, ...]:
    """The joints of some bones, as far as both bones of each are in view and named.

    Not found: joints inside what has one name (between vertebrae of one region, inside hand and foot), and those whose
    bones have grown together or were named as one, as left and right are that were not told apart.
    """
    found: list[Joint] = []
    for name, pairs in places()["joints"].items():
        for first, second in _meeting(finder.pieces, pairs):
            joint = Joint(name, frozenset((first.bone.id, second.bone.id)), _space_between(first, second))
            if joint.bone_ids & bone_ids and _is_joint(joint, (first, second), finder):
                found.append(joint)
    return tuple(found)


def nearest_joint(joints: tuple[Joint, ...], bone_id: int, surface_mm: FloatArray) -> tuple[Joint, float] | None:
    """The joint of a bone that is nearest to a surface (n, 3), and how far; None where none of them is in view."""
    own = [joint for joint in joints if bone_id in joint.bone_ids]
    away = [float(nearest_mm(surface_mm, joint.space_mm).min()) for joint in own]
    return (own[int(np.argmin(away))], min(away)) if own else None


def missing_partners(pieces: Pieces, joints: tuple[Joint, ...], piece: Piece) -> tuple[Piece, ...]:
    """Bones in view that a bone meets in a joint, where that joint was not found; a side not told may be that side."""
    found = {joint.name for joint in joints if piece.bone.id in joint.bone_ids}
    names = {
        name
        for joint, pairs in places()["joints"].items()
        for pair in pairs
        for own, name in (pair, pair[::-1])
        if joint not in found and own == piece.bone.name
    }
    return tuple(
        other for other in pieces.named(names) if other.bone.id != piece.bone.id and _may_meet(piece.bone, other.bone)
    )


def _is_joint(joint: Joint, meeting: tuple[Piece, Piece], finder: PartFinder) -> bool:
    """Whether a space is large enough, and between the parts that a joint has, if one of them can be told."""
    if len(joint.space_mm) * PITCH_MM**2 < places()["least_mm2"]:
        return False
    wanted = places()["joint_parts"].get(joint.name)
    if wanted is None:
        return True
    some = joint.space_mm[:: max(1, len(joint.space_mm) // SAMPLES)]
    parts = [finder.of(piece) for piece in meeting if piece.bone.name in HAVE_PARTS]
    return any(np.mean([found.at(point) in wanted for point in some]) >= SHARE for found in parts)


def _meeting(pieces: Pieces, pairs: list[list[str]]) -> Iterator[tuple[Piece, Piece]]:
    """Bones in view that may meet: of one side, or one of them in the midline, or the same bone of both sides."""
    for one, other in pairs:
        for first, second in product(pieces.named([one]), pieces.named([other])):
            if first.is_both or second.is_both:
                continue
            sides = (first.bone.side, second.bone.side)
            if first.bone.id < second.bone.id if one == other else sides[0] == sides[1] or "midline" in sides:
                yield first, second


def _may_meet(one: Bone, other: Bone) -> bool:
    """Whether two bones may be of one joint, by their sides."""
    sides = {one.side, other.side}
    return one.name == other.name or len(sides) == 1 or bool(sides & {"midline", None})


def _space_between(first: Piece, second: Piece) -> FloatArray:
    """Points half-way between two bones, where they are no farther apart than a joint is wide."""
    from scipy.spatial import cKDTree

    reach_mm = float(places()["gap_mm"]) + PITCH_MM  # from the middle of a point to that of the next
    near = [piece.points_mm[piece.surface()] for piece in (first, second)]
    if not len(near[0]) or not len(near[1]):
        return np.zeros((0, 3))
    distance, number = cKDTree(near[1]).query(near[0], distance_upper_bound=reach_mm)
    meets = np.isfinite(distance)
    space: FloatArray = (near[0][meets] + near[1][number[meets]]) / 2
    return space
