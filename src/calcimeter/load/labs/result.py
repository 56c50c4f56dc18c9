"""One result as it was met, and the checks that every result passes, whatever file it comes from."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass, field

from calcimeter.errors import AmbiguousResult, UnknownUnit, UsageError
from calcimeter.knowledge.analyte_names import Match
from calcimeter.knowledge.analytes import Analyte, Limits, analytes, urine
from calcimeter.model.case import Comparator, Interpretation, LabResult, Subject
from calcimeter.units import convert, resolve

NO_LIMITS: Limits = (None, None)


def analyte_of(match: Match) -> Analyte:
    """What is known of the analyte that a name or a code means."""
    return (urine() if match.specimen == "urine" else analytes())[match.term]


@dataclass(frozen=True, slots=True)
class Found:
    """One result of a known analyte as it was met.

    Parameters
    ----------
    where : str
        Its place in the input, for messages: "line 12".
    match : Match
        What its name or code means.
    value : float or None
    unit : str or None
        As the laboratory spells it.
    comparator, interpretation : str or None
    date, time
    reference : tuple of two
        The laboratory's range, in the same unit.
    """

    where: str
    match: Match
    value: float | None = None
    unit: str | None = None
    comparator: Comparator | None = None
    interpretation: Interpretation | None = None
    date: dt.date | None = None
    time: dt.time | None = None
    reference: Limits = NO_LIMITS

    @property
    def analyte(self) -> Analyte:
        """What is known of it."""
        return analyte_of(self.match)


@dataclass(frozen=True, slots=True)
class LabFile:
    """What a file of laboratory results holds.

    Parameters
    ----------
    results : tuple of LabResult
        In blood, in the order of the file.
    subject : Subject
        Age and sex, as far as the file tells them; the age is that at the last dated result.
    notes : tuple of str
        What was met and not turned into a result, with the reason; no names of persons, no dates.
    urine : tuple of LabResult
        Phosphate and creatinine in spot urine: apart, so that they are never taken for blood.
    unknown : tuple of (str, int)
        Results of analytes that are not known: the line, column or entry that names each, and how many there are.
        Never the name itself, for a row under a table may name a person.
    """

    results: tuple[LabResult, ...] = ()
    subject: Subject = field(default_factory=Subject)
    notes: tuple[str, ...] = ()
    urine: tuple[LabResult, ...] = ()
    unknown: tuple[tuple[str, int], ...] = ()


def checked(found: Found) -> LabResult:
    """A result as the record that reasoning works on.

    Raises
    ------
    UsageError
        Neither a number nor low, normal or high.
    UnknownUnit
        No unit, or none of this analyte.
    AmbiguousResult
        A number that no patient has in this unit, a range of the laboratory that contradicts unit or kind, or a
        calcium that is too low to be total and not said to be so.
    """
    if found.value is None:
        if found.interpretation is None:
            raise UsageError(f"{found.where}: {found.analyte.label} has neither a value nor low, normal or high")
        return _record(found, None)
    unit = _unit(found)
    _check_plausible(found, unit)
    _check_range(found, unit)
    _check_kind(found, unit)
    return _record(found, unit)


def _unit(found: Found) -> str:
    """The UCUM code of its unit."""
    quantity = found.analyte.quantity
    if not found.unit or not found.unit.strip():
        raise UnknownUnit(
            f"{found.where}: met {found.analyte.label} without a unit; expected one of {', '.join(quantity.usual)}"
        )
    try:
        code = resolve(found.unit, quantity)
    except UnknownUnit as error:
        raise UnknownUnit(f"{found.where}: {error}") from None
    note = found.match.annotation
    return re.sub(r"^(\w*g)/", rf"\g<1>{{{note}}}/", code) if note else code


def _check_plausible(found: Found, unit: str) -> None:
    value, analyte = found.value, found.analyte
    assert value is not None
    if not math.isfinite(value):
        raise AmbiguousResult(f"{found.where}: met a value of {analyte.label} that is no finite number")
    low, high = analyte.plausible
    canonical = convert(value, unit, analyte.quantity)
    is_bound = (found.comparator in ("<", "<=") and canonical <= low) or (
        found.comparator in (">", ">=") and canonical <= high
    )
    if not low <= canonical <= high and not is_bound:
        raise AmbiguousResult(
            f"{found.where}: met {analyte.label} of {value:g} {unit}, which no patient has; expected {low:g} to "
            f"{high:g} {analyte.quantity.unit}; check unit and decimal point"
        )


def _check_range(found: Found, unit: str) -> None:
    """Refuse a result whose range says that it is in another unit, or another kind of calcium.

    Where laboratories differ, a range far from the table's can be right, such as the one that is aimed at on dialysis:
    it is only refused where another unit makes a range of the analyte of it.
    """
    analyte = found.analyte
    if _is_range_of(analyte, found.reference, unit):
        return
    fitting = [other for other in analyte.quantity.usual if _is_range_of(analyte, found.reference, other)]
    if analyte.assay_bound and not fitting:
        return
    hint = f", for in {fitting[0]} it is one" if fitting else ""
    kind = ", or whether it is ionized" if analyte.lowest_unstated else ""
    raise AmbiguousResult(
        f"{found.where}: met a reference range of {_in_words(found.reference)} {unit} for {analyte.label}, which is "
        f"none of it; check the unit{hint}{kind}, or leave the range out"
    )


def _is_range_of(analyte: Analyte, given: Limits, unit: str) -> bool:
    """Whether a range in a unit can be one of the analyte, as far as its ends and those of the table tell."""
    if analyte.range_factor is None:
        return True
    scale = convert(1.0, unit, analyte.quantity)
    low, high = (end * scale if end else None for end in given)  # an end of 0 is one in any unit
    ratios = [_ratio((low, high), (one.low, one.high)) for one in analyte.ranges]
    known = [ratio for ratio in ratios if ratio is not None]
    return not known or any(1.0 / analyte.range_factor <= ratio <= analyte.range_factor for ratio in known)


def _ratio(given: Limits, known: Limits) -> float | None:
    """Of the middles of two ranges, else of their upper or lower ends; None where no end can be compared."""
    (low, high), (known_low, known_high) = given, known
    if low and high and known_low and known_high:
        return (low + high) / (known_low + known_high)
    if high and known_high:
        return high / known_high
    return low / known_low if low and known_low else None


def _in_words(reference: Limits) -> str:
    low, high = reference
    if low is None or high is None:
        return f"up to {high:g}" if high is not None else f"{low:g} or more"
    return f"{low:g} to {high:g}"


def _check_kind(found: Found, unit: str) -> None:
    analyte = found.analyte
    assert found.value is not None
    if found.match.is_unclear:
        raise AmbiguousResult(
            f"{found.where}: met a calcium that can be total or ionized by its name; name it 'calcium total' or "
            "'calcium ionized'"
        )
    lowest = analyte.lowest_unstated
    if lowest is None or found.match.is_total or found.comparator in (">", ">="):
        return
    if convert(found.value, unit, analyte.quantity) < lowest:
        raise AmbiguousResult(
            f"{found.where}: met a calcium of {found.value:g} {unit}, which is that of ionized calcium or a critically "
            "low total; name it 'calcium ionized' or 'calcium total' (in a case file: calcium_ionized, or kind: total)"
        )


def _record(found: Found, unit: str | None) -> LabResult:
    is_open = found.reference == NO_LIMITS
    return LabResult(
        analyte=found.match.term,
        value=found.value,
        unit=unit,
        comparator=found.comparator,
        interpretation=found.interpretation,
        date=found.date,
        reference=None if is_open or found.value is None else found.reference,
        source=found.where,
        kind="total" if found.match.is_total else None,
        time=found.time,
    )
