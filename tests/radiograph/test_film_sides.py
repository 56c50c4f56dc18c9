"""Sides: by tags of a paired part, by the midline where view and orientation are told, else not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from marker_cases import laid, shape

from calcimeter.geometry.mirror import mirror_column
from calcimeter.load.radiograph.study import load_radiograph
from calcimeter.model.analysis import Provenance
from calcimeter.model.radiograph import Radiograph, RadiographDeposit
from calcimeter.radiograph.assemble import assemble
from calcimeter.radiograph.brooker import tell_brooker
from calcimeter.radiograph.look import Found
from calcimeter.radiograph.side import tell_sides
from load.film_files import film, save
from report.film_results import ellipse

SHAPE = (200, 240)
MIDLINE = 124.5


def pelvis(*, half: bool = False) -> np.ndarray:
    """Rings and shafts on both sides of a column, or with one side smooth; 12 bits."""
    rows, columns = np.indices(SHAPE)
    image = np.full(SHAPE, 1000.0)
    for sign in (-1, 1):
        if half and sign > 0:
            continue
        middle = MIDLINE + sign * 55
        ring = np.abs(np.hypot(rows - 80, columns - middle) - 22) < 4
        shaft = (np.abs(columns - MIDLINE - sign * 70) < 9) & (rows > 110)
        wing = np.abs(np.hypot(rows - 30, columns - MIDLINE - sign * 35) - 26) < 3
        image += 900 * (ring | shaft | wing)
    return image + np.random.default_rng(3).normal(0, 10, SHAPE)


def study_of(folder: Path, values: np.ndarray, **tags: object) -> Radiograph:
    own = {"BodyPartExamined": "PELVIS"} | tags
    return load_radiograph(save(film(np.rint(values).astype(np.uint16), **own), folder))


def deposits_of(study: Radiograph) -> tuple[RadiographDeposit, ...]:
    """At the image's right, at its left, and over the midline."""
    places = ((200.0, 120.0), (40.0, 120.0), (124.0, 150.0))
    return tuple(ellipse(study, k, place, (9.0, 6.0)) for k, place in enumerate(places, 1))


def sides(study: Radiograph) -> tuple[list[str | None], frozenset[str]]:
    sided, codes = tell_sides(study, deposits_of(study))
    return [one.side for one in sided], codes


def test_the_mirror_line_is_found_to_a_pixel(tmp_path: Path) -> None:
    study = study_of(tmp_path, pelvis())
    column, likeness = mirror_column(study.values, study.usable)
    assert column == pytest.approx(MIDLINE, abs=1)
    assert likeness > 0.9
    one_sided = study_of(tmp_path, pelvis(half=True))
    assert mirror_column(one_sided.values, one_sided.usable)[1] < 0.45


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, ["left", "right", "midline"]),
        ({"ViewPosition": "PA", "PatientOrientation": ["R", "F"]}, ["right", "left", "midline"]),
        ({"PatientOrientation": None}, [None, None, None]),
        ({"ViewPosition": None}, [None, None, None]),
        ({"ViewPosition": "LL", "PatientOrientation": ["A", "F"]}, [None, None, None]),
        ({"SeriesDescription": "lateral"}, [None, None, None]),
        # A pelvis has no side of its own: the tag is that of a request.
        ({"ImageLaterality": "R"}, ["left", "right", "midline"]),
    ],
)
def test_sides_of_a_pelvis_follow_view_and_orientation(
    tmp_path: Path, tags: dict[str, object], expected: list[str | None]
) -> None:
    found, codes = sides(study_of(tmp_path, pelvis(), **tags))
    assert found == expected
    assert ("RADIOGRAPH_SIDE_UNKNOWN" in codes) == (None in expected)


def marked(letter: str, column: int, *, mirrored: bool = False, half: bool = False) -> np.ndarray:
    """The pelvis with a lead letter in an upper corner."""
    glyph = shape(letter, 14)
    return laid(pelvis(half=half), glyph[:, ::-1] if mirrored else glyph, (column, 16), 3900)


@pytest.mark.parametrize(
    ("letter", "column", "expected"),
    [("L", 226, ["left", "right"]), ("R", 226, ["right", "left"]), ("L", 13, ["right", "left"])],
)
def test_a_letter_beside_the_midline_tells_which_side_is_which(
    tmp_path: Path, letter: str, column: int, expected: list[str]
) -> None:
    found, codes = sides(study_of(tmp_path, marked(letter, column), PatientOrientation=None))
    assert found == [*expected, "midline"]
    assert "SIDE_BY_MARKER" in codes


def test_where_tags_contradict_each_other_on_the_view_a_letter_tells_nothing(tmp_path: Path) -> None:
    study = study_of(tmp_path, marked("L", 226), PatientOrientation=["A", "F"])
    assert sides(study)[0] == [None] * 3


def test_a_letter_against_the_orientation_tag_gives_no_side(tmp_path: Path) -> None:
    found, codes = sides(study_of(tmp_path, marked("R", 226)))
    assert found == [None] * 3
    assert "RADIOGRAPH_SIDES_CONTRADICT" in codes


