"""Whether a mentioned term is said to hold, not to hold, or neither."""

from __future__ import annotations

import re
from enum import StrEnum

from calcimeter.load.case_text.phrases import Mention, find, names, phrases
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

ANEW = re.compile(r"\b(?:and|or|but|who|then)\s*$")
"""Before a verb that tells something else of the patient: "had fever and was never seen by a doctor"."""

ANSWERED = re.compile(r"\s*[:=-]\s*(?:none|nil|no|never|not|negative|absent|denied|not present)\b")
"""What a form answers: "trauma: none"."""

UNANSWERED = re.compile(
    r"\s*[:=-]?\s*(?:\?|(?<=[:=-] )(?:unknown|not known|unclear|not (?:available|recorded|stated)|n/a)\b)"
)
"""What a form leaves open: "gout: ?", "gout: unknown"."""

NON = re.compile(r"\bnon[- ]$")
FREE = re.compile(r"(?:-| )free\b(?! (?:of|from))")
"""What denies as a part of the word: "non-diabetic", "dialysis-free"."""

PRE = re.compile(r"\b(?:pre|pro)[- ]$")
"""What speaks of the time before: "pre-dialysis renal failure" is not dialysis, and "pre-dialysis potassium" is."""

UNTIL = re.compile(r"^(?:\W+\w+){0,6}?\W+(?:until|till|unless)\b")
"""Behind a denial: "no dialysis until 2015" says that it began then."""

IN_TIME = re.compile(r"\s+(?:before|preceding|since|after)\s+(?:the|his|her|its)\s+(?:\w+\s+){1,2}")
"""When it was, between a term and its denial: "trauma before the onset was denied"."""

ACTIVE = re.compile(
    r"(?<!was )(?<!were )(?<!been )\b(?:refused|declined|stopped|planned|abandoned|offered)\s+"
    r"(?!(?:by|because|in|on|after|before|at|when|since|for|due|until|and|but|as|during|years?|months?)\b)[a-z]"
)
"""A verb that has an object of its own."""

REASON_FOR = re.compile(r"\s+(?:for|because of|due to|despite|requiring)\s+(?:[a-z-]+ ){0,2}")
"""What joins a second thing to that which is denied behind both: "dialysis for renal failure was never required"."""

NOT_MET = r"(?:found|seen|confirmed|given|done|performed|started|present|detected|needed|required|necessary|met|used)"
NEXT_DENIES = re.compile(
    r", (?:which|that|whom) (?:[a-z]+ ){0,4}(?:never|not|refused|declined|denied|stopped)\b|"
    rf"(?: \w+){{1,4}},? but (?:was |were |could |had )?(?:never|not)(?: be| been)? {NOT_MET}\b"
)
"""A clause behind a mention that turns what was said of it."""

UNREAL = re.compile(r"\b(?:would|could|might)(?: not|n't)? have \w+(?:ed|en|n|t)\b")
"""What did not happen: "without dialysis he would have died"."""

NEVER_DID = re.compile(
    r"^\s+(?:showed|shows|revealed|demonstrated|disclosed|displayed|contained|presented with|complained of|reported|"
    r"noticed|noted|described|detected|identified|recalled|confirmed|underwent|received|required|needed)\b"
)
"""The one verb that "never" denies, so that what follows it is denied too."""

NEITHER_DID = re.compile(
    r"^(?: [\w-]+){1,10}? (?:showed|shows|revealed|demonstrated|disclosed|displayed|contained|had|confirmed|detected|"
    r"depicted|identified)\b"
)
"""What "neither" and "nor" deny through their verb: "neither CT nor MRI showed a mass"."""

MONTH = re.compile(r"\b(?:\d{1,2}(?:st|nd|rd|th)?|in|of|since|until|early|late|mid) may\b|\bmay (?:of )?\d")
"""The month, which is no possibility."""

AUXILIARY = re.compile(
    r"^(?:\s+(?:had|has|have|having|been|ever|previously|undergone|suffered|noticed|developed|was|were))+\b"
)
"""Verbs that belong to the cue: "never had", "denied having had"."""

LOCATED = frozenset(
    {"periarticular", "intra_articular", "intramuscular", "subcutaneous", "bursal", "tendon_or_enthesis"}
)
"""Findings that are places of a deposit, and so are denied with it."""

