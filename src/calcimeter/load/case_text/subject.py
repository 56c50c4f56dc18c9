"""Age and sex."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from calcimeter.load.case_text.claims import Claim
from calcimeter.load.case_text.numbers import NUMBER_WORDS, number_in_words
from calcimeter.load.case_text.phrases import names

MAN, WOMAN = "man|male|boy|gentleman", "woman|female|girl|lady"
PERSON = (
    rf"(?:{MAN}|{WOMAN}|m|f|patient|child|infant|baby|neonate|newborn|toddler|adolescent|teenager|individual|person)"
)
COUNT = rf"(?P<count>\d{{1,3}}(?:\.\d+)?(?: ?1/2|\u00bd)?|(?:{NUMBER_WORDS})(?:[ -](?:{NUMBER_WORDS}))?)"
UNIT = r"(?P<unit>years?|yrs?|y/?o|y|months?|mo|weeks?|wks?|days?)"
OLD = rf"{COUNT}[ -]?{UNIT}(?:[ -]*(?:old|of age|aged))?"
ADJECTIVES = (
    r"(?:(?:and|a|[a-z-]+(?:ed|ian|ish|ese|an|ic)|old|white|black|obese|healthy|young|previously|otherwise|well) ){0,4}"
)
NO_PERSON = r"(?! (?:history|scar|injury|fracture|wound|fall|lesion|mass|transplant|graft|burn|accident))"
NO_AMOUNT = r"(?! ?(?:cm|mm|%|mg|g|x)\b|[.,]\d)"
AGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{OLD}[,;]?[ -]+{ADJECTIVES}(?P<who>{PERSON})\b",
        rf"\b(?P<who>{PERSON})(?: patient)?,? (?:who (?:is|was) )?(?:aged|of|age|at age) {COUNT}(?: ?{UNIT})?\b",
        rf"\b(?P<who>{PERSON}),? \(?{COUNT}[ -]?{UNIT}(?: old| of age)\b",
        rf"\b(?:age|aged)(?:/sex)?:? ?{COUNT}(?: ?{UNIT})?\b(?:[ ,;/]+(?:sex:? ?)?(?P<who>{PERSON})\b)?",
        r"(?:^|[\n(:]\s*|\ban? )(?!99 ?m)(?P<count>\d{1,3})(?: ?y(?:/?o)?)?[ /]?(?P<who>[mf])\b(?! ?/)",
        r"(?:^|[\n:.(]\s*)(?P<who>male|female|man|woman|m|f)[,;/]? ?(?:age )?(?P<count>\d{1,3})\b" + NO_AMOUNT,
        rf"\b{COUNT}[ -]year[ -]old\b{NO_PERSON}",
        rf"\b{OLD}\b(?= (?:presented|with|who|was))",
    )
)
"""How authors give an age; earlier forms are no better than later ones, the first in the text counts."""

AT_AN_EVENT = re.compile(
    r"(?:at (?:the |an )?|since |until |before |from the |per |for |over |diagnosed |surgery |mean |median |average )$"
)
OTHER_TIME = re.compile(r"\b(?:as|when|while|now|currently|since|until|from|then|like|unlike|of) (?:\w+ ){0,3}$")
"""Before an age: that of another time, or of a donor."""

NO_PATIENT = re.compile(r"\W*(?:\w+\W+){0,2}(?:donor|volunteer|control|cadaver)\b")
IN_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
HIM, HER = re.compile(r"\b(?:he|his|him)\b"), re.compile(r"\b(?:she|her|hers)\b")
MAX_AGE_YEARS = 125.0


def age_and_sex(
    text: str, told: tuple[tuple[int, int], ...]
) -> tuple[tuple[float, tuple[int, int]] | None, Claim | None]:
    """Age in years with its place, and sex as a claim whose term is "M" or "F"; None where the text does not tell.

    Parameters
    ----------
    text : str
        Plain.
    told : tuple of (start, end)
        The sentences that tell of the patient; pronouns are looked for in them where no word names the sex.

    Notes
    -----
    The first age that belongs to a person who is not a relative. An age in months, weeks or days becomes years. A
    relative's age, an age at an earlier event and a decade of life are not taken.
    """
    found = sorted(_ages(text), key=lambda one: one[0].start())
    age = next(((value, match.span("count")) for match, value in found), None)
    sex = next((claim for match, _ in found if (claim := _sex(match))), None)
    return age, sex or _by_word(text, told) or _by_pronoun(text, told)


def introduced(text: str, told: Iterable[tuple[int, int]]) -> Iterator[tuple[float, str | None]]:
    """Age in years and sex of every person whom "a 54-year-old man" introduces; not of a relative or at an earlier age.

    Parameters
    ----------
    text : str
        Plain.
    told : iterable of (start, end)
        The sentences that tell of the patient.
    """
    spans = list(told)
    for match, years in sorted(_ages(text), key=lambda one: one[0].start()):
        start, end = match.span()
        span = next(((a, b) for a, b in spans if a <= start < b), None)
        before = text[span[0] : start] if span else ""
        is_new = span is not None and re.search(r"(?:^|\b(?:an?|another) )(?:[a-z-]+ ){0,2}$", before)
        other = OTHER_TIME.search(before) or NO_PATIENT.match(text, end) or names("words.relative", before)
        if is_new and not other and match.groupdict().get("who"):
            claim = _sex(match)
            yield years, claim.term if claim else None


def _ages(text: str) -> Iterator[tuple[re.Match[str], float]]:
    """Matches that give the patient's age, with the years; the more certain forms win a place in the text."""
    for pattern in AGES:
        for match in pattern.finditer(text):
            said = match.groupdict()
            count = number_in_words(said["count"])
            before = text[max(0, match.start() - 40) : match.start()]
            if count is None or _of_another(before, text[match.end() : match.end() + 30], match.group()):
                continue
            unit = (said.get("unit") or "y")[0]
            years = count * IN_YEARS[unit]
            if 0 < years <= MAX_AGE_YEARS:
                yield match, round(years, 2) if unit != "y" else years


