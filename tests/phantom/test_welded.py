"""Balls welded to shafts: what lies outside the bone is known."""

from __future__ import annotations

import numpy as np
import pytest

from calcimeter.phantom.welded import Shaft, Welded


@pytest.mark.parametrize("radius_mm", [10.0, 20.0])
def test_a_ball_that_only_touches_is_whole(radius_mm):
    volume_mm3, area_mm2, share = Welded(Shaft(), radius_mm, 400.0, 0.0).truth()

    assert volume_mm3 == pytest.approx(4 / 3 * np.pi * radius_mm**3, rel=0.001)
    assert area_mm2 < 0.01 * 4 * np.pi * radius_mm**2
    assert share < 0.01


@pytest.mark.parametrize("contact", [0.05, 0.15, 0.25])
def test_the_share_on_bone_is_the_one_asked_for_on_a_round_shaft(contact):
    assert Welded(Shaft(), 15.0, 400.0, contact).truth()[2] == pytest.approx(contact, abs=0.01)


def test_what_lies_outside_the_bone_is_what_chance_hits():
    """With 200 000 points in the ball the share of hits is true to a third of a percent."""
    shaft = Shaft(13.0, lean_degrees=10.0, bow_mm=2.0, taper=0.02, ridge_mm=3.0)
    welded = Welded(shaft, 14.0, 400.0, 0.15, angle_degrees=80.0)
    points = np.random.default_rng(1).uniform(-14, 14, (400_000, 3))
    points = points[np.linalg.norm(points, axis=1) < 14] + welded.center_mm

    outside = (shaft.solid().distance(points.T) > 0).mean()

    assert welded.truth()[0] == pytest.approx(outside * 4 / 3 * np.pi * 14**3, rel=0.01)
