"""The lobes of the thyroid in the early image, and what is not thyroid and takes up tracer too."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import correlated, disk, smoothed
from calcimeter.model.grid import FloatArray
from calcimeter.model.scintigram import Lobe, LobeSide
from calcimeter.scintigraphy.settings import LobeSettings

Mask = npt.NDArray[np.bool_]

SIDES: tuple[LobeSide, LobeSide] = ("right", "left")
WINDOW_MM = (42.0, 40.0)
"""Half height and half width of what a template is compared with: the longest lobe and its blur. In a taller one lie
salivary glands, which no lobe explains."""
NEIGHBORHOOD_MM = 16.0
"""Two places that look like a thyroid lie farther apart."""
TISSUE_MM = 6.0
"""Counts are smoothed by so much before tissue is told."""
LEAST_SHARE = 0.12
"""A lobe weaker than this share of the other one is taken for none."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Where the template of two lobes fits best, in pixels of the image.

    Parameters
    ----------
    center : (float, float)
        Row and column between the lobes.
    fit : float
        Share of the variance in the window that two lobes explain.
    """

    center: tuple[float, float]
    half_length: float
    offset: float
    tilt_deg: float
    fit: float
    strengths: tuple[float, float]


def find_lobes(early: FloatArray, pixel_mm: float, settings: LobeSettings) -> tuple[tuple[LobeSide, Lobe], ...]:
    """The lobes of the thyroid.

    Two upright ellipses beside each other, of strengths left free, are compared with every place of the image; where
    they explain it best lies the thyroid: salivary glands are rounder and higher, the heart is one. Each lobe
    is then outlined at a share of its own uptake.

    Parameters
    ----------
    early : ndarray, (rows, columns)
        Counts, upright: the patient's right at the left.

    Returns
    -------
    tuple of (side, Lobe)
        Empty where nothing looks like a thyroid; one where the other lobe is missing.
    """
    pair = _best_pair(early, pixel_mm, settings)
    if pair is None or pair.fit < settings.least_fit:
        return ()
    found = []
    for k, side in enumerate(SIDES):
        if pair.strengths[k] < LEAST_SHARE * max(pair.strengths):
            continue
        mask = _outlined(early, pair, k, pixel_mm, settings)
        if mask is not None:
            found.append((side, _lobe(mask, pair, k)))
    return tuple(found)


def hot_elsewhere(image: FloatArray, thyroid: Mask, pixel_mm: float) -> Mask:
    """Large uptake that is not thyroid: salivary glands, heart. What is as small as a gland is not called so."""
    from scipy.ndimage import binary_opening, grey_opening

    smooth = smoothed(image, 4.0 / pixel_mm)
    wide = max(3, 2 * round(22.0 / pixel_mm) + 1)
    excess = smooth - grey_opening(smooth, size=(wide, wide))
    level = np.clip(smooth - excess, 1.0, None)
    hot = (excess > 0.6 * level) & ~thyroid
    rows = np.arange(image.shape[0])[:, None]
    above = rows < np.nonzero(thyroid.any(axis=1))[0].min() if thyroid.any() else rows < 0
    broad = np.zeros_like(hot)
    # Below the upper poles lie glands in odd places, and the heart; above them salivary glands.
    for part, radius_mm in ((above, 7.0), (~above, 14.0)):
        radius = radius_mm / pixel_mm
        thick = disk((2 * round(radius) + 1,) * 2, (round(radius),) * 2, radius)
        broad |= binary_opening(hot, structure=thick) & part
    return np.asarray(broad)


def _best_pair(early: FloatArray, pixel_mm: float, settings: LobeSettings) -> Pair | None:
    """The best place on a coarse grid, or one well below it that looks like a thyroid nearly as much.

    Submandibular glands are a pair too, above the thyroid, but round: only a pair of the shortest lobes is left for a
    lower one. What lies beside a better place is no other pair but one lobe of it with something else, by which right
    would be called left; and below a pair of long lobes lie glands in odd places and shoulders.
    A pair far beside the middle of the body is no thyroid either, but glands of one side of the face.
    """
    middle, reach_px = _middle_of_body(early, pixel_mm), settings.off_middle_mm / pixel_mm
    pairs = [pair for pair in _pairs(early, pixel_mm, settings) if abs(pair.center[1] - middle) <= reach_px]
    pairs.sort(key=lambda pair: -pair.fit)
    if not pairs:
        return None
    enough = max(settings.least_fit, settings.nearly * pairs[0].fit)
    chosen, fit = pairs[0], [pair for pair in pairs if pair.fit >= enough]
    shortest_px, below_px = min(settings.half_lengths_mm) / pixel_mm, settings.below_mm / pixel_mm
    while chosen.half_length <= shortest_px:
        lower = [pair for pair in fit if pair.center[0] > chosen.center[0] + below_px]
        if not lower:
            break
        chosen = lower[0]
    return chosen


def _middle_of_body(image: FloatArray, pixel_mm: float) -> float:
    """The column of the center of all tissue, whatever takes up more of the tracer counting no more than tissue."""
    smooth = smoothed(image, TISSUE_MM / pixel_mm)
    level = float(np.median(smooth[smooth >= smooth.mean() / 2]))
    even = np.minimum(smooth, level).sum(axis=0)
    return float((even * np.arange(len(even))).sum() / max(even.sum(), 1e-9))


def _pairs(early: FloatArray, pixel_mm: float, settings: LobeSettings) -> list[Pair]:
    """The best shape at every place that fits better than its neighborhood."""
    from scipy.ndimage import maximum_filter

    times = max(1, round(settings.grid_mm / pixel_mm))
    step_mm = pixel_mm * times
    coarse = 2 * np.sqrt(np.clip(_binned(smoothed(early, 0.5 * times), times), 0, None) + 0.375)
    shapes = list(product(settings.half_lengths_mm, settings.offsets_mm, settings.tilts_deg))
    fits, strengths = [], []
    for shape in shapes:
        right = _ellipse(shape, step_mm, settings)
        fit, both = _fit(coarse, (right, right[:, ::-1]), step_mm)
        fits.append(fit)
        strengths.append(both)
    best = np.max(fits, axis=0)
    which = np.argmax(fits, axis=0)
    reach = 2 * round(NEIGHBORHOOD_MM / step_mm) + 1
    tops = (best == maximum_filter(best, size=reach)) & (best > 0)
    found = []
    for row, column in zip(*np.nonzero(tops), strict=True):
        k = int(which[row, column])
        half_length_mm, offset_mm, tilt_deg = shapes[k]
        middle = (times - 1) / 2
        found.append(
            Pair(
                (float(row * times + middle), float(column * times + middle)),
                half_length_mm / pixel_mm,
                offset_mm / pixel_mm,
                tilt_deg,
                float(best[row, column]),
                (float(strengths[k][0][row, column]), float(strengths[k][1][row, column])),
            )
        )
    return found


def _fit(
    image: FloatArray, lobes: tuple[FloatArray, FloatArray], step_mm: float
) -> tuple[FloatArray, list[FloatArray]]:
    """At every pixel, the share of variance that two lobes explain beyond a sloping background; their strengths."""
    window = _window(lobes[0].shape, step_mm)
    total = window.sum()
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in window.shape)
    y, x = np.meshgrid(rows, columns, indexing="ij")
    nuisance = [np.ones_like(y), y, x]
    basis = np.stack([*(lobe.ravel() for lobe in lobes), *(one.ravel() for one in nuisance)])
    weights = window.ravel() / total
    cross = (basis * weights) @ basis.T
    sums = np.stack([correlated(image, (row * weights).reshape(window.shape)) for row in basis])
    squares = correlated(image**2, window / total)
    flat = sums.reshape(len(basis), -1)
    background = np.linalg.solve(cross[2:, 2:], flat[2:])
    left_over = squares.ravel() - (background * flat[2:]).sum(axis=0)
    strengths = np.linalg.solve(cross, flat)
    explained = (strengths * flat).sum(axis=0) - (background * flat[2:]).sum(axis=0)
    positive = (strengths[:2] > 0).all(axis=0)
    share = np.where(positive, explained / np.clip(left_over, 1e-3, None), 0.0).reshape(image.shape)
    # Two lobes of like strength are a thyroid; one alone may be anything.
    balance = np.clip(strengths[:2].min(axis=0) / np.clip(strengths[:2].max(axis=0), 1e-9, None), 0, None)
    share = share * (0.4 + 0.6 * np.clip(balance / 0.4, 0, 1)).reshape(image.shape)
    return _inside(share, window.shape), [one.reshape(image.shape) for one in strengths[:2]]


def _inside(share: FloatArray, window: tuple[int, ...]) -> FloatArray:
    """0 where less than most of the window lies in the image."""
    margin = [int(0.7 * n) // 2 for n in window]
    kept = np.zeros_like(share)
    rows, columns = (slice(m, max(m + 1, n - m)) for m, n in zip(margin, share.shape, strict=True))
    kept[rows, columns] = share[rows, columns]
    return kept


def _window(shape: tuple[int, ...], step_mm: float) -> FloatArray:
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in shape)
    y, x = np.meshgrid(rows * step_mm / WINDOW_MM[0], columns * step_mm / WINDOW_MM[1], indexing="ij")
    return np.asarray((y**4 + x**4 <= 1).astype(np.float64))


def _ellipse(shape_mm: tuple[float, float, float], step_mm: float, settings: LobeSettings) -> FloatArray:
    """The patient's right lobe, at the left of the middle, blurred as by a camera."""
    half_length_mm, offset_mm, tilt_deg = shape_mm
    reach = [int(np.ceil(half / step_mm)) for half in WINDOW_MM]
    rows, columns = (np.arange(-n, n + 1) * step_mm for n in reach)
    y, x = np.meshgrid(rows, columns, indexing="ij")
    angle = np.radians(tilt_deg)
    # The upper poles lie farther apart than the lower ones.
    across = (x + offset_mm) * np.cos(angle) - y * np.sin(angle)
    along = (x + offset_mm) * np.sin(angle) + y * np.cos(angle)
    inside = np.clip(1 - (across / settings.half_width_mm) ** 2 - (along / half_length_mm) ** 2, 0, None)
    return smoothed(np.sqrt(inside), settings.blur_mm / step_mm)


