"""The next test: information in bits, blood before needles, warnings where a test misleads."""

from __future__ import annotations

import math

import pytest

from calcimeter.knowledge.read_network import shipped_knowledge
from calcimeter.reason.next_tests import without_deposit
from reason.textbook import TEXTBOOK, case, labs, ranked

TUMORAL = case(35, "M", "", "periarticular multilobulated", sites=["hip"])


def test_the_bits_are_the_entropy_that_is_expected_to_go():
    """For a test of one item, by hand: entropy now, less the mean entropy after each outcome."""
    result = ranked(TUMORAL)
    test = next(test for test in result.next_tests if test.test == "phosphate")
    outcomes = {level: ranked(TUMORAL | {"labs": labs(phosphate=level)}) for level in ("low", "normal", "high")}
    chance = _outcome_chances(result, outcomes)
    after = sum(chance[level] * _entropy(outcome) for level, outcome in outcomes.items())
    assert test.expected_bits == pytest.approx(_entropy(result) - after, abs=0.03)  # 2 % stay with the prior


def _outcome_chances(now, outcomes):
    """How probable each outcome is: the mixture of the answers after it is the answer now (least squares)."""
    import numpy as np

    names = [row.diagnosis for row in now.ranked]
    matrix = np.array([[outcome.probability(name) for outcome in outcomes.values()] for name in names])
    shares, *_ = np.linalg.lstsq(matrix, np.array([now.probability(name) for name in names]), rcond=None)
    return dict(zip(outcomes, shares / shares.sum(), strict=True))


def _entropy(result):
    return -sum(row.probability * math.log2(row.probability) for row in result.ranked)


def test_chemistry_comes_first_where_kidneys_and_phosphate_decide():
    first = [test.kind for test in ranked(TUMORAL).next_tests[:3]]
    assert set(first) <= {"blood", "bedside"}
    assert {"creatinine_egfr", "phosphate", "pth_intact"} <= {test.test for test in ranked(TUMORAL).next_tests[:8]}


@pytest.mark.parametrize("diagnosis", list(TEXTBOOK))
def test_a_blood_test_always_stands_before_a_needle(diagnosis):
    kinds = [test.kind for test in ranked(TEXTBOOK[diagnosis]).next_tests]
    assert kinds == sorted(kinds, key=lambda kind: kind == "invasive")


def test_a_test_whose_result_is_known_is_not_offered_again():
    told = TUMORAL | {"labs": labs(phosphate="high", creatinine="normal", pth_intact="normal")}
    names = {test.test for test in ranked(told).next_tests}
    assert not names & {"phosphate", "creatinine_egfr", "pth_intact"}


def test_bits_are_fewer_where_the_answer_is_known_already():
    open_case, sure = (
        {test.test: test.expected_bits for test in ranked(said).next_tests}
        for said in (TUMORAL, TEXTBOOK["heterotopic_ossification"])
    )
    assert open_case["phosphate"] > 5 * sure.get("phosphate", 0.0)


def test_biopsy_of_early_myositis_ossificans_comes_with_a_warning():
    said = case(20, "M", "trauma rapid_growth pain", "intramuscular soft_tissue_component", sites=["thigh"])
    biopsy = next(test for test in ranked(said).next_tests if test.test == "biopsy")
    assert any("looks like a sarcoma" in warning for warning in biopsy.warnings)


def test_where_fibrodysplasia_is_possible_no_needle_is_offered_and_that_is_said():
    said = case(5, "F", "rapid_growth trauma", "intramuscular multifocal", sites=["cervical_spine"])
    result = ranked(said)
    assert not [test for test in result.next_tests if test.kind == "invasive"]
    assert [f.about for f in result.red_flags if f.flag == "no_biopsy"] == ["fibrodysplasia_ossificans_progressiva"]
    assert "look_at_great_toes" in {test.test for test in result.next_tests[:4]}


def test_a_biopsy_is_offered_where_a_sarcoma_is_possible():
    said = case(60, "M", "rapid_growth", "intramuscular central_mineralization soft_tissue_component", sites=["thigh"])
    assert "biopsy" in {test.test for test in ranked(said).next_tests}


def test_no_needle_is_offered_where_it_could_not_take_the_lead_from_a_harmless_diagnosis():
    said = TEXTBOOK["secondary_tumoral_calcinosis"]
    result = ranked(said)
    assert result.ranked[0].probability > 0.95
    assert not [test for test in result.next_tests if test.kind == "invasive"]


