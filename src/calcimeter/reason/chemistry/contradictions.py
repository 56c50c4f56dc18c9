"""Results of one day that can't both be true: a filtration rate and a creatinine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from calcimeter.knowledge.analytes import analytes
from calcimeter.model.chemistry import BloodValue
from calcimeter.reason.chemistry.bounds import interval_of
from calcimeter.reason.chemistry.formulas import ckd_epi_2021

YOUNG, MALE = 18.0, "M"
"""Of all adults, and more so than any child, young men filter most at the same creatinine."""

FACTOR = 2.0
"""Chosen: equations and cystatin C differ by less, a slip of unit or of patient by more."""

Values = Mapping[str, BloodValue]


class Agreed(NamedTuple):
    """Measured and derived values without those that contradict each other, and a note of each that was left open."""

    values: dict[str, BloodValue]
    derived: dict[str, BloodValue]
    notes: tuple[str, ...]


def without_contradictions(values: Values, derived: Values) -> Agreed:
    """Leave open a filtration rate and a creatinine of one day, or without days, of which one must be wrong."""
    kept, computed, notes = dict(values), dict(derived), []
    for name in ("egfr", "creatinine_clearance"):
        rate, creatinine = values.get(name), values.get("creatinine")
        if rate is None or creatinine is None or not _contradict(rate, creatinine):
            continue
        label = analytes()[name].label
        why = f"{label} {rate.value:.0f} and creatinine {creatinine.value:.0f} umol/L of one day contradict each other"
        kept |= {name: _open(rate, why), "creatinine": _open(creatinine, why)}
        computed["egfr"] = _open(computed["egfr"], why)
        notes.append(f"{why}: neither is used; check units and dates")
    return Agreed(kept, computed, tuple(notes))


def _contradict(rate: BloodValue, creatinine: BloodValue) -> bool:
    if rate.value is None or creatinine.value is None or rate.day != creatinine.day:
        return False
    low, _ = interval_of(creatinine)
    return low > 0.0 and interval_of(rate)[0] > FACTOR * ckd_epi_2021(low, YOUNG, MALE)


def _open(value: BloodValue, why: str) -> BloodValue:
    return replace(value, value=None, comparator=None, status=None, given=None, because=why)
