"""The side of a place, from the words beside it and from nowhere else."""

from __future__ import annotations

import re

from calcimeter.load.case_text.phrases import Mention
from calcimeter.load.case_text.sentences import Sentence
from calcimeter.model.lesion import Side

Sides = tuple[Side, ...]
Span = tuple[int, int]
BOTH: Sides = ("left", "right")
SIDE_WORD = re.compile(
    r"(?<![\w-])(?P<side>left|right|both|bilateral|mid-?line|(?<!/)(?<!\d )(?:[lr]t|[lr](?= )))"
    r"(?:ly)?(?:[- ]sided)?(?!\w|-?hand)"
)
WORDS_BETWEEN = re.compile(r"\s*(?:(?!(?:and|or|of|with|to|in|from|on|at|but|than|is|was)\b)[a-z-]+\s+){0,3}$")
"""What may stand between a side and the place that it belongs to: adjectives, no joining word and no comma."""

SIDE_AFTER = re.compile(
    r"(?:\s+(?:joint|region|area))?(?:"
    r",? (?:on|of) (?:the |his |her )?(?P<on>left|right|both)(?: sides?)?\b(?! \w)|"
    r",? (?:on|of) (?:the |his |her )?(?P<before>left|right)(?: side)?"
    r"(?= (?:and|with|was|were|is|measur\w+|in|at|showed|which|that)\b)|"
    r"(?: muscle| tendon)? (?:of|in) (?:the |his |her )?(?P<limb>left|right)"
    r"(?= (?:upper |lower )?(?:arm|leg|limb|extremity)\b)|"
    r"\s*\((?P<in>left|right)\)|"
    r", (?P<tail>left|right)\b(?=[.;,]|$))"
)
A_PAIR = re.compile(r"\b(?:left|right|[lr]t?)\s*(?:\([^)]*\)\s*)?(?:\b(?:and|or)\b|[/<>])\s*(?:the )?$")


def side_of(sentence: Sentence, mention: Mention, others: list[Mention]) -> tuple[Sides, Span | None]:
    """The sides that words beside a place give it, and where those words stand in the sentence; never another clause's.

    A side belongs to the place that follows it with nothing but adjectives between, or to the place before it as in
    "knee on the right". "left hip and knee" gives the knee no side; "both hips and knees" gives both to both.

    Parameters
    ----------
    sentence : Sentence
    mention : Mention
        The place.
    others : list of Mention
        Every place that the sentence names.

    Returns
    -------
    sides : tuple of str
        One, both, or none where the clause does not tell.
    place : tuple of two or None
    """
    begin, _ = sentence.clause(mention.start)
    if inside := SIDE_WORD.search(sentence.text, mention.start, mention.end):
        return _said(inside), inside.span()
    if (after := SIDE_AFTER.match(sentence.text, mention.end)) and after.lastgroup:
        named: Sides = BOTH if after[after.lastgroup] == "both" else (_one(after[after.lastgroup]),)
        return named, after.span(after.lastgroup)
    words = list(SIDE_WORD.finditer(sentence.text, begin, mention.start))
    if not words:
        return (), None
    last = words[-1]
    between = [one for one in others if last.end() <= one.start and one.end <= mention.start]
    joined = sentence.text[last.end() : mention.start]
    if not between and WORDS_BETWEEN.fullmatch(joined):
        is_pair = A_PAIR.search(sentence.text[begin : last.start()])
        return (BOTH if is_pair else _said(last)), last.span()
    if _said(last) == BOTH and _is_list(sentence.text, (last.end(), mention.start), between):
        return BOTH, last.span()
    return (), None


def _said(word: re.Match[str]) -> Sides:
    said = word.group("side")
    if said in ("both", "bilateral"):
        return BOTH
    return (_one(said),)


def _one(said: str) -> Side:
    if said.startswith("mid"):
        return "midline"
    return "left" if said[0] == "l" else "right"


def _is_list(text: str, span: Span, places: list[Mention]) -> bool:
    """Whether a stretch holds nothing but places in a list: "both hips, elbows and"."""
    rest = text[span[0] : span[1]]
    for one in sorted(places, key=lambda one: -one.start):
        rest = rest[: one.start - span[0]] + rest[one.end - span[0] :]
    return not re.sub(r"\b(?:and|the|joints?|regions?)\b|[\s,&/]", "", rest)
