"""Where a lesion lies, in one sentence."""

from __future__ import annotations

from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.bones import MIDLINE
from calcimeter.model.lesion import Lesion, Place
from calcimeter.report.wording import length, sentence, term

NEEDS_BONE = frozenset({"shaft", "medial_condyle", "lateral_condyle", "epicondyle", "plateau", "malleolus"})
"""Parts that more than one bone has."""

COMPARTMENTS = {
    "skin": "in the skin",
    "subcutaneous": "in the fat under the skin",
    "intermuscular": "between the muscles",
    "intramuscular": "inside a muscle",
    "bursal": "in a bursa",
    "intra_articular": "inside the joint",
    "visceral": "in an organ",
}
JOINTS = {
    "symphysis": "the symphysis",
    "intervertebral": "an intervertebral joint",
    "hand_joints": "the joints of the hand",
    "foot_joints": "the joints of the foot",
}


def place_sentence(lesion: Lesion, analysis: CTAnalysis) -> str:
    """Bone, part, side, direction, distance, tissue and joint, as far as they are known."""
    place = lesion.place
    tissue = COMPARTMENTS.get(place.compartment or "", "")
    if place.distance_mm is None:
        return sentence("; ".join(words for words in ("the distance to bone is not known", tissue) if words))
    if place.direction and place.bone:
        away = f"{length(place.distance_mm)} from bone" if place.distance_mm > 0 else "touching it"
        first = [f"{place.direction} to {_bone(place)}", away, tissue]
    else:
        first = [_from_bone(lesion, analysis), tissue]
    side = f"{place.side} side" if place.side in ("left", "right") and not place.bone else ""
    parts = [", ".join(words for words in first if words), side, _joint(place)]
    return sentence("; ".join(words for words in parts if words))


def _from_bone(lesion: Lesion, analysis: CTAnalysis) -> str:
    """How far from which bone."""
    place = lesion.place
    if place.bone:
        bone = _bone(place)
    else:
        several = len(analysis.anatomy.skeleton.bones) > 1 and place.bone_id is not None
        piece = f" (piece {place.bone_id} of the skeleton, not named)" if several else ""
        bone = f"the nearest bone{piece}"
    return f"{length(place.distance_mm)} from {bone}" if place.distance_mm else f"touching {bone}"


def _bone(place: Place) -> str:
    """A bone and its part with their side: "the left greater trochanter", "the shaft of the left femur"."""
    bone, part = term(place.bone or ""), term(place.part or "")
    if place.bone in MIDLINE:
        aside = f", on the {place.side}" if place.side in ("left", "right") else ""
        return f"the {part or bone}{aside}"
    unknown = "" if place.side in ("left", "right") else " (side not known)"
    side = "" if unknown else f"{place.side} "
    if place.bone == "rib":
        return f"a {side}rib{unknown}"
    if part and place.part not in NEEDS_BONE:
        return f"the {side}{part}{unknown}"
    of = f"the {part} of " if part else ""
    return f"{of}the {side}{bone}{unknown}"


def _joint(place: Place) -> str:
    """The nearest joint, and whether the lesion lies on its extensor side."""
    if place.joint is None or place.joint_distance_mm is None:
        return ""
    joint = JOINTS.get(place.joint, f"the {term(place.joint)} joint")
    side = {True: "on its extensor side", False: "not on its extensor side"}
    away = f"{length(place.joint_distance_mm)} from {joint}" if place.joint_distance_mm > 0 else f"at {joint}"
    return away if place.extensor_side is None else f"{away}, {side[place.extensor_side]}"
