"""Closed ways around a place, at many sizes: what borders there may be.

The image is sampled in polar order about the place, radii rising by equal ratios, smoothed in proportion to them. At
each of many sizes the cheapest closed way is sought along which gray levels fall outward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.closed_path import (
    area_and_center,
    closed_path,
    directions,
    falls_outward,
    ring_of,
    sampled,
)
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.radiograph.settings import OutlineSettings

Image = npt.NDArray[np.float32]
Place = tuple[float, float]
Box = tuple[float, float, float, float]
AROUND = 120
"""Directions about the point in the first search."""
BLUR = 0.012
"""Of the radius: how far the image is smoothed at each, the sampling of the polar image."""
WINDOWS = 3
"""Samples on either side over which a fall is told."""
EVERY = 10
"""Radii from one size that is tried to the next."""
APART = 0.15
"""Way from a border to where falls on both sides of it are told, as the logarithm of radii."""
NARROWEST = 0.03
"""Least cost of a step, so that a long way costs more."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A closed way at one size.

    Parameters
    ----------
    radii : ndarray, (directions,)
    falls : ndarray, (directions,)
        By how much gray levels fall outward there.
    strength : float
        Of its weakest part; an uneven way and a large one count for a little less.
    """

    radii: FloatArray
    falls: FloatArray
    strength: float

    @property
    def area(self) -> float:
        """Inside it."""
        return area_and_center(ring_of((0.0, 0.0), self.radii))[0]


def ways_around(
    values: Image, place: Place, radii_px: tuple[float, float], settings: OutlineSettings, box: Box | None = None
) -> tuple[Way, ...]:
    """The cheapest closed way at each of many sizes about a place; those without a fall all around are left out."""
    # Beyond the largest radius a little more is seen, so that a way there has an outside.
    count = int(np.log(1.5 * radii_px[1] / (radii_px[0] / 1.5)) / settings.radius_step) + 1
    radii = radii_px[0] / 1.5 * np.exp(settings.radius_step * np.arange(count))
    polar = _polar(values, place, radii)
    falls = falls_at(polar, WINDOWS, settings.radius_step)
    if box is not None:
        falls = np.where(within(fan_points(place, radii, AROUND), box), falls, -np.abs(falls).max())
    sizes = np.arange(0, count, EVERY)
    sizes = sizes[(radii[sizes] >= radii_px[0]) & (radii[sizes] <= radii_px[1])]
    found = (_way_at(int(size), radii, falls, settings) for size in sizes)
    return tuple(way for way in found if way is not None)


def falls_at(profiles: FloatArray, window: int, step: float) -> FloatArray:
    """Falls outward beyond those that go on to both sides: where the body thins out, everything falls outward."""
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d

    falls = gaussian_filter1d(falls_outward(profiles, window), 1.0, axis=0, mode="wrap")
    apart = max(window + 1, round(APART / step))
    wide = uniform_filter1d(falls, max(3, apart // 2), axis=1, mode="nearest")
    padded = np.pad(wide, ((0, 0), (apart, apart)), mode="edge")
    sides = np.minimum(padded[:, : -2 * apart], padded[:, 2 * apart :])
    return np.asarray(falls - np.clip(sides, 0, None))


def within(points: FloatArray, box: Box) -> BoolArray:
    """Whether points (..., 2) lie in a box."""
    inside = ((points >= box[:2]) & (points <= box[2:])).all(axis=-1)
    return np.asarray(inside)


def cut_out(values: Image, place: Place, reach_px: float) -> tuple[Image, tuple[int, int]]:
    """The part of an image within a reach of a place, and the column and row of its first pixel."""
    top, left = max(0, int(place[1] - reach_px)), max(0, int(place[0] - reach_px))
    part = values[top : max(int(place[1] + reach_px) + 2, top + 2), left : max(int(place[0] + reach_px) + 2, left + 2)]
    return part, (left, top)


def _way_at(size: int, radii: FloatArray, falls: FloatArray, settings: OutlineSettings) -> Way | None:
    away = np.abs(np.log(radii / radii[size]))
    near = np.flatnonzero(away < 0.6)
    top = float(np.median(falls[:, away < 0.5].max(axis=1)))
    if top <= 0:
        return None
    cost = NARROWEST + np.clip(1 - falls[:, near] / top, 0, 2) + 0.3 * (away[near] / 0.35) ** 2
    way = closed_path(cost) + near[0]
    along = falls[np.arange(len(falls)), np.rint(way).astype(int)]
    weak, typical = float(np.percentile(along, settings.weak_percent)), float(np.median(along))
    if weak <= 0:
        return None
    found = radii[0] * np.exp(settings.radius_step * way)
    area = area_and_center(ring_of((0.0, 0.0), found))[0]
    # Small spots are preferred a little: far around, bone gives a strong border to everything.
    return Way(found, along, weak * (weak / typical) ** 0.5 / area**0.125)


def _polar(values: Image, place: Place, radii: FloatArray) -> FloatArray:
    """Samples (directions, radii), the image smoothed in proportion to the radius."""
    from scipy.ndimage import gaussian_filter

    part, corner = cut_out(values, place, float(radii[-1]) + 8)
    sigmas = [0.7]
    while sigmas[-1] < BLUR * radii[-1]:
        sigmas.append(sigmas[-1] * 1.6)
    level = np.clip(np.searchsorted(sigmas, BLUR * radii), 0, len(sigmas) - 1)
    turn = directions(AROUND)
    polar = np.empty((AROUND, len(radii)))
    for k in np.unique(level):
        some = level == k
        points = np.array(place) + turn[:, None, :] * radii[some][None, :, None]
        polar[:, some] = sampled(gaussian_filter(part, sigmas[k]), points, corner)
    return polar


def fan_points(place: Place, radii: FloatArray, count: int) -> FloatArray:
    """Points (directions, radii, 2) about a place."""
    points: FloatArray = np.array(place) + directions(count)[:, None, :] * radii[None, :, None]
    return points
