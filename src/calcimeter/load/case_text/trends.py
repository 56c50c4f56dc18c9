"""Which of several numbers behind an analyte is its presenting value: "fell from 3.1 to 2.3 mmol/L"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from calcimeter.load.case_text.amounts import Value
from calcimeter.load.case_text.phrases import find, names
from calcimeter.load.case_text.sentences import Sentence

Found = re.Match[str]

MOVED = (
    r"(?:fell|fall(?:en|ing|s)|dropp(?:ed|ing)|drops|sank|sunk|declin(?:ed|ing|es)|went (?:up|down)|came down|"
    r"rose|ris(?:en|ing|es)|climb(?:ed|ing|s)|doubled|normali[sz](?:ed|ing|es)|improv(?:ed|ing|es)|chang(?:ed|ing|es)|"
    r"return(?:ed|ing|s)|recover(?:ed|ing|s)|settl(?:ed|ing|es)|stabili[sz](?:ed|ing|es))"
)
TURNED = r"(?:increas|decreas|reduc|rais|lower|diminish|correct|suppress)(?:ed|ing|es|e|s)?"
CHANGE = re.compile(rf"\b(?:{MOVED}|{TURNED})\b")
NOW_OTHER = re.compile(rf"\b(?:{MOVED}\b|{TURNED}\b(?: \w+){{0,3}}? (?:to|by|towards?)\s*$)")
"""A change before a number; "raised at 3.1" only says that it is high."""

VARIES = re.compile(r"\b(?:between|rang(?:ed|ing|es)|var(?:ied|ying|ies)|fluctuat\w+|oscillat\w+)\b")
FROM = re.compile(r"\bfrom\s+(?:an? |the |about |around |approximately |\w+ (?:value|level) of )*$")
TO = re.compile(r"(?:[^.;]*\s)?(?:to|->|=>|\u2192)\s*(?:about |around |approximately |\w+ )?")
JOINS = re.compile(
    r"(?:[\s,/-]|->|=>|\u2192|\b(?:and|or|to|then|later|next|versus|vs|followed by|subsequently|finally|after)\b)+"
)
COUNTED = re.compile(r"[\s-]*(?:hours?|days?|weeks?|months?|years?|min(?:utes)?|times|fold|h|x|st|nd|rd|th)\b")
BEGINS_ANEW = re.compile(r"[,(]|\band\b|\bor\b|\bversus\b|\bvs\b")
EARLIER = re.compile(r"\b(?:ago|previously|earlier|the year before|last year|in (?:19|20)\d\d)\b")
FORMER = re.compile(rf"(?: \w+){{0,3}}? {EARLIER.pattern}")

SPAN = "a span of values, not one"
SEVERAL = "several values, and which is the presenting one is not said"
CHANGED = "a value after a change, and the one before it is not told"
FORMERLY = "a value of an earlier time"
TREATED = "a value after a treatment"


def presenting(sentence: Sentence, end: int, fitting: Sequence[Found], bare: Sequence[Found]) -> Value:
    """The presenting value among the amounts behind an analyte.

    Of "fell from A to B" it is A, unless the words say that B was met first. What changed to B, varied, or was measured
    under a treatment is left open: the last value must never stand for the first.

    Parameters
    ----------
    sentence : Sentence
    end : int
        Of the analyte.
    fitting : sequence of match
        Amounts with a unit of the analyte, at least one, up to the next analyte.
    bare : sequence of match
        Numbers without a unit, up to the next analyte.
    """
    text, value = sentence.text, fitting[0]
    lead = text[end : value.start()]
    before = [one for one in bare if one.start() < value.start() and _is_value(text, end, one, value)]
    first = before[0] if before else value
    later = [one for one in (*fitting[1:], *bare) if one.start() > first.start() and not COUNTED.match(text, one.end())]
    last = value if before else next(iter(sorted(later, key=lambda one: one.start())), None)
    if FROM.search(text[end : first.start()]) and CHANGE.search(text[end : first.start()]):
        joined = last is not None and TO.fullmatch(text, first.end(), last.start())
        is_first = last is not None and joined and not _says_else(sentence, first, last)
        return Value(first, value, None if is_first else SEVERAL)
    if NOW_OTHER.search(lead) and last is not None and FROM.search(text[value.end() : last.start()]):
        return Value(last, last if last in fitting else value)
    return Value(first, value, _doubt(sentence, lead, value, None if before else last) or (SEVERAL if before else None))


def _doubt(sentence: Sentence, lead: str, value: Found, last: Found | None) -> str | None:
    """Why a value told without "from" may not be the presenting one."""
    text = sentence.text
    if VARIES.search(lead) or (last and re.fullmatch(r"\s*(?:-|to)\s*", text[value.end() : last.start()])):
        return SPAN
    if last is not None and _is_of(sentence, value, last):
        return SEVERAL
    if NOW_OTHER.search(lead):
        return CHANGED
    if FORMER.match(text, value.end()):
        return FORMERLY
    until = last.start() if last else len(text)
    return TREATED if is_under_treatment(sentence, value.start(), until) else None


def is_under_treatment(sentence: Sentence, position: int, until: int) -> bool:
    """Whether what stands at a position was measured after or under a medicine, by its clause up to another value."""
    begin, end = sentence.clause(position)
    clause = sentence.text[begin : min(end, until)]
    return names("cues.treated", clause) and not names("cues.presenting", clause)


def is_before_treatment(sentence: Sentence, place: tuple[int, int]) -> bool:
    """Whether the words beside a result say that it is of the time before a treatment, and none that it is of later."""
    begin, end = sentence.clause(place[0] - sentence.start)
    clause = sentence.text[begin:end]
    return names("cues.presenting", clause) and not (names("cues.late", clause) or names("cues.treated", clause))


def _is_value(text: str, end: int, one: Found, value: Found) -> bool:
    """Whether a number without a unit is another value of the analyte, not a day or a count."""
    if COUNTED.match(text, one.end()):
        return False
    lead = text[end : one.start()]
    direct = re.fullmatch(r"(?:\s|:|=|-|,|\b(?:levels?|values?|concentrations?|was|were|is|at|of|had been)\b)*", lead)
    return bool(direct or FROM.search(lead) or JOINS.fullmatch(text, one.end(), value.start()))


def _says_else(sentence: Sentence, first: Found, last: Found) -> bool:
    """Whether the second of two values is called the presenting one, or the first one of years ago."""
    between = sentence.text[first.end() : last.start()]
    _, stop = sentence.clause(last.start())
    return bool(EARLIER.search(between)) or names("cues.presenting", sentence.text[last.end() : stop])


def _is_of(sentence: Sentence, value: Found, last: Found) -> bool:
    """Whether words of the first time belong to the second of two values: "2.3 mmol/L (before treatment 3.1)"."""
    between = sentence.text[value.end() : last.start()]
    _, stop = sentence.clause(value.start())
    behind = sentence.text[last.end() : stop]
    ahead = any(BEGINS_ANEW.search(between[: cue.start]) for cue in find("cues.presenting", between))
    former = EARLIER.search(between) and BEGINS_ANEW.search(between)
    return ahead or bool(former) or names("cues.presenting", behind)
