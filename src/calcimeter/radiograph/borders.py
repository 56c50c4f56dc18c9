"""The borders that may be meant by a point, and how likely each is a deposit's.

Around a point lie many borders: of lobes, of the whole, of the whole with bone beside it. They are fitted, and each is
judged by how it is seen. A deposit's border is closed: gray levels fall outward all along it, sharply even where it is
seen least, one kind of edge tells its place, and no edge goes on beyond it. Where a border follows one thing here and
another there, some of it falls nowhere, or the edge of bone runs on. One of them, or none, is the deposit's: so they
share one likelihood, and those of nearly the same size speak for one another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from calcimeter.geometry.closed_path import area_and_center, normals, sampled
from calcimeter.model.grid import FloatArray
from calcimeter.radiograph.edge import Edge, fit_edge
from calcimeter.radiograph.onward import goes_on
from calcimeter.radiograph.settings import JudgeSettings, RadiographSettings
from calcimeter.radiograph.starts import lines_about, lines_around, lines_from_within
from calcimeter.radiograph.ways import Box, Image, Place

SAME = 0.93
"""Ratio of areas from which two fitted borders are one; their middles lie as close."""
SIZE = 0.1
"""Difference of areas, as their logarithm, at which a border speaks half for another; in full at half of it, not at
all at one and a half of it."""
LEAST_SCORE = 0.3
"""Below it all edges are as bad."""
LEAST_COMPACT = 0.8
"""Below it all shapes are as good: deposits are lobed."""
MOST_EVIDENCE = 30.0
"""Either way; more is as good as sure."""
SAMPLES = 6
"""On either side of a border, over which a fall is told."""
JOINED = 3.0
"""Corners over which falls along a border are joined."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Part of an image made coarser, and where it lies.

    Parameters
    ----------
    values : ndarray, (rows, columns)
    corner : ndarray, (2,)
        Column and row of its first pixel in the image.
    factor : float
        Pixels of the image to one of the view.
    """

    values: Image
    corner: FloatArray
    factor: float

    def seen(self, place: Place) -> Place:
        """A place of the image in the view."""
        return ((place[0] - float(self.corner[0])) / self.factor, (place[1] - float(self.corner[1])) / self.factor)


@dataclass(frozen=True, slots=True, eq=False)
class Border:
    """A closed border.

    Parameters
    ----------
    edge : Edge
        In pixels of the image.
    area_px : float
    center_px : (column, row)
    even : float
        Fall of gray levels outward at its weakest tenth, of the typical one along it; -1 to 1.
    onward : float
        What goes on from its corners (``goes_on``).
    compact : float
        Its area, of that of a circle as long around.
    """

    edge: Edge
    area_px: float
    center_px: Place
    even: float
    onward: float
    compact: float


@dataclass(frozen=True, slots=True, eq=False)
class Meant:
    """A border that may be meant.

    Parameters
    ----------
    border : Border
    likelihood : float
        That the deposit's border has about its size, 0 to 1.
    others : float
        Likelihood of borders of other sizes, 0 to 1.
    rival : float
        Likelihood of the best of them, were no other asked about.
    disagreement : float
        Of the areas of those of about its size with its own, relative: root of the mean square, by their likelihood.
    """

    border: Border
    likelihood: float
    others: float
    rival: float
    disagreement: float


def borders_about(
    values: Image, view: View, place: Place, near: tuple[float, float], box: Box, settings: RadiographSettings
) -> list[Meant]:
    """Borders that hold a place of a view, the most likely first; none where gray levels fall outward nowhere.

    Parameters
    ----------
    values : ndarray, (rows, columns)
        The whole image: there edges are fitted and judged.
    near : (float, float)
        Smallest and largest mean radius, pixels of the view.
    box : (column, row, column, row)
        What a border may reach, in the view.
    """
    wanted = settings.outline
    found = _fitted(values, view, place, lines_about(view.values, place, near, wanted, box), settings)
    meant = weighed(found, settings.judge)
    if meant and meant[0].likelihood < settings.judge.enough:
        line = (meant[0].border.edge.line - view.corner) / view.factor
        more = lines_from_within(view.values, line, near, wanted, box)
        found += _fitted(values, view, place, more, settings)
        meant = weighed(found, settings.judge)
    if meant and meant[0].likelihood >= settings.judge.enough:
        return meant
    around = lines_around(view.values, place, near, wanted, box)
    return weighed([*found, *_fitted(values, view, place, around, settings)], settings.judge)


def likelihood(border: Border, settings: JudgeSettings) -> float:
    """How likely a border is a deposit's, where no other is asked about."""
    return float(1 / (1 + np.exp(-evidence(border, settings))))


