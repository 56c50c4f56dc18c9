"""Patterns: textbook pictures have their name, and what does not decide stays open with what would decide."""

from __future__ import annotations

import pytest
from chemistry_cases import MAN, lab, words

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
