"""Short ways to write blood results in tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from calcimeter.model.case import LabResult, Subject

MAN, WOMAN, CHILD = Subject(54.0, "M"), Subject(54.0, "F"), Subject(8.0, "F")
FIRST = dt.date(2019, 5, 2)


def lab(analyte: str, value: float | str, unit: str | None = None, day: int | None = None, **more: Any) -> LabResult:
    """A result; a value such as "> 900" is a bound, "normal" a word; days count from the second of May."""
    date = None if day is None else FIRST + dt.timedelta(days=day)
    if isinstance(value, float | int):
        return LabResult(analyte, float(value), unit, date=date, **more)
    sign, _, number = value.rpartition(" ")
    if sign:
        return LabResult(analyte, float(number), unit, sign, date=date, **more)  # type: ignore[arg-type]
    return LabResult(analyte, interpretation=value, date=date, **more)  # type: ignore[arg-type]


def words(**said: str) -> list[LabResult]:
    """Results as words: ``words(calcium="high", pth_intact="low")``."""
    return [lab(analyte, word) for analyte, word in said.items()]
