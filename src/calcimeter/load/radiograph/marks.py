"""What a reader says of places on a radiograph: a scale, points, boxes; columns and rows from 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite

from calcimeter.errors import UsageError
from calcimeter.load.radiograph.plane import Scale
from calcimeter.model.radiograph import Marks

Numbers = str | Sequence[float]
"""Numbers as a text with commas, or as they are."""


def scale_of(said: Numbers | None) -> Scale | None:
    """Two points on a marker and its length: ``X1,Y1,X2,Y2,MM``; None where nothing was said.

    Raises
    ------
    UsageError
        It is not five numbers, or no scale.
    """
    if said is None:
        return None
    x1, y1, x2, y2, length_mm = _numbers(said, 5, "--scale X1,Y1,X2,Y2,MM: two points on a marker and its length in mm")
    return Scale((x1, y1), (x2, y2), length_mm)


def marks_of(points: Iterable[Numbers] | str | None, boxes: Iterable[Numbers] | str | None) -> Marks:
    """Points inside deposits, ``X,Y``, and boxes around them, ``X1,Y1,X2,Y2``.

    Raises
    ------
    UsageError
        What is given is none, or a box has no inside.
    """
    found = tuple(_numbers(one, 2, "--at X,Y: column and row of a point in a deposit") for one in _several(points))
    around = tuple(_numbers(one, 4, "--box X1,Y1,X2,Y2: two corners around a deposit") for one in _several(boxes))
    for x1, y1, x2, y2 in around:
        if abs(x2 - x1) < 2 or abs(y2 - y1) < 2:
            raise UsageError("met a box without an inside, expected two opposite corners: --box X1,Y1,X2,Y2")
    return Marks(
        points=tuple((x, y) for x, y in found),
        boxes=tuple((min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in around),
    )


def _several(said: Iterable[Numbers] | str | None) -> list[Numbers]:
    """One text is one mark."""
    return [] if said is None else [said] if isinstance(said, str) else list(said)


def _numbers(said: Numbers, count: int, expected: str) -> tuple[float, ...]:
    parts = said.split(",") if isinstance(said, str) else list(said)
    try:
        numbers = tuple(float(part) for part in parts)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != count or not all(isfinite(number) for number in numbers):
        raise UsageError(f"met {len(parts)} values, expected {expected}")
    return numbers
