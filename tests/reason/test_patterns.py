"""Patterns: textbook pictures have their name, and what does not decide stays open with what would decide."""

from __future__ import annotations

import pytest
from chemistry_cases import MAN, lab, words

from calcimeter.model.case import Subject
from calcimeter.reason.chemistry import read_chemistry

CKD = {"chronic_kidney_disease": True}
DIALYSIS = {"dialysis": True}


def pattern(labs, history=None):
    return read_chemistry(MAN, labs, history or {}).pattern


@pytest.mark.parametrize(
    ("name", "said", "history"),
    [
        ("normal", {"calcium": "normal", "phosphate": "normal", "pth_intact": "normal", "creatinine": "normal"}, {}),
        ("primary_hyperparathyroidism", {"calcium": "high", "pth_intact": "high", "creatinine": "normal"}, {}),
        ("primary_hyperparathyroidism", {"calcium": "high", "pth_intact": "normal", "creatinine": "normal"}, {}),
        ("tertiary_hyperparathyroidism", {"calcium": "high", "phosphate": "high", "pth_intact": "high"}, DIALYSIS),
        (
            "tertiary_hyperparathyroidism",
            {"calcium": "high", "pth_intact": "high", "creatinine": "normal"},
            {"kidney_transplant": True},
        ),
        (
            "secondary_hyperparathyroidism_renal",
            {"calcium": "normal", "phosphate": "high", "pth_intact": "high"},
            DIALYSIS,
        ),
        ("secondary_hyperparathyroidism_renal", {"calcium": "low", "phosphate": "high", "pth_intact": "high"}, CKD),
        (
            "secondary_hyperparathyroidism_vitamin_d",
            {"calcium": "low", "phosphate": "low", "pth_intact": "high", "creatinine": "normal", "vitamin_d_25": "low"},
            {},
        ),
        (
            "secondary_hyperparathyroidism_vitamin_d",
            {"calcium": "normal", "pth_intact": "high", "creatinine": "normal", "vitamin_d_25": "low"},
            {},
        ),
        ("pth_independent_hypercalcemia", {"calcium": "high", "phosphate": "high", "pth_intact": "low"}, CKD),
        ("pth_independent_hypercalcemia", {"calcium": "high", "pth_intact": "low"}, {}),
        (
            "hyperphosphatemia_with_normal_kidneys",
            {"calcium": "normal", "phosphate": "high", "pth_intact": "low", "creatinine": "normal"},
            {},
        ),
        (
            "hyperphosphatemia_with_normal_kidneys",
            {"calcium": "normal", "phosphate": "high", "creatinine": "normal"},
            {},
        ),
    ],
)
def test_a_textbook_picture_has_its_name(name, said, history) -> None:
    found = pattern(words(**said), history)

    assert found.name == name
    assert found.possible == (name,)
    assert found.because


@pytest.mark.parametrize(
    ("said", "history", "possible", "decides"),
    [
        ({"calcium": "high"}, {}, {"primary", "tertiary", "pth_independent"}, "pth_intact"),
        ({"calcium": "high", "phosphate": "high"}, DIALYSIS, {"primary", "tertiary", "pth_independent"}, "pth_intact"),
        ({"calcium": "high", "pth_intact": "high"}, {}, {"primary", "tertiary"}, "creatinine"),
        ({"calcium": "high", "pth_intact": "high"}, CKD, {"primary", "tertiary"}, "phosphate"),
        ({"calcium": "normal", "pth_intact": "high"}, {}, {"secondary"}, "creatinine"),
        ({"calcium": "normal", "phosphate": "high"}, {}, {"hyperphosphatemia", "secondary"}, "creatinine"),
        (
            {"calcium": "normal", "phosphate": "normal", "creatinine": "normal"},
            {},
            {"normal", "secondary"},
            "pth_intact",
        ),
        (
            {"calcium": "normal", "pth_intact": "high", "creatinine": "normal"},
            {},
            {"primary", "secondary"},
            "vitamin_d_25",
        ),
        ({"phosphate": "high", "creatinine": "normal"}, {}, {"hyperphosphatemia", "pth_independent"}, "calcium"),
        ({"pth_intact": "high"}, DIALYSIS, {"secondary", "tertiary"}, "calcium"),
        ({"creatinine": "high"}, {}, set(), "calcium"),
        ({"calcium": "low", "phosphate": "high", "pth_intact": "normal"}, DIALYSIS, set(), "vitamin_d_25"),
    ],
)
def test_what_does_not_decide_stays_open(said, history, possible, decides) -> None:
    found = pattern(words(**said), history)

    assert found.name is None
    assert {name.split("_hyper")[0].split("_with")[0] for name in found.possible} == possible
    assert decides in found.would_decide


def test_sarcoid_and_vitamin_d_with_failing_kidneys_are_told_by_pth() -> None:
    sarcoid = [  # healio 2016
        lab("calcium", 11.3, "mg/dL"),
        lab("phosphate", 6.8, "mg/dL"),
        lab("creatinine", 7.5, "mg/dL"),
        lab("pth_intact", 4, "pg/mL"),
    ]
    vitamin_d = [lab("calcium", 3.05, "mmol/L"), lab("phosphate", 2.13, "mmol/L"), lab("pth_intact", "< 0.1", "pmol/L")]

    assert pattern(sarcoid).name == "pth_independent_hypercalcemia"
    assert pattern(vitamin_d, CKD).name == "pth_independent_hypercalcemia"
    assert pattern(sarcoid[:3]).name is None


