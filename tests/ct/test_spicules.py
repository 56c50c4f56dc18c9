"""Spicules on a shaft are taken off it, so that nobody calls them bone; thin bones are not."""

from __future__ import annotations

import numpy as np
from ct_cases import TISSUE_HU, cylinder, study_of, volume_of, with_noise

from calcimeter.ct.settings import SpiculeSettings
from calcimeter.ct.spicules import cut_spicules
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.lesion import Category
from calcimeter.pipeline import analyze_ct

SHAPE, SPACING = (40, 100, 100), (3.0, 1.0, 1.0)
SHAFT, CANAL = (cylinder(SHAPE, (50, 50), radius, SPACING) for radius in (14, 6))
SPICULE = np.zeros(SHAPE, dtype=bool)
SPICULE[18:22, 49:52, 63:84] = True
"""3 mm thin, 20 mm long."""


def thigh(*, spicule_hu=300, shaft_hu=1200):
    values = np.full(SHAPE, TISSUE_HU)
    values[SPICULE] = spicule_hu
    values[SHAFT] = shaft_hu
    values[CANAL] = -40
    return volume_of(with_noise(values, 10), SPACING)


def skeleton_of(volume):
    """Shaft with its canal and whatever is on it, as the step before sees it."""
    whole = (volume.values > 130) | CANAL
    return Skeleton(whole.astype(np.uint8), (Bone(1, None, None, float(whole.sum() * 3.0)),))


def test_a_spicule_on_a_shaft_is_taken_off_and_said():
    volume = thigh()

    skeleton = cut_spicules(volume, skeleton_of(volume), SpiculeSettings())

    (cut,) = skeleton.cuts
    assert cut.is_spicule
    beyond_foot = SPICULE & ~cylinder(SHAPE, (50, 50), 16.5, SPACING)
    assert not skeleton.labels[beyond_foot].any()
    assert (skeleton.labels[SHAFT] == 1).all()
    # Its foot is 3 mm wide and four slices high, and its side faces where the cut is oblique.
    assert 0 < cut.area_mm2 <= 2 * 3 * 4 * 3
    assert skeleton.bones[0].volume_mm3 == np.count_nonzero(skeleton.labels) * volume.grid.voxel_mm3


def test_it_is_uncertain_and_never_soft_tissue():
    analysis = analyze_ct(study_of(thigh()))

    (lesion,) = analysis.lesions
    assert lesion.category is Category.UNCERTAIN
    assert lesion.deposit.reasons[0].startswith("thin, and grown from the cortex")


def test_on_thin_cortex_and_without_it_nothing_is_taken_off():
    for volume in (thigh(shaft_hu=500), thigh(spicule_hu=900), thigh(spicule_hu=TISSUE_HU)):
        whole = skeleton_of(volume)
        assert cut_spicules(volume, whole, SpiculeSettings()) is whole
