"""Surfaces of fractional masks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray, Grid, Index3


class Mesh(NamedTuple):
    """A closed triangle mesh in LPS mm."""

    vertices_mm: FloatArray
    faces: npt.NDArray[np.int64]

    @property
    def area_mm2(self) -> float:
        """Surface."""
        a, b, c = (self.vertices_mm[self.faces[:, k]] for k in range(3))
        return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)

    @property
    def volume_mm3(self) -> float:
        """Enclosed volume, by signed tetrahedra."""
        a, b, c = (self.vertices_mm[self.faces[:, k]] - self.vertices_mm.mean(axis=0) for k in range(3))
        return float(abs(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6)


def half_surface(fractions: npt.NDArray[np.float32], start: Index3, grid: Grid) -> Mesh:
    """The surface where a fractional mask passes one half, by marching cubes.

    Parameters
    ----------
    fractions : ndarray, (slices, rows, columns) of a box
        At least one value over one half.
    start : tuple of int
        Index of the box's first voxel.
    grid : Grid
    """
    from skimage.measure import marching_cubes

    vertices, faces, _, _ = marching_cubes(np.pad(fractions, 1), level=0.5)
    return Mesh(grid.to_patient(vertices - 1.0 + np.array(start)), faces.astype(np.int64))
