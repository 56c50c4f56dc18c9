"""The parts of hip bone, shoulder blade and breastbone."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.place.parts import Parts
from calcimeter.ct.place.pieces import PITCH_MM, Piece
from calcimeter.geometry.landmarks import Ball
from calcimeter.knowledge.places import bone_parts
from calcimeter.model.grid import FloatArray


def hip_bone_parts(piece: Piece, head: Ball | None) -> Parts:
    """Acetabulum, iliac wing, ischium and pubis, around the femoral head of the same side.

    Above the joint all is ilium; below it a plane through the joint's center parts pubis, in front and medial, from
    ischium. Without the head nothing is named. Fails where the pelvis is tilted by more than about 30 degrees
    against the patient's axes.
    """
    if head is None:
        return Parts.unknown(piece)
    known = bone_parts()["hip_bone"]
    medial, behind, above = _around(piece, head)
    pubis = medial - behind > known["pubis_medial_and_before"]
    return Parts.painted(
        piece,
        {
            "acetabulum": np.linalg.norm([medial, behind, above], axis=0) < known["acetabulum"],
            "iliac_wing": above > known["ilium_above"],
            "pubis": pubis,
            "ischium": ~pubis,
        },
    )


def scapula_parts(piece: Piece, head: Ball | None) -> Parts:
    """Acromion over the humeral head and coracoid in front of it; nothing without the head.

    Fails where the arm is dislocated.
    """
    if head is None:
        return Parts.unknown(piece)
    known = bone_parts()["scapula"]
    medial, behind, above = _around(piece, head)
    near = np.linalg.norm([medial, behind, above], axis=0) < known["reach"]
    coracoid = near & (behind < -known["coracoid_before"])
    acromion = near & (above > known["acromion_above"]) & ~coracoid
    return Parts.painted(piece, {"coracoid": coracoid, "acromion": acromion})


def sternum_parts(piece: Piece) -> Parts:
    """Manubrium, body and xiphoid by the width along the bone: it narrows where the manubrium ends.

    The manubrium is told only if the upper end is in view, the xiphoid only if the lower is.
    """
    known = bone_parts()["sternum"]
    height = piece.points_mm[:, 2]
    top, bottom = float(height.max()), float(height.min())
    slab = np.floor((top - height) / 5.0).astype(int)
    width = np.array([_width(piece.points_mm[slab == k]) for k in range(slab.max() + 1)])
    whole_top, whole_bottom = (not (piece.cut & (np.abs(height - end) < 12.0)).any() for end in (top, bottom))
    if not whole_top:
        return Parts.unknown(piece)
    first, last = (int(mm / 5.0) for mm in known["manubrium_mm"])
    if len(width) <= last:
        return Parts.unknown(piece)
    joint = first + int(width[first : last + 1].argmin())
    body = width[joint + 1 :]
    narrow = np.flatnonzero(body >= known["xiphoid_narrower"] * body.max())
    tail = joint + 1 + int(narrow[-1]) + 1
    xiphoid = (slab >= tail) if whole_bottom else np.zeros(len(slab), dtype=bool)
    return Parts.painted(piece, {"manubrium": slab <= joint, "xiphoid": xiphoid, "sternal_body": slab > joint})


def _width(points_mm: FloatArray) -> float:
    return float(np.ptp(points_mm[:, 0])) + PITCH_MM if len(points_mm) else 0.0


def _around(piece: Piece, head: Ball) -> FloatArray:
    """How far medial, behind and above the middle of a head each point lies, (3, n), in its radii."""
    inward = np.sign(piece.points_mm[:, 0].mean() - head.center_mm[0])
    around: FloatArray = ((piece.points_mm - head.center_mm) * (inward, 1.0, 1.0) / head.radius_mm).T
    return around
