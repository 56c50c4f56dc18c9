"""The width across the longest axis, whose direction and slice are known less well than its length.

A length hardly changes where its direction turns a little, or from slice to slice near the widest; the width across
it does. So noise at two points of an edge must not choose the direction, nor the place of slices the width.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.settings import ExtentSettings
from calcimeter.geometry.hull import hull_points
from calcimeter.model.grid import FloatArray

HALF_TURN = 180
"""Directions, a degree apart."""


class Across(NamedTuple):
    """A width, what it is in the slice itself, and the least and the most of those that may be meant, mm.

    Parameters
    ----------
    value : float
        Between the slices, where the length along the same direction is at its summit.
    here : float
        In the slice.
    beside : list of float
        In the slices next to it, as far as there are any.
    least, most : float
        Across all axes that are as long to within what is known of lengths, in whichever slice.
    """

    value: float
    here: float
    beside: list[float]
    least: float
    most: float


def width_across(sections: dict[int, FloatArray], index: int, tie_mm: float, settings: ExtentSettings) -> Across:
    """The width across the longest axis.

    Parameters
    ----------
    sections : dict
        Slice -> points around the section, (n, 2) mm: those of like length as the longest, and its neighbors.
    index : int
        Slice of the longest axis.
    tie_mm : float
        Lengths that differ by less may be equal.
    """
    hulls = {k: hull_points(points) for k, points in sections.items()}
    lengths = {k: _lengths(hull) for k, hull in hulls.items()}
    direction = _middle(lengths[index], int(lengths[index].argmax()), settings)
    along, across = (
        [_width(hulls[k], turned) if k in hulls else None for k in (index - 1, index, index + 1)]
        for turned in (direction, direction + HALF_TURN / 2)
    )
    value, here = _between(along, across), _width(hulls[index], direction + HALF_TURN / 2)
    least = most = value
    longest = float(lengths[index].max())
    for k, own in lengths.items():
        summits = (own >= np.roll(own, 1)) & (own > np.roll(own, -1)) & (own >= longest - tie_mm)
        for summit in np.flatnonzero(summits):
            width = _width(hulls[k], _middle(own, int(summit), settings) + HALF_TURN / 2)
            least, most = min(least, width), max(most, width)
    return Across(value, here, [width for width in (across[0], across[2]) if width is not None], least, most)


def _lengths(hull: FloatArray) -> FloatArray:
    """Caliper widths of points in each direction, (HALF_TURN,)."""
    turned = np.deg2rad(np.arange(HALF_TURN) * (180 / HALF_TURN))
    lengths: FloatArray = np.ptp(hull @ np.stack([np.cos(turned), np.sin(turned)]), axis=0)
    return lengths


def _width(hull: FloatArray, direction: float) -> float:
    """The same in one direction, which may lie between two."""
    turned = np.deg2rad(direction * (180 / HALF_TURN))
    return float(np.ptp(hull @ np.array([np.cos(turned), np.sin(turned)])))


def _middle(lengths: FloatArray, summit: int, s: ExtentSettings) -> float:
    """The middle of the directions around a summit in which the section is nearly as long, the longer the more."""
    turn = np.arange(-s.turn, s.turn + 1)
    over = lengths[(summit + turn) % HALF_TURN] - (1 - s.nearly_as_long) * lengths[summit]
    less = turn[over <= 0]
    inside = (turn > max(less[less < 0], default=-HALF_TURN)) & (turn < min(less[less > 0], default=HALF_TURN))
    return summit + float(np.average(turn, weights=np.where(inside, over, 0)))


def _between(along: list[float | None], across: list[float | None]) -> float:
    """The width where a parabola through the lengths of three slices has its summit; that of the middle one of two."""
    (before, at, after), (first, second, third) = along, across
    assert at is not None
    assert second is not None
    if before is None or after is None or first is None or third is None:
        return second
    bend = before - 2 * at + after
    place = float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0
    return second + place * (third - first) / 2 + place**2 * (first - 2 * second + third) / 2
