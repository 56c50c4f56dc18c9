"""The volume of a small deposit, by the body that fits the scan best: plain, and with a core."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.amount import body as of
from calcimeter.ct.amount.body import View
from calcimeter.ct.amount.envelope import Fit, Seen
from calcimeter.ct.amount.plateaus import Weighed
from calcimeter.ct.amount.scanner import SIGMA_OF_FWHM, Scanner
from calcimeter.ct.amount.solve import Problem, Solved, solved
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.measures import Estimate, Resolution

LEAST_NOISE_HU = 1.0
"""No body is nearer to a deposit than that, even without noise."""


class Compact(NamedTuple):
    """A deposit as one body, in voxels of the finer slices.

    Parameters
    ----------
    voxels : float
    sd : float
        Its standard deviation by noise, blur and slices, and by how far the body is from what is seen.
    common : float
        The part of it that comes from the widths of blur and slices.
    left_hu : float
        Root mean square of what it leaves of the scan.
    """

    voxels: float
    sd: float
    common: float
    left_hu: float


def as_body(
    fit: Fit, seen: Seen, spacing_mm: tuple[float, float, float], resolution: Resolution, s: AmountSettings
) -> Compact:
    """The mean over a plain body and one with a core, by how likely each is.

    Widths of blur and slices are unknowns as well, expected as they were measured, so that what they leave open is in
    the standard deviation.
    """
    box, excess, view = _view(fit, seen, spacing_mm, resolution)
    start = _start(fit, box, view)
    noise_hu = max(seen.noise_hu, LEAST_NOISE_HU)
    variance = noise_hu**2 * (4 * np.pi * view.scanner.sigma[0] * view.scanner.sigma[1] + 1)
    plain = solved(start, Problem(excess, variance, view, *_expected(start, resolution, s)), s)
    begun = np.concatenate([plain.body, [s.core_radius[0], 0, 0, 0, 0]])
    cored = solved(begun, Problem(excess, variance, view, *_expected(begun, resolution, s)), s)
    return _mean((plain, cored), noise_hu, resolution, s)


def asks_for_body(weighed: Weighed, seen: Seen, scan: tuple[Scanner, float], s: AmountSettings) -> bool:
    """Whether a body may say more than levels: of a small deposit in thick slices, if ways disagree or miss much.

    Parameters
    ----------
    scan : (Scanner, float)
        And the volume of its finer slices' voxels, mm3.
    """
    scanner, part_mm3 = scan
    if scanner.parts == 1 or weighed.left_hu == 0 or weighed.voxels * part_mm3 > s.body_mm3:
        return False
    apart = weighed.most - weighed.least > s.body_range * weighed.voxels
    return apart or weighed.left_hu > s.body_misfit * max(seen.noise_hu, LEAST_NOISE_HU)


def with_body(volume: Estimate, known: float, body: Compact, part_mm3: float, s: AmountSettings) -> Estimate:
    """The mean of both volumes, each by how well it is known.

    Parameters
    ----------
    volume : Estimate
        By the levels that are seen.
    known : float
        Its standard deviation, mm3.
    body : Compact
    part_mm3 : float
        Volume of a voxel of the finer slices.

    Returns
    -------
    Estimate
        The volume by levels as it was where it has no interval, or where no body was found.
    """
    if volume.low is None or volume.high is None or not (body.voxels > 0 and np.isfinite(body.sd)):
        return volume
    own = body.voxels * part_mm3, body.sd * part_mm3
    share = known**2 / (known**2 + own[1] ** 2)
    value = (1 - share) * volume.value + share * own[0]
    apart = np.sqrt(share * (1 - share)) * (own[0] - volume.value)
    halves = [
        float(np.linalg.norm([(1 - share) * half, s.sigmas * share * own[1], s.apart_doubt * apart]))
        for half in (volume.value - volume.low, volume.high - volume.value)
    ]
    common = (1 - share) * volume.common + share * s.sigmas * body.common * part_mm3
    return Estimate(value, max(value - halves[0], 0.0), value + halves[1], min(common, *halves))


def ways_sd(weighed: Weighed, body: Compact, s: AmountSettings) -> float:
    """Standard deviation of the volume by levels, voxels: what they disagree on, and more where a body fits better."""
    least, growth = s.ways_doubt
    over = float(np.clip(weighed.left_hu / body.left_hu - s.ways_misfit, 0, 1))
    return float(np.hypot(weighed.apart, weighed.voxels * (least + growth * over)))


def _view(
    fit: Fit, seen: Seen, spacing_mm: tuple[float, float, float], resolution: Resolution
) -> tuple[tuple[slice, slice, slice], FloatArray, View]:
    """The box of the finer slices within reach of the envelope, HU of what counts there, and how it is seen."""
    allowed = fit.frame.allowed
    parts = len(allowed) // len(seen.excess)
    where: BoolArray = np.asarray(allowed.reshape(-1, parts, *allowed.shape[1:]).any(axis=1))
    a, b, c = (slice(max(int(at.min()) - 1, 0), int(at.max()) + 2) for at in np.nonzero(where))
    where = where[a, b, c]
    excess = seen.excess[a, b, c][where].astype(np.float64)
    fine = slice(a.start * parts, (a.start + len(where)) * parts)
    return (fine, b, c), excess, View.of(where, spacing_mm, resolution)


def _start(fit: Fit, box: tuple[slice, slice, slice], view: View) -> FloatArray:
    """The ellipsoid with the second moments of the envelope as measured, at its level."""
    share = fit.edge.share[box].ravel().astype(np.float64)
    share /= share.sum()
    middle = np.einsum("in,n", view.places_mm, share)
    away = view.places_mm - middle[:, None]
    moments = 5 * np.einsum("in,jn,n", away, away, share) + np.diag(np.square(view.steps_mm) / 4)
    body = np.zeros(of.PLAIN)
    body[of.CENTER] = middle
    body[of.AXES] = np.linalg.cholesky(np.linalg.inv(moments)).T[of.UPPER]
    body[of.HU] = np.einsum("n,n", fit.edge.level[box].ravel(), share)
    return body


def _expected(start: FloatArray, resolution: Resolution, s: AmountSettings) -> tuple[FloatArray, FloatArray]:
    """No waves, widths as measured; a core of middle size near the middle, denser or looser: values and precisions."""
    expected, precision = start.copy(), np.zeros(len(start))
    expected[of.WAVES], precision[of.WAVES] = 0, s.waves_sd**-2
    expected[[of.BLUR, of.SLICE]] = 0
    precision[[of.BLUR, of.SLICE]] = resolution.relative_sd**-2, s.profile_sd**-2
    if len(start) == of.CORED:
        radius, sd = s.core_radius
        expected[of.PLAIN :] = (radius, 0, 0, 0, 0)
        precision[of.SIZE], precision[of.STEP], precision[of.OFFSET] = sd**-2, start[of.HU] ** -2, s.core_off**-2
    return expected, precision


def _mean(kinds: tuple[Solved, ...], noise_hu: float, resolution: Resolution, s: AmountSettings) -> Compact:
    """By evidence; the standard deviation with what noise does not explain."""
    evidence = np.array([kind.evidence for kind in kinds])
    odds = np.exp(evidence - evidence.max())
    share = odds / odds.sum()
    voxels, left_hu, common, blurred = (
        float(share @ values)
        for values in zip(*((k.voxels, k.left_hu, k.common, _blurred(k.body, resolution)) for k in kinds), strict=True)
    )
    own = float(np.sqrt(share @ [kind.sd**2 + (kind.voxels - voxels) ** 2 for kind in kinds]))
    over = left_hu / noise_hu
    misfit = s.body_doubt + s.misfit_doubt * max(over - s.usual_misfit, 0.0)
    thin = s.thin_doubt * blurred * (1 + (blurred / s.thin_from) ** 2)
    sd = float(np.linalg.norm([own * max(over, 1.0), misfit * voxels, thin * voxels]))
    return Compact(voxels, sd, common, left_hu)


def _blurred(body: FloatArray, resolution: Resolution) -> float:
    """The variances that the scan adds to a body along its axes, over its own: what is thinner than blur has more."""
    turn = np.zeros((3, 3))
    turn[of.UPPER] = body[of.AXES]
    inverse_squares = turn.T @ turn
    in_plane = (resolution.in_plane_fwhm_mm * SIGMA_OF_FWHM) ** 2
    added = np.array([resolution.through_fwhm_mm**2 / 12, in_plane, in_plane])
    return float(5 * added @ np.diag(inverse_squares))
