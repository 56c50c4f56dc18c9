"""Solids: how far a point is never overstates, and volumes agree with closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.model.grid import Grid
from calcimeter.phantom.compounds import Intersection, Union, Without
from calcimeter.phantom.outline import outline_of
from calcimeter.phantom.parts import Layered, filled
from calcimeter.phantom.render import integrals
from calcimeter.phantom.solids import Block, Capsule, Ellipsoid, HalfSpace, Plate, Solid, sphere


def turned(seed: int):
    axes = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    return tuple(tuple(float(v) for v in axis) for axis in axes.T)


BALL = sphere((3.0, -2.0, 5.0), 11.0)
EGG = Ellipsoid((50.0, -20.0, 300.0), (30.0, 20.0, 10.0), turned(1))
SHEET = Block((5.0, 6.0, 7.0), (1.5, 20.0, 30.0), 1.2, turned(2))
ROD = Capsule((0.0, 0.0, 0.0), (30.0, 40.0, 10.0), 3.0, 3.0)
CONE = Capsule((0.0, 0.0, 0.0), (10.0, 20.0, 5.0), 9.0, 3.0)
FIN = Plate((0.0, 0.0, 0.0), (30.0, 0.0, 5.0), (10.0, 25.0, -5.0), 2.0)
LOBES = Union((BALL, sphere((12.0, 2.0, 9.0), 9.0), CONE), blend_mm=5.0)
CUT = Without(BALL, ROD, margin_mm=1.0)
CAP = Intersection((BALL, HalfSpace((0.0, 0.6, 0.8), 4.0)))
SOLIDS = {"ball": BALL, "egg": EGG, "sheet": SHEET, "rod": ROD, "cone": CONE, "fin": FIN, "lobes": LOBES}
SOLIDS |= {"cut": CUT, "cap": CAP}


def grid_around(solid: Solid, across: int = 48) -> Grid:
    low, high = (np.array(corner) for corner in solid.box_mm)
    step = float((high - low).max()) / across
    counts = np.ceil((high - low) / step).astype(int) + 2
    affine = np.array([[0, 0, step, 0], [0, step, 0, 0], [step, 0, 0, 0], [0, 0, 0, 1.0]])
    affine[:3, 3] = low - 0.4 * step
    return Grid((int(counts[2]), int(counts[1]), int(counts[0])), affine)


@pytest.mark.parametrize("name", SOLIDS)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_distance_never_changes_faster_than_the_way_gone(name, seed):
    solid, random = SOLIDS[name], np.random.default_rng(seed)
    low, high = (np.array(corner)[:, None] for corner in solid.box_mm)
    first, second = (low - 9 + (high - low + 18) * random.random((3, 400)) for _ in range(2))
    second = first + (second - first) * random.random(400) ** 3
    change = np.abs(solid.distance(first) - solid.distance(second))
    assert (change <= np.linalg.norm(first - second, axis=0) * (1 + 1e-9) + 1e-9).all()


@pytest.mark.parametrize("name", SOLIDS)
def test_what_is_inside_lies_in_the_box(name):
    solid = SOLIDS[name]
    low, high = (np.array(corner)[:, None] for corner in solid.box_mm)
    points = low - 10 + (high - low + 20) * np.random.default_rng(3).random((3, 20_000))
    inside = points[:, solid.distance(points) <= 0]
    assert inside.shape[1] > 0
    assert (inside >= low).all()
    assert (inside <= high).all()


@pytest.mark.parametrize("name", ["ball", "egg", "sheet", "rod"])
def test_integrated_volume_is_that_of_the_closed_form(name):
    solid = SOLIDS[name]
    volume, content = integrals(filled(solid, 300.0, samples=6), grid_around(solid, across=64))
    assert volume == pytest.approx(solid.volume_mm3(), rel=1e-3)
    assert content == pytest.approx(300.0 * volume, rel=1e-6)


def test_surface_of_a_sphere_from_the_elliptic_integral():
    assert BALL.surface_mm2() == pytest.approx(4 * np.pi * 11.0**2)


def test_a_cone_has_no_closed_form():
    assert CONE.volume_mm3() is None
    assert CONE.surface_mm2() is None


def test_order_of_solids_does_not_change_their_union():
    points = np.random.default_rng(0).normal(scale=15, size=(3, 2000))
    turned_round = Union(LOBES.solids[::-1], LOBES.blend_mm)
    assert np.array_equal(LOBES.distance(points), turned_round.distance(points))


def test_far_solids_are_left_out_of_a_union_without_a_difference():
    points = np.random.default_rng(0).normal(scale=4, size=(3, 500)) + np.array([[3.0], [-2.0], [5.0]])
    assert np.array_equal(Union((BALL, EGG)).distance(points), BALL.distance(points))


def test_a_thin_shell_is_not_jumped_over_by_coarse_voxels():
    shell = Layered(((BALL, 500.0), (sphere(BALL.center_mm, 10.7), 50.0)), samples=12)
    grid = grid_around(BALL, across=12)
    volume, content = integrals(shell, grid)
    wall = volume - sphere(BALL.center_mm, 10.7).volume_mm3()
    assert content == pytest.approx(50.0 * volume + 450.0 * wall, rel=5e-3)


def test_sizes_of_a_sphere_are_its_diameter():
    outline = outline_of(BALL)
    assert outline.axes_mm() == pytest.approx((22.0, 22.0, 5.0), abs=0.02)
    assert outline.feret_mm() == pytest.approx(22.0, abs=0.01)
    assert outline.projected_mm(0) == pytest.approx((22.0, 22.0), abs=0.01)
    assert np.allclose(outline.box_mm, np.add.outer([-11.0, 11.0], [3.0, -2.0, 5.0]).reshape(2, 3), atol=0.01)


def test_sizes_of_an_upright_ellipsoid_are_its_axes():
    outline = outline_of(Ellipsoid((1.0, 2.0, 3.0), (12.0, 7.0, 20.0)))
    assert outline.axes_mm() == pytest.approx((24.0, 14.0, 3.0), abs=0.05)
    assert outline.projected_mm(1) == pytest.approx((40.0, 24.0), abs=0.02)
    assert outline.projected_mm(0) == pytest.approx((40.0, 14.0), abs=0.02)
    assert outline.feret_mm() == pytest.approx(40.0, abs=0.03)
