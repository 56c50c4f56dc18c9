"""The deposits that one sentence describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from calcimeter.load.case_text.negation import Status, status
from calcimeter.load.case_text.numbers import Size
from calcimeter.load.case_text.phrases import Mention, find
from calcimeter.load.case_text.places import Place, deposits, places
from calcimeter.load.case_text.sentences import Sentence
from calcimeter.load.case_text.sides import Sides
from calcimeter.load.case_text.sized import deposit_sizes, size_of, sizes_by_side
from calcimeter.model.case import StatedLesion

Study = tuple[str, tuple[int, int]] | None
"""Modality of a study, and where it is named."""

SEGMENT = re.compile(
    r"(?P<hard>;|,? but |,? whereas |,? while |\. )|"
    r",? and (?=(?:an?|another|one|two|also an?) )|, (?=(?:an?|another|one over|with|without) )"
)
ANOTHER = re.compile(
    r"\b(?:another|an? (?:second|third|further|similar|smaller|larger)|one|others?)(?: (?:one|mass|lump))? "
    r"(?=(?:\([^)]*\) )?(?:at|in|on|over|near|around|adjacent|beside|of|lateral|behind)\b)"
)
JOINED = re.compile(
    r"[\s,]*(?:\([^)]*\)|(?:(?:measuring|of) )?[\d. x]+[cm]m|on the (?:left|right)(?: side)?)?[\s,]*"
    r"(?:and|as well as|&|/|,)\s*"
    r"(?:(?:also|the|his|her|both|bilateral|left|right|(?!\w+(?:s|ed|ing)\b)[a-z-]+) ){0,6}$"
)
DESCRIBES = re.compile(
    r"[\s,(:]*(?:(?:of|in|at|to|the|his|her|a|near|beside|on|over|behind|just|close|next|within|along|around|left|right|"
    r"small|large|region|joint|tendon|insertion|attachment|origin|its|muscle|side|part|aspect|surface|portion|"
    r"calcified|mass|ossicle|calcification|[a-z-]+(?:al|or|ly|ent)) ?)*"
)
"""What joins a place with a finer one of the same deposit: "the gluteal region lateral to the ischium"."""

INSERTED = re.compile(r"\b(?:insertion|attachment|origin|tendon)\b")
"""A tendon's deposit lies where the tendon is attached: "the gluteus medius tendon at the greater trochanter"."""

AT = re.compile(
    r"(?:(?!\b(?:who|which|that|had|has|have|with|but|whose)\b)[^.;])*?\b(?:in|on|over|at|of|near|around|beside|behind|above|"
    r"below|under|along|within|about|between|overlying|surrounding|adjacent to|next to|close to|involving|affecting)\b"
    r"(?:(?!\b(?:who|which|that|had|has|have|with|but|whose)\b)[^.;]){0,40}"
)
RIGHT_BEFORE = re.compile(r"\s+(?:(?!(?:and|or|with|who|had|has)\b)[a-z-]+\s+){0,2}")
"""What joins a deposit to the place behind it, and to the one before it."""

SPANS = re.compile(r"\b(?:bridging|between|spanning|extending from|reaching from|fusing)\b")


@dataclass(frozen=True, slots=True)
class Told:
    """One deposit, where each of its fields stands in the text, and the paragraph that named it last."""

    lesion: StatedLesion
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    paragraph: int = 0


