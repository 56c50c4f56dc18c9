"""Where two balls that touch are parted."""

from __future__ import annotations

import numpy as np
import pytest

from calcimeter.geometry.split import nearer_part, part_before_waist

SPACING = (2.0, 1.0, 1.0)


def ball(column, radius_mm):
    z, y, x = np.indices((21, 41, 61))
    return np.sqrt(((z - 10) * 2.0) ** 2 + (y - 20.0) ** 2 + (x - column) ** 2.0) <= radius_mm


@pytest.mark.parametrize("part", [nearer_part, part_before_waist])
def test_two_balls_are_parted_between_them(part):
    """Radii 12 and 8 mm, centers 16 mm apart: the spheres meet 10.5 mm from the larger one's center."""
    large, small = ball(22, 12), ball(38, 8)
    whole = large | small

    own = part(whole, ball(38, 6), ball(22, 10) & ~ball(38, 6), SPACING)

    columns = np.nonzero(own)[2]
    assert abs(columns.min() - 32.5) <= 2  # a voxel, and what the seeds' edges weigh
    assert own[small & ~large].all()
    assert not own[~whole].any()


def test_what_hangs_on_one_set_alone_is_that_ones():
    whole = np.zeros((1, 1, 10), dtype=bool)
    whole[..., :4], whole[..., 5:] = True, True
    one, other = np.zeros_like(whole), np.zeros_like(whole)
    one[..., 0], other[..., 5] = True, True

    assert np.array_equal(nearer_part(whole, one, other, SPACING), whole & (np.arange(10) < 4))
