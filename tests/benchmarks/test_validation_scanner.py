"""The simulator and the objects that the validation judges by: they must be right before anything is judged by them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import j0

from calcimeter.phantom.acquire import Acquisition
from validation import ibsi, physics
from validation.objects import FAMILIAR, NOVEL, Shaped, _counted, tuning_objects, volume_of
from validation.scenes import plans

for needed in ("numba", "spekpy", "xraydb"):
    pytest.importorskip(needed, reason=f"{needed} is not installed: `make validate` installs it")
simulator = pytest.importorskip("validation.simulator")
reconstruction = pytest.importorskip("validation.reconstruction")
Region, water_scan = simulator.Region, simulator.water_scan

SCAN = Acquisition(
    shape=(2, 120, 120), spacing_mm=(2.0, 0.8, 0.8), center_mm=(0.0, 0.0, 0.0), noise_hu=0.0, blur_fwhm_mm=1.1
)
WATER = Region("ellipse", (0.0, 0.0), (42.0, 38.0), physics.WATER)


def away_from(x: float, y: float) -> np.ndarray:
    """Distance of every pixel of the scan from a point."""
    middle = (np.arange(120) - 59.5) * 0.8
    return np.hypot(middle - x, (middle - y)[:, None])


@pytest.mark.parametrize("kvp", [80.0, 140.0])
def test_water_is_zero_at_every_depth_and_air_is_minus_a_thousand(kvp):
    hu = water_scan(replace(SCAN, kvp=kvp), [WATER], tube=0)
    assert abs(hu[0][away_from(0, 0) < 34].astype(float)).max() <= 1
    assert hu[0][away_from(0, 0) > 46].mean() == pytest.approx(-1000, abs=1)


def test_a_rod_in_water_has_the_hu_that_attenuation_says():
    rod = Region("ellipse", (8.0, 5.0), (9.0, 9.0), physics.WATER, physics.WATER, mineral_g_per_ml=0.1)
    hu = water_scan(SCAN, [WATER, rod], tube=1)
    source = physics.beam(120.0, 1)
    per_mm = source.per_mm @ (source.weights * np.exp(-80 * source.per_mm[physics.WATER]))
    said = 1000 * (per_mm[physics.MINERAL] / per_mm[physics.WATER] - 1) * 0.1 / physics.MINERAL_G_PER_ML
    assert hu[0][away_from(8, 5) < 6].mean() == pytest.approx(said, rel=0.03)


@pytest.mark.parametrize("soft_edge", [False, True])
def test_both_kernels_make_points_as_wide_as_asked(soft_edge):
    frequency, radius = np.linspace(0, 4, 4001), np.linspace(0.4, 0.7, 61)
    response = reconstruction.transfer(frequency, 1.1, soft_edge=soft_edge) * frequency
    heights = [np.trapezoid(response * j0(2 * np.pi * frequency * r), frequency) for r in radius]
    share = np.array(heights) / np.trapezoid(response, frequency)
    assert 2 * np.interp(-0.5, -share, radius) == pytest.approx(1.1, rel=0.01)


def test_the_blur_of_a_scan_is_that_of_its_kernel():
    """Around a disk's edge the transition from 25 to 75 % is 0.5735 of a Gaussian's full width."""
    fine = replace(SCAN, spacing_mm=(2.0, 0.2, 0.2))
    disk = Region("ellipse", (0.0, 0.0), (8.0, 8.0), physics.WATER, physics.WATER, mineral_g_per_ml=0.02)
    hu = water_scan(fine, [WATER, disk], tube=0)[0].astype(float)
    middle = (np.arange(120) - 59.5) * 0.2
    radius = np.hypot(middle, middle[:, None]).ravel()
    order = np.argsort(radius)
    profile = np.convolve(hu.ravel()[order], np.ones(40) / 40, mode="same")[200:-200]
    share = (profile - profile[-500:].mean()) / (profile[:500].mean() - profile[-500:].mean())
    places = radius[order][200:-200]
    width = places[np.argmax(share < 0.25)] - places[np.argmax(share < 0.75)]
    assert width == pytest.approx(0.5735 * 1.1, rel=0.08)


def test_noise_is_what_was_asked_for():
    hu = water_scan(replace(SCAN, noise_hu=20.0), [WATER], tube=0)
    assert hu[:, 45:75, 45:75].std() == pytest.approx(20, rel=0.1)


def test_mineral_in_a_simulated_deposit_is_volume_times_density():
    plan = next(plans(tuning_objects("small", 1), "small", 3))
    shaped, _ = plan.objects[0]
    (mass_mg,) = simulator.simulated(plan, 2).masses_mg
    slope = physics.beam(plan.acquisition.kvp, 2).hu_per_g_per_ml()
    assert mass_mg == pytest.approx(shaped.volume_mm3 * shaped.contrast_hu / slope, rel=0.02)


@pytest.mark.parametrize("kind", ["superquadric", "bent rod"])
def test_closed_forms_of_volumes_agree_with_counting(kind):
    shaped = Shaped(kind, 1000.0, 500.0, seed=5, radius_mm=6.2)
    solid = shaped.build((0.0, 0.0, 0.0), 50.0, (0.0, 1.0, 0.0)).envelope
    assert volume_of(solid) == pytest.approx(_counted(solid), rel=5e-4)


@pytest.mark.parametrize("kind", [*FAMILIAR, *NOVEL])
def test_no_shape_overstates_how_far_its_surface_is(kind):
    shaped = Shaped(kind, 1000.0, 500.0, seed=11, radius_mm=6.2, novel=kind in NOVEL)
    solid = shaped.build((1.0, 2.0, 3.0), 50.0, (0.0, 1.0, 0.0)).envelope
    random = np.random.default_rng(1)
    first = random.uniform(-20, 20, (3, 4000))
    second = first + random.normal(0, 0.5, first.shape)
    change = np.abs(solid.distance(first) - solid.distance(second))
    assert (change <= np.linalg.norm(first - second, axis=0) + 1e-9).all()


def test_the_ibsi_phantom_gives_its_published_values():
    found = ibsi.measured()
    for name, (value, tolerance) in ibsi.PUBLISHED.items():
        assert found[name] == pytest.approx(value, abs=tolerance), name
