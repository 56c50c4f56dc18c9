"""Small windows moved over a box: means, highest and lowest values; the widths of a blur."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import BoolArray, FloatArray

Floats = npt.NDArray[np.float32]
Box = tuple[slice, slice, slice]
Window = tuple[float, float, float]

FWHM_OF_SIGMA = 2.3548200450309493
"""Full width at half maximum of a Gaussian over its standard deviation: 2 sqrt(2 ln 2)."""

SIGMA_OF_FWHM = 1 / FWHM_OF_SIGMA

TILE_VOXELS, TILE_SLICES = 1 << 15, 8
"""A tile is as many slices as hold about so many voxels, but no fewer than these: less is not worth the trouble."""


def tiles_of(mask: BoolArray) -> tuple[Box, ...]:
    """Boxes that hold all of a mask (slices, rows, columns): some slices each, and of these what is needed.

    What winds through a large box fills little of it.
    """
    step = max(TILE_SLICES, TILE_VOXELS // max(1, mask[:1].size))
    tiles = []
    for first in range(0, len(mask), step):
        shadow: BoolArray = np.asarray(mask[first : first + step].any(axis=0))
        rows, columns = (np.flatnonzero(shadow.any(axis=axis)) for axis in (1, 0))
        if len(rows):
            last = min(first + step, len(mask))
            tiles.append((slice(first, last), slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)))
    return tuple(tiles)


def mean_in(values: Floats, tile: Box, sigma: Window, truncate: float) -> Floats:
    """What a Gaussian over all values, which go on beyond the ends as in a mirror, gives in a tile of them.

    Parameters
    ----------
    values : ndarray of float32, (slices, rows, columns)
    tile : tuple of slice
    sigma : tuple of float
        Standard deviations, voxels.
    truncate : float
        Standard deviations to where the Gaussian reaches.
    """
    around, inner = [], []
    for part, width, length in zip(tile, sigma, values.shape, strict=True):
        low = max(part.start - int(truncate * width + 0.5), 0)
        around.append(slice(low, min(part.stop + int(truncate * width + 0.5), length)))
        inner.append(slice(part.start - low, part.stop - low))
    return gaussian(values[tuple(around)], sigma, truncate)[tuple(inner)]


def gaussian(values: Floats, sigma: tuple[float, ...], truncate: float, ends: str = "reflect") -> Floats:
    """Values averaged under a Gaussian along the last axes, as many as there are standard deviations, in voxels.

    As scipy's, whose preparations take longer than a small box itself.
    """
    from scipy.ndimage import correlate1d

    mean: Floats | None = None
    for axis, width in enumerate(sigma, start=-len(sigma)):
        mean = correlate1d(values if mean is None else mean, _bell(width, truncate), axis, mean, mode=ends)
    return values if mean is None else mean


def rectangle(width: float, parts: int = 1) -> FloatArray:
    """A rectangle as weights that sum to 1, such as a slice's profile over finer slices.

    Parameters
    ----------
    width : float
        In steps.
    parts : int
        So many steps are covered at the least, with the rectangle around their middle: an odd number puts its middle
        on a step, an even one between two.

    Returns
    -------
    ndarray
        ``parts`` weights, or as many more on either side as the width needs.
    """
    reach = max(0, int(np.ceil((width - parts) / 2 - 1e-9)))
    edge = np.arange(parts + 2 * reach + 1) - (parts / 2 + reach)
    shares = np.clip(np.minimum(edge[1:], width / 2) - np.maximum(edge[:-1], -width / 2), 0, None)
    normalized: FloatArray = shares / shares.sum()
    return normalized


@lru_cache(maxsize=64)
def _bell(sigma: float, truncate: float) -> FloatArray:
    """Weights of a Gaussian."""
    reach = int(truncate * sigma + 0.5)
    bell: FloatArray = np.exp(-0.5 / (sigma * sigma) * np.arange(-reach, reach + 1) ** 2)
    bell /= bell.sum()
    return bell


def highest(values: Floats, reach: tuple[int, int, int]) -> Floats:
    """The highest of the values (slices, rows, columns) within a reach in voxels along each axis, in a box.

    Boxes shifted and compared, wider each time: ten times as fast as line by line.
    """
    out = np.pad(values, [(steps, steps) for steps in reach], mode="edge")
    for axis, steps in enumerate(reach):
        width, whole = 1, 2 * steps + 1
        while width < whole:
            step = min(width, whole - width)
            along = np.moveaxis(out, axis, 0)
            out = np.moveaxis(np.maximum(along[:-step], along[step:]), 0, axis)
            width += step
    return out


def lowest(values: Floats, reach: tuple[int, int, int]) -> Floats:
    """The lowest, likewise."""
    low: Floats = -highest(-values, reach)
    return low
