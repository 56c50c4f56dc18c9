"""Blocks, against plain numpy on every block."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from mask_cases import bool_volumes, packed

from calcimeter.geometry.blocks import block_share, dense_blocks, share_facing


@settings(max_examples=60)
@given(bool_volumes(max_slices=7), st.sampled_from((2.0, 3.0, 4.0)), st.sampled_from((0.5, 0.9, 1.0)))
def test_full_blocks_and_their_values_are_those_of_numpy(mask, size_mm, share):
    values = np.random.default_rng(mask.size).normal(0, 100, mask.shape).astype(np.float32)

    blocks = dense_blocks(values, packed(mask), size_mm, (1.0, 1.0, 1.0), share)

    of_mask = block_share(packed(mask), blocks)
    assert blocks.size == tuple(min(int(size_mm), n) for n in mask.shape)
    for index in np.ndindex(blocks.full.shape):
        box = tuple(slice(i * n, (i + 1) * n) for i, n in zip(index, blocks.size, strict=True))
        assert of_mask[index] == mask[box].mean()
        assert blocks.full[index] == (mask[box].sum() >= share * mask[box].size)
        if blocks.full[index]:
            np.testing.assert_allclose(blocks.mean[index], values[box].mean(), rtol=1e-4, atol=1e-3)
            np.testing.assert_allclose(blocks.sd[index], values[box].std(), rtol=1e-4, atol=1e-3)
            used = mask.any(axis=(1, 2))[box[0]]
            assert blocks.highest[index] == values[box][used].max()


def test_the_share_of_faces_before_a_goal_is_counted_by_hand():
    """A cube of two blocks a side has 24 faces; a plate two blocks beyond one side is before 4 of them."""
    pool, goal = np.zeros((8, 8, 8), dtype=bool), np.zeros((8, 8, 8), dtype=bool)
    pool[3:5, 3:5, 3:5] = True
    goal[3:5, 3:5, 6] = True

    assert share_facing(pool, goal, (1, 1, 1)) == 0
    assert share_facing(pool, goal, (2, 2, 2)) == 4 / 24


def test_beyond_the_border_there_is_nothing():
    pool = np.ones((2, 2, 2), dtype=bool)

    assert share_facing(pool, ~pool, (2, 2, 2)) == 0
