"""The parts of the femur, from the ball of its head and the tube of its shaft."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.place.long_bone import LongBone, across_of_side, find_head, long_bone, widest_across
from calcimeter.ct.place.parts import Parts
from calcimeter.ct.place.pieces import Piece, Pieces
from calcimeter.geometry.landmarks import Ball, Line
from calcimeter.knowledge.places import bone_parts
from calcimeter.model.grid import BoolArray, FloatArray


class Proximal(NamedTuple):
    """The upper end of a femur: directions are unit vectors in LPS.

    ``neck`` runs from the head's center along the neck, ``crossing_mm`` is where it meets the shaft's axis.
    """

    head: Ball
    lateral: FloatArray
    posterior: FloatArray
    neck: FloatArray
    crossing_mm: FloatArray


def femur_parts(piece: Piece, pieces: Pieces) -> Parts:
    """Head, neck, trochanters, shaft and condyles, as far as they can be told from what is in view.

    The head is a ball at the upper end, medial of everything else. Neck and trochanters follow from it in units of
    its radius. Without the head only shaft and condyles are named. Fails where the hip is fused or replaced, and
    where the neck was broken and healed at another angle.
    """
    bone = long_bone(piece, pieces, bone_parts()["femur"]["widest_shaft_mm"])
    if bone is None:
        return Parts.unknown(piece)
    upper = _proximal(bone)
    layers: dict[str, BoolArray] = _upper_layers(bone, upper) if upper else {}
    condyles = _condyles(bone, upper) if bone.tube or pieces.named(("tibia", "patella")) else {}
    layers |= condyles
    layers["shaft"] = bone.shaft(upper=upper is not None, lower=bool(condyles))
    return Parts.painted(piece, layers)


def femoral_head(piece: Piece, pieces: Pieces) -> Ball | None:
    """The ball of the head, None where it is not wholly in view or lies on the wrong side."""
    bone = long_bone(piece, pieces, bone_parts()["femur"]["widest_shaft_mm"])
    upper = _proximal(bone) if bone else None
    return upper.head if upper else None


def _proximal(bone: LongBone) -> Proximal | None:
    """The head and the directions that follow from it."""
    known, points = bone_parts()["femur"], bone.piece.points_mm
    head = find_head(bone, tuple(known["head_radius_mm"]), across_of_side(bone))
    if head is None:
        return None
    rest = points[head.height_mm(points) > 0.3 * head.radius_mm]
    if len(rest) < 50:
        return None
    axis = bone.tube.axis if bone.tube else Line(rest.mean(axis=0), bone.up)
    lateral = -axis.offsets_mm(head.center_mm[None])[0]
    offset_mm = float(np.linalg.norm(lateral))
    lateral = lateral / max(offset_mm, 1e-6)
    outward = across_of_side(bone)
    if offset_mm < 0.6 * head.radius_mm or (outward is not None and outward @ lateral < 0):
        return None
    angle = np.deg2rad(180 - known["neck_shaft_degrees"])
    neck = np.sin(angle) * lateral - np.cos(angle) * bone.up
    posterior = np.cross(bone.up, lateral)
    crossing = head.center_mm + neck * (offset_mm if bone.tube else known["offset"] * head.radius_mm) / np.sin(angle)
    return Proximal(head, lateral, posterior if posterior[1] > 0 else -posterior, neck, crossing)


def _upper_layers(bone: LongBone, upper: Proximal) -> dict[str, BoolArray]:
    """Head, neck and trochanters in units of the head's radius."""
    known, points, radius = bone_parts()["femur"], bone.piece.points_mm, upper.head.radius_mm
    along_neck = (points - upper.head.center_mm) @ upper.neck / radius
    height = (points - upper.crossing_mm) @ bone.up / radius
    aside = (points - upper.crossing_mm) @ upper.lateral / radius
    lesser = np.zeros(len(points), dtype=bool)
    if bone.tube:
        offset = bone.tube.axis.offsets_mm(points)
        low, high = known["lesser_trochanter"]
        lesser = (height > low) & (height < high)
        lesser &= np.linalg.norm(offset, axis=1) > bone.tube.radius_mm + known["lesser_trochanter_over_shaft_mm"]
        lesser &= (offset @ upper.lateral < 0) & (offset @ upper.posterior > -0.1 * radius)
    return {
        "femoral_head": (upper.head.height_mm(points) < 0.5 * radius) & (along_neck < known["neck"][0]),
        "femoral_neck": (along_neck < known["neck"][1]) & (height > known["trochanters_above"]),
        "lesser_trochanter": lesser,
        "greater_trochanter": (height > known["trochanters_above"]) & (aside > -0.5),
    }


def _condyles(bone: LongBone, upper: Proximal | None) -> dict[str, BoolArray]:
    """The two halves of the lower end, from where it is over twice as wide as the shaft, or as wide as a knee."""
    known = bone_parts()["femur"]
    lateral = upper.lateral if upper else across_of_side(bone)
    if lateral is None:
        return {}
    wider_mm = 2 * known["condyles_wider"] * bone.tube.radius_mm if bone.tube else known["condyles_mm"]
    end = bone.widened(lateral, upper=False, wider_mm=wider_mm)
    if not end.any():
        return {}
    across = widest_across(bone, end)
    if abs(across @ lateral) < 0.5:
        return {}
    aside = bone.piece.points_mm @ (across * np.sign(across @ lateral))
    low, high = float(aside[end].min()), float(aside[end].max())
    outer = np.abs(aside - (low + high) / 2) > 0.35 * (high - low)
    if (end & outer & bone.piece.cut_aside).any():
        return {}  # cut at one side: its middle is not that of the bone
    return {"lateral_condyle": end & (aside > (low + high) / 2), "medial_condyle": end & (aside <= (low + high) / 2)}
