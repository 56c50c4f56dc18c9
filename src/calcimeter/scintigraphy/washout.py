"""What the delayed image would be if every lobe had washed out evenly, and what there is beyond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import smoothed
from calcimeter.model.grid import FloatArray
from calcimeter.model.scintigram import Lobe, LobeSide
from calcimeter.scintigraphy.settings import WashoutSettings

Mask = npt.NDArray[np.bool_]
Lobes = tuple[tuple[LobeSide, Lobe], ...]

LEAST_PIXELS = 40
STEPS = 3
"""Of the fit: weights, and the edges along which a move shows, come from the step before."""
SLOPES = 5
"""Terms of a background beside its level: slopes and curvatures."""
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
        By how much more the background keeps, and what is left of a move, in counts a pixel of the delayed image.
    expected, variance : ndarray
        Mean of the delayed image, and variance of ``excess``, without a focus. Both are told from the sum of the
        images: its noise has nothing to do with that of the excess, so that no place is favored by chance.
    background_early, background_delayed : ndarray
        Expected counts of what lies before and behind the lobes.
    by_lobe : tuple of float
        ``kept`` of each lobe, in their order.
    terms : ndarray, (terms, rows, columns)
        What the delayed image was explained by: each lobe's counts, a slow background, moves and a turn.
    covariance : ndarray, (terms, terms)
        Of their weights.
    """

    early: FloatArray
    delayed: FloatArray
    kept: FloatArray
    offset: FloatArray
    expected: FloatArray
    variance: FloatArray
    background_early: FloatArray
    background_delayed: FloatArray
    by_lobe: tuple[float, ...]
    terms: FloatArray
    covariance: FloatArray

    @property
    def excess(self) -> FloatArray:
        """Counts of the delayed image beyond even washout."""
        return self.delayed - self.offset - self.kept * self.early


def wash_out(
    early: FloatArray, delayed: FloatArray, lobes: Lobes, apart: Mask, pixel_mm: float, settings: WashoutSettings
) -> Washout:
    """The even washout of every lobe.

    The delayed image is explained by each lobe's share of the early one, by a background that keeps another share, and
    by what is left of a move; all at once, by the likelihood of the counts of both images. How the tracer lies in a
    lobe is left as free as the pixels are.

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
    places = _places(lobes, apart, pixel_mm, settings)
    sigma = settings.variance_mm / pixel_mm
    smooth = (smoothed(early, sigma), smoothed(delayed, sigma))
    slow = _slow(early.shape, lobes, pixel_mm, settings)
    grounds = [np.clip(np.tensordot(_explained(one, slow, places.ring), slow, axes=1), 0.0, None) for one in smooth]
    ground = _ground(grounds, smooth, slow, places)
    level = float(grounds[1][places.ring].mean()) if places.ring.any() else LEAST_EXPECTED
    guess = _first_guess(smooth, settings.first_share)
    for step in range(STEPS):
        moves = _moves(guess.expected, lobes, pixel_mm, settings) if step else np.zeros((0, *early.shape))
        rest = np.concatenate([ground, moves])
        known = _known(len(lobes), guess.share, max(level, LEAST_EXPECTED), pixel_mm, settings)
        terms = np.concatenate([places.belongs * guess.tracer, rest])
        seen = np.concatenate([places.belongs * early, rest])
        weights, covariance = _weights(terms, seen, delayed, places.fit / guess.variance, known[: len(terms)])
        by_lobe = np.clip(weights[: len(lobes)], 0.0, None)
        if places.whole is not None:
            by_lobe[:] = by_lobe[places.whole]
        kept, offset = np.tensordot(by_lobe, places.belongs, axes=1), np.tensordot(weights[len(lobes) :], rest, axes=1)
        last, guess = guess, _next_guess(smooth, kept, offset, max(float(by_lobe.mean()), settings.least_share))
    return Washout(
        early,
        delayed,
        np.asarray(kept),
        np.asarray(offset),
        last.expected,
        last.variance,
        grounds[0],
        grounds[1],
        tuple(float(share) for share in by_lobe),
        terms,
        covariance,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Which pixel belongs how much to which lobe, where is fitted, and where only background lies.

    ``beyond``: 0 on and beside the thyroid, 1 where only background lies, the ring between. ``whole``: the lobe whose
    share stands for both, where the other is covered; None where none is or all are.
    """

    belongs: FloatArray
    fit: Mask
    ring: Mask
    beyond: FloatArray
    whole: int | None


def _places(lobes: Lobes, apart: Mask, pixel_mm: float, settings: WashoutSettings) -> _Places:
    from scipy.ndimage import distance_transform_edt

    distance = np.stack([distance_transform_edt(~lobe.mask) * pixel_mm for _, lobe in lobes])
    nearest = distance.min(axis=0)
    belongs = 1 / (distance + 1.0) ** 2
    belongs = belongs / belongs.sum(axis=0)
    covered = [(lobe.mask & ~apart).sum() < settings.least_rest * lobe.mask.sum() for _, lobe in lobes]
    whole = int(covered.index(False)) if any(covered) and not all(covered) else None
    if whole is not None:
        belongs = np.stack([np.full(apart.shape, float(k == whole)) for k in range(len(lobes))])
    begins, ends = settings.ring_mm
    fit = (nearest < settings.reach_mm) & ~apart & _level_with(lobes, pixel_mm, settings)
    ring = fit & (nearest > begins) & (nearest < ends)
    return _Places(belongs, fit, ring, np.clip((nearest - begins) / (ends - begins), 0.0, 1.0), whole)