def evidence(border: Border, settings: JudgeSettings) -> float:
    """How well a border is seen: logarithm of its likelihood over that of there being none."""
    sharp, weakest = (np.log(max(score, LEAST_SCORE)) for score in (border.edge.score, border.edge.weakest))
    seen = settings.base + settings.sharp * sharp + settings.weakest * weakest + settings.even * border.even
    seen += settings.compact * max(border.compact, LEAST_COMPACT) - settings.onward * border.onward
    return float(np.clip(seen, -MOST_EVIDENCE, MOST_EVIDENCE))


def border_of(values: Image, edge: Edge) -> Border:
    """A fitted edge with what it is judged by."""
    area, center = area_and_center(edge.line)
    falls = _falls(values, edge.line)
    typical = max(float(np.median(falls)), 1e-9)
    even = float(np.clip(np.percentile(falls, 10) / typical, -1, 1))
    around = float(np.hypot(*(edge.line - np.roll(edge.line, 1, axis=0)).T).sum())
    return Border(edge, area, center, even, goes_on(values, edge.line), 4 * np.pi * area / around**2)


def holds(line: FloatArray, place: Place) -> bool:
    """Whether a place lies within a closed line (n, 2)."""
    (x, y), (x1, y1) = (line - place).T, (np.roll(line, -1, axis=0) - place).T
    turns = np.arctan2(x * y1 - x1 * y, x * x1 + y * y1)
    return bool(abs(turns.sum()) > np.pi)


def _fitted(
    values: Image, view: View, place: Place, lines: Iterable[FloatArray], settings: RadiographSettings
) -> list[Border]:
    """Lines of a view that hold a place, fitted to the image."""
    column, row = np.array(place) * view.factor + view.corner
    point = (float(column), float(row))
    held = (line * view.factor + view.corner for line in lines if holds(line, place))
    edges = (fit_edge(values, line, settings.edge) for line in held)
    return [border_of(values, edge) for edge in edges if holds(edge.line, point)]


def weighed(borders: list[Border], settings: JudgeSettings) -> list[Meant]:
    """Different borders with what each and those of about its size amount to, the most likely first; none of none."""
    if not borders:
        return []
    different = _best_of_each(borders, settings)
    odds = np.exp([evidence(one, settings) for one in different])
    shares = odds / (1 + odds.sum())
    sizes = np.log([one.area_px for one in different])
    found = []
    for border, size in zip(different, sizes, strict=True):
        speaks = np.clip(1.5 - np.abs(sizes - size) / SIZE, 0, 1)
        likely = float((shares * speaks).sum())
        rival = float(np.max(odds / (1 + odds), where=speaks == 0, initial=0))
        spread = float(np.sqrt((shares * speaks * np.expm1(sizes - size) ** 2).sum() / likely))
        found.append(Meant(border, likely, float(shares.sum()) - likely, rival, spread))
    found.sort(key=lambda one: -one.likelihood)
    # Borders of one size share what speaks for it, whatever their shapes: of these the one that is seen best is meant.
    best = max((one for one in found if _as_large(one, found[0])), key=lambda one: evidence(one.border, settings))
    return [best, *(one for one in found if one is not best)]


def _as_large(one: Meant, other: Meant) -> bool:
    """Whether two borders speak in full for each other."""
    return bool(abs(np.log(one.border.area_px / other.border.area_px)) <= SIZE / 2)


def _best_of_each(borders: list[Border], settings: JudgeSettings) -> list[Border]:
    """The one seen best of those that are the same, the one seen best of all first."""
    kept: list[Border] = []
    for border in sorted(borders, key=lambda one: -evidence(one, settings)):
        if not any(_alike(border, one) for one in kept):
            kept.append(border)
    return kept


def _alike(one: Border, other: Border) -> bool:
    """Whether two borders are the same."""
    away = float(np.hypot(*np.subtract(one.center_px, other.center_px)))
    return SAME < one.area_px / other.area_px < 1 / SAME and away < (1 - SAME) * float(np.sqrt(one.area_px / np.pi))


def _falls(values: Image, line: FloatArray) -> FloatArray:
    """By how much gray levels fall outward along a border, its neighbors joined."""
    from scipy.ndimage import gaussian_filter, gaussian_filter1d

    radius = float(np.sqrt(area_and_center(line)[0] / np.pi))
    away = radius * np.linspace(0.02, 0.12, SAMPLES)[None, :, None]
    points, outward = line[:, None, :], normals(line)[:, None, :]
    low = np.maximum(np.floor(line.min(axis=0) - 0.12 * radius).astype(int) - 5, 0)
    high = np.ceil(line.max(axis=0) + 0.12 * radius).astype(int) + 6
    part = gaussian_filter(values[low[1] : max(high[1], low[1] + 2), low[0] : max(high[0], low[0] + 2)], 1.0)
    corner = (int(low[0]), int(low[1]))
    inside, outside = (sampled(part, points + sign * outward * away, corner).mean(axis=1) for sign in (-1, 1))
    return np.asarray(gaussian_filter1d(inside - outside, JOINED, mode="wrap"))
