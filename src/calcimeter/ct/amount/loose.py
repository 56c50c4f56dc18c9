"""Parts of a deposit that are far looser than its densest: they have a level, and so an edge, of their own.

A voxel that the cap of a dense deposit fills in part is as faint as a loose one. But such voxels make a shell that is
one slice high, or as wide as the blur: what is faint over more than that is loose.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.level import power, weighted
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.window import gaussian
from calcimeter.model.grid import BoolArray

Floats = npt.NDArray[np.float32]
CALMED_PIXELS = 0.6
"""Standard deviation of the mean over neighbors against noise."""


class Loose(NamedTuple):
    """The loose parts of a deposit, on finer slices.

    Parameters
    ----------
    within : ndarray of bool
        Inside them, beyond the blur of what is dense.
    near : ndarray of bool
        Where an envelope may end, and nearer to them than to what is dense: an edge here is theirs.
    """

    within: BoolArray
    near: BoolArray


def loose_parts(
    excess: Floats, allowed: BoolArray, noise_hu: float, scanner: Scanner, s: AmountSettings
) -> Loose | None:
    """What of a deposit is faint though neither blur nor slices make it so.

    Parameters
    ----------
    excess : ndarray of float32, (slices, rows, columns)
        HU above background.
    allowed : ndarray of bool, (finer slices, rows, columns)
        Where an envelope may end.
    noise_hu : float
        Standard deviation.
    scanner : Scanner

    Returns
    -------
    Loose or None
        None of a deposit that has none. A loose part thinner than the blur, or than two slices, is not told from it.
    """
    from scipy.ndimage import binary_opening, distance_transform_edt

    parts = scanner.parts
    seen: BoolArray = np.asarray(allowed.reshape(-1, parts, *allowed.shape[1:]).any(axis=1))
    bright = np.maximum(excess, 0) * seen
    weight = power(bright, s.level_power)
    whole_hu = weighted(weight * bright, weight)
    calm = gaussian(excess, (CALMED_PIXELS, CALMED_PIXELS), s.truncate)
    faint = seen & (calm > s.loose_sigmas * noise_hu) & (calm < s.loose_level * whole_hu)
    within = binary_opening(faint, _span(scanner, s))
    if not within.any():
        return None
    dense = seen & (calm > s.dense_level * whole_hu)
    within, dense = (np.repeat(mask, parts, axis=0) for mask in (within, dense))
    own, others = (distance_transform_edt(~mask, np.reciprocal(scanner.window)) for mask in (within, dense))
    return Loose(within, allowed & (own < others))


def _span(scanner: Scanner, s: AmountSettings) -> BoolArray:
    """A cylinder along the slices, as high and wide as what blur and slices make faint, but two slices at the least."""
    along, *across = (s.loose_span * width for width in scanner.window)
    high = max(s.loose_slices, int(np.ceil(along / scanner.parts)))
    rows, columns = (np.arange(-int(r), int(r) + 1) / r for r in (max(1.0, width / 2) for width in across))
    disk: BoolArray = rows[:, None] ** 2 + columns**2 <= 1
    return np.repeat(disk[None], high, axis=0)
