"""What an analyte is called and coded: names of many laboratories, and LOINC."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from calcimeter.knowledge.analytes import analyte_table, urine

LOINC_PROPERTY = re.compile(r"\[(?:mass|moles|units|enzymatic activity|volume rate|velocity)[^\]]*\]", re.IGNORECASE)
"""What LOINC puts into its names: "Calcium [Mass/volume] in Serum or Plasma"."""

_UNITS_OF_ACTIVITY = re.compile(r"\bI?U/m?l\b", re.IGNORECASE)
_DOUBLED = re.compile(r"([^()\[\]]+)[(\[]([^()\[\]]+)[)\]]")
"""A name with another behind it in brackets: "C-reactive protein (CRP)"."""

Specimen = Literal["blood", "urine"]


@dataclass(frozen=True, slots=True)
class Match:
    """What a name or a code means.

    Parameters
    ----------
    term : str
        The analyte; in urine ``phosphate`` or ``creatinine``.
    specimen : str
    is_total : bool
        Of calcium: it says "total".
    is_unclear : bool
        Of calcium: total or ionized, the name is used for both.
    annotation : str or None
        What a mass is a mass of, if not of the analyte: "N" for urea nitrogen.
    """

    term: str
    specimen: Specimen = "blood"
    is_total: bool = False
    is_unclear: bool = False
    annotation: str | None = None


def by_loinc(code: str) -> Match | None:
    """What a LOINC code means; None where it is none of the codes known here."""
    return _codes().get(code.strip())


def by_name(name: str) -> Match | None:
    """What a name means, whatever its case, accents, punctuation and specimen; None where it is not known.

    A name with a word for urine is only known for phosphate and creatinine; one with another fluid, a timed
    collection or a ratio is not known, for it is not the result in blood.
    """
    known = _names().get(plain_name(name))
    if known is not None:
        return known
    if sum(bool(_about(side)) for side in LOINC_PROPERTY.sub(" ", name).split("/")) > 1:
        return None
    doubled = _DOUBLED.fullmatch(name.strip())
    if doubled is not None:
        first, second = by_name(doubled[1]), by_name(doubled[2])
        if first is not None and second is not None:
            return _of_both(first, second)
    found = _names().get(" ".join(_about(name)))
    if found is None or not says_urine(name):
        return found
    return Match(found.term, "urine") if found.term in urine() else None


def _of_both(first: Match, second: Match) -> Match | None:
    """What two names of one result mean; the one that says more decides, and None where they differ."""
    if second.is_unclear and first.term.startswith("calcium"):
        return first
    if (first.term, first.specimen, first.annotation) != (second.term, second.specimen, second.annotation):
        return None
    return first if first.is_total else second


def plain_name(name: str) -> str:
    """A name in lower case without accents and punctuation: "Calcium, total (S)" -> "calcium total s"."""
    text = LOINC_PROPERTY.sub(" ", name).replace("×", " x ").replace("*", " x ").replace("++", " 2")
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def says_urine(text: str) -> bool:
    """Whether a name or a specimen says urine; the U of a unit does not."""
    return bool(set(plain_name(_UNITS_OF_ACTIVITY.sub(" ", text)).split()) & set(_words()["urine"]))


def says_other(text: str) -> bool:
    """Whether a specimen is neither blood nor spot urine: dialysate, synovial fluid, a collection of a day."""
    words = plain_name(text).split()
    begins = tuple(_words()["other_begins"])
    return any(word in _words()["other"] or word.startswith(begins) for word in words)


def says_method(text: str) -> bool:
    """Whether a text says how something was measured and nothing else: "BCG", "Jaffe", "CKD-EPI 2021"."""
    words = [word for word in plain_name(text).split() if not word.isdigit()]
    return bool(words) and all(word in _words()["methods"] for word in words)


def says_blood(text: str) -> bool:
    """Whether a specimen says blood, serum or plasma, in words or as a letter."""
    return bool(set(plain_name(text).split()) & {*_words()["blood"], *_words()["letters"]})


def _about(name: str) -> list[str]:
    """The words of a name that are not about the specimen."""
    words = plain_name(name).split()
    return [word for k, word in enumerate(words) if not _says_specimen(word, k, words)]


def _says_specimen(word: str, place: int, words: list[str]) -> bool:
    """Whether a word of a name is about the specimen; letters only at its ends, P (plasma, phosphorus) only first."""
    if word in _words()["letters"]:
        return len(words) > 1 and (place == 0 or (place == len(words) - 1 and word != "p"))
    return word in _words()["blood"] or word in _words()["urine"] or word in _words()["joining"]


def _words() -> Mapping[str, list[str]]:
    words: Mapping[str, list[str]] = analyte_table()["specimens"]
    return words


@cache
def _codes() -> Mapping[str, Match]:
    found: dict[str, Match] = {}
    for term, entry in analyte_table()["analytes"].items():
        for code in entry.get("loinc", {}).get("codes", ()):
            found[code] = Match(term, is_total=term == "calcium")
        for code in entry.get("loinc_n", {}).get("codes", ()):
            found[code] = Match(term, annotation="N")
    for term, entry in analyte_table()["urine"].items():
        for code in entry["loinc"]["codes"]:
            found[code] = Match(term, "urine")
    return MappingProxyType(found)


@cache
def _names() -> Mapping[str, Match]:
    found: dict[str, Match] = {}
    for term, entry in analyte_table()["analytes"].items():
        plain = {term.replace("_", " "): Match(term)} | {name: Match(term) for name in entry["names"]}
        total = {name: Match(term, is_total=True) for name in entry.get("names_total", ())}
        unclear = {name: Match(term, is_unclear=True) for name in entry.get("names_unclear", ())}
        nitrogen = {name: Match(term, annotation="N") for name in entry.get("names_n", ())}
        found |= plain | total | unclear | nitrogen
    return MappingProxyType(found)
