"""Spots that may be deposits, ranked by how unlike bone they are.

Bone is long, branches and joins other bone; a deposit is a spot with a border all around, even, brighter than what lies
around it. Both are told on a reduced image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.geometry.closed_path import area_and_center, normals, ring_of, sampled
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.radiograph import Point2, Radiograph
from calcimeter.radiograph.settings import RadiographSettings
from calcimeter.radiograph.spots import spots
from calcimeter.radiograph.ways import Image, ways_around

NEAR = 1.3
"""Sizes about a spot's own that are tried."""
WITHIN = (0.1, 0.3, 0.45, 0.6, 0.75, 0.85)
"""Of the way from a spot's middle to its border, where its inside is looked at."""
DARKER = 0.5
"""Of the spread around a spot, by which its inside has to be darker than all around to be a hole."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One spot.

    Parameters
    ----------
    center_px : (column, row)
    radius_px : float
        Of a disk of its area.
    box_px : tuple of int
        First and last column and row as (column, row, column, row).
    unlike_bone : float
        0 to 1.
    """

    center_px: Point2
    radius_px: float
    box_px: tuple[int, int, int, int]
    unlike_bone: float


def find_candidates(study: Radiograph, settings: RadiographSettings) -> tuple[tuple[Candidate, ...], int]:
    """Search an image.

    Returns
    -------
    candidates : tuple of Candidate
        Those over ``settings.candidates.suspect``, the one most unlike bone first, at most
        ``settings.candidates.outlined``; none overlaps a better one.
    examined_px : int
        Pixels of the whole image that were searched.
    """
    wanted = settings.candidates
    factor = max(1, -(-max(study.values.shape) // wanted.longest_px))
    image, usable = _reduced(study, factor)
    usable = _away_from_borders(usable, round(wanted.scales[0]))
    judged = [
        one for spot in spots(image, usable, wanted) if (one := _judged(image, spot, factor, settings)) is not None
    ]
    judged.sort(key=lambda one: (-one.unlike_bone, one.center_px))
    kept: list[Candidate] = []
    for one in judged:
        if one.unlike_bone >= wanted.suspect and not any(_overlap(one, other) for other in kept):
            kept.append(one)
    return tuple(kept[: wanted.outlined]), int(usable.sum()) * factor * factor


def _reduced(study: Radiograph, factor: int) -> tuple[Image, BoolArray]:
    """Mean of blocks of pixels, what is not usable filled with the median; and where all of a block is usable."""
    rows, columns = (n // factor * factor for n in study.values.shape)
    shape = (rows // factor, factor, columns // factor, factor)
    usable = np.asarray(study.usable[:rows, :columns].reshape(shape).all(axis=(1, 3)))
    values = study.values[:rows, :columns].reshape(shape).mean(axis=(1, 3), dtype=np.float64)
    middle = float(np.median(values[usable])) if usable.any() else 0.0
    return np.where(usable, values, middle).astype(np.float32), usable


def _away_from_borders(usable: BoolArray, margin: int) -> BoolArray:
    from scipy.ndimage import binary_erosion

    eroded: BoolArray = binary_erosion(usable, iterations=max(1, margin), border_value=0)
    return eroded


def _judged(image: Image, spot: tuple[Point2, float], factor: int, settings: RadiographSettings) -> Candidate | None:
    """The spot's closed way and how unlike bone it is; None without one, or where a hole lies in it."""
    place, radius = spot
    ways = ways_around(image, place, (max(radius / NEAR, 3.0), radius * NEAR * 1.25), settings.outline)
    if not ways:
        return None
    best = max(ways, key=lambda way: way.strength)
    line = ring_of(place, best.radii)
    if _hollow(image, line):
        return None
    area, center = area_and_center(line)
    score = _unlike_bone(image, line, best.falls, area)
    middle = (factor - 1) / 2
    column, row = (c * factor + middle for c in center)
    low, high = line.min(axis=0) * factor + middle, line.max(axis=0) * factor + middle
    a, b, c, d = (round(float(v)) for v in (*low, *high))
    return Candidate((column, row), float(np.sqrt(area / np.pi)) * factor, (a, b, c, d), score)


def _unlike_bone(image: Image, line: FloatArray, falls: FloatArray, area: float) -> float:
    """0 to 1 from three facts: the border falls all around, evenly; what lies around is even; it is compact."""
    typical = float(np.median(falls))
    even = float(np.percentile(falls, 10)) / max(typical, 1e-9)
    around = float(np.hypot(*np.diff(np.concatenate([line, line[:1]]), axis=0).T).sum())
    compact = 4 * np.pi * area / around**2
    ring = _ring_spread(image, line, area) / max(typical, 1e-9)
    evidence = 6 * (even - 0.35) + 3 * (compact - 0.7) - 0.8 * (ring - 1.5)
    return float(1 / (1 + np.exp(-evidence)))


def _ring_spread(image: Image, line: FloatArray, area: float) -> float:
    """Spread of gray levels a little outside the line, a plane taken off."""
    values, plane = _ring(image, line, area)
    return float(np.std(values - plane))


def _hollow(image: Image, line: FloatArray) -> bool:
    """Whether a tenth of what lies within a line is darker than nearly all around it: no deposit makes it so."""
    area, (column, row) = area_and_center(line)
    within = np.concatenate([(column, row) + share * (line - (column, row)) for share in WITHIN])
    outside, plane = _ring(image, line, area)
    slack = float(np.std(outside - plane))
    return bool(np.percentile(sampled(image, within), 10) < np.percentile(outside, 5) - DARKER * slack)


def _ring(image: Image, line: FloatArray, area: float) -> tuple[FloatArray, FloatArray]:
    """Gray levels a little outside a line, and of the plane through them."""
    radius = float(np.sqrt(area / np.pi))
    points = np.concatenate([line + normals(line) * (share * radius) for share in (0.15, 0.25, 0.35)])
    values = sampled(image, points)
    table = np.column_stack([np.ones(len(points)), points - points.mean(axis=0)])
    weights, *_ = np.linalg.lstsq(table, values, rcond=None)
    return values, np.asarray(table @ weights)


def _overlap(one: Candidate, other: Candidate) -> bool:
    away = float(np.hypot(*np.subtract(one.center_px, other.center_px)))
    return away < max(one.radius_px, other.radius_px)
