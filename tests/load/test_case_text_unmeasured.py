"""Reading case reports: numbers beside an analyte that are no result in the patient's blood."""

from __future__ import annotations

import pytest

from calcimeter.load.case_text import read_case_text, read_with_reasons
from calcimeter.load.case_text.unmeasured import FLUID, LIMIT, NEGATIVE, UNREAL


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Phosphate -1.2 mmol/L.", NEGATIVE),
        ("His calcium was \u22122.3 mmol/L.", NEGATIVE),
        ("Phosphate was not above 1.5 mmol/L.", NEGATIVE),
        ("Calcium never exceeded 2.6 mmol/L.", NEGATIVE),
        ("The patient's phosphate was twice the upper limit of 1.5 mmol/L.", LIMIT),
        ("The upper limit of phosphate is 1.5 mmol/L.", LIMIT),
        ("The upper limit of normal for PTH is 65 pg/mL.", LIMIT),
        ("The reference value of calcium is 2.2 mmol/L.", LIMIT),
        ("The target phosphate was 1.4 mmol/L.", LIMIT),
        ("We aimed at a phosphate of 1.4 mmol/L.", LIMIT),
        ("The threshold for PTH was 300 pg/mL.", LIMIT),
        ("Normal PTH is 65 pg/mL.", LIMIT),
        ("Normal calcium: 2.4 mmol/L.", LIMIT),
        ("A phosphate of 1.5 mmol/L is the upper limit of normal.", LIMIT),
        ("PTH was 65 pg/mL above the limit.", LIMIT),
        ("Without treatment his phosphate would have been 3.0 mmol/L.", UNREAL),
        ("PTH was expected to be 300 pg/mL.", UNREAL),
        ("His phosphate must not rise to 1.5 mmol/L.", UNREAL),
        ("Binders were given for phosphate levels over 2.0 mmol/L.", UNREAL),
        ("Synovial fluid calcium was 2 mmol/L.", FLUID),
        ("Calcium in the synovial fluid was 2 mmol/L.", FLUID),
        ("Dialysate calcium was 1.5 mmol/L.", FLUID),
        ("The calcium of the dialysate was 1.5 mmol/L.", FLUID),
        ("The aspirate contained calcium of 2.4 mmol/L.", FLUID),
        ("Drain creatinine was 900 umol/L.", FLUID),
        ("Urine phosphate was 9 mmol/L.", FLUID),
        ("Ascitic fluid albumin was low.", FLUID),
        ("His brother's calcium was 2.9 mmol/L.", "said of a relative"),
    ],
)
def test_a_number_that_was_not_measured_in_the_blood_is_left_open_and_listed(text: str, why: str) -> None:
    reading = read_with_reasons(text)

    assert reading.case.labs == ()
    assert why in [one.reason for one in reading.left_out if one.what.startswith("labs.")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("PTH - 900 pg/mL.", 900.0),
        ("PTH was 900 pg/mL (upper limit of normal 65 pg/mL).", 900.0),
        ("PTH, normally below 65 pg/mL, was 900 pg/mL.", 900.0),
        ("A normal PTH of 45 pg/mL was found.", 45.0),
        ("Calcium was within normal limits at 2.4 mmol/L.", 2.4),
        ("Phosphate was 2.3 mmol/L and the target 1.5 mmol/L.", 2.3),
        ("The synovial fluid was clear and serum calcium was 2.4 mmol/L.", 2.4),
        ("The aspirate was chalky; laboratory tests showed calcium of 2.4 mmol/L.", 2.4),
        ("The maximum phosphate was 2.4 mmol/L.", 2.4),
        ("He drained chalky material and had a calcium of 2.4 mmol/L.", 2.4),
    ],
)
def test_a_result_stays_one_beside_limits_and_other_fluids(text: str, value: float) -> None:
    assert [lab.value for lab in read_case_text(text).labs] == [value]


def test_over_a_limit_is_high_though_its_number_is_none() -> None:
    (lab,) = read_case_text("Phosphate was above the upper limit of 1.5 mmol/L.").labs

    assert (lab.value, lab.interpretation) == (None, "high")
