"""Foci of retained tracer beside the thyroid, as a text describes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from calcimeter.load.case_text.negation import Status, heart_of, status
from calcimeter.load.case_text.phrases import Mention, find
from calcimeter.load.case_text.sentences import Sentence
from calcimeter.model.case import StatedFocus

POLES = {
    "lower": "lower",
    "inferior": "lower",
    "upper": "upper",
    "superior": "upper",
    "middle": "middle",
    "mid": "middle",
}
POLE = re.compile(
    r"\b(?P<pole>lower|inferior|upper|superior|middle|mid)"
    r"(?:[- ](?:pole|third|part|half|aspect)\b|(?= (?:left |right )?(?:parathyroid|thyroid))|"
    r"(?= (?:and|or) (?:left |right )?(?:lower|inferior|upper|superior)\b))"
)
SIDE = re.compile(
    r"\b(?P<side>left|right)(?:[- ](?:sided|lower|upper|inferior|superior|lobe|thyroid|parathyroid|lobar|mid)\b)"
)
LOBE_OF = re.compile(r"\blobe (?:of the thyroid )?on the (?P<side>left|right)\b")
ECTOPIC = re.compile(r"\b(?:ectopic|mediastin\w+|retrosternal|intrathymic)\b")
ORGAN = re.compile(r"\b(?:thyroid|parathyroid)\b")
NONE_AT = re.compile(r"\b(?:none|nothing)\b(?!.*\b(?:an?|one|another)\b)")
ANOTHER = re.compile(
    r"\b(?:one|another|an? second|the other)(?: \w+){0,2} (?:at|in|on|over|near|behind|below)\b[^,;]*$"
)
"""A focus in a clause that does not name it again: "no focus at the right lower pole, but one at the left"."""

SPARED = re.compile(
    r"[^,;.]{0,40}? (?:was|were|is|are|appeared) (?:\w+ )?(?:normal|unremarkable|negative|clear|spared|free|cold)\b"
)


def foci(told: Iterable[Sentence]) -> list[tuple[StatedFocus, dict[str, tuple[int, int]]]]:
    """Each focus once, with where its fields stand; side and pole are None where its sentence does not tell them.

    A focus told of twice with the same side and pole is one; several poles in one sentence are several foci, each with
    the side in its own clause.
    """
    found: list[tuple[StatedFocus, dict[str, tuple[int, int]]]] = []
    for sentence in told:
        if not sentence.of_patient or sentence.late:
            continue
        for focus, where in _of_sentence(sentence):
            known = [k for k, (other, _) in enumerate(found) if _same(other, focus)]
            if not known:
                found.append((focus, where))
            elif _detail(focus) > _detail(found[known[0]][0]):
                found[known[0]] = (focus, where)
    return found


def _same(one: StatedFocus, other: StatedFocus) -> bool:
    sides = one.side is None or other.side is None or one.side == other.side
    return sides and (one.pole is None or other.pole is None or one.pole == other.pole)


def _detail(focus: StatedFocus) -> int:
    return (focus.side is not None) + (focus.pole is not None)


def _of_sentence(sentence: Sentence) -> list[tuple[StatedFocus, dict[str, tuple[int, int]]]]:
    named = [one for one in find("findings", sentence.text) if one.term == "parathyroid_focus"]
    organ = ORGAN.search(sentence.text)
    if not named or not organ:
        return []
    hearts = [heart_of(sentence, one) for one in named]
    if not (poles := list(POLE.finditer(sentence.text))):
        if not all(status(sentence, one) is Status.PRESENT for one in hearts):
            return []
        ectopic = ECTOPIC.search(sentence.text)
        return [_focus(sentence, organ, ectopic, "ectopic" if ectopic else None, (0, len(sentence.text)))]
    cuts = [
        0,
        *(_cut(sentence.text, a.end(), b.start()) for a, b in pairwise(poles)),
        len(sentence.text),
    ]
    return [
        _focus(sentence, organ, pole, POLES[pole.group("pole")], (cuts[k], cuts[k + 1]))
        for k, pole in enumerate(poles)
        if _is_told_at(sentence, Mention("pole", *pole.span()), hearts)
    ]


def _is_told_at(sentence: Sentence, pole: Mention, named: list[Mention]) -> bool:
    """Whether a focus is said to be at a pole: neither the pole nor the focus that its clause tells of is denied."""
    begin, end = sentence.clause(pole.start)
    before = sentence.text[begin : pole.start]
    if status(sentence, pole) is not Status.PRESENT or NONE_AT.search(before) or SPARED.match(sentence.text, pole.end):
        return False
    if ANOTHER.search(before):
        return True
    words = [*named, *find("hearts.parathyroid_focus", sentence.text)]
    here = [one for one in words if begin <= one.start < end] or named
    near = min(here, key=lambda one: (one.start > pole.start, abs(one.start - pole.start)))
    return status(sentence, near) is Status.PRESENT


def _cut(text: str, after: int, before: int) -> int:
    """Between two poles: at the joining word, so that each keeps its own side."""
    joint = re.search(r"\b(?:and|,|as well as)\b|,", text[after:before])
    return after + joint.start() if joint else before


def _focus(
    sentence: Sentence, organ: re.Match[str], at: re.Match[str] | None, pole: str | None, span: tuple[int, int]
) -> tuple[StatedFocus, dict[str, tuple[int, int]]]:
    """One focus with the side that its own part of the sentence gives it."""
    part = sentence.text[span[0] : span[1]]
    sides = [*SIDE.finditer(part), *LOBE_OF.finditer(part)]
    side = sides[0] if len({found.group("side") for found in sides}) == 1 else None
    where = {"organ": (sentence.start + organ.start(), sentence.start + organ.end())}
    if at is not None and pole is not None:
        where["pole"] = (sentence.start + at.start(), sentence.start + at.end())
    if side is not None:
        where["side"] = tuple(sentence.start + span[0] + place for place in side.span("side"))  # type: ignore[assignment]
    return StatedFocus("thyroid", side.group("side") if side else None, pole), where  # type: ignore[arg-type]
