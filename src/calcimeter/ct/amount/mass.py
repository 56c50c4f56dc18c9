"""Mass: what is above the background, summed to where the blur of the deposit ends. Blur moves it and loses nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.surroundings import Surroundings, taller
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.morphology import dilate
from calcimeter.model.anatomy import Mask
from calcimeter.model.calibration import Calibration
from calcimeter.model.measures import Estimate, Resolution

Floats = npt.NDArray[np.float32]


class Content(NamedTuple):
    """What a deposit holds above the background.

    Parameters
    ----------
    hu_mm3 : float
        HU times volume.
    sd_hu_mm3 : float
        Its standard deviation from noise and background.
    met_hu_mm : float
        HU times length that a ray of the scanner meets on its way through the deposit, in the mean of its mass.
    """

    hu_mm3: float
    sd_hu_mm3: float
    met_hu_mm: float


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
    total = float(around.excess[region].sum(dtype=np.float64)) * voxel_mm3
    met = _met_hu_mm(np.where(region, around.excess, np.float32(0)), spacing)
    return Content(total, float(np.hypot(noise, background)) * voxel_mm3, met)


def _met_hu_mm(excess: Floats, spacing: tuple[float, float, float]) -> float:
    """Mean over rows and columns, for the scanner's rays lie in the slice, each line weighted with what it holds."""
    means = []
    for axis in (1, 2):
        lines = np.maximum(excess.sum(axis=axis, dtype=np.float64) * spacing[axis], 0.0)
        means.append(float((lines**2).sum() / max(lines.sum(), 1e-9)))
    return sum(means) / 2


def mass_of(content: Content, calibration: Calibration, s: AmountSettings) -> Estimate | None:
    """Mass with its interval; None without calibration. The error of the calibration is common to all lesions.

    What is thick and dense hardens the beam for itself and looks less dense than it is, which is given back.
    """
    thin, uncertainty = calibration.mg_ha_per_ml_per_hu, calibration.relative_uncertainty
    if thin is None:
        return None
    met_g_per_cm2 = content.met_hu_mm * thin / 10_000
    slope = thin * (1 + calibration.hardening_cm2_per_g * met_g_per_cm2)
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
