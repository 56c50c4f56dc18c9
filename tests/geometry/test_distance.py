"""Surfaces and distances between sets of voxels, against every pair of points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mask_cases import bool_volumes, packed
from scipy import ndimage

from calcimeter.geometry.distance import (
    Cloud,
    gap_mm,
    nearest,
    nearest_mm,
    region_surface_index,
    region_surface_mm,
    surface_index,
    surface_points_mm,
)
from calcimeter.model.grid import Grid
from calcimeter.model.volume import Region

FACES = ndimage.generate_binary_structure(3, 1)


@st.composite
def clouds(draw):
    """Points on a coarse lattice, so that equal distances and the limit itself are met."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    offset = np.array(draw(st.tuples(*[st.integers(-12, 12)] * 3)), dtype=float)
    return random.integers(0, 5, (draw(st.integers(1, 12)), 3)).astype(float) + offset


def all_distances(one, other):
    return np.linalg.norm(one[:, None] - other[None], axis=2)


def grid_of(shape):
    affine = np.array([[0, 0.1, 0.7, -40], [0.05, 0.9, 0.1, 12], [3.0, 0, 0.02, -700], [0, 0, 0, 1]])
    return Grid(shape, affine)


@settings(max_examples=80)
@given(bool_volumes())
def test_a_surface_voxel_has_a_face_to_the_outside_and_the_border_counts_as_inside(values):
    expected = np.argwhere(values & ~ndimage.binary_erosion(values, FACES, border_value=1))

    found = surface_index(packed(values))

    assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, expected.tolist()))


@settings(max_examples=40)
@given(bool_volumes())
def test_the_surface_of_a_region_is_closed_where_its_box_ends(values):
    if not values.any():
        return
    region = Region.trimmed((4, 5, 6), values)
    surface = region.mask & ~ndimage.binary_erosion(region.mask, FACES, border_value=0)
    expected = np.argwhere(surface) + region.start

    assert sorted(map(tuple, region_surface_index(region).tolist())) == sorted(map(tuple, expected.tolist()))


@given(bool_volumes())
def test_surface_points_lie_at_the_centers_of_surface_voxels(values):
    mask, grid = packed(values), grid_of(values.shape)

    assert np.array_equal(surface_points_mm(mask, grid), grid.to_patient(surface_index(mask)))
    if values.any():
        region = Region.trimmed((0, 0, 0), values)
        assert np.array_equal(region_surface_mm(region, grid), grid.to_patient(region_surface_index(region)))


def test_an_empty_mask_has_no_surface_and_a_full_one_has_none_inside_the_border():
    assert surface_index(packed(np.zeros((2, 3, 70), dtype=bool))).shape == (0, 3)
    assert surface_index(packed(np.ones((2, 3, 70), dtype=bool))).shape == (0, 3)


@settings(max_examples=80)
@given(clouds(), clouds(), st.sampled_from((np.inf, 3.0, 5.0, 8.0, 25.0)))
def test_the_nearest_distance_is_that_of_all_pairs_and_infinite_over_the_limit(one, other, limit_mm):
    expected = all_distances(one, other).min(axis=1)

    found = nearest_mm(one, other, limit_mm)

    assert found == pytest.approx(np.where(expected <= limit_mm, expected, np.inf))


@settings(max_examples=40)
@given(clouds(), clouds())
def test_the_nearest_goal_is_named_with_its_distance(one, other):
    distance, number = nearest(one, other)

    assert distance == pytest.approx(all_distances(one, other).min(axis=1))
    assert np.linalg.norm(one - other[number], axis=1) == pytest.approx(distance)


def test_without_goals_everything_is_infinitely_far():
    points = np.zeros((3, 3))

    assert nearest_mm(points, np.zeros((0, 3))).tolist() == [np.inf] * 3
    assert nearest_mm(points, np.zeros((0, 3)), 5.0).tolist() == [np.inf] * 3


def test_of_no_points_there_are_no_distances():
    assert len(nearest_mm(np.zeros((0, 3)), np.ones((2, 3)))) == 0


@settings(max_examples=150)
@given(clouds(), clouds(), st.sampled_from((2.0, 3.0, 5.0, 8.0, 13.0, 40.0)))
def test_the_gap_between_clouds_is_that_of_all_pairs_and_infinite_over_the_limit(one, other, limit_mm):
    expected = all_distances(one, other).min()
    expected = expected if expected <= limit_mm else np.inf

    assert gap_mm(Cloud.of(one), Cloud.of(other), limit_mm) == pytest.approx(expected)
    assert gap_mm(Cloud.of(other), Cloud.of(one), limit_mm) == pytest.approx(expected)


def test_a_gap_of_just_the_limit_is_within_it():
    one, other = Cloud.of(np.zeros((1, 3))), Cloud.of(np.array([[0.0, 0.0, 8.0]]))

    assert gap_mm(one, other, 8.0) == pytest.approx(8.0)


@given(clouds(), clouds(), st.floats(0, 20))
def test_the_points_near_another_cloud_hold_every_point_within_the_limit(one, other, limit_mm):
    close = one[all_distances(one, other).min(axis=1) <= limit_mm]

    near = Cloud.of(one).near(Cloud.of(other), limit_mm)

    assert {tuple(p) for p in close} <= {tuple(p) for p in near} <= {tuple(p) for p in one}


def test_points_that_lie_on_goals_are_nearest_of_all():
    """Asked for some pairs only, of points of which more than that coincide with goals: at a distance of 0."""
    points = np.argwhere(np.ones((10, 10, 10))).astype(np.float64)

    distance, number = nearest(points, points[:500], pairs=12)

    assert distance.min() == 0
    found = np.argsort(distance, kind="stable")[:12]
    assert (points[found] == points[number[found]]).all()