@pytest.mark.parametrize("tags", [{}, {"PatientOrientation": None}])
def test_a_letter_in_a_mirror_gives_no_side_by_place(tmp_path: Path, tags: dict[str, object]) -> None:
    found, codes = sides(study_of(tmp_path, marked("R", 13, mirrored=True), **tags))
    assert found == [None] * 3
    assert {"MARKER_MIRRORED", "RADIOGRAPH_SIDE_UNKNOWN"} <= codes


def test_a_letter_against_the_tag_of_one_side_gives_no_side(tmp_path: Path) -> None:
    tags = {"BodyPartExamined": "HIP", "ImageLaterality": "L"}
    found, codes = sides(study_of(tmp_path, marked("R", 226, half=True), **tags))
    assert found == [None] * 3
    assert "RADIOGRAPH_SIDES_CONTRADICT" in codes
    assert sides(study_of(tmp_path, marked("L", 226, half=True), **tags))[0] == ["left"] * 3


def test_a_letter_on_an_image_of_one_hip_without_a_tag_gives_no_side(tmp_path: Path) -> None:
    """It may stand on either side of the hip, and the midline may be in view."""
    study = study_of(tmp_path, marked("L", 226, half=True), BodyPartExamined="HIP")
    assert sides(study)[0] == [None] * 3


def test_on_an_image_of_limbs_a_letter_names_what_lies_on_its_side(tmp_path: Path) -> None:
    """One knee or both: what lies beside the letter is the one that it names; below it the other may lie."""
    study = study_of(tmp_path, marked("L", 226), BodyPartExamined="KNEE", PatientOrientation=None, ViewPosition=None)
    beside = (ellipse(study, 1, (200.0, 70.0), (9.0, 6.0)), ellipse(study, 2, (40.0, 70.0), (9.0, 6.0)))
    assert [one.side for one in tell_sides(study, beside)[0]] == ["left", None]
    assert sides(study)[0] == [None] * 3
    lateral = study_of(tmp_path, marked("L", 226), BodyPartExamined="KNEE", ViewPosition="LL", PatientOrientation=None)
    assert sides(lateral)[0] == [None] * 3


def test_a_description_or_a_letter_of_the_other_side_casts_doubt_on_a_letter(tmp_path: Path) -> None:
    shaft = 1000 + 900.0 * (np.abs(np.indices(SHAPE)[1] - 100) < 15) + np.random.default_rng(3).normal(0, 10, SHAPE)
    plain = laid(shaft, shape("L", 14), (226, 16), 3900)
    both = laid(plain, shape("R", 14), (150, 16), 3900)
    for values, said, side in ((plain, "left", "left"), (plain, "Knie rechts", None), (both, "", None)):
        tags = {"BodyPartExamined": "KNEE", "PatientOrientation": None, "SeriesDescription": said}
        study = study_of(tmp_path, values, **tags)
        (sided,), _ = tell_sides(study, (ellipse(study, 1, (200.0, 70.0), (9.0, 6.0)),))
        assert sided.side == side, said


@pytest.mark.parametrize("tags", [{"PatientOrientation": None}, {}])
def test_a_letter_against_an_image_off_the_middle_tells_nothing_but_contradicts(
    tmp_path: Path, tags: dict[str, object]
) -> None:
    """An image of one hip with the midline in view: its letter may stand beyond the midline."""
    film_off = laid(pelvis()[:, 55:], shape("L", 14), (30, 185), 3900)
    study = study_of(tmp_path, film_off, BodyPartExamined="HIP", **tags)
    (sided,), codes = tell_sides(study, (ellipse(study, 1, (150.0, 120.0), (9.0, 6.0)),))
    assert sided.side is None
    assert ("RADIOGRAPH_SIDES_CONTRADICT" in codes) == (not tags)


def test_a_row_and_a_column_that_go_the_same_way_tell_nothing(tmp_path: Path) -> None:
    assert sides(study_of(tmp_path, pelvis(), PatientOrientation=["L", "R"]))[0] == [None] * 3


@pytest.mark.parametrize("part", ["HANDS", "BOTH KNEES", "KNEE"])
def test_a_tag_of_one_side_does_not_hold_for_an_image_of_both_limbs(tmp_path: Path, part: str) -> None:
    study = study_of(tmp_path, pelvis(half=True), BodyPartExamined=part, ImageLaterality="L", ProtocolName="bilateral")
    assert sides(study)[0] == [None] * 3


def test_where_the_body_part_is_not_known_a_letter_names_its_own_half_alone(tmp_path: Path) -> None:
    tags = dict.fromkeys(("BodyPartExamined", "ViewPosition", "PatientOrientation"))
    assert sides(study_of(tmp_path, marked("R", 13), **tags))[0] == [None, "right", None]


def test_a_pelvis_called_frontal_whose_halves_differ_is_marked(tmp_path: Path) -> None:
    assert "FRONTAL_NOT_SEEN" in sides(study_of(tmp_path, pelvis(half=True)))[1]
    assert "FRONTAL_NOT_SEEN" not in sides(study_of(tmp_path, pelvis()))[1]


