"""The pattern that calcium, phosphate, PTH and the kidneys make, in words.

Rules after table 2 of PMC6037987 (Nat Rev Endocrinol 2017); PTH-independent hypercalcemia and hyperphosphatemia with
normal kidneys are added. What does not decide between two patterns gives both, and what would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from calcimeter.model.chemistry import BloodValue, Pattern, PatternName, Status, latest_of
from calcimeter.reason.chemistry.kidneys import Get, Kidneys, kidneys_of

LONGEST_DAYS = 183
"""Calcium and PTH farther apart are no picture of one time: KDIGO 2017 has PTH measured every 3 to 6 months."""

PRIMARY: PatternName = "primary_hyperparathyroidism"
RENAL: PatternName = "secondary_hyperparathyroidism_renal"
VITAMIN_D: PatternName = "secondary_hyperparathyroidism_vitamin_d"
TERTIARY: PatternName = "tertiary_hyperparathyroidism"
INDEPENDENT: PatternName = "pth_independent_hypercalcemia"
PHOSPHATE: PatternName = "hyperphosphatemia_with_normal_kidneys"
RESISTANCE: PatternName = "pth_resistance"
NORMAL: PatternName = "normal"


@dataclass(frozen=True, slots=True)
class _Picture:
    """The statuses that the rules look at; None is not known. ``answered``: the analytes that need no measuring."""

    calcium: Status | None
    phosphate: Status | None
    pth: Status | None
    vitamin_d: Status | None
    magnesium: Status | None
    kidneys: Kidneys
    answered: frozenset[str]
    history: Mapping[str, bool]
    because: str

    def decided(self, name: PatternName, *caveats: str) -> Pattern:
        """One pattern."""
        return Pattern(name, self.because, (name,), (), caveats)

    def open(self, possible: tuple[PatternName, ...], decide: tuple[str, ...], *caveats: str) -> Pattern:
        """Several patterns, or none of those known; what is known already decides nothing any more."""
        if self.kidneys.grade is None and "creatinine" in decide and "creatinine" in self.answered:
            decide = ("egfr", *decide)  # a creatinine that can't be judged: the laboratory's own rate, or age and sex
        unknown = tuple(name for name in decide if name not in self.answered)
        return Pattern(None, self.because, possible, unknown, caveats)


def pattern_of(get: Get, history: Mapping[str, bool]) -> Pattern:
    """The pattern of the values that ``get`` gives by analyte; name None where they do not decide."""
    calcium, phosphate, pth = _calcium(get), get("phosphate"), get("pth_intact")
    kidneys = kidneys_of(get, history)
    if not any((calcium, phosphate, pth)):
        decide = ("calcium", "phosphate", "pth_intact")
        return Pattern(None, "neither calcium nor phosphate nor PTH is known", would_decide=decide)
    apart = _days_apart(calcium, pth)
    if apart is not None and apart > LONGEST_DAYS:
        why = f"calcium and PTH lie {apart} days apart, too far for one picture"
        return Pattern(None, why, (), ("calcium", "pth_intact"))
    picture = _Picture(
        calcium=_status(calcium),
        phosphate=_status(phosphate),
        pth=_status(pth),
        vitamin_d=_status(get("vitamin_d_25")),
        magnesium=_status(get("magnesium")),
        kidneys=kidneys,
        answered=_answered(get),
        history=history,
        because="",
    )
    picture = replace(picture, because=_because(picture, (calcium, phosphate, pth)))
    found = _rule(picture)(picture)
    days = {value.day is None for value in (calcium, phosphate, pth) if value is not None}
    undated = ["that results with and without a date belong together is assumed"] if len(days) > 1 else []
    return replace(found, caveats=(*found.caveats, *_caveats(picture, calcium, apart), *undated))


def _rule(picture: _Picture) -> Callable[[_Picture], Pattern]:
    if picture.calcium == "high":
        return _hypercalcemia
    if picture.calcium is None:
        return _without_calcium
    if picture.pth == "high":
        return _secondary
    return _without_excess


def _hypercalcemia(of: _Picture) -> Pattern:
    """Calcium is high: PTH decides whether the parathyroids make it so."""
    if of.pth is None:
        late = (TERTIARY,) if of.kidneys.grade != "normal" or _has_long_excess(of.history) else ()
        return of.open((INDEPENDENT, PRIMARY, *late), ("pth_intact",))
    if of.pth == "low":
        return of.decided(INDEPENDENT, "vitamin D, 1,25-(OH)2-D, PTHrP, ACE and bicarbonate tell the causes apart")
    if of.pth == "high" and (of.kidneys.grade == "severe" or _has_long_excess(of.history)):
        return of.decided(TERTIARY, "primary hyperparathyroidism before the kidney disease looks the same")
    if of.kidneys.grade is None:
        return of.open((PRIMARY, TERTIARY), ("creatinine", "phosphate"))
    if of.pth == "normal":
        if of.kidneys.are_reduced:
            return of.open(
                (PRIMARY, INDEPENDENT), ("vitamin_d_25", "vitamin_d_1_25", "pthrp"), "PTH should be high here"
            )
        return of.decided(PRIMARY, "PTH is normal where calcium should suppress it", FAMILIAL)
    if of.kidneys.grade == "reduced":
        return of.open((PRIMARY, TERTIARY), ("phosphate", "egfr"), "earlier results would tell which came first")
    return of.decided(PRIMARY, FAMILIAL)


FAMILIAL = "familial hypocalciuric hypercalcemia looks the same; calcium in urine tells them apart"


def _secondary(of: _Picture) -> Pattern:
    """PTH is high and calcium is not: something drives the parathyroids."""
    if of.kidneys.grade is None:
        return of.open((RENAL, VITAMIN_D), ("creatinine", "vitamin_d_25"))
    if of.kidneys.are_reduced:
        return _secondary_renal(of)
    if of.phosphate == "high":
        if of.vitamin_d == "low":
            return of.open((RESISTANCE, VITAMIN_D), ("magnesium",), "PTH after vitamin D is replaced would tell")
        if of.calcium == "low":
            return of.decided(RESISTANCE, "too little magnesium or vitamin D has to be excluded")
        return of.open((RESISTANCE,), ("magnesium", "vitamin_d_25"), "phosphate and PTH as where PTH has no effect")
    if of.vitamin_d == "low":
        return of.decided(VITAMIN_D)
    if of.calcium == "normal" and of.vitamin_d is not None:
        return of.open((PRIMARY,), ("calcium_ionized",), "normocalcemic primary; malabsorption and drugs do the same")
    if of.calcium == "normal":
        return of.open((VITAMIN_D, PRIMARY), ("vitamin_d_25", "calcium_ionized"), "normocalcemic primary is possible")
    if of.vitamin_d is None:
        return of.decided(VITAMIN_D, "25-OH-D is not known; malabsorption and drugs do the same")
    return of.decided(VITAMIN_D, "25-OH-D is not low: malabsorption of calcium, or vitamin D without effect")


def _secondary_renal(of: _Picture) -> Pattern:
    if of.kidneys.grade == "reduced" and of.vitamin_d == "low" and of.phosphate != "high":
        return of.open((RENAL, VITAMIN_D), ("phosphate",), "PTH after vitamin D is replaced would tell")
    if of.phosphate == "low":
        possible = (RENAL, VITAMIN_D) if of.vitamin_d in (None, "low") else (RENAL,)
        return of.open(possible, ("vitamin_d_25",), "phosphate is low for the kidneys: binders, or vitamin D")
    if of.phosphate is None:
        return of.decided(RENAL, "phosphate is not known")
    return of.decided(RENAL)


def _without_excess(of: _Picture) -> Pattern:
    """Calcium is low or normal, and PTH not known to be high."""
    if of.phosphate == "high" and not of.kidneys.are_reduced:
        if of.kidneys.grade is None:
            return of.open((PHOSPHATE,) if of.pth else (PHOSPHATE, RENAL), ("creatinine", "pth_intact"))
        if of.pth is None and of.calcium == "low":
            return of.open((PHOSPHATE,), ("pth_intact",))
        caveats = ["hypoparathyroidism does this"] if of.calcium == "low" and of.pth == "low" else []
        if of.pth is None:
            caveats.append("PTH is not known")
        return of.decided(PHOSPHATE, *caveats)
    if of.pth is None:
        possible: tuple[PatternName, ...] = (RENAL,) if of.kidneys.are_reduced else (NORMAL, VITAMIN_D)
        if of.calcium == "low":
            unknown = (VITAMIN_D, RENAL) if of.kidneys.grade is None else (VITAMIN_D,)
            possible = (RENAL,) if of.kidneys.are_reduced else unknown
        return of.open(possible, ("pth_intact", *(("phosphate",) if of.phosphate is None else ())))
    if of.kidneys.are_reduced:
        return of.open((), ("vitamin_d_25", "alkaline_phosphatase"), "kidneys filter too little and PTH is not high")
    if of.calcium == of.pth == of.phosphate == "normal":
        return of.decided(NORMAL, *([of.kidneys.because] if of.kidneys.grade is None else []))
    if of.phosphate is None and of.calcium == "normal" == of.pth:
        return of.open((NORMAL, PHOSPHATE), ("phosphate",))
    return of.open((), ("magnesium", "vitamin_d_25"))


def _without_calcium(of: _Picture) -> Pattern:
    """Calcium is not known; phosphate with normal kidneys still says something."""
    if of.phosphate == "high" and of.kidneys.grade == "normal" and of.pth != "high":
        return of.open((PHOSPHATE, INDEPENDENT), ("calcium", *(("pth_intact",) if of.pth is None else ())))
    if of.pth == "high":
        possible = (RENAL, TERTIARY) if of.kidneys.are_reduced else (PRIMARY, VITAMIN_D, RENAL, TERTIARY)
        if of.kidneys.grade == "normal":
            possible = (PRIMARY, VITAMIN_D)
        return of.open(possible, ("calcium",))
    return of.open((), ("calcium", *(("pth_intact",) if of.pth is None else ())))


def _has_long_excess(history: Mapping[str, bool]) -> bool:
    terms = ("kidney_transplant", "tertiary_hyperparathyroidism", "secondary_hyperparathyroidism")
    return any(history.get(term) is True for term in terms)


def _calcium(get: Get) -> BloodValue | None:
    """The calcium to judge by: ionized, else corrected, else total; an older one never stands before a newer one."""
    return latest_of(one for name in CALCIUMS if (one := get(name)) is not None and one.status is not None)


CALCIUMS = ("calcium_ionized", "calcium_albumin_corrected", "calcium")


DECIDING = (
    *CALCIUMS,
    "phosphate",
    "pth_intact",
    "pthrp",
    "creatinine",
    "vitamin_d_25",
    "vitamin_d_1_25",
    "magnesium",
    "alkaline_phosphatase",
)


def _answered(get: Get) -> frozenset[str]:
    """What need not be measured to decide: of kidney function the rate, whichever it is."""
    found = {name for name in DECIDING if (one := get(name)) is not None and one.is_answered}
    rates = [one for name in ("egfr", "creatinine_clearance") if (one := get(name)) is not None and one.is_answered]
    return frozenset(found | ({"egfr"} if rates else set()))


def _status(value: BloodValue | None) -> Status | None:
    return value.status if value is not None else None


def _days_apart(one: BloodValue | None, other: BloodValue | None) -> int | None:
    if one is None or other is None or one.day is None or other.day is None:
        return None
    return abs(one.day - other.day)


def _because(of: _Picture, values: tuple[BloodValue | None, ...]) -> str:
    """What the pattern rests on: "calcium high, phosphate normal, PTH low, eGFR 12"."""
    words = [
        f"{name} {value.status if value is not None and value.status else 'not known'}"
        for name, value in zip(("calcium", "phosphate", "PTH"), values, strict=True)
    ]
    return ", ".join([*words, of.kidneys.because])


def _caveats(of: _Picture, calcium: BloodValue | None, apart: int | None) -> Iterator[str]:
    if calcium is not None and calcium.analyte == "calcium":
        yield "by total calcium: neither albumin nor ionized calcium is known"
    if apart:
        yield f"calcium and PTH lie {apart} days apart"
    if of.calcium == "low" and of.magnesium == "low":
        yield "magnesium is low, which keeps PTH from rising and from having effect: replace it first"
    if of.calcium == "low" and of.history.get("parathyroidectomy") is True:
        yield "low calcium after parathyroidectomy: hungry bone, or too little PTH"
