"""One result in its canonical unit, with what it is measured against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from calcimeter.errors import AmbiguousResult, UnknownUnit
from calcimeter.knowledge.analytes import AgeRange, Analyte, Limits
from calcimeter.model.case import Comparator, LabResult, Subject
from calcimeter.model.chemistry import BloodValue, RangeSource, Status
from calcimeter.reason.chemistry.bounds import status_in
from calcimeter.units import convert, resolve

DAYS_A_YEAR = 365.25
ADULT_YEARS = 18.0

OLDEST_YEARS, BIRTHDAY_YEARS = 120.0, 1.0
"""Nobody is older; and an age in full years may be short of a year, so that a newborn is no contradiction."""

LONGEST_YEARS = 30.0
"""Results of one patient are hardly ever farther apart; a slip in a year or a birth date among them is more likely."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Turns dates into days, and gives the age at each.

    Parameters
    ----------
    subject : Subject
    first, last : dt.date or None
        The days of the first and the last dated result.
    aged_on : dt.date or None
        The day on which the subject has its age; None: the last.
    """

    subject: Subject
    first: dt.date | None
    last: dt.date | None
    aged_on: dt.date | None = None

    def day(self, date: dt.date | None) -> int | None:
        """Days from the first dated result; None without a date."""
        return None if date is None or self.first is None else (date - self.first).days

    def age_on(self, day: int | None) -> float | None:
        """The age on a day, years; without a day that which is told; None where nobody can be of it."""
        age, known = self.subject.age_years, self.day(self.aged_on or self.last)
        if age is None or day is None or known is None:
            return age
        then = age + (day - known) / DAYS_A_YEAR
        return max(then, 0.0) if -BIRTHDAY_YEARS <= then <= OLDEST_YEARS else None

    def notes(self) -> Iterator[str]:
        """What does not fit together in the dates: one slip in a year would make an adult an infant."""
        if self.first is None or self.last is None:
            return
        apart = (self.last - self.first).days / DAYS_A_YEAR
        if apart > LONGEST_YEARS:
            yield f"the first and the last dated result lie {apart:.0f} years apart: check the dates"
        ages = [self.age_on(self.day(date)) for date in (self.first, self.last)]
        if self.subject.age_years is not None and None in ages:
            yield "a dated result does not fit the age of the patient: it is judged as if the age were not known"


def blood_value(result: LabResult, analyte: Analyte, timeline: Timeline) -> BloodValue:
    """A result as a value to reason with.

    Raises
    ------
    UnknownUnit
        No unit, or none of this analyte.
    AmbiguousResult
        A calcium too low to be total that is not said to be total; an adult's creatinine that only a child can have.
    """
    unit, day = analyte.quantity.unit, timeline.day(result.date)
    if result.value is None:
        said = "the laboratory's or the reader's own word; no number is given"
        return BloodValue(result.analyte, None, unit, None, result.interpretation, said, day=day, source=result.source)
    given = _given_unit(result, analyte)
    value = convert(result.value, given, analyte.quantity)
    _check_kind(result, analyte, value)
    _check_adult(result, analyte, value, timeline)
    status, because, limits, whose = _judged(result, value, given, analyte, timeline)
    return BloodValue(
        analyte=result.analyte,
        value=value,
        unit=unit,
        comparator=result.comparator,
        status=status,
        because=because,
        reference=limits,
        reference_from=whose,
        day=day,
        critical=is_critical(analyte, value, result),
        given=(result.value, given),
        source=result.source,
        caveats=_caveats(analyte, whose),
    )


def is_critical(analyte: Analyte, value: float, result: LabResult | BloodValue) -> bool:
    """Whether a value, in the canonical unit, is at or beyond the limit at which a doctor has to know at once."""
    low, high = analyte.critical
    too_low = low is not None and value <= low and result.comparator not in (">", ">=")
    return too_low or (high is not None and value >= high and result.comparator not in ("<", "<="))


def _given_unit(result: LabResult, analyte: Analyte) -> str:
    where = f"{result.source}: " if result.source else ""
    if not result.unit:
        usual = ", ".join(analyte.quantity.usual)
        raise UnknownUnit(f"{where}met {analyte.label} without a unit; expected one of {usual}")
    try:
        return resolve(result.unit, analyte.quantity)
    except UnknownUnit as error:
        raise UnknownUnit(f"{where}{error}") from None


def _check_kind(result: LabResult, analyte: Analyte, value: float) -> None:
    lowest = analyte.lowest_unstated
    if lowest is None or result.kind == "total" or result.comparator in (">", ">=") or value >= lowest:
        return
    where = f"{result.source}: " if result.source else ""
    raise AmbiguousResult(
        f"{where}met a calcium of {result.value:g} {result.unit}, which is that of ionized calcium or a critically low "
        "total; say which: calcium_ionized, or calcium of kind total"
    )


def _check_adult(result: LabResult, analyte: Analyte, value: float, timeline: Timeline) -> None:
    """Refuse what only a child can have: mg/dL with umol/L behind it would make failing kidneys healthy ones."""
    age, lowest = timeline.age_on(timeline.day(result.date)), analyte.lowest_adult
    is_child = age is not None and age < ADULT_YEARS
    if lowest is None or is_child or result.comparator is not None or value >= lowest:
        return
    where = f"{result.source}: " if result.source else ""
    raise AmbiguousResult(
        f"{where}met {analyte.label} of {result.value:g} {result.unit}, which only a child can have; expected "
        f"{lowest:g} {analyte.quantity.unit} or more: check the unit, or give the child's age"
    )


def status_by_age(
    analyte: Analyte, value: float, comparator: Comparator | None, age_years: float | None, sex: str | None
) -> tuple[Status | None, str, AgeRange | None]:
    """Status, what it rests on, and the range of the table; without age or sex what all ranges agree on.

    The status is None where a bound leaves it open or ranges disagree, and the range where several may apply.
    """
    found = analyte.range_for(age_years, sex)
    if isinstance(found, AgeRange):
        why = f"the range by age and sex ({found.source})"
        status = status_in(value, comparator, (found.low, found.high))
        return status, why if status else f"it is only a bound, and does not reach {why}", found
    every = {status_in(value, comparator, (one.low, one.high)) for one in analyte.candidates(age_years, sex)}
    if len(every) == 1 and None not in every:
        return every.pop(), f"so by every range that may apply, though {found.split(',')[0]}", None
    limit = analyte.high_at_any_age
    if limit is not None and value > limit and comparator not in ("<", "<="):
        return (
            "high",
            f"over {limit:g} {analyte.quantity.unit} it is high at any age, though {found.split(',')[0]}",
            None,
        )
    return None, found, None


def _judged(
    result: LabResult, value: float, given: str, analyte: Analyte, timeline: Timeline
) -> tuple[Status | None, str, Limits | None, RangeSource | None]:
    """Status, what it rests on, and whose range: the laboratory's, else its flag, else the table's."""
    flag = result.interpretation
    if result.reference is not None and result.reference != (None, None):
        low, high = (None if end is None else convert(end, given, analyte.quantity) for end in result.reference)
        status = status_in(value, result.comparator, (low, high))
        if flag is not None and status is not None and flag != status:
            said = f"the laboratory's flag says {flag}, its range says {status}: they contradict each other"
            return None, said, (low, high), "laboratory"
        why = "the laboratory's range" if status else "the laboratory's flag" if flag else BEYOND
        return status or flag, why, (low, high), "laboratory"
    status, why, found = status_by_age(
        analyte, value, result.comparator, timeline.age_on(timeline.day(result.date)), timeline.subject.sex
    )
    limits: Limits | None = None if found is None else (found.low, found.high)
    if flag is not None:
        return flag, "the laboratory's flag", limits, "table" if found else None
    return status, why, limits, "table" if found else None


BEYOND = "it is only a bound, and does not reach the laboratory's range"


def _caveats(analyte: Analyte, whose: RangeSource | None) -> tuple[str, ...]:
    if whose == "table" and analyte.assay_bound:
        return ("ranges differ between laboratories; the one used is a common one",)
    return ()
