"""The words of authors: ``knowledge/phrases.toml`` as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from calcimeter.knowledge.table import read_table

GAP_WORDS = 3
KEPT = 4096
"""Answers kept: those of some hundred sentences."""

BETWEEN = r"[\s-]+"
PLURAL_LETTERS = 4
"""Shorter words take no plural inside a phrase."""

LETTERS = {"*": r"\w*", "-": r"[\s-]?", "z": "[sz]", "{": r"\(", "}": r"\)"}
ONE_LETTER = {
    **dict.fromkeys("\u00a0\u2009\u202f\u2002\u2003\t\r", " "),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2018\u2019", "'"),
    **dict.fromkeys("\u201c\u201d", '"'),
    "\u00d7": "x",
    "\u00b5": "u",
    "\u03bc": "u",
}


OF_A_STUDY = (
    "imag|scan|exam|stud|sequence|signal|protocol|feature|characteristic|angiog|arthrog|urog|venog|elastog|contrast|"
    "show|reveal|demonstrat|confirm|disclos|depict|suggest|display|identif|perform|obtain|done|t[12]|stir|flair|pet|ct|"
    "was|were|is|are|had|has|and|or|of|with|at|in|on|not|the|no|also|then|to|by|for|did|could|finding|report"
)
"""How words begin that go on about a magnetic resonance study: all others behind "MR" are taken for a name."""

TITLE = re.compile(rf"\bM(?=(?:rs?|RS|R\.)\b\.?\s+[A-Z]|(?:R\.|R)\s+(?!(?i:{OF_A_STUDY}))[A-Z])")
"""The first letter of "Mr X", "Mrs Smith" and "MR SMITH"."""

SIDE_POINT, AGE_POINTS = re.compile(r"\b([LlRr]t)\.(?=\s)"), re.compile(r"\b[Yy]\.[Oo]\.(?=\s)")
"""What ends with a point and no sentence: "lt. hip", "54 y.o. man"."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A term that a text names, and where: characters from ``start`` to before ``end``."""

    term: str
    start: int
    end: int

    def holds(self, other: Mention) -> bool:
        """Whether the other one stands inside, and is shorter."""
        inside = self.start <= other.start and other.end <= self.end
        return inside and self.end - self.start > other.end - other.start


def plain(text: str) -> str:
    """The text in small letters, with one kind of dash, quote, space and times sign; as long as it was.

    Once the letters are small, "Mr Smith" can't be told from an MR study, so that title becomes another one. The points
    of "lt." and "y.o." become spaces.
    """
    text = AGE_POINTS.sub("yo  ", SIDE_POINT.sub(r" \1", TITLE.sub("D", text)))
    return "".join(ONE_LETTER.get(letter) or (low if len(low := letter.lower()) == 1 else letter) for letter in text)


def find(kind: str, text: str) -> list[Mention]:
    """Every term of one kind that a plain text names, in the order of the text.

    Parameters
    ----------
    kind : str
        A table of the phrases, such as "history", or two joined by a dot, such as "cues.negation"; of a list of
        phrases the term is the kind itself.
    text : str
        As ``plain`` gives it.
    """
    return list(_found(kind, text))


def longest(mentions: Iterable[Mention]) -> list[Mention]:
    """Without those that stand inside a longer one."""
    mentions = list(mentions)
    return [mention for mention in mentions if not any(other.holds(mention) for other in mentions)]


def is_shared(text: str, mention: Mention) -> bool:
    """Whether a mention shares its last word with one before: "skin and vascular calcification" is both."""
    return re.search(r"\b(?:and|or) $", text[: mention.start]) is not None


def names(kind: str, text: str) -> bool:
    """Whether a plain text names anything of a kind."""
    return any(pattern.search(text) for pattern in patterns(kind).values())


@lru_cache(maxsize=KEPT)
def _found(kind: str, text: str) -> tuple[Mention, ...]:
    """The same; the readers of several parts ask the same of one sentence."""
    found = [
        Mention(term, match.start(), match.end())
        for term, pattern in patterns(kind).items()
        for match in pattern.finditer(text)
    ]
    return tuple(sorted(found, key=lambda mention: (mention.start, -mention.end, mention.term)))


@cache
def patterns(kind: str) -> Mapping[str, re.Pattern[str]]:
    """Term -> pattern, for one kind."""
    table: Any = phrases()
    for key in kind.split("."):
        table = table[key]
    if isinstance(table, list):
        table = {kind: table}
    return {term: any_of(listed) for term, listed in table.items() if listed}


@cache
def phrases() -> dict[str, Any]:
    """The tables of ``phrases.toml``."""
    return read_table("phrases.toml")


def any_of(listed: list[str]) -> re.Pattern[str]:
    """One pattern for several phrases of the language of ``phrases.toml``; the longer are tried first."""
    ordered = sorted(listed, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(rf"(?<!\w){_phrase(phrase)}(?!\w)" for phrase in ordered))


def _phrase(phrase: str) -> str:
    plural = "" if phrase.endswith("*") else "(?:e?s)?"
    return f"{_row(phrase)}{plural}"


def _row(phrase: str) -> str:
    """Words in a row: what is optional brings its own space, on the side where the phrase goes on."""
    built, begun = "", False
    for word, optional in _words(phrase):
        if set(word) == {"~"}:
            built += rf"(?:[,:]?{BETWEEN}[\w'/%.]+){{0,{GAP_WORDS * len(word)}}}?"
        elif optional:
            built += f"(?:{BETWEEN}{_letters(word)})?" if begun else f"(?:{_letters(word)}{BETWEEN})?"
        else:
            built += f"{BETWEEN if begun else ''}{_letters(word)}"
            begun = True
    return built


def _words(phrase: str) -> Iterator[tuple[str, bool]]:
    """The words of a phrase, groups whole, and whether each may be missing."""
    for word in re.findall(r"\[[^\]]*\]|(?:\((?:[^()]|\([^()]*\))*\)|[^\s\[(])+", phrase):
        if word.startswith("["):
            yield f"({word[1:-1]}|)", True
        elif word.endswith(")?"):
            yield word[:-1], True
        else:
            yield word, False


def _letters(word: str) -> str:
    """One word as a pattern."""
    built = ""
    for piece in re.findall(r"\((?:[^()]|\([^()]*\))*\)|.", word):
        if piece.startswith("("):
            choices = [choice for choice in _choices(piece[1:-1]) if choice]
            rows = "|".join(_row(choice) for choice in choices)
            built += f"(?:{rows})" if "|" in piece else f"(?:{rows})?"
        else:
            built += LETTERS.get(piece, re.escape(piece))
    return f"{built}s?" if len(word) >= PLURAL_LETTERS and word[-1].isalpha() else built


def _choices(group: str) -> list[str]:
    """The sides of a group's bars, those of inner groups left alone."""
    return re.findall(r"(?:\([^()]*\)|[^|()])+", group)
