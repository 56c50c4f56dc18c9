"""Undiluted contrast medium in veins against metal: what is in company of enhanced blood is medium."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import volume_of

from calcimeter.ct.settings import VeinSettings
from calcimeter.ct.veins import find_veins
from calcimeter.model.anatomy import Gas, Mask

SHAPE, SPACING = (20, 60, 120), (2.0, 2.0, 2.0)


def box(*corners):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[tuple(slice(low, high) for low, high in corners)] = True
    return mask


HEART = box((2, 18), (5, 45), (5, 25))
VENA_CAVA = box((4, 16), (20, 24), (25, 40))
ARM = box((8, 11), (20, 23), (46, 60))
SCREW = box((8, 11), (20, 23), (90, 100))


def found(lungs_mm3=2e6, contrast=HEART):
    metal = Mask.from_bool(VENA_CAVA | ARM | SCREW)
    gas = Gas(Mask.empty(SHAPE), 0.0, lungs_mm3)
    volume = volume_of(np.zeros(SHAPE), SPACING)
    return find_veins(volume, metal, Mask.from_bool(contrast), gas, VeinSettings()).to_bool()


def test_what_touches_the_blood_and_what_follows_is_a_vein_and_metal_elsewhere_is_not():
    veins = found()

    assert veins[VENA_CAVA].all()
    assert veins[ARM].all()
    assert not veins[SCREW].any()


@pytest.mark.parametrize("scan", [{"lungs_mm3": 0.0}, {"contrast": box((2, 4), (20, 24), (23, 25))}])
def test_without_lungs_or_with_little_medium_metal_is_metal(scan):
    assert not found(**scan).any()
