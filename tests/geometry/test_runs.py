"""Runs hold a mask exactly; their components are those that scipy finds voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from mask_cases import bool_volumes, packed, same
from scipy import ndimage

from calcimeter.geometry.runs import label_runs, paint, paint_labels, regions_of, runs_of

IN_PLANE_8 = np.zeros((3, 3, 3), dtype=int)
IN_PLANE_8[1] = 1
IN_PLANE_4 = np.zeros((3, 3, 3), dtype=int)
IN_PLANE_4[1] = ndimage.generate_binary_structure(2, 1)
NEIGHBORS = {
    26: ({}, np.ones((3, 3, 3), dtype=int)),
    6: ({"faces": True}, ndimage.generate_binary_structure(3, 1)),
    8: ({"in_plane": True}, IN_PLANE_8),
    4: ({"in_plane": True, "faces": True}, IN_PLANE_4),
}


@given(bool_volumes())
def test_runs_painted_again_are_the_mask(values):
    runs = runs_of(packed(values))

    assert same(paint(runs), values)
    assert runs.length.sum() == values.sum()
    assert (runs.length > 0).all()


@given(bool_volumes())
def test_runs_stand_in_reading_order_and_never_touch_within_a_row(values):
    runs = runs_of(packed(values))
    same_row = runs.line[1:] == runs.line[:-1]

    assert (np.diff(runs.line) >= 0).all()
    assert (runs.start[1:][same_row] > runs.stop[:-1][same_row]).all()


@given(bool_volumes())
def test_some_of_the_runs_paint_their_voxels_only(values):
    runs = runs_of(packed(values))
    keep = np.arange(len(runs)) % 3 != 1
    expected = np.zeros_like(values)
    for line, start, stop in zip(runs.line[keep], runs.start[keep], runs.stop[keep], strict=True):
        expected[line // values.shape[1], line % values.shape[1], start:stop] = True

    assert same(paint(runs.select(keep)), expected)


@pytest.mark.parametrize("neighbors", NEIGHBORS)
@settings(max_examples=60)
@given(values=bool_volumes(max_slices=5, max_rows=9))
def test_components_are_those_of_scipy(neighbors, values):
    options, structure = NEIGHBORS[neighbors]
    expected, count = ndimage.label(values, structure)
    runs = runs_of(packed(values))

    labels, met = label_runs(runs, **options)

    assert met == count
    # One name of ours for each of scipy's: the pairs met are as many as the components.
    painted = paint_labels(runs, labels % 60_000 + 1)
    assert len(np.unique(np.stack([painted[values], expected[values]]), axis=1).T) == count
    assert (painted[~values] == 0).all()


@pytest.mark.parametrize("neighbors", NEIGHBORS)
@given(values=bool_volumes())
def test_components_are_numbered_in_reading_order_of_their_first_run(neighbors, values):
    labels, count = label_runs(runs_of(packed(values)), **NEIGHBORS[neighbors][0])
    names, first = np.unique(labels, return_index=True)

    assert names.tolist() == list(range(count))
    assert (np.diff(first) > 0).all()


def test_a_label_volume_takes_eight_bits_while_they_suffice():
    values = np.zeros((1, 40, 40), dtype=bool)
    values[0, ::2, ::2] = True
    runs = runs_of(packed(values))
    numbers = np.arange(1, len(runs) + 1)

    small, large = paint_labels(runs, np.minimum(numbers, 255)), paint_labels(runs, numbers + 200)

    assert small.dtype == np.uint8
    assert large.dtype == np.uint16
    assert small[0, ::2, ::2].ravel().tolist() == np.minimum(numbers, 255).tolist()
    assert large[0, ::2, ::2].ravel().tolist() == (numbers + 200).tolist()


@given(bool_volumes())
def test_regions_hold_the_voxels_of_their_component_in_the_smallest_box(values):
    runs = runs_of(packed(values))
    labels, count = label_runs(runs)
    expected, _ = ndimage.label(values, np.ones((3, 3, 3)))

    regions = regions_of(runs, labels, count)

    assert len(regions) == count
    for region in regions:
        number = expected[tuple(region.indices()[0])]
        assert np.array_equal(region.indices(), np.argwhere(expected == number))
        assert all(region.mask.any(axis=other).take(end) for end in (0, -1) for other in ((1, 2), (0, 2), (0, 1)))


@given(bool_volumes())
def test_regions_under_the_least_number_of_voxels_are_left_out(values):
    runs = runs_of(packed(values))
    labels, count = label_runs(runs)
    sizes = [region.voxels for region in regions_of(runs, labels, count)]

    kept = regions_of(runs, labels, count, min_voxels=5)

    assert [region.voxels for region in kept] == [n for n in sizes if n >= 5]


def test_an_empty_mask_has_no_runs_no_components_and_no_regions():
    runs = runs_of(packed(np.zeros((3, 4, 70), dtype=bool)))
    labels, count = label_runs(runs)

    assert len(runs) == count == len(labels) == 0
    assert regions_of(runs, labels, count) == ()
    assert not paint_labels(runs, labels).any()
    assert paint(runs).voxels() == 0
