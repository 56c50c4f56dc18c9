"""What the delayed image would be if every lobe had washed out evenly, and what there is beyond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import smoothed
from calcimeter.model.grid import FloatArray
from calcimeter.model.scintigram import Lobe, LobeSide

Mask = npt.NDArray[np.bool_]
Lobes = tuple[tuple[LobeSide, Lobe], ...]

RING_MM = (11.0, 26.0)
"""From a lobe to where its background begins and ends."""
VARIANCE_MM = 3.5
"""Counts are smoothed by so much to tell their expectation; the camera blurs by more."""
FARTHEST = 3.0
"""Beyond so many times the ring's reach the background is not carried on."""
LEAST_PIXELS = 40
LEAST_REST = 0.45
"""Of a lobe: with less of it free of foci the other lobe's share is taken."""
ALIKE = 0.06
"""Relative standard deviation of the difference between the lobes' shares."""
LEAST_EXPECTED = 0.05
"""Counts a pixel; below them the variance would be that of nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Washout:
    """The delayed image against the early one, all (rows, columns) on the delayed image's grid, upright.

    Parameters
    ----------
    early, delayed : ndarray
        Counts; the early image is moved.
    kept : ndarray
        Share of the early net counts that the nearest lobe has in the delayed image.
    offset : ndarray
        By how much more the background keeps, in counts a pixel of the delayed image.
    background_early, background_delayed : ndarray
        Expected counts of what lies before and behind the lobes.
    by_lobe : tuple of float
        ``kept`` of each lobe, in their order.
    terms : ndarray, (terms, rows, columns)
        What the delayed image was explained by: each lobe's early counts, and a background that varies slowly.
    covariance : ndarray, (terms, terms)
        Of their weights.
    """

    early: FloatArray
    delayed: FloatArray
    kept: FloatArray
    offset: FloatArray
    background_early: FloatArray
    background_delayed: FloatArray
    by_lobe: tuple[float, ...]
    terms: FloatArray
    covariance: FloatArray

    @property
    def excess(self) -> FloatArray:
        """Counts of the delayed image beyond even washout."""
        return self.delayed - self.offset - self.kept * self.early

    def variance(self, pixel_mm: float) -> FloatArray:
        """Of ``excess``, without a focus."""
        early = np.clip(smoothed(self.early, VARIANCE_MM / pixel_mm), LEAST_EXPECTED, None)
        return self.expected(pixel_mm) + self.kept**2 * early

    def expected(self, pixel_mm: float) -> FloatArray:
        """The mean of the delayed image, without a focus."""
        even = self.offset + self.kept * smoothed(self.early, VARIANCE_MM / pixel_mm)
        return np.asarray(np.clip(even, LEAST_EXPECTED, None))


def wash_out(early: FloatArray, delayed: FloatArray, lobes: Lobes, apart: Mask, pixel_mm: float) -> Washout:
    """The even washout of every lobe.

    Both images are smoothed alike, and the delayed one is explained by each lobe's share of the early one and by a
    background that keeps another share and varies slowly; all by least squares, weighted by the counts.

    Parameters
    ----------
    early, delayed : ndarray, (rows, columns)
        Counts; the early image moved onto the delayed one.
    apart : ndarray of bool
        What belongs to no lobe and no background: salivary glands, foci found so far.

    Returns
    -------
    Washout
        A lobe that is covered by ``apart`` more than half has the other's share.
    """
    from scipy.ndimage import distance_transform_edt

    distance = np.stack([distance_transform_edt(~lobe.mask) * pixel_mm for _, lobe in lobes])
    nearest = distance.min(axis=0)
    belongs = 1 / (distance + 1.0) ** 2
    belongs = belongs / belongs.sum(axis=0)
    covered = [(lobe.mask & ~apart).sum() < LEAST_REST * lobe.mask.sum() for _, lobe in lobes]
    if any(covered) and not all(covered):
        whole = int(covered.index(False))
        belongs = np.stack([np.ones_like(nearest) if k == whole else np.zeros_like(nearest) for k in range(len(lobes))])
    one, other = (smoothed(image, VARIANCE_MM / pixel_mm) for image in (early, delayed))
    terms = np.concatenate([belongs * one, _slow(early.shape, lobes, pixel_mm)])
    fit = (nearest < RING_MM[1]) & ~apart
    shares, covariance = _shares(other, terms, fit, len(lobes))
    kept = np.clip(shares[: len(lobes)], 0.0, None)
    if any(covered) and not all(covered):
        kept[:] = kept.max()
    ring = fit & (nearest > RING_MM[0])
    slow = terms[len(lobes) :]
    ground_early, ground_delayed = (np.tensordot(_explained(image, slow, ring), slow, axes=1) for image in (one, other))
    return Washout(
        early,
        delayed,
        np.asarray(np.tensordot(kept, belongs, axes=1)),
        np.asarray(np.tensordot(shares[len(lobes) :], slow, axes=1)),
        np.clip(ground_early, 0.0, None),
        np.clip(ground_delayed, 0.0, None),
        tuple(float(share) for share in kept),
        terms,
        covariance,
    )


def _shares(image: FloatArray, terms: FloatArray, where: Mask, lobes: int) -> tuple[FloatArray, FloatArray]:
    """The weights of all terms, and their covariance.

    Two lobes of one thyroid wash out alike within a tenth or so; that counts as one more observation. Smoothing takes
    no information off what varies slowly, so the weights are those of single counts.
    """
    if where.sum() < LEAST_PIXELS:
        return np.zeros(len(terms)), np.zeros((len(terms), len(terms)))
    weight = 1 / np.sqrt(np.clip(image[where], 1.0, None))
    design, seen = (terms[:, where] * weight).T, image[where] * weight
    found, *_ = np.linalg.lstsq(design, seen, rcond=None)
    if lobes == 2:
        alike = np.zeros(len(terms))
        alike[:2] = np.array([1.0, -1.0]) / (ALIKE * max(float(found[:2].mean()), 0.05))
        design, seen = np.vstack([design, alike]), np.append(seen, 0.0)
        found, *_ = np.linalg.lstsq(design, seen, rcond=None)
    # The early image has noise too, which its share of the delayed one makes larger.
    share = 1 + max(float(found[:lobes].mean()), 0.0)
    return np.asarray(found), np.asarray(share * np.linalg.pinv(design.T @ design, hermitian=True))


def _slow(shape: tuple[int, ...], lobes: Lobes, pixel_mm: float) -> FloatArray:
    """What a background varies like: level, slopes and curvatures around the thyroid."""
    rows, columns = np.indices(shape)
    center = np.mean([lobe.center_px for _, lobe in lobes], axis=0)
    y, x = (rows - center[0]) * pixel_mm / RING_MM[1], (columns - center[1]) * pixel_mm / RING_MM[1]
    y, x = np.clip(y, -FARTHEST, FARTHEST), np.clip(x, -FARTHEST, FARTHEST)
    return np.stack([np.ones(shape), y, x, y * y, x * y, x * x])


def _explained(image: FloatArray, terms: FloatArray, where: Mask) -> FloatArray:
    """The weights of terms that explain an image best; all 0 where there is too little of it."""
    if where.sum() < LEAST_PIXELS:
        return np.zeros(len(terms))
    weight = 1 / np.sqrt(np.clip(image[where], 1.0, None))
    found, *_ = np.linalg.lstsq((terms[:, where] * weight).T, image[where] * weight, rcond=None)
    return np.asarray(found)
