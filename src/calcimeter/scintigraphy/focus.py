"""Foci of retained tracer: searched with filters of known statistics, measured against the rest of their lobe."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import correlated, disk, gaussian_kernel, smoothed, without_polynomials
from calcimeter.model.grid import FloatArray
from calcimeter.scintigraphy.settings import FocusSettings
from calcimeter.scintigraphy.significance import corrected_score, poisson_score, roughness
from calcimeter.scintigraphy.washout import Lobes, Washout, wash_out

Mask = npt.NDArray[np.bool_]
FWHM = 2.3548
"""Full width at half maximum of a Gaussian of standard deviation 1."""
AROUND = 2.6
"""Of a filter's width: the radius within which the background of a place beside no lobe is told."""
COVERED = 0.9
"""Of a focus' width: the radius in which its counts belong to it and not to the lobe."""
RING = (11.0, 26.0)
TISSUE = 0.6
"""Of the counts around the thyroid: below it the neck ends."""
EDGE_MM = 10.0
"""From the edge of what is seen of the body, where the background falls off."""
LATERAL_MM = 4.0
"""Beside the outermost edge of a lobe that is still searched."""
STRUCTURE_MM = 15.0
"""Radius below which a spot is no structure."""
LEAST_NOISE = 0.05
"""Counts a pixel."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Where is searched: over and beside the lobes, and elsewhere over neck and mediastinum.

    Parameters
    ----------
    lobes, elsewhere, hot : ndarray of bool
        ``hot``: salivary glands and heart, where nothing is searched.
    apart : ndarray of bool
        ``hot``, and what lies outside the neck: it says nothing of the background of the thyroid.
    structure : ndarray
        The delayed image's expectation elsewhere: counts a pixel.
    """

    lobes: Mask
    elsewhere: Mask
    hot: Mask
    apart: Mask
    structure: FloatArray

    @property
    def whole(self) -> Mask:
        """Both."""
        return self.lobes | self.elsewhere


