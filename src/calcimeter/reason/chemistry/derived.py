"""What follows from several results of one sample, by published formulas; null with the reason where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from calcimeter.knowledge.analytes import analytes
from calcimeter.model.case import Sex
from calcimeter.model.chemistry import BloodValue
from calcimeter.reason.chemistry import formulas
from calcimeter.reason.chemistry.bounds import Interval, as_bound, interval_of
from calcimeter.reason.chemistry.kidneys import has_transplant, is_on_dialysis
from calcimeter.reason.chemistry.series import Series, paired
from calcimeter.reason.chemistry.values import ADULT_YEARS, Timeline, is_critical, status_by_age

CHILD_TMP_YEARS = 19.0
"""Under it reference values of TmP/GFR rest on the formula for children (inserm-03587206)."""

UNSTEADY_RATIO, UNSTEADY_DAYS = 1.5, 7
"""A creatinine that changes by this ratio within these days is no steady one (KDIGO acute kidney injury 2012)."""

Sets = Mapping[str, Series]


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Everything a formula may need beside its results."""

    blood: Sets
    urine: Sets
    timeline: Timeline
    history: Mapping[str, bool]


def derived_values(blood: Sets, urine: Sets, timeline: Timeline, history: Mapping[str, bool]) -> dict[str, BloodValue]:
    """Every derived value by its term: with a number, a bound, or null and the reason."""
    inputs = _Inputs(blood, urine, timeline, history)
    found: dict[str, BloodValue] = {"calcium_albumin_corrected": _corrected_calcium(inputs)}
    found["calcium_phosphate_product"] = _product(inputs, found["calcium_albumin_corrected"])
    found["egfr"] = _egfr(inputs)
    found["tubular_phosphate_reabsorption"] = _reabsorption(inputs)
    found["tmp_gfr"] = _tmp_gfr(inputs, found["tubular_phosphate_reabsorption"])
    return found


def _corrected_calcium(inputs: _Inputs) -> BloodValue:
    term, source = "calcium_albumin_corrected", formulas.PAYNE
    values = _paired(inputs.blood, "calcium", "albumin")
    if isinstance(values, str):
        return _absent(term, values, source)
    calcium, albumin = values
    (low, high), (least, most) = interval_of(calcium), interval_of(albumin)
    interval = formulas.corrected_calcium(low, most), formulas.corrected_calcium(high, least)
    caveats = ["an estimate; ionized calcium is what counts"]
    if _kidneys_fail(inputs):
        caveats.append("inaccurate in kidney failure (Ther Apher Dial 2016)")
    return _value(inputs, term, interval, values, source, tuple(caveats))


def _product(inputs: _Inputs, corrected: BloodValue) -> BloodValue:
    term, source = "calcium_phosphate_product", formulas.PRODUCT
    caveats = ["weak: soft-tissue calcification did not follow it (Kuzela 1977)"]
    total = _paired(inputs.blood, "calcium", "phosphate")
    own = _paired(inputs.blood, "calcium_albumin_corrected", "phosphate")
    values = own if isinstance(total, str) or (not isinstance(own, str) and own[0].day == total[0].day) else total
    if isinstance(values, str):
        return _absent(term, str(total), source)
    calcium, phosphate = values
    if calcium.analyte == "calcium" and corrected.value is not None and corrected.day == calcium.day:
        calcium = corrected
    if calcium.analyte == "calcium":
        caveats.append("with total calcium: albumin is not known")
    (low, high), (least, most) = interval_of(calcium), interval_of(phosphate)
    return _value(inputs, term, (low * least, high * most), (calcium, phosphate), source, tuple(caveats))


def _egfr(inputs: _Inputs) -> BloodValue:
    term, source = "egfr", formulas.CKD_EPI
    values = _paired(inputs.blood, "creatinine")
    if isinstance(values, str):
        return _absent(term, values, source)
    (creatinine,) = values
    age, sex = inputs.timeline.age_on(creatinine.day), inputs.timeline.subject.sex
    why = _no_egfr(inputs, age, sex)
    if why is not None or age is None or sex is None:
        return _absent(term, why or "", source, creatinine)
    low, high = interval_of(creatinine)
    lowest = formulas.ckd_epi_2021(high, age, sex) if high < float("inf") else 0.0
    highest = formulas.ckd_epi_2021(low, age, sex) if low > 0.0 else float("inf")
    caveats = ["for a steady creatinine and average muscle; amputation or paralysis makes it too high"]
    if inputs.history.get("dialysis") is True:
        caveats.append("it holds only if dialysis ended with the transplant")
    return _value(inputs, term, (lowest, highest), values, source, tuple(caveats))


