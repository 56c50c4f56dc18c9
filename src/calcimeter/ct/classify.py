"""What each candidate is, by rules with their reasons; what can't be told is uncertain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from calcimeter.ct.settings import ClassifySettings
from calcimeter.geometry.distance import Cloud, gap_mm, region_surface_mm
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.candidate import Candidate, Facts, Verdict
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Volume


class _Patient(NamedTuple):
    """What the rules ask of the whole scan."""

    noise_hu: float
    has_medium: bool
    has_lungs: bool
    bowel_gas_mm3: float


class Evidence(NamedTuple):
    """What a rule may look at: the facts of one candidate, what is known of the patient, and the limits."""

    facts: Facts
    patient: _Patient
    limits: ClassifySettings


Rule = Callable[[Evidence], Verdict | None]


def classify(
    volume: Volume, candidates: tuple[Candidate, ...], anatomy: Anatomy, settings: ClassifySettings
) -> tuple[Candidate, ...]:
    """The candidates with their verdicts.

    The first rule that speaks decides. Confidences are an ordering by how often a rule was right on the real
    series that it was made on, not calibrated probabilities. A verdict of None means that the object is too faint
    to stand by itself; it may still be a fragment of a deposit nearby.
    """
    patient = _Patient(
        noise_hu=anatomy.noise_hu,
        has_medium=anatomy.contrast.voxels() > 0,
        has_lungs=anatomy.gas.lungs_mm3 > 0,
        bowel_gas_mm3=anatomy.gas.bowel_mm3,
    )
    judged = tuple(replace(c, verdict=_judge(Evidence(c.facts, patient, settings))) for c in candidates)
    judged = _spread_contrast(volume, judged, settings)
    return _join_vessels(volume, judged, settings)


def _judge(evidence: Evidence) -> Verdict | None:
    """The verdict of the first rule that speaks."""
    facts, patient, s = evidence
    if facts.peak_hu < max(facts.threshold_hu, s.peak_hu + s.peak_sigmas * patient.noise_hu):
        return None
    for rule in RULES:
        verdict = rule(evidence)
        if verdict is not None:
            return verdict
    reasons = []
    if facts.ring_hu is not None:
        reasons.append(f"in {'fat' if facts.ring_hu < s.fat_hu else 'soft tissue'} of {facts.ring_hu:.0f} HU")
    reasons.append("no sign of bowel content, vessel, metal or bone")
    return Verdict(Category.SOFT_TISSUE, 0.6 if facts.at_border else 0.85, tuple(reasons))


def _outside(evidence: Evidence) -> Verdict | None:
    facts, _, s = evidence
    if facts.beyond_body < s.beyond_body:
        return None
    return Verdict(Category.OUTSIDE, 0.9, ("goes on outside the body: table, clothes or something lying on the skin",))


def _contrast_medium(evidence: Evidence) -> Verdict | None:
    facts, patient, s = evidence
    no_denser = facts.mean_hu < s.medium_mean_hu
    beside = min(facts.contrast_mm, facts.gas_mm)
    in_company = no_denser and patient.has_medium
    if in_company and facts.contrast_mm <= s.medium_touch_mm:
        return Verdict(Category.CONTRAST, 0.9, ("connected with contrast medium and no denser",))
    if in_company and facts.contrast_mm <= s.medium_near_mm and facts.volume_mm3 >= s.medium_min_mm3:
        return Verdict(Category.CONTRAST, 0.7, (f"{facts.contrast_mm:.0f} mm from contrast medium and no denser",))
    if in_company and facts.gas_mm <= s.bowel_gas_mm and facts.volume_mm3 >= s.bowel_min_mm3:
        reason = f"{facts.gas_mm:.0f} mm from gas, no denser than the contrast medium elsewhere"
        return Verdict(Category.CONTRAST, 0.7, (reason,))
    if beside <= s.bowel_gas_mm:
        return Verdict(Category.UNCERTAIN, 0.5, ("beside gas or contrast medium: bowel content or calcification",))
    return None


def _metal(evidence: Evidence) -> Verdict | None:
    facts, _, s = evidence
    if facts.metal_mm > s.metal_mm:
        return None
    return Verdict(Category.UNCERTAIN, 0.5, (f"{facts.metal_mm:.0f} mm from metal: streak or calcification",))


def _bone(evidence: Evidence) -> Verdict | None:
    facts, _, s = evidence
    if facts.at_border and facts.bone_mm <= s.border_bone_mm:
        return Verdict(Category.UNCERTAIN, 0.5, ("cut by the border beside bone: may be part of a bone",))
    if facts.at_border and facts.max_hu >= s.cortex_hu:
        return Verdict(Category.UNCERTAIN, 0.5, ("as dense as cortex and cut by the border: bone or deposit",))
    cored = facts.core_hu is not None and facts.core_hu < s.core_to_shell * facts.max_hu
    if cored and facts.max_hu >= s.cortex_hu and facts.volume_mm3 >= s.shell_mm3:
        return Verdict(Category.UNCERTAIN, 0.5, ("a shell as dense as cortex around a softer core: bone or deposit",))
    small = facts.volume_mm3 < s.beside_bone_mm3
    if small and (facts.bone_mm <= s.beside_bone_mm or facts.bone_contact >= s.bone_contact):
        return Verdict(
            Category.UNCERTAIN, 0.5, (f"small and {facts.bone_mm:.0f} mm from bone: spicule, insertion or deposit",)
        )
    return None


def _vessel(evidence: Evidence) -> Verdict | None:
    facts, _, s = evidence
    if not _is_line(facts, s):
        return None
    length, width, _ = facts.lengths_mm
    line = f"a thin line of {length:.0f} x {width:.0f} mm away from bone"
    if facts.max_hu >= s.vessel_max_hu and facts.ring_hu is not None and facts.ring_hu < s.fat_hu:
        return Verdict(Category.VASCULAR, 0.7, (f"{line}, in fat, as dense as plaque",))
    return Verdict(Category.UNCERTAIN, 0.5, (f"{line}: wall of a vessel or calcification",))


def _is_line(facts: Facts, s: ClassifySettings) -> bool:
    """Whether a candidate is long and thin and lies away from bone."""
    length, width, _ = facts.lengths_mm
    thin = length >= max(s.vessel_length_mm, s.vessel_elongation * width) and width <= s.vessel_width_mm
    return thin and facts.bone_mm > s.beside_bone_mm


def _inside_trunk(evidence: Evidence) -> Verdict | None:
    facts, patient, s = evidence
    if facts.gas_mm <= s.trunk_gas_mm:
        return Verdict(
            Category.UNCERTAIN, 0.5, (f"{facts.gas_mm:.0f} mm from bowel gas: organs are not told apart yet",)
        )
    if patient.has_lungs and facts.bone_around >= s.rib_cage_share:
        return Verdict(Category.UNCERTAIN, 0.5, ("inside the rib cage: organs and vessels are not told apart yet",))
    trunk = patient.has_lungs or patient.bowel_gas_mm3 >= s.trunk_gas_mm3
    if trunk and facts.volume_mm3 < s.compact_mm3 and facts.max_hu >= s.compact_max_hu:
        return Verdict(
            Category.UNCERTAIN, 0.5, ("small and very dense in a trunk: phlebolith, stone, clip or deposit",)
        )
    return None


def _faint(evidence: Evidence) -> Verdict | None:
    facts, patient, s = evidence
    clear = facts.peak_hu >= facts.threshold_hu + s.small_peak_sigmas * patient.noise_hu
    if clear or facts.volume_mm3 >= s.small_mm3:
        return None
    return Verdict(Category.UNCERTAIN, 0.5, ("small and faint: a deposit or noise",))


RULES: tuple[Rule, ...] = (_outside, _contrast_medium, _metal, _bone, _vessel, _inside_trunk, _faint)
"""In this order; place decides before shape, and shape before density."""


def _spread_contrast(volume: Volume, candidates: tuple[Candidate, ...], s: ClassifySettings) -> tuple[Candidate, ...]:
    """Loops of bowel without gas of their own: no denser than one that is known and close to it, one by one."""
    known = [Cloud.of(region_surface_mm(c.region, volume.grid)) for c in candidates if c.category is Category.CONTRAST]
    judged = list(candidates)
    grown = bool(known)
    while grown:
        grown = False
        for k, candidate in enumerate(judged):
            facts = candidate.facts
            loop = facts.mean_hu < s.medium_mean_hu and facts.volume_mm3 >= s.medium_min_mm3
            inside = facts.gas_mm <= s.trunk_gas_mm
            if not (loop and inside) or candidate.category in (None, Category.CONTRAST):
                continue
            own = Cloud.of(region_surface_mm(candidate.region, volume.grid))
            gap = min(gap_mm(own, other, s.medium_chain_mm) for other in known)
            if np.isfinite(gap):
                reason = f"{gap:.0f} mm from other contrast medium and no denser"
                judged[k] = replace(candidate, verdict=Verdict(Category.CONTRAST, 0.6, (reason,)))
                known.append(own)
                grown = True
    return tuple(judged)


def _join_vessels(volume: Volume, candidates: tuple[Candidate, ...], s: ClassifySettings) -> tuple[Candidate, ...]:
    """A dense line and the beads on its continuation are a calcified vessel; a line alone stays what it is."""
    judged = list(candidates)
    for k, line in enumerate(candidates):
        as_dense = line.facts.max_hu >= s.vessel_max_hu
        if not (as_dense and _is_line(line.facts, s)) or line.category not in (Category.VASCULAR, Category.UNCERTAIN):
            continue
        beads = [b for b in _on_line(volume, line, candidates, s) if b != k]
        if len(beads) < s.chain_beads:
            continue
        length, width, _ = line.facts.lengths_mm
        reason = f"a dense line of {length:.0f} x {width:.0f} mm with {len(beads)} more on its continuation"
        judged[k] = replace(line, verdict=Verdict(Category.VASCULAR, 0.7, (reason,)))
        for b in beads:
            judged[b] = replace(
                candidates[b], verdict=Verdict(Category.VASCULAR, 0.6, ("a bead on the line of a calcified vessel",))
            )
    return tuple(judged)


def _on_line(volume: Volume, line: Candidate, candidates: tuple[Candidate, ...], s: ClassifySettings) -> list[int]:
    """Small candidates that lie on the continuation of a line."""
    points = volume.grid.to_patient(line.region.indices())
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
