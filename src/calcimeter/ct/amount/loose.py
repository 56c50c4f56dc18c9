"""Parts of a deposit far looser than its densest, with an edge of their own.

Where slices are thick a voxel that a dense cap fills in part is as faint as a loose one. But such voxels make a shell
that is one slice high and as wide as the blur: what is faint over more than that in every direction is loose.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.grid import BoolArray

Floats = npt.NDArray[np.float32]


class Loose(NamedTuple):
    """The loose parts of a deposit, on finer slices.

    Parameters
    ----------
    within : ndarray of bool
        Well inside them.
    near : ndarray of bool
        Nearer to them than to what is dense: here an edge is theirs.
    """

    within: BoolArray
    near: BoolArray


def loose_parts(excess: Floats, allowed: BoolArray, noise_hu: float, scanner: Scanner, s: AmountSettings) -> Loose | None:
    """What of a deposit is faint though neither blur nor slices make it so.

    Parameters
    ----------
    excess : ndarray of float32, (slices, rows, columns)
        HU above background.
    allowed : ndarray of bool, (finer slices, rows, columns)
        Where an envelope may end.
    noise_hu : float
    scanner : Scanner

    Returns
    -------
    Loose or None
        None of a deposit without such parts.
    """
    from scipy.ndimage import binary_opening, distance_transform_edt, gaussian_filter

    parts = scanner.parts
    seen = allowed.reshape(-1, parts, *allowed.shape[1:]).any(axis=1)
    bright = np.maximum(excess, 0) * seen
    weight = bright**s.level_power
    whole_hu = float((weight * bright).sum(dtype=np.float64) / max(1e-3, weight.sum(dtype=np.float64)))
    calm = gaussian_filter(excess, (0.0, 0.6, 0.6))
    least_hu = s.loose_sigmas * noise_hu
    faint = seen & (calm > least_hu) & (calm < s.loose_level * whole_hu)
    within = binary_opening(faint, _span(scanner, s))
    if not within.any():
        return None
    units = np.array(scanner.window)
    within = np.repeat(within, parts, axis=0)
    dense = np.repeat(seen & (calm > s.dense_level * whole_hu), parts, axis=0)
    own, others = (distance_transform_edt(~mask, 1 / units) for mask in (within, dense))
    return Loose(within, allowed & (own < others))


def _span(scanner: Scanner, s: AmountSettings) -> BoolArray:
    """A cylinder as high and wide as what blur and slices make faint."""
    window, parts = scanner.window, scanner.parts
    high = max(s.loose_slices, int(np.ceil(s.loose_span * window[0] / parts)))
    radii = [max(1.0, s.loose_span * width / 2) for width in window[1:]]
    rows, columns = (np.arange(-int(r), int(r) + 1) / r for r in radii)
    disk = rows[:, None] ** 2 + columns**2 <= 1
    return np.repeat(disk[None], high, axis=0)