def test_a_needle_is_offered_however_certain_a_malignant_diagnosis_is():
    result = ranked(TEXTBOOK["parosteal_osteosarcoma"])
    assert result.ranked[0].probability > 0.95
    assert "biopsy" in {test.test for test in result.next_tests}


def test_where_nothing_is_left_neither_needles_nor_studies_of_the_deposit_are_offered():
    knowledge = shipped_knowledge()
    left_out = knowledge.tests.keys() - without_deposit(knowledge).tests.keys()
    assert left_out == {"aspiration", "biopsy", "ct", "magnetic_resonance", "radiograph_or_ct_of_bone", "ultrasound"}


def test_every_test_names_what_it_moves_and_what_it_costs():
    for test in ranked(TUMORAL).next_tests:
        assert test.expected_bits >= 0.002
        assert test.burden > 0
        assert "now" in test.because


def test_parathyroid_hormone_is_worth_most_between_renal_and_vitamin_d_calcinosis():
    said = case(
        60,
        "F",
        "chronic_kidney_disease vitamin_d_intake",
        "periarticular amorphous",
        sites=["shoulder"],
        labs=labs(calcium="high", phosphate="high"),
    )
    blood = [test for test in ranked(said).next_tests if test.kind == "blood"]
    best = max(blood, key=lambda test: test.expected_bits)
    assert best.test in ("pth_intact", "vitamin_d_25")
    assert "pth_intact" in [test.test for test in blood[:2]]


def test_every_diagnosis_has_a_test_that_speaks_of_it():
    knowledge = shipped_knowledge()
    revealed = {item for test in knowledge.tests.values() for item in test.reveals}
    assert revealed <= set(knowledge.items)


@pytest.mark.parametrize(
    ("modality", "gone"), [("CT", {"ct", "radiograph_or_ct_of_bone"}), ("MR", {"magnetic_resonance"}), ("CR", set())]
)
def test_a_study_on_which_a_deposit_was_measured_is_not_offered_again(modality, gone):
    def offered(**lesion):
        told = case(45, "M", "", "periarticular", lesions=[{"site": "knee", **lesion}])
        return {test.test for test in ranked(told).next_tests}

    assert offered() - offered(modality=modality) == gone


@pytest.mark.parametrize(
    ("age", "result", "test"),
    [
        (14, ("fgf23_intact", "<", 3, "pg/mL"), "fgf23_intact"),
        (14, ("vitamin_d_1_25", None, 300, "pmol/L"), "vitamin_d_1_25"),
        (0.5, ("pth_intact", None, 900, "pg/mL"), "pth_intact"),
        (None, ("phosphate", None, 2.2, "mmol/L"), "phosphate"),
        (1.5, ("tmp_gfr", None, 3.5, "mmol/L"), "tmp_gfr"),
    ],
)
def test_what_was_measured_is_not_offered_again_for_want_of_a_range_and_is_said_not_to_be_weighed(age, result, test):
    analyte, sign, value, unit = result
    entry = {"analyte": analyte, "value": value, "unit": unit, **({"comparator": sign} if sign else {})}
    child = case(age, "M", "", "periarticular", sites=["hip"], labs=[entry])
    assert test not in {one.test for one in ranked(child).next_tests}
    assert analyte in ranked(child).not_weighed


def test_a_bound_that_leaves_its_range_open_is_still_to_be_measured():
    bound = {"analyte": "pth_intact", "value": 30, "unit": "pg/mL", "comparator": ">"}
    result = ranked(case(50, "M", "", "periarticular", sites=["hip"], labs=[bound]))
    assert "pth_intact" in {one.test for one in result.next_tests}


def test_a_hormone_that_is_not_weighed_after_surgery_was_measured_all_the_same():
    said = case(50, "M", "parathyroidectomy dialysis", "periarticular", sites=["hip"])
    assert "pth_intact" not in {one.test for one in ranked(said | {"labs": labs(pth_intact="low")}).next_tests}


@pytest.mark.parametrize("age", [0.5, 16])
def test_a_creatinine_over_every_range_is_high_at_any_age(age):
    def told(value):
        labs = [{"analyte": "creatinine", "value": value, "unit": "umol/L"}]
        return ranked(case(age, "M", "", "periarticular", sites=["hip"], labs=labs))

    assert told(900).probability("secondary_tumoral_calcinosis") > 3 * told(80).probability(
        "secondary_tumoral_calcinosis"
    )
    assert told(80).not_weighed == ("creatinine",)
    assert "creatinine_egfr" not in {one.test for one in told(80).next_tests}
