"""What lies under a wall of even thickness: of any density, and not of one alone.

Several chambers, each with fluid over sediment at a level of its own; a rim around whatever it grew around. The wall is
what tells the surface: it is of one density, thin against the blur, and under it the density varies smoothly (a
Gaussian process).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.body import View
from calcimeter.ct.amount.supple import Filling, depth_mm, modes_of
from calcimeter.ct.settings import AmountSettings

Floats = npt.NDArray[np.float32]
LEAST_VOXELS = 2.0
"""Less than that under a wall is nothing that the scan could tell."""
WELL_WITHIN = 0.3
"""Share of a voxel that lies under the wall for the density to be told there."""


def under_wall(share: Floats, wall_mm: float, hu: float, view: View, s: AmountSettings) -> Filling | None:
    """What a surface encloses under a wall: one part for its mean density, and the modes of how that varies.

    Parameters
    ----------
    share : ndarray of float32, (slices, rows, columns)
        How much of each voxel of the finer slices lies inside the surface.
    wall_mm : float
        Its thickness, good to a third of a voxel: depths lead from voxel to voxel.
    hu : float
        About what the wall is over the background: densities beneath are expected in shares of it.

    Returns
    -------
    Filling or None
        None where the wall leaves no room.
    """
    depth = depth_mm(share, view.steps_mm, s.supple_smooth_mm)
    inner = np.clip((depth - np.float32(wall_mm)) / view.steps_mm.mean() + np.float32(0.5), 0, 1) * (share > 0)
    if inner.sum(dtype=np.float64) < LEAST_VOXELS:
        return None
    flat = inner.ravel()
    some = np.flatnonzero(flat)
    field = modes_of(view.places_mm[:, flat > WELL_WITHIN], view.places_mm[:, some], s.under_wall_mm, s.supple_pitch)
    parts = np.zeros((1 + len(field), flat.size), dtype=np.float32)
    parts[0], parts[1:, some] = flat, field * flat[some]
    (mean, mean_sd), varied_sd = s.under_wall, s.under_wall_sd
    expected = np.concatenate([[mean * hu], np.zeros(len(field))])
    sd = np.concatenate([[mean_sd * hu], np.full(len(field), varied_sd * hu)])
    return Filling(parts.reshape(-1, *share.shape), expected, expected, sd)
