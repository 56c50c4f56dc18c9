"""Where a field passes one half between voxels: the points of a surface, finer than the grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray


def crossings(field: npt.NDArray[np.float32], axis: int) -> FloatArray:
    """Points between neighbors along an axis where a field passes one half, by straight lines, as indices (n, 3).

    Crossings along the rows and columns of a slice are the corners of its contour by marching squares.

    Parameters
    ----------
    field : ndarray, (slices, rows, columns)
        0 at its border, or the surface is open there.
    """
    ahead = np.moveaxis(field, axis, 0)
    low, high = ahead[:-1], ahead[1:]
    where = np.nonzero((low >= 0.5) != (high >= 0.5))
    before = low[where].astype(np.float64)
    share = (0.5 - before) / (high[where] - before)
    points: FloatArray = np.column_stack(where).astype(np.float64)
    points[:, 0] += share
    order = [axis, *(other for other in range(3) if other != axis)]
    return points[:, np.argsort(order)]
