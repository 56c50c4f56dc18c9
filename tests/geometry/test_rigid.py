"""Surfaces laid over each other come to lie where they were, from wherever they start."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from calcimeter.geometry.align import find_starts, rotation_of
from calcimeter.geometry.rigid import Rigid, Surface, best_motion, gap_between, lay_over, together

degrees = st.floats(-10, 10)
millimeters = st.floats(-300, 300)


def ellipsoid(n=4000, radii=(30.0, 45.0, 70.0)):
    """Points with normals; no turn of less than a half brings it onto itself."""
    k = np.arange(n) + 0.5
    z, turn = 1 - 2 * k / n, np.pi * (1 + 5**0.5) * k
    unit = np.stack([np.sqrt(1 - z**2) * np.cos(turn), np.sqrt(1 - z**2) * np.sin(turn), z], axis=1)
    normals = unit / np.array(radii)
    return Surface(unit * radii, normals / np.linalg.norm(normals, axis=1, keepdims=True))


def cylinder(n=4000):
    k = np.arange(n) + 0.5
    turn = np.pi * (1 + 5**0.5) * k
    outward = np.stack([np.cos(turn), np.sin(turn), np.zeros(n)], axis=1)
    return Surface(outward * 15 + np.stack([np.zeros(n), np.zeros(n), 200 * k / n], axis=1), outward)


@given(st.tuples(degrees, degrees, degrees), st.tuples(millimeters, millimeters, millimeters))
def test_a_motion_and_its_inverse_are_no_motion(turns, shift):
    motion = Rigid(rotation_of(turns), np.array(shift))
    points = ellipsoid(50).points_mm
    np.testing.assert_allclose(motion.inverse().apply(motion.apply(points)), points, atol=1e-9)
    assert np.array(motion.matrix()) @ [*points[0], 1] == pytest.approx([*motion.apply(points)[0], 1])


@given(st.tuples(degrees, degrees, degrees), st.tuples(millimeters, millimeters, millimeters))
def test_pairs_of_points_tell_their_motion(turns, shift):
    motion = Rigid(rotation_of(turns), np.array(shift))
    points = ellipsoid(50).points_mm
    found = best_motion(points, motion.apply(points))
    np.testing.assert_allclose(found.apply(points), motion.apply(points), atol=1e-6)
    assert np.linalg.det(found.rotation) == pytest.approx(1)


@settings(max_examples=8, deadline=None)
@given(st.tuples(degrees, degrees, degrees), st.tuples(millimeters, millimeters, millimeters))
def test_a_surface_is_found_wherever_it_has_gone(turns, shift):
    motion = Rigid(rotation_of(turns), np.array(shift))
    surface = ellipsoid()
    fixed = surface.moved(motion)
    start = find_starts(surface, fixed, ((-8.0, 0.0, 8.0),) * 3, 7.0)[0]
    laid = lay_over(surface.thinned(1000), fixed, start.motion, (15.0, 4.0))
    away = np.linalg.norm(laid.motion.apply(surface.points_mm) - motion.apply(surface.points_mm), axis=1)
    assert away.max() < 1.0


def test_starts_are_none_without_points():
    nothing = Surface(np.zeros((0, 3)), np.zeros((0, 3)))
    assert find_starts(nothing, ellipsoid(), ((0.0,),) * 3, 7.0) == []
    assert find_starts(ellipsoid(), nothing, ((0.0,),) * 3, 7.0) == []


def test_nothing_in_reach_leaves_the_start():
    far = ellipsoid().moved(Rigid.shift(np.array([500.0, 0.0, 0.0])))
    laid = lay_over(ellipsoid(), far, Rigid.shift(np.zeros(3)))
    assert laid.covered == 0
    assert laid.residual_mm == np.inf


def test_a_gap_is_the_distance_of_surfaces_and_not_of_points():
    thin, full = ellipsoid(700), ellipsoid(4000)
    assert gap_between(thin, full).apart_mm < 0.3  # points lie 3 mm apart
    larger = ellipsoid(4000, (32.0, 47.0, 72.0))
    assert gap_between(larger, full).apart_mm == pytest.approx(2.0, abs=0.2)
    assert gap_between(larger, full).agreeing < 0.1


def test_what_is_far_counts_with_the_reach_and_is_not_left_out():
    both = together([ellipsoid(), ellipsoid().moved(Rigid.shift(np.array([0.0, 0.0, 300.0])))])
    assert gap_between(both, ellipsoid()).apart_mm == 15.0
    assert gap_between(both, ellipsoid()).agreeing == pytest.approx(0.5)


def test_a_shaft_is_hardly_held_and_a_shaped_bone_is():
    assert gap_between(cylinder(), cylinder()).held < 1e-3
    across = Rigid(rotation_of((0.0, 60.0, 0.0)), np.array([40.0, 0.0, 100.0]))
    bent = together([cylinder(), cylinder().moved(across)])
    assert gap_between(bent, bent).held > 0.01


def test_a_gap_without_points_is_infinite():
    nothing = Surface(np.zeros((0, 3)), np.zeros((0, 3)))
    assert gap_between(nothing, ellipsoid()).apart_mm == np.inf
    assert gap_between(nothing, ellipsoid()).joined(gap_between(ellipsoid(), ellipsoid())).points == 4000


def test_turns_are_about_the_patients_axes_in_order():
    about_z = Rotation.from_euler("z", 90, degrees=True).as_matrix()
    np.testing.assert_allclose(rotation_of((0.0, 0.0, 90.0)), about_z, atol=1e-12)
