"""The outline of a deposit: by a point the most likely of the borders around it, in a box the one that fits it.

An image is sampled in polar order about a place, radii rising by equal ratios. At each of many sizes the cheapest
closed way (scikit-image, ``graph.route_through_array``) is found. At a point each is followed from its own middle, and
more are sought from places around the likeliest one's; they are judged by how their borders are seen, and where none
has half of the likelihood, nothing is said. In a box several starts must agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.geometry.closed_path import area_and_center, ring_of
from calcimeter.model.grid import FloatArray
from calcimeter.radiograph.borders import Meant, View, border_of, borders_about, likelihood
from calcimeter.radiograph.edge import Edge, fit_edge
from calcimeter.radiograph.grow import grown
from calcimeter.radiograph.settings import OutlineSettings, RadiographSettings
from calcimeter.radiograph.starts import places_within
from calcimeter.radiograph.ways import Box, Image, Place, cut_out, ways_around

STARTS = 6
"""The place given, the outline's middle, and four places around that."""
OTHER_SIZE = "a border of another size is about as likely"


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A border around a point.

    Parameters
    ----------
    line : ndarray, (n, 2)
        Columns and rows; the first point is not repeated.
    edge : Edge
        How well its place is known.
    likelihood : float
        That it is the deposit's, by how it is seen.
    disagreement : float
        Of the areas from other ways or starts that agree with the one taken, relative: root of the mean square.
    unsure : str or None
        Why it can't be told which border is the deposit's; None: it can.
    """

    line: FloatArray
    edge: Edge
    likelihood: float
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
    view = _view(values, place, radii_px[1], settings.outline)
    near = (radii_px[0] / view.factor, radii_px[1] / view.factor)
    bounds = _bounds(box, view)
    if whole:
        inside = _in_box(values, view, place, near, bounds, settings)
        if inside is not None and inside.unsure is None:
            return inside
    return _at_point(values, view, place, near, bounds, settings)


def _at_point(
    values: Image, view: View, place: Place, near: tuple[float, float], bounds: Box, settings: RadiographSettings
) -> Outline | None:
    """The most likely border around a place."""
    found = borders_about(values, view, view.seen(place), near, bounds, settings)
    if not found:
        return None
    first = found[0]
    edge = first.border.edge
    return Outline(edge.line, edge, first.likelihood, first.disagreement, _doubt_at_point(first, settings))


def _in_box(
    values: Image, view: View, place: Place, near: tuple[float, float], bounds: Box, settings: RadiographSettings
) -> Outline | None:
    """Of the borders that fit the box about best the one that is seen best, if several starts lead to its size."""
    wanted = settings.outline
    first = _sought(view.values, view.seen(place), near, wanted, bounds)
    if first is None:
        return None
    again = (_sought(view.values, other, near, wanted, bounds) for other in _other_starts(first))
    lines = [first, *(line for line in again if line is not None)]
    areas = np.array([area_and_center(line)[0] for line in lines])
    fitting = _fitting(lines, bounds, wanted)
    edges = {k: fit_edge(values, lines[k] * view.factor + view.corner, settings.edge) for k in fitting}
    seen = {k: likelihood(border_of(values, edge), settings.judge) for k, edge in edges.items()}
    chosen = max(fitting, key=lambda k: seen[k])
    agreeing = np.abs(areas - areas[chosen]) <= wanted.agree * areas[chosen]
    spread = float(np.sqrt(np.mean((areas[agreeing] / areas[chosen] - 1) ** 2)))
    edge, likely = edges[chosen], seen[chosen]
    return Outline(edge.line, edge, likely, spread, _doubt_in_box(int(agreeing.sum()), edge, wanted))


def _view(values: Image, place: Place, largest_px: float, settings: OutlineSettings) -> View:
    """The image about a place, made coarser if a large deposit may lie there."""
    part, (left, top) = cut_out(values, place, 3.2 * largest_px)
    factor = max(1, int(largest_px / settings.finest_px))
    rows, columns = (n // factor * factor for n in part.shape)
    coarse = part[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor).mean(axis=(1, 3))
    return View(coarse.astype(np.float32), np.array([left, top]) + (factor - 1) / 2, float(factor))


def _bounds(box: Box, view: View) -> Box:
    return (*view.seen(box[:2]), *view.seen(box[2:]))


def _sought(
    view: Image, start: Place, near: tuple[float, float], settings: OutlineSettings, box: Box
) -> FloatArray | None:
    """The border as it is found from one start."""
    ways = ways_around(view, start, near, settings, box)
    if not ways:
        return None
    best = max(ways, key=lambda way: way.strength)
    return grown(view, ring_of(start, best.radii), settings, box)


def _other_starts(line: FloatArray) -> list[Place]:
    """The middle of an outline, and four places half way from it to the outline."""
    return [area_and_center(line)[1], *places_within(line)]


def _doubt_at_point(meant: Meant, settings: RadiographSettings) -> str | None:
    """Why it can't be told which border is meant."""
    if meant.border.edge.score < settings.outline.least_score:
        return "its border is no stronger than the noise"
    if meant.rival >= settings.judge.rival:
        return OTHER_SIZE
    if meant.likelihood >= settings.judge.least:
        return None
    # What is missing to 1 is the likelihood of other sizes, and that of none.
    return OTHER_SIZE if meant.others > 0.5 * (1 - meant.likelihood) else "no border around it is seen well all along"


def _doubt_in_box(agreeing: int, edge: Edge, settings: OutlineSettings) -> str | None:
    """Why it can't be told which border is the deposit's."""
    if edge.score < settings.least_score:
        return "its border is no stronger than the noise"
    if agreeing < settings.least_agreeing_in_box:
        return f"only {agreeing} of {STARTS} places in it lead to the same border"
    return None


def _fitting(lines: list[FloatArray], box: Box, settings: OutlineSettings) -> list[int]:
    """Which lines fit a box as well as the one that fits it best, or hardly worse."""
    away = [_beside(line, box) for line in lines]
    side = float(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))
    return [k for k, one in enumerate(away) if one <= min(away) + settings.fits_as_well * side]


def _beside(line: FloatArray, box: Box) -> float:
    """How far the ends of an outline lie from the sides of a box, at most."""
    ends = np.concatenate([line.min(axis=0), line.max(axis=0)])
    return float(np.abs(ends - np.array(box)).max())