def described(sentence: Sentence, before: Study) -> tuple[list[Told], list[Place]]:
    """The deposits that a sentence names with a place, in its order, and the places that may be a deposit's or not.

    Places in a list are several deposits; a place in the words of another describes it. Where no place is named but a
    study was aimed at a limb, the deposit lies there. Of places that are told apart those count that the words join to
    the deposit.

    Parameters
    ----------
    sentence : Sentence
    before : Study
        The study that the paragraph spoke of until here.
    """
    named, marks = places(sentence), deposits(sentence)
    if not marks:
        return [], named if _shows_mineral(sentence) else []
    again = (match.span() for match in ANOTHER.finditer(sentence.text, marks[0].end))
    marks = [*marks, *(Mention("another", *span) for span in again)]
    found: list[Told] = []
    left: list[Place] = []
    for begin, end in _segments(sentence.text, marks):
        here = [mark for mark in marks if begin <= mark.start < end]
        own = [place for place in named if begin <= place.start < end and not place.region_of_study]
        own = [_sided_by_study(place, named) for place in own]
        if found and own and not here and deposit_sizes(sentence, (begin, end)):
            here = [Mention("listed", begin, begin)]
        if here and (own := own or ([] if found else _aimed(named, end))):
            study = study_at(sentence, here[0].start, before)
            groups, apart = _groups(sentence.text[: own[-1].end], own, here)
            left += apart
            found += _in_segment(sentence, (begin, end), groups, (here, study))
    return found, left if found else places(sentence, also_ill=True)


def _shows_mineral(sentence: Sentence) -> bool:
    """Whether a sentence that names no deposit tells of bone or mineral: "CT of the hip demonstrated mature bone"."""
    shown = [one for one in find("findings", sentence.text) if one.term in ("ossification", "mineralized")]
    return any(status(sentence, one) is Status.PRESENT for one in shown)


def study_at(sentence: Sentence, position: int, before: Study) -> Study:
    """The study that shows what stands at a position: the last one named until there, else the next, else the former.

    What is found by hand, "on examination", is shown by no study.
    """
    named = find("studies", sentence.text)
    if not named:
        return before
    earlier = [one for one in named if one.start <= position]
    one = earlier[-1] if earlier else named[0]
    return (one.term, sentence.place(one)) if one.term != "examination" else None


def with_size(one: Told, size: Size | None, sentence: Sentence, study: Study) -> Told:
    """The same deposit with its size, and the study that shows it."""
    lesion, where = one.lesion, dict(one.places)
    if size is not None:
        lengths = size.lengths_cm
        lesion = replace(lesion, long_axis_cm=lengths[0], short_axis_cm=lengths[1] if len(lengths) > 1 else None)
        named = ("long_axis_cm", "short_axis_cm")[: len(lengths)]
        where |= dict.fromkeys(named, _at(sentence, size.start, size.end))
    if study is not None:
        lesion, where["modality"] = replace(lesion, modality=study[0]), study[1]
    return Told(lesion, where, one.paragraph)


def _segments(text: str, marks: list[Mention]) -> list[tuple[int, int]]:
    """Parts of a sentence that tell of one deposit each; one that names none belongs to the part before it."""
    inside = [match.span() for match in re.finditer(r"\([^()]*\)", text)]
    cuts = [cut for cut in SEGMENT.finditer(text) if not any(a <= cut.start() < b for a, b in inside)]
    parts: list[tuple[int, int]] = []
    begin = 0
    for cut, stop in [*((cut, cut.start()) for cut in cuts), (None, len(text))]:
        parts.append((begin, stop))
        if cut is not None:
            begin = cut.end()
    joined: list[tuple[int, int]] = []
    for k, (start, stop) in enumerate(parts):
        hard = k > 0 and cuts[k - 1].group("hard") is not None
        empty = not any(start <= mark.start < stop for mark in marks)
        if joined and empty and not hard:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined


def _sided_by_study(place: Place, named: list[Place]) -> Place:
    """With the side of the study in the same sentence, where it was aimed at one side of the same place."""
    aimed = [one for one in named if one.region_of_study and one.start < place.start and one.site == place.site]
    if place.sides or len(aimed) != 1 or len(aimed[0].sides) != 1:
        return place
    return replace(place, sides=aimed[0].sides, side_place=aimed[0].side_place)


def _aimed(named: list[Place], end: int) -> list[Place]:
    """The limb that the study was aimed at, where nothing else tells where the deposit lies."""
    limbs = [place for place in named if place.region_of_study and place.start < end and place.is_limb]
    return limbs[-1:]


