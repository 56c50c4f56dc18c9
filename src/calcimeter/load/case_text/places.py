"""Places of the body that a sentence names, and their sides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from calcimeter.load.case_text.negation import Status, status
from calcimeter.load.case_text.phrases import Mention, any_of, find, is_shared, longest, names, phrases
from calcimeter.load.case_text.sentences import IN_A_YEAR, Sentence
from calcimeter.load.case_text.sides import Sides, Span, side_of

STUDY = (
    r"(?:radiographs?|radiography|x-?rays?|xr|films?|ct|mri|mr|ultrasound|sonography|tomography|imaging|scans?|"
    r"scintigraphy|views?)"
)
BEFORE_STUDY = re.compile(rf"\s*(?:{STUDY})\b")
AFTER_STUDY = re.compile(
    rf"\b{STUDY}(?:\s*(?:scan|images?|examination|imaging))?\s*(?:\([^)]*\))?,?\s*(?:of |examination of )?"
    r"(?:(?:the|his|her|both|left|right|\w+ and) )*$"
)
NOUN = re.compile(
    r"(?:\s+(?!(?:and|or|in|at|on|of|about|around)\b)[a-z-]+){1,5}?"
    r"(?=,? (?:and|with|who|had|has|that|developed|underwent)\b)"
)
"""The name of a thing, up to where another begins."""

LIES_AT = re.compile(
    r"\s+(?:(?!(?:and|or|with|who|had|has|of)\b)[a-z]+\s+){0,3}?(?:in|on|over|at|of|around|within|under|beneath|behind)\s+"
    r"(?:[a-z-]+\s+){0,3}?(?:[a-z-]+\s*(?:,|and|or)\s+(?:the\s+)?)*"
)
"""What stands between a deposit and the place where it lies."""

WHOLE_BODY = frozenset({"pelvis", "lung", "chest_wall", "spine", "skull", "heart", "kidney", "stomach"})
"""A study aimed at one of these shows more than that place."""

OF_IT = r"(?:(?:the|his|her|both|left|right)\s+)*$"
NOT_THERE = re.compile(
    r"\b(?:normal|unremarkable|intact|proximal to|distal to|above|below|sparing|spared|away from|cm from|mm from|"
    rf"replaced (?!the)|prosthetic|(?:un)?like|than|contrast to|compared (?:with|to)|as opposed to)\s+{OF_IT}"
)
SPARED_AFTER = re.compile(
    rf"\s*(?:joint)?s?(?:\s+{STUDY})?\s*(?:"
    r"(?::|-|was|is|were|are|appears?|appeared|looks?|looked)?\s*(?:entirely |otherwise |also )?"
    r"(?:normal|unremarkable|not (?:imaged|involved|affected|examined)|clear|spared|negative|unaffected|uninvolved)\b|"
    r"(?:shows?|showed|has|had|revealed|demonstrated|contained|is|was|were) (?:no|without|free of) (?:[a-z-]+ ){0,2}"
    r"(?:calcif|ossif|lesion|deposit|swelling|abnormal|mass(?! effect)))"
)
COMPLAINT = (
    r"(?:pain|discomfort|stiffness|ache|arthralgia|weakness|fracture|injury|trauma|surgery|arthroplasty|movements?|motion|"
    r"mobility|flexion)"
)
CONDITION = (
    r"(?:osteoarthritis|arthrosis|effusions?|replacement|dysplasia|deformit(?:y|ies)|malformations?|valg(?:us|a|um)|var(?:us|a|um)|amputation|contractures?|cysts?|"
    r"ulcers?|abscess|arthritis|dislocation|sprain|paralysis|palsy|numbness|scars?|tattoo|infection|cellulitis|"
    r"lacerations?)"
)
COMPLAINT_AFTER = re.compile(
    r"(?:\s+(?:joint|region))?(?:"
    r"(?:\s*(?:,|and|or|-)(?!\s*(?:with|without|an?|no|his|her|in)\b)\s*[\w ]{2,20})?"
    rf"\s+(?:{COMPLAINT}|complaints?|replacement|osteoarthritis|prosthesis|effusion)\b|\s+{CONDITION}\b)"
)
COMPLAINT_BEFORE = re.compile(
    rf"\b(?:{COMPLAINT}|{CONDITION}|painful|tenderness|operation|fell|fall|blow|injections?)\s+"
    r"(?:(?:in|of|at|over|around|about|to|on|onto|into|the|his|her|both|left|right|either|by|against|with)\s+)+"
    r"(?:\w+ (?:and|or) (?:the )?(?:left |right )?)?$"
)
"""What makes a place one that only hurts, moves badly or was operated on."""


TAKEN_OUT = "told of a deposit that was taken out before the present illness"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a sentence names, as the terms of the vocabulary.

    Parameters
    ----------
    site : str
    bone, part : str or None
    sides : tuple of str
        One; both where it says so; none where this clause does not tell.
    start, end : int
        Characters of the sentence.
    side_place : tuple of two or None
        Where the side stands in the sentence.
    region_of_study : bool
        It is only where a study was aimed.
    """

    site: str
    bone: str | None
    part: str | None
    sides: Sides
    start: int
    end: int
    side_place: Span | None = None
    region_of_study: bool = False

    @property
    def is_limb(self) -> bool:
        """Whether a study aimed here shows little else, so that a deposit on it lies here."""
        return self.site not in WHOLE_BODY


