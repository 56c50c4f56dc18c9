"""Ranks that a clinician expects: textbook cases, look-alikes, what must not be missed, what never counts."""

from __future__ import annotations

import math

import pytest

from calcimeter.errors import UsageError
from calcimeter.knowledge.vocabulary import vocabulary
from reason.textbook import PAIRS, TEXTBOOK, case, flags, labs, ranked

EURORAD = case(
    54,
    "M",
    "chronic_kidney_disease pain restricted_motion palpable_mass gait_disturbance cardiac_surgery biopsy "
    "chalky_discharge -trauma",
    "mineralized periarticular multilobulated fluid_calcium_level",
    sites=["hip", "sternum"],
    lesions=[
        {"site": "hip", "side": "left", "bone": "femur", "part": "greater_trochanter", "long_axis_cm": 10},
        {"site": "sternum", "long_axis_cm": 3, "short_axis_cm": 3},
    ],
    foci=[{"organ": "thyroid", "side": "right", "pole": "lower"}],
)
"""The reference case as a reader takes it down, without what its authors concluded."""


@pytest.mark.parametrize("diagnosis", vocabulary()["diagnoses"])
def test_a_textbook_case_ranks_its_diagnosis_in_the_first_two(diagnosis):
    places = [row.diagnosis for row in ranked(TEXTBOOK[diagnosis]).ranked]
    assert places.index(diagnosis) < 2, places[:3]


@pytest.mark.parametrize(("what", "first", "second", "open_case", "for_first", "for_second"), PAIRS)
def test_look_alikes_separate_by_what_decides_and_stay_together_without(
    what, first, second, open_case, for_first, for_second
):
    def odds(said):
        result = ranked(said)
        return math.log(result.probability(first) / result.probability(second))

    without, toward_first, toward_second = odds(open_case), odds(open_case | for_first), odds(open_case | for_second)
    assert abs(without) < math.log(30), "neither is ruled out without it"
    assert toward_first > max(without, 0) + math.log(2)
    assert toward_second < min(without, 0) - math.log(2)


@pytest.mark.parametrize("prior", ["referral", "unselected", "dialysis", "uniform"])
def test_the_reference_case_is_secondary_tumoral_calcinosis_whatever_the_prior(prior):
    result = ranked(EURORAD, prior)
    assert result.ranked[0].diagnosis == "secondary_tumoral_calcinosis"
    assert result.ranked[0].probability > 0.7


def test_what_its_authors_said_and_did_is_never_evidence():
    said = EURORAD | {
        "stated_differential": ["myositis_ossificans", "parosteal_osteosarcoma"],
        "diagnosis": "parosteal_osteosarcoma",
        "treatments": [{"what": "parathyroidectomy"}, {"what": "steroid_injection"}],
        "consent": True,
    }
    assert ranked(said).ranked == ranked(EURORAD).ranked


def test_a_low_parathyroid_hormone_in_renal_failure_is_not_secondary_tumoral_calcinosis():
    said = case(
        60,
        "M",
        "chronic_kidney_disease",
        "periarticular multilobulated amorphous",
        sites=["hip"],
        labs=labs(calcium="high", phosphate="high", creatinine="high", pth_intact="low"),
    )
    high = said | {"labs": labs(calcium="high", phosphate="high", creatinine="high", pth_intact="high")}
    assert ranked(high).ranked[0].diagnosis == "secondary_tumoral_calcinosis"
    low = ranked(said)
    others = ("hypervitaminosis_d_milk_alkali", "granulomatous_hypercalcemia")
    odds = [
        sum(result.probability(name) for name in others) / result.probability("secondary_tumoral_calcinosis")
        for result in (low, ranked(high))
    ]
    assert odds[0] > 15 * odds[1]
    assert "pth_intact" in {item.finding for item in low.against_leader} | {
        item.finding for item in low.ranked[0].evidence if item.weight > 0
    }


def test_erosion_excludes_neither_tumoral_calcinosis_nor_tendon_deposits():
    for diagnosis in ("secondary_tumoral_calcinosis", "hydroxyapatite_deposition_disease"):
        said = TEXTBOOK[diagnosis]
        eroded = said | {"findings": {**said["findings"], "bone_erosion": True}}
        assert ranked(eroded).ranked[0].diagnosis == diagnosis


