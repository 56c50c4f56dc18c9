"""The volume of a small deposit, by the body that fits the scan best: plain or filled, of whatever surface."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount import body as of
from calcimeter.ct.amount.body import Inside, View
from calcimeter.ct.amount.envelope import Fit, Seen
from calcimeter.ct.amount.inside import Core, Settled
from calcimeter.ct.amount.plateaus import Weighed
from calcimeter.ct.amount.scanner import LEAST_NOISE_HU, Scanner
from calcimeter.ct.amount.solve import Problem, Solved, solved
from calcimeter.ct.amount.supple import Start, Supple
from calcimeter.ct.amount.walled import under_wall
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.window import SIGMA_OF_FWHM
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.measures import Estimate, Resolution

Floats = npt.NDArray[np.float32]


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
    blurred : float
        The variances that the scan adds to it along its axes, over its own: what is thinner than blur has more.
    """

    voxels: float
    sd: float
    common: float
    left_hu: float
    blurred: float


def as_body(
    look: tuple[Fit, Seen],
    spacing_mm: tuple[float, float, float],
    resolution: Resolution,
    down: FloatArray | None,
    s: AmountSettings,
    *,
    is_thin: bool = False,
) -> Compact | None:
    """The mean over several kinds of body, by how likely each is.

    A plain one, one with a core, and where gravity is known one with fluid over sediment. Where all leave more of the
    scan than noise, also one of one density whose surface moves freely, from where half maximum puts it; and where that
    leaves more as well, such a surface over a wall and whatever lies beneath, for a few thicknesses of it. Widths of
    blur and slices are unknowns as well, expected as they were measured, so that what they leave open is in the
    standard deviation.

    Parameters
    ----------
    look : (Fit, Seen)
    down : ndarray or None, (3,)
        Unit vector of gravity along slices, rows and columns.

    Returns
    -------
    Compact or None
        None of what is too thin to show its own density, where the first do not explain the scan: a free surface
        follows lines and plates as thick as blur draws them, twice their volume, and fits.
    """
    fit, seen = look
    box, excess, view = _view(fit, seen, spacing_mm, resolution)
    noise_hu = max(seen.noise_hu, LEAST_NOISE_HU)
    variance = noise_hu**2 * (4 * np.pi * view.scanner.sigma[0] * view.scanner.sigma[1] + 1)
    task = _Task(excess, variance, view, resolution)
    plain = task.solved(_start(fit, box, view), None, s)
    fillings: list[Inside] = [Core(s)] if down is None else [Core(s), Settled(down, s)]
    kinds = [plain, *(task.solved(inside.begun(plain.body), inside, s) for inside in fillings)]
    explained_hu = s.body_misfit * noise_hu
    if min(kind.left_hu for kind in kinds) > explained_hu:
        if is_thin:
            return None
        start = Start(fit.edge.share[box], fit.frame.core[box])
        free, share = task.freed(start, plain, s)
        kinds.append(free)
        if free.left_hu > explained_hu:
            hu = max(kinds[1:-1], key=lambda kind: kind.evidence).body[of.HU]
            walled = (task.walled(start._replace(share=share), wall_mm, plain, hu, s) for wall_mm in s.walls_mm)
            kinds += [kind for kind in walled if kind is not None]
    return _mean(kinds, noise_hu, resolution, s)


class _Task(NamedTuple):
    """What is to be explained, how well it is known, and how it is seen: as of ``Problem``."""

    excess: FloatArray
    variance: float
    view: View
    resolution: Resolution

    def solved(self, start: FloatArray, inside: Inside | None, s: AmountSettings) -> Solved:
        """The ellipsoid with waves that fits best, with what lies inside."""
        expected = _expected(start, inside, self.resolution, s)
        look = partial(of.look_at, view=self.view, inside=inside)
        return solved(start, Problem(self.excess, self.variance, look, (of.BLUR, of.SLICE), *expected), s)

    def freed(self, start: Start, plain: Solved, s: AmountSettings, hu: float | None = None) -> tuple[Solved, Floats]:
        """The body whose surface moves freely from where it starts, and how much of each voxel it fills.

        Place and size of that start were told by the scan too: they cost the evidence what they cost in the plain body.
        """
        surface = Supple.of(start, self.view, s)
        hu = plain.body[of.HU] if hu is None else hu
        first, precision = np.zeros(surface.unknowns), np.ones(surface.unknowns)
        first[surface.hu], precision[surface.hu] = hu, hu**-2
        precision[-2:] = self.resolution.relative_sd**-2, s.profile_sd**-2
        expected = first.copy()
        if start.filling:
            first[surface.heights], expected[surface.heights] = start.filling.first, start.filling.expected
            precision[surface.heights] = start.filling.sd**-2
        widths = (surface.unknowns - 2, surface.unknowns - 1)
        found = solved(first, Problem(self.excess, self.variance, surface.look, widths, expected, precision), s)
        _, of_plain = _expected(plain.body, None, self.resolution, s)
        paid = plain.told([*range(of.AXES.stop)], of_plain)
        return found._replace(evidence=found.evidence - paid), surface.share(found.body)

    def walled(self, start: Start, wall_mm: float, plain: Solved, hu: float, s: AmountSettings) -> Solved | None:
        """The body with a wall as thick, each time over what the surface before enclosed; None without room for it.

        Only the last counts: before, what lies beneath may reach out of the surface that was found.
        """
        found = None
        for _ in range(s.walled_rounds):
            filling = under_wall(start.share, wall_mm, hu, self.view, s)
            if filling is None:
                return None
            found, share = self.freed(start._replace(filling=filling), plain, s, hu)
            start = start._replace(share=share)
        return found and found._replace(evidence=found.evidence - float(np.log(len(s.walls_mm))))


