"""Noise as planted, metal with its halo, and what is dense."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import TISSUE_HU, acquisition, cylinder, distance_from, limb, volume_of, with_noise

from calcimeter.ct.body import find_body
from calcimeter.ct.dense import find_dense, find_metal
from calcimeter.ct.noise import measure_noise
from calcimeter.ct.settings import BodySettings, DenseSettings
from calcimeter.errors import UnsupportedStudy
from calcimeter.model.anatomy import Mask
from calcimeter.phantom.acquire import expose

SHAPE = (10, 60, 60)
ALL = Mask.from_bool(np.ones(SHAPE, dtype=bool))


@pytest.mark.parametrize("sigma_hu", [5.0, 12.0, 30.0, 60.0])
def test_white_noise_is_measured_within_a_tenth(sigma_hu):
    values = with_noise(np.full(SHAPE, TISSUE_HU), sigma_hu)

    assert measure_noise(volume_of(values), ALL) == pytest.approx(sigma_hu, rel=0.1)


@pytest.mark.parametrize("spacing_mm", [(2.0, 0.7, 0.7), (3.0, 0.977, 0.977), (2.0, 1.5, 1.5)])
def test_the_noise_of_a_standard_kernel_is_measured_within_a_tenth(spacing_mm):
    """Noise as smooth as the image, blur of 1 mm FWHM; bone, fat and a deposit in view don't count as noise."""
    acquired = acquisition(spacing_mm, 30.0, blur_fwhm_mm=1.0, noise_hu=15.0)
    volume = expose(limb(()), acquired)

    assert measure_noise(volume, find_body(volume, BodySettings())) == pytest.approx(15.0, rel=0.1)


def test_structure_in_half_of_the_tissue_does_not_count_as_noise():
    values = np.full(SHAPE, TISSUE_HU)
    values[:, ::4, :30] = 0

    assert measure_noise(volume_of(with_noise(values, 10)), ALL) == pytest.approx(10, rel=0.2)


def test_an_image_without_noise_has_none():
    assert measure_noise(volume_of(np.full(SHAPE, TISSUE_HU)), ALL) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("offset", [1024, -500])
def test_values_that_are_not_hounsfield_units_are_refused(offset):
    with pytest.raises(UnsupportedStudy, match="Hounsfield"):
        measure_noise(volume_of(np.full(SHAPE, TISSUE_HU + offset)), ALL)


def test_dense_is_what_is_over_the_threshold_inside_the_body():
    values = np.full(SHAPE, TISSUE_HU)
    values[4, 20, 20], values[4, 20, 21], values[4, 5, 5] = 131, 130, 900
    body = np.ones(SHAPE, dtype=bool)
    body[:, :10] = False

    dense = find_dense(volume_of(values), Mask.from_bool(body), 10.0, DenseSettings())

    assert dense.threshold_hu == 130.0
    assert np.argwhere(dense.mask.to_bool()).tolist() == [[4, 20, 20]]


@pytest.mark.parametrize(("noise_hu", "threshold_hu"), [(0.0, 130.0), (20.0, 130.0), (30.0, 150.0), (60.0, 240.0)])
def test_noise_raises_the_threshold_to_three_standard_deviations_over_muscle(noise_hu, threshold_hu):
    values = np.full(SHAPE, TISSUE_HU)
    values[4, 20, 20], values[4, 20, 21] = threshold_hu, threshold_hu + 1

    dense = find_dense(volume_of(values), ALL, noise_hu, DenseSettings())

    assert dense.threshold_hu == threshold_hu
    assert np.argwhere(dense.mask.to_bool()).tolist() == [[4, 20, 21]]


def test_metal_takes_its_bright_halo_along_and_leaves_bone_around():
    """A nail 6 mm thick in a cortex of 1200 HU: all within 3 mm of the nail and over 700 HU goes with it."""
    values = np.full(SHAPE, TISSUE_HU)
    values[cylinder(SHAPE, (30, 30), 14, (1, 1, 1))] = 1200
    nail = cylinder(SHAPE, (30, 30), 3, (1, 1, 1))
    values[nail] = 3071

    metal = find_metal(volume_of(values), ALL, DenseSettings()).to_bool()

    away = distance_from((0, 30, 30), SHAPE, (1e-9, 1, 1)) - 3
    assert metal[nail].all()
    assert metal[(away > 0) & (away <= 2)].all()
    assert not metal[away > 3.5].any()


def test_the_tissue_beside_metal_is_not_metal():
    values = np.full(SHAPE, TISSUE_HU)
    clip = np.zeros(SHAPE, dtype=bool)
    clip[4:6, 30:32, 30:33] = True
    values[clip] = 2500

    assert np.array_equal(find_metal(volume_of(values), ALL, DenseSettings()).to_bool(), clip)


@pytest.mark.parametrize("hu", [1650, 1999])
def test_the_densest_cortex_is_not_metal(hu):
    """Without metal no series at hand exceeds 1650 HU."""
    values = np.full(SHAPE, TISSUE_HU)
    values[2:8, 20:30, 20:30] = hu

    assert find_metal(volume_of(values), ALL, DenseSettings()).voxels() == 0


@pytest.mark.parametrize(("kvp", "metal"), [(None, True), (120, True), (140, True), (80, False), (70, False)])
def test_at_a_low_voltage_cortex_of_more_than_2000_hu_is_no_metal(kvp, metal):
    """What has 1700 HU at 120 kV has 2350 at 80 kV."""
    values = np.full(SHAPE, TISSUE_HU)
    values[2:8, 20:30, 20:30] = 2350

    assert (find_metal(volume_of(values), ALL, DenseSettings(), kvp).voxels() > 0) == metal


@pytest.mark.parametrize("kvp", [70, 80, 100, 120])
def test_what_fills_the_range_of_a_scanner_is_metal_at_every_voltage(kvp):
    values = np.full(SHAPE, TISSUE_HU)
    values[2:8, 20:30, 20:30] = 3071

    assert find_metal(volume_of(values), ALL, DenseSettings(), kvp).voxels() > 0


def test_metal_outside_the_body_does_not_count():
    values = np.full(SHAPE, TISSUE_HU)
    values[5, 5, 5] = 3000
    body = np.ones(SHAPE, dtype=bool)
    body[:, :10] = False

    assert find_metal(volume_of(values), Mask.from_bool(body), DenseSettings()).voxels() == 0
