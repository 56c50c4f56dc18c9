"""The earlier study laid over the later one: one motion for all, and one for each bone that both show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calcimeter.follow.settings import RegisterSettings
from calcimeter.geometry.align import find_starts
from calcimeter.geometry.rigid import Gap, Laid, Rigid, Surface, gap_between, lay_over, together
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
        Earlier bones in the view of both that lie on nothing: what is beside them can't be followed.
    fit : Fit
    """

    whole: Rigid
    by_bone: Mapping[int, Rigid]
    adrift: frozenset[int]
    fit: Fit

    def of(self, bone_id: int | None) -> Rigid:
        """The motion of what lies beside a bone."""
        return self.whole if bone_id is None else self.by_bone.get(bone_id, self.whole)


def register(earlier: StudyResult, later: StudyResult, settings: RegisterSettings) -> Registration | None:
    """Lay the earlier skeleton over the later one, and tell whether it is the same.

    Shifts and turns are searched through on a coarse grid of normals; from the best the surfaces are laid over each
    other by pairs of nearest points (Besl and McKay 1992), then bone by bone. Names take no part: they differ between
    two scans of one patient. What was found is judged by every surface point that both scans should show, in both
    directions: bones of one patient lie on each other, those of another are millimeters away.

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
    moving, fixed = surface_of(earlier), surface_of(later)
    starts = find_starts(
        moving.thinned(settings.start_points), fixed.thinned(settings.points), settings.turns_deg, settings.coarse_mm
    )
    found: list[tuple[Gap, Laid]] = []
    for start in starts[: settings.starts]:
        laid = lay_over(moving.thinned(settings.start_points), fixed, start.motion, settings.reach_mm)
        gap = _gap(earlier, later, {bone.id: laid.motion for bone in earlier.bones}, laid.motion)
        if gap.points >= settings.least_points:
            found.append((gap, laid))
    if not found:
        return None
    _, laid = min(found, key=lambda pair: pair[0].apart_mm - settings.overlap_mm * np.log(pair[0].points))
    by_bone = _bone_by_bone(earlier, (later, fixed), laid.motion, settings)
    motions = {bone.id: by_bone.get(bone.id, (laid.motion, None))[0] for bone in earlier.bones}
    gap = _gap(earlier, later, motions, laid.motion)
    if gap.apart_mm > settings.apart_mm:
        return None
    adrift = frozenset(
        bone.id
        for bone in earlier.bones
        if (one := _bone_gap(bone, earlier, later, motions[bone.id])).points >= settings.least_points
        and one.apart_mm > settings.adrift_mm
    )
    fit = Fit(len(by_bone), laid.residual_mm, laid.covered, gap.apart_mm, gap.held)
    return Registration(laid.motion, {number: motion for number, (motion, _) in by_bone.items()}, adrift, fit)
