"""Words for the level of blood results: "elevated calcium and phosphate", "PTH was normal"."""

from __future__ import annotations

import re

from calcimeter.load.case_text.amounts import AMOUNT, RANGE, without_amounts
from calcimeter.load.case_text.phrases import Mention, find, longest

LEVELS = ("high", "low", "normal")
UNCLEAR = "unclear"
SHORT = 24
"""Letters before a level in which "were" or "all" says that it speaks of several results."""

FILLER = (
    r"(?:serum|plasma|blood|intact|total|levels?|values?|concentrations?|of|the|his|her|both|also|in|mildly|markedly|"
    r"slightly|very|strongly|grossly|significantly|tests?|results?|(?:of|in) (?:our|this|the) (?:patient|case))"
)
LIST_BETWEEN = re.compile(rf"(?:\s*(?:,|and|&|/|as well as)\s*|\s+|{FILLER}\b|\([^)]*\))*$")
COPULA = re.compile(
    rf"(?:\s*(?:{FILLER}\s+)*(?:was|were|is|are|remained|all|both|:|-|found to be|also|entirely|completely|mildly|"
    r"markedly|slightly|very|strongly|severely|grossly|moderately|significantly|persistently|at the|,)?\s*)*$"
)
VERB_BEFORE = re.compile(r"(?:\s+(?:levels?|values?))?\s*(?:was|were|is|are|:|-)\s*(?:\w+ly\s+)?")
EXPLAINED = re.compile(r",? (?:in particular|including|especially|such as|namely|i\.e\.|specifically|with)\b")
AS_WERE = re.compile(r",? (?:as|so) (?:was|were)\b")


def spoken_levels(text: str, named: list[Mention]) -> dict[int, str]:
    """The level of each analyte that words give one: its number -> "high", "low", "normal" or "unclear"."""
    found: dict[int, str] = {}
    ranges = [match.span() for match in RANGE.finditer(text)]
    for level in _levels(text):
        if any(a <= level.start < b for a, b in ranges):
            continue
        denied = re.search(r"\bnot\s+(?:\w+\s+)?$", text[: level.start])
        for k in _described(text, level, named):
            found.setdefault(k, UNCLEAR if denied else level.term)
    for match in AS_WERE.finditer(text):
        before = [k for k in found if named[k].end <= match.start()]
        after = [k for k, one in enumerate(named) if one.start >= match.end()]
        found |= {k: found[max(before)] for k in after if before and k not in found}
    return found


def span_with_level(text: str, analyte: Mention) -> tuple[int, int]:
    """From an analyte to the nearest level, whichever stands first."""
    spans = [(level.start, level.end) for level in _levels(text) if level.term != UNCLEAR]
    near = min(spans, key=lambda span: min(abs(span[0] - analyte.end), abs(analyte.start - span[1])))
    return min(analyte.start, near[0]), max(analyte.end, near[1])


def _levels(text: str) -> list[Mention]:
    """The levels that a text names, in its order; the longer words win: "not raised" is no "raised"."""
    found = [Mention(kind, one.start, one.end) for kind in (*LEVELS, UNCLEAR) for one in find(f"levels.{kind}", text)]
    return sorted(longest(found), key=lambda level: level.start)


def _described(text: str, level: Mention, named: list[Mention]) -> list[int]:
    """Which analytes a level speaks of: the list that it stands before, else the one that it stands behind."""
    explained = EXPLAINED.match(text, level.end)
    at = explained.end() if explained else level.end
    ahead: list[int] = []
    for k, one in enumerate(named):
        if one.start >= level.end and LIST_BETWEEN.fullmatch(text[at : one.start]):
            ahead.append(k)
            at = one.end
    is_adjective = explained or not re.match(r"\s*(?:,|and\b)", text[level.end :])
    if ahead and is_adjective and not _closes(text, level, named):
        return ahead
    return _behind(text, level, named) or (ahead if is_adjective else [])


def _closes(text: str, level: Mention, named: list[Mention]) -> bool:
    """Whether a verb or a colon joins it to the analyte before it."""
    return any(
        one.end <= level.start and VERB_BEFORE.fullmatch(text[one.end : level.start]) is not None for one in named
    )


def _behind(text: str, level: Mention, named: list[Mention]) -> list[int]:
    """The list that a level closes: "calcium 2.3 mmol/L and phosphate 1.1 mmol/L were normal"; with "was" the last."""
    found: list[int] = []
    at = level.start
    several = re.search(r"\b(?:all|both|were|are)\b[^.;]*$", text[max(0, at - SHORT) : at])
    for k, one in reversed([(k, one) for k, one in enumerate(named) if one.end <= level.start]):
        if found and one.start == named[found[-1]].start:
            found.append(k)
            continue
        said = text[one.end : at]
        joint = without_amounts(said)
        if (found and AMOUNT.search(said) and not several) or not (LIST_BETWEEN if found else COPULA).fullmatch(joint):
            break
        found.append(k)
        at = one.start
        if len(found) == 1 and re.search(r"\b(?:was|is)\b", joint):
            break
    return found
