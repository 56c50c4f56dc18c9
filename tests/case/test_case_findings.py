"""Findings of all studies together, and a reader against a measurement."""

from __future__ import annotations

from case_cases import seen, study

from builders import build_analysis
from calcimeter.case.deposits import join_deposits
from calcimeter.case.facts import with_facts
from calcimeter.case.findings import gather_findings, sides_contradict, with_deposits
from calcimeter.model.case import Case, StatedFocus, StatedLesion
from calcimeter.model.case_result import SeenFocus
from calcimeter.model.ct_findings import with_lesions
from calcimeter.model.finding import Finding
from calcimeter.model.lesion import Category
from calcimeter.reason.findings import merge_findings


def merged(studies, read=()):
    found = gather_findings(studies, join_deposits(studies, [], ()))
    return {one.name: one for one in merge_findings(dict(read), found)}


def finding(name, present):
    return Finding(name, present=present, because="so it is measured")


def test_a_scan_after_treatment_does_not_make_unknown_what_the_scan_before_showed():
    before = study(1, seen(1), findings=(finding("cortical_attachment", present=False),))
    after = study(2, day=180, findings=(finding("cortical_attachment", present=None),))
    assert merged([before, after])["cortical_attachment"].present is False


def test_a_scan_with_a_deposit_that_can_not_tell_leaves_it_open():
    one = study(1, seen(1), findings=(finding("cortical_attachment", present=False),))
    other = study(2, seen(2, site="sternum"), findings=(finding("cortical_attachment", present=None),))
    assert merged([one, other])["cortical_attachment"].present is None


def test_one_study_that_shows_a_sign_is_enough_and_says_which():
    told = merged(
        [
            study(1, findings=(finding("mineralized", present=False),)),
            study(2, findings=(finding("mineralized", present=True),)),
        ]
    )
    assert told["mineralized"].present is True
    assert told["mineralized"].because.startswith("study 2")


def test_deposits_of_two_studies_are_several_and_on_both_sides():
    told = merged([study(1, seen(1)), study(2, seen(2, site="sternum", side="midline"))])
    assert told["multifocal"].present is True
    told = merged([study(1, seen(1)), study(2, seen(2, side="right"))])
    assert told["bilateral"].present is True
    assert told["multifocal"].because == "deposits at left hip and right hip"
    assert "multifocal" not in merged([study(1, seen(1)), study(2, seen(2))])


def test_one_deposit_that_two_studies_name_by_neighbors_is_not_yet_several():
    near = (frozenset({"hip", "thigh"}),)
    unjoined = [study(1, seen(1)), study(2, seen(2, site="thigh"))]
    found = gather_findings(unjoined, join_deposits(unjoined, [], near), near)
    assert "multifocal" not in {one.name for one in found}
    together = [study(1, seen(1), seen(1, 2, site="thigh"))]
    found = gather_findings(together, join_deposits(together, [], near), near)
    assert "multifocal" in {one.name for one in found}


def test_a_refused_study_says_nothing():
    refused = study(1, status="refused", findings=(finding("mineralized", present=True),))
    assert merged([refused]) == {}


def test_what_a_reader_saw_counts_and_the_disagreement_is_kept():
    told = merged(
        [study(1, seen(1), findings=(finding("fluid_calcium_level", present=True),))], {"fluid_calcium_level": False}
    )
    assert told["fluid_calcium_level"].present is False
    assert "measured as present" in told["fluid_calcium_level"].disagreement


def test_a_reader_on_the_wrong_side_is_contradicted_and_one_who_names_none_is_not():
    deposits = join_deposits([study(1, seen(1))], [], ())
    right, silent = StatedLesion(site="hip", side="right"), StatedLesion(site="hip")
    assert sides_contradict(Case(lesions=(right,)), deposits) == ("hip: a reader says right, measured left",)
    assert sides_contradict(Case(lesions=(silent, StatedLesion(site="hip", side="left"))), deposits) == ()
    assert sides_contradict(Case(lesions=(StatedLesion(site="knee", side="right"),)), deposits) == ()


def test_a_reader_s_only_lesion_is_held_against_shadows_of_which_the_region_alone_is_known():
    deposits = join_deposits([study(1, seen(1, kind="radiograph"), kind="radiograph")], [], ())
    right, left = StatedLesion(site="hip", side="right"), StatedLesion(site="hip", side="left")
    assert sides_contradict(Case(lesions=(right,)), deposits) == ("hip: a reader says right, measured left",)
    assert sides_contradict(Case(lesions=(left,)), deposits) == ()
    assert sides_contradict(Case(lesions=(right, StatedLesion(site="knee", side="left"))), deposits) == ()


def test_a_reader_s_focus_of_tracer_on_the_wrong_side_is_contradicted():
    focus = SeenFocus(1, "right", "lower", 1.7, 7.3)
    studies = (study(1, kind="scintigraphy", foci=(focus,)),)
    left, right = (Case(foci=(StatedFocus("thyroid", side, "upper"),)) for side in ("left", "right"))
    assert sides_contradict(left, (), studies) == ("focus of retained tracer: a reader says left, measured right",)
    assert sides_contradict(right, (), studies) == ()
    assert sides_contradict(Case(foci=(StatedFocus("thyroid"),)), (), studies) == ()
    assert sides_contradict(left, (), (study(1, kind="scintigraphy"),)) == ()


def test_every_deposit_is_told_once_with_its_size_from_the_front():
    studies = [study(1, seen(1)), study(2, kind="scintigraphy")]
    case = with_deposits(Case(), join_deposits(studies, [], ()), studies)
    assert [(one.site, one.side, one.long_axis_cm) for one in case.lesions if one.site] == [("hip", "left", 10.0)]
    assert {one.modality for one in case.lesions} == {"CT", "NM"}


def test_a_deposit_is_weighed_with_one_size_alone_and_in_a_case():
    analysis = build_analysis()
    alone = with_lesions(Case(), analysis.of_category(Category.SOFT_TISSUE)).lesions
    studies = [with_facts(study(1), analysis)]
    joined = [one for one in with_deposits(Case(), join_deposits(studies, [], ()), studies).lesions if one.long_axis_cm]
    sizes = [sorted((one.long_axis_cm, one.short_axis_cm) for one in lesions) for lesions in (alone, joined)]
    assert sizes[0] == sizes[1]
    front = [one.extent.projected_coronal_mm for one in analysis.of_category(Category.SOFT_TISSUE)]
    assert sizes[0] == sorted((long / 10, short / 10) for long, short in front)


def test_a_length_at_the_detector_is_not_weighed():
    shadow = study(1, seen(1, kind="radiograph", is_enlarged=True), kind="radiograph")
    case = with_deposits(Case(), join_deposits([shadow], [], ()), [shadow])
    assert [(one.side, one.long_axis_cm) for one in case.lesions if one.site] == [("left", None)]