NONE_THERE = re.compile(
    r"\b(?:no|neither|nor|without)\b(?: (?!was\b|were\b|and\b)[\w-]+){0,3}? "
    r"(?:\w*calcif\w+|calcium|mineraliz\w+|ossif\w+|deposits?|mass(?:es)?|lesions?|nodules?|swellings?)"
    r" (?:was|were|is|are|(?:could|can|has|have) (?:not )?be(?:en)?)(?: \w+)?"
    r" (?:seen|visible|found|noted|identified|detected|demonstrated|present|evident|shown|observed|visuali[sz]ed|"
    r"apparent|appreciated|depicted|there)(?: (?:in|within|inside|around|at|near|about|along|on|over|under|beneath))?"
    r"(?: (?:the|his|her|either|both|any|this|adjacent|surrounding|overlying|left|right))*\s*$"
)
"""Before a place: "no calcification was seen in the" subcutis, "no deposit was found" around the hip."""

OF_DEPOSIT = re.compile(r"\s+(?:[\w-]+ )?(?:mass|nodul|lesion|\w*calcif|deposit|swelling|tumo)")
"""Behind a place that only says of which deposit something is told: "the subcutaneous nodules"."""

NAMED_JOINT = re.compile(r"(?:around|about|surrounding|surrounds|adjacent|close|next)\b")
"""How a mention begins that is beside one joint: that none lies there does not speak of the other joints."""

BORN_TO = re.compile(r"\bborn(?: \w+){0,3}? (?:to|of|from)(?: [\w-]+){0,4} $")
AGAIN = r"(?:he|she|the (?:patient|boy|girl|child)|presented|complained|was|had|has|developed|noticed|underwent)\b"
BORN_AND = re.compile(rf"[^,]*,\s*(?:and )?{AGAIN}|(?:(?!\b(?:who|whose|with)\b)[^,])*\band {AGAIN}|[^,]* presented\b")
"""Behind the parents to whom a patient was born, where the patient is spoken of again."""

GOES_ON = re.compile(r"(?:who(?:se)?|no|both|all|without|neither|none)\b")
"""What begins a clause that still speaks of those before it: "her brother was examined: both ..., and no ..."."""

PARENT_OF = re.compile(r"\s+of (?:an?|one|two|three|four|five|six|seven|\d)\b")
"""Behind "mother" or "father": then the patient is the parent."""

OF_OTHERS = re.compile(r"\b(?:we|authors|is|are|was|were|been|being) (?:here |also |then |later )?$")
"""What stands before a verb of telling whose subject is no relative."""

OPEN = re.compile(r"whether|if|unclear|uncertain")
"""Cues that a verb follows: "unclear whether she had injured it"."""


WHO = re.compile(r"who(?:se)?\b")
"""What begins a clause about the one named last: "by her mother, who is on dialysis"."""


class Status(StrEnum):
    """What is said of a mention."""

    PRESENT = "present"
    ABSENT = "said not to be there"
    UNCERTAIN = "said as a possibility only"
    FAMILY = "said of a relative"
    UNSETTLED = "denied in words that can be read in two ways"
    PUT_OFF = "thought of, not said to be done"
    ENDED = "said to be over, and since when is not sure"


def status(sentence: Sentence, mention: Mention) -> Status:
    """What a sentence says of one of its mentions.

    The cue has to stand in the clause of the mention, with nothing between them that begins a new statement. A relative
    in the clause makes it the relative's, unless the relative only tells of the patient.
    """
    begin, end = sentence.clause(mention.start)
    before, after = sentence.text[begin : mention.start], sentence.text[mention.end : end]
    if _of_relative(sentence, begin, end, mention):
        return Status.FAMILY
    is_open = UNANSWERED.match(sentence.text, mention.end)
    if is_open or _reaches(before, "uncertain") or _follows(after, "uncertain"):
        return Status.UNCERTAIN
    if ANSWERED.match(sentence.text[mention.end :]) or NON.search(before) or FREE.match(after):
        return Status.ABSENT
    ahead, behind = _reaches(before, "negation"), _follows(after, "negation")
    joined = behind and not ahead and _is_reason(sentence, mention)
    if joined or ((ahead or behind) and (UNTIL.match(after) or UNREAL.search(sentence.text))):
        return Status.UNSETTLED
    nowhere = mention.term in LOCATED and NONE_THERE.search(before) and not OF_DEPOSIT.match(after)
    if (ahead or behind or nowhere) and mention.term in LOCATED and NAMED_JOINT.match(sentence.text, mention.start):
        return Status.UNSETTLED
    return Status.ABSENT if ahead or behind or nowhere else Status.PRESENT


