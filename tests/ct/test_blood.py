"""Blood that contrast medium makes dense but uneven is left out; bone beside it is not."""

from __future__ import annotations

import numpy as np
from ct_cases import TISSUE_HU, cylinder, dense_of, distance_from, volume_of, with_noise

from calcimeter.ct.blood import find_blood
from calcimeter.ct.settings import BloodSettings
from calcimeter.model.anatomy import Gas, Mask

SHAPE, SPACING, NOISE_HU = (60, 90, 120), (2.0, 1.5, 1.5), 12.0
LUNGS = Gas(Mask.empty(SHAPE), bowel_mm3=0.0, lungs_mm3=3e6)
NO_LUNGS = Gas(Mask.empty(SHAPE), bowel_mm3=0.0, lungs_mm3=0.0)
POOL = distance_from((30, 40, 50), SHAPE, SPACING) <= 32
"""An even pool of 137 mL: heart and great vessels, known to be contrast medium."""
CHAMBER = (distance_from((30, 40, 76), SHAPE, SPACING) <= 18) & ~POOL
"""A chamber beside it, in which the medium mixes."""
VESSEL = cylinder(SHAPE, (40, 90), 3, SPACING) & (np.arange(60) > 25)[:, None, None]
"""A thin vessel of that chamber."""
BONE = cylinder(SHAPE, (70, 50), 15, SPACING)
MARROW = cylinder(SHAPE, (70, 50), 12, SPACING)


def chest(*, streaks_hu=150):
    """Pool, streaky chamber and a vertebra's body of spongy bone, all one piece of what is dense."""
    values = np.full(SHAPE, TISSUE_HU)
    values[POOL | VESSEL] = 380
    rows = np.arange(SHAPE[1])[None, :, None]
    values = np.where(CHAMBER, 450 + streaks_hu * np.sin(rows * 1.3), values)
    values[BONE] = 800
    values[MARROW] = 250
    return volume_of(with_noise(values, NOISE_HU), SPACING)


def blood_in(volume, *, gas=LUNGS, contrast=POOL & ~BONE):
    known = Mask.from_bool(contrast)
    rest = dense_of(volume).mask - known
    return find_blood(volume, rest, known, gas, NOISE_HU, BloodSettings()).to_bool()


def test_a_streaky_chamber_and_its_vessel_are_blood():
    blood = blood_in(chest())

    assert blood[CHAMBER & ~BONE].mean() > 0.95
    within_reach = VESSEL & (distance_from((30, 40, 76), SHAPE, SPACING) <= 40)
    assert blood[within_reach & ~BONE].mean() > 0.9


def test_spongy_bone_that_touches_the_pool_is_not_blood():
    """The surface that the two share is lost at most, a pixel of the coarse grid deep."""
    assert (POOL & BONE).any()

    blood = blood_in(chest())

    assert blood[BONE].mean() < 0.02
    assert not blood[MARROW].any()


def test_without_lungs_in_view_nothing_is_blood():
    assert not blood_in(chest(), gas=NO_LUNGS).any()


def test_with_little_contrast_medium_nothing_is_blood():
    little = distance_from((30, 40, 50), SHAPE, SPACING) <= 20

    assert not blood_in(chest(), contrast=little).any()


def test_a_deposit_apart_from_the_blood_is_not_blood():
    volume = chest()
    values = volume.values.copy()
    deposit = distance_from((45, 20, 105), SHAPE, SPACING) <= 6
    values[deposit] = np.where(np.indices(SHAPE).sum(axis=0)[deposit] % 7 < 3, 700, 300)

    assert not blood_in(volume_of(values, SPACING))[deposit].any()
