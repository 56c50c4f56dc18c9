"""The outline of a deposit around a point: the closed way along which gray levels fall outward most evenly.

An image is sampled in polar order about the point, radii rising by equal ratios. At each of many sizes the cheapest
closed way (scikit-image, ``graph.route_through_array``) is found; of these the one is kept whose weakest part is the
strongest. From there a border farther out is taken where it is as good, for lobes that lie over one another have
borders within. Several starts must agree, or nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.geometry.closed_path import (
    area_and_center,
    closed_path,
    directions,
    radii_about,
    ring_of,
    sampled,
)
from calcimeter.model.grid import FloatArray
from calcimeter.radiograph.edge import Edge, fit_edge
from calcimeter.radiograph.settings import OutlineSettings, RadiographSettings
from calcimeter.radiograph.ways import (
    BLUR,
    NARROWEST,
    Box,
    Image,
    Place,
    cut_out,
    falls_at,
    ways_around,
    within,
)

STARTS = 6
"""The place given, the outline's middle, and four places around that."""
HALF_WAY = 0.4
"""From the middle to the outline, where these lie."""
WEAK = 0.2
"""Fall of gray levels, of the typical one of an outline, that is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A border around a point.

    Parameters
    ----------
    line : ndarray, (n, 2)
        Columns and rows; the first point is not repeated.
    edge : Edge
        How well its place is known.
    rival : float
        Strength of the best border of another size, of this one's.
    disagreement : float
        Of the areas from other starts that agree with the one taken, relative: root of the mean square.
    unsure : str or None
        Why it can't be told which border is the deposit's; None: it can.
    """

    line: FloatArray
    edge: Edge
    rival: float
    disagreement: float
    unsure: str | None


def outline_at(
    values: Image,
    place: Place,
    radii_px: tuple[float, float],
    settings: RadiographSettings,
    box: Box,
    *,
    whole: bool,
) -> Outline | None:
    """Outline what lies at a place.

    Parameters
    ----------
    values : ndarray, (rows, columns)
        Larger is denser.
    place : (column, row)
    radii_px : (float, float)
        Smallest and largest mean radius that the deposit may have.
    box : (column, row, column, row)
        First and last of what the border may reach.
    whole : bool
        Whether the deposit fills the box, as one that a reader drew about it.

    Returns
    -------
    Outline or None
        None where gray levels fall outward nowhere all around. Fails where a deposit's border is not seen from its
        inside: hooks and rings of separate parts.
    """
    wanted = settings.outline
    view, corner, factor = _view(values, place, radii_px[1], wanted)
    near = (radii_px[0] / factor, radii_px[1] / factor)
    bounds = _bounds(box, corner, factor)
    start = ((place[0] - corner[0]) / factor, (place[1] - corner[1]) / factor)
    first = _sought(view, start, near, wanted, bounds)
    if first is None:
        return None
    found = [first]
    for other in _other_starts(first[0]):
        again = _sought(view, other, near, wanted, bounds)
        if again is not None:
            found.append(again)
    areas = np.array([area_and_center(line)[0] for line, _ in found])
    chosen = int(np.argmin(np.abs(areas - np.median(areas))))
    if whole:
        chosen = int(np.argmin([_beside(line, bounds) for line, _ in found]))
    agreeing = np.abs(areas - areas[chosen]) <= wanted.agree * areas[chosen]
    spread = float(np.sqrt(np.mean((areas[agreeing] / areas[chosen] - 1) ** 2)))
    edge = fit_edge(values, found[chosen][0] * factor + corner, settings.edge)
    doubt = _doubt(int(agreeing.sum()), 0.0 if whole else found[chosen][1], edge, wanted, whole=whole)
    return Outline(edge.line, edge, found[chosen][1], spread, doubt)


