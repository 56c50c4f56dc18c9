"""Morphology by balls in mm on any grid, against scipy's with the same ball written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mask_cases import SPACINGS, bool_volumes, packed, same
from scipy import ndimage

from calcimeter.geometry.morphology import closed, complement, dilate, erode, filled, opened

RADII_MM = st.sampled_from((0.3, 1.0, 1.7, 2.0, 3.0, 5.0))
CASES = (bool_volumes(max_slices=5, max_rows=9), RADII_MM, st.sampled_from(SPACINGS), st.booleans())


def ball(radius_mm, spacing_mm, *, in_plane):
    """The digital ball: voxels whose center lies within the radius."""
    reach = [0 if in_plane and k == 0 else int(radius_mm / s + 1e-9) for k, s in enumerate(spacing_mm)]
    grid = np.meshgrid(*[np.arange(-n, n + 1) * s for n, s in zip(reach, spacing_mm, strict=True)], indexing="ij")
    return sum(g**2 for g in grid) <= radius_mm**2 * (1 + 1e-9)


def scipy_dilated(values, element):
    return ndimage.binary_dilation(values, element)


def scipy_eroded(values, element):
    return ndimage.binary_erosion(values, element, border_value=1)


@settings(max_examples=80)
@given(*CASES)
def test_dilation_is_that_of_the_digital_ball(values, radius_mm, spacing_mm, in_plane):
    element = ball(radius_mm, spacing_mm, in_plane=in_plane)

    assert same(dilate(packed(values), radius_mm, spacing_mm, in_plane=in_plane), scipy_dilated(values, element))


@settings(max_examples=80)
@given(*CASES)
def test_erosion_takes_the_mask_to_go_on_beyond_the_border(values, radius_mm, spacing_mm, in_plane):
    element = ball(radius_mm, spacing_mm, in_plane=in_plane)

    assert same(erode(packed(values), radius_mm, spacing_mm, in_plane=in_plane), scipy_eroded(values, element))


@settings(max_examples=60)
@given(*CASES)
def test_opening_is_erosion_then_dilation(values, radius_mm, spacing_mm, in_plane):
    element = ball(radius_mm, spacing_mm, in_plane=in_plane)
    expected = scipy_dilated(scipy_eroded(values, element), element)

    assert same(opened(packed(values), radius_mm, spacing_mm, in_plane=in_plane), expected)


@settings(max_examples=60)
@given(*CASES)
def test_closing_is_dilation_then_erosion(values, radius_mm, spacing_mm, in_plane):
    element = ball(radius_mm, spacing_mm, in_plane=in_plane)
    expected = scipy_eroded(scipy_dilated(values, element), element)

    assert same(closed(packed(values), radius_mm, spacing_mm, in_plane=in_plane), expected)


@settings(max_examples=30)
@given(*CASES)
def test_opening_only_takes_away_and_closing_only_adds_and_neither_does_more_twice(values, radius, spacing, in_plane):
    once = opened(packed(values), radius, spacing, in_plane=in_plane)
    shut = closed(packed(values), radius, spacing, in_plane=in_plane)

    assert not (once.to_bool() & ~values).any()
    assert not (values & ~shut.to_bool()).any()
    assert same(opened(once, radius, spacing, in_plane=in_plane), once.to_bool())
    assert same(closed(shut, radius, spacing, in_plane=in_plane), shut.to_bool())


@pytest.mark.parametrize("spacing_mm", SPACINGS)
def test_a_radius_under_every_spacing_changes_nothing(spacing_mm):
    values = np.random.default_rng(1).random((4, 9, 70)) < 0.3

    assert same(dilate(packed(values), min(spacing_mm) * 0.99, spacing_mm), values)
    assert same(erode(packed(values), min(spacing_mm) * 0.99, spacing_mm), values)


@pytest.mark.parametrize("spacing_mm", [0.2, 0.3, 0.7, 0.977, 1.1, 2.4])
@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_a_ball_reaches_as_many_voxels_along_slices_as_along_rows_and_columns(spacing_mm, steps):
    """A radius of a whole number of voxels: the last digit of a quotient must not decide."""
    values = np.zeros((11, 11, 11), dtype=bool)
    values[5, 5, 5] = True

    grown = dilate(packed(values), steps * spacing_mm, (spacing_mm,) * 3).to_bool()

    assert grown[:, 5, 5].sum() == grown[5, :, 5].sum() == grown[5, 5, :].sum() == 2 * steps + 1


def test_a_ball_is_as_large_as_its_radius_says():
    """Voxels within 6 mm; the surface layer of a digital ball adds or takes no more than a tenth of its volume."""
    values = np.zeros((17, 33, 65), dtype=bool)
    values[8, 16, 32] = True

    grown = dilate(packed(values), 6.0, (2.0, 1.0, 0.5))

    assert grown.voxels() * 1.0 == pytest.approx(4 / 3 * np.pi * 6**3, rel=0.1)


@settings(max_examples=80)
@given(bool_volumes(max_slices=4, max_rows=12))
def test_filling_closes_every_hole_of_a_slice_and_nothing_that_is_open_to_its_border(values):
    expected = np.stack([ndimage.binary_fill_holes(plane) for plane in values])

    assert same(filled(packed(values)), expected)


def test_a_hole_is_closed_by_walls_that_touch_at_corners_only():
    diamond = np.array([[[0, 1, 0], [1, 0, 1], [0, 1, 0]]], dtype=bool)

    assert filled(packed(diamond)).to_bool()[0, 1, 1]


def test_a_mask_at_the_border_is_not_filled_through_it():
    cup = np.ones((1, 5, 70), dtype=bool)
    cup[0, :3, 1:-1] = False

    assert same(filled(packed(cup)), cup)


@given(bool_volumes())
def test_nothing_and_everything_stay_what_they_are(values):
    nothing, everything = np.zeros_like(values), np.ones_like(values)
    for operation in (dilate, erode, opened, closed):
        assert same(operation(packed(nothing), 2.0, (1.0, 1.0, 1.0)), nothing)
        assert same(operation(packed(everything), 2.0, (1.0, 1.0, 1.0)), everything)
    assert same(filled(packed(nothing)), nothing)
    assert same(filled(packed(everything)), everything)


@given(bool_volumes())
def test_no_operation_changes_its_argument(values):
    mask = packed(values)
    for operation in (dilate, erode, opened, closed):
        operation(mask, 1.5, (1.0, 1.0, 1.0))
    filled(mask)
    complement(mask)

    assert same(mask, values)
