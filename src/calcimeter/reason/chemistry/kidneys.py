"""How well the kidneys filter, as far as results and history tell: the fact that patterns turn on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from calcimeter.model.chemistry import BloodValue, latest_of
from calcimeter.reason.chemistry.bounds import interval_of

REDUCED, SEVERE = 60.0, 30.0
"""GFR, mL/min per 1.73 m2: under 60 it is reduced, under 30 severely (KDIGO CKD 2012, G3a and G4)."""

Grade = Literal["normal", "reduced", "severe"]
Get = Callable[[str], BloodValue | None]


@dataclass(frozen=True, slots=True)
class Kidneys:
    """The grade, None where it is not known, and what it rests on."""

    grade: Grade | None
    because: str

    @property
    def are_reduced(self) -> bool:
        """Whether they are known to filter too little."""
        return self.grade in ("reduced", "severe")


UNKNOWN = Kidneys(None, "neither creatinine nor the filtration rate tells how the kidneys work")


def is_on_dialysis(history: Mapping[str, bool]) -> bool:
    """Whether dialysis is told, and no transplant that ended it."""
    return history.get("dialysis") is True and not has_transplant(history)


def has_transplant(history: Mapping[str, bool]) -> bool:
    """Whether a kidney was transplanted: then dialysis and kidney disease of the history may be those of before."""
    return history.get("kidney_transplant") is True


def kidneys_of(get: Get, history: Mapping[str, bool]) -> Kidneys:
    """Read from dialysis, filtration rate, history and creatinine, in this order; with a transplant from results alone.

    A filtration rate that is older than a creatinine which says something is left out.
    """
    if is_on_dialysis(history):
        return Kidneys("severe", "on dialysis")
    creatinine = get("creatinine")
    status = creatinine.status if creatinine is not None else None
    graded = _by_rates(get, creatinine if status is not None else None)
    has_disease = None if has_transplant(history) else history.get("chronic_kidney_disease")
    if graded.grade == "normal" and has_disease is True:
        return Kidneys(None, f"{graded.because}, but chronic kidney disease is stated")
    if graded.grade is not None:
        return graded
    if has_disease is True:
        return Kidneys("reduced", "chronic kidney disease is stated")
    if status == "high":
        return Kidneys("reduced", "creatinine is high")
    if status is not None:
        return Kidneys("normal", f"creatinine is {status}")
    if has_disease is False:
        return Kidneys("normal", "chronic kidney disease is denied")
    if has_transplant(history):
        return Kidneys(None, "no creatinine tells how the transplanted kidney works")
    return UNKNOWN


def _by_rates(get: Get, creatinine: BloodValue | None) -> Kidneys:
    """By the latest filtration rate, where no creatinine that says something is later."""
    rate = latest_of((get("egfr"), get("creatinine_clearance")))
    return UNKNOWN if rate is None or latest_of((rate, creatinine)) is not rate else _by_rate(rate)


def _by_rate(rate: BloodValue) -> Kidneys:
    name = "eGFR" if rate.analyte == "egfr" else "creatinine clearance"
    if rate.value is None:
        return Kidneys("reduced" if rate.status == "low" else "normal", f"{name} is {rate.status}")
    low, high = interval_of(rate)
    bound = f"{rate.comparator} " if rate.comparator else ""
    said = f"{name} {bound}{rate.value:.0f}"
    if low >= REDUCED:
        return Kidneys("normal", said)
    if high < SEVERE:
        return Kidneys("severe", said)
    return Kidneys("reduced" if high < REDUCED else None, said)