def _in_segment(
    sentence: Sentence, span: tuple[int, int], groups: list[list[Place]], shown: tuple[list[Mention], Study]
) -> list[Told]:
    """The deposits of one segment, each with the size that belongs to it."""
    marks, study = shown
    measured = deposit_sizes(sentence, span)
    found: list[Told] = []
    for k, group in enumerate(groups):
        size = size_of(sentence.text, measured, groups, k)
        own = groups[k - 1][-1].end if k else span[0], groups[k + 1][0].start if k + 1 < len(groups) else span[1]
        sided = sizes_by_side(sentence, own)
        found += [
            with_size(one, size if alone else sided.get(one.lesion.side or ""), sentence, study)
            for one, alone in _by_side(sentence, group, marks)
        ]
    return found


def _groups(text: str, own: list[Place], marks: list[Mention]) -> tuple[list[list[Place]], list[Place]]:
    """Places that belong to one deposit together, and those that are told apart from them."""
    rows = [[[own[0]]]]
    spans = bool(SPANS.search(text[: own[0].start]))
    for before, place in pairwise(own):
        between = text[before.end : place.start]
        is_listed = "," in between and before.site != place.site and before.sides and place.sides
        if spans or (DESCRIBES.fullmatch(between) and not is_listed):
            rows[-1][-1].append(place)
        elif JOINED.fullmatch(between):
            rows[-1].append([place])
        else:
            rows.append([[place]])
    kept = next((row for row in rows if _is_at(text, row[0][0], marks)), rows[0])
    return kept, [place for row in rows if row is not kept for group in row for place in group]


def _is_at(text: str, place: Place, marks: list[Mention]) -> bool:
    """Whether words join a place to a deposit: "lumps over the back", "elbow mass"."""
    return any(
        AT.fullmatch(text, mark.end, place.start) or RIGHT_BEFORE.fullmatch(text, place.end, mark.start)
        for mark in marks
    )


def _by_side(sentence: Sentence, group: list[Place], marks: list[Mention]) -> list[tuple[Told, bool]]:
    """One record, or one for each side, and whether it is alone."""
    sided = next((place for place in group if place.sides), None)
    sides, at = (sided.sides, sided.side_place) if sided else _side_of_deposit(sentence, marks)
    bone = next((place for place in group if place.part), None) or next((place for place in group if place.bone), None)
    first = group[0] if not (bone and INSERTED.search(sentence.text[group[0].start : bone.start])) else bone
    where = {"site": _at(sentence, first.start, first.end)}
    lesion = StatedLesion(site=first.site)
    if bone is not None:
        lesion = replace(lesion, bone=bone.bone, part=bone.part)
        where |= {name: _at(sentence, bone.start, bone.end) for name in ("bone", "part") if getattr(bone, name)}
    if at is not None:
        where["side"] = _at(sentence, *at)
    told = [Told(replace(lesion, side=side), where, sentence.paragraph) for side in sides or [None]]
    return [(one, len(told) == 1) for one in told]


def _side_of_deposit(sentence: Sentence, marks: list[Mention]) -> tuple[Sides, tuple[int, int] | None]:
    """The side of "left-sided calcification beside the hip", where the clause names no other side."""
    for mark in marks:
        begin, end = sentence.clause(mark.start)
        said = set(re.findall(r"\b(?:left|right)\b", sentence.text[begin:end]))
        near = re.search(r"\b(left|right)(?:-sided| sided)?(?: [a-z-]+){0,3} $", sentence.text[begin : mark.start])
        if near and len(said) == 1 and not re.search(r"\b(?:and|or|of|in|to|with|from)\b", near.group()):
            return ("left" if near.group(1) == "left" else "right",), (begin + near.start(1), begin + near.end(1))
    return (), None


def _at(sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    return sentence.start + start, sentence.start + end
