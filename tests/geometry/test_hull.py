"""Hulls and calipers against every corner of every voxel, and against what is known of boxes and spheres."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.geometry.hull import calipers, hull_points, hull_volume, longest, region_corners, slice_corners
from calcimeter.model.volume import Region

SPACINGS = ((1.0, 1.0, 1.0), (3.27, 0.977, 0.977), (2.0, 0.5, 1.25))


@st.composite
def regions(draw):
    """A few voxels anywhere: single ones, lines, sheets, lumps."""
    shape = tuple(draw(st.integers(1, n)) for n in (4, 5, 6))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = random.random(shape) < draw(st.sampled_from((0.05, 0.3, 1.0)))
    mask[tuple(random.integers(0, n) for n in shape)] = True
    return Region.trimmed(tuple(draw(st.integers(0, 50)) for _ in range(3)), mask)


def all_corners(region):
    """Every corner of every voxel, as indices, (8 n, 3)."""
    steps = np.array(list(product((-0.5, 0.5), repeat=3)))
    return np.unique((region.indices()[:, None] + steps).reshape(-1, 3), axis=0)


def plane_corners(plane):
    """Every corner of every pixel, (4 n, 2)."""
    steps = np.array(list(product((-0.5, 0.5), repeat=2)))
    return np.unique((np.argwhere(plane)[:, None] + steps).reshape(-1, 2), axis=0)


def greatest_distance(points):
    return max(np.linalg.norm(a - b) for a, b in combinations(points, 2))


@settings(max_examples=60)
@given(regions(), st.sampled_from(SPACINGS))
def test_the_corners_kept_reach_as_far_as_all_corners_in_every_direction(region, spacing_mm):
    kept, everything = region_corners(region) * spacing_mm, all_corners(region) * spacing_mm
    directions = np.random.default_rng(0).normal(size=(40, 3))

    assert (kept @ directions.T).max(axis=0) == pytest.approx((everything @ directions.T).max(axis=0))
    assert {tuple(p) for p in kept.round(6)} <= {tuple(p) for p in everything.round(6)}


@settings(max_examples=60)
@given(regions(), st.sampled_from(SPACINGS))
def test_the_longest_distance_is_that_of_all_pairs_of_corners(region, spacing_mm):
    length, ends = longest(region_corners(region) * spacing_mm)
    points = all_corners(region) * spacing_mm

    assert length == pytest.approx(greatest_distance(hull_points(points)))
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(length)
    for end in ends:
        assert np.linalg.norm(points - end, axis=1).min() == pytest.approx(0, abs=1e-9)


@settings(max_examples=60)
@given(regions(), st.sampled_from(SPACINGS))
def test_the_hull_has_the_volume_of_the_hull_of_all_corners(region, spacing_mm):
    assert hull_volume(region_corners(region) * spacing_mm) == pytest.approx(
        hull_volume(all_corners(region) * spacing_mm)
    )


@settings(max_examples=80)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1), st.sampled_from(SPACINGS))
def test_calipers_are_those_of_all_pairs_of_corners(rows, columns, seed, spacing_mm):
    random = np.random.default_rng(seed)
    plane = random.random((rows, columns)) < random.choice((0.1, 0.5, 1.0))
    plane[random.integers(rows), random.integers(columns)] = True
    points = plane_corners(plane) * spacing_mm[1:]

    found = calipers(slice_corners(plane) * spacing_mm[1:])

    outer = hull_points(points)
    pairs = [(np.linalg.norm(a - b), a, b) for a, b in combinations(outer, 2)]
    length = max(pair[0] for pair in pairs)
    # Where several pairs are equally far apart (a rectangle has two diagonals) the width across any of them will do.
    widths = []
    for distance, a, b in pairs:
        if distance > length - 1e-6:
            along = (b - a) / distance
            widths.append(np.ptp(outer @ np.array([-along[1], along[0]])))
    assert found.long == pytest.approx(length)
    assert np.abs(np.array(widths) - found.short).min() == pytest.approx(0, abs=1e-6)
    assert 0 < found.short <= found.long + 1e-9


@settings(max_examples=40)
@given(regions(), st.sampled_from(SPACINGS))
def test_the_ends_that_are_drawn_are_as_long_as_they_say_and_at_right_angles(region, spacing_mm):
    found = calipers(slice_corners(region.mask.any(axis=0)) * spacing_mm[1:])
    long, short = found.long_ends[1] - found.long_ends[0], found.short_ends[1] - found.short_ends[0]

    assert np.linalg.norm(long) == pytest.approx(found.long)
    assert np.linalg.norm(short) == pytest.approx(found.short)
    assert long @ short == pytest.approx(0, abs=1e-6 * found.long * found.short)


@pytest.mark.parametrize("spacing_mm", SPACINGS)
def test_a_single_voxel_has_its_own_size(spacing_mm):
    region = Region((7, 8, 9), np.ones((1, 1, 1), dtype=bool))
    corners_mm = region_corners(region) * spacing_mm
    found = calipers(slice_corners(region.mask[0]) * spacing_mm[1:])

    assert longest(corners_mm)[0] == pytest.approx(np.linalg.norm(spacing_mm))
    assert hull_volume(corners_mm) == pytest.approx(np.prod(spacing_mm))
    assert found.long == pytest.approx(np.hypot(*spacing_mm[1:]))


@pytest.mark.parametrize("spacing_mm", SPACINGS)
@pytest.mark.parametrize("shape", [(1, 1, 6), (1, 7, 1), (5, 1, 1), (1, 4, 9), (6, 5, 4)])
def test_a_box_has_its_diagonal_and_its_volume(shape, spacing_mm):
    sides = np.array(shape) * spacing_mm
    corners_mm = region_corners(Region((3, 4, 5), np.ones(shape, dtype=bool))) * spacing_mm

    assert longest(corners_mm)[0] == pytest.approx(np.linalg.norm(sides))
    assert hull_volume(corners_mm) == pytest.approx(np.prod(sides))
    assert np.ptp(corners_mm, axis=0) == pytest.approx(sides)


def test_a_box_set_in_a_slice_has_the_diagonal_and_twice_its_area_over_it_as_width():
    """Across the diagonal d of a rectangle a x b the two other corners lie a b / d away on either side."""
    found = calipers(slice_corners(np.ones((6, 8), dtype=bool)) * (1.5, 0.75))
    a, b = 9.0, 6.0

    assert found.long == pytest.approx(np.hypot(a, b))
    assert found.short == pytest.approx(2 * a * b / np.hypot(a, b))


@pytest.mark.parametrize("spacing_mm", SPACINGS)
@pytest.mark.parametrize("radius_mm", [6.0, 15.0])
def test_a_sphere_is_as_long_as_it_is_wide_within_a_voxel(radius_mm, spacing_mm):
    """A voxel counts if its center is inside, so corners lie within half a diagonal of the sphere, on either side."""
    shape = [2 * int(radius_mm / s) + 3 for s in spacing_mm]
    grid = np.meshgrid(*[(np.arange(n) - n // 2) * s for n, s in zip(shape, spacing_mm, strict=True)], indexing="ij")
    region = Region.trimmed((0, 0, 0), sum(g**2 for g in grid) <= radius_mm**2)
    middle = region.mask[region.mask.shape[0] // 2]

    feret = longest(region_corners(region) * spacing_mm)[0]
    found = calipers(slice_corners(middle) * spacing_mm[1:])

    assert feret == pytest.approx(2 * radius_mm, abs=np.linalg.norm(spacing_mm))
    assert found.long == pytest.approx(2 * radius_mm, abs=np.hypot(*spacing_mm[1:]))
    assert found.short == pytest.approx(2 * radius_mm, abs=np.hypot(*spacing_mm[1:]))


def test_flat_points_have_no_volume_and_keep_their_longest_distance():
    flat = np.array([[0, 0, 0], [0, 3, 0], [0, 0, 4], [0, 3, 4]], dtype=float)

    assert hull_volume(flat) is None
    assert longest(flat)[0] == pytest.approx(5.0)
    assert longest(flat[:2])[0] == pytest.approx(3.0)
    assert longest(flat[:1])[0] == 0.0


def test_thousands_of_points_on_a_circle_cost_no_more_than_their_hull_and_stay_exact():
    angle = np.arange(3000) * 2 * np.pi / 3000
    circle = 20 * np.column_stack([np.cos(angle), np.sin(angle)])

    found = calipers(circle)

    assert found.long == pytest.approx(40.0, rel=1e-9)
    assert found.short == pytest.approx(40.0, rel=1e-5)
