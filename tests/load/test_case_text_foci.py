"""Reading case reports: foci of tracer that are said to be there, and those that are not."""

from __future__ import annotations

import pytest

from calcimeter.load.case_text import read_case_text, read_with_reasons

SCAN = "Sestamibi scintigraphy "


def _foci(text: str) -> list[tuple[str | None, str | None]]:
    return [(focus.side, focus.pole) for focus in read_case_text(text).foci]


@pytest.mark.parametrize(
    "text",
    [
        SCAN + "showed no focus of uptake at the right lower pole of the thyroid.",
        SCAN + "was negative for a focus at the lower pole of the right thyroid lobe.",
        SCAN + "failed to show a parathyroid adenoma at the lower pole of the right thyroid lobe.",
        SCAN + "did not show a focus of uptake at the lower pole of the right thyroid lobe.",
        SCAN + "was unable to localise a focus of uptake at the right lower pole of the thyroid.",
        SCAN + "revealed absence of a focus at the right lower pole of the thyroid.",
        SCAN + "showed a possible focus of uptake at the left upper pole of the thyroid.",
        SCAN + "raised suspicion of a focus of uptake at the left upper pole of the thyroid.",
        "A focus of sestamibi uptake at the lower pole of the right thyroid lobe was not seen.",
    ],
)
def test_a_focus_that_is_denied_or_only_possible_is_none_and_the_finding_stays_open(text: str) -> None:
    reading = read_with_reasons(text)

    assert reading.case.foci == ()
    assert "parathyroid_focus" not in reading.case.findings
    assert [one.what for one in reading.left_out] == ["findings.parathyroid_focus"]


@pytest.mark.parametrize(
    "text",
    [
        "Neither the upper nor the lower pole of the thyroid showed a focus of sestamibi uptake.",
        SCAN + "showed no focus in the thyroid.",
    ],
)
def test_a_denial_of_every_place_denies_the_finding(text: str) -> None:
    case = read_case_text(text)

    assert case.foci == ()
    assert case.findings["parathyroid_focus"] is False


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("showed no focus of uptake in the right lower pole of the thyroid, but one in the left upper pole.", "upper"),
        (
            "showed no focus at the right lower pole and a focus of uptake at the left upper pole of the thyroid.",
            "upper",
        ),
        ("showed a focus of uptake at the left lower pole of the thyroid but none at the right upper pole.", "lower"),
        ("showed a focus at the left lower pole of the thyroid, without uptake at the right upper pole.", "lower"),
        ("showed a focus at the left lower pole of the thyroid and no focus on the right upper pole.", "lower"),
        ("showed a focus at the left lower pole of the thyroid; none was seen on the right upper pole.", "lower"),
        ("showed a focus at the left lower pole of the thyroid; the right upper pole was normal.", "lower"),
        ("showed a focus of uptake not at the right but at the left lower pole of the thyroid.", "lower"),
    ],
)
def test_of_two_poles_the_one_that_is_denied_has_no_focus(text: str, where: str) -> None:
    case = read_case_text(SCAN + text)

    assert [(focus.side, focus.pole) for focus in case.foci] == [("left", where)]
    assert case.findings["parathyroid_focus"] is True


def test_two_poles_that_are_not_denied_have_a_focus_each() -> None:
    text = SCAN + "showed foci of uptake at the right upper pole and the left lower pole of the thyroid."

    assert _foci(text) == [("right", "upper"), ("left", "lower")]


def test_a_bone_scan_that_failed_to_show_uptake_showed_none() -> None:
    assert read_case_text("Bone scintigraphy failed to show any uptake.").findings == {"bone_tracer_uptake": False}


def test_neither_denies_what_its_verb_shows() -> None:
    assert read_case_text("Neither radiographs nor CT showed calcification.").findings == {"mineralized": False}
