"""Derived values: the published formulas, their limits, and null with a reason where they do not hold."""

from __future__ import annotations

import pytest
from chemistry_cases import CHILD, MAN, WOMAN, lab
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.model.case import Subject
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.reason.chemistry.formulas import ckd_epi_2021, tmp_gfr


def derived(term, labs, subject=MAN, history=None, urine=()):
    return read_chemistry(subject, labs, history or {}, urine=urine).derived[term]


def test_corrected_calcium_is_that_of_payne() -> None:
    value = derived("calcium_albumin_corrected", [lab("calcium", 8.0, "mg/dL"), lab("albumin", 2.0, "g/dL")])

    assert value.value / 0.24951 == pytest.approx(9.6, abs=0.01)  # 8.0 + 0.8 (4.0 - 2.0)
    assert value.status == "normal"
    assert value.inputs == ("calcium 1.996 mmol/L", "albumin 20 g/L")
    assert "Payne 1973" in value.source


def test_the_product_takes_the_corrected_calcium() -> None:
    labs = [lab("calcium", 8.0, "mg/dL"), lab("albumin", 2.0, "g/dL"), lab("phosphate", 7.0, "mg/dL")]

    with_albumin = derived("calcium_phosphate_product", labs)
    without = derived("calcium_phosphate_product", [labs[0], labs[2]])

    assert with_albumin.value * 12.41 == pytest.approx(9.6 * 7.0, rel=2e-3)
    assert without.value * 12.41 == pytest.approx(8.0 * 7.0, rel=2e-3)
    assert any("albumin is not known" in caveat for caveat in without.caveats)
    assert with_albumin.status == "high"


def test_the_product_takes_the_laboratorys_own_corrected_calcium() -> None:
    labs = [lab("calcium_albumin_corrected", 2.5, "mmol/L"), lab("phosphate", 2.0, "mmol/L")]

    assert derived("calcium_phosphate_product", labs).value == pytest.approx(5.0)
    assert derived("calcium_phosphate_product", [lab("calcium", 2.1, "mmol/L"), *labs]).value == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("mg_dl", "age", "sex", "rate"),
    [
        (0.9, 55, "F", 75.5),  # the worked example of the National Kidney Foundation, about 76
        (1.0, 50, "M", 92.0),
        (2.0, 70, "M", 35.0),
        (0.5, 30, "F", 129.6),
        (8.2, 54, "M", 7.2),
    ],
)
def test_the_filtration_rate_is_that_of_ckd_epi_2021(mg_dl, age, sex, rate) -> None:
    value = derived("egfr", [lab("creatinine", mg_dl, "mg/dL")], Subject(float(age), sex))

    assert value.value == pytest.approx(rate, rel=0.01)
    assert "2021" in value.source


@pytest.mark.parametrize(
    ("subject", "history", "why"),
    [
        (Subject(None, "M"), {}, "the age is not known"),
        (Subject(54.0), {}, "the sex is not known as M or F"),
        (Subject(54.0, "O"), {}, "the sex is not known as M or F"),
        (CHILD, {}, "for adults of 18 years or more"),
        (MAN, {"dialysis": True}, "on dialysis"),
        (WOMAN, {"pregnancy": True}, "pregnancy"),
    ],
)
def test_the_filtration_rate_is_null_with_the_reason(subject, history, why) -> None:
    value = derived("egfr", [lab("creatinine", 80, "umol/L")], subject, history)

    assert value.value is None
    assert value.status is None
    assert why in value.because


def test_an_unsteady_creatinine_gives_no_filtration_rate() -> None:
    quick = [lab("creatinine", 80, "umol/L", 0), lab("creatinine", 160, "umol/L", 3)]
    slow = [lab("creatinine", 80, "umol/L", 0), lab("creatinine", 160, "umol/L", 90)]

    assert "steady" in derived("egfr", quick).because
    assert derived("egfr", slow).value is not None


