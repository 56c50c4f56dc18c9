"""Deposits as a text describes them: place, side and size together, each once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from calcimeter.load.case_text.claims import Claim
from calcimeter.load.case_text.described import Study, Told, described, study_at, with_size
from calcimeter.load.case_text.phrases import Mention, names
from calcimeter.load.case_text.places import TAKEN_OUT, deposits, places, removed, unnamed
from calcimeter.load.case_text.sentences import Sentence
from calcimeter.load.case_text.sized import deposit_sizes

REFERS = re.compile(
    r"\b(?:it|which|measur\w+|in size|in diameter|"
    r"(?:the|this)(?: [a-z-]+){0,2} (?:mass|lesion|lump|swelling|deposit|calcification|nodule|tumou?r))\b"
)
"""Words that go back to a deposit named before."""

APART = "named beside a deposit, not said to be its place"
NO_TERM = "a deposit lies at a place that no term names"

NEAR = (
    {"hip", "proximal_femur", "buttock", "thigh", "pelvis"},
    {"thigh", "distal_femur"},
    {"distal_femur", "knee", "proximal_tibia"},
    {"proximal_tibia", "lower_leg"},
    {"lower_leg", "ankle"},
    {"ankle", "foot"},
    {"shoulder", "upper_arm", "clavicle", "chest_wall"},
    {"upper_arm", "elbow"},
    {"elbow", "forearm"},
    {"forearm", "wrist", "hand"},
    {"clavicle", "chest_wall", "sternum"},
    {"jaw", "face", "skull"},
    {"cervical_spine", "spine"},
    {"spine", "pelvis"},
)
"""Neighbors that one deposit may span; two of them do not make a case multifocal."""


def lesions(told: Iterable[Sentence]) -> tuple[list[Told], list[Claim]]:
    """The deposits of a text, in the order in which they are first named, and the sites that are left open.

    One place and side make one deposit, however often it is told of; a side is only taken from the clause that names
    the place, and a size from the words around the deposit, or from a sentence that goes on about the one just named.
    """
    known: list[Told] = []
    left: list[Claim] = []
    last: list[int] = []
    study: Study = None
    paragraph = 0
    for sentence in told:
        study = None if sentence.paragraph != paragraph else study
        paragraph = sentence.paragraph
        if sentence.of_patient and not sentence.late and not sentence.states:
            named, apart = described(sentence, study)
            gone = _removed(sentence)
            left += [Claim(one.term, None, sentence.place(one), TAKEN_OUT) for one in gone]
            apart = [one for one in apart if not any(other.start == one.start for other in gone)]
            left += [Claim(one.site, None, sentence.place(Mention("", one.start, one.end)), APART) for one in apart]
            left += [Claim("", None, sentence.place(one), NO_TERM) for one in unnamed(sentence, deposits(sentence))]
            if named:
                last = [_merge(known, one) for one in named]
            else:
                _go_on(known, last, sentence, study)
        study = study_at(sentence, len(sentence.text), study)
    sites = {one.lesion.site for one in known}
    return known, [claim for claim in left if claim.term not in sites]


def _removed(sentence: Sentence) -> list[Mention]:
    """Places of deposits that were taken out before the present illness; the term is the site."""
    spans = removed(sentence)
    return [
        Mention(place.site, place.start, place.end)
        for place in (places(sentence, also_ill=True) if spans else [])
        if any(begin <= place.start < end for begin, end in spans)
    ]


def is_multifocal(found: list[Told]) -> tuple[int, int] | None:
    """The place of the second of two deposits that no single one could be; None where there are none."""
    for k, second in enumerate(found):
        for first in found[:k]:
            a, b = first.lesion, second.lesion
            apart = a.site != b.site and not any({a.site, b.site} <= near for near in NEAR)
            opposite = a.side is not None and b.side is not None and a.side != b.side
            if apart or opposite:
                return second.places["site"]
    return None


def _merge(known: list[Told], one: Told) -> int:
    """Put what a sentence tells to the deposit that it is about, or list a new one; its number."""
    same = [k for k, other in enumerate(known) if other.lesion.site == one.lesion.site]
    fitting = [k for k in same if known[k].lesion.side == one.lesion.side]
    if not fitting and len(same) == 1 and None in (known[same[0]].lesion.side, one.lesion.side):
        fitting = same
    if not fitting:
        if one.lesion.side is None and same:
            plain = replace(one, lesion=replace(one.lesion, long_axis_cm=None, short_axis_cm=None))
            for k in same:
                known[k] = _together(known[k], plain)
            return same[-1]
        known.append(one)
        return len(known) - 1
    known[fitting[0]] = _together(known[fitting[0]], one)
    return fitting[0]


def _together(old: Told, new: Told) -> Told:
    """The first that was told of each field; a size on an image before one by hand."""
    by_hand = old.lesion.modality is None and new.lesion.modality is not None
    takes_size = new.lesion.long_axis_cm is not None and (old.lesion.long_axis_cm is None or by_hand)
    lesion, where = old.lesion, dict(old.places)
    names_of = ["side", "bone", "part"]
    for name in names_of:
        if getattr(lesion, name) is None and getattr(new.lesion, name) is not None:
            if name == "part" and new.lesion.bone != lesion.bone:
                continue
            lesion = replace(lesion, **{name: getattr(new.lesion, name)})
            where[name] = new.places[name]
    if takes_size:
        kept = ("long_axis_cm", "short_axis_cm", "modality")
        lesion = replace(lesion, **{name: getattr(new.lesion, name) for name in kept})
        where = {name: place for name, place in where.items() if name not in kept}
        where |= {name: new.places[name] for name in kept if name in new.places}
    elif lesion.modality is None and lesion.long_axis_cm is None and new.lesion.modality is not None:
        lesion, where["modality"] = replace(lesion, modality=new.lesion.modality), new.places["modality"]
    return Told(lesion, where, new.paragraph)


def _go_on(known: list[Told], last: list[int], sentence: Sentence, study: Study) -> None:
    """Give a size told without a place to the deposit just named, if it was one alone and the words go back to it."""
    if len(last) != 1 or known[last[0]].lesion.long_axis_cm is not None or not REFERS.search(sentence.text):
        return
    if sentence.paragraph - known[last[0]].paragraph > 1 or names("words.other_sized", sentence.text):
        return
    for size in deposit_sizes(sentence, (0, len(sentence.text))):
        known[last[0]] = with_size(known[last[0]], size, sentence, study_at(sentence, size.start, study))
        return
