"""What can't be true together is flagged, and what is only unusual is not."""

from __future__ import annotations

import pytest

from calcimeter.knowledge.contradictions import contradictions
from calcimeter.knowledge.vocabulary import vocabulary
from calcimeter.load.case_file import case_of
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


def test_every_term_is_one_of_the_vocabulary():
    known = {*vocabulary()["history"], *vocabulary()["findings"]}
    needs = contradictions()["needs"]
    assert {*needs, *contradictions()["sex"], *(other for row in needs.values() for other in row)} <= known
