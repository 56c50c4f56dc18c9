"""The early image laid on the delayed one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.geometry.planar import shifted, smoothed
from calcimeter.model.grid import FloatArray
from calcimeter.model.scintigram import Alignment
from calcimeter.scintigraphy.settings import AlignSettings

SMOOTH_PX = 1.5
"""Before gradients are taken, so that they are not those of noise."""
OUTLYING = 4.0
"""Standard deviations beyond which a pixel says nothing of a move."""
LEAST_PIXELS = 30
STEPS = 3


def align(early: FloatArray, delayed: FloatArray, pixel_mm: float, settings: AlignSettings) -> Alignment:
    """By how much the early image has to be moved, in rows and columns.

    Thyroid, salivary glands and background wash out by different shares, so the best move is the one at which the
    delayed image is best explained by the early one, brightness left free place by place: the correlation of the two
    after smoothing, each freed of what varies slowly.

    Parameters
    ----------
    early, delayed : ndarray, (rows, columns)
        Counts, upright.

    Returns
    -------
    Alignment
        ``residual_px`` is 0 here; ``still_apart`` measures it on the thyroid.
    """
    one, other = (_features(image, pixel_mm, settings) for image in (early, delayed))
    down, right = _best_lag(one, other, max(1, int(settings.reach_mm / pixel_mm)))
    for _ in range(STEPS):  # a parabola finds the top of a correlation best where it is already near
        more = _best_lag(shifted(one, (down, right)), other, 2)
        down, right = down + more[0], right + more[1]
    return Alignment((down, right), 0.0)


def likeness(early: FloatArray, delayed: FloatArray, pixel_mm: float, settings: AlignSettings) -> float:
    """How much the delayed image shows what the moved early one does: correlation of the roots of smoothed counts.

    0.98 and more of one neck at two times, whatever washed out: neck, shoulders and salivary glands stay. Of an even
    field it is about 0.
    """
    sigma = settings.likeness_mm / pixel_mm
    one, other = (np.sqrt(np.clip(smoothed(image, sigma), 0.0, None)) for image in (early, delayed))
    if not one.std() * other.std() > 0:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _best_lag(one: FloatArray, other: FloatArray, reach: int) -> tuple[float, float]:
    """The move of one image at which it is most like the other, in rows and columns."""
    padded = tuple(n + 2 * reach for n in one.shape)
    spectrum = np.conj(np.fft.rfft2(one, padded)) * np.fft.rfft2(other, padded)
    correlation = np.fft.irfft2(spectrum, padded)
    lags = np.arange(-reach, reach + 1)
    near = correlation[np.ix_(lags, lags)]
    best = np.unravel_index(int(near.argmax()), near.shape)
    row, column = int(best[0]), int(best[1])
    return float(lags[row]) + _peak(near[:, column], row), float(lags[column]) + _peak(near[row], column)


def refine(early: FloatArray, delayed: FloatArray, weight: FloatArray, alignment: Alignment) -> Alignment:
    """The move of the thyroid alone, by least squares.

    What does not fit, as a focus of retained tracer, is left out step by step.
    Salivary glands move otherwise where the head was turned, so the thyroid is looked at alone.

    Parameters
    ----------
    weight : ndarray, (rows, columns)
        1 on and around the thyroid, 0 elsewhere, in the delayed image.
    """
    shift = np.array(alignment.shift_px)
    kept = weight
    for _ in range(5):
        fit = _displacement(shifted(early, (shift[0], shift[1])), delayed, kept)
        shift = shift + np.clip(fit.step, -1.5, 1.5)
        kept = weight * (np.abs(fit.residual) < OUTLYING)
        if np.abs(fit.step).max() < 0.01:
            break
    return Alignment((float(shift[0]), float(shift[1])), 0.0)


def still_apart(
    early: FloatArray, delayed: FloatArray, weight: FloatArray, alignment: Alignment, settings: AlignSettings
) -> Alignment:
    """How far halves of the thyroid still lie beside each other: a part that moved by itself, a turn, or blur.

    Parameters
    ----------
    weight : ndarray, (rows, columns)
        As for ``refine``, 0 where a focus was found.

    Returns
    -------
    Alignment
        With the largest distance over the left, right, upper and lower half as its residual, as far as it is beyond
        what counting alone makes.
    """
    moved = shifted(early, alignment.shift_px)
    apart = [0.0]
    for half in _halves(weight):
        if (half > 0).sum() > LEAST_PIXELS:
            fit = _displacement(moved, delayed, half)
            apart.append(float(np.clip(np.abs(fit.step) - settings.significant * fit.error, 0, None).max()))
    return Alignment(alignment.shift_px, max(apart))


def moved_apart(early: FloatArray, delayed: FloatArray, weight: FloatArray) -> float:
    """By how many pixels a part of the image lies elsewhere in the delayed one than the neck does.

    Parameters
    ----------
    early : ndarray, (rows, columns)
        Already laid on the delayed image by the neck.
    weight : ndarray, (rows, columns)
        1 on the part, 0 elsewhere; with too few pixels the answer is 0.
    """
    if (weight > 0).sum() <= LEAST_PIXELS:
        return 0.0
    return float(np.hypot(*refine(early, delayed, weight, Alignment((0.0, 0.0), 0.0)).shift_px))


def _features(image: FloatArray, pixel_mm: float, settings: AlignSettings) -> FloatArray:
    """Square roots, so that noise is even, without what varies slowly."""
    root = np.sqrt(smoothed(image, settings.smooth_mm / pixel_mm) + 0.5)
    return np.asarray(root - smoothed(root, 4 * settings.smooth_mm / pixel_mm))


def _peak(values: FloatArray, k: int) -> float:
    """Offset of the top of a parabola through three values."""
    if not 0 < k < len(values) - 1:
        return 0.0
    low, mid, high = values[k - 1 : k + 2]
    bend = low - 2 * mid + high
    return float(0.5 * (low - high) / bend) if bend < 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """A move in rows and columns, its standard error, and what is left in standard deviations, on the whole image."""

    step: FloatArray
    error: FloatArray
    residual: FloatArray


def _displacement(moved: FloatArray, delayed: FloatArray, weight: FloatArray) -> _Fit:
    """The move that explains best what the delayed image has more or less than the early one.

    delayed = a * moved + b + a * (gradient of moved) * step, weighted by the counts.
    """
    early_smooth, late_smooth = smoothed(moved, SMOOTH_PX), smoothed(delayed, SMOOTH_PX)
    down, right = np.gradient(early_smooth)
    design = np.stack([early_smooth, np.ones(moved.shape), -down, -right], axis=-1)
    inside = weight > 0
    rows = design[inside]
    weights = weight[inside] / np.clip(late_smooth[inside], 0.5, None)
    normal = rows.T @ (rows * weights[:, None])
    inverse = np.linalg.pinv(normal, hermitian=True)
    found = inverse @ (rows.T @ (weights * late_smooth[inside]))
    scale = max(float(found[0]), 0.05)
    # Smoothing takes noise off the values, not off what the gradient can tell: the error is that of unsmoothed counts.
    error = np.sqrt(np.clip(np.diag(inverse)[2:], 0, None)) / scale
    noise = np.sqrt(np.clip(late_smooth + scale**2 * early_smooth, 0.5, None) / (4 * np.pi * SMOOTH_PX**2))
    return _Fit(found[2:] / scale, error, (late_smooth - design @ found) / noise)


def _halves(weight: FloatArray) -> list[FloatArray]:
    """The weight's left, right, upper and lower half; none where there is no weight."""
    rows, columns = np.indices(weight.shape)
    total = weight.sum()
    if total == 0:  # all of it is covered by foci and what is hot
        return []
    middle = ((rows * weight).sum() / total, (columns * weight).sum() / total)
    return [
        weight * (columns < middle[1]),
        weight * (columns >= middle[1]),
        weight * (rows < middle[0]),
        weight * (rows >= middle[0]),
    ]
