"""What belongs to the skeleton: cartilage of ribs, joints, pieces of bone."""

from __future__ import annotations

from calcimeter.ct.classify.evidence import Evidence, uncertain
from calcimeter.ct.settings import ClassifySettings
from calcimeter.knowledge.places import places
from calcimeter.model.bones import SPINE
from calcimeter.model.candidate import Facts, Verdict
from calcimeter.model.lesion import Category


def costal_cartilage(evidence: Evidence) -> Verdict | None:
    """In the front wall of the chest, between the ends of the ribs and the sternum or along the costal arch."""
    facts, _, s = evidence
    where = facts.where
    if where is None or where.region == "pelvis" or facts.rib_mm > s.cartilage_mm:
        return None
    if facts.ring_hu is not None and facts.ring_hu < s.fat_hu:
        return None  # cartilage is no fat: breast, skin
    if facts.metal_mm <= s.metal_mm:
        return None  # beside wires after a sternotomy streaks are as dense
    in_wall = -s.cartilage_wall_mm <= where.depth_mm <= s.cartilage_inside_mm
    ahead_mm = max(s.cartilage_ahead_mm, s.cartilage_ahead_per_lateral * where.lateral_mm)
    if not in_wall or where.ahead_mm < ahead_mm or where.lateral_mm > s.cartilage_lateral_mm:
        return None
    if facts.core_hu is not None and facts.rim_hu is not None and facts.core_hu < s.marrow_to_rim * facts.rim_hu:
        return _shell_in_wall(facts, s)
    reason = f"in the front wall of the chest, {facts.rib_mm:.0f} mm from rib or sternum: where rib cartilage lies"
    return Verdict(Category.CARTILAGE, 0.7, (reason, f"mean {facts.mean_hu:.0f} HU"))


def _shell_in_wall(facts: Facts, s: ClassifySettings) -> Verdict:
    """Cartilage is calcified in specks or through and through; a shell around a soft core is cortex around marrow."""
    reason = f"in the front wall of the chest, a shell of {facts.rim_hu:.0f} HU around a core of {facts.core_hu:.0f} HU"
    if facts.bone_contact < s.bone_contact:
        return uncertain(f"{reason}: bone or rib cartilage")
    return Verdict(Category.BONE, 0.6, (f"{reason}, on bone with {100 * facts.bone_contact:.0f} % of its surface",))


def joint(evidence: Evidence) -> Verdict | None:
    """Between the two bones of a synovial joint, as near to each as a capsule is, and no larger than a loose body.

    What is larger lies around the joint, as tumoral calcinosis does, however near to both bones it comes.
    """
    facts, _, s = evidence
    if facts.volume_mm3 > s.joint_mm3:
        return None
    near = {name: gap for name, gap in facts.near_bones_mm if gap <= s.joint_mm}
    for name in places()["capsules"]:
        for one, other in places()["joints"][name]:
            if one in near and other in near:
                reason = f"{near[one]:.0f} mm from {_words(one)} and {near[other]:.0f} mm from {_words(other)}"
                return Verdict(Category.JOINT, 0.6, (f"{reason}: inside the {name} joint",))
    return None


def tail_of_spine(evidence: Evidence) -> Verdict | None:
    """In the midline on the lower end of the spine: the last segments of the coccyx are nodules of their own."""
    facts, _, s = evidence
    if facts.where is None or facts.midline is None or facts.midline.above_tail_mm is None:
        return None
    on_tail = any(name in ("sacrum", "coccyx") and gap <= s.tail_mm for name, gap in facts.near_bones_mm)
    low = facts.midline.above_tail_mm <= s.tail_mm and facts.where.lateral_mm <= s.tail_lateral_mm
    if not (on_tail and low) or facts.volume_mm3 >= s.beside_bone_mm3:
        return None
    reason = f"{facts.bone_mm:.0f} mm from the lower end of the spine, in the midline: its last segment"
    return Verdict(Category.BONE, 0.7, (reason,))


def process_of_spine(evidence: Evidence) -> Verdict | None:
    """Cut by the border beside the arch of a vertebra, where the other side has bone: processes come in pairs."""
    facts, _, s = evidence
    where, midline, near = facts.where, facts.midline, facts.near_bones_mm
    if where is None or midline is None or not near or near[0][0] not in SPINE:
        return None
    beside_arch = where.before_spine_mm < 0 and where.lateral_mm <= s.process_lateral_mm
    small = facts.volume_mm3 < s.beside_bone_mm3 and facts.bone_mm <= s.beside_bone_mm
    if not (beside_arch and small and facts.at_border) or midline.mirrored < s.process_mirrored:
        return None
    reason = f"{near[0][1]:.0f} mm from the {_words(near[0][0])}, where the other side has bone: a process of it"
    return Verdict(Category.BONE, 0.65, (reason,))


def piece_of_bone(evidence: Evidence) -> Verdict | None:
    """Cut by the border, or small beside bone, or with cortex of its own: bone can't be ruled out."""
    facts, _, s = evidence
    if facts.at_border and facts.bone_mm <= s.border_bone_mm:
        return uncertain("cut by the border beside bone: may be part of a bone")
    if facts.at_border and facts.max_hu >= s.cortex_hu:
        return uncertain("as dense as cortex and cut by the border: bone or deposit")
    if _shell_of_cortex(facts, s) and facts.volume_mm3 >= s.shell_mm3:
        return uncertain(f"a shell as dense as cortex around a core of {facts.core_hu:.0f} HU: bone or deposit")
    if facts.spicule:
        return uncertain("thin, and grown from the cortex that it stands on: spicule or deposit")
    small = facts.volume_mm3 < s.beside_bone_mm3
    if small and (facts.bone_mm <= s.beside_bone_mm or facts.bone_contact >= s.bone_contact):
        return uncertain("small and beside bone: spicule, insertion or deposit")
    return None


def cut_by_border(evidence: Evidence) -> Verdict | None:
    """Of what the border cuts, a small part shows neither shape nor size, and one beside no known bone may be bone."""
    facts, _, s = evidence
    if not facts.at_border or (facts.volume_mm3 >= s.border_mm3 and evidence.outside):
        return None
    return uncertain("cut by the border: too little of it is in view to tell what it is")


def _shell_of_cortex(facts: Facts, s: ClassifySettings) -> bool:
    """Whether a softer core may be marrow: trabeculae are denser than muscle, yellow marrow is less dense."""
    if facts.core_hu is None or facts.max_hu < s.cortex_hu or facts.core_hu >= s.core_to_shell * facts.max_hu:
        return False
    return not s.no_marrow_hu[0] <= facts.core_hu <= s.no_marrow_hu[1]


def _words(name: str) -> str:
    """A term of the vocabulary as words."""
    return name.replace("_", " ")
