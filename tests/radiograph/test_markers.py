"""Letters on films: L and R are read where they stand alone, whatever their font; nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from film_cases import study
from marker_cases import FONTS, OWN, laid, ring, shape

from calcimeter.radiograph.marker import SideMarker, find_markers
from calcimeter.radiograph.settings import MarkerSettings

SETTINGS = MarkerSettings()
ROWS, COLUMNS = 260, 300
CORNER = (255, 45)
SIDES = {"L": "left", "R": "right"}
OTHERS = (
    *"ABCDEFGHIJKMNOPQSTUVWXYZ0123456789bhklr",
    *("AP", "PA", "RL", "LR", "ERECT", "SUPINE", "JS", "RK", "LK", "LT", "RT", "LEFT", "L5", "R1", "R.K.", "(L)", "LL"),
)


def limb(seed: int = 1) -> np.ndarray:
    """A shaft in soft tissue, air beside it, with noise."""
    columns = np.arange(COLUMNS)
    profile = 400 + 1200 * np.clip(1 - ((columns - 130) / 140.0) ** 2, 0, None) + 700 * (np.abs(columns - 130) < 25)
    return np.tile(profile, (ROWS, 1)) + np.random.default_rng(seed).normal(0, 12, (ROWS, COLUMNS))


def read(values: np.ndarray) -> tuple[SideMarker, ...]:
    return find_markers(study(values), SETTINGS)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("letter", ["L", "R"])
@pytest.mark.parametrize("height", [24, 28])
def test_a_letter_that_stands_alone_is_read(font: str, letter: str, height: int) -> None:
    for turn in (-6, 0, 6):
        (found,) = read(laid(limb(), shape(letter, height, font, turn), CORNER, 3900))
        assert (found.side, found.mirrored) == (SIDES[letter], False)
        assert found.center_px == pytest.approx(CORNER, abs=2)


@pytest.mark.parametrize("letter", ["L", "R"])
def test_a_letter_in_a_mirror_is_told_as_such(letter: str) -> None:
    (found,) = read(laid(limb(), shape(letter, 28)[:, ::-1], CORNER, 3900))
    assert (found.side, found.mirrored) == (SIDES[letter], True)


def test_nothing_else_is_read_for_a_side() -> None:
    for text in OTHERS:
        for font in FONTS:
            for turn in (-8, 6):
                film = laid(limb(), shape(text, 20, font, turn), (210 if len(text) > 1 else 255, 45), 3900)
                assert read(film) == (), (text, font, turn)


@pytest.mark.parametrize("letter", ["L", "R", "→", "B"])
def test_a_letter_in_a_ring_is_not_read(letter: str) -> None:
    assert read(laid(limb(), ring(shape(letter, 14, OWN)), CORNER, 3900)) == ()


def test_a_letter_upside_down_or_on_its_side_is_no_side() -> None:
    for letter in "LR":
        for turned in (1, 2, 3):
            found = read(laid(limb(), np.rot90(shape(letter, 28), turned), CORNER, 3900))
            assert not [one for one in found if not one.mirrored], (letter, turned)


def test_a_plate_and_a_bent_wire_are_no_letters() -> None:
    rows, columns = np.indices((48, 34))
    wire = ((columns < 2) | (rows > 45)).astype(float)
    plate = ((columns < 22) | (rows > 24)).astype(float)
    for metal in (wire, plate):
        assert read(laid(limb(), np.pad(metal, 2), CORNER, 3900)) == ()


def test_the_rest_of_a_sign_that_is_cut_off_is_no_letter() -> None:
    """Of a B an R may be left, of an E an L; at the image's border or at a collimator's edge."""
    for sign, cut in (("B", range(4, 16, 2)), ("E", range(-12, 6, 2))):
        film = laid(limb(), shape(sign, 34), (255, 60), 3900)
        for row in (60 + step for step in cut):
            seen = np.indices(film.shape)[0] < row if sign == "B" else np.indices(film.shape)[0] >= row
            assert read(film[:row] if sign == "B" else film[row:]) == (), (sign, row)
            assert find_markers(study(film, exposed=seen), SETTINGS) == (), (sign, row)


def test_a_corner_mark_is_no_letter() -> None:
    rows, columns = np.indices((28, 28))
    for thick in (3, 5):
        mark = ((columns < thick) | (rows >= 28 - thick)).astype(float)
        assert read(laid(limb(), np.pad(mark, 2), CORNER, 3900)) == ()


def test_a_letter_in_the_middle_of_the_image_is_no_marker() -> None:
    assert read(laid(limb(), shape("L", 24), (150, 130), 3900)) == ()


def test_an_image_of_one_level_has_no_letters() -> None:
    assert read(np.zeros((60, 60))) == ()
