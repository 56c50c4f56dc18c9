"""Deposits and anatomy -> places."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from calcimeter.ct.place.bone_parts import PartFinder
from calcimeter.ct.place.gap import Gap, measure_gaps
from calcimeter.ct.place.joints import Joint, find_joints, missing_partners, nearest_joint
from calcimeter.ct.place.midline import left_of_midline_mm
from calcimeter.ct.place.parts import Parts
from calcimeter.ct.place.pieces import Pieces, named_pieces
from calcimeter.ct.place.tissue import Scan, Skin, compartment
from calcimeter.ct.place.words import OUTWARD, direction, extensor_side, side_of, site
from calcimeter.ct.settings import PlaceSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import nearest_mm, region_surface_mm
from calcimeter.geometry.landmarks import long_direction
from calcimeter.knowledge.places import places
from calcimeter.model.anatomy import Anatomy, Bone, Mask
from calcimeter.model.grid import FloatArray, Grid
from calcimeter.model.lesion import Deposit, Place, Side
from calcimeter.model.volume import Volume

LARGE_SHARE = 0.1
"""So much of a deposit in a fragment is no crumb."""

LONG_PART = "shaft"
"""Too long for its middle to tell a direction."""

SAMPLES = 400
"""Of a deposit's surface, from which its distance to joints is taken."""


class _Landmarks(NamedTuple):
    """The bones that deposits lie beside, by id: their parts, their joints; and every bone of the scan, and named."""

    parts: dict[int, Parts]
    joints: tuple[Joint, ...]
    bones: dict[int, Bone]
    pieces: Pieces


def place_deposits(
    volume: Volume, deposits: tuple[Deposit, ...], anatomy: Anatomy, settings: PlaceSettings
) -> tuple[Place, ...]:
    """Nearest bone and part, gap and contact, direction, joint, compartment and site, in the order of the deposits.

    What can't be told stays None: without bone in view everything but the compartment; without the bone's name part,
    direction, joint and site; a part that too little is in view of.
    """
    if not deposits:
        return ()
    gaps = measure_gaps(volume, deposits, anatomy.skeleton)
    scan = (volume, anatomy, Skin(anatomy.body, volume.grid, settings.skin_coarse_mm))
    if gaps is None:
        return tuple(Place(side=d.side, compartment=compartment(scan, d, None, settings)) for d in deposits)
    known = _landmarks(volume, anatomy, frozenset(gap.bone_id for gap in gaps))
    placed = [_place(scan, deposit, gap, known, settings) for deposit, gap in zip(deposits, gaps, strict=True)]
    return tuple(placed)


def _landmarks(volume: Volume, anatomy: Anatomy, bone_ids: frozenset[int]) -> _Landmarks:
    """Parts and joints of some bones."""
    finder = PartFinder(named_pieces(anatomy.skeleton, volume.grid))
    parts = {piece.bone.id: finder.of(piece) for piece in finder.pieces.all if piece.bone.id in bone_ids}
    bones = {bone.id: bone for bone in anatomy.skeleton.bones}
    return _Landmarks(parts, find_joints(finder, bone_ids), bones, finder.pieces)


def _place(scan: Scan, deposit: Deposit, gap: Gap, known: _Landmarks, settings: PlaceSettings) -> Place:
    """One deposit: what every piece of bone tells, then what a named one does."""
    on_bone = scan[0].grid.to_patient(gap.voxel)
    limb = gap.bone_id in known.parts and known.bones[gap.bone_id].name not in places()["trunk"]["bones"]
    place = Place(
        bone_id=gap.bone_id,
        side=deposit.side,
        distance_mm=gap.distance_mm,
        contact_mm2=gap.contact_mm2,
        compartment=compartment(scan, deposit, None if limb else on_bone, settings),
    )
    if gap.bone_id not in known.parts:
        return place
    surface = region_surface_mm(deposit.envelope, scan[0].grid)
    center = scan[0].grid.to_patient(deposit.envelope.centroid())
    side = deposit.side
    if side is None and not deposit.side_unknown:
        side = _side(scan, known, gap.bone_id, (on_bone, center))
        if side in OUTWARD and _sides_of_fragments(deposit, known.pieces, scan[0].grid) - {side}:
            side = None
    place = replace(place, bone=known.bones[gap.bone_id].name, side=side)
    place = _beside(place, known, (on_bone, center, surface), settings)
    return replace(place, site=_site(place, deposit, settings))


def _side(scan: Scan, known: _Landmarks, bone_id: int, where_mm: tuple[FloatArray, FloatArray]) -> Side | None:
    """The side of a deposit, given the point on the bone, which counts beside a bone of one side, and its middle."""
    volume, anatomy, _ = scan
    bone = known.bones[bone_id]
    point_mm = where_mm[1] if bone.side == "midline" else where_mm[0]
    left_mm = left_of_midline_mm(point_mm, known.parts[bone_id].piece, anatomy.trunk, volume.grid)
    return side_of(bone, left_mm, tuple(known.bones.values()))


