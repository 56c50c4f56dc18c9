"""What lies in organs: by a label map where one was given, else by where kidneys, ureters and bladder lie."""

from __future__ import annotations

from functools import cache

from calcimeter.ct.classify.evidence import Evidence, is_compact, uncertain
from calcimeter.knowledge.table import read_table
from calcimeter.model.candidate import Verdict
from calcimeter.model.lesion import Category

DEEP_MM = 60.0
"""From here on a depth is only called deep: in a crop the wall may lie beyond the images."""


def given_organ(evidence: Evidence) -> Verdict | None:
    """What the organ of a given label map says of everything in it; a muscle says nothing."""
    organ = evidence.facts.organ
    told = _organs().get(organ) if organ is not None else None
    if organ is None or told is None or told == Category.SOFT_TISSUE:
        return None
    reason = f"in the {organ.replace('_', ' ')} of the given label map"
    if told == Category.UNCERTAIN:
        return uncertain(f"{reason}: content of the bowel or calcification")
    return Verdict(Category(told), 0.85, (reason,))


def bladder_stone(evidence: Evidence) -> Verdict | None:
    """Dense in the fluid of the bladder: in the middle of the true pelvis."""
    facts, _, s = evidence
    where = facts.where
    if where is None or where.region != "pelvis" or facts.ring_hu is None or facts.max_hu < s.stone_hu:
        return None
    below = where.below_brim_mm is None or where.below_brim_mm >= 0
    in_the_middle = where.depth_mm >= s.bladder_depth_mm and where.lateral_mm <= s.bladder_lateral_mm
    if not (below and in_the_middle and _within(facts.ring_hu, s.urine_hu)):
        return None
    return Verdict(Category.STONE, 0.55, (f"in fluid of {facts.ring_hu:.0f} HU in the pelvis: the bladder",))


def behind_symphysis(evidence: Evidence) -> Verdict | None:
    """In the midline behind the pubic bones, where prostate, or urethra and vagina, and the neck of the bladder lie."""
    facts, _, s = evidence
    if facts.where is None or facts.midline is None or not evidence.well_inside:
        return None
    behind = facts.midline.behind_pubis_mm
    if behind is None or behind > s.pubis_behind_mm or facts.where.lateral_mm > s.pubis_lateral_mm:
        return None
    reason = f"{behind:.0f} mm behind the symphysis, {facts.where.lateral_mm:.0f} mm from the midline"
    return Verdict(Category.VISCERAL, 0.6, (f"{reason}: prostate, or urethra and vagina",))


def kidney_or_ureter_stone(evidence: Evidence) -> Verdict | None:
    """Compact and dense beside the lumbar spine, where kidneys and ureters lie."""
    facts, _, s = evidence
    where = facts.where
    if where is None or where.region != "abdomen" or not evidence.well_inside or facts.max_hu < s.stone_hu:
        return None
    if not is_compact(facts, s.stone_mm, s.stone_elongation):
        return None
    way = "before" if where.before_spine_mm > 0 else "behind"
    depth = f"{abs(where.before_spine_mm):.0f} mm {way} the front of the spine"
    side = f"{where.lateral_mm:.0f} mm from the midline, {depth}"
    if _within(where.lateral_mm, s.ureter_lateral_mm) and _within(where.before_spine_mm, s.ureter_ahead_mm):
        return Verdict(Category.STONE, 0.55, (f"{side}: on the line of the ureter", f"up to {facts.max_hu:.0f} HU"))
    above = where.above_promontory_mm is None or where.above_promontory_mm >= s.kidney_above_mm
    if above and _within(where.lateral_mm, s.kidney_lateral_mm) and _within(where.before_spine_mm, s.kidney_ahead_mm):
        return Verdict(Category.STONE, 0.6, (f"{side}: where the kidney lies", f"up to {facts.max_hu:.0f} HU"))
    return None


def in_cavity(evidence: Evidence) -> Verdict | None:
    """Inside the trunk organs, nodes, vessels and deposits are not told apart without a label map."""
    facts, patient, s = evidence
    if facts.where is not None and evidence.inside:
        deep = "deep" if facts.where.depth_mm >= DEEP_MM else f"{facts.where.depth_mm:.0f} mm"
        return uncertain(f"{deep} inside the {facts.where.region}: organ, node, vessel or deposit")
    if evidence.outside:
        return None
    if facts.gas_mm <= s.trunk_gas_mm:
        return uncertain(f"{facts.gas_mm:.0f} mm from gas in bowel or airway: organs are not told apart")
    return None if patient.has_trunk else _trunk_without_names(evidence)


def _trunk_without_names(evidence: Evidence) -> Verdict | None:
    """Where no bone has a name lungs, bone around and bowel gas tell that this is a trunk."""
    facts, patient, s = evidence
    if patient.has_lungs and facts.bone_around >= s.rib_cage_share:
        return uncertain("inside the rib cage: organs and vessels are not told apart")
    trunk = patient.has_lungs or patient.bowel_gas_mm3 >= s.trunk_gas_mm3
    if trunk and facts.volume_mm3 < s.compact_mm3 and facts.max_hu >= s.compact_max_hu:
        return uncertain("small and very dense in a trunk: phlebolith, stone, clip or deposit")
    return None


def _within(value: float, limits: tuple[float, float]) -> bool:
    """Whether a value lies between two limits."""
    return limits[0] <= value <= limits[1]


@cache
def _organs() -> dict[str, str]:
    """Category by organ."""
    organs: dict[str, str] = read_table("look_alikes.toml")["organ"]
    return organs