def _no_egfr(inputs: _Inputs, age: float | None, sex: Sex | None) -> str | None:
    """Why CKD-EPI 2021 can't be used; None where it can."""
    reasons = {
        "the age is not known": age is None,
        "the sex is not known as M or F": sex not in ("M", "F"),
        f"the equation is for adults of {ADULT_YEARS:g} years or more; in children it takes the height": age is not None
        and age < ADULT_YEARS,
        "on dialysis creatinine does not tell the filtration rate": is_on_dialysis(inputs.history),
        "the equation does not hold in pregnancy": inputs.history.get("pregnancy") is True,
        f"creatinine changed {UNSTEADY_RATIO:g} times in {UNSTEADY_DAYS} days, and the equation needs a steady one": (
            _is_unsteady(inputs.blood["creatinine"])
        ),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _is_unsteady(creatinine: Series) -> bool:
    days = creatinine.days
    recent = [creatinine.on(day) for day in days if days[0] - day <= UNSTEADY_DAYS]
    numbers = [one.value for one in recent if one is not None and one.value]
    return len(numbers) > 1 and max(numbers) >= UNSTEADY_RATIO * min(numbers)


def _reabsorption(inputs: _Inputs) -> BloodValue:
    term, source = "tubular_phosphate_reabsorption", formulas.REABSORPTION
    labels = ["phosphate", "creatinine", "phosphate in urine", "creatinine in urine"]
    series = [of.get(name) for of in (inputs.blood, inputs.urine) for name in ("phosphate", "creatinine")]
    values = paired(series, labels)
    if isinstance(values, str):
        return _absent(term, values, source)
    phosphate, creatinine, urine_phosphate, urine_creatinine = (interval_of(one) for one in values)
    if any(end in (0.0, float("inf")) for of in (phosphate, urine_creatinine) for end in of):
        return _absent(term, "phosphate or creatinine in urine is only a bound", source, *values)
    low, high = (
        formulas.phosphate_reabsorption(phosphate[k], creatinine[1 - k], urine_phosphate[1 - k], urine_creatinine[k])
        for k in (0, 1)
    )
    if high < 0.0:
        return _absent(term, "the samples do not fit together: more is excreted than filtered", source, *values)
    return _value(inputs, term, (low, high), values, source, ())


def _tmp_gfr(inputs: _Inputs, reabsorption: BloodValue) -> BloodValue:
    term, source = "tmp_gfr", formulas.TMP_ADULT
    values = _paired(inputs.blood, "tubular_phosphate_reabsorption", "phosphate")
    phosphate = inputs.blood["phosphate"].on(reabsorption.day) if "phosphate" in inputs.blood else None
    if isinstance(values, str) and reabsorption.value is not None and phosphate is not None:
        values = (reabsorption, phosphate)
    if isinstance(values, str):
        return _absent(term, values, source)
    age = inputs.timeline.age_on(values[1].day)
    is_child = age is not None and age < CHILD_TMP_YEARS
    formula: Callable[[float, float], float] = formulas.tmp_gfr_child if is_child else formulas.tmp_gfr
    (low, high), (least, most) = interval_of(values[0]), interval_of(values[1])
    interval = formula(max(low, 0.0), least), formula(min(high, 100.0), most)
    caveats = ["from a fasting sample, with phosphate not lowered by drugs"]
    if age is None:
        caveats.append("by the formula of adults: the age is not known")
    if _kidneys_fail(inputs):
        caveats.append("of little meaning in kidney failure")
    return _value(inputs, term, interval, values, formulas.TMP_CHILD if is_child else source, tuple(caveats))


def _paired(blood: Sets, *terms: str) -> tuple[BloodValue, ...] | str:
    return paired([blood.get(term) for term in terms], [analytes()[term].label for term in terms])


def _kidneys_fail(inputs: _Inputs) -> bool:
    is_ill = any(inputs.history.get(term) is True for term in ("dialysis", "chronic_kidney_disease"))
    return is_ill and not has_transplant(inputs.history)


def _absent(term: str, why: str, source: str, *values: BloodValue) -> BloodValue:
    return BloodValue(
        term,
        None,
        analytes()[term].quantity.unit,
        because=why,
        derived=True,
        inputs=tuple(_words(values)),
        source=source,
    )


def _value(
    inputs: _Inputs,
    term: str,
    interval: Interval,
    values: tuple[BloodValue, ...],
    source: str,
    caveats: tuple[str, ...],
) -> BloodValue:
    """A derived value with its status, as a number or a bound; null where the bounds of its inputs leave it open."""
    bound, analyte = as_bound(interval), analytes()[term]
    if bound is None:
        return _absent(term, "its inputs are only bounds and leave it open", source, *values)
    number, comparator = bound
    day = values[0].day
    status, because, found = status_by_age(
        analyte, number, comparator, inputs.timeline.age_on(day), inputs.timeline.subject.sex
    )
    value = BloodValue(
        analyte=term,
        value=number,
        unit=analyte.quantity.unit,
        comparator=comparator,
        status=status,
        because=because,
        reference=(found.low, found.high) if found else None,
        reference_from="table" if found else None,
        day=day,
        derived=True,
        inputs=tuple(_words(values)),
        source=source,
        caveats=caveats,
    )
    return replace(value, critical=is_critical(analyte, number, value))


def _words(values: tuple[BloodValue, ...]) -> Iterator[str]:
    """The inputs for people: "calcium 2.1 mmol/L"."""
    for value in values:
        bound = f"{value.comparator} " if value.comparator else ""
        yield f"{analytes()[value.analyte].label} {bound}{value.value:.4g} {value.unit}"