def _sides_of_fragments(deposit: Deposit, pieces: Pieces, grid: Grid) -> set[Side]:
    """On which sides large fragments lie, by the bones that are nearest to them: both where one label holds both hips.

    Empty of a deposit in one piece, and without left and right beside bones in the midline.
    """
    if deposit.parts < 2:
        return set()
    fragments = Components.of(Mask.from_bool(deposit.envelope.mask))
    large = fragments.regions(fragments.voxels() >= LARGE_SHARE * deposit.envelope.voxels)
    centers_mm = [grid.to_patient(np.add(fragment.centroid(), deposit.envelope.start)) for fragment in large]
    points_mm = np.concatenate([piece.points_mm for piece in pieces.all])
    owner = np.repeat(np.arange(len(pieces.all)), [len(piece.points_mm) for piece in pieces.all])
    nearest = [owner[((points_mm - center) ** 2).sum(axis=1).argmin()] for center in centers_mm]
    return {side for k in nearest if (side := pieces.all[k].bone.side) in OUTWARD}


def _beside(
    place: Place, known: _Landmarks, where_mm: tuple[FloatArray, FloatArray, FloatArray], settings: PlaceSettings
) -> Place:
    """What follows from a named bone, given the point on it, and the deposit's middle and surface, in LPS mm."""
    on_bone, center, surface = where_mm
    parts = known.parts[place.bone_id or 0]
    part = parts.at(on_bone)
    offset = center - _middle(parts, part, (on_bone, center), settings)
    joint = _joint(known, parts, surface[:: max(1, len(surface) // SAMPLES)], settings)
    from_joint = center - joint[0].space_mm.mean(axis=0) if joint else np.zeros(3)
    named = (joint[0].name, joint[1]) if joint else None
    return replace(
        place,
        part=part,
        direction=direction(offset, place.side),
        joint=named[0] if named else None,
        joint_distance_mm=named[1] if named else None,
        extensor_side=extensor_side(named, from_joint, settings.extensor_reach_mm),
    )


def _joint(
    known: _Landmarks, parts: Parts, surface_mm: FloatArray, settings: PlaceSettings
) -> tuple[Joint, float] | None:
    """The nearest joint and how far it is; None where it is too far, or one that was not found may be nearer."""
    joint = nearest_joint(known.joints, parts.piece.bone.id, surface_mm)
    if joint is None or joint[1] > min(settings.joint_reach_mm, places()["reach_mm"].get(joint[0].name, np.inf)):
        return None
    reach_mm = joint[1] + float(places()["gap_mm"])  # a joint lies no farther than that from either of its bones
    missing = missing_partners(known.pieces, known.joints, parts.piece)
    hidden = any(np.isfinite(nearest_mm(surface_mm, bone.points_mm, reach_mm)).any() for bone in missing)
    return None if hidden else joint


def _middle(
    parts: Parts, part: str | None, at_mm: tuple[FloatArray, FloatArray], settings: PlaceSettings
) -> FloatArray:
    """From where a direction counts: the centroid of the part.

    Of what is long or has no parts, the middle of the stretch around the nearest point, at the level of the deposit
    where it goes on that far.
    """
    on_bone, center = at_mm
    if part and part != LONG_PART:
        return parts.centroid_mm(part)
    points = parts.piece.points_mm[parts.names == part] if part else parts.piece.points_mm
    stretch = points[np.linalg.norm(points - on_bone, axis=1) < settings.stretch_mm]
    if not len(stretch):
        return on_bone
    middle: FloatArray = stretch.mean(axis=0)
    along = long_direction(stretch)
    if along is None:
        return middle
    heights = ((points if part else stretch) - middle) @ along
    return middle + along * np.clip((center - middle) @ along, heights.min(), heights.max())


def _site(place: Place, deposit: Deposit, settings: PlaceSettings) -> str | None:
    """The site, None where the bone is too far away to tell it, and inside the trunk."""
    trunk = place.bone in places()["trunk"]["bones"]
    reach_mm = settings.trunk_reach_mm if trunk else settings.limb_reach_mm
    inside = trunk and place.compartment is None and not place.contact_mm2
    if place.bone is None or (place.distance_mm or 0.0) > reach_mm or inside:
        return None
    joint = (place.joint, place.joint_distance_mm) if place.joint and place.joint_distance_mm is not None else None
    return site((place.bone, place.part, place.direction), joint, deposit.category, settings.beside_joint_mm)
