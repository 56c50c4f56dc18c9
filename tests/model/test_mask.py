"""Masks of one bit a voxel hold what booleans hold, for every number of columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.model.anatomy import Mask, Skeleton

COLUMNS = (1, 7, 8, 9, 63, 64, 65, 127, 128, 130)


@st.composite
def volumes(draw):
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.sampled_from(COLUMNS)))
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1))).random(shape) < draw(st.sampled_from((0, 0.3, 1)))


@given(volumes())
def test_what_is_packed_and_unpacked_is_unchanged(values):
    mask = Mask.from_bool(values)

    assert mask.shape == values.shape
    assert np.array_equal(mask.to_bool(), values)
    assert mask.voxels() == values.sum()
    assert all(np.array_equal(mask.plane(k), plane) for k, plane in enumerate(values))


@settings(max_examples=60)
@given(volumes(), st.data())
def test_any_box_of_a_mask_is_that_of_the_booleans(values, data):
    box = tuple(slice(*sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))) for n in values.shape)

    assert np.array_equal(Mask.from_bool(values).within(box), values[box])


@given(volumes(), st.integers(0, 99))
def test_masks_combine_as_sets_do(values, seed):
    other = np.random.default_rng(seed).random(values.shape) < 0.5
    a, b = Mask.from_bool(values), Mask.from_bool(other)

    assert np.array_equal((a & b).to_bool(), values & other)
    assert np.array_equal((a | b).to_bool(), values | other)
    assert np.array_equal((a - b).to_bool(), values & ~other)
    assert (a - b).voxels() + (a & b).voxels() == a.voxels()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16, np.int64])
def test_labels_are_set_where_they_are_not_zero(kind):
    labels = np.array([[[0, 1, 255, 0, 100, 0, 0, 0, 0, 7]]], dtype=kind)

    assert np.array_equal(Mask.from_bool(labels).to_bool(), labels != 0)


def test_a_mask_of_a_view_with_any_stride_is_that_of_its_copy():
    values = np.random.default_rng(0).random((4, 6, 70)) < 0.5
    for view in (values[::-1], values[:, ::2], values[:, :, ::-1], values.transpose(2, 0, 1)):
        assert np.array_equal(Mask.from_bool(view).to_bool(), view)


def test_an_empty_mask_has_no_voxel():
    mask = Mask.empty((2, 3, 65))

    assert mask.voxels() == 0
    assert not mask.to_bool().any()


def test_words_that_do_not_fit_the_shape_are_refused():
    with pytest.raises(ValueError, match="expected"):
        Mask(np.zeros((2, 3, 1), dtype=np.uint64), (2, 3, 65))


def test_neither_words_nor_labels_can_be_written_through():
    with pytest.raises(ValueError, match="read-only"):
        Mask.empty((1, 1, 1)).words[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        Skeleton(np.zeros((1, 1, 1), dtype=np.uint8), ()).labels[0, 0, 0] = 1


def test_the_mask_of_a_skeleton_is_every_bone():
    labels = np.array([[[0, 1, 2], [300, 0, 0]]], dtype=np.uint16)

    assert np.array_equal(Skeleton(labels, ()).mask().to_bool(), labels > 0)
