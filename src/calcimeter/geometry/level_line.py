"""Level lines of a plane field: outlines between the pixels, what they hold, and what lies inside."""

from __future__ import annotations

import numpy as np

from calcimeter.model.grid import BoolArray, FloatArray


def level_lines(field: FloatArray, level: float) -> list[FloatArray]:
    """Closed lines (n, 2), rows and columns, where a field passes a level; high inside.

    The field is taken to be low all around its border.
    """
    from skimage.measure import find_contours

    low = min(float(field.min()), level) - 1
    padded = np.pad(field, 1, constant_values=low)
    return [line - 1 for line in find_contours(padded, level)]


def signed_area(line: FloatArray) -> float:
    """Area of a closed line by its corners; the sign is its direction."""
    a, b = line[:, 0], line[:, 1]
    return float(a[:-1] @ b[1:] - a[1:] @ b[:-1]) / 2


def area_of(lines: list[FloatArray]) -> float:
    """Area inside the outer lines; holes are counted as filled."""
    return sum(abs(signed_area(line)) for line in outer_lines(lines))


def outer_lines(lines: list[FloatArray]) -> list[FloatArray]:
    """Lines that bound from outside: those that go round as the largest one does."""
    if not lines:
        return []
    areas = [signed_area(line) for line in lines]
    sign = np.sign(max(areas, key=abs))
    return [line for line, area in zip(lines, areas, strict=True) if area * sign > 0]


def centroid_of(lines: list[FloatArray]) -> tuple[float, float]:
    """Center of gravity of what the outer lines hold, in their own order of coordinates."""
    total, first, second = 0.0, 0.0, 0.0
    for line in outer_lines(lines):
        a, b = (line - line[0]).T
        cross = a[:-1] * b[1:] - a[1:] * b[:-1]
        area = float(cross.sum()) / 2
        middle = [float(((c[:-1] + c[1:]) * cross).sum()) / 6 for c in (a, b)]
        total += area
        first += middle[0] + area * float(line[0, 0])
        second += middle[1] + area * float(line[0, 1])
    return first / total, second / total


def inside_of(lines: list[FloatArray], shape: tuple[int, int]) -> BoolArray:
    """Pixels (rows, columns) whose centers lie within the outer lines, which are given as columns and rows."""
    from skimage.draw import polygon

    inside = np.zeros(shape, dtype=np.bool_)
    for line in outer_lines(lines):
        inside[polygon(line[:, 1], line[:, 0], shape)] = True
    return inside
