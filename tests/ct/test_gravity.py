"""Which way is down: the position in the header, and the table under the patient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import study_of, volume_of

from calcimeter.ct.gravity import tell_gravity
from calcimeter.ct.settings import GravitySettings
from calcimeter.model.anatomy import Mask

SHAPE, SPACING = (40, 80, 80), (3.0, 4.0, 4.0)


def lying(table=None, position=None, boards=()):
    """A patient 200 mm thick, on a table that lies on a side (axis, after or before the patient)."""
    values = np.full(SHAPE, -1000)
    values[:, 15:65, 15:65] = 40
    body = values > 0
    for axis, after in ((table,) if table else ()) + tuple(boards):
        where = [slice(None), slice(10, 70), slice(10, 70)]
        where[axis] = slice(68, 70) if after else slice(10, 12)
        values[tuple(where)] = -100
    study = replace(study_of(volume_of(values, SPACING)), position=position)
    return tell_gravity(study, Mask.from_bool(body), GravitySettings())


@pytest.mark.parametrize(
    ("position", "down"),
    [
        ("HFS", (0, 1, 0)),
        ("FFS", (0, 1, 0)),
        ("HFP", (0, -1, 0)),
        ("FFP", (0, -1, 0)),
        ("HFDL", (1, 0, 0)),
        ("FFDL", (1, 0, 0)),
        ("HFDR", (-1, 0, 0)),
        ("FFDR", (-1, 0, 0)),
    ],
)
def test_the_position_tells_down_in_the_patient(position, down):
    """Head first or feet first changes nothing: the grid is the patient's own."""
    assert lying(position=position).direction_lps == down


@pytest.mark.parametrize(
    ("table", "down"),
    [((1, True), (0, 1, 0)), ((1, False), (0, -1, 0)), ((2, True), (1, 0, 0)), ((2, False), (-1, 0, 0))],
)
def test_a_table_tells_down_without_a_position(table, down):
    told = lying(table)

    assert told.direction_lps == down
    assert "position not known" in told.because


def test_a_table_agrees_with_the_position():
    assert lying((1, True), "HFS").because.endswith("on that side")


def test_a_table_on_another_side_than_the_position_says_leaves_gravity_open():
    told = lying((1, False), "HFS")

    assert told.direction_lps is None
    assert "posterior" in told.because
    assert "anterior" in told.because


def test_boards_on_two_sides_tell_nothing():
    assert lying((1, True), None, [(1, False)]).direction_lps is None


def test_without_position_and_table_gravity_is_not_known():
    assert lying().direction_lps is None
