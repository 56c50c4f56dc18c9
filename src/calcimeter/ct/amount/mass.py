"""Mass: what is above the background, summed to where the blur of the deposit ends. Blur moves it and loses nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.amount.surroundings import Surroundings, taller
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.morphology import dilate
from calcimeter.model.anatomy import Mask
from calcimeter.model.calibration import Calibration
from calcimeter.model.measures import Estimate, Resolution


class Content(NamedTuple):
    """HU above background times volume, and its standard deviation from noise and background, HU mm3."""

    hu_mm3: float
    sd_hu_mm3: float


def content_of(
    around: Surroundings, spacing: tuple[float, float, float], resolution: Resolution, s: AmountSettings
) -> Content:
    """What an envelope and its blur hold above the background."""
    reach_mm = s.mass_reach * resolution.in_plane_fwhm_mm
    region = dilate(Mask.from_bool(taller(around.box.mask)), reach_mm, spacing).to_bool() & ~around.foreign
    voxel_mm3 = float(np.prod(spacing))
    voxels = int(region.sum())
    noise = around.ring_sd_hu * np.sqrt(voxels * correlated_voxels(spacing, resolution))
    background = voxels * background_sd_hu(around, spacing, resolution, s)
    return Content(
        float(around.excess[region].sum(dtype=np.float64)) * voxel_mm3, float(np.hypot(noise, background)) * voxel_mm3
    )


def mass_of(content: Content, calibration: Calibration, s: AmountSettings) -> Estimate | None:
    """Mass with its interval; None without calibration. The error of the calibration is common to all lesions."""
    slope, uncertainty = calibration.mg_ha_per_ml_per_hu, calibration.relative_uncertainty
    if slope is None:
        return None
    mass = content.hu_mm3 * slope / 1000
    common = abs(mass) * (uncertainty or 0.0)
    half = float(np.hypot(common, s.sigmas * content.sd_hu_mm3 * slope / 1000))
    return Estimate(mass, max(0.0, mass - half), mass + half, common)


def background_sd_hu(
    around: Surroundings, spacing: tuple[float, float, float], resolution: Resolution, s: AmountSettings
) -> float:
    """How well the background is known: noise of the ring's mean, and what the tissue differs from place to place."""
    ring = max(1.0, around.ring_voxels / correlated_voxels(spacing, resolution))
    return float(np.hypot(around.ring_sd_hu / np.sqrt(ring), s.background_sd_hu))


def correlated_voxels(spacing: tuple[float, float, float], resolution: Resolution) -> float:
    """How many voxels of the scan's noise vary as one: noise is at most as smooth as the image."""
    sigma = resolution.in_plane_fwhm_mm / 2.3548200450309493
    return float(max(1.0, 4 * np.pi * sigma**2 / (spacing[1] * spacing[2])))
