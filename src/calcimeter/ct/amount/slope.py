"""The slope of each deposit: how its rays, which pass through more or less water, bone and mineral, show it."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.amount.mass import Content
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.rays import Slice, rays_through, slope_along
from calcimeter.model.anatomy import Mask
from calcimeter.model.calibration import Calibration
from calcimeter.model.grid import Index3
from calcimeter.model.volume import Volume


def slope_of(
    volume: Volume, body: Mask, deposit: tuple[Content, Index3], calibration: Calibration, s: AmountSettings
) -> float | None:
    """Slope of a deposit, mg HA/ml per HU, from slices that hold like shares of it; None without calibration.

    Parameters
    ----------
    deposit : (Content, Index3)
        With the first voxel of its box.
    """
    content, start = deposit
    beam = calibration.beam
    held = np.maximum(content.excess.sum(axis=(1, 2), dtype=np.float64), 0)
    if beam is None or not held.any():
        return calibration.mg_ha_per_ml_per_hu
    shares = (np.arange(s.ray_slices) + 0.5) / s.ray_slices
    planes, counts = np.unique(np.searchsorted(np.cumsum(held) / held.sum(), shares), return_counts=True)
    pixel_mm = (volume.grid.spacing_mm[1], volume.grid.spacing_mm[2])
    rays = []
    for plane, count in zip(planes, counts, strict=True):
        k = int(plane) + start[0]
        slice_ = Slice(volume.values[k], body.plane(k), pixel_mm)
        rays += int(count) * [rays_through(slice_, content.excess[plane], (start[1], start[2]))]
    return slope_along(rays, beam)