def asks_for_body(weighed: Weighed, seen: Seen, scan: tuple[Scanner, float], s: AmountSettings) -> bool:
    """Whether a body may say more than levels: of any small deposit in slices thicker than pixels.

    In thin slices levels are good, and bodies cost time: they are asked where the ways that the scan does not
    rule out lie far apart, unless so much of the scan is left that no body will explain it either.

    Parameters
    ----------
    scan : (Scanner, float)
        And the volume of its finer slices' voxels, mm3.
    """
    scanner, part_mm3 = scan
    if weighed.left_hu == 0 or weighed.voxels * part_mm3 > s.body_mm3:
        return False
    over = weighed.left_hu / max(seen.noise_hu, LEAST_NOISE_HU)
    return scanner.parts > 1 or (weighed.most - weighed.least > s.thin_apart * weighed.voxels and over < s.thin_misfit)


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


def doubted(body: Compact, weighed: Weighed, s: AmountSettings) -> Compact:
    """A body known the less well by what it differs from levels, the worse it fits the scan than they do."""
    worse = float(np.clip(body.left_hu / weighed.left_hu - s.ways_misfit, 0, 1))
    return body._replace(sd=float(np.hypot(body.sd, worse * (body.voxels - weighed.voxels))))


def ways_sd(weighed: Weighed, body: Compact, s: AmountSettings) -> float:
    """Standard deviation of the volume by levels, voxels: what they disagree on, and more where a body fits better."""
    least, growth, thin = s.ways_doubt
    over = float(np.clip(weighed.left_hu / body.left_hu - s.ways_misfit, 0, 1))
    return float(
        np.linalg.norm([weighed.apart, weighed.voxels * (least + growth * over), weighed.voxels * thin * body.blurred])
    )


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


def _expected(
    start: FloatArray, inside: Inside | None, resolution: Resolution, s: AmountSettings
) -> tuple[FloatArray, FloatArray]:
    """Values and precisions: no waves, widths as measured; what lies inside as that expects."""
    expected, precision = start.copy(), np.full(len(start), start[of.HU] ** -2)
    precision[of.CENTER] = s.body_place_mm**-2
    precision[of.AXES] = (s.body_axes * start[of.AXES][np.equal(*of.UPPER)].mean()) ** -2
    expected[of.WAVES], precision[of.WAVES] = 0, s.waves_sd**-2
    expected[[of.BLUR, of.SLICE]] = 0
    precision[[of.BLUR, of.SLICE]] = resolution.relative_sd**-2, s.profile_sd**-2
    if inside is not None:
        expected[of.PLAIN :], precision[of.PLAIN :] = inside.expected(start, s)
    return expected, precision


def _mean(kinds: list[Solved], noise_hu: float, resolution: Resolution, s: AmountSettings) -> Compact:
    """By evidence; the standard deviation with what noise does not explain."""
    evidence = np.array([kind.evidence for kind in kinds])
    odds = np.exp(evidence - evidence.max())
    share = odds / odds.sum()
    voxels, left_hu, common = (
        float(share @ values) for values in zip(*((k.voxels, k.left_hu, k.common) for k in kinds), strict=True)
    )
    blurred = _blurred(kinds[0].body, resolution)
    own = float(np.sqrt(share @ [kind.sd**2 + (kind.voxels - voxels) ** 2 for kind in kinds]))
    over = left_hu / noise_hu
    misfit = s.body_doubt + s.misfit_doubt * max(over - s.usual_misfit, 0.0)
    thin = s.thin_doubt * blurred * (1 + (blurred / s.thin_from) ** 2)
    sd = float(np.linalg.norm([own * max(over, 1.0), misfit * voxels, thin * voxels]))
    return Compact(voxels, sd, common, left_hu, blurred)


def _blurred(body: FloatArray, resolution: Resolution) -> float:
    """As of ``Compact``; of the ellipsoid."""
    turn = np.zeros((3, 3))
    turn[of.UPPER] = body[of.AXES]
    inverse_squares = turn.T @ turn
    in_plane = (resolution.in_plane_fwhm_mm * SIGMA_OF_FWHM) ** 2
    added = np.array([resolution.through_fwhm_mm**2 / 12, in_plane, in_plane])
    return float(5 * added @ np.diag(inverse_squares))
