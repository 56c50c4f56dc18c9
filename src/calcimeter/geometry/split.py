"""Parting a mask between two sets of its voxels."""

from __future__ import annotations

import numpy as np

from calcimeter.model.grid import BoolArray, FloatArray

Spacing = tuple[float, float, float]


def nearer_part(whole: BoolArray, one: BoolArray, other: BoolArray, spacing_mm: Spacing) -> BoolArray:
    """The voxels of a mask (slices, rows, columns) that are nearer to one of two sets in it than to the other.

    It grows from both sets through the mask, so that what only one of them is connected with is that one's.
    """
    return _flooded(_distance_mm(one | other, spacing_mm), whole, one, other)


def part_before_waist(whole: BoolArray, one: BoolArray, other: BoolArray, spacing_mm: Spacing) -> BoolArray:
    """The voxels of a mask on one's side of the waist between two sets in it.

    The waist is where the distance to the mask's surface has its saddle; the border of the array is no surface.
    """
    return _flooded(-_distance_mm(~whole, spacing_mm), whole, one, other)


def _flooded(height: FloatArray, whole: BoolArray, one: BoolArray, other: BoolArray) -> BoolArray:
    """What floods from one set before it floods from the other; the first has what both hold."""
    from skimage.segmentation import watershed

    sources = np.where(one, 1, np.where(other, 2, 0))
    flooded: BoolArray = watershed(height, sources, mask=whole) == 1
    return flooded


def _distance_mm(mask: BoolArray, spacing_mm: Spacing) -> FloatArray:
    """Distance of each voxel to a mask."""
    from scipy.ndimage import distance_transform_edt

    distance: FloatArray = distance_transform_edt(~mask, sampling=spacing_mm)
    return distance
