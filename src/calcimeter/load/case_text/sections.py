"""The parts of a case report: what its headings say, and what stands under them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from calcimeter.load.case_text.phrases import phrases

OF_THE_PATIENT = frozenset({"history", "imaging", "laboratory", "outcome", "treatment", "prose"})
"""Roles under which a sentence speaks of the patient unless it says otherwise."""

AFTERWARDS = frozenset({"outcome", "treatment"})
HEADING_LETTERS = 60
NUMBERED = re.compile(r"\s*(?:[-*\u2022\u25cf]|\(?\d{1,2}[.)])\s*")


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines of a text under one heading.

    Parameters
    ----------
    role : str
        What the heading says: a key of the phrases' ``headings``; "top" before the first heading of a text that has
        headings for the patient, and "prose" in one that has none.
    start, end : int
        Characters of the text, without the heading itself.
    """

    role: str
    start: int
    end: int


def passages(text: str) -> tuple[Passage, ...]:
    """A plain text by its headings, in its order; empty where it holds nothing.

    A heading stands on a line of its own, or at the beginning of a line with a colon behind it.
    """
    marks = list(_headings(text))
    tells_history = any(role == "history" and "\n" in text[max(0, begin - 1) : begin + 1] for role, begin, _ in marks)
    first = "top" if tells_history else "prose"
    starts = [(first, 0), *((role, end) for role, _, end in marks)]
    ends = [*(begin for _, begin, _ in marks), len(text)]
    found = (Passage(role, start, end) for (role, start), end in zip(starts, ends, strict=True))
    return tuple(passage for passage in found if text[passage.start : passage.end].strip())


def _headings(text: str) -> Iterator[tuple[str, int, int]]:
    """Role, begin and end of every heading, its colon included."""
    for line in re.finditer(r"[^\n]+?(?:[.!?]\s+(?=[a-z][a-z ,&/-]{2,40}:)|(?=\n)|$)", text):
        said = line.group()
        skip = len(mark.group()) if (mark := NUMBERED.match(said)) else len(said) - len(said.lstrip())
        head = re.match(r"([a-z][a-z ,&/-]*?)\s*(:|$)", said[skip:].rstrip())
        role = _roles().get(head.group(1).replace("&", "and")) if head else None
        if head and role and head.end() <= HEADING_LETTERS:
            yield role, line.start(), line.start() + skip + head.end()
        elif role := _same_line(said):
            yield role, line.start(), line.start()


def _same_line(said: str) -> str | None:
    """The role of a line that names what it holds without a colon, such as the keywords of Eurorad."""
    first = re.match(r"\s*(area of interest|published on|issn|case \d+ published)", said)
    return "nothing" if first else None


@cache
def _roles() -> dict[str, str]:
    """Heading -> role."""
    return {name: role for role, names in phrases()["headings"].items() for name in names}
