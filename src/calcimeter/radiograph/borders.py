"""The borders that may be meant by a point, and how likely each is a deposit's.

Around a point lie many borders: of lobes, of the whole, of the whole with bone beside it. Each is followed from its own
middle, grown and fitted; then they are judged one by one. A deposit's border is closed: gray levels fall outward all
along it, sharply, the fitted edge explains what is seen across it, and no edge goes on beyond it. Where a border
follows one thing here and another there, some of it falls nowhere, the fit leaves more unexplained, and the edge of
bone runs on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.geometry.closed_path import area_and_center, normals, ring_of, sampled
from calcimeter.model.grid import FloatArray
from calcimeter.radiograph.edge import Edge, fit_edge
from calcimeter.radiograph.grow import grown
from calcimeter.radiograph.onward import goes_on
from calcimeter.radiograph.settings import JudgeSettings, OutlineSettings, RadiographSettings
from calcimeter.radiograph.ways import Box, Image, Place, Way, ways_around

ALIKE = 0.88
"""Ratio of areas from which two ways are one."""
SAME = 0.93
"""Ratio of areas from which two fitted borders are one; their middles lie as close."""
LEAST_MISFIT = 0.003
"""Below it all fits are as good."""
MOVED = 0.1
"""Change of a border's radius, or move of its middle in radii, from which it is followed again from there."""
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
    """

    edge: Edge
    area_px: float
    center_px: Place
    even: float
    onward: float


@dataclass(frozen=True, slots=True, eq=False)
class Meant:
    """A border that several ways lead to.

    Parameters
    ----------
    border : Border
        The one of them that is seen best.
    likelihood : float
        That it is a deposit's, 0 to 1.
    disagreement : float
        Of the others' areas with this one's, relative: root of the mean square.
    """

    border: Border
    likelihood: float
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
    lines = _lines(view.values, place, near, settings.outline, box)
    edges = [fit_edge(values, line * view.factor + view.corner, settings.edge) for line in lines]
    column, row = np.array(place) * view.factor + view.corner
    held = (border_of(values, edge) for edge in edges if holds(edge.line, (float(column), float(row))))
    left = sorted(held, key=lambda one: -_seen(one, settings.judge))
    found = []
    while left:
        group = [one for one in left if _alike(one, left[0])]
        areas = np.array([one.area_px for one in group]) / group[0].area_px
        spread = float(np.sqrt(np.mean((areas - 1) ** 2)))
        found.append(Meant(group[0], likelihood(group[0], len(group), settings.judge), spread))
        left = [one for one in left if not _alike(one, left[0])]
    return sorted(found, key=lambda one: -one.likelihood)


def likelihood(border: Border, ways: int, settings: JudgeSettings) -> float:
    """How likely a border, to which so many ways led, is a deposit's."""
    evidence = settings.base + _seen(border, settings) + settings.ways * float(np.log(ways))
    return float(1 / (1 + np.exp(-evidence)))


def border_of(values: Image, edge: Edge) -> Border:
    """A fitted edge with what it is judged by."""
    area, center = area_and_center(edge.line)
    falls = _falls(values, edge.line)
    typical = max(float(np.median(falls)), 1e-9)
    even = float(np.clip(np.percentile(falls, 10) / typical, -1, 1))
    return Border(edge, area, center, even, goes_on(values, edge.line))


def holds(line: FloatArray, place: Place) -> bool:
    """Whether a place lies within a closed line (n, 2)."""
    (x, y), (x1, y1) = (line - place).T, (np.roll(line, -1, axis=0) - place).T
    turns = np.arctan2(x * y1 - x1 * y, x * x1 + y * y1)
    return bool(abs(turns.sum()) > np.pi)


def _seen(border: Border, settings: JudgeSettings) -> float:
    """How well a border is seen: sharp, explained by its fit, even, and nothing goes on from it."""
    sharp, unexplained = np.log(max(border.edge.score, 0.5)), np.log(border.edge.misfit + LEAST_MISFIT)
    seen = settings.sharp * sharp - settings.unexplained * unexplained + settings.even * border.even
    return float(seen - settings.onward * border.onward)


def _alike(one: Border, other: Border) -> bool:
    """Whether two borders are the same."""
    away = float(np.hypot(*np.subtract(one.center_px, other.center_px)))
    return SAME < one.area_px / other.area_px < 1 / SAME and away < (1 - SAME) * float(np.sqrt(one.area_px / np.pi))


def _lines(
    view: Image, place: Place, near: tuple[float, float], settings: OutlineSettings, box: Box
) -> list[FloatArray]:
    """Ways about a place, each as it is, and followed from its own middle."""
    ways = _different(ways_around(view, place, near, settings, box))[: settings.most_borders]
    lines = []
    for way in ways:
        if way.strength < settings.least_strength * ways[0].strength:
            break
        line = ring_of(place, way.radii)
        lines.append(line)
        for turn in range(2):
            before = area_and_center(line)
            followed = _followed(view, before, near, settings, box)
            if followed is None:
                break
            line = followed
            lines.append(line)
            if turn == 0 and not _moved(before, area_and_center(line)):
                break
    return lines


def _followed(
    view: Image, before: tuple[float, Place], near: tuple[float, float], settings: OutlineSettings, box: Box
) -> FloatArray | None:
    """The strongest border of about a size around a middle, grown."""
    area, middle = before
    radius = float(np.sqrt(area / np.pi))
    ways = ways_around(view, middle, (max(0.7 * radius, near[0]), min(1.5 * radius, near[1])), settings, box)
    if not ways:
        return None
    best = max(ways, key=lambda way: way.strength)
    return grown(view, ring_of(middle, best.radii), settings, box)


def _different(ways: tuple[Way, ...]) -> list[Way]:
    """The strongest of each size, the strongest first."""
    kept: list[Way] = []
    for way in sorted(ways, key=lambda one: -one.strength):
        if all(not ALIKE < way.area / other.area < 1 / ALIKE for other in kept):
            kept.append(way)
    return kept


def _moved(before: tuple[float, Place], after: tuple[float, Place]) -> bool:
    away = float(np.hypot(*np.subtract(after[1], before[1]))) / float(np.sqrt(after[0] / np.pi))
    return max(abs(float(np.sqrt(after[0] / before[0])) - 1), away) > MOVED


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
