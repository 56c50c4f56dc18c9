"""How well the kidneys filter, as far as results and history tell: the fact that patterns turn on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from calcimeter.model.chemistry import BloodValue
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


def kidneys_of(get: Get, history: Mapping[str, bool]) -> Kidneys:
    """Read from dialysis, filtration rate, creatinine and history, in this order."""
    if history.get("dialysis") is True:
        return Kidneys("severe", "on dialysis")
    rate = get("egfr") or get("creatinine_clearance")
    has_disease = history.get("chronic_kidney_disease")
    if rate is not None:
        graded = _by_rate(rate)
        if graded.grade == "normal" and has_disease is True:
            return Kidneys(None, f"{graded.because}, but chronic kidney disease is stated")
        if graded.grade is not None:
            return graded
    if has_disease is True:
        return Kidneys("reduced", "chronic kidney disease is stated")
    creatinine = get("creatinine")
    status = creatinine.status if creatinine is not None else None
    if status == "high":
        return Kidneys("reduced", "creatinine is high")
    if status is not None:
        return Kidneys("normal", f"creatinine is {status}")
    if has_disease is False:
        return Kidneys("normal", "chronic kidney disease is denied")
    return Kidneys(None, "neither creatinine nor the filtration rate tells how the kidneys work")


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
