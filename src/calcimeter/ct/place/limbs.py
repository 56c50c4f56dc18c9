"""The parts of arm, forearm and lower leg."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.place.long_bone import LongBone, across_of_side, find_head, long_bone, widest_across
from calcimeter.ct.place.parts import Parts
from calcimeter.ct.place.pieces import PITCH_MM, Piece, Pieces
from calcimeter.geometry.landmarks import Ball, Lattice, fit_tube, long_direction
from calcimeter.knowledge.places import bone_parts
from calcimeter.model.grid import BoolArray


def humerus_parts(piece: Piece, pieces: Pieces) -> Parts:
    """Head, greater tuberosity, shaft and epicondyles.

    Which end is which is told by the neighbors: arms may be raised. The head faces the shoulder blade.
    """
    bone = long_bone(piece, pieces, bone_parts()["humerus"]["widest_shaft_mm"])
    if bone is None:
        return _shaft_alone(piece, bone_parts()["humerus"]["widest_shaft_mm"])
    upper = _upper_layers(bone, pieces)
    shaft = bone.shaft(upper=bool(upper), lower=False)
    return Parts.painted(piece, {**upper, **_epicondyles(bone), "shaft": shaft})


def humeral_head(piece: Piece, pieces: Pieces) -> Ball | None:
    """The ball of the head, None where it is not wholly in view."""
    known = bone_parts()["humerus"]
    bone = long_bone(piece, pieces, known["widest_shaft_mm"])
    return find_head(bone, tuple(known["head_radius_mm"])) if bone else None


def ulna_parts(piece: Piece, pieces: Pieces) -> Parts:
    """Olecranon and shaft."""
    known = bone_parts()["ulna"]
    bone = long_bone(piece, pieces, known["widest_shaft_mm"])
    if bone is None:
        return _shaft_alone(piece, known["widest_shaft_mm"])
    olecranon = _end(bone, known["olecranon_mm"], upper=True)
    return Parts.painted(piece, {"olecranon": olecranon, "shaft": bone.shaft(upper=False, lower=False)})


def radius_parts(piece: Piece, _: Pieces) -> Parts:
    """The shaft."""
    return _shaft_alone(piece, bone_parts()["radius"]["widest_shaft_mm"])


def tibia_parts(piece: Piece, pieces: Pieces) -> Parts:
    """Plateau, shaft and medial malleolus."""
    known = bone_parts()["tibia"]
    bone = long_bone(piece, pieces, known["widest_shaft_mm"])
    if bone is None:
        return _shaft_alone(piece, known["widest_shaft_mm"])
    wider_mm = 2 * known["plateau_wider"] * bone.tube.radius_mm if bone.tube else known["plateau_mm"]
    plateau = bone.widened(np.cross(bone.up, (0.0, 1.0, 0.0)), upper=True, wider_mm=wider_mm)
    if not bone.tube and not pieces.named(("femur", "patella")):
        plateau[:] = False
    malleolus, lateral = _end(bone, known["malleolus_mm"], upper=False), across_of_side(bone)
    if bone.tube and lateral is not None:
        malleolus &= bone.tube.axis.offsets_mm(piece.points_mm) @ lateral < 0
    shaft = bone.shaft(upper=bool(plateau.any()), lower=bool(malleolus.any()))
    return Parts.painted(piece, {"plateau": plateau, "malleolus": malleolus, "shaft": shaft})


def fibula_parts(piece: Piece, pieces: Pieces) -> Parts:
    """Shaft and lateral malleolus."""
    known = bone_parts()["fibula"]
    bone = long_bone(piece, pieces, known["widest_shaft_mm"])
    if bone is None:
        return _shaft_alone(piece, known["widest_shaft_mm"])
    malleolus = _end(bone, known["malleolus_mm"], upper=False)
    shaft = bone.shaft(upper=False, lower=bool(malleolus.any()))
    return Parts.painted(piece, {"malleolus": malleolus, "shaft": shaft})


def _shaft_alone(piece: Piece, widest_mm: float) -> Parts:
    """The shaft where nothing tells which end is which."""
    along = long_direction(piece.points_mm)
    lattice = Lattice(piece.points_mm, piece.cut, PITCH_MM)
    tube = fit_tube(lattice, along, widest_mm) if along is not None else None
    if tube is None:
        return Parts.unknown(piece)
    heights = tube.axis.heights_mm(piece.points_mm)
    return Parts.painted(piece, {"shaft": (heights >= tube.low_mm) & (heights <= tube.high_mm)})


def _end(bone: LongBone, length_mm: float, *, upper: bool) -> BoolArray:
    """The outermost stretch of a bone, empty where that end or the shaft is not in view."""
    if bone.tube is None or not bone.is_whole(upper=upper):
        return np.zeros(len(bone.heights_mm), dtype=bool)
    heights = bone.heights_mm
    end: BoolArray = heights > heights.max() - length_mm if upper else heights < heights.min() + length_mm
    return end


def _upper_layers(bone: LongBone, pieces: Pieces) -> dict[str, BoolArray]:
    """Head and greater tuberosity, by the direction from the head to the shoulder blade.

    Without the shaft the arm's direction is not known, and only what faces the shoulder blade is head.
    """
    known, points = bone_parts()["humerus"], bone.piece.points_mm
    head = find_head(bone, tuple(known["head_radius_mm"]))
    blade = pieces.of("scapula", bone.piece.bone.side)
    if head is None or blade is None:
        return {}
    socket = blade.points_mm[head.height_mm(blade.points_mm) < 10.0]
    if len(socket) < 10:
        return {}
    medial = socket.mean(axis=0) - head.center_mm
    offset = (points - head.center_mm) / head.radius_mm
    if bone.tube is None:
        return {"humeral_head": offset @ medial > known["head_without_shaft"] * np.linalg.norm(medial)}
    medial = medial - (medial @ bone.up) * bone.up
    medial = medial / np.linalg.norm(medial)
    angle = np.deg2rad(known["head_faces_degrees"])
    height, inward = offset @ bone.up, offset @ medial
    facing = inward * np.cos(angle) + height * np.sin(angle)
    low, most_medial = known["tuberosity"]
    return {
        "humeral_head": facing > known["head_from"],
        "greater_tuberosity": (height > low) & (inward < most_medial),
    }


def _epicondyles(bone: LongBone) -> dict[str, BoolArray]:
    """The outer parts of the lower end, across its widest direction."""
    known = bone_parts()["humerus"]
    if bone.tube is None:
        return {}
    across = widest_across(bone, bone.heights_mm < bone.heights_mm.min() + 40.0)
    end = bone.widened(across, upper=False, wider_mm=2 * known["epicondyles_wider"] * bone.tube.radius_mm)
    if not end.any():
        return {}
    aside = bone.piece.points_mm @ across
    low, high = float(aside[end].min()), float(aside[end].max())
    outer = np.abs(aside - (low + high) / 2) > known["epicondyles_outer"] * (high - low)
    return {"epicondyle": end & outer}
