"""What can't be true together is flagged, and what is only unusual is not."""

from __future__ import annotations

import pytest

from calcimeter.knowledge.contradictions import contradictions
from calcimeter.knowledge.read_network import shipped_knowledge
from calcimeter.knowledge.vocabulary import vocabulary
from calcimeter.load.case_file import case_of
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.reason.rank import rank


def flagged(said):
    return [flag.because for flag in rank(case_of(said)).red_flags if flag.flag == "contradiction"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"findings": {"mineralized": False, "fluid_calcium_level": True}},
            "the case says fluid calcium level, and denies mineralized",
        ),
        (
            {"history": {"dialysis": True, "chronic_kidney_disease": False}},
            "the case says dialysis, and denies chronic kidney disease",
        ),
        (
            {"subject": {"sex": "M"}, "history": {"pregnancy": True}},
            "the case says pregnancy, and that the patient is a man",
        ),
    ],
)
def test_what_excludes_itself_is_flagged(said, words):
    assert [because.partition(":")[0] for because in flagged(said)] == [words]


@pytest.mark.parametrize(
    "said",
    [
        {"findings": {"mineralized": True, "fluid_calcium_level": False}},
        {"findings": {"fluid_calcium_level": True}, "history": {"dialysis": True}},
        {"subject": {"sex": "F"}, "history": {"pregnancy": True}},
        {"subject": {"sex": "M"}, "history": {"pregnancy": False}},
    ],
)
def test_what_can_be_true_is_not(said):
    assert flagged(said) == []


EGFR = {"analyte": "egfr", "value": 95, "unit": "mL/min/{1.73_m2}"}


def flagged_with_blood(history, *labs):
    case = case_of({"history": history, "labs": list(labs)})
    chemistry = read_chemistry(case.subject, case.labs, case.history)
    return [flag.because for flag in rank(case, chemistry=chemistry).red_flags if flag.flag == "contradiction"]


def test_dialysis_beside_working_kidneys_is_flagged_unless_they_were_transplanted():
    (because,) = flagged_with_blood({"dialysis": True}, EGFR)
    assert because.partition(":")[0] == "the case says dialysis, and eGFR above 60"

    assert flagged_with_blood({"dialysis": True, "kidney_transplant": True}, EGFR) == []
    assert flagged_with_blood({"dialysis": True}, EGFR | {"value": 8}) == []
    assert flagged_with_blood({"dialysis": False}, EGFR) == []


def test_every_term_is_one_of_the_vocabulary():
    known = {*vocabulary()["history"], *vocabulary()["findings"]}
    needs = contradictions()["needs"]
    levels = contradictions()["levels"]
    explaining = {level["unless"] for level in levels.values()}
    needed = {other for row in needs.values() for other in row}
    assert {*needs, *needed, *contradictions()["sex"], *levels, *explaining} <= known
    knowledge = shipped_knowledge()
    for level in levels.values():
        assert level["outcome"] in knowledge.items[level["item"]].items[level["item"]].outcomes
