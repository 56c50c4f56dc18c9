"""Small parts of a case file: flags, words, numbers, dates, each refused with the place where it stands."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

from calcimeter.errors import UsageError
from calcimeter.knowledge.vocabulary import known_term


def check_keys(said: Mapping[Any, Any], known: Iterable[str], where: str) -> None:
    """Refuse a key that is not known, naming the nearest."""
    known = tuple(known)
    for key in said:
        known_term(key, known, where)


def listed(said: Any, where: str) -> list[Any]:
    """A list, or nothing."""
    if said is None:
        return []
    if not isinstance(said, list):
        raise UsageError(f"{where}: expected a list")
    return said


def words(said: Any, known: tuple[str, ...], where: str) -> tuple[str, ...]:
    """A list of terms, each once."""
    return tuple(dict.fromkeys(known_term(word, known, where) for word in listed(said, where)))


def flags(said: Any, known: tuple[str, ...], where: str) -> dict[str, bool]:
    """Terms that hold or do not; null is not known and left out."""
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise UsageError(f"{where}: expected such as {{{known[0]}: true}}")
    check_keys(said, known, where)
    found = {key: flag(value, f"{where}, {key}") for key, value in said.items()}
    return {key: value for key, value in found.items() if value is not None}


def flag(said: Any, where: str) -> bool | None:
    """True, false, or null for not known."""
    if said is None or isinstance(said, bool):
        return said
    raise UsageError(f"{where}: met {str(said)[:20]!r}, expected true, false or null")


def number(said: Any, where: str, *, positive: bool = False) -> float | None:
    """A finite number of 0 or more, or null; ``positive``: over 0."""
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said) or said < 0:
        raise UsageError(f"{where}: met {str(said)[:20]!r}, expected a number of 0 or more")
    if positive and said == 0:
        raise UsageError(f"{where}: met 0, expected more; what is not known is null")
    return float(said)


def text(said: Any, where: str) -> str | None:
    """Text, or null."""
    if said is None or isinstance(said, str):
        return said
    raise UsageError(f"{where}: expected text, in quotes")


def dates(said: Any, where: str) -> dt.date | None:
    """A day as YYYY-MM-DD, or null."""
    if isinstance(said, dt.datetime):
        return said.date()
    if said is None or isinstance(said, dt.date):
        return said
    try:
        return dt.date.fromisoformat(str(said))
    except ValueError:
        # What was met is not repeated: it may be a patient's day written otherwise.
        raise UsageError(f"{where}: met what is no day, expected a day as 2019-05-02") from None
