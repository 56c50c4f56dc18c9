"""Collimator, shutter, empty margins and letters are left out of what is looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from film_files import film, picture, save

from calcimeter.load.radiograph.study import load_radiograph
from calcimeter.model.radiograph import Radiograph

SHAPE = (400, 500)


def tissue(seed: int = 1) -> np.ndarray:
    """A leg of even noise with a shaft of bone; 12 bits."""
    columns = np.arange(SHAPE[1])
    profile = 900 + 1000 * np.clip(1 - ((columns - 250) / 240.0) ** 2, 0, None)
    profile[215:285] += 700
    noise = np.random.default_rng(seed).normal(0, 12, SHAPE)
    return np.rint(profile + noise)


def loaded(values: np.ndarray, folder: Path, **tags: object) -> Radiograph:
    return load_radiograph(save(film(values.astype(np.uint16), **tags), folder))


def test_an_image_without_border_is_exposed_all_over(tmp_path: Path) -> None:
    study = loaded(tissue(), tmp_path)
    assert study.exposed.all()
    assert not study.marked.any()


@pytest.mark.parametrize("outside", [3200.0, 4000.0])
def test_a_collimators_edge_is_found_to_a_few_pixels(tmp_path: Path, outside: float) -> None:
    values = tissue()
    covered = np.ones(SHAPE, np.bool_)
    covered[50:360, 60:430] = False
    values[covered] = outside + np.random.default_rng(2).normal(0, 12, covered.sum())

    study = loaded(values, tmp_path)
    assert not study.exposed[:50].any()
    assert not study.exposed[:, :60].any()
    assert study.exposed[52:358, 62:428].all()


def test_a_collimators_blurred_edge_is_left_out_and_what_lies_behind_it_is_not(tmp_path: Path) -> None:
    from scipy.ndimage import gaussian_filter1d

    open_part = np.zeros(SHAPE[1])
    open_part[60:430] = 1
    share = gaussian_filter1d(open_part, 1.5)[None, :]
    study = loaded(np.rint(tissue() * share + 3600 * (1 - share)), tmp_path)
    assert not study.exposed[:, :61].any()
    assert not study.exposed[:, 429:].any()
    assert study.exposed[:, 66:424].all()


def test_a_shaft_of_bone_along_the_side_is_no_collimator(tmp_path: Path) -> None:
    values = tissue()
    values[:, 215:285] -= 700
    values[:, 90:140] += 1200

    assert loaded(values, tmp_path).exposed.all()


def test_declared_edges_of_collimator_and_shutter_hold(tmp_path: Path) -> None:
    edges = {"LeftVerticalEdge": 41, "RightVerticalEdge": 440, "UpperHorizontalEdge": 31, "LowerHorizontalEdge": 380}
    tags = {f"Collimator{name}": value for name, value in edges.items()}
    study = loaded(tissue(), tmp_path, CollimatorShape="RECTANGULAR", **tags)
    rows, columns = np.flatnonzero(study.exposed.any(axis=1)), np.flatnonzero(study.exposed.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (30, 379, 40, 439)

    round_one = {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [200, 250], "RadiusOfCircularShutter": 150}
    study = loaded(tissue(), tmp_path, **round_one)
    assert study.exposed.sum() == pytest.approx(np.pi * 150**2, rel=0.01)
    # A header whose edges leave nothing is not believed.
    assert loaded(tissue(), tmp_path, **round_one | {"RadiusOfCircularShutter": 1}).exposed.all()


def test_empty_margins_and_the_gap_of_a_stitched_image_are_left_out(tmp_path: Path) -> None:
    values = tissue()
    values[:20], values[200:206] = 0, 4095

    study = loaded(values, tmp_path)
    assert not study.exposed[:20].any()
    assert not study.exposed[200:206].any()
    assert study.exposed[21:199].all()


def test_letters_are_marked_and_a_deposit_is_not(tmp_path: Path) -> None:
    from scipy.ndimage import gaussian_filter

    values = tissue()
    letter = np.zeros(SHAPE)
    letter[30:70, 400:406] = letter[64:70, 400:425] = 1
    rows, columns = np.indices(SHAPE)
    deposit = np.hypot(rows - 250, columns - 120) < 14
    values += 1800 * gaussian_filter(letter, 0.5) + 900 * gaussian_filter(deposit.astype(float), 1.5)

    study = loaded(values, tmp_path)
    assert study.marked[letter > 0].all()
    assert not study.marked[deposit].any()
    assert study.marked.sum() < 6 * letter.sum()
    assert "BURNED_IN_TEXT" in {one.code for one in study.caveats}


def test_what_the_picture_cuts_off_is_said(tmp_path: Path) -> None:
    values = np.clip((tissue() - 900) / 5, 0, 255).astype(np.uint8)

    study = load_radiograph(picture(tmp_path / "film.png", values))
    assert study.saturated.any()
    assert "IMAGE_SATURATED" in {one.code for one in study.caveats}