def heart_of(sentence: Sentence, mention: Mention) -> Mention:
    """The word of a mention that is there or is denied, where its phrase has a gap in which a denial can stand.

    "Scintigraphy failed to show a focus" is one mention, and what is denied is its last word.
    """
    named = find(f"hearts.{mention.term}", sentence.text) if mention.term in phrases()["hearts"] else []
    inside = [one for one in named if mention.start <= one.start and one.end <= mention.end]
    return Mention(mention.term, inside[0].start, inside[0].end) if inside else mention


def reservation(sentence: Sentence, mention: Mention, *, is_measure: bool) -> Status:
    """What keeps a mention that nothing denies outright from being taken as true; PRESENT where nothing does.

    Parameters
    ----------
    sentence : Sentence
    mention : Mention
    is_measure : bool
        It is done to a patient or taken by one, and so can be put off, refused and stopped.
    """
    begin, end = sentence.clause(mention.start)
    before, after = sentence.text[begin : mention.start], sentence.text[mention.end : end]
    for kind, said in (("put_off", Status.PUT_OFF), ("ended", Status.ENDED)):
        if is_measure and (_reaches(before, kind) or _follows(_own_part(after), kind)):
            return said
    if is_measure and _follows(after, "undone"):
        return Status.UNSETTLED
    turned = NEXT_DENIES.match(sentence.text, mention.end)
    is_half = turned or PRE.search(before) or UNREAL.search(sentence.text) or _follows(after, "half_denied")
    return Status.UNSETTLED if is_half else Status.PRESENT


def _own_part(after: str) -> str:
    """What follows a measure, up to the next one and to what its subject refuses: "on dialysis declined surgery"."""
    named = [one.start for kind in ("treatments", "history") for one in find(kind, after)]
    active = ACTIVE.search(after)
    return after[: min([*named, active.start() if active else len(after)])]


def _is_reason(sentence: Sentence, mention: Mention) -> bool:
    """Whether a mention is only that for which the one before it was done."""
    named = [one for one in find("history", sentence.text) if one.end <= mention.start]
    return any(REASON_FOR.fullmatch(sentence.text, one.end, mention.start) for one in named)


def _of_relative(sentence: Sentence, begin: int, end: int, mention: Mention) -> bool:
    """Whether the clause speaks of a relative, and not of what a relative noticed."""
    clause = sentence.text[begin:end]
    if WHO.match(clause) and not names("words.reporting", clause):
        before = sentence.text[:begin].rstrip(" ,")
        if any(one.end == len(before) for one in find("words.relative", before)):
            return True
    while begin > 0 and (sentence.text[:begin].endswith(": ") or GOES_ON.match(sentence.text, begin)):
        if sentence.text[:begin].rstrip().endswith(";"):
            break
        begin, _ = sentence.clause(max(0, begin - 3))
    relatives = [
        one
        for one in find("words.relative", sentence.text[begin:end])
        if not _bore(sentence.text[begin : begin + one.start], sentence.text[begin + one.end : mention.start])
    ]
    if not relatives or tells_of_patient(sentence):
        return False
    first = begin + relatives[0].start
    if sentence.text[mention.end : first].isspace():
        return True  # "a diabetic mother"
    if PARENT_OF.match(sentence.text, begin + relatives[0].end):
        return first < mention.start and "," not in sentence.text[first : mention.start]
    return first < mention.start or bool(re.match(r"\s+(?:in|of|among)\b", sentence.text[mention.end : end]))


def _bore(before: str, between: str) -> bool:
    """Whether a relative is only named as the patient's parent: "born to healthy parents, he had a lump"."""
    return bool(BORN_TO.search(before) and BORN_AND.match(between))


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
        said = before[cue.start : cue.end]
        between = NEVER_DID.sub("", between) if said == "never" else between
        between = NEITHER_DID.sub("", between) if said in ("neither", "nor", "none of") else between
        open_question = OPEN.fullmatch(before[cue.start : cue.end])
        is_closed = between.count(")") > between.count("(")
        if is_closed or RESUMES.search(between) or find("cues.boundary", between):
            continue
        if open_question or not find("cues.verb", between):
            return True
    return False


def _follows(after: str, kind: str) -> bool:
    """Whether a cue of this kind comes after the mention and still speaks of it."""
    for cue in find(f"cues.{kind}_after", after):
        between = "" if IN_TIME.fullmatch(after, 0, cue.start) else after[: cue.start]
        if ANEW.search(between) or any(
            no.start < cue.end and cue.start < no.end for no in find(f"cues.not_{kind}", after)
        ):
            continue
        if not RESUMES.search(between) and not find("cues.verb", between):
            return True
    return False