def test_turning_the_image_over_turns_no_side(tmp_path: Path) -> None:
    study = study_of(tmp_path, pelvis()[:, ::-1], PatientOrientation=["R", "F"])
    assert sides(study)[0][:2] == ["right", "left"]


def test_without_a_midline_in_view_orientation_alone_tells_no_side(tmp_path: Path) -> None:
    assert sides(study_of(tmp_path, pelvis(half=True)))[0] == [None, None, None]


def test_a_tag_of_one_side_on_an_image_of_both_hips_is_not_believed(tmp_path: Path) -> None:
    found, codes = sides(study_of(tmp_path, pelvis(), BodyPartExamined="HIP", ImageLaterality="L"))
    assert found == [None, None, None]
    assert "RADIOGRAPH_SIDES_CONTRADICT" in codes


def test_a_tag_of_one_side_holds_for_an_image_of_one_hip(tmp_path: Path) -> None:
    study = study_of(tmp_path, pelvis(half=True), BodyPartExamined="HIP", ImageLaterality="L")
    assert sides(study)[0] == ["left", "left", "left"]


def test_two_tags_that_contradict_each_other_give_no_side(tmp_path: Path) -> None:
    study = study_of(tmp_path, pelvis(half=True), BodyPartExamined="HIP", ImageLaterality="L", Laterality="R")
    assert sides(study)[0] == [None, None, None]


def test_brookers_class_is_told_of_islands_alone(tmp_path: Path) -> None:
    study = study_of(tmp_path, pelvis())
    islands = deposits_of(study)
    assert tell_brooker(study, islands, searched=True).grade == 1
    assert tell_brooker(study, islands, searched=False).grade is None
    assert tell_brooker(study, (), searched=True).grade is None
    spur = replace(islands[0], caveats=("DEPOSIT_OVER_BONE",))
    answer = tell_brooker(study, (spur,), searched=True)
    assert answer.grade is None
    assert "deposit 1 on or over bone" in answer.because
    knee = study_of(tmp_path, pelvis(), BodyPartExamined="KNEE")
    assert tell_brooker(knee, islands, searched=True).grade is None


@pytest.mark.parametrize(("apart_px", "grade"), [(100, "II "), (30, "III"), (58, "II or III")])
def test_of_two_deposits_on_bone_the_gap_is_told_and_no_class(tmp_path: Path, apart_px: int, grade: str) -> None:
    """0.2 mm a pixel at the detector: in the patient a length is up to 35 % less, 1 % more."""
    study = study_of(tmp_path, pelvis())
    two = (ellipse(study, 1, (60.0, 120.0), (9.0, 6.0)), ellipse(study, 2, (78.0 + apart_px, 120.0), (9.0, 6.0)))
    answer = tell_brooker(study, tuple(replace(one, caveats=("DEPOSIT_OVER_BONE",)) for one in two), searched=True)
    assert answer.grade is None
    assert f"class {grade}" in answer.because


def test_a_knee_that_is_its_own_mirror_image_has_no_midline(tmp_path: Path) -> None:
    """Where the body part is not known the image may be of a limb, whose axis is no midline."""
    assert sides(study_of(tmp_path, pelvis(), BodyPartExamined=None))[0] == [None, None, None]


def test_a_round_deposit_is_no_midline(tmp_path: Path) -> None:
    rows, columns = np.indices(SHAPE)
    alone = 1000 + 800 * np.sqrt(np.clip(1 - np.hypot(rows - 100, columns - 130) ** 2 / 900, 0, None))
    study = study_of(tmp_path, alone + np.random.default_rng(3).normal(0, 10, SHAPE), BodyPartExamined="HIP")
    (sided,), _ = tell_sides(study, (ellipse(study, 1, (130.0, 100.0), (30.0, 30.0)),))
    assert sided.side is None


def test_a_description_that_names_the_other_side_casts_doubt_on_a_tag(tmp_path: Path) -> None:
    tags = {"BodyPartExamined": "HIP", "ImageLaterality": "R"}
    one_side = (("HIP_LEFT AP", None), ("Hueft rechts", "right"), ("left or right", "right"))
    for said, side in (*one_side, ("both, left and right", None)):
        study = study_of(tmp_path, pelvis(half=True), SeriesDescription=said, **tags)
        assert sides(study)[0] == [side] * 3, said
        assert (said == "HIP_LEFT AP") == any(one.code == "RADIOGRAPH_SIDES_CONTRADICT" for one in study.caveats)
    assert (
        sides(study_of(tmp_path, pelvis(half=True), SeriesDescription="left", BodyPartExamined="HIP"))[0] == [None] * 3
    )


def test_what_speaks_against_a_deposit_is_a_caveat_of_the_whole_radiograph(tmp_path: Path) -> None:
    study = study_of(tmp_path, pelvis())
    unsure = replace(deposits_of(study)[0], caveats=("OUTLINE_UNSURE",))
    found = Found((unsure,), (), 100, frozenset())

    analysis = assemble(study, found, Provenance("0", {}, study.input_sha256), brooker=False)

    assert "OUTLINE_UNSURE" in {one.code for one in analysis.caveats}
