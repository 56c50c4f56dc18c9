"""What each candidate is, by rules with their reasons; what can't be told is uncertain.

A rule is a function from the evidence of one candidate to a verdict, and gives None where it does not speak.
"""

from __future__ import annotations

from dataclasses import replace

from calcimeter.ct.classify import bones, medium, organs, vessels
from calcimeter.ct.classify.evidence import Evidence, Patient, Rule, uncertain
from calcimeter.ct.settings import ClassifySettings
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.candidate import Candidate, Facts, Verdict
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Volume


def classify(
    volume: Volume, candidates: tuple[Candidate, ...], anatomy: Anatomy, settings: ClassifySettings
) -> tuple[Candidate, ...]:
    """The candidates with their verdicts.

    The first rule that speaks decides. Confidences are an ordering by how often a rule was right on the real
    series that it was made on, not calibrated probabilities. A verdict of None means that the object is too faint
    to stand by itself; it may still be a fragment of a deposit nearby.
    """
    patient = Patient.of(volume, anatomy)
    verdicts = (_with_cut(_judge(Evidence(c.facts, patient, settings)), c.facts) for c in candidates)
    judged = tuple(replace(c, verdict=verdict) for c, verdict in zip(candidates, verdicts, strict=True))
    judged = medium.spread_contrast(volume, judged, patient, settings)
    return vessels.join_vessels(volume, judged, settings)


def _judge(evidence: Evidence) -> Verdict | None:
    """The verdict of the first rule that speaks."""
    facts, patient, s = evidence
    if facts.peak_hu < max(facts.threshold_hu, s.peak_hu + s.peak_sigmas * patient.noise_hu):
        return None
    for rule in RULES:
        verdict = rule(evidence)
        if verdict is not None:
            return verdict
    reasons = (*_tissue(facts, s), *_place(evidence), "no sign of bowel content, vessel, metal or bone")
    return Verdict(Category.SOFT_TISSUE, 0.6 if facts.at_border else 0.85, reasons)


def _with_cut(verdict: Verdict | None, facts: Facts) -> Verdict | None:
    """The verdict, which says so if the object was cut off bone."""
    if verdict is None or facts.cut_mm2 is None:
        return verdict
    return replace(verdict, reasons=(*verdict.reasons, f"cut off bone along {facts.cut_mm2:.0f} mm2"))


def _tissue(facts: Facts, s: ClassifySettings) -> tuple[str, ...]:
    """What lies around it."""
    if facts.ring_hu is None:
        return ()
    return (f"in {'fat' if facts.ring_hu < s.fat_hu else 'soft tissue'} of {facts.ring_hu:.0f} HU",)


def _place(evidence: Evidence) -> tuple[str, ...]:
    """Where it lies, if the trunk is known."""
    where = evidence.facts.where
    if where is None:
        return ("in a limb",) if evidence.in_limb else ()
    return (f"{-where.depth_mm:.0f} mm outside the cavity of the {where.region}",)


def _faint(evidence: Evidence) -> Verdict | None:
    """Small objects need a clear peak."""
    facts, patient, s = evidence
    clear = facts.peak_hu >= facts.threshold_hu + s.small_peak_sigmas * patient.noise_hu
    if clear or facts.volume_mm3 >= s.small_mm3:
        return None
    return uncertain("small and faint: a deposit or noise")


RULES: tuple[Rule, ...] = (
    medium.outside_body,
    medium.contrast_medium,
    organs.given_organ,
    medium.enhanced_blood,
    medium.edge_of_metal,
    bones.costal_cartilage,
    vessels.plaque_in_blood,
    vessels.great_vessel,
    medium.enhanced_vein,
    medium.beside_metal,
    medium.beside_medium,
    bones.joint,
    vessels.phlebolith,
    organs.bladder_stone,
    organs.kidney_or_ureter_stone,
    organs.behind_symphysis,
    bones.tail_of_spine,
    bones.process_of_spine,
    bones.piece_of_bone,
    vessels.line,
    organs.in_cavity,
    bones.cut_by_border,
    _faint,
)
"""In this order; place decides before shape, and shape before density."""
