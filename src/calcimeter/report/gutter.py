"""Numbers beside a picture: each in the nearer gutter, apart from one another, no leader line across another."""

from __future__ import annotations

from itertools import combinations
from math import ceil

import numpy as np

from calcimeter.report.canvas import Place2

GUTTER_PX = 76
"""Width on either side of a picture."""

RADIUS_PX = 18
LETTER_PX = 22.0
"""Height of the letters for left and right, above all numbers."""

_STEP_PX = 42
_INSET_PX = 46.0
_COMFORTABLE = 0.55


def number_places(targets: list[Place2], width: int, height: int) -> list[Place2]:
    """Where the numbers of the first targets stand, in their order; shorter than ``targets`` where there is no room.

    A gutter takes what is nearer to it up to a good half of its length. Of more, those in the middle go to the other
    side, so that the whole is split by a vertical line and no leader crosses from one side into the other.

    Parameters
    ----------
    targets : list of Place2
        What is numbered, the most important first.
    width, height : int
        Of the picture with both gutters.
    """
    low, high = _reach(height)
    shown = targets[: most_numbers(height)]
    from_left = sorted(range(len(shown)), key=lambda k: shown[k])
    at_left = _split(sum(x <= width / 2 for x, _ in shown), len(shown), most_numbers(height))
    places: dict[int, Place2] = {}
    for side, x in ((from_left[:at_left], _INSET_PX), (from_left[at_left:], width - _INSET_PX)):
        side.sort(key=lambda k: shown[k][1])
        slots = [(x, y) for y in spread([shown[k][1] for k in side], low, high)]
        places |= dict(zip(side, uncross([shown[k] for k in side], slots), strict=True))
    return [places[k] for k in range(len(shown))]


def most_numbers(height: int) -> int:
    """How many numbers have room beside a picture of a height."""
    low, high = _reach(height)
    return 2 * (int((high - low) // _STEP_PX) + 1)


def spread(heights: list[float], low: float, high: float) -> list[float]:
    """Sorted heights moved apart and into view, in sum of squares as little as possible.

    Heights that would overlap form a stack around their mean (pool adjacent violators).
    """
    stacks: list[list[float]] = []
    for k, height in enumerate(heights):
        stacks.append([height - k * _STEP_PX])
        while len(stacks) > 1 and np.mean(stacks[-2]) > np.mean(stacks[-1]):
            stacks[-2:] = [stacks[-2] + stacks[-1]]
    last = max(low, high - (len(heights) - 1) * _STEP_PX)
    starts = [min(max(float(np.mean(stack)), low), last) for stack in stacks for _ in stack]
    return [start + k * _STEP_PX for k, start in enumerate(starts)]


def uncross(targets: list[Place2], slots: list[Place2]) -> list[Place2]:
    """The slots in the order of the targets, so that no two leaders cross.

    Two that cross swap their slots; that shortens them together, so it comes to an end.
    """
    chosen = list(slots)
    pairs = list(combinations(range(len(targets)), 2))
    for _ in range(len(targets) ** 2):  # rounding must not make it endless
        across = next((p for p in pairs if _cross(*((targets[k], chosen[k]) for k in p))), None)
        if across is None:
            break
        a, b = across
        chosen[a], chosen[b] = chosen[b], chosen[a]
    return chosen


def _reach(height: int) -> tuple[float, float]:
    """Where the highest and the lowest number may stand, below the letter and inside the picture."""
    lowest = height - RADIUS_PX - 3.0
    return min(LETTER_PX + 2 * RADIUS_PX, lowest), lowest


def _split(nearer: int, n: int, room: int) -> int:
    """How many go to the left gutter, of ``nearer`` whose own it is and ``n`` in all."""
    most = max(ceil(room / 2 * _COMFORTABLE), ceil(n / 2))
    return min(max(nearer, n - most), most)


def _cross(first: tuple[Place2, Place2], second: tuple[Place2, Place2]) -> bool:
    """Whether two lines cut each other inside."""
    (a, b), (c, d) = first, second
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _turn(a: Place2, b: Place2, c: Place2) -> float:
    """On which side of the line a-b the place c lies, by sign."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
