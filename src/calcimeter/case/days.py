"""Dates -> days from the first study: the only thing of a date that is ever written out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from calcimeter.model.case import LabResult, Treatment, changes_blood
from calcimeter.model.chemistry import BloodValue, Chemistry


def first_of(dates: Iterable[dt.date | None]) -> dt.date | None:
    """The earliest date; None where none is known."""
    return min((date for date in dates if date is not None), default=None)


def days_from(first: dt.date | None, date: dt.date | None) -> int | None:
    """Whole days; None where either is not known."""
    return None if first is None or date is None else (date - first).days


def is_order_known(labs: Sequence[LabResult], treatments: Sequence[Treatment]) -> bool:
    """Whether every result can be told to be of before or after what changes it; also where there is none of either."""
    divide = [one.date for one in treatments if changes_blood(one.what)]
    return not labs or not divide or None not in [*divide, *(lab.date for lab in labs)]


def counted_from(chemistry: Chemistry, labs: Iterable[LabResult], first: dt.date | None) -> Chemistry:
    """The same chemistry with its days counted from the first study, where both that and a result have a date."""
    shift = days_from(first, first_of(lab.date for lab in labs))
    if shift is None:
        return chemistry
    return replace(
        chemistry,
        values=_all(chemistry.values, shift),
        derived=_all(chemistry.derived, shift),
        results=tuple(_moved(one, shift) for one in chemistry.results),
        criticals=tuple(_moved(one, shift) for one in chemistry.criticals),
        trends=MappingProxyType(
            {
                name: replace(trend, first=_moved(trend.first, shift), last=_moved(trend.last, shift))
                for name, trend in chemistry.trends.items()
            }
        ),
    )


def _all(values: Mapping[str, BloodValue], shift: int) -> Mapping[str, BloodValue]:
    return MappingProxyType({name: _moved(one, shift) for name, one in values.items()})


def _moved(value: BloodValue, shift: int) -> BloodValue:
    return value if value.day is None else replace(value, day=value.day + shift)
