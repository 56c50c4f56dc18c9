"""Where a border goes on as something else: bone has edges of its own, which a deposit's border leaves behind.

A border that follows a deposit here and bone there has corners at which the edge of the bone runs on beyond it. So does
the border of what a deposit and bone share. From each point of a border lines are drawn onward, straight and turned a
little either way; where gray levels fall across such a line as they fall across the border, an edge goes on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.closed_path import area_and_center, evenly_spaced, normals, sampled
from calcimeter.geometry.level_line import inside_of
from calcimeter.model.grid import BoolArray, FloatArray

Image = npt.NDArray[np.float32]
POINTS = 90
"""Of a border from which lines are drawn."""
TURNS = np.deg2rad([-20.0, -10.0, 0.0, 10.0, 20.0])
"""Of the lines toward the outside."""
ALONG = np.arange(0.12, 0.501, 0.04)
"""Places on a line, in radii."""
APART = 0.09
"""From the border, radii, from which a place is looked at, and how many of them have to be."""
LEAST_PLACES = 5
ACROSS = 0.06
"""From a place to either side, radii, where its fall is told."""
BLUR = 0.04
RADIUS_PX = 24
"""Of the reduced image on which all this is told."""
MOST = 1.5
"""Of the border's own fall, above which one is as good as another."""
OUTERMOST = 90
"""The percentile of the points of a border that stands for it: corners are few."""


def goes_on(values: Image, line: FloatArray) -> float:
    """By how much gray levels fall across what goes on from the corners of a closed line, of its own typical fall.

    Returns
    -------
    float
        0 to 1.5. Fails where bone ends at the deposit, or has an edge far weaker than its.
    """
    part, line, radius = _reduced(values, line)
    away = _away(line, part.shape)
    points = evenly_spaced(line, POINTS)
    outward = normals(points)
    tangent = np.stack([-outward[:, 1], outward[:, 0]], axis=1)
    step = ACROSS * radius
    own = sampled(part, points - outward * step) - sampled(part, points + outward * step)
    typical = max(float(np.median(own)), 1e-9)
    best = np.zeros(POINTS)
    for ahead in (tangent, -tangent):
        for turn in TURNS:
            along = ahead * np.cos(turn) + outward * np.sin(turn)
            across = outward * np.cos(turn) - ahead * np.sin(turn)
            places = points[:, None] + along[:, None] * (ALONG * radius)[None, :, None]
            sideward = across[:, None] * step
            falls = sampled(part, places - sideward) - sampled(part, places + sideward)
            seen = sampled(away, places) > APART * radius
            best = np.maximum(best, _edge_along(np.clip(falls / typical, -0.5, MOST), seen))
    return float(np.percentile(best, OUTERMOST))


def _edge_along(falls: FloatArray, seen: BoolArray) -> FloatArray:
    """Of each line the mean fall where it is seen; less where it is weak somewhere; 0 where too little is seen."""
    count = seen.sum(axis=1)
    mean = np.where(seen, falls, 0).sum(axis=1) / np.maximum(count, 1)
    weakest = np.clip(np.where(seen, falls, np.inf).min(axis=1), 0, MOST)
    return np.where(count >= LEAST_PLACES, np.minimum(mean, 2 * weakest), 0.0)


def _reduced(values: Image, line: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """The image around a line, made coarser and smooth; the line in it; its radius there."""
    from scipy.ndimage import gaussian_filter

    radius = float(np.sqrt(area_and_center(line)[0] / np.pi))
    factor = max(1, int(radius / RADIUS_PX))
    low = np.maximum(np.floor(line.min(axis=0) - 0.7 * radius).astype(int), 0)
    high = np.maximum(np.ceil(line.max(axis=0) + 0.7 * radius).astype(int), low + 2 * factor)
    part = values[low[1] : high[1], low[0] : high[0]]
    rows, columns = (n // factor for n in part.shape)
    coarse = part[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    small = radius / factor
    smooth = gaussian_filter(coarse.mean(axis=(1, 3), dtype=np.float64), max(0.8, BLUR * small))
    return np.asarray(smooth), (line - low - (factor - 1) / 2) / factor, small


def _away(line: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Pixels from each place outside a line to what lies inside it."""
    from scipy.ndimage import distance_transform_edt

    return np.asarray(distance_transform_edt(~inside_of([line], (shape[0], shape[1]))))
