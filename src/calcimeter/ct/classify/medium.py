"""What was brought into the body or lies on it: clothes and tables, contrast medium, bowel content, metal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.ct.classify.evidence import Evidence, Patient, uncertain
from calcimeter.ct.settings import ClassifySettings
from calcimeter.geometry.distance import Cloud, gap_mm, region_surface_mm
from calcimeter.model.candidate import Candidate, Verdict
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Volume


def outside_body(evidence: Evidence) -> Verdict | None:
    """What goes on outside the skin as densely is no part of the patient."""
    facts, _, s = evidence
    if facts.beyond_body < s.beyond_body:
        return None
    return Verdict(Category.OUTSIDE, 0.9, ("goes on outside the body: table, clothes or something lying on the skin",))


def contrast_medium(evidence: Evidence) -> Verdict | None:
    """No denser than the contrast medium elsewhere in the scan, and connected with it, near it, or large beside gas."""
    facts, patient, s = evidence
    if not patient.has_medium or facts.mean_hu >= s.medium_mean_hu:
        return None
    if facts.contrast_mm <= s.medium_touch_mm:
        return Verdict(Category.CONTRAST, 0.9, ("connected with contrast medium and no denser",))
    if facts.volume_mm3 >= s.medium_min_mm3 and facts.contrast_mm <= s.medium_near_mm:
        return Verdict(Category.CONTRAST, 0.7, (f"{facts.contrast_mm:.0f} mm from contrast medium and no denser",))
    if facts.volume_mm3 >= s.bowel_min_mm3 and facts.gas_mm <= s.bowel_gas_mm and not evidence.outside:
        reason = f"{facts.gas_mm:.0f} mm from gas, no denser than the contrast medium elsewhere"
        return Verdict(Category.CONTRAST, 0.7, (reason,))
    return None


def enhanced_blood(evidence: Evidence) -> Verdict | None:
    """In a cavity of a trunk with contrast medium: vessels and organs are as dense as the blood."""
    facts, patient, _ = evidence
    if not (patient.has_medium and patient.has_lungs and evidence.inside) or facts.where is None:
        return None  # without lungs in view it may be in bowel alone
    if facts.max_hu > patient.medium_hu + 3 * patient.noise_hu:
        return None
    reason = (
        f"inside the {facts.where.region}, at most {facts.max_hu:.0f} HU: no denser than the contrast medium elsewhere"
    )
    return Verdict(Category.CONTRAST, 0.7, (reason,))


def enhanced_vein(evidence: Evidence) -> Verdict | None:
    """Connected with contrast medium outside the cavities of a chest with enhanced blood: a vein goes on."""
    facts, patient, s = evidence
    if not (patient.has_medium and patient.has_lungs) or evidence.inside or facts.contrast_mm > s.medium_touch_mm:
        return None
    if facts.where is not None and facts.where.region != "chest":
        return None
    return Verdict(Category.CONTRAST, 0.6, ("goes on from contrast medium in the wall of the chest or an arm: a vein",))


def beside_medium(evidence: Evidence) -> Verdict | None:
    """Beside gas or contrast medium bowel content can't be told from calcification, if bowel can be there at all."""
    facts, _, s = evidence
    if evidence.outside and facts.gas_mm <= s.fold_mm:
        return uncertain(f"{facts.gas_mm:.0f} mm from gas, in a fold of skin or in bowel: content or calcification")
    beside_gas = facts.gas_mm <= s.bowel_gas_mm and not evidence.outside
    reach_mm = s.medium_near_mm if evidence.outside else s.bowel_gas_mm
    if not beside_gas and facts.contrast_mm > reach_mm:
        return None
    return uncertain("beside gas or contrast medium: bowel content or calcification")


def edge_of_metal(evidence: Evidence) -> Verdict | None:
    """A speck no larger and no farther from metal than its blurred edge; what is larger may be ossification."""
    facts, _, s = evidence
    if facts.metal_share < s.metal_edge_share or facts.volume_mm3 >= s.metal_edge_mm3:
        return None
    reason = f"{facts.volume_mm3:.0f} mm³, no farther from metal than its blurred edge is: an end or edge of it"
    return Verdict(Category.METAL, 0.6, (reason,))


def beside_metal(evidence: Evidence) -> Verdict | None:
    """Streaks beside metal look like deposits."""
    facts, _, s = evidence
    if facts.metal_mm > s.metal_mm:
        return None
    return uncertain(f"{facts.metal_mm:.0f} mm from metal: streak or calcification")


def spread_contrast(
    volume: Volume, candidates: tuple[Candidate, ...], patient: Patient, s: ClassifySettings
) -> tuple[Candidate, ...]:
    """Loops of bowel without gas of their own: no denser than one that is known and close to it, one by one."""
    known = [Cloud.of(region_surface_mm(c.region, volume.grid)) for c in candidates if c.category is Category.CONTRAST]
    judged = list(candidates)
    grown = bool(known)
    while grown:
        grown = False
        for k, candidate in enumerate(judged):
            if candidate.category in (None, Category.CONTRAST) or not _like_a_loop(candidate, patient, s):
                continue
            own = Cloud.of(region_surface_mm(candidate.region, volume.grid))
            gap = min(gap_mm(own, other, s.medium_chain_mm) for other in known)
            if np.isfinite(gap):
                reason = f"{gap:.0f} mm from other contrast medium and no denser"
                judged[k] = replace(candidate, verdict=Verdict(Category.CONTRAST, 0.6, (reason,)))
                known.append(own)
                grown = True
    return tuple(judged)


def _like_a_loop(candidate: Candidate, patient: Patient, s: ClassifySettings) -> bool:
    """Whether a candidate may be a filled loop of bowel: not too dense, not too small, with gas somewhere near."""
    facts = candidate.facts
    in_wall = facts.where is not None and facts.where.depth_mm <= 0
    return (
        facts.mean_hu < s.medium_mean_hu
        and facts.max_hu <= patient.medium_hu + s.medium_denser_hu
        and facts.volume_mm3 >= s.medium_min_mm3
        and facts.gas_mm <= s.trunk_gas_mm
        and not in_wall
    )
