"""Dates and times of DICOM, and the one shift that all of a patient's take."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

BASE = dt.date(2000, 1, 1)
"""The day that a patient's first date becomes."""

_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_TIME = re.compile(r"(\d{2}):?(\d{2})?:?(\d{2})?(\.\d{1,6})?")
_MOMENT = re.compile(r"(\d{8})(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?([+-]\d{4})?")


@dataclass(frozen=True, slots=True)
class Shift:
    """How far dates and times of a patient go back, in whole days and whole seconds.

    The first date becomes the first of January 2000 and the earliest time of a day midnight, so that no time passes
    midnight and every interval stays. Neither is a secret, nor derived from one.
    """

    days: int
    seconds: int

    def moved(self, representation: str, text: str) -> str:
        """A value of DA, TM or DT, moved; "" where it is none.

        A date and time loses its offset from UTC, which tells where the scanner stood.
        """
        if representation == "DA":
            date = date_of(text)
            return "" if date is None else (date - dt.timedelta(self.days)).strftime("%Y%m%d")
        if representation == "TM":
            second = second_of(text)
            return "" if second is None else _time_text(second - self.seconds, text)
        found = _MOMENT.fullmatch(text)
        date_text = self.moved("DA", found[1]) if found else ""
        return date_text and date_text + (self.moved("TM", found[2]) if found and found[2] else "")


def shift_of(moments: Iterable[tuple[str, str]]) -> Shift:
    """The shift of a patient, from every date and time that is kept, each with its representation (DA, TM or DT)."""
    dates, seconds = [], []
    for representation, text in moments:
        found = _MOMENT.fullmatch(text) if representation == "DT" else None
        date = date_of(found[1] if found else text) if representation != "TM" else None
        second = second_of((found[2] or "") if found else text) if representation != "DA" else None
        dates += [] if date is None else [date]
        seconds += [] if second is None else [second]
    return Shift((min(dates) - BASE).days if dates else 0, min(seconds, default=0))


def date_of(text: str) -> dt.date | None:
    """A date, in the form of today or of long ago; None where it is none."""
    found = _DATE.fullmatch(text)
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def second_of(text: str) -> int | None:
    """A time of day in whole seconds from midnight; None where it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    return hours * 3600 + minutes * 60 + seconds if hours < 24 and minutes < 60 and seconds < 61 else None


def _time_text(second: int, like: str) -> str:
    """With seconds always, for the shift has them, and with the fraction of the original."""
    _, dot, fraction = like.partition(".")
    return f"{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}{dot}{fraction}"
