"""Which blood results tell of the cause: those before treatment, analyte by analyte, at the age of the presentation."""

from __future__ import annotations

import datetime as dt

import pytest

from calcimeter.case.days import is_order_known
from calcimeter.load.case_file import case_of
from calcimeter.load.patient import load_patient
from calcimeter.model.case import LabResult, Treatment, presented
from calcimeter.reason.presentation import (
    chemistry_at_presentation,
    chemistry_of,
    is_blood_unused,
    rank_by_presentation,
)
from reason.textbook import case


def blood(*said):
    """Results such as "phosphate 2.5 mmol/L 2019-01-01", the date and the number optional."""
    found = []
    for words in (one.split() for one in said):
        entry = {"analyte": words[0]}
        entry |= {"interpretation": words[1]} if len(words) == 2 else {"value": float(words[1]), "unit": words[2]}
        found.append(entry | ({"date": words[3]} if len(words) > 3 else {}))
    return found


def treated(*said):
    pairs = [one.split() for one in said]
    return [{"what": words[0], **({"date": words[1]} if len(words) > 1 else {})} for words in pairs]


def ranked(said, prior="referral"):
    patient = presented(case_of(said))
    return rank_by_presentation(patient.case, (), chemistry_of(patient), patient, prior=prior)


def weighed(said):
    """Finding -> what was seen of it."""
    return {item.finding: item.seen for item in ranked(said).ranked[0].evidence}


RENAL = ("phosphate 2.5 mmol/L 2019-01-01", "pth_intact 900 pg/mL 2019-01-01", "creatinine 800 umol/L 2019-01-01")
MAN = case(50, "M", "", "periarticular", sites=["hip"])


@pytest.mark.parametrize("early", ["crp normal", "crp 2 mg/L 2005-01-01"])
def test_one_early_result_of_something_else_does_not_hide_what_was_measured_after_a_treatment(early):
    alone = MAN | {"labs": blood(*RENAL), "treatments": treated("phosphate_binder 2010-01-01")}
    with_early = alone | {"labs": blood(*RENAL, early)}
    assert weighed(alone).items() <= weighed(with_early).items()
    assert weighed(with_early)["phosphate"] == "high"
    assert not {"phosphate", "pth_intact", "creatinine_egfr"} & {test.test for test in ranked(with_early).next_tests}


def test_of_each_analyte_the_last_result_before_treatment_is_weighed_and_the_rest_is_said_to_be_set_aside():
    later = ("phosphate 1.1 mmol/L 2020-01-01", "vitamin_d_25 30 nmol/L 2020-01-01")
    said = MAN | {"labs": blood(*RENAL, *later), "treatments": treated("parathyroidectomy 2019-06-01")}
    assert weighed(said)["phosphate"] == "high"
    assert weighed(said)["vitamin_d_25"] == "low"
    notes = chemistry_of(presented(case_of(said))).notes
    assert "set aside in the ranking, for results after treatment do not tell the cause: phosphate (1)" in notes
    assert "measured only after treatment began, and weighed as such: 25-hydroxyvitamin D (1)" in notes


@pytest.mark.parametrize("what", ["excision", "steroid_injection"])
def test_a_treatment_of_the_place_alone_does_not_divide_the_blood(what):
    said = MAN | {"labs": blood("phosphate 1.2 mmol/L 2005-01-01", *RENAL), "treatments": treated(f"{what} 2010-01-01")}
    assert weighed(said)["phosphate"] == "high"
    assert chemistry_of(presented(case_of(said))).notes == ()
    assert is_order_known([LabResult("crp", 2.0, "mg/L")], [Treatment(what)])


def test_a_low_hormone_before_parathyroidectomy_counts_and_one_after_it_does_not():
    labs = ("calcium 3.2 mmol/L 2019-05-01", "creatinine 300 umol/L 2019-05-01")
    woman = case(60, "F", "", "periarticular amorphous", sites=["hip"])

    def told(pth, *treatments):
        return woman | {"labs": blood(*labs, pth), "treatments": treated(*treatments)}

    before = told("pth_intact 3 pg/mL 2019-05-01", "parathyroidectomy 2019-05-20")
    assert weighed(before)["pth_intact"] == "low"
    assert ranked(before).ranked[0].diagnosis == "hypervitaminosis_d_milk_alkali"
    both = told("pth_intact 3 pg/mL 2019-05-01", "phosphate_binder 2018-01-01", "parathyroidectomy 2019-05-20")
    assert weighed(both)["pth_intact"] == "low"
    for treatment in ("parathyroidectomy 2019-04-20", "parathyroidectomy"):
        after = told("pth_intact 3 pg/mL 2019-05-01", treatment)
        assert "pth_intact" not in weighed(after)
    again = told("pth_intact 3 pg/mL 2019-05-01", "phosphate_binder 2018-01-01", "parathyroidectomy 2019-05-20")
    again["labs"] += blood("pth_intact 2 pg/mL 2020-05-01")
    assert weighed(again)["pth_intact"] == "low"


def test_kidney_function_of_a_transplant_after_the_presentation_is_not_that_of_the_failing_kidneys():
    later = ("creatinine 90 umol/L 2019-05-02", "phosphate 1.1 mmol/L 2019-05-02")
    said = case(54, "M", "", "periarticular", sites=["hip"], treatments=treated("kidney_transplantation 2016-05-20"))
    said |= {"labs": blood("calcium 2.65 mmol/L 2015-05-02", *later)}
    assert "egfr" not in weighed(said)
    assert weighed(said)["phosphate"] == "normal"
    of_history = said | {"history": {"kidney_transplant": True}}
    assert weighed(of_history)["egfr"] == "above_60"


