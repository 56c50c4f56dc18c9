"""A reader's changes are read as written, and what is not understood is named."""

from __future__ import annotations

import pytest

from calcimeter.errors import UsageError
from calcimeter.load.edits import load_edits
from calcimeter.model.analysis import Edit
from calcimeter.model.lesion import Category


def test_the_three_forms_are_read(tmp_path) -> None:
    path = tmp_path / "edits.yaml"
    path.write_text(
        """
edits:
  - {lesion: 2.25.11, set: {category: vascular, side: left, label: "femoral artery"}, why: beaded}
  - {lesion: "2.25.12", reject: true}
  - merge: [2.25.13, 2.25.14]
    why: one deposit
""",
        encoding="utf-8",
    )

    assert load_edits(path) == (
        Edit(("2.25.11",), "set", Category.VASCULAR, "left", "femoral artery", "beaded"),
        Edit(("2.25.12",), "reject"),
        Edit(("2.25.13", "2.25.14"), "merge", why="one deposit"),
    )


@pytest.mark.parametrize("null", ["null", "~", ""])
def test_a_side_of_null_is_an_answer_and_a_side_left_out_is_none(tmp_path, null) -> None:
    (tmp_path / "edits.yaml").write_text(
        f"edits: [{{lesion: 2.25.1, set: {{side: {null}}}}}, {{lesion: 2.25.2, set: {{label: bursa}}}}]"
    )

    assert load_edits(tmp_path / "edits.yaml") == (
        Edit(("2.25.1",), "set", side_unknown=True),
        Edit(("2.25.2",), "set", label="bursa"),
    )


@pytest.mark.parametrize("text", ["edits: []", "edits:"])
def test_an_empty_list_changes_nothing(tmp_path, text) -> None:
    (tmp_path / "edits.yaml").write_text(text)

    assert load_edits(tmp_path / "edits.yaml") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("edit: []", "'edit' is not known; nearest: edits"),
        ("- 1", "no list 'edits'"),
        ("", "no list 'edits'"),
        ("edits: 3", "'edits' is no list"),
        ("edits: [3]", "edit 1 is no mapping"),
        ("edits: [{", r"not YAML \(line 1\)"),
        (
            "edits: [{lesion: 2.25.1, reject: true}, {lesoin: 2.25.1, reject: true}]",
            "edit 2: 'lesoin' .*nearest: lesion",
        ),
        ("edits: [{lesion: 2.25.1, set: {categroy: joint}}]", "'categroy' is not known; nearest: category"),
        ("edits: [{lesion: 2.25.1, set: {category: vasculer}}]", "'vasculer' is not known; nearest: vascular"),
        ("edits: [{lesion: 2.25.1, set: {category: 17}}]", "'17' is not known; nearest: soft_tissue, joint"),
        ("edits: [{lesion: 2.25.1, set: {side: lft}}]", "'lft' is not known; nearest: left"),
        ("edits: [{lesion: 2.25.1, set: {}}]", "nothing to set"),
        ("edits: [{lesion: 2.25.1, set: {category: null}}]", "category: null is none"),
        ("edits: [{lesion: 2.25.1, set: {label: null}}]", "label: expected text"),
        ("edits: [{lesion: 2.25.1, set: {label: 3}}]", "label: expected text"),
        ("edits: [{lesion: 2.25.1, why: 3, reject: true}]", "why: expected text"),
        ("edits: [{lesion: 2.25.1}]", "none of the three forms"),
        ("edits: [{lesion: 2.25.1, reject: true, set: {side: left}}]", "none of the three forms"),
        ("edits: [{lesion: 2.25.1, reject: false}]", "can only be true"),
        ("edits: [{lesion: 2.25, reject: true}]", "not named by a tracking UID"),
        ("edits: [{lesion: 1, reject: true}]", "not named by a tracking UID"),
        ("edits: [{merge: [2.25.1]}]", "two or more"),
        ("edits: [{merge: [2.25.1, 2.25.1]}]", "names a lesion twice"),
        (
            "edits: [{lesion: 2.25.1, reject: true}, {merge: [2.25.1, 2.25.2]}]",
            "contradict each other on lesion 2.25.1",
        ),
        ("edits: [{merge: [2.25.1, 2.25.3]}, {merge: [2.25.1, 2.25.2]}]", "contradict each other on lesion 2.25.1"),
        (
            "edits: [{lesion: 2.25.1, set: {side: midline}}, {lesion: 2.25.1, set: {side: left}}]",
            "contradict each other on lesion 2.25.1: its side is set to two things",
        ),
        (
            "edits: [{lesion: 2.25.1, set: {side: null}}, {lesion: 2.25.1, set: {side: left, label: a}}]",
            "contradict each other on lesion 2.25.1: its side",
        ),
    ],
)
def test_what_is_not_understood_is_named(tmp_path, text, words) -> None:
    (tmp_path / "edits.yaml").write_text(text)

    with pytest.raises(UsageError, match=words) as refusal:
        load_edits(tmp_path / "edits.yaml")
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_a_wrong_call(tmp_path) -> None:
    with pytest.raises(UsageError, match="check its name"):
        load_edits(tmp_path / "nowhere.yaml")


def test_two_changes_of_one_lesion_that_say_different_things_of_it_hold(tmp_path) -> None:
    (tmp_path / "edits.yaml").write_text(
        "edits: [{lesion: 2.25.1, set: {side: left}}, {lesion: 2.25.1, set: {side: left, category: bone}},"
        " {lesion: 2.25.2, set: {side: right}}]"
    )
    assert [edit.side for edit in load_edits(tmp_path / "edits.yaml")] == ["left", "left", "right"]
