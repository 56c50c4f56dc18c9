"""A case in words: never just "none", a refusal with its reason, and a side only where it is known."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

from case_cases import change, pair, seen, study
from PIL import Image

from calcimeter.case.caveats import case_caveats
from calcimeter.case.deposits import join_deposits
from calcimeter.model.case import Case, LabResult, Subject
from calcimeter.model.case_result import CaseResult, FollowUp, SeenFocus, StudyPair
from calcimeter.model.caveat import TEXTS, caveat
from calcimeter.model.chemistry import SET_ASIDE
from calcimeter.model.measures import Estimate
from calcimeter.model.timeline import Timeline
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.reason.rank import rank
from calcimeter.report.case.content import case_content
from calcimeter.report.case.figures import collect_figures
from calcimeter.report.case.record import case_record
from calcimeter.report.case.summary import attention, facts, five_lines, headline, is_before_treatment
from calcimeter.report.case.wording import focus_words, patient_line, response_words, size_words, study_headline
from calcimeter.report.follow_up import follow_up_content, follow_up_lines


def result(*studies, case=None, pairs=()):
    deposits = join_deposits(studies, pairs, ())
    return CaseResult(case or Case(), studies, deposits, pairs, None, None, (), None, (), (), Timeline(), (), (), "0")


def test_a_scan_without_a_deposit_says_over_what_size_and_where():
    words = study_headline(study(1, regions=("hip", "pelvis")))
    assert words == "no soft-tissue deposit over 15\u00a0mm³ in hip and pelvis"
    assert "over 15" in headline(result(study(1)))


def test_what_is_of_uncertain_nature_is_told_of_beside_the_deposits():
    told = study_headline(study(1, seen(1), uncertain=1))
    assert told.startswith("one soft-tissue deposit: left hip")
    assert told.endswith("; one object of uncertain nature")
    assert study_headline(study(1, uncertain=2)).endswith("; two objects of uncertain nature")
    assert "uncertain" not in study_headline(study(1))


def test_a_refused_study_says_why():
    assert study_headline(study(1, status="refused", reason="met a photograph")) == "refused: met a photograph"


def test_a_radiograph_without_a_deposit_excludes_none_and_says_what_it_met():
    assert "can't exclude" in study_headline(study(1, kind="radiograph"))
    pointed = study(1, kind="radiograph", caveats=(caveat("OUTLINE_NOT_FOUND"),))
    assert "border could not be found" in study_headline(pointed)


def test_a_focus_without_a_known_side_is_given_none():
    assert focus_words("right", "lower") == "lower pole of the right lobe"
    assert focus_words(None, "lower") == "lower pole of a lobe, side not known"
    told = study(1, kind="scintigraphy", foci=(SeenFocus(1, "right", "lower", 1.7, 6.5),))
    assert study_headline(told) == "retained tracer: lower pole of the right lobe"


def test_what_is_not_told_of_the_patient_is_not_made_up():
    assert patient_line(result(study(1))) == "Person; history not told."
    case = Case(Subject(54, "M"), {"dialysis": True, "trauma": False})
    assert patient_line(result(study(1), case=case)) == "Man of 54 years; history of dialysis; no trauma."
    child = replace(case, subject=replace(case.subject, age_years=9, sex="F"), history={"dialysis": False})
    assert patient_line(result(study(1), case=child)) == "Girl of 9 years; no dialysis."


def test_without_a_ct_nothing_was_searched():
    assert "no CT was searched" in headline(result(study(1, kind="radiograph", limit_mm3=None)))
    refused = study(2, status="refused", reason="met a photograph")
    assert "no CT was searched" in headline(result(study(1, kind="scintigraphy", limit_mm3=None), refused))


def test_an_outcome_is_of_the_deposits_that_were_followed_and_has_its_days():
    gone = pair(1, 3, change([1], [], "vanished"), response="complete_resolution")
    told = result(
        study(1, seen(1), day=1),
        study(2, seen(2, site="sternum", side="midline"), day=3, region="sternum"),
        study(3, day=212),
        pairs=(gone,),
    )
    words = dict(five_lines(told))["Follow-up"]
    assert words == "Complete resolution from day 1 to 212 (studies 1 and 3); not followed: sternum."
    assert facts(told)[3]["note"].startswith("1 of 2 deposits followed")


def test_two_studies_of_the_same_images_are_no_follow_up():
    twice = pair(1, 2, change([1], [1], "stable"))
    same = replace(twice, comparison=replace(twice.comparison, caveats=(caveat("COMPARED_SAME_IMAGES"),)))
    told = result(study(1, seen(1)), study(2, seen(2)), pairs=(same,))
    words = dict(five_lines(told))["Follow-up"]
    assert words == "Studies 1 and 2 are the same images: no course lies between them."
    assert facts(told)[3]["note"] == "no two CT studies compared"


def test_a_course_over_several_dates_says_once_what_may_come_of_the_analyses():
    several = [pair(1, 2, change([1], [1], "stable")), pair(2, 3, change([1], [1], "stable"))]
    of_versions = [
        replace(one, comparison=replace(one.comparison, caveats=(caveat("COMPARED_VERSIONS"),))) for one in several
    ]
    lines = follow_up_lines(FollowUp((study(1), study(2), study(3)), (), tuple(of_versions), Timeline()))
    assert lines == [
        "1 to 2: Stable after 180\u00a0days",
        "2 to 3: Stable after 180\u00a0days",
        f"caveat: {TEXTS['COMPARED_VERSIONS']}",
    ]


def test_a_course_that_ends_at_nothing_says_over_what_size():
    both = study(1, seen(1)), study(2, day=90)
    content = follow_up_content(FollowUp(both, (), (pair(1, 2),), Timeline()), "")
    assert content["facts"][3]["value"] == "none over 15\u00a0mm³"


def test_an_outcome_names_what_it_is_of_where_another_deposit_was_not_followed():
    gone = pair(1, 3, change([1], [], "vanished"), response="complete_resolution")
    sternum = study(2, seen(2, site="sternum", side="midline"), day=3, region="sternum")
    both = result(study(1, seen(1), day=1), sternum, study(3, day=212), pairs=(gone,))
    assert facts(both)[3]["label"] == "Outcome, left hip"
    assert facts(result(study(1, seen(1), day=1), study(3, day=212), pairs=(gone,)))[3]["label"] == "Outcome"


def test_a_length_of_a_radiograph_says_how_sure_it_is_where_it_holds_and_who_pointed():
    shadow = seen(1, kind="radiograph", coronal=(108.8, 67.5), radiograph_axis=Estimate(108.8, 91.7, 118.6))
    told = study_headline(study(1, shadow, kind="radiograph", is_pointed_to=True))
    size = "109\u00a0×\u00a067.5\u00a0mm from the front (length 92–119\u00a0mm)"
    assert told == f"one soft-tissue deposit: left pelvis, {size}; outlined where a reader pointed"
    assert "(at the detector, enlarged, length" in size_words(replace(shadow, is_enlarged=True))


def test_the_axes_in_a_key_slice_are_those_of_its_caption(tmp_path):
    pictures = tmp_path / "studies" / "01-ct" / "figures"
    pictures.mkdir(parents=True)
    Image.new("L", (4, 4)).save(pictures / "lesion-001-axial.png")
    mass = seen(1, long_axis_mm=68.1, short_axis_mm=49.6, lobes=2)
    (figure,) = collect_figures(result(study(1, mass)), tmp_path)
    assert "transverse slice with its outline and axes there (68.1\u00a0×\u00a049.6\u00a0mm)" in figure.caption
    assert "100\u00a0×\u00a065.0\u00a0mm from the front" in figure.caption
    assert "lobed" in figure.caption


def test_a_study_that_was_refused_stands_on_top():
    told = attention(result(study(1, seen(1)), study(2, status="refused", reason="met a photograph")))
    assert told == ["Study 2 was refused, nothing of it is in this picture: met a photograph."]


def test_what_the_authors_say_it_is_stands_apart_from_the_evidence():
    case = Case(diagnosis="secondary_tumoral_calcinosis", stated_differential=("gout", "myositis_ossificans"))
    told = case_content(result(study(1), case=case), (), "")["stated"]
    assert "secondary tumoral calcinosis and as the differential gout and myositis ossificans" in told
    assert told.endswith("that is no evidence here.")
    assert case_content(result(study(1)), (), "")["stated"] == ""


def test_caveats_of_studies_are_told_once_with_the_studies_that_they_are_of():
    noisy, alone = caveat("NOISY"), caveat("DIFFERENTIAL_OF_THE_CASE")
    told = case_content(result(study(1, caveats=(noisy, alone)), study(2, caveats=(noisy,))), (), "")["study_caveats"]
    assert told == [f"Studies 1 and 2: {noisy.text}"]


def test_the_legend_of_a_case_without_volumes_names_none():
    told = case_content(replace(result(study(1)), timeline=Timeline(treatments=(("diet", 3),))), (), "<svg/>")
    assert told["drawing"]["caption"].startswith("Dashed: treatments.")
    assert "olume" not in "".join(told["drawing"].values())
    assert case_content(result(study(1)), (), "")["drawing"] is None


def test_two_patients_stand_on_top():
    people = caveat("CASE_PATIENTS_DIFFER")
    assert attention(replace(result(study(1)), caveats=(people,))) == [people.text]
    other = caveat("CASE_OTHER_PATIENT")
    assert attention(replace(result(study(1)), caveats=(people, other))) == [other.text, people.text]


def test_a_test_object_is_called_one_before_anything_else_is_said():
    nobody = replace(result(study(1)), caveats=(caveat("CASE_OF_TEST_OBJECT"),))
    assert case_content(nobody, (), "")["findings"][0] == "A test object by the headers of its images, not a patient."
    assert len(case_content(result(study(1)), (), "")["findings"]) == 1


def test_the_same_images_named_twice_are_told():
    twice = caveat("CASE_STUDY_TWICE")
    assert twice in case_caveats([study(1, input_sha256="a"), study(2, input_sha256="a")], (), (), frozenset())
    assert twice not in case_caveats([study(1), study(2), study(3, input_sha256="a")], (), (), frozenset())


def test_a_picture_that_may_show_a_name_is_no_figure_of_a_case(tmp_path):
    pictures = tmp_path / "studies" / "01-radiograph" / "figures"
    pictures.mkdir(parents=True)
    Image.new("L", (4, 4)).save(pictures / "radiograph.png")
    shown = study(1, kind="radiograph")
    assert len(collect_figures(result(shown), tmp_path)) == 1
    named = replace(shown, caveats=(caveat("ANNOTATIONS_BURNED_IN"),))
    assert collect_figures(result(named), tmp_path) == ()


def test_blood_is_called_that_before_treatment_only_where_it_is_known_to_be():
    treated = replace(result(study(1)), treatments=(("parathyroidectomy", None),))
    assert is_before_treatment(treated)
    assert not is_before_treatment(replace(result(study(1)), treatments=(("excision", 3),)))
    for code in ("CASE_BLOOD_AFTER_TREATMENT", "CASE_BLOOD_ORDER_UNKNOWN", "CASE_BLOOD_PARTLY_AFTER_TREATMENT"):
        assert not is_before_treatment(replace(treated, caveats=(caveat(code),)))


def test_the_summary_has_five_lines_whatever_is_missing():
    lines = dict(five_lines(result(study(1, seen(1)))))
    assert list(lines) == ["Deposits", "Blood", "Parathyroids", "Most probable", "Follow-up"]
    assert lines["Deposits"].startswith("Left hip: 100\u00a0×\u00a065.0\u00a0mm from the front")
    assert lines["Blood"] == "No results were given."
    assert lines["Parathyroids"] == "No scintigraphy was measured."
    assert lines["Follow-up"].startswith("No two CT studies")


def test_a_treatment_without_a_day_does_not_get_that_of_another():
    done = (("parathyroidectomy", None), ("excision", None), ("steroid_injection", 19))
    told = dict(five_lines(replace(result(study(1)), treatments=done)))["Follow-up"]
    assert told == "Parathyroidectomy (day not known), excision (day not known) and steroid injection on day 19."


def test_results_that_contradict_each_other_are_said_in_the_line_of_the_blood():
    labs = [LabResult("phosphate", value, "mmol/L", date=dt.date(2019, 5, 1)) for value in (2.4, 1.0)]
    chemistry = read_chemistry(Subject(50, "M"), labs)
    told = dict(five_lines(replace(result(study(1)), chemistry=chemistry, at_presentation=chemistry)))["Blood"]
    assert told == "No one pattern: phosphate not known, for its results contradict each other."


def test_a_deposit_that_is_not_followed_is_told_from_one_of_the_same_place_that_is():
    studies = (study(1, seen(1)), study(2, seen(2), day=180), study(3, seen(3), seen(3, 2, site="sternum"), day=None))
    told = dict(five_lines(result(*studies, pairs=(pair(1, 2, change([1], [1], "grown"), response="progression"),))))
    assert told["Follow-up"].endswith("not followed: left hip (study 3) and left sternum.")


def test_a_comparison_that_failed_says_why():
    assert response_words(StudyPair(1, 2, None, "two skeletons differ")) == "not compared: two skeletons differ"
    assert response_words(pair(1, 2, response="complete_resolution")) == "complete resolution after 180\u00a0days"


def test_places_are_named_once_counted_if_many_and_told_where_a_side_is_all_that_is_known():
    film = study(1, seen(1, kind="radiograph"), kind="radiograph")
    assert headline(result(film)) == "One soft-tissue deposit: left pelvis"
    lone = study(1, seen(1, kind="radiograph", site=None), kind="radiograph")
    assert headline(result(lone)) == "One soft-tissue deposit: left side"
    unknown = study(1, seen(1, kind="radiograph", side=None, site=None), kind="radiograph")
    assert headline(result(unknown)) == "One soft-tissue deposit: a place not known"
    sites = ("hip", "hip", "knee", "foot", "hand")
    many = study(1, *(seen(1, k, site=site) for k, site in enumerate(sites, 1)))
    assert headline(result(many)).endswith(": left hip, left knee, left foot and 1 more")


def test_a_sum_of_volumes_tells_of_how_many_deposits_it_is():
    both = result(study(1, seen(1)), study(2, seen(2, kind="radiograph", side="right"), kind="radiograph"))
    assert facts(both)[0]["note"] == "130\u00a0mL in 1 of 2 deposits, 2 of 2 studies measured"
    assert facts(result(study(1, seen(1))))[0]["note"] == "130\u00a0mL in all, 1 of 1 studies measured"


def test_what_is_set_aside_stands_in_the_result_and_not_on_the_page():
    labs = [LabResult("phosphate", 2.4, "mmol/L")]
    notes = (f"{SET_ASIDE}, for a reason: phosphate (1)", "one result was not used")
    chemistry = replace(read_chemistry(Subject(50, "M"), labs), notes=notes)
    treated = replace(result(study(1)), chemistry=chemistry, at_presentation=chemistry)
    said = " ".join(case_content(treated, (), "")["reasoning"]["chemistry_says"])
    assert "One result was not used." in said
    assert "et aside" not in said
    assert case_record(treated)["chemistry"]["notes"] == list(notes)


def test_the_key_fact_of_the_largest_is_of_that_deposit_alone():
    both = result(study(1, seen(1), seen(1, 2, site="sternum", volume=10e3)))
    size = "100\u00a0×\u00a065.0\u00a0mm"
    assert facts(both)[1] == {"label": "Largest", "value": "130\u00a0mL", "note": f"{size} from the front"}
    film = result(study(1, seen(1, kind="radiograph"), kind="radiograph"))
    assert facts(film)[1] == {"label": "Largest, from the front", "value": size, "note": ""}
    assert facts(result(study(1)))[1]["value"] == "–"


def test_what_was_found_is_the_heading_and_what_it_may_be_stands_with_how_often_a_ranking_is_right():
    ranked = replace(result(study(1, seen(1))), differential=rank(Case(sites=("hip",))))
    assert headline(ranked) == "One soft-tissue deposit: left hip"
    page = (Path(__file__).parents[2] / "docs" / "ranking.md").read_text(encoding="utf-8")
    cases, first = re.search(r"\| referral, at least 3 items \| (\d+) \| (\d+) ", page).groups()
    assert f"first in {first} of {cases} published cases" in dict(five_lines(ranked))["Most probable"]