BOY = case(14, "M", "", "periarticular multilobulated", sites=["elbow"])
AT_14 = ("phosphate 1.6 mmol/L 2015-01-01", "creatinine 55 umol/L 2015-01-01", "calcium 2.4 mmol/L 2015-01-01")


def test_the_age_of_a_case_is_that_at_its_first_study_or_result_so_that_a_later_result_changes_no_diagnosis():
    late = BOY | {"labs": blood(*AT_14, "crp 3 mg/L 2017-06-01")}
    assert weighed(late)["phosphate"] == "high"
    assert ranked(late).ranked[0].diagnosis == "primary_tumoral_calcinosis_hyperphosphatemic"
    grown = BOY | {"labs": blood(*AT_14), "studies": [{"path": "ct", "date": "2017-06-01"}]}
    assert weighed(grown)["phosphate"] == "normal"  # 11 years old when blood was taken


def test_a_slip_in_a_year_is_said_and_makes_no_adult_an_infant():
    slip = blood("phosphate 1.1 mmol/L 2019-05-02", "calcium 2.4 mmol/L 2091-05-02")
    said = case(54, "M", "", "periarticular", sites=["hip"], labs=slip)
    assert weighed(said)["phosphate"] == "normal"
    patient = presented(case_of(said))
    assert any("72 years apart" in note for note in chemistry_of(patient).notes)
    assert any("does not fit the age" in note for note in chemistry_of(patient).notes)


def test_no_date_is_written_and_nothing_is_set_aside_where_nothing_was_treated():
    patient = presented(case_of(MAN | {"labs": blood(*RENAL)}))
    assert patient.aged_on == dt.date(2019, 1, 1)
    assert chemistry_of(patient) == chemistry_at_presentation(patient)
    assert chemistry_of(patient).notes == ()


def test_a_prior_that_the_case_contradicts_takes_nothing_for_granted_and_is_flagged():
    well = case(50, "M", "-dialysis -chronic_kidney_disease", "periarticular", sites=["hip"])
    well |= {"labs": blood("egfr 95 mL/min")}
    result, silent = ranked(well, "dialysis"), ranked(MAN, "dialysis")
    (flag,) = [flag for flag in result.red_flags if flag.flag == "contradiction"]
    assert "no dialysis and no chronic kidney disease and eGFR above 60" in flag.because
    assert result.probability("secondary_tumoral_calcinosis") < 0.1 < silent.probability("secondary_tumoral_calcinosis")
    assert "contradiction" not in {flag.flag for flag in (*silent.red_flags, *ranked(well).red_flags)}


def test_blood_of_a_hormone_without_effect_is_flagged_as_of_a_disease_that_is_not_ranked():
    deaf = ("calcium 1.8 mmol/L", "phosphate 2.3 mmol/L", "pth_intact 300 pg/mL", "creatinine 45 umol/L")
    girl = case(14, "F", "family_history -chronic_kidney_disease", "periarticular multilobulated", sites=["elbow"])
    flags = {flag.flag: flag for flag in ranked(girl | {"labs": blood(*deaf)}).red_flags}
    assert "Pseudohypoparathyroidism" in flags["not_ranked"].because
    renal = ranked(girl | {"history": {"dialysis": True}, "labs": blood(*deaf)})
    assert "not_ranked" not in {flag.flag for flag in renal.red_flags}


def test_a_file_of_which_nothing_was_used_is_not_told_as_none_given(tmp_path):
    file = tmp_path / "labs.csv"
    file.write_text("analyte,value,unit\nZinc,12,umol/L\n")
    chemistry = chemistry_of(load_patient(file))

    assert is_blood_unused(chemistry)
    assert "could be used" in chemistry.pattern.because
    assert chemistry.notes == ("1 result of an analyte that is not known was not used: line 2",)


def test_results_of_one_day_that_contradict_each_other_are_told():
    said = {"labs": blood("phosphate 2.4 mmol/L 2019-05-01", "phosphate 1.0 mmol/L 2019-05-01")}
    told = "phosphate: 2 results of one day (2.4, 1 mmol/L) contradict each other, none of them is used"
    assert told in chemistry_of(presented(case_of(said))).notes
    later = {"labs": [*said["labs"], *blood("phosphate 1.1 mmol/L 2019-06-01")]}
    assert told in chemistry_of(presented(case_of(later))).notes
    agreeing = {"labs": blood("phosphate 2.4 mmol/L 2019-05-01", "phosphate 2.5 mmol/L 2019-05-01")}
    assert chemistry_of(presented(case_of(agreeing | {"subject": {"age_years": 50}}))).notes == ()


def test_a_critical_result_has_its_day_where_there_are_several():
    one, other = "calcium 1.6 mmol/L 2019-05-31", "calcium 2.3 mmol/L 2019-05-01"
    flags = [flag.because for flag in ranked({"labs": blood(one, other)}).red_flags if flag.flag == "critical_result"]
    assert flags == ["critical result: calcium 1.6 mmol/L on day 30"]
    flags = [flag.because for flag in ranked({"labs": blood(one)}).red_flags if flag.flag == "critical_result"]
    assert flags == ["critical result: calcium 1.6 mmol/L"]
