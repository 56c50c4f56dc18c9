"""Values at places: a volume asked anywhere, between its voxels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray


def values_at(values: npt.NDArray[np.generic], affine_lps: FloatArray, points_mm: FloatArray) -> FloatArray:
    """Linear between voxel centers; NaN outside the volume by more than half a voxel.

    Parameters
    ----------
    values : ndarray, (slices, rows, columns)
    affine_lps : ndarray, (4, 4)
        From an index to LPS mm.
    points_mm : ndarray, (..., 3)

    Returns
    -------
    ndarray of float, (...)
    """
    from scipy.ndimage import map_coordinates

    to_index = np.linalg.inv(affine_lps)
    index = points_mm @ to_index[:3, :3].T + to_index[:3, 3]
    outside = ((index < -0.5) | (index > np.array(values.shape) - 0.5)).any(axis=-1)
    sampled: FloatArray = map_coordinates(
        values.astype(np.float32), np.moveaxis(index, -1, 0), order=1, mode="nearest", output=np.float64
    )
    sampled[outside] = np.nan
    return sampled
