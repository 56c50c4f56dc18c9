"""Thresholds and changes of resolution: what numpy says of every voxel is what the packed mask holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mask_cases import COLUMNS, bool_volumes, packed, same

from calcimeter.geometry.morphology import coarse_factor, complement, expand, pool, threshold, unpool

FACTORS = st.integers(1, 4)


def pooled(values, factor):
    """Any of each factor x factor block, by plain slicing."""
    rows, columns = (-(-n // factor) for n in values.shape[1:])
    out = np.zeros((values.shape[0], rows, columns), dtype=bool)
    for r in range(rows):
        for c in range(columns):
            block = values[:, r * factor : (r + 1) * factor, c * factor : (c + 1) * factor]
            out[:, r, c] = block.any(axis=(1, 2))
    return out


@settings(max_examples=40)
@given(st.sampled_from(COLUMNS), st.integers(0, 99), st.sampled_from((np.int16, np.float32)), st.booleans())
def test_a_threshold_is_an_open_interval_whatever_the_type_of_the_values(columns, seed, kind, bounded):
    values = np.random.default_rng(seed).integers(-4, 5, (3, 5, columns)).astype(kind)
    low, high = -2.0, (3.0 if bounded else np.inf)

    assert same(threshold(values, low, high), (values > low) & (values < high))


def test_a_threshold_between_whole_numbers_is_not_rounded():
    values = np.array([[[129, 130, 131]]], dtype=np.int16)

    assert same(threshold(values, 129.5), values >= 130)
    assert same(threshold(values, 130.0), values >= 131)
    assert same(threshold(values, 128.5, 130.5), values <= 130)


def test_a_threshold_beyond_the_range_of_the_values_is_no_error():
    values = np.array([[[-1024, 0, 3071]]], dtype=np.int16)

    assert same(threshold(values, -100_000.0), np.ones_like(values, dtype=bool))
    assert same(threshold(values, 100_000.0), np.zeros_like(values, dtype=bool))
    assert same(threshold(values, -100_000.0, 100_000.0), np.ones_like(values, dtype=bool))


@settings(max_examples=60)
@given(
    st.sampled_from(("i2", ">i2", "u2", "i4", "f4", ">f4", "f8")),
    st.sampled_from(("C", "F")),
    st.sampled_from((-1e30, -70_000.5, -3.5, 0.0, 12.25, 99.0)),
    st.sampled_from((13.5, 100.0, 70_000.5, 1e30, np.inf)),
)
def test_a_threshold_is_that_of_real_numbers_for_every_type_order_and_limit(kind, order, low, high):
    values = np.random.default_rng(7).uniform(-200, 200, (3, 5, 70))
    values = np.abs(values) if kind == "u2" else values
    given_values = np.array(values, dtype=kind, order=order)
    given_values.setflags(write=False)
    exact = given_values.astype(np.float64)

    assert same(threshold(given_values, low, high), (exact > low) & (exact < high))


def test_a_threshold_of_a_view_with_any_stride_is_that_of_its_copy():
    values = np.random.default_rng(3).integers(-1000, 1000, (4, 22, 150)).astype(np.int16)
    for view in (values[:, ::2, ::2], values[::-1], values[:, :, ::-1], values.transpose(0, 2, 1)):
        assert same(threshold(view, 100.0, 700.0), (view > 100) & (view < 700))


@settings(max_examples=40)
@given(bool_volumes(max_slices=3), FACTORS)
def test_a_coarse_threshold_is_set_where_any_fine_voxel_is(values, factor):
    hu = np.where(values, 200, 20).astype(np.int16)

    assert same(threshold(hu, 130.0, factor=factor), pooled(values, factor))


@settings(max_examples=40)
@given(bool_volumes(max_slices=3), FACTORS)
def test_pooling_keeps_every_voxel_that_has_any(values, factor):
    assert same(pool(packed(values), factor), pooled(values, factor))


@settings(max_examples=40)
@given(bool_volumes(max_slices=3), FACTORS)
def test_unpooling_repeats_every_coarse_voxel_and_stops_at_the_border(values, factor):
    coarse = pooled(values, factor)
    fine = coarse.repeat(factor, axis=1).repeat(factor, axis=2)[:, : values.shape[1], : values.shape[2]]

    assert same(unpool(packed(coarse), factor, values.shape), fine)


@settings(max_examples=30)
@given(bool_volumes(max_slices=3), FACTORS)
def test_what_is_pooled_and_unpooled_covers_what_was_there(values, factor):
    there_and_back = unpool(pool(packed(values), factor), factor, values.shape).to_bool()

    assert (there_and_back | ~values).all()


@settings(max_examples=40)
@given(
    bool_volumes(max_slices=3, max_rows=4),
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5)),
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 4)),
)
def test_blocks_expand_to_their_voxels_and_leave_the_far_ends_unset(blocks, size, beyond):
    blocks = blocks[:, :, :40]
    shape = tuple(n * s + b for n, s, b in zip(blocks.shape, size, beyond, strict=True))
    expected = np.zeros(shape, dtype=bool)
    fine = blocks.repeat(size[0], 0).repeat(size[1], 1).repeat(size[2], 2)
    expected[: fine.shape[0], : fine.shape[1], : fine.shape[2]] = fine

    assert same(expand(blocks, size, shape), expected)


@given(bool_volumes())
def test_a_complement_turns_every_voxel_and_no_bit_beyond_the_columns(values):
    assert same(complement(packed(values)), ~values)
    assert same(complement(complement(packed(values))), values)


@pytest.mark.parametrize(
    ("column_mm", "factor"), [(0.4, 4), (0.8, 2), (0.977, 2), (1.5, 1), (1.6, 1), (3.0, 1), (9, 1)]
)
def test_the_coarse_grid_is_the_nearest_to_what_was_asked_and_never_finer_than_the_scan(column_mm, factor):
    assert coarse_factor((3.0, column_mm, column_mm), 1.6) == factor
