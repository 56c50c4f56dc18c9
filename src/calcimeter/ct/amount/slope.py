"""The slope of each deposit: how its rays, which pass through more or less water, bone and mineral, show it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.amount.mass import Content
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.rays import Slice, rays_through, share_behind_metal, slope_along
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.calibration import Calibration
from calcimeter.model.grid import Index3
from calcimeter.model.volume import Volume


class Slope(NamedTuple):
    """How a deposit shows: mg HA/ml per HU, None without calibration, and its share that rays show behind metal."""

    mg_ha_per_ml_per_hu: float | None
    behind_metal: float


def slope_of(
    volume: Volume, anatomy: Anatomy, deposit: tuple[Content, Index3], calibration: Calibration, s: AmountSettings
) -> Slope:
    """Slope of a deposit, from slices that hold like shares of it.

    Parameters
    ----------
    deposit : (Content, Index3)
        With the first voxel of its box.
    """
    content, start = deposit
    held = np.maximum(content.excess.sum(axis=(1, 2), dtype=np.float64), 0)
    if not held.any():
        return Slope(calibration.mg_ha_per_ml_per_hu, 0.0)
    shares = (np.arange(s.ray_slices) + 0.5) / s.ray_slices
    planes, counts = np.unique(np.searchsorted(np.cumsum(held) / held.sum(), shares), return_counts=True)
    pixel_mm = (volume.grid.spacing_mm[1], volume.grid.spacing_mm[2])
    rays = []
    for plane, count in zip(planes, counts, strict=True):
        k = int(plane) + start[0]
        slice_ = Slice(volume.values[k], anatomy.body.plane(k), pixel_mm, anatomy.metal.plane(k))
        rays += int(count) * [rays_through(slice_, content.excess[plane], (start[1], start[2]))]
    along = None if calibration.beam is None else slope_along(rays, calibration.beam)
    return Slope(calibration.mg_ha_per_ml_per_hu if along is None else along, share_behind_metal(rays))