def _outlined(early: FloatArray, pair: Pair, k: int, pixel_mm: float, settings: LobeSettings) -> Mask | None:
    """The lobe at a share of its own uptake over the background."""
    from scipy.ndimage import label

    smooth = smoothed(early, 3.0 / pixel_mm)
    rows, columns = np.indices(early.shape)
    sign = -1 if k == 0 else 1
    center = (pair.center[0], pair.center[1] + sign * pair.offset)
    along, across = (rows - center[0]) / (pair.half_length + 12 / pixel_mm), (columns - center[1]) * pixel_mm / 19.0
    near = along**2 + across**2 <= 1
    near &= (columns - pair.center[1]) * sign > 0
    core = disk(early.shape, center, 9.0 / pixel_mm) & near
    if not core.any():
        return None
    around = _around(early.shape, pair, pixel_mm)
    background = float(np.median(smooth[around])) if around.any() else 0.0
    # A nodule or a gland much hotter than its lobe must not set the level: the mean of the core does.
    peak = float(np.percentile(smooth[near & (np.abs(along) < 0.75)], 85)) - background
    if peak <= 0:
        return None
    high = near & (smooth > background + settings.edge * peak)
    parts, _ = label(high)
    touched = np.bincount(parts[core & high], minlength=1)
    touched[0] = 0
    return np.asarray(parts == int(touched.argmax())) if touched.any() else None


