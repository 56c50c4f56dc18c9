"""Points of a surface between voxels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.geometry.contour import crossings
from calcimeter.geometry.hull import calipers


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_flat_edge_is_found_to_a_twelfth_of_a_voxel_whatever_its_place(axis):
    """A voxel cut by the edge has its share: straight lines err by at most 0.086."""
    for share in np.linspace(0, 1, 21):
        field = np.zeros((9, 9, 9), dtype=np.float32)
        ahead = np.moveaxis(field, axis, 0)
        ahead[2:5], ahead[5] = 1, share
        far = crossings(field, axis)[:, axis].max()
        assert far == pytest.approx(4.5 + share, abs=0.087)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_points_lie_on_lines_of_the_grid_along_their_axis(axis):
    field = np.random.default_rng(3).random((5, 6, 7)).astype(np.float32)

    points = crossings(np.pad(field, 1), axis)

    others = [k for k in range(3) if k != axis]
    assert (points[:, others] == np.rint(points[:, others])).all()
    assert ((points >= 0) & (points <= np.array([6, 7, 8]))).all()


def test_a_field_below_one_half_has_no_surface():
    assert crossings(np.full((3, 4, 5), 0.49, dtype=np.float32), 1).shape == (0, 3)


@given(st.floats(4, 12), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_a_blurred_disk_has_its_diameter_wherever_it_lies(radius, x, y):
    """Blur of one voxel moves half height in by sigma^2 / 2 r; lines add a tenth of a voxel at most."""
    rows, columns = np.mgrid[:33, :33]
    depth = radius - np.hypot(rows - 16 - x, columns - 16 - y)
    field = np.clip(0.5 + depth / 2, 0, 1)[None].astype(np.float32)

    points = np.concatenate([crossings(field, 1), crossings(field, 2)])
    found = calipers(points[:, 1:])

    assert found.long == pytest.approx(2 * radius, abs=0.1)
    assert found.short == pytest.approx(2 * radius, abs=0.1)
