"""Where voxels lie: index to patient and back, and the way between the file's order and the analyzed one."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.errors import GeometryError, Refused
from calcimeter.model.grid import Grid, Layout

ORDERS = list(permutations(range(3)))
SIGNS = list(product((1, -1), repeat=3))
SHAPE = (4, 5, 6)


def rotation(seed):
    """A random rotation, from the QR decomposition of random numbers."""
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q * np.sign(np.diag(r))


@st.composite
def affines(draw):
    """Any orientation, mirrored ones too, spacings from fine to thick, anywhere in the room."""
    spacing = draw(st.tuples(*[st.floats(0.1, 8.0)] * 3))
    affine = np.eye(4)
    affine[:3, :3] = rotation(draw(st.integers(0, 2**32 - 1))) * spacing
    affine[:3, 3] = draw(st.tuples(*[st.floats(-2000, 2000)] * 3))
    return affine


def nearly_axial(order, signs, tilt=0.05):
    """An affine whose array axes lie along patient axes in some order and direction, tilted a little."""
    straight = np.zeros((3, 3))
    for k, (patient, sign) in enumerate(zip(order, signs, strict=True)):
        straight[patient, k] = sign
    c, s = np.cos(tilt), np.sin(tilt)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ straight * (2.5, 0.75, 0.5)
    affine[:3, 3] = (-101.5, 33.25, -812.0)
    return affine


@settings(max_examples=60)
@given(affines(), st.lists(st.tuples(*[st.integers(-600, 600)] * 3), min_size=1, max_size=5))
def test_an_index_turned_to_the_patient_and_back_is_the_same(affine, indices):
    grid = Grid(SHAPE, affine)

    # Voxels of 0.1 mm some 5 m away, with spacings 80 times apart: double precision leaves at least this.
    assert grid.to_index(grid.to_patient(indices)) == pytest.approx(np.array(indices, dtype=float), abs=1e-7)


@settings(max_examples=60)
@given(affines())
def test_spacing_is_the_distance_between_neighbors_and_a_voxel_is_their_product(affine):
    grid = Grid(SHAPE, affine)
    origin = grid.to_patient((0, 0, 0))

    assert grid.spacing_mm == pytest.approx(tuple(np.linalg.norm(grid.to_patient(e) - origin) for e in np.eye(3)))
    assert grid.voxel_mm3 == pytest.approx(np.prod(grid.spacing_mm))
    assert grid.voxel_mm3 > 0


def test_a_sheared_voxel_is_smaller_than_the_product_of_its_sides():
    sheared = np.array([[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]])

    assert Grid(SHAPE, sheared).voxel_mm3 == pytest.approx(2.0)


def test_points_keep_their_leading_axes():
    grid = Grid(SHAPE, nearly_axial((2, 1, 0), (1, 1, 1)))

    assert grid.to_patient(np.zeros((2, 7, 3))).shape == (2, 7, 3)
    assert grid.to_index(np.zeros((2, 7, 3))).shape == (2, 7, 3)
    assert grid.to_patient((1, 2, 3)).shape == (3,)


@pytest.mark.parametrize(
    "affine",
    [
        np.eye(3),
        np.zeros((4, 4)),
        np.diag([1.0, 1.0, 0.0, 1.0]),
        np.array([[1, 2, 0, 0], [1, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]),
        np.diag([1.0, np.nan, 1.0, 1.0]),
        np.diag([1.0, np.inf, 1.0, 1.0]),
    ],
    ids=["3 x 3", "zero", "zero length", "parallel", "nan", "infinite"],
)
def test_an_affine_that_tells_no_place_is_refused_in_one_line(affine):
    with pytest.raises(GeometryError) as refusal:
        Grid(SHAPE, affine)

    assert isinstance(refusal.value, Refused)
    assert "\n" not in str(refusal.value)


def test_a_grid_keeps_its_affine_whatever_happens_to_the_one_it_was_made_of():
    affine = np.eye(4)
    grid = Grid(SHAPE, affine)
    affine[0, 3] = 99

    assert grid.affine[0, 3] == 0
    with pytest.raises(ValueError, match="read-only"):
        grid.affine[0, 3] = 1


def test_grids_match_to_a_thousandth_of_a_millimeter():
    grid = Grid(SHAPE, np.eye(4))
    near, far = np.eye(4), np.eye(4)
    near[1, 3], far[1, 3] = 9e-4, 2e-3

    assert grid.matches(Grid(SHAPE, near))
    assert not grid.matches(Grid(SHAPE, far))
    assert not grid.matches(Grid((4, 5, 7), np.eye(4)))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("signs", SIGNS)
def test_every_order_and_direction_of_the_axes_is_analyzed_the_same_way_round(order, signs):
    grid = Grid(SHAPE, nearly_axial(order, signs))

    directions = Layout.of(grid).analyzed_grid().affine[:3, :3]

    assert directions[2, 0] > 0.9 * np.linalg.norm(directions[:, 0])  # slices toward superior
    assert directions[1, 1] > 0.9 * np.linalg.norm(directions[:, 1])  # rows toward posterior
    assert directions[0, 2] > 0.9 * np.linalg.norm(directions[:, 2])  # columns toward left


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("signs", SIGNS)
def test_every_voxel_keeps_its_place_in_the_patient(order, signs):
    grid = Grid(SHAPE, nearly_axial(order, signs))
    layout = Layout.of(grid)
    places = grid.to_patient(np.moveaxis(np.indices(SHAPE), 0, -1))

    analyzed = layout.analyzed_grid()
    turned = np.stack([layout.from_source(places[..., k]) for k in range(3)], axis=-1)

    assert turned.shape[:3] == analyzed.shape
    # The analyzed grid is rounded to a micrometer, and its steps to a nanometer.
    assert turned == pytest.approx(analyzed.to_patient(np.moveaxis(np.indices(analyzed.shape), 0, -1)), abs=6e-4)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("signs", SIGNS)
def test_what_goes_to_the_analyzed_order_and_back_is_unchanged(order, signs):
    layout = Layout.of(Grid(SHAPE, nearly_axial(order, signs)))
    values = np.arange(np.prod(SHAPE)).reshape(SHAPE)

    assert np.array_equal(layout.to_source(layout.from_source(values)), values)
    analyzed = layout.from_source(values)
    assert np.array_equal(layout.from_source(layout.to_source(analyzed)), analyzed)


@settings(max_examples=60)
@given(affines())
def test_an_oblique_grid_has_one_layout_that_uses_every_axis_once(affine):
    grid = Grid(SHAPE, affine)
    layout, analyzed = Layout.of(grid), Layout.of(grid).analyzed_grid()

    assert sorted(layout.axes) == [0, 1, 2]
    assert Layout.of(analyzed).axes == (0, 1, 2)
    assert Layout.of(analyzed).flips == (False, False, False)
    assert analyzed.voxel_mm3 == pytest.approx(grid.voxel_mm3, rel=1e-4)  # a nanometer of 0.1 mm, three times over


def test_the_analyzed_order_of_an_ordinary_series_is_its_own():
    """Feet to head, front to back, right to left: nothing is turned."""
    grid = Grid(SHAPE, nearly_axial((2, 1, 0), (1, 1, 1), tilt=0.0))
    layout = Layout.of(grid)

    assert (layout.axes, layout.flips) == ((0, 1, 2), (False, False, False))
    assert layout.analyzed_grid().matches(grid)
