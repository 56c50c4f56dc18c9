"""What blood and urine results say, put side by side: the record that ranking, report and JSON share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from calcimeter.model.case import Comparator

SET_ASIDE = "set aside in the ranking"
"""How the note on results that do not tell the cause begins."""

Status = Literal["low", "normal", "high"]
RangeSource = Literal["laboratory", "table"]
PatternName = Literal[
    "primary_hyperparathyroidism",
    "secondary_hyperparathyroidism_renal",
    "secondary_hyperparathyroidism_vitamin_d",
    "tertiary_hyperparathyroidism",
    "pth_independent_hypercalcemia",
    "hyperphosphatemia_with_normal_kidneys",
    "pth_resistance",
    "normal",
]


@dataclass(frozen=True, slots=True)
class BloodValue:
    """One result in the analyte's canonical unit, measured or derived.

    Parameters
    ----------
    analyte : str
        A term of the vocabulary.
    value : float or None
        In ``unit``; None where only a word is known, or where it can't be known: ``because`` says why.
    unit : str
        The canonical unit of the analyte as a UCUM code.
    comparator : str or None
        ``value`` is only a bound, such as "> 900".
    status : str or None
        low, normal or high; None where it can't be told.
    because : str
        What the status rests on, or why value or status are not known.
    reference : tuple of two, or None
        The range in ``unit`` that was used; either end may be open.
    reference_from : str or None
        Whose range it is: the laboratory's own, or the table by age and sex.
    day : int or None
        Days from the first dated result of all; None without a date.
    critical : bool
        A doctor has to know of it at once.
    derived : bool
        Computed from other results, those of ``inputs``.
    given : tuple of (float, str), or None
        Value and UCUM unit as the laboratory gave them; None for derived values.
    inputs : tuple of str
        What it was computed from, in words with values and units.
    source : str
        Where it stands in the input, or for derived values the formula and where it was published.
    caveats : tuple of str
        What limits it, in words.
    """

    analyte: str
    value: float | None
    unit: str
    comparator: Comparator | None = None
    status: Status | None = None
    because: str = ""
    reference: tuple[float | None, float | None] | None = None
    reference_from: RangeSource | None = None
    day: int | None = None
    critical: bool = False
    derived: bool = False
    given: tuple[float, str] | None = None
    inputs: tuple[str, ...] = ()
    source: str = ""
    caveats: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether there is a number or a status."""
        return self.value is not None or self.status is not None

    @property
    def is_answered(self) -> bool:
        """Whether measuring it again would tell no more: there is a level, or a number that no range is known for.

        A bound that leaves its range open is no answer.
        """
        has_number = self.value is not None and (self.comparator is None or self.reference is None)
        return self.status is not None or has_number


def latest_of(values: Iterable[BloodValue | None]) -> BloodValue | None:
    """Of results that ask the same the first of the last day, so that an older one never stands before a newer one.

    None where there is none. Where none has a day, the first.
    """
    found = [one for one in values if one is not None]
    last = max((one.day for one in found if one.day is not None), default=None)
    return next((one for one in found if one.day == last), None)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What calcium, phosphate, PTH and kidney function amount to together.

    Parameters
    ----------
    name : str or None
        None where the results do not decide between patterns, or fit none.
    because : str
        The results that it rests on, in one sentence.
    possible : tuple of str
        Patterns that remain possible; the name alone where there is one.
    would_decide : tuple of str
        What would settle it: terms of the vocabulary, most useful first.
    caveats : tuple of str
        What limits it, in words.
    """

    name: PatternName | None
    because: str
    possible: tuple[PatternName, ...] = ()
    would_decide: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trend:
    """How one analyte went from its first to its last dated result.

    Parameters
    ----------
    analyte : str
    unit : str
        The canonical unit of the analyte.
    first, last : BloodValue
    days : int
        Between them.
    change : float or None
        Last minus first, in ``unit``; None where one of them is a bound or has no number.
    direction : str or None
        rising, falling or unchanged; None where a bound hides it.
    because : str
        What the direction rests on.
    """

    analyte: str
    unit: str
    first: BloodValue
    last: BloodValue
    days: int
    change: float | None
    direction: Literal["rising", "falling", "unchanged"] | None
    because: str


@dataclass(frozen=True, slots=True)
class Chemistry:
    """Everything that was read from blood and urine results. Empty: there were none.

    Parameters
    ----------
    values : mapping of str to BloodValue
        The latest result of each analyte that was measured.
    derived : mapping of str to BloodValue
        What could be computed, and with value None and the reason what could not.
    results : tuple of BloodValue
        Every result, in order of analyte and date; nothing is left out.
    pattern : Pattern
    criticals : tuple of BloodValue
        Results that a doctor has to know of at once, the latest of each analyte.
    trends : mapping of str to Trend
        Of analytes with two dated results or more.
    notes : tuple of str
        What a reader should know, such as results without a date; without dates, names and paths.
    """

    values: Mapping[str, BloodValue] = field(default_factory=lambda: MappingProxyType({}))
    derived: Mapping[str, BloodValue] = field(default_factory=lambda: MappingProxyType({}))
    results: tuple[BloodValue, ...] = ()
    pattern: Pattern = Pattern(None, "no blood results were given")
    criticals: tuple[BloodValue, ...] = ()
    trends: Mapping[str, Trend] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

    def get(self, analyte: str) -> BloodValue | None:
        """The value to reason with, measured or derived, whichever is later; None where neither says anything.

        Of one day, or without days, what was measured stands before what was derived.
        """
        found = [self.values.get(analyte), self.derived.get(analyte)]
        measured, derived = (one if one is not None and one.says_something else None for one in found)
        if measured is None or derived is None:
            return measured or derived
        is_later = derived.day is not None and measured.day is not None and derived.day > measured.day
        return derived if is_later else measured
