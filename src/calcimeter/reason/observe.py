"""A case in the terms of the likelihoods: which outcome of which item was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from calcimeter.knowledge.network import NO, YES, Knowledge, Sites
from calcimeter.model.case import Case
from calcimeter.model.chemistry import BloodValue, Chemistry, latest_of
from calcimeter.model.differential import Merged, Outcome
from calcimeter.model.finding import Finding
from calcimeter.reason.findings import merge_findings

CALCIUM = ("calcium_ionized", "calcium_albumin_corrected", "calcium")
"""Of several calciums of one patient only one counts: the latest, and of one day the one that says most."""

KIDNEY = ("egfr", "creatinine_clearance", "creatinine", "urea")
"""They all ask how well kidneys filter; the latest that is known counts, of one day the first."""

NO_RATE = ("urea",)
"""Where it alone is given, kidney function is still to be measured."""

TUBULE = ("tmp_gfr", "tubular_phosphate_reabsorption")

SAME = (("calcium", CALCIUM), ("egfr", KIDNEY), ("tmp_gfr", TUBULE))
"""Item -> the analytes that tell it."""

BELOW, MIDDLE, ABOVE = "below_30", "from_30_to_60", "above_60"
SEVERE, MODERATE = 30.0, 60.0
"""eGFR in mL/min/1.73 m2 at which stages 4 and 3 begin (KDIGO)."""

PARATHYROID = ("thyroid", "parathyroid")


@dataclass(frozen=True, slots=True)
class Observed:
    """What is known of a patient, as the likelihoods ask for it.

    Parameters
    ----------
    seen : mapping of str to tuple of str
        Item -> the outcomes that it may have had.
    shown : mapping of str to bool or str
        Item -> the same in the words of the case.
    answered : set of str
        Items that were measured, before treatment or after it, whether or not they are weighed.
    age_years, sex, sites, size_cm
        None or empty where not known.
    merged : tuple of Merged
        Findings of readers and measurements together.
    not_weighed : tuple of str
        Given, but no likelihood asks for it, or there is no range that a number could be judged by.
    """

    seen: Mapping[str, tuple[str, ...]]
    shown: Mapping[str, Outcome]
    answered: frozenset[str]
    age_years: float | None
    sex: str | None
    sites: tuple[str, ...]
    size_cm: float | None
    merged: tuple[Merged, ...]
    not_weighed: tuple[str, ...]


def observe(case: Case, measured: Iterable[Finding], chemistry: Chemistry, knowledge: Knowledge) -> Observed:
    """Collect what is known. What is not named is not known; treatments and stated diagnoses are never evidence.

    Parameters
    ----------
    case : Case
    measured : iterable of Finding
        What analyses of images found; a reader's findings in the case override them.
    chemistry : Chemistry
    knowledge : Knowledge
    """
    sites = _sites(case)
    merged = merge_findings(case.findings, [*measured, *_implied(case, sites, knowledge.sites)])
    said = {**case.history, **{found.name: found.present for found in merged if found.present is not None}}
    levels = _levels(chemistry, after_surgery=_is_operated(case))
    known = knowledge.items
    bare = {name for name in _without_level(chemistry, levels) if _item_of(name) in known}
    seen: dict[str, tuple[str, ...]] = {
        name: (YES if present else NO,) for name, present in said.items() if name in known
    }
    seen |= {name: outcomes for name, outcomes in levels.items() if name in known}
    shown: dict[str, Outcome] = {name: said[name] for name in seen if name in said}
    shown |= {name: " or ".join(outcomes) for name, outcomes in levels.items() if name in known}
    lengths = [lesion.long_axis_cm for lesion in case.lesions if lesion.long_axis_cm]
    return Observed(
        seen=seen,
        shown=shown,
        answered=_answered(case, chemistry),
        age_years=case.subject.age_years,
        sex=case.subject.sex if case.subject.sex in ("F", "M") else None,
        sites=sites,
        size_cm=max(lengths, default=None),
        merged=merged,
        not_weighed=tuple(sorted({name for name in said if name not in known} | bare)),
    )


def _sites(case: Case) -> tuple[str, ...]:
    """All sites that are named, each once."""
    return tuple(dict.fromkeys([*case.sites, *(lesion.site for lesion in case.lesions if lesion.site)]))


def _implied(case: Case, sites: tuple[str, ...], places: Sites) -> Iterator[Finding]:
    """What sites, sides and foci imply."""
    if _places(sites, places) > 1:
        yield Finding("several_places", present=True, because=f"named at {' and '.join(sites)}")
    sides = {(lesion.site, lesion.side) for lesion in case.lesions if lesion.site}
    both = sorted({str(site) for site, _ in sides if {(site, "left"), (site, "right")} <= sides})
    if both:
        yield Finding("bilateral", present=True, because=f"on both sides of {' and '.join(both)}")
    if any(focus.organ in PARATHYROID for focus in case.foci):
        yield Finding("parathyroid_focus", present=True, because="a focus of retained tracer beside the thyroid")


def _places(sites: tuple[str, ...], places: Sites) -> int:
    """How many places the sites name at least; neighbors may be one."""
    if "multiple_joints" in sites:
        return 2
    single = [site for site in sites if site not in places.no_place]
    apart = any(not any({a, b} <= near for near in places.near) for a, b in combinations(single, 2))
    return 2 if apart else min(len(single), 1)


def _is_operated(case: Case) -> bool:
    """Whether parathyroid hormone may be that of after parathyroidectomy.

    Where the operation has a date, a hormone of up to that day tells of before: the results of a presentation are those
    that the fewest treatments went before.
    """
    days = [one.date for one in case.treatments if one.what == "parathyroidectomy"]
    first = min((day for day in days if day is not None), default=None)
    if first is None:
        return bool(days) or case.history.get("parathyroidectomy") is True
    taken = [lab.date for lab in case.labs if lab.analyte == "pth_intact"]
    return not any(day is not None and day <= first for day in taken)


def _levels(chemistry: Chemistry, *, after_surgery: bool) -> dict[str, tuple[str, ...]]:
    """Analyte -> its level; of several that ask the same only one."""
    names = [name for name in (*chemistry.values, *chemistry.derived) if name not in (*CALCIUM, *KIDNEY, *TUBULE)]
    levels = {name: _level(chemistry.get(name)) for name in names}
    levels["calcium"] = _level(_latest(chemistry, CALCIUM, _level))
    levels["egfr"] = _filtration(_latest(chemistry, KIDNEY, _filtration))
    tubule = _latest(chemistry, TUBULE, _level)
    levels |= {name: _level(tubule) if tubule and tubule.analyte == name else () for name in TUBULE}
    if levels.get("phosphate"):
        levels["calcium_phosphate_product"] = ()  # it adds nothing to its two factors
    if after_surgery and levels.get("pth_intact") != ("high",):
        levels["pth_intact"] = ()  # low because the glands are out
    return {name: outcomes for name, outcomes in levels.items() if outcomes}


def _answered(case: Case, chemistry: Chemistry) -> frozenset[str]:
    """The items that need no measuring again; a contradiction, or a bound that leaves its range open, is no answer."""
    set_aside = {lab.analyte for lab in case.labs} - chemistry.values.keys()
    given = [chemistry.get(name) for name in (*chemistry.values, *chemistry.derived)]
    found = set_aside | {one.analyte for one in given if one is not None and one.is_answered}
    return frozenset(found | {_item_of(name) for name in found if name not in NO_RATE})


def _without_level(chemistry: Chemistry, levels: Mapping[str, tuple[str, ...]]) -> set[str]:
    """What was measured and can't be weighed, for want of the age, the sex or the laboratory's range."""
    given = {name for name, value in chemistry.values.items() if value.value is not None and value.status is None}
    return {name for name in given if _item_of(name) not in levels}


def _item_of(analyte: str) -> str:
    """The item that an analyte tells."""
    return next((item for item, names in SAME if analyte in names), analyte)


def _latest(
    chemistry: Chemistry, names: Iterable[str], tells: Callable[[BloodValue | None], tuple[str, ...]]
) -> BloodValue | None:
    """Of several that ask the same the latest that tells something."""
    return latest_of(value for name in names if tells(value := chemistry.get(name)))


def _level(value: BloodValue | None) -> tuple[str, ...]:
    return () if value is None or value.status is None else (value.status,)


def _filtration(value: BloodValue | None) -> tuple[str, ...]:
    """Stage of kidney function; a word alone leaves open how far it is down."""
    if value is None:
        return ()
    filters = value.analyte in ("egfr", "creatinine_clearance")
    if filters and value.value is not None:
        return _stages(value.value, value.comparator)
    if value.status is None:
        return ()
    return (BELOW, MIDDLE) if value.status == ("low" if filters else "high") else (ABOVE,)


def _stages(egfr: float, comparator: str | None) -> tuple[str, ...]:
    """The stages that a value or a bound leaves possible."""
    stage = BELOW if egfr < SEVERE else MIDDLE if egfr < MODERATE else ABOVE
    order = (BELOW, MIDDLE, ABOVE)
    at = order.index(stage)
    ends = at if comparator == "<" and egfr in (SEVERE, MODERATE) else at + 1  # "< 30" leaves out the stage from 30 on
    possible = order[:ends] if comparator in ("<", "<=") else order[at:] if comparator else (stage,)
    return () if len(possible) == len(order) else possible
