"""Contrast medium is left out by its company; an even deposit away from gas is not taken for it."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import AIR_HU, TISSUE_HU, cylinder, dense_of, distance_from, study_of, volume_of, with_noise

from calcimeter.ct.contrast import find_contrast
from calcimeter.ct.gas import find_gas
from calcimeter.ct.settings import ContrastSettings, GasSettings
from calcimeter.model.anatomy import Gas, Mask
from calcimeter.model.lesion import Category
from calcimeter.pipeline import analyze_ct

SHAPE, SPACING, NOISE_HU = (60, 90, 120), (2.0, 1.5, 1.5), 12.0
BODY = cylinder(SHAPE, (45, 60), 62, SPACING)


def ball(center_mm, radius_mm):
    """A ball by its middle in mm from the volume's first voxel."""
    center = tuple(c / s for c, s in zip(center_mm, SPACING, strict=True))
    return distance_from(center, SHAPE, SPACING) <= radius_mm


LOOP = ball((60, 67, 60), 13)
GAS_BESIDE = ball((60, 67, 82), 9) & ~LOOP
"""In the same loop of bowel: it touches the medium."""
GAS_FAR = ball((20, 67, 140), 9)
"""70 mm from the loop."""


def patient(*parts):
    values = np.where(BODY, TISSUE_HU, AIR_HU)
    for inside, hu in parts:
        values[inside] = hu
    return volume_of(with_noise(values, NOISE_HU), SPACING)


def contrast_in(volume, gas=None):
    """Contrast found with the gas that is seen, or with the gas given."""
    dense = dense_of(volume)
    gas = gas or find_gas(volume, Mask.from_bool(BODY), GasSettings())
    return find_contrast(volume, dense.mask, gas, NOISE_HU, ContrastSettings()).to_bool()


@pytest.mark.parametrize("hu", [200, 300, 450])
def test_a_loop_of_bowel_beside_gas_is_contrast(hu):
    found = contrast_in(patient((LOOP, hu), (GAS_BESIDE, -850)))

    assert found[LOOP].mean() > 0.95
    assert not found[~LOOP].any()


@pytest.mark.parametrize("hu", [200, 300, 600])
def test_an_even_deposit_away_from_gas_is_not_contrast(hu):
    assert not contrast_in(patient((LOOP, hu))).any()
    assert not contrast_in(patient((LOOP, hu), (GAS_FAR, -850))).any()


def test_a_speckled_deposit_beside_gas_is_not_contrast():
    """Grains of 60 to 900 HU: nothing about it is even."""
    grains = np.random.default_rng(0).choice((60, 900), SHAPE)
    values = patient((LOOP, 0), (GAS_BESIDE, -850)).values.copy()
    values[LOOP] = grains[LOOP]

    assert not contrast_in(volume_of(values, SPACING)).any()


def test_marrow_that_cortex_encloses_is_not_contrast():
    shell = ball((60, 67, 60), 16)

    assert not contrast_in(patient((shell, 1100), (LOOP, 250), (GAS_BESIDE, -850))).any()


def test_a_denser_mass_beside_gas_is_not_contrast():
    """Contrast medium in bowel is diluted; 700 HU throughout is something else."""
    assert not contrast_in(patient((LOOP, 700), (GAS_BESIDE, -850))).any()


def test_a_pool_of_less_than_half_a_milliliter_is_no_evidence_of_contrast():
    drop = ball((60, 67, 68), 4.5)

    assert not contrast_in(patient((drop, 300), (GAS_BESIDE & ~drop, -850))).any()


def test_large_pools_with_lungs_in_view_are_heart_and_great_vessels():
    """Balls of 26 mm radius hold 74 mL, of 13 mm 9 mL; one pool by itself may be anything."""
    heart, vessel, lungs = ball((60, 67, 60), 26), ball((60, 67, 125), 13), Gas(Mask.empty(SHAPE), 0.0, 2e6)

    found = contrast_in(patient((heart, 350), (vessel, 350)), lungs)

    assert found[heart].mean() > 0.9
    assert found[vessel].mean() > 0.9
    assert not contrast_in(patient((heart, 350)), lungs).any()
    assert not contrast_in(patient((LOOP, 350), (vessel, 350)), lungs).any()
    assert not contrast_in(patient((heart, 350), (vessel, 350))).any()


def test_what_is_much_denser_than_the_medium_is_not_swallowed_with_it():
    stone = ball((60, 67, 44), 4)
    found = contrast_in(patient((LOOP, 250), (GAS_BESIDE, -850), (stone & ~LOOP, 1000)))

    assert found[LOOP & ~ball((60, 67, 44), 9)].mean() > 0.9
    assert not found[stone & ~LOOP].any()


def test_without_anything_dense_there_is_no_contrast():
    assert not contrast_in(patient((GAS_BESIDE, -850))).any()


def test_a_loop_beside_gas_is_no_lesion_of_soft_tissue_and_the_same_without_gas_is():
    loop = analyze_ct(study_of(patient((LOOP, 250), (GAS_BESIDE, -850))))
    deposit = analyze_ct(study_of(patient((LOOP, 250))))

    assert loop.of_category(Category.SOFT_TISSUE) == ()
    assert "CONTRAST_PRESENT" in {c.code for c in loop.caveats}
    (lesion,) = deposit.of_category(Category.SOFT_TISSUE)
    assert lesion.amount.volume_mm3.value == pytest.approx(4 / 3 * np.pi * 13**3, rel=0.05)
    assert "CONTRAST_PRESENT" not in {c.code for c in deposit.caveats}


def test_an_even_deposit_far_from_heart_and_great_vessels_is_no_contrast_medium():
    heart, deposit, lungs = ball((60, 67, 40), 32), ball((60, 67, 145), 9), Gas(Mask.empty(SHAPE), 0.0, 2e6)

    found = contrast_in(patient((heart, 350), (deposit, 350)), lungs)

    assert found[heart].mean() > 0.9
    assert not found[deposit].any()
