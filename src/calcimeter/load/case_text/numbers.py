"""Numbers, lengths and amounts with their units, as authors write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

UNITS_OF_TEN = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
WORDS = {**{word: value for value, word in enumerate(SMALL)}, **UNITS_OF_TEN}
NUMBER_WORDS = "|".join(WORDS)

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
LENGTH = rf"(?:{NUMBER}|\b(?:{NUMBER_WORDS})(?: and a half)?)"
LENGTH_UNIT = r"(?:cms?|mms?|centimet(?:er|re)s?|millimet(?:er|re)s?|inch(?:es)?)"
AXIS = r"(?:\s?\([a-z][a-z .-]{0,20}\)|\s(?:ap|cc|ml|si|lr|tr|tv|w|l|h|d)\b)?"
"""Which way a length runs, between it and the next: "7 cm (AP) x 5 cm (TR)"."""

TIMES = rf"{AXIS}\s*(?:x|by|\*)\s*"
PRODUCT = r"(?:\^?[23]\b|[\u00b2\u00b3])?"
"""Behind two or three lengths, whose product some authors write: "9 x 7 x 5 cm3"."""

SIZE = re.compile(
    rf"(?<![\w.,])(?P<first>{LENGTH})[\s-]?(?P<unit1>{LENGTH_UNIT})?(?:{TIMES}(?P<second>{LENGTH})[\s-]?(?:(?P<unit2>{LENGTH_UNIT}){PRODUCT})?)?"
    rf"(?:{TIMES}(?P<third>{LENGTH})(?:{AXIS}[\s-]?(?P<unit3>{LENGTH_UNIT}){PRODUCT})?)?(?![\w\u00b2\u00b3^/]|\s?hg)"
)
THOUSAND_DIGITS = 3
GROUPED_BY_POINT = re.compile(r"[1-9]\d{0,2}\.\d{3}")
CM_A_UNIT = {"c": 1.0, "m": 0.1, "i": 2.54}


Commas = Literal["thousands", "decimals", "unknown"]
"""What a comma between three digits and others means in a text."""


@dataclass(frozen=True, slots=True)
class Size:
    """Lengths of one thing in cm, the longest first, and where they stand in a sentence."""

    lengths_cm: tuple[float, ...]
    start: int
    end: int


def number_in_words(said: str) -> float | None:
    """A number in digits or words, such as "fifty-four", "2 1/2"; None where it is none."""
    if half := re.fullmatch(r"(\d+)(?: ?1/2|\u00bd)", said):
        return int(half.group(1)) + 0.5
    if re.fullmatch(r"\d+(?:\.\d+)?", said):
        return float(said)
    words = [WORDS.get(word) for word in re.split(r"[ -]", said.strip()) if word]
    known = [word for word in words if word is not None]
    is_number = bool(words) and len(known) == len(words) and (len(known) == 1 or (known[0] >= 20 and 0 < known[1] < 10))
    return float(sum(known)) if is_number else None


def decimal(said: str, *, commas: Commas = "unknown") -> float | None:
    """A number in digits, such as "2.45", "2,45" or "1,240"; None where its comma or point can be read in two ways."""
    if "," not in said:
        return None if commas == "decimals" and GROUPED_BY_POINT.fullmatch(said) else float(said)
    whole, *groups = said.split(",")
    if "." in said or len(groups) > 1:
        return float(said.replace(",", ""))
    if len(groups[0]) != THOUSAND_DIGITS:
        return float(f"{whole}.{groups[0]}")
    if commas == "unknown" or whole == "0":
        return None
    return float(said.replace(",", "" if commas == "thousands" else "."))


def use_of_commas(text: str) -> Commas:
    """What a comma in a number means in a plain text, by its other numbers; "unknown" where they do not tell."""
    points = re.search(r"(?<![\d.])(?:0\.\d+|\d+\.(?:\d{1,2}|\d{4,}))(?![\d.])", text)
    commas = re.search(r"(?<![\d,])\d+,(?:\d{1,2}|\d{4,})(?![\d,])", text)
    if bool(points) == bool(commas):
        return "unknown"
    return "thousands" if points else "decimals"


def sizes(text: str) -> Iterator[Size]:
    """Lengths with their units in a plain sentence; ranges are left out, for they give no one number."""
    for match in SIZE.finditer(text):
        units = [match.group(name) for name in ("unit1", "unit2", "unit3")]
        last = next((unit for unit in reversed(units) if unit), None)
        if last is None or _is_range(text, match):
            continue
        lengths = []
        for name, unit in zip(("first", "second", "third"), units, strict=True):
            if said := match.group(name):
                value = _length(said)
                lengths.append(None if value is None else round(value * CM_A_UNIT[(unit or last)[0]], 4))
        if all(lengths):
            yield Size(
                tuple(sorted((length for length in lengths if length), reverse=True)), match.start(), match.end()
            )


def _length(said: str) -> float | None:
    if said[0].isdigit():
        return decimal(said)
    base = number_in_words(said.removesuffix(" and a half"))
    return None if base is None else base + 0.5 * said.endswith(" and a half")


def _is_range(text: str, match: re.Match[str]) -> bool:
    """Whether it is an end of a range, such as "from 3 to 6 cm" or "2-3 cm"."""
    if match.group("second"):
        return False
    before = text[: match.start()]
    after = text[match.end() :]
    if re.search(
        r"(?:(?<!\b(?:19|20)\d)\d|\b(?:two|three|four|five|six))\s*(?:cm|mm)?\s*(?:-|to|or|and)\s*$", before
    ) and not re.search(r"(?:cm|mm)\s+and\s*$", before):
        return True
    return bool(re.match(r"\s*(?:to|-)\s*\d", after))
