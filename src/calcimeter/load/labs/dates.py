"""Dates as laboratories write them. Day and month are never guessed: the whole input has to agree on their order."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

from calcimeter.errors import AmbiguousResult
from calcimeter.load.labs.written import folded

Order = Literal["day first", "month first"]
Moment = tuple[dt.date, dt.time | None]

DAYS_A_YEAR = 365.25
MONTHS = (
    "jan january januar janner janvier janv ene enero gen gennaio",
    "feb february februar fev fevr fevrier febrero febbraio",
    "mar march mrz marz maerz mars marzo",
    "apr april avr avril abr abril aprile",
    "may mai mayo mag maggio",
    "jun june juni juin junio giu giugno",
    "jul july juli juil juillet julio lug luglio",
    "aug august aout ago agosto",
    "sep sept september septembre septiembre setiembre set settembre",
    "oct october okt oktober octobre octubre ott ottobre",
    "nov november novembre noviembre",
    "dec december dez dezember decembre dic diciembre dicembre",
)
"""Names of each month in English, German, French, Spanish and Italian, as ``folded`` has them; whole words, for
"marraskuu" begins like March and is November."""

_TIME = r"(?:[T ]+(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:\s*[AaPp][Mm])?)\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME)
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?:(?P<time>\d{4}(?:\d{2})?))?")
_DOTTED = re.compile(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})" + _TIME)
_SLASHED = re.compile(r"(?P<first>\d{1,2})[/-](?P<second>\d{1,2})[/-](?P<year>\d{4})" + _TIME)
_NAMED = re.compile(r"(?P<day>\d{1,2})[-. /]+(?P<name>[^\W\d_]{3,10})[-., /]+(?P<year>\d{4})" + _TIME)
_NAMED_FIRST = re.compile(r"(?P<name>[^\W\d_]{3,10})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})" + _TIME)


def order_in(texts: list[str]) -> Order | None:
    """Whether day or month stands first in dates such as 13/05/2019; None where none of them tells."""
    found = [match for text in texts if (match := _SLASHED.fullmatch(text.strip()))]
    if any(int(match["first"]) > 12 for match in found):
        return "day first"
    return "month first" if any(int(match["second"]) > 12 for match in found) else None


def looks_like_date(text: str) -> bool:
    """Whether a text has the form of a date."""
    forms = (_ISO, _DOTTED, _SLASHED, _NAMED, _NAMED_FIRST)
    return any(form.fullmatch(text.strip()) for form in forms)


def read_moment(text: str, order: Order | None, where: str) -> Moment:
    """A date with or without a time of day; a time zone is left out.

    Raises
    ------
    AmbiguousResult
        Not a date, a year of two digits, a day that does not exist, or day and month can't be told apart. The
        message never holds the date.
    """
    text = text.strip()
    for form in (_ISO, _COMPACT, _DOTTED):
        match = form.fullmatch(text)
        if match:
            return _moment((int(match["year"]), int(match["month"]), int(match["day"])), match["time"], where)
    match = _NAMED.fullmatch(text) or _NAMED_FIRST.fullmatch(text)
    month = _month(match["name"]) if match else None
    if match and month:
        return _moment((int(match["year"]), month, int(match["day"])), match["time"], where)
    match = _SLASHED.fullmatch(text)
    if match is None:
        raise AmbiguousResult(f"{where}: met a date in a form that is not read; expected year-month-day")
    first, second = int(match["first"]), int(match["second"])
    if order is None and first != second:
        raise AmbiguousResult(
            f"{where}: met a date whose day and month can't be told apart; expected year-month-day, or one date of the "
            "file with a day over 12"
        )
    day, month = (second, first) if order == "month first" else (first, second)
    return _moment((int(match["year"]), month, day), match["time"], where)


def years_between(birth: dt.date, last: dt.date) -> float:
    """The age at a date, years.

    Raises
    ------
    AmbiguousResult
        The date lies before the birth.
    """
    if last < birth:
        raise AmbiguousResult("met a result before the date of birth, expected one after it; check both")
    return round((last - birth).days / DAYS_A_YEAR, 2)


def _month(name: str) -> int | None:
    return next((number for number, names in enumerate(MONTHS, 1) if folded(name) in names.split()), None)


def _moment(parts: tuple[int, int, int], time: str | None, where: str) -> Moment:
    try:
        return dt.date(*parts), _time(time)
    except ValueError:
        raise AmbiguousResult(
            f"{where}: met a date or time that does not exist; expected a day of the calendar as year-month-day"
        ) from None


def _time(text: str | None) -> dt.time | None:
    """A time of day; "0830", "8:30", "08:30:15", "8:30 PM"."""
    if text is None:
        return None
    digits = re.findall(r"\d+", text.split(".")[0])
    if len(digits) == 1:
        digits = re.findall(r"\d\d", digits[0])
    hour, minute, second = [int(one) for one in (*digits, "0")[:3]]
    half = text.strip()[-2:].lower()
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "pm" else 0)
    return dt.time(hour, minute, second)
