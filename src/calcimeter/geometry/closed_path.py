"""Closed paths around a place: an image in polar order, and the cheapest way around through it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray


def ring_of(place: tuple[float, float], radii: FloatArray) -> FloatArray:
    """Points (n, 2) at radii in evenly spaced directions about a place; columns and rows."""
    turn = directions(len(radii))
    points: FloatArray = np.array(place) + radii[:, None] * turn
    return points


def directions(count: int) -> FloatArray:
    """Unit vectors (count, 2), evenly spaced."""
    turn = 2 * np.pi * np.arange(count) / count
    return np.stack([np.cos(turn), np.sin(turn)], axis=1)


def sampled(image: npt.NDArray[np.floating], points: FloatArray, corner: tuple[int, int] = (0, 0)) -> FloatArray:
    """An image at points (..., 2), columns and rows, between pixels by straight lines; outside, its outermost pixels.

    Parameters
    ----------
    corner : (int, int)
        Column and row of the image's first pixel.
    """
    from scipy.ndimage import map_coordinates

    at = [points[..., 1] - corner[1], points[..., 0] - corner[0]]
    values: FloatArray = map_coordinates(image, at, order=1, mode="nearest", output=np.float64)
    return values


def falls_outward(profiles: FloatArray, width: int) -> FloatArray:
    """At every sample of profiles (directions, radii), the mean of so many before it less that of as many after.

    0 where a window would leave the profile.
    """
    sums = np.cumsum(np.pad(profiles, ((0, 0), (1, 0))), axis=1)
    fall = np.zeros_like(profiles)
    k = np.arange(width, profiles.shape[1] - width)
    fall[:, k] = (2 * sums[:, k] - sums[:, k - width] - sums[:, k + width]) / width
    return fall


def closed_path(cost: FloatArray) -> FloatArray:
    """The cheapest closed way around through a table of costs (directions, radii), as one radius a direction.

    The way runs three times around, and its second turn is taken: there it no longer knows where it began.

    Parameters
    ----------
    cost : ndarray
        Over 0 everywhere.

    Returns
    -------
    ndarray, (directions,)
        Indices of radii; where the way runs along a direction, their mean.
    """
    from skimage.graph import route_through_array

    count, radii = cost.shape
    free = np.full((1, radii), 1e-6)
    table = np.concatenate([free, cost, cost, cost, free])
    way, _ = route_through_array(table, (0, radii // 2), (len(table) - 1, radii // 2), geometric=False)
    steps = np.array([step for step in way if count < step[0] <= 2 * count])
    total, visits = np.zeros(count), np.zeros(count)
    np.add.at(total, steps[:, 0] - count - 1, steps[:, 1])
    np.add.at(visits, steps[:, 0] - count - 1, 1)
    return np.asarray(total / visits)


def evenly_spaced(line: FloatArray, count: int) -> FloatArray:
    """So many points at equal ways along a closed line (n, 2), whose first point is not repeated."""
    closed = np.concatenate([line, line[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    wanted = np.linspace(0, along[-1], count, endpoint=False)
    return np.stack([np.interp(wanted, along, closed[:, k]) for k in (0, 1)], axis=1)


def radii_about(line: FloatArray, place: tuple[float, float], count: int) -> FloatArray:
    """Radii of a closed line in evenly spaced directions about a place inside; where it folds, between its folds."""
    offset = line - np.array(place)
    angle = np.arctan2(offset[:, 1], offset[:, 0]) % (2 * np.pi)
    order = np.argsort(angle, kind="stable")
    angle, radius = angle[order], np.hypot(*offset[order].T)
    wide = np.concatenate([angle - 2 * np.pi, angle, angle + 2 * np.pi])
    wanted = 2 * np.pi * np.arange(count) / count
    return np.asarray(np.interp(wanted, wide, np.tile(radius, 3)))


def area_and_center(line: FloatArray) -> tuple[float, tuple[float, float]]:
    """Area of a closed line (n, 2), whose first point is not repeated, and its center of gravity."""
    (x, y), (x1, y1) = (line - line[0]).T, np.roll(line - line[0], -1, axis=0).T
    cross = x * y1 - x1 * y
    area = float(cross.sum()) / 2
    if abs(area) < 1e-9:
        middle = line.mean(axis=0)
        return 0.0, (float(middle[0]), float(middle[1]))
    a, b = (float(((c + c1) * cross).sum()) / (6 * area) for c, c1 in ((x, x1), (y, y1)))
    return abs(area), (a + float(line[0, 0]), b + float(line[0, 1]))


def normals(line: FloatArray) -> FloatArray:
    """Outward unit normals (n, 2) of a closed line."""
    tangent = np.roll(line, -2, axis=0) - np.roll(line, 2, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None] + 1e-12
    (x, y), (x1, y1) = line.T, np.roll(line, -1, axis=0).T
    turn = np.sign(float((x * y1 - x1 * y).sum()))
    return np.asarray(turn * np.stack([tangent[:, 1], -tangent[:, 0]], axis=1))
