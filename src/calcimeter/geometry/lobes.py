"""Lobes of a solid: places from which the surface is far, parted by necks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray

Values = npt.NDArray[np.float32]


class Lobe(NamedTuple):
    """One lobe.

    Parameters
    ----------
    radius_mm : float
        Of the largest ball in it.
    """

    radius_mm: float


class Limits(NamedTuple):
    """What counts as a lobe.

    Parameters
    ----------
    depth_mm : float
        By how much its largest ball must be larger than the neck, in radius.
    neck_share : float
        Largest share that a neck may have of the smaller lobe's radius, to part the two.
    piece_mm : float
        Radius of the ball that a separate piece must hold.
    """

    depth_mm: float
    neck_share: float
    piece_mm: float


def find_lobes(fractions: Values, steps_mm: tuple[float, float, float], limits: Limits) -> list[Lobe]:
    """Maxima of the distance to the surface that last, the largest first.

    A maximum lasts if the way to any larger one leads over a saddle that is lower by the depth and lower than the
    neck's share of the maximum itself. Each separate piece that is large enough holds at least one, and so does the
    largest. Empty where nothing is over one half.

    Parameters
    ----------
    fractions : ndarray, (a, b, c)
        The surface is at one half; the border of the array is empty.
    steps_mm : tuple of float
    limits : Limits
    """
    from skimage.measure import label
    from skimage.segmentation import watershed

    distance = distance_to_half(fractions, steps_mm)
    inside = distance > 0
    if not inside.any():
        return []
    peaks = label(_is_peak(distance) & inside)
    basins = watershed(-distance, peaks, mask=inside)
    height = np.zeros(int(peaks.max()) + 1)
    top = peaks > 0
    height[peaks[top]] = distance[top]  # the same all over a peak
    return _lasting(height, *_saddles(basins, distance), limits)


def distance_to_half(fractions: Values, steps_mm: tuple[float, float, float]) -> Values:
    """Distance of each point inside to where the fractions pass one half, mm; 0 outside.

    It is the distance to the nearest point outside, less the part of it that lies beyond the surface, which that
    point's own fraction and the highest beside it tell.
    """
    from scipy.ndimage import distance_transform_edt, generate_binary_structure, maximum_filter

    inside = fractions >= 0.5
    if not inside.any():
        return np.zeros(fractions.shape, dtype=np.float32)
    whole, nearest = distance_transform_edt(inside, sampling=steps_mm, return_indices=True)
    beside = maximum_filter(fractions, footprint=generate_binary_structure(3, 1))
    step = float(np.mean(steps_mm))
    share = np.where(beside >= 0.5, (0.5 - fractions) / np.maximum(beside - fractions, 1e-3), 0.5)
    beyond = (np.clip(share, 0, 1) * step).astype(np.float32)
    distance: Values = np.where(inside, np.maximum(whole - beyond[tuple(nearest)], 0.05 * step), 0)
    return distance.astype(np.float32)


def _is_peak(distance: Values) -> npt.NDArray[np.bool_]:
    """Points that no neighbor tops."""
    from scipy.ndimage import maximum_filter

    peak: npt.NDArray[np.bool_] = distance >= maximum_filter(distance, 3)
    return peak


def _saddles(basins: npt.NDArray[np.integer], distance: Values) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Pairs of basins that touch, (n, 2), and the height of the highest way between them, (n,)."""
    count = int(basins.max()) + 1
    codes, heights = [], []
    for axis in range(3):
        one, other = (np.moveaxis(basins, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        first, second = (np.moveaxis(distance, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        touch = np.nonzero((one != other) & (one > 0) & (other > 0))
        a, b = one[touch].astype(np.int64), other[touch].astype(np.int64)
        codes.append(np.minimum(a, b) * count + np.maximum(a, b))
        heights.append(np.minimum(first[touch], second[touch]))
    way = np.concatenate(heights).astype(np.float64)
    unique, which = np.unique(np.concatenate(codes), return_inverse=True)
    highest = np.zeros(len(unique))
    np.maximum.at(highest, which, way)
    return np.column_stack(np.divmod(unique, count)), highest


def _lasting(height: FloatArray, pairs: npt.NDArray[np.int64], saddle: FloatArray, limits: Limits) -> list[Lobe]:
    """Basins joined over falling saddles; the lower of two ends there, and is a lobe if it has lasted."""
    home = np.arange(len(height))
    lobes = []

    def find(k: int) -> int:
        while home[k] != k:
            home[k] = home[home[k]]
            k = int(home[k])
        return k

    for k in np.argsort(-saddle, kind="stable"):
        a, b = find(int(pairs[k, 0])), find(int(pairs[k, 1]))
        if a == b:
            continue
        low, high = (a, b) if height[a] < height[b] else (b, a)
        deep = height[low] - saddle[k] >= limits.depth_mm
        if deep and saddle[k] <= limits.neck_share * height[low]:
            lobes.append(Lobe(float(height[low])))
        home[low] = high
    pieces = sorted((float(height[k]) for k in range(1, len(height)) if find(k) == k), reverse=True)
    lobes += [Lobe(radius) for k, radius in enumerate(pieces) if k == 0 or radius >= limits.piece_mm]
    return sorted(lobes, key=lambda lobe: -lobe.radius_mm)
