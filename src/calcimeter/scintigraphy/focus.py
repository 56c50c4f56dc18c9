"""Foci of retained tracer: searched with filters of known statistics, measured against the rest of their lobe."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import correlated, disk, gaussian_kernel, smoothed, without_polynomials
from calcimeter.model.grid import FloatArray
from calcimeter.scintigraphy.settings import FocusSettings, ScintigraphySettings
from calcimeter.scintigraphy.significance import corrected_score, poisson_score, roughness
from calcimeter.scintigraphy.washout import Lobes, Washout, wash_out
from calcimeter.scintigraphy.zones import LEAST_NOISE, Zones, search_zones

Mask = npt.NDArray[np.bool_]
FWHM = 2.3548
"""Full width at half maximum of a Gaussian of standard deviation 1."""
AROUND = 2.6
"""Of a filter's width: the radius within which the background of a place beside no lobe is told."""
COVERED = 0.9
"""Of a focus' width: the radius in which its counts belong to it and not to the lobe."""
LEAST_INFORMATION = 0.1
"""Share of a filter that is always left; with less, nothing could be told anyway."""
TAIL_SHARE, TAIL_REACH = 0.35, 2.5
"""Of a focus' score, and of its width."""


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A place where more is left than even washout leaves.

    Parameters
    ----------
    place : (float, float)
        Row and column in the delayed image, upright.
    width_px : float
        Full width at half maximum of the filter that fits best.
    z : float
        Corrected for all that was searched.
    local_z : float
    """

    place: tuple[float, float]
    width_px: float
    z: float
    local_z: float


def find_spots(
    early: FloatArray, delayed: FloatArray, lobes: Lobes, hot: Mask, pixel_mm: float, settings: ScintigraphySettings
) -> tuple[tuple[Spot, ...], Washout, Zones]:
    """Search retained tracer.

    Over and beside the lobes the delayed image is compared with the early one under the lobe's own washout, elsewhere
    with its surroundings, by filters of the widths that a gland has in an image. The strongest is taken, its lobe's
    washout is told anew without it, and so on until nothing is beyond chance.

    Parameters
    ----------
    early, delayed : ndarray, (rows, columns)
        Counts, upright; the early image moved onto the delayed one.
    hot : ndarray of bool
        Salivary glands and heart.

    Returns
    -------
    spots : tuple of Spot
        By significance. What chance alone makes in more than ``settings.focus.error`` of patients is not in it.
    washout : Washout
        Without them.
    zones : Zones
    """
    zones = search_zones(early, delayed, lobes, hot, pixel_mm, settings.focus)
    taken = np.zeros(delayed.shape, np.bool_)
    spots: list[Spot] = []
    washout = wash_out(early, delayed, lobes, zones.hot, pixel_mm, settings.washout)
    focus, least = settings.focus, _least_score(settings.focus.error)
    for _ in range(focus.most):
        spot = strongest(washout, zones, taken, pixel_mm, focus)
        if spot is None or spot.z < least:
            break
        if not any(_is_tail(spot, stronger) for stronger in spots):
            spots.append(spot)
        taken |= disk(taken.shape, spot.place, max(_reach(spot), focus.apart_mm / pixel_mm))
        washout = wash_out(early, delayed, lobes, zones.hot | taken, pixel_mm, settings.washout)
    return _settled(spots, washout, zones, pixel_mm, focus), washout, zones


def ratio_map(washout: Washout, zones: Zones, pixel_mm: float) -> FloatArray:
    """The delayed image over what even washout would leave: 1 where nothing is retained, and outside the search."""
    sigma = 4.0 / pixel_mm
    expected = np.where(zones.lobes, washout.expected, zones.structure)
    ratio = smoothed(washout.delayed, sigma) / np.clip(smoothed(expected, sigma), LEAST_NOISE, None)
    return np.asarray(np.where(zones.whole, ratio, 1.0))


def score_map(washout: Washout, zones: Zones, width_px: float, pixel_mm: float) -> tuple[FloatArray, float, float]:
    """At every pixel the local score of a focus of a width, and the roughness of the score over lobes and elsewhere."""
    rough = roughness(gaussian_kernel(width_px / FWHM))
    beside = poisson_score(*retained(washout, gaussian_kernel(width_px / FWHM)))
    elsewhere, other_rough = _elsewhere(washout, zones, width_px, pixel_mm)
    return np.where(zones.lobes, beside, elsewhere), rough, other_rough


def strongest(washout: Washout, zones: Zones, taken: Mask, pixel_mm: float, settings: FocusSettings) -> Spot | None:
    """The most significant place outside ``taken``; None where nothing is left to be searched."""
    best: Spot | None = None
    areas: list[tuple[Mask, float]] = []
    for width_mm in settings.widths_mm:
        width = width_mm / pixel_mm
        score, rough, other_rough = score_map(washout, zones, width, pixel_mm)
        areas += [(zones.lobes, rough), (zones.elsewhere, other_rough)]
        free = np.where(zones.whole & ~taken, score, -np.inf)
        k = int(free.argmax())
        if np.isfinite(free.flat[k]) and (best is None or free.flat[k] > best.local_z):
            row, column = np.unravel_index(k, free.shape)
            place = _between_pixels(score, (int(row), int(column)))
            best = Spot(place, width, 0.0, float(free.flat[k]))
    return None if best is None else replace(best, z=corrected_score(best.local_z, areas))


def retained(washout: Washout, kernel: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """At every pixel what a focus of a known form retains there.

    A focus, washout, background and what is left of a move are told together (generalized least squares): as much of
    the filter as the others can explain says nothing.

    Parameters
    ----------
    kernel : ndarray, (odd, odd)
        The focus in the image, of sum 1: a Gaussian where its form is not known.

    Returns
    -------
    filtered, spread : ndarray
        The matched filter on what is beyond even washout, and its variance. Their ratio is the counts retained.
    third : ndarray
        The filter's third central moment.
    """
    variance = washout.variance
    filtered = correlated(washout.excess / variance, kernel)
    spread = correlated(1 / variance, kernel**2)
    told = np.stack([correlated(term / variance, kernel) for term in washout.terms])
    explained = np.einsum("irc,ij,jrc->rc", told, washout.covariance, told)
    spread = np.clip(spread - explained, LEAST_INFORMATION * spread, None)
    third = (washout.expected - washout.kept * (variance - washout.expected)) / variance**3
    return filtered, spread, correlated(third, kernel**3)


def _elsewhere(washout: Washout, zones: Zones, width_px: float, pixel_mm: float) -> tuple[FloatArray, float]:
    """The matched filter on the delayed image less what large structures make, blind to slow change."""
    wide = gaussian_kernel(AROUND * width_px / 2)
    inner = gaussian_kernel(width_px / FWHM)
    margin = (wide.shape[0] - inner.shape[0]) // 2
    kernel = without_polynomials(np.pad(inner, margin), wide, 2)
    noise = np.where(zones.lobes, washout.variance, smoothed(washout.delayed, 6.0 / pixel_mm))
    image = np.where(zones.lobes, washout.excess, washout.delayed - zones.structure)
    image = np.where(zones.hot, 0.0, image)
    noise = np.clip(np.where(zones.hot, zones.structure, noise), LEAST_NOISE, None)
    reach = kernel.shape[0] // 2
    image, noise = (np.pad(one, reach, mode="reflect") for one in (image, noise))
    cut = (slice(reach, -reach),) * 2
    third = np.clip(correlated(noise, kernel**3)[cut], 0, None)
    score = poisson_score(correlated(image, kernel)[cut], correlated(noise, kernel**2)[cut], third)
    # What is left of structure makes the score rougher than counting does; then it counts for less.
    inside = score[zones.elsewhere]
    spread = 1.4826 * float(np.median(np.abs(inside - np.median(inside)))) if inside.size else 1.0
    return score / max(1.0, spread), roughness(kernel)


def _reach(spot: Spot) -> float:
    """To where a focus is seen over the noise, in pixels: the stronger, the farther."""
    return COVERED * spot.width_px * max(1.0, math.sqrt(2 * math.log(max(spot.local_z, 1.0))) / 2)


def _settled(
    spots: list[Spot], washout: Washout, zones: Zones, pixel_mm: float, settings: FocusSettings
) -> tuple[Spot, ...]:
    """Places and widths told anew with a washout in which no focus had a part; two that come to one place are one."""
    settled: list[Spot] = []
    for spot in spots:
        one = _settle(spot, washout, pixel_mm, settings) if zones.lobes[_pixel(spot)] else spot
        if all(math.dist(one.place, other.place) * pixel_mm >= settings.apart_mm / 2 for other in settled):
            settled.append(one)
    return tuple(settled)


def _settle(spot: Spot, washout: Washout, pixel_mm: float, settings: FocusSettings) -> Spot:
    near = disk(washout.early.shape, spot.place, settings.apart_mm / pixel_mm)
    best, top = spot, -math.inf
    for width_mm in settings.sizes_mm:
        kernel = gaussian_kernel(width_mm / pixel_mm / FWHM)
        noise = np.sqrt(correlated(1 / washout.variance, kernel**2))
        score = correlated(washout.excess / washout.variance, kernel) / noise
        k = np.unravel_index(int(np.where(near, score, -math.inf).argmax()), score.shape)
        at = (int(k[0]), int(k[1]))
        if score[at] > top:
            best, top = replace(spot, place=_between_pixels(score, at), width_px=width_mm / pixel_mm), float(score[at])
    return best


def _pixel(spot: Spot) -> tuple[int, int]:
    return round(spot.place[0]), round(spot.place[1])


def _is_tail(spot: Spot, stronger: Spot) -> bool:
    """Whether a place is what a much stronger focus leaves beside itself, for no gland is quite the filter's shape."""
    distance = math.hypot(*(a - b for a, b in zip(spot.place, stronger.place, strict=True)))
    return spot.local_z < TAIL_SHARE * stronger.local_z and distance < TAIL_REACH * stronger.width_px


def _between_pixels(score: FloatArray, at: tuple[int, int]) -> tuple[float, float]:
    """The top of the score around its largest pixel."""
    place = []
    for axis in (0, 1):
        k = at[axis]
        if not 0 < k < score.shape[axis] - 1:
            place.append(float(k))
            continue
        low, mid, high = (float(score[(n, at[1]) if axis == 0 else (at[0], n)]) for n in (k - 1, k, k + 1))
        bend = low - 2 * mid + high
        place.append(k + (float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5)) if bend < 0 else 0.0))
    return place[0], place[1]


def _least_score(error: float) -> float:
    from scipy.special import ndtri

    return float(-ndtri(error))
