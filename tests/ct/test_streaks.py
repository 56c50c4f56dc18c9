"""Bright streaks beside large metal are left out with it; bone beside it is not."""

from __future__ import annotations

import numpy as np
from ct_cases import TISSUE_HU, cylinder, dense_of, volume_of, with_noise

from calcimeter.ct.dense import find_metal, find_streaks
from calcimeter.ct.settings import DenseSettings
from calcimeter.model.anatomy import Mask

SHAPE, SPACING = (20, 100, 100), (3.0, 1.0, 1.0)
NAIL = cylinder(SHAPE, (50, 50), 6, SPACING)
SHAFT = cylinder(SHAPE, (50, 50), 14, SPACING)
CANAL = cylinder(SHAPE, (50, 50), 9, SPACING)
STREAK = np.zeros(SHAPE, dtype=bool)
STREAK[:, 15:36, 44:56] = True
BLURRED = cylinder(SHAPE, (50, 50), 16.5, SPACING)
ALL = Mask.from_bool(np.ones(SHAPE, dtype=bool))


def away_mm(center):
    """Distance of each voxel from one."""
    offset = np.indices(SHAPE) - np.array(center)[:, None, None, None]
    return np.sqrt((np.square(offset * np.array(SPACING)[:, None, None, None])).sum(axis=0))


def thigh(*, nail=NAIL, spongy_hu=200):
    values = np.full(SHAPE, TISSUE_HU)
    values[STREAK] = 180
    values[SHAFT] = 1000
    values[CANAL] = spongy_hu
    values[nail] = 3000
    return volume_of(with_noise(values, 8), SPACING)


def streaks_in(volume):
    metal = find_metal(volume, ALL, DenseSettings())
    return find_streaks(volume, dense_of(volume), metal, DenseSettings()).to_bool()


def test_a_streak_beside_a_nail_is_left_out_and_the_shaft_around_it_is_not():
    found = streaks_in(thigh())

    assert found[STREAK & ~BLURRED].mean() > 0.95
    assert not found[SHAFT].any()


def test_the_blurred_edge_of_a_deposit_beside_a_nail_is_no_streak():
    """Of a ball of 300 HU only the middle is denser than streaks may be; its edge and its caps are its own."""
    ball, edge = (away_mm((10, 24, 80)) <= radius for radius in (8, 9.5))
    values = thigh().values.copy()
    values[edge], values[ball] = 180, 300

    assert not streaks_in(volume_of(values, SPACING))[edge].any()


def test_spongy_bone_that_cortex_encloses_beside_the_nail_is_no_streak():
    assert not streaks_in(thigh(spongy_hu=220))[CANAL].any()


def test_far_from_the_nail_and_in_slices_without_it_nothing_is_a_streak():
    """Up to 35 mm from the nail's surface."""
    short = NAIL & (np.arange(SHAPE[0]) < 10)[:, None, None]
    volume = thigh(nail=short)
    values = volume.values.copy()
    values[:, 2:6, 80:96] = 180

    found = streaks_in(volume_of(values, SPACING))

    assert not found[11:].any()
    assert not found[:, 2:6, 85:96].any()


def test_a_clip_has_no_streaks():
    """Metal of less than 1 mL."""
    clip = np.zeros(SHAPE, dtype=bool)
    clip[9:11, 48:52, 48:52] = True

    assert not streaks_in(thigh(nail=clip)).any()
