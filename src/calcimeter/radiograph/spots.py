"""Places that have a border all around: from them gray levels fall outward in nearly every direction.

A deposit may be hardly brighter than the muscle beside it, darker in its middle than in its wall, or lie before bone
that is brighter by far; what it has is a border. So a place is ranked by the fall that it has even where that is
weakest: of bone, long as it is, it is none along the shaft.
"""

from __future__ import annotations

import numpy as np

from calcimeter.geometry.closed_path import directions
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.radiograph import Point2
from calcimeter.radiograph.settings import CandidateSettings
from calcimeter.radiograph.ways import Image

AROUND = 16
"""Directions from a place."""
WEAK = 3
"""Directions that may fall less, of these."""
REACH = (0.74, 0.86, 1.0, 1.16, 1.34)
"""Radii, of the scale, at one of which each direction has its border."""
AWAY = 0.1
"""Radii, to either side of it, over which a fall is told."""
RADIUS_PX = 7
"""To which an image is reduced for a scale."""
BLUR = 0.06
"""Radii."""
APART_PX = 7
"""Of the image as it is reduced for a scale: within it the strongest place stands for all."""

ROUNDING = 1e-6
"""Of the range of gray levels: a fall by less is none."""


def spots(image: Image, usable: BoolArray, settings: CandidateSettings) -> list[tuple[Point2, float]]:
    """Places (column, row) with a border all around, and its radius: of each scale those where it is strongest.

    Parameters
    ----------
    image : ndarray, (rows, columns)
        Larger is denser.
    usable : ndarray of bool, (rows, columns)
        Where places may lie.

    Returns
    -------
    list of ((column, row), radius)
        None where gray levels fall outward nowhere. Fails where more than a fifth of a border is not seen.
    """
    from scipy.ndimage import maximum_filter

    # Every scale has its share, so that bone, strong at some, leaves room for the others.
    share = settings.most // len(settings.scales)
    least = ROUNDING * float(np.ptp(image))
    found: list[tuple[Point2, float]] = []
    for scale in settings.scales:
        strength, factor = surrounded(image, scale)
        first = factor // 2
        rows, columns = (n * factor for n in strength.shape)
        free = usable[first:rows:factor, first:columns:factor]
        top = (strength == maximum_filter(strength, size=APART_PX)) & (strength > least) & free
        places = np.argwhere(top)[np.argsort(-strength[top], kind="stable")][:share]
        middle = (factor - 1) / 2
        found += [((float(column * factor + middle), float(row * factor + middle)), scale) for row, column in places]
    return found


def surrounded(image: Image, scale: float) -> tuple[FloatArray, int]:
    """How well each place of an image, reduced by a factor, is surrounded by a border of a radius; and the factor.

    0 where gray levels fall outward in too few directions; a table without rows or columns where the image is smaller
    than the factor.
    """
    from scipy.ndimage import gaussian_filter

    factor = max(1, round(scale / RADIUS_PX))
    rows, columns = (n // factor for n in image.shape)
    coarse = image[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    radius = scale / factor
    smooth = gaussian_filter(coarse, max(0.7, BLUR * radius))
    margin = int(np.ceil((REACH[-1] + AWAY) * radius)) + 1
    padded = np.pad(smooth, margin, mode="edge")
    falls = np.array([_falls_toward(padded, margin, radius * turn) for turn in directions(AROUND)])
    falls = np.sort(falls, axis=0)
    weak, typical = falls[WEAK], falls[AROUND // 2]
    return np.where(weak > 0, weak * np.sqrt(np.clip(weak, 0, None) / np.maximum(typical, 1e-9)), 0.0), factor


def _falls_toward(padded: FloatArray, margin: int, ahead: FloatArray) -> FloatArray:
    """The greatest fall in one direction, a radius long as columns and rows, at about that radius of each place."""
    inside = [_moved(padded, margin, (share - AWAY) * ahead) for share in REACH]
    outside = [_moved(padded, margin, (share + AWAY) * ahead) for share in REACH]
    return np.asarray(np.max([a - b for a, b in zip(inside, outside, strict=True)], axis=0))


def _moved(padded: FloatArray, margin: int, by: FloatArray) -> FloatArray:
    """What lies so many columns and rows from each place of an image that was padded, by straight lines."""
    rows, columns = (n - 2 * margin for n in padded.shape)
    whole = np.floor(by).astype(int)
    x, y = by - whole
    left, top = margin + whole

    def at(column: int, row: int) -> FloatArray:
        return padded[top + row : top + row + rows, left + column : left + column + columns]

    return np.asarray((1 - y) * ((1 - x) * at(0, 0) + x * at(1, 0)) + y * ((1 - x) * at(0, 1) + x * at(1, 1)))
