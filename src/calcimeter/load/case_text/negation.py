"""Whether a mentioned term is said to hold, not to hold, or neither."""

from __future__ import annotations

import re
from enum import StrEnum

from calcimeter.load.case_text.phrases import Mention, find
from calcimeter.load.case_text.sentences import Sentence

RESUMES = re.compile(
    r"[;:]|, (?:at|in|over|around|near|an?|the|there|he|she|with|large|small|multiple|several)\b|"
    r", and (?:an?|the|multiple|several|he|she)\b|"
    r"\band (?:an?|multiple|several|large|with|showed|revealed|had|has|was|were)\b|"
    r"\b\w+ed (?:the|an?|his|her)\b|"
    r"\b(?:because|due to|owing to|secondary to|caused by|until|when|after|before|since|"
    r"(?<!such )(?<!well )as(?! well))\b"
)
"""Words after which a statement begins anew, so that a cue before them does not reach beyond them."""

ANSWERED = re.compile(r"\s*[:=-]\s*(?:none|nil|no|negative|absent|denied|not present)\b")
"""What a form answers: "trauma: none"."""

MONTH = re.compile(r"\b(?:\d{1,2}(?:st|nd|rd|th)?|in|of|since|until|early|late|mid) may\b|\bmay (?:of )?\d")
"""The month, which is no possibility."""

AUXILIARY = re.compile(
    r"^(?:\s+(?:had|has|have|having|been|ever|previously|undergone|suffered|noticed|developed|was|were))+\b"
)
"""Verbs that belong to the cue: "never had", "denied having had"."""

GOES_ON = re.compile(r"(?:who(?:se)?|no|both|all|without|neither|none)\b")
"""What begins a clause that still speaks of those before it: "her brother was examined: both ..., and no ..."."""

PARENT_OF = re.compile(r"\s+of (?:an?|one|two|three|four|five|six|seven|\d)\b")
"""Behind "mother" or "father": then the patient is the parent."""

OF_OTHERS = re.compile(r"\b(?:we|authors|is|are|was|were|been|being) (?:here |also |then |later )?$")
"""What stands before a verb of telling whose subject is no relative."""

OPEN = re.compile(r"whether|if|unclear|uncertain")
"""Cues that a verb follows: "unclear whether she had injured it"."""


class Status(StrEnum):
    """What is said of a mention."""

    PRESENT = "present"
    ABSENT = "said not to be there"
    UNCERTAIN = "said as a possibility only"
    FAMILY = "said of a relative"


def status(sentence: Sentence, mention: Mention) -> Status:
    """What a sentence says of one of its mentions.

    The cue has to stand in the clause of the mention, with nothing between them that begins a new statement. A relative
    in the clause makes it the relative's, unless the relative only tells of the patient.
    """
    begin, end = sentence.clause(mention.start)
    before, after = sentence.text[begin : mention.start], sentence.text[mention.end : end]
    if _of_relative(sentence, begin, end, mention):
        return Status.FAMILY
    if _reaches(before, "uncertain") or _follows(after, "uncertain") or after.startswith("?"):
        return Status.UNCERTAIN
    if ANSWERED.match(sentence.text[mention.end :]) or _reaches(before, "negation") or _follows(after, "negation"):
        return Status.ABSENT
    return Status.PRESENT


def _of_relative(sentence: Sentence, begin: int, end: int, mention: Mention) -> bool:
    """Whether the clause speaks of a relative, and not of what a relative noticed."""
    while begin > 0 and (sentence.text[:begin].endswith(": ") or GOES_ON.match(sentence.text, begin)):
        if sentence.text[:begin].rstrip().endswith(";"):
            break
        begin, _ = sentence.clause(max(0, begin - 3))
    relatives = find("words.relative", sentence.text[begin:end])
    if not relatives or tells_of_patient(sentence):
        return False
    first = begin + relatives[0].start
    if PARENT_OF.match(sentence.text, begin + relatives[0].end):
        return first < mention.start and "," not in sentence.text[first : mention.start]
    return first < mention.start or bool(re.match(r"\s+(?:in|of|among)\b", sentence.text[mention.end : end]))


def tells_of_patient(sentence: Sentence) -> bool:
    """Whether somebody notices or reports: not the authors, and not what a relative "was found" to have."""
    return any(
        not OF_OTHERS.search(sentence.text[: one.start]) or sentence.text.startswith(" by", one.end)
        for one in find("words.reporting", sentence.text)
    )


def _reaches(before: str, kind: str) -> bool:
    """Whether a cue of this kind stands before the mention and reaches it."""
    masked = [*find(f"cues.not_{kind}", before), *(Mention("may", *month.span()) for month in MONTH.finditer(before))]
    for cue in reversed(find(f"cues.{kind}", before)):
        if any(no.start <= cue.start < no.end for no in masked):
            continue
        between = AUXILIARY.sub("", before[cue.end :])
        open_question = OPEN.fullmatch(before[cue.start : cue.end])
        if RESUMES.search(between) or find("cues.boundary", between):
            continue
        if open_question or not find("cues.verb", between):
            return True
    return False


def _follows(after: str, kind: str) -> bool:
    """Whether a cue of this kind comes after the mention and still speaks of it."""
    for cue in find(f"cues.{kind}_after", after):
        between = after[: cue.start]
        if any(no.start <= cue.start < no.end for no in find(f"cues.not_{kind}", after)):
            continue
        if not RESUMES.search(between) and not find("cues.verb", between):
            return True
    return False