def _level_with(lobes: Lobes, pixel_mm: float, settings: WashoutSettings) -> Mask:
    """Rows of the neck: above and below head and torso move by themselves."""
    thyroid = np.nonzero(np.any([lobe.mask for _, lobe in lobes], axis=(0, 2)))[0]
    rows = np.arange(lobes[0][1].mask.shape[0])[:, None]
    above, below = settings.above_mm / pixel_mm, settings.below_mm / pixel_mm
    return np.asarray((rows > thyroid.min() - above) & (rows < thyroid.max() + below))


@dataclass(frozen=True, slots=True, eq=False)
class _Guess:
    """What the fit goes by: the tracer's counts in the early image, and mean and variance as in ``Washout``."""

    tracer: FloatArray
    expected: FloatArray
    variance: FloatArray
    share: float


def _first_guess(smooth: tuple[FloatArray, FloatArray], share: float) -> _Guess:
    tracer, expected = (np.clip(image, LEAST_EXPECTED, None) for image in smooth)
    return _Guess(tracer, expected, expected + share**2 * tracer, share)


def _next_guess(smooth: tuple[FloatArray, FloatArray], kept: FloatArray, offset: FloatArray, share: float) -> _Guess:
    """The likeliest tracer where it is free pixel by pixel: from both images together."""
    tracer = np.clip((smooth[0] + smooth[1] - offset) / (1 + kept), LEAST_EXPECTED, None)
    expected = np.clip(kept * tracer + offset, LEAST_EXPECTED, None)
    return _Guess(tracer, expected, expected + kept**2 * tracer, share)


def _moves(expected: FloatArray, lobes: Lobes, pixel_mm: float, settings: WashoutSettings) -> FloatArray:
    """What a move down, a move to the right, and a turn about the thyroid add, per pixel and per ring's reach."""
    down, right = np.gradient(expected)
    y, x = _from_thyroid(expected.shape, lobes, settings.ring_mm[1] / pixel_mm)
    return np.stack([down, right, down * x - right * y])


def _known(lobes: int, share: float, level: float, pixel_mm: float, settings: WashoutSettings) -> FloatArray:
    """What is known of all weights before the images are seen: rows of an inverse covariance.

    Two lobes of one thyroid wash out alike within a tenth or so, a background is nearly even, and little is left of a
    move.
    """
    move = settings.move_mm / pixel_mm
    turn = np.radians(settings.turn_deg) * settings.ring_mm[1] / pixel_mm
    spread = [*[np.inf] * (lobes + 1), *[settings.uneven * level] * SLOPES, move, move, turn]
    known = np.diag(1 / np.square(spread))
    if lobes == 2:
        known[:2, :2] = np.array([[1.0, -1.0], [-1.0, 1.0]]) / (settings.alike * share) ** 2
    return np.asarray(known)


def _weights(
    terms: FloatArray, seen: FloatArray, delayed: FloatArray, weight: FloatArray, known: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The weights of all terms, and their covariance.

    ``seen`` holds the lobes' counts with their noise, as they are subtracted, ``terms`` without it: compared with these
    the noise of the early image makes no share too small.
    """
    where = weight > 0
    known = known[:, : len(terms)]
    if where.sum() < LEAST_PIXELS:
        return np.zeros(len(terms)), np.zeros((len(terms), len(terms)))
    rows = terms[:, where] * weight[where]
    inverse = np.linalg.pinv(rows @ seen[:, where].T + known)
    return np.asarray(inverse @ (rows @ delayed[where])), np.asarray((inverse + inverse.T) / 2)


def _slow(shape: tuple[int, ...], lobes: Lobes, pixel_mm: float, settings: WashoutSettings) -> FloatArray:
    """What a background varies like: level, slopes and curvatures around the thyroid."""
    farthest = settings.farthest
    y, x = (np.clip(one, -farthest, farthest) for one in _from_thyroid(shape, lobes, settings.ring_mm[1] / pixel_mm))
    return np.stack([np.ones(shape), y, x, y * y, x * y, x * x])


def _ground(
    grounds: list[FloatArray], smooth: tuple[FloatArray, FloatArray], slow: FloatArray, places: _Places
) -> FloatArray:
    """The background's form, and what it may keep unevenly.

    Both images together tell the form best; how much of it is kept is fitted. Under the thyroid it is carried on from
    the ring; beyond the ring it is what is seen, so that the outlines of the neck tell moves and turns.
    """
    form = (1 - places.beyond) * (grounds[0] + grounds[1]) + places.beyond * (smooth[0] + smooth[1])
    return np.concatenate([form[None], slow[1:]])


def _from_thyroid(shape: tuple[int, ...], lobes: Lobes, reach_px: float) -> tuple[FloatArray, FloatArray]:
    """Down and right from the middle of the thyroid, in reaches of the ring."""
    rows, columns = np.indices(shape)
    center = np.mean([lobe.center_px for _, lobe in lobes], axis=0)
    return (rows - center[0]) / reach_px, (columns - center[1]) / reach_px


def _explained(image: FloatArray, terms: FloatArray, where: Mask) -> FloatArray:
    """The weights of terms that explain an image best; all 0 where there is too little of it."""
    if where.sum() < LEAST_PIXELS:
        return np.zeros(len(terms))
    weight = 1 / np.sqrt(np.clip(image[where], 1.0, None))
    found, *_ = np.linalg.lstsq((terms[:, where] * weight).T, image[where] * weight, rcond=None)
    return np.asarray(found)
