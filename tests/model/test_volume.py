"""Volumes, regions and fractions: what they hold, what they refuse, and that they can't be written through."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.model.grid import Grid, Layout
from calcimeter.model.volume import Fractions, Region, Volume

GRID = Grid((6, 7, 8), np.diag([1.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])


def volume_of(values):
    return Volume(values, Layout.of(GRID), GRID)


@st.composite
def regions(draw):
    shape = tuple(draw(st.integers(1, 4)) for _ in range(3))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = random.random(shape) < 0.4
    mask[tuple(random.integers(0, n) for n in shape)] = True
    start = tuple(draw(st.integers(0, m - n)) for m, n in zip((6, 7, 8), shape, strict=True))
    return Region.trimmed(start, mask)


def whole(region):
    """The region as a volume of the grid's shape."""
    values = np.zeros(GRID.shape, dtype=bool)
    values[region.slices] = region.mask
    return values


def test_a_volume_that_does_not_fit_its_grid_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        volume_of(np.zeros((6, 8, 7), dtype=np.int16))


def test_no_array_of_a_record_can_be_written_through():
    volume = volume_of(np.zeros(GRID.shape, dtype=np.int16))
    region = Region((0, 0, 0), np.ones((1, 1, 1), dtype=bool))
    fractions = Fractions((0, 0, 0), np.ones((1, 1, 1), dtype=np.float32))
    for array in (volume.values, region.mask, fractions.values):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0, 0] = 0


@pytest.mark.parametrize("mask", [np.zeros((2, 3, 4), dtype=bool), np.ones((2, 3), dtype=bool)])
def test_a_region_without_a_voxel_or_an_axis_is_refused(mask):
    with pytest.raises(ValueError, match="at least one voxel"):
        Region((0, 0, 0), mask)


@given(regions())
def test_a_region_made_of_its_own_indices_is_the_same(region):
    again = Region.from_indices(region.indices())

    assert again.start == region.start
    assert np.array_equal(again.mask, region.mask)
    assert np.array_equal(np.argwhere(whole(region)), region.indices())
    assert region.voxels == len(region.indices())
    assert region.centroid() == pytest.approx(region.indices().mean(axis=0))


@given(regions())
def test_the_box_of_a_region_ends_behind_its_last_voxel(region):
    assert region.start == tuple(region.indices().min(axis=0))
    assert region.stop == tuple(region.indices().max(axis=0) + 1)
    assert [(s.start, s.stop) for s in region.slices] == list(zip(region.start, region.stop, strict=True))


@given(regions())
def test_the_values_of_a_region_are_those_of_its_voxels(region):
    values = np.arange(6 * 7 * 8, dtype=np.int16).reshape(6, 7, 8)

    assert region.values(volume_of(values)).tolist() == values[whole(region)].tolist()


@given(regions(), st.tuples(*[st.integers(0, 9)] * 3))
def test_a_padded_region_holds_the_same_voxels_in_a_larger_box_within_the_volume(region, margin):
    padded = region.padded(margin, GRID.shape)

    assert np.array_equal(padded.indices(), region.indices())
    for k in range(3):
        assert padded.start[k] == max(0, region.start[k] - margin[k])
        assert padded.stop[k] == min(GRID.shape[k], region.stop[k] + margin[k])


@given(regions(), st.tuples(*[st.integers(0, 3)] * 3))
def test_trimming_takes_the_margin_away_again(region, margin):
    padded = region.padded(margin, GRID.shape)

    trimmed = Region.trimmed(padded.start, padded.mask)

    assert trimmed.start == region.start
    assert np.array_equal(trimmed.mask, region.mask)


@given(st.lists(regions(), min_size=1, max_size=4))
def test_a_union_holds_the_voxels_of_all_and_no_other(several):
    union = Region.union(tuple(several))

    assert np.array_equal(whole(union), np.any([whole(region) for region in several], axis=0))