def find_spots(
    early: FloatArray, delayed: FloatArray, lobes: Lobes, hot: Mask, pixel_mm: float, settings: FocusSettings
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
        By significance. What chance alone makes in more than ``settings.error`` of patients is not in it.
    washout : Washout
        Without them.
    zones : Zones
    """
    zones = search_zones(early, delayed, lobes, hot, pixel_mm, settings)
    taken = np.zeros(delayed.shape, np.bool_)
    spots: list[Spot] = []
    washout = wash_out(early, delayed, lobes, zones.apart, pixel_mm)
    least = _least_score(settings.error)
    for _ in range(settings.most):
        spot = strongest(washout, zones, taken, pixel_mm, settings)
        if spot is None or spot.z < least:
            break
        if not any(_is_tail(spot, stronger) for stronger in spots):
            spots.append(spot)
        taken |= disk(taken.shape, spot.place, max(_reach(spot), settings.apart_mm / pixel_mm))
        washout = wash_out(early, delayed, lobes, zones.apart | taken, pixel_mm)
    washout = wash_out(early, delayed, lobes, zones.apart | taken, pixel_mm)
    return tuple(spots), washout, zones


def ratio_map(washout: Washout, zones: Zones, pixel_mm: float) -> FloatArray:
    """The delayed image over what even washout would leave: 1 where nothing is retained, and outside the search."""
    sigma = 4.0 / pixel_mm
    expected = np.where(zones.lobes, washout.expected(pixel_mm), zones.structure)
    ratio = smoothed(washout.delayed, sigma) / np.clip(smoothed(expected, sigma), LEAST_NOISE, None)
    return np.asarray(np.where(zones.whole, ratio, 1.0))


def score_map(washout: Washout, zones: Zones, width_px: float, pixel_mm: float) -> tuple[FloatArray, float, float]:
    """At every pixel the local score of a focus of a width, and the roughness of the score over lobes and elsewhere."""
    kernel = gaussian_kernel(width_px / FWHM)
    beside, rough = _over_lobes(washout, kernel, pixel_mm)
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


def _over_lobes(washout: Washout, kernel: FloatArray, pixel_mm: float) -> tuple[FloatArray, float]:
    """The matched filter on what is beyond even washout, every pixel weighted by its own variance."""
    expected = washout.expected(pixel_mm)
    variance = washout.variance(pixel_mm)
    sum_ = correlated(washout.excess / variance, kernel)
    spread = correlated(1 / variance, kernel**2)
    # What a focus adds was partly taken for washout and background when these were told: as much of the filter as they
    # can explain says nothing (generalized least squares).
    told = np.stack([correlated(term / variance, kernel) for term in washout.terms])
    explained = np.einsum("irc,ij,jrc->rc", told, washout.covariance, told)
    spread = np.clip(spread - explained, LEAST_INFORMATION * spread, None)
    third = (expected - washout.kept * (variance - expected)) / variance**3
    return poisson_score(sum_, spread, correlated(third, kernel**3)), roughness(kernel)


def _elsewhere(washout: Washout, zones: Zones, width_px: float, pixel_mm: float) -> tuple[FloatArray, float]:
    """The matched filter on the delayed image less what large structures make, blind to slow change."""
    wide = gaussian_kernel(AROUND * width_px / 2)
    inner = gaussian_kernel(width_px / FWHM)
    margin = (wide.shape[0] - inner.shape[0]) // 2
    kernel = without_polynomials(np.pad(inner, margin), wide, 2)
    noise = np.where(zones.lobes, washout.variance(pixel_mm), smoothed(washout.delayed, 6.0 / pixel_mm))
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


def _structure(early: FloatArray, delayed: FloatArray, apart: Mask, pixel_mm: float) -> FloatArray:
    """Neck, shoulders and vessels in the delayed image: as the early one shows them, brighter or fainter by place.

    The median over more than a gland leaves edges and takes small spots away.
    """
    from scipy.ndimage import median_filter

    reach = round(STRUCTURE_MM / pixel_mm)
    window = disk((2 * reach + 1,) * 2, (reach, reach), STRUCTURE_MM / pixel_mm)
    whole = ~apart
    both = []
    for image in (early, delayed):
        share = smoothed(whole.astype(np.float64), 10.0 / pixel_mm)
        around = smoothed(np.where(whole, image, 0.0), 10.0 / pixel_mm) / np.clip(share, 1e-6, None)
        filled = np.where(whole, image, around)
        both.append(smoothed(np.asarray(median_filter(smoothed(filled, 1.0), footprint=window)), 2.0 / pixel_mm))
    before, after = (np.clip(image, LEAST_NOISE, None) for image in both)
    scale = smoothed(after, 15.0 / pixel_mm) / smoothed(before, 15.0 / pixel_mm)
    return np.asarray(scale * before)


def search_zones(
    early: FloatArray, delayed: FloatArray, lobes: Lobes, hot: Mask, pixel_mm: float, settings: FocusSettings
) -> Zones:
    """Neck and mediastinum, from above the upper poles down, without what is hot by itself."""
    from scipy.ndimage import binary_erosion, distance_transform_edt

    shape = delayed.shape
    rows, columns = np.indices(shape)
    thyroid = np.any([lobe.mask for _, lobe in lobes], axis=0)
    nearest = distance_transform_edt(~thyroid) * pixel_mm
    middle = float(np.mean([lobe.center_px[1] for _, lobe in lobes]))
    top = float(np.nonzero(thyroid.any(axis=1))[0].min())
    smooth = smoothed(delayed, 6.0 / pixel_mm)
    tissue = smooth > TISSUE * float(np.median(smooth[(nearest > RING[0]) & (nearest < RING[1])]))
    tissue[[0, -1]] = tissue[:, [0, -1]] = False
    inside = binary_erosion(tissue, iterations=max(1, round(EDGE_MM / pixel_mm)), border_value=0)
    bottom = float(np.nonzero(thyroid.any(axis=1))[0].max())
    reach = inside & (np.abs(columns - middle) * pixel_mm < settings.half_width_mm)
    reach &= (rows > top - settings.above_mm / pixel_mm) & (rows < bottom + settings.below_mm / pixel_mm)
    # Glands lie behind, above and below the lobes; far beside them the neck ends and its background falls off.
    across = np.nonzero(thyroid.any(axis=0))[0]
    lateral = LATERAL_MM / pixel_mm
    narrow = (columns >= across.min() - lateral) & (columns <= across.max() + lateral)
    beside = (nearest <= settings.beside_mm) & narrow & inside & ~hot
    structure = _structure(early, delayed, hot | beside, pixel_mm)
    return Zones(beside, reach & ~beside & ~hot, hot, hot | ~inside & ~thyroid, structure)


def _reach(spot: Spot) -> float:
    """To where a focus is seen over the noise, in pixels: the stronger, the farther."""
    return COVERED * spot.width_px * max(1.0, math.sqrt(2 * math.log(max(spot.local_z, 1.0))) / 2)


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
