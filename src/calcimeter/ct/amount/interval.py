"""How well a volume is known: what noise, background, blur and the object's own unevenness make of its edge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.amount.envelope import Edge, Fit, evenly_filled
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.grid import BoolArray
from calcimeter.model.measures import Estimate, Resolution

POINTS = 3.0
"""A deposit of so many images of a point is as uncertain as it is large."""


class Errors(NamedTuple):
    """Standard deviations of a volume, mm3.

    Parameters
    ----------
    noise, background, shape, models : float
        Of this deposit alone: noise along its edge, the tissue around, what the correction can't know, and what ways
        to see its plateaus disagree on.
    blur : float
        How well the scan's blur is known: all deposits share it.
    cut : float
        Where it was cut off bone.
    small : float
        Of what is hardly larger than a point's image: size and density can't be told apart.
    """

    noise: float
    background: float
    shape: float
    models: float
    blur: float
    cut: float
    small: float

    def estimate(self, value: float, possible: tuple[float, float], sigmas: float) -> Estimate:
        """The value with its interval, which holds the least and the most that other ways to see a deposit make."""
        half = sigmas * float(np.sqrt(sum(part**2 for part in self)))
        low, high = min(value - half, possible[0]), max(value + half, possible[1])
        return Estimate(value, max(0.0, low), high, sigmas * self.blur)


def edge_errors(fit: Fit, scanner: Scanner, noise_hu: float, background_hu: float) -> tuple[float, float]:
    """What noise and background of the given standard deviations make of a volume, in voxels of the finer slices."""
    from scipy.ndimage import gaussian_filter

    response = np.where(_at_edge(fit.edge), 1 / fit.edge.rise, 0).astype(np.float32)
    of_slices = scanner.gather(response)
    rows, columns = (np.sqrt(2) * sigma for sigma in scanner.sigma)
    together = gaussian_filter(of_slices, (0, rows, columns), mode="constant") * np.float32(
        2 * np.pi * rows * columns + 1
    )
    noise = noise_hu * float(np.sqrt(max(0.0, (of_slices * together).sum(dtype=np.float64))))
    return noise, background_hu * float(response.sum()) / 2


def shape_error(fit: Fit, scanner: Scanner, s: AmountSettings) -> float:
    """What is left to doubt in the place of the edge, in voxels of the finer slices.

    A share of what the volume changes with its level: a small one always, for the scanner is not quite as taken here,
    and more the more the level differs along the edge: where it does, half of it is a matter of which is meant. What
    it would differ by in a deposit of the same shape but of one density is curvature and slices, and no doubt.
    """
    response, unevenness = _unevenness(fit.edge)
    if response == 0:
        return 0.0
    own = unevenness**2 - _unevenness(evenly_filled(fit, scanner, s))[1] ** 2
    return response * float(np.hypot(s.doubt, s.uneven_doubt * np.sqrt(max(0.0, own))))


def _unevenness(edge: Edge) -> tuple[float, float]:
    """What the volume changes with its level, and the level's relative standard deviation along the edge."""
    at_edge = _at_edge(edge)
    level = edge.level[at_edge].astype(np.float64)
    response = level / edge.rise[at_edge]
    if not at_edge.any():
        return 0.0, 0.0
    mean = float(np.average(level, weights=response))
    return float(response.sum()), float(np.sqrt(np.average((level - mean) ** 2, weights=response))) / mean


def small_error_mm3(volume_mm3: float, resolution: Resolution) -> float:
    """What can't be told of a deposit hardly larger than the image of a point.

    Negligible from some thirty times the volume of that image; as large as the deposit where it is three times that.
    """
    point_mm3 = np.pi / 6 * resolution.in_plane_fwhm_mm**2 * resolution.through_fwhm_mm
    return float(volume_mm3 * (POINTS * point_mm3 / max(volume_mm3, 1e-6)) ** 1.5)


def _at_edge(edge: Edge) -> BoolArray:
    """Voxels that the edge crosses."""
    crossed: BoolArray = (edge.share > 0) & (edge.share < 1)
    return crossed
