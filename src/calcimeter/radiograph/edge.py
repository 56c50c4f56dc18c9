"""Where between pixels a border lies: two models of an edge, fitted across it.

The shadow of a rounded body thins out toward its border, as the square root of the way from it; that of a plate or a
wall ends in a step. Where a border is looked for at half of its contrast, the first is drawn a quarter too small. So
both are fitted to the profile, with whatever the surroundings do, and the better one tells the place. A mass of lobes
with walls has both kinds along its border, so they are chosen along it: one for the whole would be that of its most
contrasted part, as over bone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.closed_path import area_and_center, evenly_spaced, normals, sampled
from calcimeter.model.grid import FloatArray
from calcimeter.radiograph.settings import EdgeSettings

Image = npt.NDArray[np.float32]
POWERS = (0.0, 0.5)
"""Step; square root."""
SMOOTH = 2.0
"""Corners over which profiles are joined."""


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A border, finer than the pixels.

    Parameters
    ----------
    line : ndarray, (n, 2)
        Columns and rows; the first point is not repeated.
    scatter_px : float
        Standard deviation of the places of neighboring profiles about their smooth line.
    other_area_px : float
        Area were all of the border of one kind, that of both which differs more.
    score : float
        Typical rise of the fitted edge over its standard error, by the kind that fits the whole better.
    weakest : float
        The same where it is weakest: a tenth of the border has less.
    """

    line: FloatArray
    scatter_px: float
    other_area_px: float
    score: float
    weakest: float


def fit_edge(values: Image, line: FloatArray, settings: EdgeSettings) -> Edge:
    """Move the points of a closed line (n, 2) along its normals to where the image has its edge."""
    from scipy.ndimage import gaussian_filter1d

    area, middle = area_and_center(line)
    radius = float(np.sqrt(area / np.pi))
    points = gaussian_filter1d(evenly_spaced(line, settings.corners), 1.5, axis=0, mode="wrap")
    outward = normals(points)
    along = np.arange(-settings.half_width, settings.half_width + 1e-9, settings.step)
    profiles = _profiles(values, points, outward, along * radius, middle)
    smooth = gaussian_filter1d(profiles, SMOOTH, axis=0, mode="wrap")
    moves = np.arange(-settings.search, settings.search + 1e-9, settings.step / 2)
    fits = [_fitted(smooth, along, moves, power, settings) for power in POWERS]
    lines, own = [_moved(points, outward, fit.moves * radius) for fit in fits], _chosen(fits, settings.one_kind)
    line, best = _moved(points, outward, own * radius), min(fits, key=lambda fit: float(fit.residuals.sum()))
    area = area_and_center(line)[0]
    return Edge(
        line,
        float(np.std(own - gaussian_filter1d(own, SMOOTH, mode="wrap"))) * radius,
        max((area_and_center(one)[0] for one in lines), key=lambda other: abs(other - area)),
        float(np.median(best.scores)),
        float(np.percentile(best.scores, 10)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """One model's best places, in radii along the normals, and what it leaves unexplained at each."""

    moves: FloatArray
    scores: FloatArray
    residuals: FloatArray


def _chosen(fits: list[_Fit], corners: float) -> FloatArray:
    """At each point the place by the kind that fits better there, neighbors joined.

    By the logarithm of what is left: a profile across bone leaves more than one across muscle, and would decide for it.
    """
    from scipy.ndimage import gaussian_filter1d

    left = np.array([fit.residuals for fit in fits])
    worse = gaussian_filter1d(np.log(left + 1e-6 * max(float(left.mean()), 1e-12)), corners, axis=1, mode="wrap")
    return np.asarray(np.choose(worse.argmin(axis=0), [fit.moves for fit in fits]))


def _moved(points: FloatArray, outward: FloatArray, away_px: FloatArray) -> FloatArray:
    """Points moved along their normals, neighbors joined."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(points + outward * gaussian_filter1d(away_px, SMOOTH, mode="wrap")[:, None])


def _profiles(
    values: Image, points: FloatArray, outward: FloatArray, along_px: FloatArray, middle: tuple[float, float]
) -> FloatArray:
    """The image across the border, (points, along)."""
    from scipy.ndimage import gaussian_filter

    wanted = points[:, None, :] + outward[:, None, :] * along_px[None, :, None]
    low = np.maximum(np.floor(wanted.min(axis=(0, 1))).astype(int) - 4, 0)
    high = np.ceil(wanted.max(axis=(0, 1))).astype(int) + 5
    part = values[low[1] : max(high[1], low[1] + 2), low[0] : max(high[0], low[0] + 2)]
    radius = float(np.hypot(*(points - np.array(middle)).T).mean())
    return sampled(gaussian_filter(part, max(0.5, 0.008 * radius)), wanted, (int(low[0]), int(low[1])))


def _fitted(profiles: FloatArray, along: FloatArray, moves: FloatArray, power: float, settings: EdgeSettings) -> _Fit:
    """Least squares of level, slope and edge at each place; the best place a profile, its neighbors joined."""
    from scipy.ndimage import gaussian_filter1d

    fine = np.arange(along[0] - 0.1, along[-1] + 0.1, settings.step / 5)
    residuals = np.empty((len(profiles), len(moves)))
    scores = np.empty_like(residuals)
    total = (profiles**2).sum(axis=1)
    worst = 3 * float((profiles - profiles.mean(axis=1, keepdims=True)).var()) * len(along)
    for k, move in enumerate(moves):
        rise = np.where(fine < move, np.abs(move - fine) ** power, 0.0)
        rise = np.interp(along, fine, gaussian_filter1d(rise, 5 * settings.blur / settings.step))
        basis, upper = np.linalg.qr(np.stack([np.ones_like(along), along, rise], axis=1))
        shares = profiles @ basis
        residual = np.clip(total - (shares**2).sum(axis=1), 0, None)
        rises = shares[:, 2] * np.sign(upper[2, 2])
        scores[:, k] = rises / np.sqrt(residual / (len(along) - 3) + 1e-12)
        residuals[:, k] = np.where(rises > 0, residual, worst)
    joined = gaussian_filter1d(residuals, SMOOTH, axis=0, mode="wrap")
    best = joined.argmin(axis=1)
    rows = np.arange(len(profiles))
    return _Fit(moves[best], scores[rows, best], joined[rows, best])
