"""What a reader saw and what was measured, brought together."""

from __future__ import annotations

import pytest

from calcimeter.model.case import Case, StatedFocus, StatedLesion
from calcimeter.model.chemistry import BloodValue, Chemistry
from calcimeter.model.finding import Finding
from calcimeter.reason.findings import merge_findings
from calcimeter.reason.rank import rank

SEEN = Finding("fluid_calcium_level", present=True, because="2 levels")
NOT_SEEN = Finding("fluid_calcium_level", present=False, because="none under gravity")
OPEN = Finding("fluid_calcium_level", present=None, because="slices too thick")


def test_a_reader_overrides_a_measurement_and_the_disagreement_is_shown():
    (merged,) = merge_findings({"fluid_calcium_level": False}, [SEEN])
    assert merged.present is False
    assert merged.disagreement == "measured as present: 2 levels"


def test_where_they_agree_or_the_measurement_is_open_there_is_no_disagreement():
    for read, measured in ((True, SEEN), (False, NOT_SEEN), (True, OPEN)):
        (merged,) = merge_findings({"fluid_calcium_level": read}, [measured])
        assert (merged.present, merged.disagreement) == (read, None)


@pytest.mark.parametrize(
    ("measured", "present"),
    [([NOT_SEEN, SEEN], True), ([SEEN, NOT_SEEN], True), ([NOT_SEEN, OPEN], None), ([NOT_SEEN, NOT_SEEN], False)],
)
def test_one_study_that_shows_a_sign_outweighs_those_that_do_not(measured, present):
    (merged,) = merge_findings({}, measured)
    assert merged.present is present


def test_measured_findings_count_like_read_ones():
    read = rank(Case(findings={"fluid_calcium_level": True})).ranked
    assert rank(Case(), [SEEN]).ranked == read
    assert rank(Case(), [OPEN]).ranked == rank(Case()).ranked


def test_a_disagreement_is_kept_in_the_differential():
    result = rank(Case(findings={"fluid_calcium_level": False}), [SEEN])
    assert [found.disagreement for found in result.findings] == ["measured as present: 2 levels"]


def test_a_focus_beside_the_thyroid_is_a_parathyroid_focus():
    focus = Case(foci=(StatedFocus("thyroid", "right", "lower"),))
    assert rank(focus).ranked == rank(Case(findings={"parathyroid_focus": True})).ranked


def test_both_sides_of_a_site_are_bilateral():
    both = Case(sites=("hip",), lesions=(StatedLesion("hip", "left"), StatedLesion("hip", "right")))
    assert rank(both).ranked == rank(Case(sites=("hip",), findings={"bilateral": True})).ranked
    one = Case(sites=("hip",), lesions=(StatedLesion("hip", "left"),))
    assert rank(one).ranked == rank(Case(sites=("hip",))).ranked


@pytest.mark.parametrize(
    ("sites", "several"),
    [
        (("hip", "shoulder"), True),
        (("multiple_joints",), True),
        (("hip", "thigh"), False),
        (("knee", "distal_femur"), False),
        (("hip",), False),
        (("skin", "lower_leg"), False),
        ((), False),
    ],
)
def test_neighboring_sites_are_not_yet_several_places(sites, several):
    evidence = {item.finding for item in rank(Case(sites=sites)).ranked[0].evidence}
    assert ("several_places" in evidence) is several


def test_the_largest_lesion_gives_the_size():
    sized = rank(Case(lesions=(StatedLesion(long_axis_cm=3), StatedLesion(long_axis_cm=9), StatedLesion())))
    assert {item.seen for row in sized.ranked for item in row.evidence if item.finding == "size"} == {9}


def blood(**values):
    return Chemistry(values={name: BloodValue(name, **value) for name, value in values.items()})


@pytest.mark.parametrize(
    ("value", "comparator", "seen"),
    [
        (12.0, None, "below_30"),
        (30.0, None, "from_30_to_60"),
        (75.0, None, "above_60"),
        (90.0, ">", "above_60"),
        (15.0, "<", "below_30"),
        (45.0, "<", "below_30 or from_30_to_60"),
        (60.0, ">=", "above_60"),
    ],
)
def test_kidney_function_counts_by_stage_and_a_bound_leaves_stages_open(value, comparator, seen):
    chemistry = blood(egfr={"value": value, "unit": "mL/min", "comparator": comparator})
    shown = [item.seen for item in rank(Case(), (), chemistry).ranked[0].evidence if item.finding == "egfr"]
    assert shown == [seen]


def test_a_bound_that_leaves_every_stage_open_says_nothing():
    chemistry = blood(egfr={"value": 10.0, "unit": "mL/min", "comparator": ">"})
    assert rank(Case(), (), chemistry).ranked == rank(Case()).ranked


def test_of_several_calciums_the_one_that_says_most_counts():
    both = blood(
        calcium={"value": 2.0, "unit": "mmol/L", "status": "low"},
        calcium_ionized={"value": 1.2, "unit": "mmol/L", "status": "normal"},
    )
    ionized = blood(calcium_ionized={"value": 1.2, "unit": "mmol/L", "status": "normal"})
    assert rank(Case(), (), both).ranked == rank(Case(), (), ionized).ranked


def test_a_result_whose_level_is_not_known_says_nothing():
    chemistry = blood(phosphate={"value": 1.4, "unit": "mmol/L"})
    assert rank(Case(), (), chemistry).ranked == rank(Case()).ranked
