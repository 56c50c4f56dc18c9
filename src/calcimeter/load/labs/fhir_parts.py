"""The parts of a FHIR Observation: codes, quantities, dates, ranges and interpretations."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, get_args

from calcimeter.errors import AmbiguousResult, UnknownUnit
from calcimeter.knowledge.analyte_names import Match, by_name
from calcimeter.knowledge.analytes import Limits
from calcimeter.load.labs.dates import read_moment
from calcimeter.load.labs.result import NO_LIMITS, analyte_of
from calcimeter.load.labs.written import read_flag, read_range, without_unit
from calcimeter.model.case import Comparator, Interpretation
from calcimeter.units import convert, resolve

LOINC = ("http://loinc.org", "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1")
UCUM = "http://unitsofmeasure.org"
OFF_SCALE: dict[str, Comparator] = {"<": "<", ">": ">"}
"""Interpretations that say that the value is a bound."""

LARGEST = 1e12
"""No result in any unit is larger; what is, is damaged."""

SAME_UNIT = 1e-6
"""Two spellings of one unit convert into one another with this relative error of rounding."""

Measured = tuple[float | None, str | None, Comparator | None]


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping, empty where the input has something else."""
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> list[Any]:
    """A list, empty where the input has something else."""
    return value if isinstance(value, list) else []


def loinc_codes(part: Mapping[str, Any]) -> list[str]:
    """Its codes of LOINC."""
    codings = (mapping(one) for one in listed(mapping(part.get("code")).get("coding")))
    return [str(one.get("code", "")) for one in codings if str(one.get("system", "")).rstrip("/") in LOINC]


def text_of(concept: Any) -> str:
    """The words of a coded concept or a reference: its text, else the display of a coding."""
    found = mapping(concept)
    if found.get("text") or found.get("display"):
        return str(found.get("text") or found.get("display"))
    shown = [str(mapping(one).get("display") or mapping(one).get("code") or "") for one in listed(found.get("coding"))]
    return next((text for text in shown if text), "")


def analyte_name(part: Mapping[str, Any]) -> str:
    """What a result is called: the first of its names that is known, else its text."""
    code = mapping(part.get("code"))
    shown = [str(mapping(one).get("display") or "") for one in listed(code.get("coding"))]
    names = [str(code.get("text") or ""), *shown]
    return next((name for name in names if name and by_name(name)), "") or text_of(code)


def quantity_of(quantity: Mapping[str, Any], match: Match, where: str) -> Measured:
    """Value, unit and comparator of a Quantity; the unit is the UCUM code where there is one, else the unit's text.

    Raises
    ------
    AmbiguousResult
        A value that is no number, a comparator that is not known, or a code and a text that are different units.
    """
    value, comparator = quantity.get("value"), quantity.get("comparator")
    if value is None:
        return None, None, None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
        raise AmbiguousResult(f"{where}: met {match.term} of {str(value)[:20]!r}, expected a number of 0 or more")
    if comparator is not None and comparator not in get_args(Comparator):
        raise AmbiguousResult(f"{where}: met the comparator {str(comparator)[:10]!r}, expected <, <=, >= or >")
    return float(value), _unit_of(quantity, match, where), comparator


def interpretation_of(part: Mapping[str, Any], where: str) -> tuple[Interpretation | None, Comparator | None]:
    """What the laboratory says of a result: low, normal or high, and whether it is off the scale."""
    said: set[Interpretation] = set()
    off_scale: Comparator | None = None
    for concept in listed(part.get("interpretation")):
        codes = [str(mapping(one).get("code", "")) for one in listed(mapping(concept).get("coding"))]
        for text in [*codes, str(mapping(concept).get("text", ""))]:
            off_scale = OFF_SCALE.get(text, off_scale)
            flag = read_flag(text)
            said |= {flag} if flag else set()
    if len(said) > 1:
        raise AmbiguousResult(f"{where}: met two interpretations, {' and '.join(sorted(said))}; expected one")
    return (said.pop() if said else None), off_scale


def moment_of(observation: Mapping[str, Any], where: str) -> tuple[dt.date | None, dt.time | None]:
    """When the sample was taken; None where it is not said to the day."""
    period = mapping(observation.get("effectivePeriod"))
    text = observation.get("effectiveDateTime") or observation.get("effectiveInstant") or period.get("start")
    if not isinstance(text, str) or re.fullmatch(r"\d{4}(-\d{2})?", text):
        return None, None
    return read_moment(text, None, where)


def reference_of(part: Mapping[str, Any], unit: str | None, match: Match, where: str) -> tuple[Limits, bool]:
    """The laboratory's range in ``unit``, and whether what the input says of it was understood.

    Of several ranges only the one of type "normal" is taken, and only if it is the only one.
    """
    ranges = [mapping(one) for one in listed(part.get("referenceRange"))]
    if len(ranges) > 1:
        codes = [
            [str(mapping(c).get("code")) for c in listed(mapping(one.get("type")).get("coding"))] for one in ranges
        ]
        ranges = [one for one, of in zip(ranges, codes, strict=True) if "normal" in of]
        if len(ranges) != 1:
            return NO_LIMITS, False
    if not ranges or unit is None:
        return NO_LIMITS, True
    low, high = (_end(mapping(ranges[0].get(key)), unit, match, where) for key in ("low", "high"))
    if low is None and high is None:
        found = read_range(without_unit(str(ranges[0].get("text", "")), unit), "decimal", where)
        return (found, True) if found else (NO_LIMITS, False)
    if low is not None and high is not None and low > high:
        raise AmbiguousResult(f"{where}: met a reference range from {low:g} to {high:g}, expected low before high")
    return (low, high), True


def _is_normal(range_given: Mapping[str, Any]) -> bool:
    codings = listed(mapping(range_given.get("type")).get("coding"))
    return any(mapping(one).get("code") == "normal" for one in codings)


def _end(quantity: Mapping[str, Any], unit: str, match: Match, where: str) -> float | None:
    """One end of a range in the unit of the value."""
    value, own, _ = quantity_of(quantity, match, where)
    if value is None or not own:
        return value
    about = analyte_of(match).quantity
    value_unit, own_unit = resolve(unit, about), resolve(own, about)
    return value if own_unit == value_unit else convert(value, own_unit, about) / convert(1.0, value_unit, about)


def _unit_of(quantity: Mapping[str, Any], match: Match, where: str) -> str | None:
    """The unit of a Quantity, from UCUM code and text, which may not contradict each other."""
    code = str(quantity.get("code") or "") if str(quantity.get("system", "")).rstrip("/") == UCUM else ""
    text = str(quantity.get("unit") or "")
    if not code or not text:
        return code or text or str(quantity.get("code") or "") or None
    about = analyte_of(match).quantity
    try:
        ratio = convert(1.0, resolve(text, about), about) / convert(1.0, resolve(code, about), about)
    except UnknownUnit:
        return code
    if abs(ratio - 1.0) > SAME_UNIT:
        raise AmbiguousResult(f"{where}: met {match.term} with the unit {text[:20]!r} and the code {code[:20]!r}")
    return code