def _view(values: Image, place: Place, largest_px: float, settings: OutlineSettings) -> tuple[Image, FloatArray, float]:
    """The image about a place, made coarser if a large deposit may lie there; its first pixel, and by how much."""
    part, (left, top) = cut_out(values, place, 3.2 * largest_px)
    factor = max(1, int(largest_px / settings.finest_px))
    rows, columns = (n // factor * factor for n in part.shape)
    coarse = part[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor).mean(axis=(1, 3))
    return coarse.astype(np.float32), np.array([left, top]) + (factor - 1) / 2, float(factor)


def _bounds(box: Box, corner: FloatArray, factor: float) -> Box:
    a, b, c, d = ((edge - corner[k % 2]) / factor for k, edge in enumerate(box))
    return (float(a), float(b), float(c), float(d))


def _sought(
    view: Image, start: Place, near: tuple[float, float], settings: OutlineSettings, box: Box
) -> tuple[FloatArray, float] | None:
    """The border as it is found from one start, and how strong the best one of another size is."""
    ways = ways_around(view, start, near, settings, box)
    if not ways:
        return None
    best = max(ways, key=lambda way: way.strength)
    rival = max((way.strength for way in ways if not 0.6 < way.area / best.area < 1.7), default=0.0) / best.strength
    return _grown(view, ring_of(start, best.radii), settings, box), rival


def _other_starts(line: FloatArray) -> list[Place]:
    """The middle of an outline, and four places half way from it to the outline."""
    _, middle = area_and_center(line)
    radii = radii_about(line, middle, 4)
    places = ring_of(middle, HALF_WAY * radii)
    return [middle, *((float(x), float(y)) for x, y in places)]


def _grown(values: Image, line: FloatArray, settings: OutlineSettings, box: Box | None) -> FloatArray:
    """The outermost border that is as good as the one found, then the best one near it."""
    from scipy.ndimage import gaussian_filter1d

    step, narrow = 0.0125, 180
    for turn in range(3):
        area, middle = area_and_center(line)
        radii = np.exp(gaussian_filter1d(np.log(radii_about(line, middle, narrow)), 2.0, mode="wrap"))
        shares = np.exp(np.arange(np.log(0.7), np.log(settings.reach), step))
        falls = falls_at(_strip(values, middle, radii, shares, area), 4, step)
        if box is not None:
            reach = radii[:, None, None] * shares[None, :, None]
            inside = within(np.array(middle) + directions(narrow)[:, None, :] * reach, box)
            falls = np.where(inside, falls, -np.abs(falls).max())
        here = np.abs(np.log(shares)) < 8.5 * step
        typical = float(np.median(falls[:, here].max(axis=1)))
        if turn == 0:
            scale = typical
        if turn < 2:
            good = np.clip((falls / scale - WEAK) / (settings.as_good - WEAK), -1, 1)
            farther = (shares - shares[0]) / (shares[-1] - shares[0])
            cost = 0.02 + (1 - good) * 0.5 + settings.outward * (1 - farther)
        else:
            cost = NARROWEST + np.clip(1.2 - falls / scale, 0, 2.2) + 0.5 * ((shares - 1) / 0.12) ** 2
        way = gaussian_filter1d(closed_path(cost), 1.5, mode="wrap")
        line = ring_of(middle, radii * shares[0] * np.exp(step * way))
    return line


def _strip(values: Image, middle: Place, radii: FloatArray, shares: FloatArray, area: float) -> FloatArray:
    """Samples (directions, shares) at shares of the radius in each direction."""
    from scipy.ndimage import gaussian_filter

    part, corner = cut_out(values, middle, float(radii.max() * shares[-1]) + 8)
    smooth = gaussian_filter(part, max(0.7, BLUR * float(np.sqrt(area / np.pi))))
    reach = radii[:, None, None] * shares[None, :, None]
    return sampled(smooth, np.array(middle) + directions(len(radii))[:, None, :] * reach, corner)


def _doubt(agreeing: int, rival: float, edge: Edge, settings: OutlineSettings, *, whole: bool) -> str | None:
    """Why it can't be told which border is meant."""
    if edge.score < settings.least_score:
        return "its border is no stronger than the noise"
    if agreeing < (settings.least_agreeing_in_box if whole else settings.least_agreeing):
        return f"only {agreeing} of {STARTS} places in it lead to the same border"
    return "a border of another size is as strong" if rival >= settings.rival else None


def _beside(line: FloatArray, box: Box) -> float:
    """How far the ends of an outline lie from the sides of a box, at most."""
    ends = np.concatenate([line.min(axis=0), line.max(axis=0)])
    return float(np.abs(ends - np.array(box)).max())