def test_the_product_is_weak_and_adds_nothing_to_its_factors():
    base = case(50, "M", "", "periarticular", sites=["hip"])
    before = ranked(base).probability("secondary_tumoral_calcinosis")
    product = ranked(base | {"labs": labs(calcium_phosphate_product="high")}).probability(
        "secondary_tumoral_calcinosis"
    )
    phosphate = ranked(base | {"labs": labs(phosphate="high")})
    both = ranked(base | {"labs": labs(phosphate="high", calcium_phosphate_product="high")})
    odds = (product / (1 - product)) / (before / (1 - before))
    assert 1 < odds < 6
    assert both.ranked == phosphate.ranked


def test_correlated_findings_do_not_count_twice():
    weights = {}
    for words in ("chronic_kidney_disease", "dialysis", "chronic_kidney_disease dialysis"):
        row = ranked(case(50, "M", words, "", labs=[])).ranked
        row = next(r for r in row if r.diagnosis == "secondary_tumoral_calcinosis")
        weights[words] = sum(item.weight for item in row.evidence if item.group == "kidneys")
    alone = weights["chronic_kidney_disease"] + weights["dialysis"]
    assert weights["chronic_kidney_disease dialysis"] < 0.75 * alone

    rim = {}
    for words in ("zonal_pattern", "ossification", "peripheral_rim_mineralization"):
        rim[words] = _score(words)
    together = _score("zonal_pattern ossification peripheral_rim_mineralization")
    assert together < 0.75 * sum(rim.values())


def _score(words):
    rows = ranked(case(None, None, "", words)).ranked
    row = next(r for r in rows if r.diagnosis == "myositis_ossificans")
    return sum(item.weight for item in row.evidence if item.group == "appearance")


def test_age_is_continuous():
    ages = [0, 0.5, 1, 5, 9.9, 10, 10.1, 40, 40.5, 89, 99, 101]
    shares = [ranked(case(age, None, "", "")).probability("fibrodysplasia_ossificans_progressiva") for age in ages]
    assert shares[4] == pytest.approx(shares[5], rel=0.05)
    assert shares[5] == pytest.approx(shares[6], rel=0.05)
    assert shares[3] > 10 * shares[7]


def test_the_dialysis_prior_knows_of_the_kidneys_already():
    said = case(50, "M", "", "periarticular multilobulated", sites=["hip"])
    told = said | {"history": flags("dialysis chronic_kidney_disease")}
    row, again = (ranked(each, "dialysis").probability("secondary_tumoral_calcinosis") for each in (said, told))
    assert again == pytest.approx(row, abs=0.05)


def test_evidence_adds_up_to_the_score_and_the_probabilities_to_one():
    result = ranked(EURORAD)
    assert [row.diagnosis for row in result.ranked if row.diagnosis == "none_of_these"]
    assert len(result.ranked) == len(vocabulary()["diagnoses"]) + 1
    assert sum(row.probability for row in result.ranked) == pytest.approx(1, abs=1e-12)
    for row in result.ranked:
        assert sum(item.weight for item in row.evidence) == pytest.approx(row.score, abs=1e-9)
        assert all(item.source for item in row.evidence)
    none = next(row for row in result.ranked if row.diagnosis == "none_of_these")
    assert none.score == 0


def test_what_speaks_against_the_leader_is_said():
    said = TEXTBOOK["hydroxyapatite_deposition_disease"]
    said = said | {"findings": {**said["findings"], "soft_tissue_component": True}}
    result = ranked(said)
    assert result.ranked[0].diagnosis == "hydroxyapatite_deposition_disease"
    assert "soft_tissue_component" in {item.finding for item in result.against_leader}
    assert all(item.weight < 0 for item in result.against_leader)


def test_a_malignant_diagnosis_over_five_percent_is_flagged_whatever_its_rank():
    said = case(40, "M", "rapid_growth", "intramuscular ossification soft_tissue_component", sites=["thigh"])
    result = ranked(said)
    malignant = {
        row.diagnosis: row.probability
        for row in result.ranked
        if row.diagnosis.endswith("sarcoma") and row.probability > 0.05
    }
    assert malignant
    assert result.ranked[0].diagnosis not in malignant
    assert {flag.about for flag in result.red_flags if flag.flag == "malignant"} == set(malignant)


