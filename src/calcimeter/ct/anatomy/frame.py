"""Which way the patient's right is by anatomy alone: front and top of bones, and organs that lie on one side.

The header says where right is. It can be wrong (prone entered as supine, slices in reverse, a picture turned over),
so it is believed only if the body says the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.anatomy.tubes import LimbBone
from calcimeter.ct.settings import SidesSettings
from calcimeter.model.grid import FloatArray


class Pointer(NamedTuple):
    """A direction of the patient told by anatomy: a unit vector in LPS, and what told it."""

    toward: FloatArray
    why: str


def fronts(limbs: tuple[LimbBone, ...], points: dict[str, FloatArray], s: SidesSettings) -> list[Pointer]:
    """What tells where the patient's front is.

    Parameters
    ----------
    limbs : tuple of LimbBone
    points : dict
        Points of the bones by name, (n, 3), LPS mm, in a regular pattern.

    Returns
    -------
    list of Pointer
        Empty where nothing tells it. Shafts of thigh bones are bent forward and have their ridge behind; the front
        edge of the tibia is sharp; vertebrae run out into their spines behind; the sacrum lies behind the hip bones.
    """
    found = [pointer for bone in limbs for pointer in _fronts_of_shaft(bone, s)]
    tip = _mean_tip(_of(points, "thoracic_spine", "lumbar_spine", "sacrum"), s)
    if np.linalg.norm(tip) >= s.min_agreement:
        found.append(Pointer(-tip, "the spinous processes lie behind"))
    found += _from(_of(points, "sacrum"), _of(points, "hip_bone"), "the sacrum lies behind the hip bones", s)
    return [_across(pointer) for pointer in found]


def tops(limbs: tuple[LimbBone, ...], points: dict[str, FloatArray], s: SidesSettings) -> list[Pointer]:
    """What tells where the patient's head is: hips and knees at the ends of shafts, and limbs that taper downward."""
    found = []
    everything = _of(points, *points)
    for bone in limbs:
        along = _along(bone)
        hip = hip_end(bone, everything, s)
        if hip is not None:
            found.append(Pointer(hip.toward, hip.why))
        if bone.name in ("femur", "tibia") and abs(bone.taper) >= s.min_taper:
            found.append(Pointer(np.sign(bone.taper) * along, f"the limb around the {bone.name} tapers downward"))
    found += _from(_of(points, "tibia"), _of(points, "femur"), "the femur lies above the tibia", s)
    found += _from(_of(points, "femur"), _of(points, "hip_bone"), "the hip bones lie above the femurs", s)
    return found + _spine_ends(points, everything, s)


def _from(one: FloatArray, other: FloatArray, why: str, s: SidesSettings) -> list[Pointer]:
    """From one bone to another, seen from the side, if much of both is in view and they lie apart."""
    if min(len(one), len(other)) * s.point_mm**3 < s.much_mm3:
        return []
    between = (other.mean(axis=0) - one.mean(axis=0)) * (0, 1, 1)
    length = float(np.linalg.norm(between))
    return [Pointer(between / length, why)] if length >= s.apart_mm else []


def _spine_ends(points: dict[str, FloatArray], everything: FloatArray, s: SidesSettings) -> list[Pointer]:
    """The spine ends below at the sacrum, with bone going on beyond it."""
    spine, sacrum = _of(points, "thoracic_spine", "lumbar_spine"), _of(points, "sacrum", "coccyx")
    if len(spine) < s.min_points or len(sacrum) < s.min_points:
        return []
    up = np.sign(spine[:, 2].mean() - sacrum[:, 2].mean())
    end = (up * sacrum[:, 2]).min()
    if np.count_nonzero(up * everything[:, 2] < end) < s.min_points:
        return []
    return [Pointer(np.array([0.0, 0.0, up]), "the spine ends in the sacrum above the hips")]


class HipEnd(NamedTuple):
    """The end of a femur at which the hip lies: where it is, along the shaft toward it, across the shaft outward."""

    end_mm: FloatArray
    toward: FloatArray
    lateral: FloatArray
    why: str


