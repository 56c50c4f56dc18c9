"""How unlikely a maximum is by counting statistics, over everything that was searched."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray

TINY = 1e-12


def poisson_score(deviation: FloatArray, variance: FloatArray, third: FloatArray) -> FloatArray:
    """A weighted sum of Poisson counts as the deviation of a standard normal variable that has the same chance.

    Few counts are skewed: high values are more likely than a normal variable's. The sum is taken for a scaled Poisson
    variable with its variance and third moment, and that variable's signed root of deviance is what is given.

    Parameters
    ----------
    deviation, variance, third : ndarray
        Sum less its expectation; its variance and third central moment.
    """
    spread = np.sqrt(np.clip(variance, TINY, None))
    z = deviation / spread
    skew = np.clip(third / spread**3, 1e-4, None)
    mean = 1 / skew**2
    ratio = np.clip(1 + z * skew, TINY, None)
    deviance = 2 * mean * (ratio * np.log(ratio) - (ratio - 1))
    root = np.sign(z) * np.sqrt(np.clip(deviance, 0, None))
    return np.asarray(np.where(third > 0, root, z))


def roughness(kernel: FloatArray) -> float:
    """Variance of the slope, per pixel, of white noise under a kernel, its own variance being 1; mean of both axes."""
    down, right = np.gradient(kernel)
    return float((np.square(down) + np.square(right)).sum() / 2 / np.square(kernel).sum())


def expected_maxima(z: float, area_px: npt.NDArray[np.bool_], rough: float) -> float:
    """The expected number of places in an area where a noise field without signal exceeds a height.

    The mean Euler characteristic of what lies above it (Worsley 1996), which for high z is the chance of the maximum to
    do so: a term each of the area, its border, and a point.
    """
    area = float(area_px.sum())
    if area == 0:
        return 0.0
    border = float((area_px[1:] != area_px[:-1]).sum() + (area_px[:, 1:] != area_px[:, :-1]).sum())
    # Steps along rows and columns make a border longer than it is, by 4 / pi in the mean.
    border *= math.pi / 4
    tail = math.exp(-0.5 * z * z)
    point = 0.5 * math.erfc(z / math.sqrt(2))
    line = border / 2 * math.sqrt(rough) / (2 * math.pi) * tail
    flat = area * rough * math.pow(2 * math.pi, -1.5) * max(z, 0.0) * tail
    return flat + line + point


def corrected_score(z: float, zones: list[tuple[npt.NDArray[np.bool_], float]]) -> float:
    """A local score as that of the maximum over all that was searched.

    Parameters
    ----------
    z : float
    zones : list of (area, roughness)
        One for every area and kernel searched; their chances are added.

    Returns
    -------
    float
        The deviation of a standard normal variable that is exceeded as rarely; at most ``z``.
    """
    from scipy.special import log_ndtr, ndtri_exp

    if z <= 1:  # below, maxima are no longer rare and the formula does not hold; nothing so low is a focus
        return min(z, 0.0)
    scale = math.exp(float(log_ndtr(-z)))
    if scale > 0:
        total = sum(expected_maxima(z, area, rough) for area, rough in zones)
        chance = -math.expm1(-total)
        if chance > 0:
            return float(-ndtri_exp(math.log(chance)))
    # So far out that the chances underflow: their ratio to that of one place hardly changes any more.
    ratio = sum(expected_maxima(30.0, area, rough) for area, rough in zones) / math.exp(float(log_ndtr(-30.0)))
    return float(-ndtri_exp(float(log_ndtr(-z)) + math.log(max(ratio, 1.0))))
