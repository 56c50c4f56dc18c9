"""Mass: what is above the background, summed to where the blur of the deposit ends. Blur moves it and loses nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.scanner import LEVEL_ACROSS
from calcimeter.ct.amount.surroundings import Surroundings, taller
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.morphology import dilate
from calcimeter.geometry.window import FWHM_OF_SIGMA
from calcimeter.model.anatomy import Mask
from calcimeter.model.calibration import Calibration
from calcimeter.model.grid import BoolArray
from calcimeter.model.measures import Estimate, Resolution

Floats = npt.NDArray[np.float32]
POOL_REACH = 1.0
"""Widths of the blur from where a pool begins to look dark to its wall."""


class Content(NamedTuple):
    """What a deposit holds above the background.

    Parameters
    ----------
    hu_mm3 : float
        HU times volume.
    sd_hu_mm3 : float
        Its standard deviation from noise and background.
    excess : ndarray of float32
        HU above the background where they count, in the box; 0 elsewhere.
    """

    hu_mm3: float
    sd_hu_mm3: float
    excess: Floats


def content_of(
    around: Surroundings, spacing: tuple[float, float, float], resolution: Resolution, s: AmountSettings
) -> Content:
    """What an envelope and its blur hold above the background.

    Fluid or fat inside that is less dense than the background holds no mineral, and not less than none.
    """
    reach_mm = s.mass_reach * resolution.in_plane_fwhm_mm
    region = dilate(Mask.from_bool(taller(around.box.mask)), reach_mm, spacing).to_bool() & ~around.foreign
    voxel_mm3 = float(np.prod(spacing))
    voxels = int(region.sum())
    noise = around.ring_sd_hu * np.sqrt(voxels * correlated_voxels(spacing, resolution))
    background = voxels * background_sd_hu(around, spacing, resolution, s)
    excess = np.where(region, around.excess - _fluid_hu(around, region, spacing, resolution), np.float32(0))
    total = float(excess.sum(dtype=np.float64)) * voxel_mm3
    return Content(total, float(np.hypot(noise, background)) * voxel_mm3, excess)


def _fluid_hu(
    around: Surroundings, region: BoolArray, spacing: tuple[float, float, float], resolution: Resolution
) -> Floats:
    """HU under the background of fluid or fat in the envelope, each pool its own; 0 elsewhere.

    A pool is what is darker than the tissue around varies, averaged over the reach of the blur; it goes on to where
    its wall's blur began.
    """
    from scipy.ndimage import gaussian_filter, label, median

    sigma = [LEVEL_ACROSS * resolution.in_plane_fwhm_mm / d for d in spacing]
    smooth = gaussian_filter(around.excess, sigma, truncate=2.5)
    tissue = ~(region | around.foreign)
    deep = around.box.mask & (smooth < (-float(smooth[tissue].std()) if tissue.any() else 0.0))
    if not deep.any():
        return np.zeros_like(around.excess)
    reach_mm = POOL_REACH * resolution.in_plane_fwhm_mm
    pools, count = label(dilate(Mask.from_bool(deep), reach_mm, spacing).to_bool() & around.box.mask)
    of_pools = median(around.excess, np.where(deep, pools, 0), np.arange(1, count + 1))
    under: Floats = np.concatenate([[0], np.minimum(of_pools, 0)]).astype(np.float32)[pools]
    return under


def mass_of(
    content: Content, slope: float | None, behind_metal: float, calibration: Calibration, s: AmountSettings
) -> Estimate | None:
    """Mass with its interval; None without calibration. The error of the calibration is common to all lesions.

    No mass is less than none: where what is there is less dense than the tissue around, it is none within its error.

    Parameters
    ----------
    slope : float or None
        mg HA/ml per HU of this deposit.
    behind_metal : float
        Share of it that rays show which meet metal: what the beam is behind it is not known.
    """
    if slope is None:
        return None
    mass = max(content.hu_mm3 * slope / 1000, 0.0)
    common = mass * (calibration.relative_uncertainty or 0.0)
    noise = s.sigmas * content.sd_hu_mm3 * slope / 1000
    half = float(np.linalg.norm([common, noise, s.metal_doubt * behind_metal * mass]))
    return Estimate(mass, max(0.0, mass - half), mass + half, common)


def background_sd_hu(
    around: Surroundings, spacing: tuple[float, float, float], resolution: Resolution, s: AmountSettings
) -> float:
    """How well the background is known: noise of the ring's mean, and what the tissue differs from place to place."""
    ring = max(1.0, around.ring_voxels / correlated_voxels(spacing, resolution))
    return float(np.hypot(around.ring_sd_hu / np.sqrt(ring), s.background_sd_hu))


def correlated_voxels(spacing: tuple[float, float, float], resolution: Resolution) -> float:
    """How many voxels of the scan's noise vary as one: noise is at most as smooth as the image."""
    sigma = resolution.in_plane_fwhm_mm / FWHM_OF_SIGMA
    return float(max(1.0, 4 * np.pi * sigma**2 / (spacing[1] * spacing[2])))
