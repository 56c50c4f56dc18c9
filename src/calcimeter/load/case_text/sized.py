"""Which lengths of a sentence are sizes of a deposit, and of which."""

from __future__ import annotations

import re

from calcimeter.load.case_text.numbers import Size, sizes
from calcimeter.load.case_text.phrases import Mention, find
from calcimeter.load.case_text.places import Place
from calcimeter.load.case_text.sentences import Sentence

BEFORE_LETTERS, AFTER_LETTERS, AFTER_WORDS = 14, 24, 4
"""How far around a length the words stand that say what it is: "5 cm from the joint", "a 2 cm adenoma"."""

DEEP = re.compile(r"\s*(?:deep|thick|(?:in|of|below|beneath|under|from)\b)")
"""Right behind one length: how deep or how thick something is, not how long."""

ARISING = re.compile(r"^,? (?:arising|originating|growing|protruding|projecting|extending) from\b")
"""Right behind a size: where the deposit comes from, and no distance."""

BRACKETED = re.compile(r"[\w\s]{0,8}\((?:\w+ ){0,3}")
SIDE_AFTER = re.compile(r",? (?:on|at|in|over) the (left|right)\b|,? ?\((left|right)\)")
SIDE_BEFORE = re.compile(
    r"\b(left|right)(?:(?: side| one)?[:,]? (?:(?:measur\w+|was|of) )*\(?|(?: (?!and\b|or\b|than\b)[a-z-]+){1,2} \()$"
)


PAST = re.compile(r"\b(?:formerly|previously|once)(?: \w+)?[ (]+$")
YEAR = re.compile(r"\s*\(?(?:in )?((?:19|20)\d\d)\b")


def deposit_sizes(sentence: Sentence, span: tuple[int, int]) -> list[Size]:
    """The sizes of deposits in a part of a sentence: no distance, no slice, no size of a gland or a scar.

    Nor one of an earlier time: of "5 cm in 2015 and 12 cm in 2019" the later counts.
    """
    found = [size for size in sizes(sentence.text) if _is_of_deposit(sentence, size, span)]
    found = [size for size in found if not PAST.search(sentence.text[: size.start])]
    years = [match[1] if (match := YEAR.match(sentence.text, size.end)) else None for size in found]
    latest = max((year for year in years if year), default=None)
    return [size for size, year in zip(found, years, strict=True) if year in (None, latest)]


def size_of(text: str, measured: list[Size], groups: list[list[Place]], k: int) -> Size | None:
    """The size of the deposit in the k-th of several places: behind it, or in the same order; else None."""
    if len(groups) == 1:
        return measured[0] if measured else None
    if "respectively" in text and len(measured) == len(groups):
        return measured[k]
    end = groups[k][-1].end
    until = groups[k + 1][0].start if k + 1 < len(groups) else len(text)
    beside = [
        size
        for size in measured
        if BRACKETED.fullmatch(text[end : size.start])
        or (end < size.start < until and re.fullmatch(r",? (?:(?:measuring|of) (?:\w+ )?)?", text[end : size.start]))
    ]
    return beside[0] if beside else None


def sizes_by_side(sentence: Sentence, span: tuple[int, int]) -> dict[str, Size]:
    """The sizes of two deposits of one place: "5 cm on the right and 4 cm on the left"; a side told twice has none.

    Those in a part of the sentence, from the place before to the next one.
    """
    found: dict[str, list[Size]] = {}
    for size in (size for size in sizes(sentence.text) if span[0] <= size.start < span[1]):
        matches = (SIDE_AFTER.match(sentence.text[size.end :]), SIDE_BEFORE.search(sentence.text[: size.start]))
        side = next((group for match in matches if match for group in match.groups() if group), None)
        if side is not None:
            found.setdefault(side, []).append(size)
    return {side: listed[0] for side, listed in found.items() if len(listed) == 1}


def _is_of_deposit(sentence: Sentence, size: Size, span: tuple[int, int]) -> bool:
    begin, end = span
    if not begin <= size.start < end:
        return False
    before, after = sentence.text[begin : size.start], ARISING.sub("", sentence.text[size.end : end])
    if find("words.distance", after[:AFTER_LETTERS]) or find("words.distance", before[-BEFORE_LETTERS:]):
        return False
    if len(size.lengths_cm) == 1 and DEEP.match(after) and find("words.depth", after[:AFTER_LETTERS]):
        return False
    next_words = " ".join(re.findall(r"[\w-]+", after)[:AFTER_WORDS])
    if find("words.other_sized", next_words):
        return bool(find("words.deposit", next_words)) and not find("words.other_sized", before)
    return _last(find("words.deposit", before)) >= _last(find("words.other_sized", before))


def _last(found: list[Mention]) -> int:
    return found[-1].end if found else -1
