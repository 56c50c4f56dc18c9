"""The border along pixel edges holds exactly the pixels of the largest piece."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import binary_fill_holes, label

from calcimeter.geometry.level_line import signed_area
from calcimeter.geometry.pixel_border import pixel_border

MASKS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))).filter(lambda mask: bool(mask.any()))


def largest(mask):
    pieces, _ = label(mask)
    # A hole that reaches the outside over a corner is none.
    return binary_fill_holes(pieces == 1 + np.bincount(pieces.ravel())[1:].argmax(), np.ones((3, 3)))


def inside(line, shape):
    """Whether pixel centers lie inside, by counting the upright edges to their left."""
    held = np.zeros(shape, dtype=bool)
    for (row, column), (next_row, next_column) in pairwise(line):
        if column == next_column:
            low, high = sorted((row, next_row))
            held[int(low + 0.5) : int(high + 0.5), max(int(column + 0.5), 0) :] ^= True
    return held


@given(MASKS)
def test_it_holds_the_pixels_of_the_largest_piece_and_its_holes(mask):
    line = pixel_border(mask)
    piece = largest(mask)
    np.testing.assert_array_equal(inside(line, mask.shape), piece)
    assert abs(signed_area(line)) == piece.sum()


@given(MASKS)
def test_it_is_closed_and_turns_at_every_corner(mask):
    line = pixel_border(mask)
    np.testing.assert_array_equal(line[0], line[-1])
    steps = np.diff(line, axis=0)
    upright = steps[:, 1] == 0
    assert ((steps != 0).sum(axis=1) == 1).all()
    assert (upright[1:] != upright[:-1]).all()
    assert len(np.unique(np.column_stack([line[:-1], steps]), axis=0)) == len(steps)  # no edge is walked twice


def test_one_pixel_is_a_square_about_its_center():
    line = pixel_border(np.array([[False, True]]))
    assert sorted(map(tuple, line[:-1])) == [(-0.5, 0.5), (-0.5, 1.5), (0.5, 0.5), (0.5, 1.5)]


def test_an_empty_mask_has_none():
    with pytest.raises(ValueError, match="without a pixel"):
        pixel_border(np.zeros((3, 3), dtype=bool))
