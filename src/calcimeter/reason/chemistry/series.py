"""Results of one analyte in order of time: the latest, and the way from the first to the last."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from calcimeter.knowledge.analytes import Analyte
from calcimeter.model.chemistry import BloodValue, Trend
from calcimeter.reason.chemistry.bounds import interval_of

CHANGE_FACTOR = 2.77
"""Times the variation within a person that two results must differ for a change with 95 %: 1.96 times root 2."""

UNDATED = None


@dataclass(frozen=True, slots=True)
class Timed:
    """A value with the time of day at which the sample was taken, for the order within a day."""

    value: BloodValue
    time: dt.time | None


@dataclass(frozen=True, slots=True)
class Series:
    """All results of one analyte: the dated by day, then those without a date."""

    analyte: Analyte
    timed: tuple[Timed, ...]

    @property
    def days(self) -> list[int]:
        """The days with results, latest first."""
        return sorted({one.value.day for one in self.timed if one.value.day is not None}, reverse=True)

    def on(self, day: int | None) -> BloodValue | None:
        """The result of a day (None: without a date); where several contradict each other, one that says so."""
        found = [one for one in self.timed if one.value.day == day]
        if not found:
            return None
        if day is not None and all(one.time is not None for one in found):
            found = [one for one in found if one.time == max(other.time for other in found if other.time)]
        return _agreed([one.value for one in found])

    def latest(self) -> BloodValue:
        """The result of the last day; without any date the only one, or what all agree on."""
        found = self.on(self.days[0] if self.days else UNDATED)
        assert found is not None
        return found

    def notes(self) -> Iterable[str]:
        """What a reader should know of the order."""
        undated = [one for one in self.timed if one.value.day is None]
        if self.days and undated:
            yield f"{self.analyte.label}: {len(undated)} without a date, not used for the latest value"
        if not self.days and len(undated) > 1:
            yield f"{self.analyte.label}: {len(undated)} results without dates, their order is not known"
        yield from (self._contradiction(day) for day in (*self.days, UNDATED) if self._is_open(day))

    def _is_open(self, day: int | None) -> bool:
        """Whether there are results of a day (None: without a date) of which none can be used."""
        found = self.on(day)
        return found is not None and not found.says_something

    def _contradiction(self, day: int | None) -> str:
        """Without the day: whoever tells of days counts them from another one."""
        found = [one.value for one in self.timed if one.value.day == day]
        numbers = [f"{one.comparator or ''}{one.value:.3g}" for one in found if one.value is not None]
        told = f" ({', '.join(numbers)} {self.analyte.quantity.unit})" if numbers else ""
        when = "without a date" if day is None else "of one day"
        return f"{self.analyte.label}: {len(found)} results {when}{told} contradict each other, none of them is used"

    def trend(self) -> Trend | None:
        """From the first to the last day with a number; None with less than two such days."""
        values = [value for day in reversed(self.days) if (value := self.on(day)) and value.value is not None]
        if len(values) < 2:
            return None
        first, last = values[0], values[-1]
        assert first.day is not None
        assert last.day is not None
        change, direction, because = _change(first, last, self.analyte)
        return Trend(first.analyte, first.unit, first, last, last.day - first.day, change, direction, because)


def paired(series: Sequence[Series | None], labels: Sequence[str]) -> tuple[BloodValue, ...] | str:
    """Values of several analytes from one sample, the latest there is; else in words why there is none.

    Results without a date count as one sample only where every analyte has no other.
    """
    there = [one for one in series if one is not None]
    missing = [label for one, label in zip(series, labels, strict=True) if one is None]
    if missing:
        return f"{' and '.join(missing)} not given"
    common = set(there[0].days).intersection(*(one.days for one in there[1:]))
    if not common and any(one.days for one in there):
        return f"{' and '.join(labels)} were not measured on one day"
    why = ""
    days: list[int | None] = [*sorted(common, reverse=True)]
    for day in days or [UNDATED]:
        values = tuple(value for one in there if (value := one.on(day)) is not None)
        unknown = [label for value, label in zip(values, labels, strict=True) if value.value is None]
        if not unknown:
            return values
        why = why or f"{' and '.join(unknown)} given without one number"
    return why


def _agreed(values: list[BloodValue]) -> BloodValue:
    """One value of several that can't be put in order: the last with a number, if all have one status."""
    best = next((value for value in reversed(values) if value.value is not None), values[-1])
    numbers = {(value.value, value.comparator) for value in values if value.value is not None}
    if len(values) == 1 or (len(numbers) <= 1 and len({value.status for value in values}) == 1):
        return best
    if best.status is not None and all(value.status == best.status for value in values):
        note = f"one of {len(values)} results whose order is not known; all are {best.status}"
        return replace(best, caveats=(*best.caveats, note))
    return replace(
        best,
        value=None,
        comparator=None,
        status=None,
        given=None,
        critical=any(value.critical for value in values),
        because=f"{len(values)} results whose order is not known contradict each other",
    )


def _change(
    first: BloodValue, last: BloodValue, analyte: Analyte
) -> tuple[float | None, Literal["rising", "falling", "unchanged"] | None, str]:
    (low, high), (last_low, last_high) = interval_of(first), interval_of(last)
    if first.comparator or last.comparator:
        if last_low > high:
            return None, "rising", "a bound, beyond the other result"
        if last_high < low:
            return None, "falling", "a bound, beyond the other result"
        return None, None, "a bound hides it"
    change = last_low - low
    percent = analyte.variation_percent
    if percent is None:
        direction: Literal["rising", "falling", "unchanged"] = "rising" if change > 0 else "falling"
        is_equal = math.isclose(low, last_low, rel_tol=1e-9)
        return change, "unchanged" if is_equal else direction, "by sign; no figure of the variation within a person"
    least = CHANGE_FACTOR * percent / 100.0 * low
    because = f"a change counts from {least:.3g} {first.unit}, {CHANGE_FACTOR} times {percent:g} % within a person"
    if abs(change) <= least:
        return change, "unchanged", because
    return change, "rising" if change > 0 else "falling", because