def test_bounds_stay_bounds() -> None:
    rate = derived("egfr", [lab("creatinine", "> 1000", "umol/L")])
    assert (rate.comparator, rate.status) == ("<=", "low")

    corrected = derived("calcium_albumin_corrected", [lab("calcium", 2.5, "mmol/L"), lab("albumin", "< 20", "g/L")])
    assert corrected.value is None
    assert "bounds" in corrected.because

    corrected = derived("calcium_albumin_corrected", [lab("calcium", "> 3.5", "mmol/L"), lab("albumin", 40, "g/L")])
    assert (corrected.value, corrected.comparator, corrected.status) == (pytest.approx(3.5), ">=", "high")

    product = derived("calcium_phosphate_product", [lab("calcium", 2.5, "mmol/L"), lab("phosphate", "< 0.3", "mmol/L")])
    assert (product.value, product.comparator, product.status) == (pytest.approx(0.75), "<=", "normal")


def test_the_threshold_of_phosphate_as_printed_in_a_worked_case() -> None:
    labs = [lab("phosphate", 2.23, "mmol/L"), lab("tubular_phosphate_reabsorption", 97, "%")]

    value = derived("tmp_gfr", labs)  # Postgrad Med J 1999: TRP 97 %, TmP/GFR 2.9 (0.82 to 1.45)

    assert value.value == pytest.approx(2.9, abs=0.01)
    assert value.status == "high"


def test_reabsorption_from_serum_and_urine_of_one_day() -> None:
    blood = [lab("phosphate", 1.0, "mmol/L", 0), lab("creatinine", 80, "umol/L", 0)]
    urine = [lab("phosphate", 20, "mmol/L", 0), lab("creatinine", 10, "mmol/L", 0)]

    reabsorbed = derived("tubular_phosphate_reabsorption", blood, urine=urine)
    threshold = derived("tmp_gfr", blood, urine=urine)

    assert reabsorbed.value == pytest.approx(84.0)  # 1 - 20 * 0.080 / (1.0 * 10)
    assert threshold.value == pytest.approx(0.84)
    assert threshold.status == "normal"

    apart = derived("tubular_phosphate_reabsorption", blood, urine=[lab("phosphate", 20, "mmol/L", 1), urine[1]])
    assert apart.value is None
    assert "one day" in apart.because


def test_in_children_the_threshold_is_not_bent() -> None:
    labs = [lab("phosphate", 1.6, "mmol/L"), lab("tubular_phosphate_reabsorption", 95, "%")]

    child, adult = derived("tmp_gfr", labs, CHILD), derived("tmp_gfr", labs)

    assert child.value == pytest.approx(0.95 * 1.6)
    assert adult.value == pytest.approx(0.3 * 0.95 / (1 - 0.8 * 0.95) * 1.6)
    assert "Brodehl" in child.source


def test_samples_of_different_days_are_not_mixed() -> None:
    labs = [lab("calcium", 2.0, "mmol/L", 30), lab("calcium", 2.2, "mmol/L", 0), lab("albumin", 30, "g/L", 0)]

    value = derived("calcium_albumin_corrected", labs)
    assert (value.value, value.day) == (pytest.approx(2.4), 0)

    value = derived("calcium_albumin_corrected", [labs[0], labs[2]])
    assert value.value is None
    assert "not measured on one day" in value.because


def test_what_is_missing_is_named() -> None:
    assert derived("tmp_gfr", [lab("phosphate", 1, "mmol/L")]).because == "tubular reabsorption of phosphate not given"
    assert derived("calcium_albumin_corrected", [lab("calcium", 2.3, "mmol/L")]).because == "albumin not given"


@given(st.floats(20, 1500), st.floats(18, 100), st.sampled_from("MF"))
def test_the_rate_falls_with_creatinine_and_age(creatinine, age, sex) -> None:
    rate = ckd_epi_2021(creatinine, age, sex)

    assert 0.0 < rate < 260.0
    assert ckd_epi_2021(creatinine * 1.1, age, sex) < rate
    assert ckd_epi_2021(creatinine, age + 1.0, sex) < rate


def test_the_two_branches_of_the_threshold_meet_within_four_percent() -> None:
    assert tmp_gfr(86.0, 1.0) == pytest.approx(0.86)
    assert tmp_gfr(86.0 + 1e-9, 1.0) == pytest.approx(0.86, rel=0.04)  # as published: 0.827
