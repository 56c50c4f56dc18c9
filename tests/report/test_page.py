"""The page: says what was found and what was not, holds nothing private, loads nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest

from builders import SECRETS, build_analysis
from calcimeter.model.analysis import CTAnalysis, Edit, Search
from calcimeter.model.caveat import OF_THIS_VERSION, TEXTS, caveat
from calcimeter.model.lesion import Category, Lesion, Place
from calcimeter.model.measures import Estimate
from calcimeter.report.background import acquisition
from calcimeter.report.categories import count_category
from calcimeter.report.content import report_content
from calcimeter.report.figures import draw_figures
from calcimeter.report.page import render_page
from calcimeter.report.summary import caveats_met, findings, headline, keep_in_mind, shell_lines
from calcimeter.report.whereabouts import place_sentence
from calcimeter.report.wording import (
    count,
    enumeration,
    interval,
    length,
    lesion_numbers,
    number,
    product,
    volume,
)


@pytest.fixture(scope="module")
def analysis() -> CTAnalysis:
    return build_analysis()


@pytest.fixture(scope="module")
def page(analysis: CTAnalysis) -> str:
    return render_page(analysis, draw_figures(analysis))


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")


def test_the_page_holds_every_lesion_and_says_research_use_only(page: str, analysis: CTAnalysis) -> None:
    assert "Research use only" in page
    for lesion in analysis.lesions:
        assert f'id="lesion-{lesion.id}"' in page


def test_the_page_loads_nothing_and_runs_nothing(page: str) -> None:
    assert not re.search(r"https?://|<script|javascript:|@import|<iframe|\son\w+=", page)
    assert all(source.startswith("data:") for source in re.findall(r'(?:src|href)="([^"]*)"', page))
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_the_page_holds_no_name_identifier_or_date(page: str, analysis: CTAnalysis) -> None:
    for secret in (*SECRETS, "1.2.826.0.1.3680043.10.1.1", analysis.lesions[0].tracking_uid):
        assert secret not in page


def test_the_page_is_equal_from_run_to_run(page: str, analysis: CTAnalysis) -> None:
    assert render_page(build_analysis(), draw_figures(build_analysis())) == page


def test_the_creation_date_of_a_page_follows_source_date_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = build_analysis(lesions=False)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    plain = render_page(analysis, ())
    assert "dcterms" not in plain

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    dated = '<meta name="dcterms.created" content="2023-11-14T22:13:20+00:00">\n'
    page = render_page(analysis, ())
    assert dated in page
    assert page.replace(dated, "") == plain


def test_pictures_lie_in_the_page_as_often_as_they_were_drawn(page: str, analysis: CTAnalysis) -> None:
    assert page.count("data:image/png;base64,") == len(draw_figures(analysis))
    assert page.count("<img") == page.count('alt="')


def test_no_lesion_is_never_just_none() -> None:
    nothing = build_analysis(lesions=False)
    assert plain(headline(nothing)) == "None over 25 mm³ in the thigh (threshold 130 HU)"
    said = plain(render_page(nothing, draw_figures(nothing)))
    assert "Deposits smaller than 25 mm³ may be there unseen." in said
    assert "All lesions" not in said


def test_none_after_a_rejection_says_that_a_reader_decided_so(analysis: CTAnalysis) -> None:
    (gone, *_) = analysis.lesions
    said = "one focus was rejected by a reader"
    for left in ((), analysis.of_category(Category.UNCERTAIN)):
        edited = replace(analysis, lesions=left, rejected=(gone.deposit,))
        assert headline(edited).endswith(said)
    nothing = replace(analysis, lesions=(), rejected=(gone.deposit,))
    assert "One focus was rejected by a reader." in findings(nothing)
    assert "a reader rejected 1 focus" in nothing.findings()[0].because


def test_what_a_reader_called_bone_is_told_like_a_rejection(analysis: CTAnalysis) -> None:
    (bone,) = analysis.set_aside
    called = replace(bone, deposit=replace(bone.deposit, caveats=("EDITED_BY_READER",)))
    assert headline(replace(analysis, lesions=(), set_aside=(called,))).endswith("one focus was rejected by a reader")
    assert "reader" not in headline(replace(analysis, lesions=()))


def test_without_a_detection_limit_that_is_said() -> None:
    nothing = build_analysis(lesions=False)
    unknown = replace(nothing, search=replace(nothing.search, detection_limit_mm3=None, regions=()))
    assert plain(headline(unknown)) == "None in the part of the body shown (threshold 130 HU)"
    assert "is not known" in " ".join(findings(unknown))


def test_one_lesion_is_told_with_its_size_and_volume(analysis: CTAnalysis) -> None:
    alone = replace(analysis, lesions=analysis.lesions[:1])
    axes = alone.lesions[0].extent.axes
    size = f"{axes.long_axis_mm.value:.1f} × {axes.short_axis_mm.value:.1f} mm"
    along = f"{alone.lesions[0].extent.craniocaudal_mm:.1f} mm craniocaudal"
    assert plain(headline(alone)).startswith(f"One soft-tissue calcification, {size}, {along}, ")
    assert headline(alone).endswith(" in two fragments")


def test_several_lesions_are_counted_with_their_volume_together(analysis: CTAnalysis) -> None:
    assert headline(analysis).startswith("Two soft-tissue calcifications, ")
    said = " ".join(findings(analysis))
    assert "One vessel-wall calcification was also seen." in said
    assert "should be looked at: lesion 3." in said


def test_only_uncertain_lesions_are_neither_soft_tissue_nor_none(analysis: CTAnalysis) -> None:
    uncertain = replace(analysis, lesions=analysis.of_category(Category.UNCERTAIN))
    assert (
        plain(headline(uncertain))
        == "No definite soft-tissue calcification over 25 mm³; one uncertain focus to look at"
    )
    said = plain(render_page(uncertain, draw_figures(uncertain)))
    assert "dense focus of uncertain nature" in said
    assert "none over" not in said.lower()


def test_a_given_outline_with_nothing_dense_is_called_an_outline_and_no_calcification(analysis: CTAnalysis) -> None:
    """Nor a dense focus, and that nothing was searched is said in place of a volume of 0."""
    (lesion,) = analysis.of_category(Category.UNCERTAIN)
    codes = ("GIVEN_OUTLINE", "OUTLINE_NOT_DENSE")
    drawn = replace(lesion, id=1, deposit=replace(lesion.deposit, caveats=codes), caveats=codes)
    search = Search((), 0.0, 130.0, None, ("everything outside the given outlines",))
    given = replace(analysis, lesions=(drawn,), set_aside=(), search=search)

    said = "one given outline with nothing dense inside"
    assert headline(given) == f"No definite soft-tissue calcification; {said} to look at"
    told = findings(given)
    assert told[0] == "Nothing was searched: outlines were given."
    assert headline(replace(given, lesions=())) == "Nothing was searched: outlines were given"
    assert told[-1] == "Nothing dense lies in one given outline, to be looked at: lesion 1."
    mineralized = next(one for one in given.findings() if one.name == "mineralized")
    assert mineralized.present is None
    assert said.replace("one", "1") in mineralized.because


def test_the_shell_names_what_else_was_seen_and_the_uncertain_beside_what_was_found(analysis: CTAnalysis) -> None:
    lines = shell_lines(analysis)
    assert lines[0] == headline(analysis)
    assert lines[1] == "One vessel-wall calcification was also seen."
    assert lines[2].endswith("should be looked at: lesion 3.")
    assert lines[3:] == keep_in_mind(analysis)
    assert shell_lines(replace(analysis, lesions=analysis.lesions[:2]))[1:] == keep_in_mind(analysis)


def test_a_caveat_of_a_lesion_names_it_and_is_kept_in_mind_only_of_soft_tissue(analysis: CTAnalysis) -> None:
    cut = caveat("TOUCHES_BORDER")
    lesions = tuple(replace(x, caveats=(cut.code,)) if x.id in (1, 2, 4) else x for x in analysis.lesions)
    all_cut = replace(analysis, lesions=lesions, caveats=(*analysis.caveats, cut))
    assert keep_in_mind(all_cut)[0].endswith("measured (lesions 1 and 2).")
    assert caveats_met(all_cut)[0].endswith("measured (lesions 1, 2 and 4).")

    only_vessel = replace(all_cut, lesions=(*analysis.lesions[:3], lesions[3]))
    assert "border" not in " ".join(keep_in_mind(only_vessel))
    assert caveats_met(only_vessel)[0].endswith("measured (lesion 4).")

    set_aside = tuple(replace(x, caveats=(cut.code,)) for x in analysis.set_aside)
    not_listed = replace(all_cut, lesions=analysis.lesions, set_aside=set_aside)
    assert "border" not in " ".join((*keep_in_mind(not_listed), *caveats_met(not_listed)))


def test_what_the_scan_met_stands_before_and_apart_from_what_this_version_leaves_out(analysis: CTAnalysis) -> None:
    own = (caveat(code) for code in (*OF_THIS_VERSION, "SLICES_THICK", "CONTRAST_PRESENT"))
    met = replace(analysis, caveats=(*analysis.caveats, *own))
    content = report_content(met, ())
    assert [words.split()[0] for words in content["caveats"]][:2] == ["Contrast", "Slices"]
    assert not set(content["caveats"]) & set(content["not_in_this_version"])
    assert content["not_in_this_version"] == [TEXTS[code] for code in OF_THIS_VERSION]
    page = render_page(met, ())
    assert page.index("Contrast medium was seen") < page.index("What this version leaves out")


def test_the_volume_of_fragments_says_what_it_sums(analysis: CTAnalysis) -> None:
    cards = report_content(analysis, ())["cards"]
    assert "sum of two fragments; the space between them is not counted" in cards[0]["fragments"]
    assert cards[1]["fragments"] == ""


def test_a_missing_interval_is_said_and_a_known_one_is_shown(analysis: CTAnalysis, page: str) -> None:
    assert "interval not available" in page
    known = interval(analysis.lesions[0].amount.volume_mm3, "volume")
    assert known is not None
    assert known in page


def test_a_tube_voltage_that_is_not_known_is_said() -> None:
    unknown = build_analysis(dicom=False)
    content = report_content(unknown, ())
    assert "tube voltage not known" in content["subtitle"]
    assert any("tube voltage is not known" in words for words in keep_in_mind(unknown))


def test_a_lesion_without_a_picture_is_told_in_words(analysis: CTAnalysis) -> None:
    assert 'id="lesion-1"' in render_page(analysis, ())


def test_a_readers_words_are_shown_and_can_not_become_markup(analysis: CTAnalysis) -> None:
    edit = Edit(("2.25.1001",), "set", category=Category.SOFT_TISSUE, why="<script>alert(1)</script> & sure")
    edited = replace(analysis, provenance=replace(analysis.provenance, edits=(edit,)))
    said = render_page(edited, ())
    assert "<script" not in said
    assert "One lesion set to soft tissue: &lt;script&gt;" in said


def test_a_place_is_told_as_far_as_it_is_known(analysis: CTAnalysis) -> None:
    lesion = analysis.lesions[0]
    assert plain(place_sentence(lesion, analysis)) == "4.2 mm from the nearest bone; left side."
    place = replace(
        lesion.place,
        bone="femur",
        part="greater_trochanter",
        direction="anterolateral",
        joint="hip",
        joint_distance_mm=31.0,
    )
    said = partial(told, lesion, analysis)
    near, hip = "Anterolateral to the left greater trochanter", "31.0 mm from the hip joint"
    assert said(place) == f"{near}, 4.2 mm from bone; {hip}."
    assert said(replace(place, compartment="intermuscular")) == f"{near}, 4.2 mm from bone, between the muscles; {hip}."
    assert said(replace(place, distance_mm=0.0, joint=None)) == f"{near}, touching it."
    assert said(replace(place, distance_mm=None, compartment="subcutaneous")) == (
        "The distance to bone is not known; in the fat under the skin."
    )


def test_what_is_not_known_of_a_place_is_left_out_or_said_not_to_be_known(analysis: CTAnalysis) -> None:
    lesion = analysis.lesions[0]
    said = partial(told, lesion, analysis)
    place = Place(bone_id=1, bone="femur", part="shaft", side=None, direction="anterior", distance_mm=4.2)
    assert said(place) == "Anterior to the shaft of the femur (side not known), 4.2 mm from bone."
    assert said(replace(place, part=None, side="right")) == "Anterior to the right femur, 4.2 mm from bone."
    assert said(replace(place, direction=None, side="left")) == "4.2 mm from the shaft of the left femur."
    spine = replace(place, bone="lumbar_spine", part=None, side="left", direction="anterolateral")
    assert said(spine) == "Anterolateral to the lumbar spine, on the left, 4.2 mm from bone."
    assert said(replace(place, bone="rib", part=None, side="right")) == "Anterior to a right rib, 4.2 mm from bone."
    knee = replace(place, side="left", joint="knee", joint_distance_mm=12.0, extensor_side=True)
    assert said(knee).endswith("; 12.0 mm from the knee joint, on its extensor side.")


def told(lesion: Lesion, analysis: CTAnalysis, place: Place) -> str:
    return plain(place_sentence(replace(lesion, place=place), analysis))


def test_a_category_that_is_not_firm_is_said(analysis: CTAnalysis) -> None:
    first = analysis.lesions[0]
    shaky = replace(first, deposit=replace(first.deposit, confidence=0.5))
    said = " ".join(findings(replace(analysis, lesions=(shaky,))))
    assert "Not firm (confidence below 0.7) is the category of lesion 1." in said


@pytest.mark.parametrize(
    ("mm3", "words"),
    [(0.0, "0 mm³"), (47.2, "47 mm³"), (999.4, "999 mm³"), (999.6, "1.00 mL"), (13650, "13.7 mL"), (3.1e6, "3.10 L")],
)
def test_volumes_have_three_digits_and_a_unit(mm3: float, words: str) -> None:
    assert plain(volume(mm3)) == words


def test_numbers_and_nouns_read_well() -> None:
    assert plain(length(27.94)) == "27.9 mm"
    assert plain(length(229.4)) == "229 mm"
    assert plain(product(27.9, 18.2)) == "27.9 × 18.2 mm"
    assert number(-268.7, 1) == "\u2212268.7"
    assert plain(str(interval(Estimate(13650, 13200, 14100), "volume"))) == "13.2–14.1 mL"
    assert interval(Estimate(5.0), "length") is None
    assert count(1, "lesion") == "one lesion"
    assert count(13, "lesion") == "13 lesions"
    assert count_category(2, Category.JOINT) == "two calcifications inside a joint"
    assert count_category(2, Category.UNCERTAIN) == "two dense foci of uncertain nature"
    assert enumeration(["a", "b", "c"]) == "a, b and c"
    assert lesion_numbers([2, 5, 6, 7, 11]) == "lesions 2, 5 to 7 and 11"
    assert lesion_numbers([1, 2, 4]) == "lesions 1, 2 and 4"
    assert lesion_numbers([4]) == "lesion 4"


@pytest.mark.parametrize(
    ("kernel", "codes", "told"),
    [
        ("B31f", (), "soft kernel (B31f)"),
        ("LUNG", ("KERNEL_SHARP",), "sharp kernel (LUNG)"),
        ("JANE DOE", ("KERNEL_UNKNOWN",), "kernel not known"),
        (None, ("KERNEL_UNKNOWN",), "kernel not known"),
    ],
)
def test_a_kernel_is_named_only_where_it_is_one_that_makers_give(kernel, codes, told):
    analysis = build_analysis()
    study = replace(analysis.study, kernel=kernel, caveats=tuple(caveat(code) for code in codes))
    words = acquisition(replace(analysis, study=study))
    assert f" · {told} · " in words
    assert "JANE" not in words