def test_ionized_calcium_stands_before_corrected_and_total() -> None:
    labs = [
        lab("calcium", 2.0, "mmol/L"),
        lab("albumin", 25, "g/L"),
        lab("calcium_ionized", 1.45, "mmol/L"),
        lab("pth_intact", 5, "pg/mL"),
    ]

    assert pattern(labs).name == "pth_independent_hypercalcemia"
    assert pattern(labs[:2]).because.startswith("calcium normal")
    assert pattern(labs[:1]).because.startswith("calcium low")


def test_an_older_ionized_calcium_does_not_stand_before_a_newer_total() -> None:
    labs = [
        lab("calcium_ionized", 1.45, "mmol/L", 0),
        lab("calcium", 2.3, "mmol/L", 40),
        lab("pth_intact", 30, "pg/mL", 40),
    ]

    assert pattern(labs).because.startswith("calcium normal")


def test_calcium_and_pth_of_different_times_make_no_picture() -> None:
    labs = [lab("calcium", 2.9, "mmol/L", 0), lab("pth_intact", 900, "pg/mL", 400)]

    assert pattern(labs).name is None
    assert "400 days apart" in pattern(labs).because


def test_a_rate_that_contradicts_the_history_decides_nothing() -> None:
    labs = [*words(calcium="normal", pth_intact="high"), lab("egfr", 85, "mL/min/{1.73_m2}")]

    found = pattern(labs, CKD)

    assert found.name is None
    assert "but chronic kidney disease is stated" in found.because


def test_a_bound_that_does_not_tell_counts_as_unknown() -> None:
    labs = [lab("calcium", 2.9, "mmol/L"), lab("pth_intact", "> 20", "pg/mL"), lab("creatinine", 80, "umol/L")]

    assert pattern(labs).name is None
    assert "pth_intact" in pattern(labs).would_decide


def test_what_is_known_is_not_named_as_what_would_decide() -> None:
    known = {"calcium": "normal", "pth_intact": "high", "creatinine": "normal", "vitamin_d_25": "normal"}
    ionized = {"calcium_ionized": "normal", "pth_intact": "high", "creatinine": "normal", "vitamin_d_25": "normal"}
    late = [*words(calcium="high", pth_intact="high", phosphate="normal"), lab("egfr", 45, "mL/min/{1.73_m2}")]

    assert pattern(words(**known)).possible == ("primary_hyperparathyroidism",)
    assert pattern(words(**known)).would_decide == ("calcium_ionized",)
    assert pattern(words(**ionized)).would_decide == ()
    assert pattern(late).would_decide == ()


@pytest.mark.parametrize("pth", ["low", "normal"])
def test_a_hormone_that_is_not_high_leaves_no_place_for_that_of_failing_kidneys(pth) -> None:
    found = pattern(words(calcium="normal", phosphate="high", pth_intact=pth))

    assert found.possible == ("hyperphosphatemia_with_normal_kidneys",)
    assert found.would_decide == ("creatinine",)


def test_a_creatinine_that_cannot_be_judged_asks_for_the_rate() -> None:
    labs = [*words(calcium="normal", phosphate="high"), lab("creatinine", 95, "umol/L")]

    assert read_chemistry(Subject(54.0), labs).pattern.would_decide == ("egfr", "pth_intact")  # 95 is high for a woman


def test_low_magnesium_is_named_where_calcium_is_low() -> None:
    found = pattern(words(calcium="low", pth_intact="normal", phosphate="normal", creatinine="normal", magnesium="low"))

    assert "magnesium" not in found.would_decide
    assert any("magnesium is low" in words for words in found.caveats)


def test_high_hormone_and_phosphate_with_low_calcium_and_good_kidneys_is_hormone_without_effect() -> None:
    said = {"calcium": "low", "phosphate": "high", "pth_intact": "high", "creatinine": "normal"}

    assert pattern(words(**said)).name == "pth_resistance"
    assert pattern(words(**said, vitamin_d_25="low")).name is None
    assert pattern(words(**said), CKD).name == "secondary_hyperparathyroidism_renal"


def test_with_a_transplant_creatinine_tells_how_the_kidneys_work_and_not_the_dialysis_before() -> None:
    history = {"dialysis": True, "chronic_kidney_disease": True, "kidney_transplant": True}
    labs = words(calcium="normal", phosphate="normal", pth_intact="normal")

    chemistry = read_chemistry(MAN, [*labs, lab("creatinine", 80, "umol/L")], history)
    failing = pattern(
        [*words(calcium="low", phosphate="high", pth_intact="high"), lab("creatinine", 700, "umol/L")], history
    )

    assert chemistry.pattern.name == "normal"
    assert chemistry.derived["egfr"].value > 90
    assert any("ended with the transplant" in words for words in chemistry.derived["egfr"].caveats)
    assert failing.name == "secondary_hyperparathyroidism_renal"
    assert "transplanted kidney" in pattern(labs, history).because


def test_an_older_rate_does_not_stand_before_a_newer_creatinine() -> None:
    labs = [lab("egfr", 90, "mL/min/{1.73_m2}", 0), lab("creatinine", 800, "umol/L", 700)]

    because = read_chemistry(Subject(), [*labs, lab("phosphate", "high", day=700)]).pattern.because

    assert because.endswith("creatinine is high")


@pytest.mark.parametrize("subject", [MAN, Subject()])
@pytest.mark.parametrize("day", [0, None])
def test_a_rate_and_a_creatinine_of_one_day_that_cannot_both_be_true_are_left_open(subject, day) -> None:
    labs = [lab("egfr", 90, "mL/min/{1.73_m2}", day), lab("creatinine", 800, "umol/L", day)]

    chemistry = read_chemistry(subject, labs)

    assert chemistry.get("egfr") is None
    assert chemistry.get("creatinine") is None
    assert any("contradict each other" in note for note in chemistry.notes)
    assert len(chemistry.results) == 2
