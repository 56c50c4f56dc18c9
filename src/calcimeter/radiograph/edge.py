"""Where between pixels a border lies: two models of an edge, fitted across it.

The shadow of a rounded body thins out toward its border, as the square root of the way from it; that of a plate or a
wall ends in a step. Where a border is looked for at half of its contrast, the first is drawn a quarter too small. So
both are fitted to the profile, with whatever the surroundings do, and the better one tells the place.
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
        Area by the model that fits less well.
    score : float
        Typical rise of the fitted edge over its standard error.
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
    lines = [points + outward * (gaussian_filter1d(fit.moves, SMOOTH, mode="wrap") * radius)[:, None] for fit in fits]
    best = int(np.argmin([fit.residual for fit in fits]))
    rough = fits[best].moves - gaussian_filter1d(fits[best].moves, SMOOTH, mode="wrap")
    return Edge(
        lines[best],
        float(np.std(rough)) * radius,
        area_and_center(lines[1 - best])[0],
        float(np.median(fits[best].scores)),
        float(np.percentile(fits[best].scores, 10)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """One model's best places, in radii along the normals."""

    moves: FloatArray
    scores: FloatArray
    residual: float


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
    return _Fit(moves[best], scores[rows, best], float(joined[rows, best].sum()))
