"""Small windows over a box, against scipy's, which go line by line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

from calcimeter.geometry.window import FWHM_OF_SIGMA, gaussian, highest, lowest, mean_in, rectangle, tiles_of

SIGMA, TRUNCATE = (1.3, 0.6, 2.0), 3.0


def noise(shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def winding(shape=(70, 80, 90)):
    """A tube along the diagonal: little of its box."""
    mask = np.zeros(shape, dtype=bool)
    for k in range(4, shape[0] - 4):
        mask[k, k : k + 7, k + 3 : k + 9] = True
    return mask


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 9)] * 3),
    reach=st.tuples(*[st.integers(0, 5)] * 3),
    seed=st.integers(0, 99),
)
def test_highest_and_lowest_are_those_of_the_window_around_each_voxel(shape, reach, seed):
    values = noise(shape, seed)
    size = [2 * steps + 1 for steps in reach]

    assert (highest(values, reach) == maximum_filter(values, size, mode="nearest")).all()
    assert (lowest(values, reach) == minimum_filter(values, size, mode="nearest")).all()


def test_means_under_a_gaussian_are_scipys():
    values = noise((3, 12, 9, 14))

    own = gaussian(values, SIGMA[1:], TRUNCATE, "nearest")

    assert (own == gaussian_filter(values, SIGMA[1:], truncate=TRUNCATE, mode="nearest", axes=(2, 3))).all()
    assert (gaussian(values[0], SIGMA, TRUNCATE) == gaussian_filter(values[0], SIGMA, truncate=TRUNCATE)).all()


def test_the_mean_in_a_tile_is_that_of_the_whole_box():
    values = noise((20, 24, 18))
    whole = gaussian_filter(values, SIGMA, truncate=TRUNCATE)

    for tile in ((slice(0, 20), slice(0, 24), slice(0, 18)), (slice(3, 9), slice(0, 5), slice(17, 18))):
        assert mean_in(values, tile, SIGMA, TRUNCATE) == pytest.approx(whole[tile], abs=1e-6)


def test_tiles_hold_all_of_a_mask_once_and_little_beside_it():
    mask = winding()

    count = np.zeros(mask.shape, dtype=int)
    for tile in tiles_of(mask):
        count[tile] += 1

    assert count.max() == 1
    assert (count[mask] == 1).all()
    assert count.sum() < mask.size / 10


def test_an_empty_mask_has_no_tiles():
    assert tiles_of(np.zeros((12, 5, 5), dtype=bool)) == ()


def test_a_small_box_is_one_tile():
    mask = np.zeros((12, 9, 9), dtype=bool)
    mask[2, 3:5, 4] = mask[9, 7, 1] = True

    assert tiles_of(mask) == ((slice(0, 12), slice(3, 8), slice(1, 5)),)


def test_a_gaussian_is_at_half_maximum_half_a_width_from_its_middle():
    assert np.exp(-0.5 * (FWHM_OF_SIGMA / 2) ** 2) == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize(
    ("width", "parts", "weights"),
    [
        (3.0, 1, [1 / 3, 1 / 3, 1 / 3]),
        (2.0, 1, [0.25, 0.5, 0.25]),
        (2.0, 2, [0.5, 0.5]),
        (3.0, 2, [1 / 6, 1 / 3, 1 / 3, 1 / 6]),
        (1.0, 3, [0.0, 1.0, 0.0]),
        (0.5, 1, [1.0]),
    ],
)
def test_a_rectangle_weighs_each_step_by_what_it_covers_of_it(width, parts, weights):
    assert rectangle(width, parts) == pytest.approx(weights)