def places(sentence: Sentence, *, also_ill: bool = False) -> list[Place]:
    """Where something can lie by a sentence: what is said to be spared, normal or painful only is left out.

    Parameters
    ----------
    sentence : Sentence
    also_ill : bool
        Do not leave out what is painful or has another illness; a deposit named beside it may lie there.
    """
    found = longest(_mentions(sentence.text))
    others = [] if also_ill else find("words.other_condition", sentence.text)
    kept: list[Place] = []
    for mention in found:
        before, after = sentence.text[: mention.start], sentence.text[mention.end :]
        if NOT_THERE.search(before) or SPARED_AFTER.match(after):
            continue
        if not also_ill and (COMPLAINT_AFTER.match(after) or COMPLAINT_BEFORE.search(before)):
            continue
        if any(no.start <= mention.start < no.end for no in (*sentence.ignored, *others)):
            continue
        if status(sentence, mention) in (Status.ABSENT, Status.FAMILY, Status.UNCERTAIN):
            continue
        sides, at = side_of(sentence, mention, found)
        sides = tuple(side for side in sides if side not in _spared_sides(after)) if len(sides) > 1 else sides
        aimed = bool(BEFORE_STUDY.match(after) or AFTER_STUDY.search(before))
        entry = _entries()[int(mention.term)]
        kept.append(
            Place(entry["site"], entry.get("bone"), entry.get("part"), sides, mention.start, mention.end, at, aimed)
        )
    return kept


def _spared_sides(after: str) -> set[str]:
    """The sides of "both hips: the right was normal" where nothing is."""
    named = re.finditer(r"\b(?P<side>left|right)\b(?: (?:one|side))?", after)
    return {side["side"] for side in named if SPARED_AFTER.match(after, side.end())}


def is_of_condition(text: str, end: int) -> bool:
    """Whether the words behind a position name something that is no deposit: "bilateral hallux valgus and a lump"."""
    words = NOUN.match(text, end)
    if words is None or names("words.deposit", words.group()):
        return False
    named = names("words.other_condition", words.group()) or re.search(rf"\b(?:{COMPLAINT}|{CONDITION})", words.group())
    return bool(named) or not names_place(words.group())


def unnamed(sentence: Sentence, marks: list[Mention]) -> list[Mention]:
    """Places where a deposit is said to lie and that no term of the vocabulary names: "a lump over the neck"."""
    known = [*_mentions(sentence.text), *find("history", sentence.text), *sentence.ignored]
    return [
        one
        for one in find("words.other_place", sentence.text)
        if any(LIES_AT.fullmatch(sentence.text, mark.end, one.start) for mark in marks)
        and not any(no.holds(one) for no in known)
    ]


def names_place(text: str) -> bool:
    """Whether a plain text names any place of the body."""
    return bool(_mentions(text))


def _mentions(text: str) -> list[Mention]:
    """Every place that a text names; the term is the number of its entry."""
    found = []
    for number, pattern in enumerate(_patterns()):
        found += [Mention(str(number), match.start(), match.end()) for match in pattern.finditer(text)]
    return sorted(found, key=lambda mention: (mention.start, -mention.end))


@cache
def _entries() -> list[dict[str, str]]:
    return list(phrases()["places"])


@cache
def _patterns() -> list[re.Pattern[str]]:
    return [any_of(list(entry["phrases"])) for entry in _entries()]


def removed(sentence: Sentence) -> list[tuple[int, int]]:
    """The clauses that tell of a deposit taken out before the present illness; none where it came back.

    "The mass had been excised" is one, and "it was excised" is not: that is the treatment of the present illness.
    """
    if sentence.late or sentence.recurs:
        return []
    said = [sentence.clause(cue.start) for cue in find("cues.removed", sentence.text)]
    dated = [IN_A_YEAR.match(sentence.text, cue.end + 1) for cue in find("treatments.excision", sentence.text)]
    return said + [sentence.clause(year.start()) for year in dated if year]


def deposits(sentence: Sentence) -> list[Mention]:
    """Where a sentence names a deposit that is there; a lump in the neck is none."""
    concludes = names("statements.diagnosis", sentence.text)
    other = [*(find("diagnoses", sentence.text) if concludes else ()), *sentence.ignored]
    neck = [one for one in find("history", sentence.text) if one.term == "neck_mass"]
    vessels = [
        one
        for one in find("findings", sentence.text)
        if one.term == "vascular_calcification" and not is_shared(sentence.text, one)
    ]
    found = longest(find("words.deposit", sentence.text))
    return [
        one
        for one in found
        if status(sentence, one) is Status.PRESENT
        and not any(begin <= one.start < end for begin, end in removed(sentence))
        and not any(no.start <= one.start < no.end for no in neck)
        and not any(no.holds(one) for no in (*other, *vessels))
    ]
