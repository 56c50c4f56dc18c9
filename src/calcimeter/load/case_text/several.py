"""Whether a text tells of several patients: they would become one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calcimeter.errors import UnreadableInput
from calcimeter.load.case_text.sentences import Sentence
from calcimeter.load.case_text.subject import introduced

NUMBERS = {"1": 1, "2": 2, "3": 3, "4": 4, "one": 1, "two": 2, "three": 3, "i": 1, "ii": 2, "iii": 3, "a": 1, "b": 2}
NUMBERED = re.compile(
    r"(?:our |the )?(?:case|patient)(?: report)?(?: number| no\.?| nr\.?)? ?#?"
    r"(?P<count>[1-4]|one|two|three|i{1,3}|[ab])"
    r"(?=\s*[:.)(\u2013-]|\s*,|\s*$|\s+(?:an?|was|is|had|presented|the|this)\b)"
)
"""At the beginning of a sentence: "Case 2: a man", "Patient 2 was"; not "the patient 2 weeks later"."""

ORDINAL = re.compile(r"\b(?:the|our) (?P<count>first|second|third) (?:patient|case)\b(?! of\b)")
ANNOUNCED = re.compile(
    r"\b(?:we|authors) (?:here |herein |hereby )?(?:report|present|describe|discuss)(?:ed)?(?: on)? "
    r"(?:the )?(?:cases? of )?(?:two|three|four|five|six|[2-9]) (?:[a-z-]+ ){0,3}"
    r"(?:cases|patients|men|women|boys|girls|children|brothers|sisters|siblings)\b"
)
ORDER = {"first": 1, "second": 2, "third": 3}
SAME_AGE_YEARS = 1.5
"""Two ages of one patient may differ by a birthday and by rounding."""


def check_one_patient(text: str, told: tuple[Sentence, ...]) -> None:
    """Refuse a text of several patients.

    Parameters
    ----------
    text : str
        Plain.
    told : tuple of Sentence
        What is read of it; what stands under a discussion tells of other authors' patients, too, and is not asked.

    Raises
    ------
    UnreadableInput
        Cases or patients are numbered, several are announced, or two persons are introduced by age and sex.
    """
    own = [one for one in told if one.role != "discussion"]
    found = next(_reasons(text, own), None)
    if found is not None:
        raise UnreadableInput(
            f"the text tells of several patients ({found}); expected a case report of one: cut the cases apart and "
            "read each by itself"
        )


def _reasons(text: str, own: list[Sentence]) -> Iterator[str]:
    numbered = {NUMBERS[match["count"]] for one in own if (match := NUMBERED.match(one.text))}
    ordered = {ORDER[match["count"]] for one in own for match in ORDINAL.finditer(one.text)}
    if len(numbered) > 1 or len(ordered) > 1:
        yield "they are numbered"
    if any(one.of_patient and ANNOUNCED.search(one.text) for one in own):
        yield "they are announced as such"
    spans = [(one.start, one.start + len(one.text)) for one in own if one.of_patient and not one.late]
    persons = list(introduced(text, spans))
    for k, (age, sex) in enumerate(persons):
        for other_age, other_sex in persons[:k]:
            is_other = sex is not None and other_sex is not None and sex != other_sex
            if is_other or abs(age - other_age) > SAME_AGE_YEARS:
                yield "two are introduced by age and sex"
