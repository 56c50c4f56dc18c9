"""Blood results side by side: canonical units, what is low and high, what follows from them, and their pattern."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from calcimeter.errors import UsageError
from calcimeter.knowledge.analytes import Analyte, analytes
from calcimeter.knowledge.analytes import urine as urine_analytes
from calcimeter.model.case import LabResult, Subject
from calcimeter.model.chemistry import BloodValue, Chemistry
from calcimeter.reason.chemistry.contradictions import without_contradictions
from calcimeter.reason.chemistry.derived import derived_values
from calcimeter.reason.chemistry.pattern import CALCIUMS, pattern_of
from calcimeter.reason.chemistry.series import Series, Timed
from calcimeter.reason.chemistry.values import Timeline, blood_value

__all__ = ["read_chemistry"]

NOTHING: Mapping[str, bool] = MappingProxyType({})


def read_chemistry(
    subject: Subject,
    labs: Iterable[LabResult],
    history: Mapping[str, bool] = NOTHING,
    *,
    urine: Iterable[LabResult] = (),
    aged_on: dt.date | None = None,
) -> Chemistry:
    """Everything that blood results say together.

    Parameters
    ----------
    subject : Subject
        Its age is that of ``aged_on``.
    labs : iterable of LabResult
        In blood; in any order, with or without dates.
    history : mapping of str to bool
        Terms of the vocabulary: dialysis and pregnancy forbid an eGFR, surgery explains a low calcium.
    urine : iterable of LabResult
        Phosphate and creatinine in spot urine, for the reabsorption of phosphate.
    aged_on : dt.date, optional
        The day on which the subject has its age; without it that of the last dated result.

    Returns
    -------
    Chemistry
        Empty without results. A derived value that can't be had is there with value None and the reason.

    Raises
    ------
    UsageError
        An analyte or a unit that is not known.
    AmbiguousResult
        A calcium that is too low to be total and not said to be so.
    """
    labs, urine = tuple(labs), tuple(urine)
    if not labs and not urine:
        return Chemistry()
    dates = sorted(result.date for result in (*labs, *urine) if result.date is not None)
    timeline = Timeline(subject, dates[0] if dates else None, dates[-1] if dates else None, aged_on)
    blood = _by_analyte(labs, analytes(), timeline)
    values = {term: series.latest() for term, series in blood.items()}
    derived = derived_values(blood, _by_analyte(urine, urine_analytes(), timeline), timeline, history)
    values, derived, contradictions = without_contradictions(_judged_by_corrected(values, derived), derived)
    chemistry = Chemistry(
        values=MappingProxyType(values),
        derived=MappingProxyType(derived),
        results=tuple(one.value for series in blood.values() for one in series.timed),
        criticals=_criticals(values, derived),
        trends=MappingProxyType({term: trend for term, series in blood.items() if (trend := series.trend())}),
        notes=(*contradictions, *timeline.notes(), *(note for series in blood.values() for note in series.notes())),
    )
    return replace(chemistry, pattern=pattern_of(chemistry.get, history))


def _by_analyte(labs: tuple[LabResult, ...], known: Mapping[str, Analyte], timeline: Timeline) -> dict[str, Series]:
    """The results of each analyte in order of time, analytes as in the vocabulary."""
    unknown = sorted({result.analyte for result in labs} - set(known))
    if unknown:
        raise UsageError(f"met the analyte {unknown[0][:40]!r}, which is not known; expected a term of the vocabulary")
    found: dict[str, Series] = {}
    for term, analyte in known.items():
        timed = [
            Timed(blood_value(result, analyte, timeline), result.time) for result in labs if result.analyte == term
        ]
        if timed:
            found[term] = Series(analyte, tuple(sorted(timed, key=_when)))
    return found


def _when(one: Timed) -> tuple[bool, int, bool, str]:
    """Undated last; within a day those without a time last."""
    day, time = one.value.day, one.time
    return day is None, day or 0, time is None, time.isoformat() if time else ""


def _judged_by_corrected(values: dict[str, BloodValue], derived: Mapping[str, BloodValue]) -> dict[str, BloodValue]:
    """A total calcium is not critical where the corrected one of its sample is not, unless it is under the lowest."""
    total, corrected = values.get("calcium"), derived["calcium_albumin_corrected"]
    lowest = analytes()["calcium"].lowest_unstated
    if total is None or not total.critical or total.value is None or lowest is None:
        return values
    if corrected.value is None or corrected.day != total.day or corrected.critical or total.value < lowest:
        return values
    note = "critical by itself, not when corrected for albumin"
    return values | {"calcium": replace(total, critical=False, caveats=(*total.caveats, note))}


def _criticals(values: Mapping[str, BloodValue], derived: Mapping[str, BloodValue]) -> tuple[BloodValue, ...]:
    """Critical values, calcium first; a derived one only where the measured ones did not show it."""
    found = {term: one for term, one in {**derived, **values}.items() if one.critical}
    if "calcium" in found and "calcium_albumin_corrected" not in values:
        found.pop("calcium_albumin_corrected", None)
    order = [*CALCIUMS, *sorted(set(found) - set(CALCIUMS))]
    return tuple(found[term] for term in order if term in found)
