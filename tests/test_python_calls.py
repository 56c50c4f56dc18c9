"""Wrong calls from Python: each is told what was met and what was expected, before anything is measured."""

from __future__ import annotations

import numpy as np
import pytest

import calcimeter
from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy, UsageError

AFFINE = np.diag([1.0, 1.0, 2.0, 1.0])


def leg(scale=1.0, dtype=np.int16):
    """Soft tissue in air, with noise, and with voxels enough for shares to tell."""
    there = np.hypot(*(np.indices((80, 80)) - 40)) < 30
    noise = np.random.default_rng(0).normal(0, 10, (80, 80, 20))
    return ((np.where(there, 50, -1000)[..., None] + noise) * scale).astype(dtype)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "met NoneType as input, expected a path"),
        (b"scan", "met bytes as input, expected a path"),
        ([leg(), AFFINE], "met list as input, expected a path"),
        ((leg(), AFFINE, 1), "met a tuple of 3, expected two"),
        ("", "met an empty path .the input., expected that of a file or folder"),
    ],
)
def test_what_is_no_input_is_a_wrong_call(source, words):
    with pytest.raises(UsageError, match=words):
        calcimeter.analyze(source)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kvp": "120"}, "met a tube voltage that is no number .str., expected kV"),
        ({"kvp": True}, "met a tube voltage that is no number .bool., expected kV"),
        ({"kvp": float("nan")}, "met a tube voltage of nan kV"),
        ({"lesions": ""}, "met an empty path .lesions."),
        ({"previous": ""}, "met an empty path .previous."),
    ],
)
def test_an_option_that_can_not_be_is_a_wrong_call(options, words):
    with pytest.raises(UsageError, match=words):
        calcimeter.analyze((leg(), AFFINE), **options)


@pytest.mark.parametrize(
    ("affine", "words"),
    [
        (AFFINE + np.outer((0, 0, 0, 1), (1, 0, 0, 0)), "the last row 1, 0, 0, 1, expected 0, 0, 0, 1"),
        (AFFINE[:3], "4 x 4"),
        (None, "4 x 4"),
        (AFFINE * np.nan, "must be 4 x 4 and finite"),
        ("affine", "no matrix of numbers, expected 4 x 4"),
    ],
)
def test_an_affine_that_is_none_is_refused(affine, words):
    with pytest.raises(GeometryError, match=words):
        calcimeter.analyze((leg(), affine))


def test_masked_values_are_refused_and_not_measured_as_what_lies_under_the_mask():
    with pytest.raises(UnreadableInput, match="met an array with masked values"):
        calcimeter.analyze((np.ma.masked_less(leg(), -900), AFFINE))


def test_an_array_whose_scale_was_lost_is_refused_like_a_file():
    with pytest.raises(UnsupportedStudy, match="do not look like HU"):
        calcimeter.analyze((leg(1 / 16, np.int8), AFFINE))
    with pytest.raises(UnsupportedStudy, match="no value below 0"):
        calcimeter.analyze((leg() + 1200, AFFINE))
