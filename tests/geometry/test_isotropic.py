"""Thick voxels taken apart: what they hold stays, and their steps go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.geometry.hull import hull_volume
from calcimeter.geometry.isotropic import to_cubes
from calcimeter.geometry.lobes import Limits, distance_to_half, find_lobes
from calcimeter.geometry.mesh import half_surface
from calcimeter.model.grid import Grid

LIMITS = Limits(0.5, 0.85, 1.0)
FINE = 8


def balls(centers_mm, radii_mm, spacing_mm, half_mm):
    """Shares of voxels inside any of some balls, each voxel sampled 8 x 4 x 4 times."""
    samples = (FINE, 4, 4)
    shape = [round(2 * half_mm / d) for d in spacing_mm]
    axes = [((np.arange(n * k) + 0.5) / k) * d - n * d / 2 for n, k, d in zip(shape, samples, spacing_mm, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    inside = np.zeros([len(axis) for axis in axes], dtype=bool)
    for (a, b, c), radius in zip(centers_mm, radii_mm, strict=True):
        inside |= (z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 < radius**2
    parts = inside.reshape(shape[0], FINE, shape[1], 4, shape[2], 4)
    return parts.mean(axis=(1, 3, 5)).astype(np.float32)


@pytest.mark.parametrize("slice_mm", [1.0, 3.0, 5.0])
def test_a_ball_in_thick_slices_is_round_and_solid(slice_mm):
    spacing = (slice_mm, 1.0, 1.0)
    fractions = balls([(0.7, 0.2, 0.1)], [14], spacing, 20)
    grid = Grid(fractions.shape, np.diag([*spacing, 1.0]))

    cubes = to_cubes(fractions, spacing, 400_000)
    mesh = half_surface(cubes.values, (0, 0, 0), cubes.grid(grid, (0, 0, 0)))

    assert mesh.volume_mm3 == pytest.approx(4 / 3 * np.pi * 14**3, rel=0.02)
    assert mesh.area_mm2 == pytest.approx(4 * np.pi * 14**2, rel=0.03)
    assert mesh.volume_mm3 / hull_volume(mesh.vertices_mm) > 0.98
    middle = (np.array(fractions.shape) - 1) / 2 * spacing + (0.7, 0.2, 0.1)
    assert mesh.vertices_mm.mean(axis=0) == pytest.approx(middle, abs=0.3)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(
    slice_mm=st.sampled_from([0.7, 2.0, 4.0]),
    radius=st.floats(4, 9),
    most=st.sampled_from([3_000, 400_000]),
)
def test_what_voxels_hold_stays(slice_mm, radius, most):
    spacing = (slice_mm, 1.0, 1.0)
    fractions = balls([(0, 0, 0)], [radius], spacing, 12)

    cubes = to_cubes(fractions, spacing, most)

    held = float(cubes.values.sum()) * np.prod(cubes.steps_mm)
    assert held == pytest.approx(float(fractions.sum()) * np.prod(spacing), rel=0.01)


def test_the_distance_to_the_surface_is_true_to_a_fifth_of_a_voxel():
    """The middle of the ball lies between voxels: the nearest one is 0.54 mm off it, and so much nearer the surface."""
    fractions = balls([(0.3, 0.1, -0.2)], [9.4], (1.0, 1.0, 1.0), 12)

    assert distance_to_half(fractions, (1.0, 1.0, 1.0)).max() == pytest.approx(9.4 - 0.54, abs=0.2)


@pytest.mark.parametrize(("apart", "lobes"), [(9.0, 1), (15.0, 2), (22.0, 2)])
def test_two_balls_are_two_lobes_where_their_neck_is_narrow(apart, lobes):
    """Radii 9 and 7: at 9 mm the neck is as wide as the smaller, at 15 mm 0.4 of it, at 22 mm there is none.

    The middles lie between voxels, up to 0.87 mm from the next one, and radii come out so much too small.
    """
    fractions = balls([(0, 0, -apart / 2), (0, 0, apart / 2)], [9, 7], (2.0, 1.0, 1.0), 24)
    cubes = to_cubes(fractions, (2.0, 1.0, 1.0), 400_000)

    found = find_lobes(cubes.values, cubes.steps_mm, LIMITS)

    assert len(found) == lobes
    assert 8.0 < found[0].radius_mm < 9.2
    if lobes == 2:
        assert 6.0 < found[1].radius_mm < 7.2


def test_nothing_has_no_lobe():
    assert find_lobes(np.zeros((4, 5, 6), dtype=np.float32), (1.0, 1.0, 1.0), LIMITS) == []
