"""Counts, boxes, shares and lengths of components, against scipy and plain numpy on every voxel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mask_cases import SPACINGS, bool_volumes, packed, same
from scipy import ndimage

from calcimeter.geometry.components import Components, voxels_within
from calcimeter.geometry.runs import runs_of

ALL_26 = np.ones((3, 3, 3))


def scipy_order(parts, values):
    """scipy's label of each component, in the order of ours."""
    expected, _ = ndimage.label(values, ALL_26)
    first = np.unique(parts.labels, return_index=True)[1]
    line, start = parts.runs.line[first], parts.runs.start[first]
    return expected, expected[line // values.shape[1], line % values.shape[1], start]


@settings(max_examples=60)
@given(bool_volumes())
def test_voxels_boxes_and_contact_with_the_border_are_those_of_scipy(values):
    parts = Components.of(packed(values))
    expected, names = scipy_order(parts, values)
    boxes = ndimage.find_objects(expected)

    low, high = parts.boxes()

    assert parts.count == expected.max()
    assert parts.voxels().tolist() == [np.count_nonzero(expected == name) for name in names]
    assert low.tolist() == [[s.start for s in boxes[name - 1]] for name in names]
    assert high.tolist() == [[s.stop for s in boxes[name - 1]] for name in names]
    at_border = np.pad(np.zeros([max(n - 2, 0) for n in values.shape], dtype=bool), 1, constant_values=True)
    at_border = at_border[tuple(slice(0, n) for n in values.shape)] if min(values.shape) > 1 else np.ones_like(values)
    assert parts.touches_border().tolist() == [bool(at_border[expected == name].any()) for name in names]


@settings(max_examples=40)
@given(bool_volumes(), st.integers(0, 9))
def test_the_share_inside_another_mask_is_counted_voxel_by_voxel(values, seed):
    other = np.random.default_rng(seed).random(values.shape) < 0.4
    parts = Components.of(packed(values))
    expected, names = scipy_order(parts, values)

    assert parts.share(packed(other)) == pytest.approx([other[expected == name].mean() for name in names])
    assert voxels_within(runs_of(packed(values)), packed(other)).sum() == (values & other).sum()


@given(bool_volumes())
def test_the_share_inside_everything_is_one_and_inside_nothing_is_zero(values):
    parts = Components.of(packed(values))

    assert (parts.share(packed(np.ones_like(values))) == 1).all()
    assert (parts.share(packed(np.zeros_like(values))) == 0).all()


@settings(max_examples=40)
@given(bool_volumes(), st.integers(0, 9))
def test_chosen_components_come_as_a_mask_and_as_regions(values, seed):
    parts = Components.of(packed(values))
    expected, names = scipy_order(parts, values)
    keep = np.random.default_rng(seed).random(parts.count) < 0.5

    regions = parts.regions(keep)

    assert same(parts.mask(keep), np.isin(expected, names[keep]) & values)
    assert [region.voxels for region in regions] == parts.voxels()[keep].tolist()
    for region, name in zip(regions, names[keep], strict=True):
        assert np.array_equal(region.indices(), np.argwhere(expected == name))


@settings(max_examples=40)
@given(bool_volumes(), st.sampled_from(SPACINGS))
def test_lengths_are_four_standard_deviations_along_the_principal_axes(values, spacing_mm):
    parts = Components.of(packed(values))
    expected, names = scipy_order(parts, values)

    lengths = parts.lengths_mm(spacing_mm)

    for length, name in zip(lengths, names, strict=True):
        points = np.argwhere(expected == name) * spacing_mm
        variance = np.linalg.eigvalsh(np.cov(points.T, bias=True)) if len(points) > 1 else np.zeros(3)
        assert length == pytest.approx(4 * np.sqrt(np.maximum(variance[::-1], 0)), abs=1e-5)


@settings(max_examples=40)
@given(bool_volumes(), st.integers(0, 9))
def test_the_component_at_a_voxel_is_the_one_that_holds_it_and_else_none(values, seed):
    parts = Components.of(packed(values))
    expected, names = scipy_order(parts, values)
    index = np.random.default_rng(seed).integers(0, values.shape, (20, 3))

    found = parts.at(index[:, 0] * values.shape[1] + index[:, 1], index[:, 2])

    held = expected[tuple(index.T)]
    assert found.tolist() == [int(np.flatnonzero(names == name)[0]) if name else -1 for name in held]


@pytest.mark.parametrize("radii_mm", [(20.0, 12.0, 8.0), (8.0, 12.0, 20.0), (15.0, 15.0, 15.0)])
@pytest.mark.parametrize("spacing_mm", [s for s in SPACINGS if max(s) < 4])
def test_an_ellipsoid_is_as_long_as_its_moments_say(radii_mm, spacing_mm):
    """The variance of an ellipsoid is a fifth of its half axis squared, so four deviations are 4 / sqrt(5) of it.

    Voxels end up to half a voxel before or behind the ellipsoid's tips; its tips hold little of its volume, so that a
    length errs by less than a quarter of a voxel.
    """
    shape = tuple(int(2 * 22 / s) + 3 for s in spacing_mm)
    grid = np.meshgrid(*[(np.arange(n) - n // 2) * s for n, s in zip(shape, spacing_mm, strict=True)], indexing="ij")
    inside = sum((g / r) ** 2 for g, r in zip(grid, radii_mm, strict=True)) <= 1

    (length,) = Components.of(packed(inside)).lengths_mm(spacing_mm)

    assert length == pytest.approx(4 / np.sqrt(5) * np.sort(radii_mm)[::-1], abs=max(spacing_mm) / 4)


def test_a_single_voxel_has_no_length_and_a_row_has_one():
    values = np.zeros((3, 5, 80), dtype=bool)
    values[0, 0, 0] = True
    values[2, 4, 60:70] = True

    lengths = Components.of(packed(values)).lengths_mm((2.0, 1.0, 0.5))

    assert lengths[0] == pytest.approx([0, 0, 0])
    assert lengths[1] == pytest.approx([4 * 0.5 * np.sqrt((10**2 - 1) / 12), 0, 0], abs=1e-6)


def test_an_empty_mask_has_no_components_and_no_field_of_them():
    parts = Components.of(packed(np.zeros((3, 4, 70), dtype=bool)))
    low, high = parts.boxes()
    none = np.zeros(0, dtype=bool)

    assert parts.count == len(parts.voxels()) == len(low) == len(high) == len(parts.touches_border()) == 0
    assert parts.lengths_mm((1.0, 1.0, 1.0)).shape == (0, 3)
    assert parts.regions(none) == ()
    assert parts.mask(none).voxels() == 0
    assert len(parts.share(packed(np.ones((3, 4, 70), dtype=bool)))) == 0