def _of_another(before: str, after: str, said: str) -> bool:
    """Whether a relative stands beside it, or it is a span of time or an age at an event."""
    near = re.split(r"[.;]", before)[-1][-18:]
    behind = after[:14] if after[:1] in ("", " ", "-") else ""
    if any(names("words.relative", part) for part in (near, said, behind)):
        return True
    has_person = re.search(rf"\b(?:old|{MAN}|{WOMAN})\b", said)
    if re.search(r"\bthen[ -]$", before):
        return True
    return bool(re.match(r"[ -]history", after) or (AT_AN_EVENT.search(before) and not has_person))


def _sex(match: re.Match[str]) -> Claim | None:
    who = match.groupdict().get("who")
    for sex, words in (("M", f"{MAN}|m"), ("F", f"{WOMAN}|f")):
        if who and re.fullmatch(words, who):
            return Claim(sex, value=True, place=match.span("who"))
    return None


def _by_word(text: str, told: tuple[tuple[int, int], ...]) -> Claim | None:
    """What a form answers, else the first word for a man or a woman in what is told of the patient."""
    if form := re.search(r"\b(?:sex|gender)\s*[:=]\s*(?P<who>male|female|m|f)\b", text):
        return Claim(form["who"][0].upper(), value=True, place=form.span("who"))
    for start, end in told:
        if match := re.compile(rf"(?<!['/])\b(?:(?P<m>{MAN})|{WOMAN})\b").search(text, start, end):
            return Claim("M" if match.group("m") else "F", value=True, place=match.span())
    return None


def _by_pronoun(text: str, told: tuple[tuple[int, int], ...]) -> Claim | None:
    """From he and she, where only one of them is used, and not in a sentence about relatives."""
    found: dict[str, tuple[int, int]] = {}
    for start, end in told:
        if names("words.relative", text[start:end]):
            continue
        for sex, pattern in (("M", HIM), ("F", HER)):
            if match := pattern.search(text, start, end):
                found.setdefault(sex, match.span())
    if len(found) != 1:
        return None
    ((sex, place),) = found.items()
    return Claim(sex, value=True, place=place)