def hip_end(bone: LimbBone, everything: FloatArray, s: SidesSettings) -> HipEnd | None:
    """At which end of a femur its neck leaves the line of the shaft, which it does to the medial side.

    Parameters
    ----------
    bone : LimbBone
    everything : ndarray, (n, 3)
        Points of all bones, LPS mm.

    Returns
    -------
    HipEnd or None
        None for other bones and where neither end is in view: at the knee the bones stay in line or, if it is bent,
        leave it backward.
    """
    if bone.name != "femur":
        return None
    along = _along(bone)
    ends = []
    for end, outward in ((bone.path_mm[-1], along), (bone.path_mm[0], -along)):
        rise = (everything - end) @ outward
        aside = everything - end - np.outer(rise, outward)
        beyond = (rise > 0) & (rise < s.hip_reach_mm) & (np.linalg.norm(aside, axis=1) < 1.5 * s.hip_reach_mm)
        offset = aside[beyond].mean(axis=0) if beyond.sum() >= s.min_points else np.zeros(3)
        backward = offset @ bone.tip > s.max_backward * np.linalg.norm(offset) * np.linalg.norm(bone.tip)
        if np.linalg.norm(offset) >= s.neck_offset_mm and not backward:
            ends.append(HipEnd(end, outward, -offset, "the femoral neck leaves the shaft above"))
    return ends[0] if len(ends) == 1 else None


def right_of(fronts: list[Pointer], tops: list[Pointer]) -> Pointer | None:
    """The patient's right by the rule of the hand, from front and top; None where one is missing or they disagree."""
    front, top = _common(fronts), _common(tops)
    if front is None or top is None:
        return None
    right = np.cross(front.toward, top.toward)
    length = float(np.linalg.norm(right))
    return Pointer(right / length, f"{front.why}; {top.why}") if length > 0.5 else None


def _common(pointers: list[Pointer]) -> Pointer | None:
    """What pointers have in common; None where there is none, or two point apart."""
    if not pointers:
        return None
    vectors = np.array([pointer.toward for pointer in pointers])
    if (vectors @ vectors.T).min() < 0:
        return None
    mean = vectors.mean(axis=0)
    return Pointer(mean / np.linalg.norm(mean), ", ".join(sorted({pointer.why for pointer in pointers})))


def _fronts_of_shaft(bone: LimbBone, s: SidesSettings) -> list[Pointer]:
    """What one shaft tells of the front."""
    found = []
    sharp = np.linalg.norm(bone.tip) >= s.min_agreement
    if bone.name == "femur":
        bow = _bow(bone.path_mm)
        if (
            np.linalg.norm(bone.path_mm[-1] - bone.path_mm[0]) >= s.min_bow_length_mm
            and np.linalg.norm(bow) >= s.min_bow_mm
        ):
            found.append(Pointer(bow, "the femur is bent forward"))
        if sharp:
            found.append(Pointer(-bone.tip, "the ridge of the femur lies behind"))
    if bone.name == "tibia" and sharp:
        found.append(Pointer(bone.tip, "the edge of the tibia lies before"))
    return found


def _bow(path_mm: FloatArray) -> FloatArray:
    """How far the middle of a path stands off the line between its ends, (3,), by a parabola through it."""
    chord = path_mm[-1] - path_mm[0]
    length = np.linalg.norm(chord)
    share = (path_mm - path_mm[0]) @ chord / length**2
    bent = np.array([np.polyfit(share, path_mm[:, axis], 2)[0] for axis in range(3)])
    bow: FloatArray = -(bent - (bent @ chord) * chord / length**2) / 4
    return bow


def _along(bone: LimbBone) -> FloatArray:
    """Unit vector from the first to the last section of a shaft."""
    along = bone.path_mm[-1] - bone.path_mm[0]
    unit: FloatArray = along / np.linalg.norm(along)
    return unit


def _across(pointer: Pointer) -> Pointer:
    """The same direction within the transverse plane, of length 1."""
    flat = pointer.toward * (1, 1, 0)
    return Pointer(flat / max(float(np.linalg.norm(flat)), 1e-9), pointer.why)


def _of(points: dict[str, FloatArray], *names: str) -> FloatArray:
    """Points of some bones together, (n, 3)."""
    return np.concatenate([np.zeros((0, 3)), *(points[name] for name in names if name in points)])


def _mean_tip(points_mm: FloatArray, s: SidesSettings) -> FloatArray:
    """Where the sections of the spine run out into a point, (3,), its length the share to which they agree.

    Only a strip along the middle is looked at: transverse processes and the wings of the sacrum reach aside.
    """
    tips = []
    height = np.round(points_mm[:, 2] / s.level_mm)
    for at in np.unique(height):
        level = points_mm[height == at]
        middle = (np.median(level[:, 0]) + (level[:, 0].min() + level[:, 0].max()) / 2) / 2
        strip = level[np.abs(level[:, 0] - middle) < s.strip_mm]
        if len(strip) >= s.min_points:
            offset = (strip - strip.mean(axis=0)) * (1, 1, 0)
            squared = (offset**2).sum(axis=1)
            tips.append((squared[:, None] * offset).mean(axis=0) / squared.mean() ** 1.5)
    if len(tips) < s.min_vertebral_levels:
        return np.zeros(3)
    mean: FloatArray = np.sum(tips, axis=0) / np.linalg.norm(tips, axis=1).sum()
    return mean
