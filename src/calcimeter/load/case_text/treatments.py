"""What was done about the deposits, and what had been done before."""

from __future__ import annotations

import re

from calcimeter.load.case_text.negation import Status, status
from calcimeter.load.case_text.phrases import Mention, names
from calcimeter.load.case_text.sentences import IN_A_YEAR, Sentence

DONE = re.compile(
    r"\b(?:underwent|undergone|performed|received|given|treated|excised|resected|removed|injected|carried out|done|"
    r"after|following|started|commenced|switched|managed|treatment|therapy|had|was|were|with|on|administered|intensified|begun|consisted|under|by)\b"
)
EVENT = re.compile(
    r"\b(?:underwent|undergone|performed|received|carried out|done|after|following|treated|given|transplanted)\b"
)
MEDICINES = frozenset({"phosphate_binder", "cinacalcet"})
"""What a patient may be taking already; it changes no finding that is told next."""

HAD = re.compile(r"\bhad\b")
RECURRED = re.compile(r"\b(?:recurred|re-?grew|regrown|came back|returned|reappeared|recurrent|relaps\w+)\b")
HAD_RECURRED = re.compile(
    r"\b(?:(?:had|has|have|having|which|that)(?: \w+)? (?:recurred|regrown|regrew|come back|came back|returned)|"
    r"recurrent [\w ,-]{0,40})(?: [\w-]+){0,3}? (?:after|following|despite)(?: [\w-]+){0,3} $"
)
"""Before a treatment after which the present deposit came back: "a mass that had recurred after two" excisions."""

ELSEWHERE = re.compile(
    r"\s*(?:elsewhere|(?:at|in) (?:another|an outside|a different) (?:hospital|institution|cent(?:er|re)))\b"
)
"""What is treated elsewhere, or comes back in the same sentence, was treated before the present illness."""

EARLIER = {"parathyroidectomy": "parathyroidectomy", "kidney_transplantation": "kidney_transplant"}
"""Treatment -> the term of the history where it was before."""


def done_now(sentence: Sentence) -> list[Mention]:
    """Treatments that a sentence says were carried out for the present illness, those taken as medicines left out."""
    return [one for one in carried_out(sentence) if one.term not in MEDICINES]


def carried_out(sentence: Sentence) -> list[Mention]:
    """Treatments that were carried out, and not before the present illness: refused and planned ones are left out."""
    return [
        one
        for one in _told(sentence)
        if not is_past(sentence, one) and (EVENT if one.term in EARLIER else DONE).search(_around(sentence, one))
    ]


def earlier(sentence: Sentence) -> list[Mention]:
    """Treatments that belong to the history, as terms of the history."""
    if sentence.late:
        return []
    return [
        Mention(EARLIER[one.term], one.start, one.end)
        for one in _told(sentence)
        if one.term in EARLIER and is_past(sentence, one)
    ]


def is_past(sentence: Sentence, mention: Mention) -> bool:
    """Whether its clause tells of the time before the present illness."""
    around = _around(sentence, mention)
    before, after = sentence.text[: mention.start], sentence.text[mention.end :]
    comes_back = RECURRED.search(after) and (HAD.search(before) or names("cues.past", before))
    came_back = not sentence.outcome and HAD_RECURRED.search(before)
    return names("cues.past", around) or bool(
        IN_A_YEAR.search(around) or ELSEWHERE.match(after) or comes_back or came_back
    )


def _told(sentence: Sentence) -> list[Mention]:
    """Neither denied nor merely thought of."""
    return [
        one
        for one in sentence.terms("treatments")
        if status(sentence, one) is Status.PRESENT and not names("cues.not_done", _around(sentence, one))
    ]


def _around(sentence: Sentence, mention: Mention) -> str:
    begin, end = sentence.clause(mention.start)
    return sentence.text[begin:end]
