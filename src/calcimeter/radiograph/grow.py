"""From a border to the outermost one that is as good: lobes that lie over one another have borders within."""

from __future__ import annotations

import numpy as np

from calcimeter.geometry.closed_path import area_and_center, closed_path, directions, radii_about, ring_of, sampled
from calcimeter.model.grid import FloatArray
from calcimeter.radiograph.settings import OutlineSettings
from calcimeter.radiograph.ways import BLUR, NARROWEST, Box, Image, Place, cut_out, falls_at, within

WEAK = 0.2
"""Fall of gray levels, of the typical one of an outline, that is none."""


def grown(values: Image, line: FloatArray, settings: OutlineSettings, box: Box | None) -> FloatArray:
    """The outermost border that is as good as the one found, then the best one near it."""
    from scipy.ndimage import gaussian_filter1d

    step, narrow = 0.0125, 180
    for turn in range(3):
        area, middle = area_and_center(line)
        radii = np.exp(gaussian_filter1d(np.log(radii_about(line, middle, narrow)), 2.0, mode="wrap"))
        shares = np.exp(np.arange(np.log(0.7), np.log(settings.reach), step))
        falls = falls_at(_strip(values, middle, radii, shares, area), 4, step)
        if box is not None:
            reach = radii[:, None, None] * shares[None, :, None]
            inside = within(np.array(middle) + directions(narrow)[:, None, :] * reach, box)
            falls = np.where(inside, falls, -np.abs(falls).max())
        here = np.abs(np.log(shares)) < 8.5 * step
        typical = float(np.median(falls[:, here].max(axis=1)))
        if turn == 0:
            scale = typical
        if turn < 2:
            good = np.clip((falls / scale - WEAK) / (settings.as_good - WEAK), -1, 1)
            farther = (shares - shares[0]) / (shares[-1] - shares[0])
            cost = 0.02 + (1 - good) * 0.5 + settings.outward * (1 - farther)
        else:
            cost = NARROWEST + np.clip(1.2 - falls / scale, 0, 2.2) + 0.5 * ((shares - 1) / 0.12) ** 2
        way = gaussian_filter1d(closed_path(cost), 1.5, mode="wrap")
        line = ring_of(middle, radii * shares[0] * np.exp(step * way))
    return line


def _strip(values: Image, middle: Place, radii: FloatArray, shares: FloatArray, area: float) -> FloatArray:
    """Samples (directions, shares) at shares of the radius in each direction."""
    from scipy.ndimage import gaussian_filter

    part, corner = cut_out(values, middle, float(radii.max() * shares[-1]) + 8)
    smooth = gaussian_filter(part, max(0.7, BLUR * float(np.sqrt(area / np.pi))))
    reach = radii[:, None, None] * shares[None, :, None]
    return sampled(smooth, np.array(middle) + directions(len(radii))[:, None, :] * reach, corner)
