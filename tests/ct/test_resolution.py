"""The blur of a scan, measured at skin against air."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import acquisition, limb, volume_of

from calcimeter.ct.body import find_body
from calcimeter.ct.resolution import measure_resolution
from calcimeter.ct.settings import BodySettings, ResolutionSettings
from calcimeter.model.anatomy import Mask
from calcimeter.phantom.acquire import expose


def resolution(spacing, **changes):
    volume = expose(limb((), shaft=False), acquisition(spacing, 60.0, **changes))
    return measure_resolution(volume, find_body(volume, BodySettings()), ResolutionSettings())


@pytest.mark.parametrize("blur_fwhm_mm", [0.8, 1.1, 1.4])
@pytest.mark.parametrize("pixel_mm", [0.6, 0.9])
def test_the_blur_in_the_slice_is_found_within_its_own_error(blur_fwhm_mm, pixel_mm):
    """Of blur and pixel together; twice the standard deviation that it claims."""
    found = resolution((2.0, pixel_mm, pixel_mm), blur_fwhm_mm=blur_fwhm_mm)
    true = np.hypot(blur_fwhm_mm, pixel_mm / np.sqrt(12) * 2.3548)

    assert found.source.startswith("skin")
    assert abs(found.in_plane_fwhm_mm / true - 1) < 2 * found.relative_sd
    assert found.relative_sd < 0.1


def test_noise_does_not_change_it():
    quiet, noisy = (resolution((2.0, 0.8, 0.8), noise_hu=noise) for noise in (5.0, 35.0))

    assert noisy.in_plane_fwhm_mm == pytest.approx(quiet.in_plane_fwhm_mm, rel=0.05)


def test_across_slices_their_distance_stands_for_the_profile():
    assert resolution((3.0, 0.8, 0.8)).through_fwhm_mm == pytest.approx(3.0)


def test_without_skin_in_view_a_width_is_assumed_and_said_to_be():
    volume = volume_of(np.full((12, 40, 40), 55), (2.0, 0.8, 0.8))

    found = measure_resolution(volume, Mask.from_bool(np.ones(volume.grid.shape, dtype=bool)), ResolutionSettings())

    assert found.source.startswith("assumed")
    assert found.relative_sd >= 0.2


def test_a_single_slice_does_not_break_it():
    volume = volume_of(np.full((1, 40, 40), 55), (2.0, 0.8, 0.8))

    found = measure_resolution(volume, Mask.from_bool(np.ones(volume.grid.shape, dtype=bool)), ResolutionSettings())

    assert found.source.startswith("assumed")