def _around(shape: tuple[int, ...], pair: Pair, pixel_mm: float) -> Mask:
    """Tissue beside and below the thyroid."""
    rows, columns = np.indices(shape)
    tall = pair.half_length + 8 / pixel_mm
    wide = pair.offset + 14 / pixel_mm
    inside = (np.abs(rows - pair.center[0]) < tall) & (np.abs(columns - pair.center[1]) < wide)
    near = (np.abs(rows - pair.center[0]) < tall) & (np.abs(columns - pair.center[1]) < wide + 9 / pixel_mm)
    return np.asarray(near & ~inside)


def _lobe(mask: Mask, pair: Pair, k: int) -> Lobe:
    """Center, axis and length of an outline; a round one takes the axis of the template."""
    rows, columns = np.nonzero(mask)
    points = np.stack([rows, columns]).astype(np.float64)
    center = points.mean(axis=1)
    spread = np.cov(points) if points.shape[1] > 2 else np.eye(2)
    values, vectors = np.linalg.eigh(spread)
    angle = np.radians(pair.tilt_deg) * (1 if k == 0 else -1)
    axis = vectors[:, 1] if values[1] > 1.7 * values[0] else np.array([np.cos(angle), np.sin(angle)])
    axis = axis if axis[0] > 0 else -axis
    along = (points - center[:, None]).T @ axis
    low, high = np.percentile(along, [1.0, 99.0])
    middle = center + axis * (low + high) / 2
    return Lobe(
        mask, (float(middle[0]), float(middle[1])), (float(axis[0]), float(axis[1])), float((high - low) / 2 + 0.5)
    )


def _binned(image: FloatArray, times: int) -> FloatArray:
    rows, columns = (n // times * times for n in image.shape)
    blocks = image[:rows, :columns].reshape(rows // times, times, columns // times, times)
    return np.asarray(blocks.sum(axis=(1, 3)))
