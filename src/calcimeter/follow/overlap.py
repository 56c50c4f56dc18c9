"""What two studies both show of the skeleton, and how far it lies apart there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from calcimeter.geometry.rigid import Gap, Rigid, Surface, gap_between, together
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.result import BoneResult, StudyResult

BORDER_MM = 8.0
"""Surfaces so near the border of a scan may be where it cuts through a bone, and are not asked."""
ASKED = 4000
"""Points of a surface that are asked."""


def surface_of(bone: BoneResult) -> Surface:
    """The points of one bone."""
    return Surface(bone.surface_mm, bone.normals)


def skeleton_of(study: StudyResult) -> Surface:
    """The points of all bones."""
    return together([surface_of(bone) for bone in study.bones])


def inside(points_mm: FloatArray, study: StudyResult, border_mm: float) -> BoolArray:
    """Which points lie in the box of a scan, away from its border; points (n, 3), LPS mm."""
    to_index = np.linalg.inv(study.affine_lps)
    index = points_mm @ to_index[:3, :3].T + to_index[:3, 3]
    margin = border_mm / np.linalg.norm(study.affine_lps[:3, :3], axis=0) - 0.5
    within: BoolArray = ((index >= margin) & (index <= np.array(study.body.shape) - 1 - margin)).all(axis=1)
    return within


def gap_of_both(earlier: StudyResult, later: StudyResult, whole: Rigid, by_bone: Mapping[int, Rigid]) -> Gap:
    """Between the surfaces that both scans should show, asked from both sides.

    Parameters
    ----------
    whole : Rigid
        From earlier to later places.
    by_bone : mapping of int to Rigid
        Of those earlier bones that move otherwise.
    """
    moved = together([surface_of(bone).moved(by_bone.get(bone.id, whole)) for bone in earlier.bones])
    kept = inside(skeleton_of(earlier).points_mm, earlier, BORDER_MM) & inside(moved.points_mm, later, BORDER_MM)
    forth = gap_between(moved.where(kept).thinned(ASKED), skeleton_of(later))
    fixed = skeleton_of(later)
    there = inside(fixed.points_mm, later, BORDER_MM)
    there &= inside(whole.inverse().apply(fixed.points_mm), earlier, BORDER_MM)
    back = gap_between(fixed.where(there).thinned(ASKED), moved)
    return forth.joined(back)


def gap_of_bone(bone: BoneResult, studies: tuple[StudyResult, StudyResult], motion: Rigid, fixed: Surface) -> Gap:
    """Between one earlier bone and the later skeleton, where both scans should show it."""
    earlier, later = studies
    moved = surface_of(bone).moved(motion)
    kept = inside(bone.surface_mm, earlier, BORDER_MM) & inside(moved.points_mm, later, BORDER_MM)
    return gap_between(moved.where(kept).thinned(ASKED), fixed)
