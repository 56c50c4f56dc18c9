"""The outline of a plane mask, for drawing: lines along voxel edges with their corners cut."""

from __future__ import annotations

import numpy as np

from calcimeter.model.grid import BoolArray, FloatArray


def outlines(mask: BoolArray) -> list[FloatArray]:
    """Closed lines between the voxels that are set and those that aren't, outer borders and borders of holes.

    Parameters
    ----------
    mask : ndarray of bool, (rows, columns)

    Returns
    -------
    list of ndarray, (n, 2)
        Fractional indices, rows and columns; straight borders lie on the voxels' edges, half a voxel outside their
        centers. Empty for an empty mask.
    """
    from skimage.measure import find_contours

    padded = np.pad(mask, 1).astype(np.float32)  # so that a border along the array's edge is closed too
    return [contour - 1 for contour in find_contours(padded, 0.5)]
