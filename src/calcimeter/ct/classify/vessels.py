"""What belongs to vessels: plaques of arteries in line, plaques of the aorta, phleboliths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.ct.classify.evidence import Evidence, is_compact, uncertain
from calcimeter.ct.settings import ClassifySettings
from calcimeter.model.candidate import Candidate, Facts, Verdict
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Volume


def great_vessel(evidence: Evidence) -> Verdict | None:
    """In front of the spine, where aorta and vena cava run."""
    facts, _, s = evidence
    where = facts.where
    if where is None or where.region == "pelvis" or not evidence.well_inside:
        return None
    ahead = s.aorta_ahead_mm[0] <= where.before_spine_mm <= s.aorta_ahead_mm[1]
    if not ahead or where.lateral_mm > s.aorta_lateral_mm or facts.max_hu < s.vessel_max_hu:
        return None
    if facts.core_hu is not None and facts.core_hu >= facts.threshold_hu:
        return None  # dense through and through and over 6 mm thick: a mass, no plaque
    place = f"{where.before_spine_mm:.0f} mm in front of the spine, {where.lateral_mm:.0f} mm from the midline"
    return Verdict(
        Category.VASCULAR, 0.6, (f"{place}: where the aorta runs", f"up to {facts.max_hu:.0f} HU, as plaque")
    )


def plaque_in_blood(evidence: Evidence) -> Verdict | None:
    """Denser than the contrast medium that it touches, in the chest: the wall of a vessel or a valve, if small."""
    facts, patient, s = evidence
    in_chest = facts.where is not None and facts.where.region == "chest" and evidence.well_inside
    if not in_chest or not patient.has_lungs or facts.contrast_mm > s.medium_touch_mm:
        return None
    touches = f"touches contrast medium in the chest and is denser, up to {facts.max_hu:.0f} HU"
    if facts.volume_mm3 <= s.plaque_mm3:
        return Verdict(Category.VASCULAR, 0.6, (f"{touches}: wall of a vessel or heart",))
    if patient.has_undiluted:
        return Verdict(Category.CONTRAST, 0.6, (f"{touches}, as in veins before it has mixed with blood",))
    return uncertain(f"{touches}: wall of a vessel or heart, or medium that has not mixed with blood")


def phlebolith(evidence: Evidence) -> Verdict | None:
    """Small, round, below the pelvic brim and away from bone; a stone of the lower ureter looks the same."""
    facts, _, s = evidence
    where = facts.where
    if where is None or where.region != "pelvis" or not evidence.well_inside or facts.at_border:
        return None
    below = where.below_brim_mm is None or where.below_brim_mm >= 0
    if facts.bone_mm <= s.beside_bone_mm:
        return None  # a bit of coccyx or ischial spine is as small and round
    if not below or not is_compact(facts, s.phlebolith_mm, s.phlebolith_elongation):
        return None
    depth = "in the true pelvis" if where.below_brim_mm is None else f"{where.below_brim_mm:.0f} mm below the brim"
    # The limit and not its own length: that has the blur in it, and is not the size that is measured and told later.
    small = f"round, no longer than {s.phlebolith_mm:g} mm with its blur"
    reason = f"{small}, {depth}, {where.lateral_mm:.0f} mm from the midline"
    sure = 0.7 if where.lateral_mm >= s.phlebolith_lateral_mm else 0.55
    return Verdict(Category.PHLEBOLITH, sure, (f"{reason}: a vein stone, or less often a ureteric one",))


def line(evidence: Evidence) -> Verdict | None:
    """A thin line away from bone is the wall of a vessel where it lies in fat and is as dense as plaque."""
    facts, _, s = evidence
    if not _is_line(facts, s):
        return None
    length, width, _ = facts.lengths_mm
    words = f"a thin line of {length:.0f} x {width:.0f} mm away from bone"
    if facts.max_hu >= s.vessel_max_hu and facts.ring_hu is not None and facts.ring_hu < s.fat_hu:
        return Verdict(Category.VASCULAR, 0.7, (f"{words}, in fat, as dense as plaque",))
    return uncertain(f"{words}: wall of a vessel or calcification")


def join_vessels(volume: Volume, candidates: tuple[Candidate, ...], s: ClassifySettings) -> tuple[Candidate, ...]:
    """A dense line and the beads on its continuation are a calcified vessel; a line alone stays what it is."""
    judged = list(candidates)
    for k, one in enumerate(candidates):
        as_dense = one.facts.max_hu >= s.vessel_max_hu
        if not (as_dense and _is_line(one.facts, s)) or one.category not in (Category.VASCULAR, Category.UNCERTAIN):
            continue
        beads = [b for b in _on_line(volume, one, candidates, s) if b != k]
        if len(beads) < s.chain_beads:
            continue
        length, width, _ = one.facts.lengths_mm
        reason = f"a dense line of {length:.0f} x {width:.0f} mm with {len(beads)} more on its continuation"
        judged[k] = replace(one, verdict=Verdict(Category.VASCULAR, 0.7, (reason,)))
        for b in beads:
            judged[b] = replace(
                candidates[b], verdict=Verdict(Category.VASCULAR, 0.6, ("a bead on the line of a calcified vessel",))
            )
    return tuple(judged)


def _is_line(facts: Facts, s: ClassifySettings) -> bool:
    """Whether a candidate is long and thin and lies away from bone."""
    length, width, _ = facts.lengths_mm
    thin = length >= max(s.vessel_length_mm, s.vessel_elongation * width) and width <= s.vessel_width_mm
    return thin and facts.bone_mm > s.beside_bone_mm


def _on_line(volume: Volume, one: Candidate, candidates: tuple[Candidate, ...], s: ClassifySettings) -> list[int]:
    """Small candidates that lie on the continuation of a line."""
    points = volume.grid.to_patient(one.region.indices())
    middle = points.mean(axis=0)
    direction = np.linalg.svd(points - middle, full_matrices=False)[2][0]
    reach = s.chain_reach_mm + float(np.ptp(points @ direction)) / 2
    found = []
    for k, candidate in enumerate(candidates):
        away = volume.grid.to_patient(candidate.region.centroid()) - middle
        along = abs(float(away @ direction))
        aside = float(np.sqrt(max(float(away @ away) - along**2, 0.0)))
        small = candidate.facts.volume_mm3 <= s.chain_piece_mm3
        told = candidate.category in (Category.SOFT_TISSUE, Category.UNCERTAIN)
        if small and told and along <= reach and aside <= s.chain_residual_mm + s.chain_bend * along:
            found.append(k)
    return found
