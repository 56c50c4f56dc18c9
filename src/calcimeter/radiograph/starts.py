"""Closed lines that may be the border of what lies at a place: ways about it, and about other places within.

A deposit's middle is not known. A way is followed from its own middle, for about that it is rounder; and from four
places around the middle of the border that is likeliest so far others are sought, for not every border is seen from
everywhere within it. Where that does not suffice, the point may lie near its deposit's border: so of each size the
place near the point is taken that has most of a border all around.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from calcimeter.geometry.closed_path import area_and_center, radii_about, ring_of
from calcimeter.model.grid import FloatArray
from calcimeter.radiograph.grow import grown
from calcimeter.radiograph.settings import OutlineSettings
from calcimeter.radiograph.spots import surrounded
from calcimeter.radiograph.ways import Box, Image, Place, Way, cut_out, ways_around

ALIKE = 0.88
"""Ratio of areas from which two ways are one."""
MOVED = 0.1
"""Change of a border's radius, or move of its middle in radii, from which it is followed again from there."""
AGAIN = (0.7, 1.5)
"""Radii, of the way's own, among which it is followed."""
ELSEWHERE = (0.55, 1.6)
"""Radii, of the likeliest border's, among which others are sought from places around its middle."""
HALF_WAY = 0.4
"""From the middle to the border, where these places lie."""

SMALLEST = 1.4
"""Radius of the smallest border that is sought around places near the point, of the least radius."""
LARGER = 1.35
"""From one radius to the next."""
NEAR_BY = 1.0
"""Radii, from the point, within which the middle of what holds it lies."""
SEEN = 2.6
"""Radii, of the image about the point, in which it is sought."""
SURROUNDING = (0.65, 1.6)
"""Radii, of that for which a place was found, among which its way is sought."""


def lines_about(
    view: Image, place: Place, near: tuple[float, float], settings: OutlineSettings, box: Box
) -> Iterator[FloatArray]:
    """Ways about a place, each as it is, and followed from its own middle."""
    ways = _different(ways_around(view, place, near, settings, box))[: settings.most_borders]
    for way in ways:
        if way.strength < settings.least_strength * ways[0].strength:
            break
        line = ring_of(place, way.radii)
        yield line
        for turn in range(2):
            before = area_and_center(line)
            ring = _strongest(view, before[1], _among(before[0], AGAIN, near), settings, box)
            if ring is None:
                break
            line = grown(view, ring, settings, box)
            yield line
            if turn == 0 and not _moved(before, area_and_center(line)):
                break


def lines_from_within(
    view: Image, line: FloatArray, near: tuple[float, float], settings: OutlineSettings, box: Box
) -> Iterator[FloatArray]:
    """The strongest ways about places around the middle of a line, each as it is, and grown."""
    sizes = _among(area_and_center(line)[0], ELSEWHERE, near)
    for start in places_within(line):
        ring = _strongest(view, start, sizes, settings, box)
        if ring is not None:
            yield ring
            yield grown(view, ring, settings, box)


def lines_around(
    view: Image, place: Place, near: tuple[float, float], settings: OutlineSettings, box: Box
) -> Iterator[FloatArray]:
    """The strongest way about each of the places near a point that have a border all around, as it is, and grown."""
    for start, radius in places_near(view, place, near):
        sizes = (max(SURROUNDING[0] * radius, near[0]), min(SURROUNDING[1] * radius, near[1]))
        ring = _strongest(view, start, sizes, settings, box)
        if ring is not None:
            yield ring
            yield grown(view, ring, settings, box)


def places_near(view: Image, place: Place, near: tuple[float, float]) -> list[tuple[Place, float]]:
    """Of each of many radii the place, no farther than it from a point, that has most of a border all around.

    Returns
    -------
    list of ((column, row), radius)
        None of a radius at which gray levels fall outward in too few directions.
    """
    found: list[tuple[Place, float]] = []
    radius = SMALLEST * near[0]
    while radius < near[1]:
        part, corner = cut_out(view, place, SEEN * radius)
        strength, factor = surrounded(part, radius)
        rows, columns = np.indices(strength.shape) * factor + (factor - 1) / 2
        columns, rows = columns + corner[0], rows + corner[1]
        strength = np.where(np.hypot(columns - place[0], rows - place[1]) < NEAR_BY * radius, strength, 0.0)
        if strength.max(initial=0) > 0:
            best = int(strength.argmax())
            found.append(((float(columns.flat[best]), float(rows.flat[best])), radius))
        radius *= LARGER
    return found


def places_within(line: FloatArray) -> list[Place]:
    """Four places half way from the middle of a line to it."""
    _, middle = area_and_center(line)
    places = ring_of(middle, HALF_WAY * radii_about(line, middle, 4))
    return [(float(x), float(y)) for x, y in places]


def _among(area: float, shares: tuple[float, float], near: tuple[float, float]) -> tuple[float, float]:
    """Smallest and largest radius about that of an area."""
    radius = float(np.sqrt(area / np.pi))
    return max(shares[0] * radius, near[0]), min(shares[1] * radius, near[1])


def _strongest(
    view: Image, start: Place, sizes: tuple[float, float], settings: OutlineSettings, box: Box
) -> FloatArray | None:
    """The strongest way about a place."""
    ways = ways_around(view, start, sizes, settings, box)
    return ring_of(start, max(ways, key=lambda way: way.strength).radii) if ways else None


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