def test_a_critical_result_is_the_first_flag():
    said = case(50, "F", "dialysis", "", labs=[{"analyte": "calcium", "value": 15.4, "unit": "mg/dL"}])
    flag = ranked(said).red_flags[0]
    assert (flag.flag, flag.about) == ("critical_result", "calcium")
    assert flag.because == "critical result: calcium 15.4 mg/dL"


def test_an_unknown_prior_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="referral, unselected"):
        ranked(EURORAD, "everyone")


def test_terms_without_a_likelihood_are_named():
    assert "gait_disturbance" in ranked(EURORAD).not_weighed


def test_numbers_of_a_laboratory_count_as_their_levels():
    said = case(50, "M", "", "periarticular", sites=["hip"])
    number = [{"analyte": "phosphate", "value": 8.6, "unit": "mg/dL"}]
    assert ranked(said | {"labs": number}).ranked == ranked(said | {"labs": labs(phosphate="high")}).ranked
    sick = [{"analyte": "creatinine", "value": 7.5, "unit": "mg/dL"}]
    well = [{"analyte": "creatinine", "value": 0.9, "unit": "mg/dL"}]
    row, other = (ranked(said | {"labs": x}).probability("secondary_tumoral_calcinosis") for x in (sick, well))
    assert row > 5 * other


def test_parathyroid_hormone_after_the_glands_are_out_says_nothing():
    said = case(50, "M", "parathyroidectomy dialysis", "periarticular", sites=["hip"])
    assert ranked(said | {"labs": labs(pth_intact="low")}).ranked == ranked(said).ranked


@pytest.mark.parametrize(
    ("comparator", "value", "stages"),
    [
        ("<", 30.0, "below_30"),
        ("<=", 30.0, "below_30 or from_30_to_60"),
        ("<", 60.0, "below_30 or from_30_to_60"),
        (">", 60.0, "above_60"),
        ("<", 15.0, "below_30"),
        (">=", 30.0, "from_30_to_60 or above_60"),
    ],
)
def test_a_bound_of_the_filtration_rate_leaves_out_the_stages_beyond_it(comparator, value, stages):
    rate = {"analyte": "egfr", "value": value, "unit": "mL/min/1.73m2", "comparator": comparator}
    evidence = ranked(case(54, "M", "", "", labs=[rate])).ranked[0].evidence
    assert next(item.seen for item in evidence if item.finding == "egfr") == stages


def test_an_older_ionized_calcium_does_not_stand_before_a_newer_total():
    labs = [
        {"analyte": "calcium_ionized", "value": 1.25, "unit": "mmol/L", "date": "2012-01-01"},
        {"analyte": "calcium", "value": 3.3, "unit": "mmol/L", "date": "2019-01-01"},
        {"analyte": "pth_intact", "value": 3, "unit": "pg/mL", "date": "2019-01-01"},
    ]
    evidence = ranked(case(60, "M", "", "periarticular", sites=["hip"], labs=labs)).ranked[0].evidence
    assert next(item.seen for item in evidence if item.finding == "calcium") == "high"


@pytest.mark.parametrize(
    ("day", "seen"), [("2019-01-01", "below_30 or from_30_to_60"), ("2011-01-01", "above_60"), ("2012-01-01", None)]
)
def test_the_later_of_filtration_rate_and_creatinine_counts_and_of_one_day_neither_where_they_contradict(day, seen):
    labs = [
        {"analyte": "egfr", "value": 90, "unit": "mL/min/1.73m2", "date": "2012-01-01"},
        {"analyte": "creatinine", "value": 800, "unit": "umol/L", "date": day},
    ]
    result = ranked(case(None, None, "", "periarticular", sites=["hip"], labs=labs))
    assert next((item.seen for item in result.ranked[0].evidence if item.finding == "egfr"), None) == seen
    assert ("creatinine_egfr" in {test.test for test in result.next_tests}) is (seen is None)
