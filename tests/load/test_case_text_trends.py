"""Reading case reports: of several values of one analyte the presenting one is taken, or none."""

from __future__ import annotations

import pytest

from calcimeter.load.case_text import read_with_reasons

Value = tuple[str, float, str] | None


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Calcium fell from 3.1 to 2.3 mmol/L after pamidronate.", ("calcium", 3.1, "mmol/L")),
        ("PTH rose from 5 to 60 pg/mL.", ("pth_intact", 5.0, "pg/mL")),
        ("PTH had risen from 5 pg/mL to 60 pg/mL (normal 15-65).", ("pth_intact", 5.0, "pg/mL")),
        ("Creatinine increased from 90 to 240 umol/L.", ("creatinine", 90.0, "umol/L")),
        ("Serum phosphate decreased from 2.9 at presentation to 1.4 mmol/L.", ("phosphate", 2.9, "mmol/L")),
        ("Calcium fell to 2.3 mmol/L from 3.1 mmol/L.", ("calcium", 3.1, "mmol/L")),
        ("PTH fell from >900 to 300 pg/mL.", ("pth_intact", 900.0, "pg/mL")),
        ("Calcium was 3.1 mmol/L on admission and 2.3 mmol/L after rehydration.", ("calcium", 3.1, "mmol/L")),
        ("Calcium was 3.1 mmol/L. It fell to 2.3 mmol/L.", ("calcium", 3.1, "mmol/L")),
        ("Before treatment calcium was 2.8 mmol/L.", ("calcium", 2.8, "mmol/L")),
        (
            "Before treatment calcium was 2.8 mmol/L; after parathyroidectomy calcium was 1.7 mmol/L.",
            ("calcium", 2.8, "mmol/L"),
        ),
        (
            "He underwent parathyroidectomy. Preoperatively phosphate had been 2.6 mmol/L.",
            ("phosphate", 2.6, "mmol/L"),
        ),
        ("Calcium was raised at 3.1 mmol/L.", ("calcium", 3.1, "mmol/L")),
        ("Calcium was low at 1.9 mmol/L and rose to 2.2 mmol/L with calcitriol.", ("calcium", 1.9, "mmol/L")),
        ("Phosphate was 2.6 mmol/L (previous value 1.1 mmol/L).", ("phosphate", 2.6, "mmol/L")),
        ("Phosphate levels were 2.6 mmol/L before and 1.4 mmol/L after sevelamer.", ("phosphate", 2.6, "mmol/L")),
        ("Creatinine was 90 umol/L in 2012 and 300 umol/L now.", None),
        ("Creatinine was 90 umol/L three years ago.", None),
        ("PTH measured 12, 35 and 88 pg/mL on three occasions.", None),
        ("Calcium was normal after rehydration.", None),
        ("PTH 2 months later was 60 pg/mL, before it had not been measured.", None),
        ("Calcium fell to 2.3 mmol/L.", None),
        ("Calcium dropped by 0.8 mmol/L.", None),
        ("Calcium was reduced to 2.3 mmol/L by pamidronate.", None),
        ("Phosphate was between 2.2 and 2.6 mmol/L.", None),
        ("Phosphate ranged from 2.2 mmol/L to 2.6 mmol/L.", None),
        ("Phosphate 2.2-2.6 mmol/L.", None),
        ("Phosphate was 2.2 to 2.6 mmol/L.", None),
        ("Calcium 3.1, then 2.3 mmol/L.", None),
        ("Calcium 3.1 → 2.3 mmol/L.", None),
        ("Calcium was 3.1 before treatment and 2.3 mmol/L after.", None),
        ("Calcium was 2.3 mmol/L after pamidronate.", None),
        ("After pamidronate, calcium was 2.3 mmol/L.", None),
        ("Calcium rose from 2.3 mmol/L two years ago to 3.1 mmol/L.", None),
        ("Calcium rose from 2.3 to 3.1 mmol/L at presentation.", None),
        ("Calcium was 2.3 mmol/L (3.1 mmol/L before treatment).", None),
        ("After parathyroidectomy calcium was 1.7 mmol/L, before treatment 2.8 mmol/L.", None),
        ("Calcium normalized and was 2.3 mmol/L.", None),
    ],
)
def test_the_last_of_several_values_never_stands_for_the_presenting_one(said: str, value: Value) -> None:
    reading = read_with_reasons("A 71-year-old man had a calcified mass of the right shoulder. " + said)

    assert [(lab.analyte, lab.value, lab.unit) for lab in reading.case.labs] == ([value] if value else [])
    if value is None:
        assert any(one.what.startswith("labs.") for one in reading.left_out), "listed as left open"


@pytest.mark.parametrize(
    "said",
    ["PTH increased from 5 to 60 pg/mL.", "Calcium decreased from 3.1 to 2.3 mmol/L.", "Phosphate increased rapidly."],
)
def test_a_change_is_no_level(said: str) -> None:
    assert [
        lab.interpretation for lab in read_with_reasons(said + " He had fever.").case.labs if lab.interpretation
    ] == []


def test_the_bound_of_the_first_value_is_its_own() -> None:
    (lab,) = read_with_reasons("PTH fell from >900 to 300 pg/mL (normal 15-65). He had fever.").case.labs

    assert (lab.comparator, lab.value, lab.reference) == (">", 900.0, (15.0, 65.0))
