"""Skeletons come to lie on themselves, and on nobody else's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from study_cases import ball, hip, moved, shaft, study

from calcimeter.follow.register import register
from calcimeter.follow.settings import RegisterSettings
from calcimeter.geometry.align import rotation_of
from calcimeter.geometry.rigid import Rigid
from calcimeter.model.result import BoneResult

SETTINGS = RegisterSettings()
MIDDLE = np.array([100.0, 100.0, 100.0])


def about_the_middle(turns, shift=(0.0, 0.0, 0.0)):
    rotation = rotation_of(turns)
    return Rigid(rotation, MIDDLE - rotation @ MIDDLE + shift)


@pytest.mark.parametrize(
    ("turns", "shift"),
    [((0, 0, 0), (0, 0, 0)), ((10, 0, 0), (4, -6, 9)), ((0, -10, 0), (12, 3, -5)), ((3, -4, 22), (-5, 5, 0))],
)
def test_a_patient_who_lies_otherwise_is_found(turns, shift):
    motion = about_the_middle(turns, shift)
    later = study(bones=moved(hip(), motion), origin=(-30, -30, -30), size_mm=(260,) * 3)
    found = register(study(), later, SETTINGS)
    assert found is not None
    points = np.random.default_rng(1).uniform(60, 140, (50, 3))
    away = np.linalg.norm(found.whole.apply(points) - motion.apply(points), axis=1)
    assert away.max() < 1.5
    assert found.fit.apart_mm < 0.5


def test_the_coordinates_of_another_scanner_do_not_matter():
    away = np.array([310.0, -250.0, 1470.0])
    later = study(bones=moved(hip(), Rigid.shift(away)), origin=tuple(away[::-1]))
    found = register(study(), later, SETTINGS)
    assert found is not None
    np.testing.assert_allclose(found.whole.shift_mm, away, atol=1.0)


def test_another_patient_is_not_found():
    assert register(study(), study(bones=hip(otherwise_mm=25.0)), SETTINGS) is None


def test_names_play_no_part():
    renamed = tuple(replace(bone, name=None, side=None) for bone in hip())
    assert register(study(), study(bones=renamed), SETTINGS) is not None


def test_a_part_in_view_is_enough_where_it_has_a_shape():
    (bone,) = hip()
    upper = bone.surface_mm[:, 2] > 90
    part = BoneResult(1, None, None, bone.surface_mm[upper], bone.normals[upper])
    later = study(bones=(part,), origin=(90, 0, 0), size_mm=(110, 200, 200))
    found = register(study(), later, SETTINGS)
    assert found is not None
    np.testing.assert_allclose(found.whole.apply(MIDDLE[None]), MIDDLE[None], atol=1.0)


def test_a_shaft_alone_is_found_but_said_to_slide():
    found = register(study(bones=shaft()), study(bones=shaft()), SETTINGS)
    assert found is not None
    assert found.fit.held < SETTINGS.held


def test_without_bone_there_is_nothing_to_lay():
    assert register(study(bones=()), study(), SETTINGS) is None
    assert register(study(), study(bones=()), SETTINGS) is None


def test_views_that_share_too_little_are_not_compared():
    (bone,) = hip()
    low = bone.surface_mm[:, 2] < 30
    part = BoneResult(1, None, None, bone.surface_mm[low], bone.normals[low])
    assert register(study(), study([ball(1, (100, 60, 20))], bones=(part,), size_mm=(30, 200, 200)), SETTINGS) is None


def test_a_bone_of_its_own_motion_takes_its_deposits_along():
    (first,) = hip()
    second = replace(moved((first,), Rigid.shift(np.array([120.0, 0.0, 0.0])))[0], id=2, side="right")
    turned = Rigid.shift(np.array([0.0, 5.0, 3.0]))
    later = study(bones=(first, *moved((second,), turned)), size_mm=(200, 200, 330))
    found = register(study(bones=(first, second), size_mm=(200, 200, 330)), later, SETTINGS)
    assert found is not None
    there = np.array([[220.0, 60.0, 120.0]])
    np.testing.assert_allclose(found.of(2).apply(there), turned.apply(there), atol=1.5)
    np.testing.assert_allclose(found.of(1).apply(MIDDLE[None]), MIDDLE[None], atol=1.0)
