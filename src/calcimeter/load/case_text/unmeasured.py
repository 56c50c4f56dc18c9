"""Numbers and levels beside an analyte that are none of the patient's blood: limits, aims, other fluids."""

from __future__ import annotations

import re

from calcimeter.load.case_text.amounts import RANGE, Value
from calcimeter.load.case_text.phrases import Mention, find, names
from calcimeter.load.case_text.sentences import Sentence

SMALL = r"of|for|in|an?|the|this|our|his|her|its|is|was|are|were|be|being|normal|about|adults?|men|women|children"
LIMIT_OF = re.compile(rf"(?:\s*(?:\b(?:{SMALL})\b|[:=]))*\s*")
"""What joins a limit to its number: "the upper limit of 1.5", not "within normal limits at 2.4"."""

LIMIT_FOR = re.compile(
    rf"(?:\s+(?:{SMALL}|at|on|to|serum|plasma|blood|values?|levels?|concentrations?|keep|maintain|reach|achieve|get|bring)"
    r"\b)*\s*"
)
"""What joins a limit to its analyte: "aimed at a phosphate of", "the threshold for PTH"."""

NORMAL = re.compile(r"\bnormal(?:ly)?(?: (?:values?|levels?|concentrations?))?(?: (?:of|for))?(?: the)? $")
NORMALLY_IS = re.compile(
    r"(?:\s+(?:levels?|values?|concentrations?))?\s*(?:\b(?:is|are|being|ranges?|lies|should)\b|[:=])"
)
"""A normal value as such: "normal PTH is 65 pg/mL", not "a normal PTH of 45 pg/mL was found"."""

MINUS = re.compile(r"(?:^|[\s(:=])-$")
DENIED = re.compile(r"\b(?:not|never|nor|cannot)\s+(?:(?:been|be|rise|rose|go|fall|fell)\s+)?$")
BEYOND = re.compile(
    r"\s*(?:(?:above|below|over|under|beyond|(?:higher|lower|more|less) than)\s+(?:the |its |his |her |normal )*"
    r"(?:upper|lower|normal|limit|reference|range|target|baseline|threshold|cut-?off)|"
    r"(?:is|was|being|as|are)\s+(?:the |our |an? )?"
    r"(?:upper|lower|normal|reference|target|threshold|limit|goal|cut-?off))"
)
"""Behind a number: a difference from a limit, or that it is one."""

CONDITION = re.compile(r"\b(?:for|when|whenever|if|once|until|unless)\s+(?:(?:the|his|her|any|an?|serum|plasma)\s+)*$")
OUT_OF = re.compile(
    r"(?:\s+(?:levels?|concentrations?|values?|contents?))?\s+(?:of|in|from|within|inside)\s+(?:(?:the|his|her|an?|this)\s+)?"
    r"(?:[a-z-]+\s+){0,2}?"
)
"""What joins a fluid behind its analyte: "calcium of the joint's fluid"."""

RIGHT_AT = re.compile(r"(?:[\s-]+(?:fluid|total|ionized|level|of|the))*\s+")
SEDIMENT = re.compile(r"s? sediment")
"""Behind "erythrocyte": a rate of blood."""

LIMIT = "a limit, an aim or a difference from one, not a value"
UNREAL = "what would or should be, not a value that was measured"
FLUID = "not said to be of blood"
NEGATIVE = "a number behind a minus sign or a denial"


def why_not_measured(sentence: Sentence, one: Mention, amount: Value | None) -> str | None:
    """Why what is told of an analyte is no result in the patient's blood; None where nothing speaks against it."""
    if _is_of_fluid(sentence, one):
        return FLUID
    return None if amount is None else _why_no_value(sentence, one, amount)


def _why_no_value(sentence: Sentence, one: Mention, amount: Value) -> str | None:
    text, number = sentence.text, amount.number
    begin, _ = sentence.clause(one.start)
    before, lead = text[begin : one.start], _without_brackets(text[one.end : number.start()])
    if MINUS.search(text[: number.start("value")]) or DENIED.search(text[: number.start()]):
        return NEGATIVE
    if any(LIMIT_OF.fullmatch(lead, cue.end) for cue in find("unmeasured.limit", lead)):
        return LIMIT
    if any(LIMIT_FOR.fullmatch(before, cue.end) for cue in find("unmeasured.limit", before)):
        return LIMIT
    if (NORMAL.search(before) and NORMALLY_IS.match(lead)) or BEYOND.match(text, amount.unit.end()):
        return LIMIT
    is_condition = number.group("bound") and CONDITION.search(before)
    return UNREAL if is_condition or names("unmeasured.unreal", lead) else None


def _is_of_fluid(sentence: Sentence, one: Mention) -> bool:
    """Whether the clause speaks of another fluid last before an analyte, or names one as that which it is of."""
    begin, end = sentence.clause(one.start)
    before, after = sentence.text[begin : one.start], sentence.text[one.end : end]
    if names("unmeasured.blood", sentence.text[one.start : one.end]):
        return False
    fluids = [cue for cue in find("unmeasured.fluid", before) if not SEDIMENT.match(before, cue.end)]
    urine = find("unmeasured.urine", before)
    blood = max((cue.end for cue in find("unmeasured.blood", before)), default=-1)
    if any(cue.start > blood for cue in fluids) or any(RIGHT_AT.fullmatch(before, cue.end) for cue in urine):
        return True
    behind = [*find("unmeasured.fluid", after), *find("unmeasured.urine", after)]
    return any(OUT_OF.fullmatch(after, 0, cue.start) for cue in behind)


def _without_brackets(text: str) -> str:
    """Without ranges and what stands in closed brackets: they tell of another number."""
    return re.sub(r"\([^)]*\)", " ", RANGE.sub(" ", text))
