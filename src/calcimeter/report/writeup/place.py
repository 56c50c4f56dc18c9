"""Where a deposit lies, from the fields of its place."""

from __future__ import annotations

from calcimeter.model.bones import MIDLINE
from calcimeter.report.whereabouts import COMPARTMENTS, JOINTS, NEEDS_BONE
from calcimeter.report.writeup.facts import Fact
from calcimeter.report.writeup.words import Words, millimeters, say, show, term, together


def place_words(place: Fact) -> Words | None:
    """Direction, bone, distance, tissue and joint, as far as they are known."""
    first = _beside(place)
    tissue = COMPARTMENTS.get(str(place["compartment"].value))
    return together([first, show(place["compartment"], tissue) if tissue else None, _joint(place)])


def site_words(where: Fact) -> Words | None:
    """A site with its side: "the left hip"; of a side that is not known the sentence on its place tells."""
    site = term(where["site"])
    if site is None or where["side"].value not in ("left", "right"):
        return say("the {site}", site=site)
    return say("the {side} {site}", side=term(where["side"]), site=site)


def _beside(place: Fact) -> Words | None:
    distance = place["distance_mm"]
    if not distance.known:
        return show(distance, "at a distance to bone that is not known")
    away = say("{far} from bone", far=millimeters(distance)) if distance.value > 0 else show(distance, "touching bone")
    bone = _bone(place)
    if bone is None:
        return say("{away} that has no name here", away=away)
    if place["direction"].known:
        return say("{direction} to {bone}, {away}", direction=term(place["direction"]), bone=bone, away=away)
    return say("beside {bone}, {away}", bone=bone, away=away)


def _bone(place: Fact) -> Words | None:
    """A bone and its part with their side; an unknown side is named as such."""
    bone, part, side = term(place["bone"]), term(place["part"]), term(place["side"])
    if bone is None:
        return None
    if place["bone"].value in MIDLINE:
        whole = say("the {part} of the {bone}", part=part, bone=bone) or say("the {bone}", bone=bone)
        aside = place["side"].value in ("left", "right")
        return say("{whole}, on its {side} side", whole=whole, side=side) if aside else whole
    sided = place["side"].value in ("left", "right")
    aside_words = side if sided else show(place["side"], "(side not known)")
    named = say("{side} {bone}" if sided else "{bone} {side}", side=aside_words, bone=bone)
    if part is None:
        return say("the {named}", named=named)
    if place["part"].value in NEEDS_BONE:
        return say("the {part} of the {named}", part=part, named=named)
    return say("the {side} {part}" if sided else "the {part} {side}", side=aside_words, part=part)


def _joint(place: Fact) -> Words | None:
    joint, distance = place["joint"], place["joint_distance_mm"]
    if not joint.known or not distance.known:
        return None
    name = show(joint, JOINTS.get(str(joint.value), f"the {str(joint.value).replace('_', ' ')} joint"))
    if distance.value > 0:
        return say("{far} from {joint}", far=millimeters(distance), joint=name)
    return say("{at} {joint}", at=show(distance, "at"), joint=name)
