"""What judges an outline on a radiograph: its area and its overlap with the deposit's shadow."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from calcimeter.model.radiograph import PlanarRegion
from calcimeter.phantom.parts import filled
from calcimeter.phantom.radiograph import Exposure, Projection
from calcimeter.phantom.scene import Deposit
from calcimeter.phantom.solids import sphere
from films import Film, shadow_of
from radiograph import Case, dice

SHAPE = (90, 120)
BEHIND = Exposure(Projection((0.0, -900.0, 0.0), 100.0, (0.0, 0.0), SHAPE, 0.5))


def disk(column=60.0, row=45.0, radius=20.0):
    rows, columns = np.indices(SHAPE)
    return (columns - column) ** 2 + (rows - row) ** 2 <= radius**2


def case_of(shadow):
    truth = {"area_px": float(shadow.sum())}
    return Case("over bone", Film(SimpleNamespace(truth={"deposits": [truth]}), shadow), None, None, None)


def outlined(inside):
    return SimpleNamespace(
        area_px=SimpleNamespace(value=float(inside.sum())), region=PlanarRegion((0, 0), np.ascontiguousarray(inside))
    )


def test_the_overlap_of_regions_is_what_they_share_of_their_mean():
    assert dice(disk(), disk()) == 1
    assert dice(disk(20), disk(100)) == 0
    left = np.indices(SHAPE)[1] < 60
    assert dice(disk(column=59.5), disk(column=59.5) & left) == pytest.approx(2 / 3, abs=1e-3)


def test_two_empty_regions_are_the_same():
    assert dice(np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)) == 1


def test_an_outline_of_the_right_area_that_lies_beside_the_deposit_is_wrong():
    case, beside = case_of(disk()), outlined(disk(column=66))
    assert beside.area_px.value == case.truth["area_px"]
    assert case.overlap(beside) < 0.9
    assert not case.right(beside)


def test_an_outline_in_its_place_is_wrong_where_its_area_is_off_by_more_than_8_percent():
    case, off = case_of(disk()), outlined(disk(radius=20 * 1.1**0.5))
    assert case.overlap(off) > 0.9
    assert not case.right(off)
    assert case.right(outlined(disk(radius=20 * 1.05**0.5)))


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_shadow_lies_where_the_image_shows_it(mirrored):
    deposit = Deposit("ball", "ball", filled(sphere((8.0, 0.0, 5.0), 6.0), 600.0), "homogeneous")
    shadow = shadow_of(deposit, replace(BEHIND, mirrored=mirrored))
    rows, columns = np.nonzero(shadow)
    magnification = 1000 / 900
    column = 59.5 + 8 * magnification / 0.5
    assert columns.mean() == pytest.approx(119 - column if mirrored else column, abs=0.5)
    assert rows.mean() == pytest.approx(44.5 - 5 * magnification / 0.5, abs=0.5)
    assert shadow.sum() == pytest.approx(np.pi * (6 * magnification / 0.5) ** 2, rel=0.02)
