"""The earlier study laid over the later one: one motion for all, and one for each bone that both show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calcimeter.follow.overlap import gap_of_bone, gap_of_both, skeleton_of, surface_of
from calcimeter.follow.settings import RegisterSettings
from calcimeter.geometry.align import find_starts
from calcimeter.geometry.rigid import Laid, Rigid, Surface, lay_over
from calcimeter.model.comparison import Fit
from calcimeter.model.result import BoneResult, StudyResult


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """Motions from the earlier patient coordinates to the later ones.

    Parameters
    ----------
    whole : Rigid
        Of all bones together.
    by_bone : mapping of int to Rigid
        Id of an earlier bone -> its own motion, where it has one.
    adrift : frozenset of int
        Earlier bones that both scans should show and that lie on nothing: what is beside them can't be followed.
    fit : Fit
    """

    whole: Rigid
    by_bone: Mapping[int, Rigid]
    adrift: frozenset[int]
    fit: Fit

    def of(self, bone_id: int | None) -> Rigid:
        """The motion of what lies beside an earlier bone."""
        return self.whole if bone_id is None else self.by_bone.get(bone_id, self.whole)


def register(earlier: StudyResult, later: StudyResult, settings: RegisterSettings) -> Registration | None:
    """Lay the earlier skeleton over the later one, and tell whether it is the same.

    Shifts and turns are searched through on a coarse grid of normals; from the best of them the surfaces are laid over
    each other by pairs of nearest points (Besl and McKay 1992), then bone by bone. Names take no part: they differ
    between two scans of one patient. What comes of it is judged by every surface point that both scans should show,
    from both sides: bones of one patient lie on each other, those of another are millimeters away.

    Returns
    -------
    Registration or None
        None where one study shows no bone, they share too little, or the skeletons never come to lie on each other:
        another patient, or another region.

    Notes
    -----
    Shafts of two people are nearly the same cylinder: ``fit.held`` tells whether the bones in the view of both are
    enough to tell patients apart and to hold a place along the body.
    """
    if not earlier.bones or not later.bones:
        return None
    fixed = skeleton_of(later)
    laid = _lay_whole(earlier, later, fixed, settings)
    if laid is None:
        return None
    by_bone, adrift = _bone_by_bone((earlier, later), fixed, laid.motion, settings)
    gap = gap_of_both(earlier, later, laid.motion, by_bone)
    if gap.apart_mm > settings.apart_mm:
        return None
    fit = Fit(len(by_bone), laid.residual_mm, laid.covered, gap.apart_mm, gap.held)
    return Registration(laid.motion, by_bone, adrift, fit)


def _lay_whole(earlier: StudyResult, later: StudyResult, fixed: Surface, s: RegisterSettings) -> Laid | None:
    """All bones at once, from the best starts; of what comes of them that under which most points agree."""
    moving = skeleton_of(earlier).thinned(s.start_points)
    starts = find_starts(moving, fixed.thinned(s.points), s.turns_deg, s.coarse_mm)
    best, most = None, 0.0
    for start in starts[: s.starts]:
        laid = lay_over(moving.thinned(s.points_tried), fixed, start.motion, s.reach_mm)
        gap = gap_of_both(earlier, later, laid.motion, {})
        if gap.points >= s.least_points and gap.points * gap.agreeing > most:
            best, most = laid, gap.points * gap.agreeing
        if gap.apart_mm <= s.apart_mm / 2 and gap.held >= s.held:
            break  # bones of a shape that nothing else has lie on each other: no other start can do better
    if best is None:
        return None
    return lay_over(moving, fixed, best.motion, (s.reach_mm[1], s.reach_mm[1]))


def _bone_by_bone(
    studies: tuple[StudyResult, StudyResult], fixed: Surface, whole: Rigid, s: RegisterSettings
) -> tuple[dict[int, Rigid], frozenset[int]]:
    """Motions of bones that lie better on their own than with the others, and the bones that lie on nothing."""
    found, adrift = {}, set()
    for bone in studies[0].bones:
        together = gap_of_bone(bone, studies, whole, fixed)
        if together.points < s.least_bone_points:
            continue
        laid = lay_over(surface_of(bone).thinned(s.points_tried), fixed, whole, s.bone_reach_mm)
        alone = gap_of_bone(bone, studies, laid.motion, fixed)
        stays = (
            alone.held >= s.held
            and alone.points >= together.points / 2
            and _moved_mm(bone, laid, whole) <= s.bone_moved_mm
        )
        if stays and alone.apart_mm <= min(together.apart_mm, s.apart_mm):
            found[bone.id] = laid.motion
        elif together.apart_mm > s.adrift_mm:
            adrift.add(bone.id)
    return found, frozenset(adrift)


def _moved_mm(bone: BoneResult, laid: Laid, whole: Rigid) -> float:
    """How far a bone goes beside the others."""
    return float(np.linalg.norm(laid.motion.apply(bone.surface_mm) - whole.apply(bone.surface_mm), axis=1).mean())
