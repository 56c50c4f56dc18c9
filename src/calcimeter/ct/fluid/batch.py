"""Patches one after another, so that all of a look are fitted in one go."""

from __future__ import annotations

from dataclasses import fields
from typing import NamedTuple

import numpy as np

from calcimeter.ct.fluid.lattice import Lattice
from calcimeter.ct.fluid.steps import IntArray, Steps
from calcimeter.model.grid import BoolArray, FloatArray

TERMS = 6
"""Of a paraboloid."""

WIDE = 4
"""Columns across that a curvature needs to be seen."""


class Scale(NamedTuple):
    """Standard deviation of the blur, and how far above and below a step its voxels are fitted, mm."""

    sigma_mm: float
    above_mm: float
    below_mm: float


class Batch(NamedTuple):
    """Patches of one lattice.

    Parameters
    ----------
    first : ndarray of int64, (patches,)
        The first column of each.
    own : ndarray of int64, (columns,)
        The patch of each column.
    terms : ndarray of bool, (patches, 6)
    middle : list of ndarray, (2,)
    shape : ndarray, (columns, 6)
        What the surface is a sum of.
    surface : ndarray, (patches, 6)
        To start from.
    hu, depth_mm : ndarray, (columns, samples)
    column_mm2 : float
        Area of a column.
    """

    first: IntArray
    own: IntArray
    terms: BoolArray
    middle: list[FloatArray]
    shape: FloatArray
    surface: FloatArray
    hu: FloatArray
    depth_mm: FloatArray
    column_mm2: float

    @classmethod
    def of(cls, lattice: Lattice, patches: list[Steps], scale: Scale) -> Batch:
        """Patches with planes or paraboloids through their steps."""
        terms, middle, shapes = [], [], []
        surface = np.zeros((len(patches), TERMS))
        for k, patch in enumerate(patches):
            points = patch.column * lattice.steps_mm[1:]
            wide = [len(np.unique(patch.column[:, axis])) >= WIDE for axis in (0, 1)]
            terms.append(np.array([True, True, True, *wide, all(wide)]))
            middle.append(points.mean(axis=0))
            shapes.append(surface_terms(points - middle[k], terms[k]))
            surface[k, terms[k]] = np.linalg.lstsq(shapes[k][:, terms[k]], patch.depth_mm, rcond=None)[0]
        sizes = [len(patch) for patch in patches]
        every = Steps(*(np.concatenate([getattr(patch, f.name) for patch in patches]) for f in fields(Steps)))
        hu, depth_mm = samples_of(lattice, every, every.depth_mm, scale)
        own = np.repeat(np.arange(len(patches)), sizes)
        first = np.cumsum([0, *sizes[:-1]])
        column_mm2 = lattice.steps_mm[1] * lattice.steps_mm[2]
        return cls(first, own, np.array(terms), middle, np.concatenate(shapes), surface, hu, depth_mm, column_mm2)

    def sum(self, of_columns: FloatArray) -> FloatArray:
        """Sums over each patch of what is told of its columns, (columns, ...) to (patches, ...)."""
        total: FloatArray = np.add.reduceat(of_columns, self.first, axis=0)
        return total

    def depths_mm(self, surface: FloatArray) -> FloatArray:
        """Depth of the patches' surfaces in each column, (columns,)."""
        return dot(self.shape, surface[self.own])


def surface_terms(offset_mm: FloatArray, terms: BoolArray) -> FloatArray:
    """What the surface is a sum of, in each column: a constant, two slopes, and curvatures, 0 if they can't be seen."""
    y, x = offset_mm.T
    return np.column_stack([np.ones(len(x)), y, x, y**2, x**2, y * x]) * terms


def samples_of(lattice: Lattice, patch: Steps, at_mm: FloatArray, scale: Scale) -> tuple[FloatArray, FloatArray]:
    """HU and depth of the voxels within reach of some depth in each column, each (columns, samples)."""
    step = lattice.steps_mm[0]
    up = max(2, round(scale.above_mm / step))
    down = min(up, max(1, round(scale.below_mm / step))) if scale.below_mm < scale.above_mm else up
    middle = np.rint(at_mm / step).astype(np.int64)
    rows = np.clip(middle[:, None] + np.arange(-up, down + 1), 0, lattice.hu.shape[0] - 1)
    hu = lattice.hu[rows, patch.column[:, :1], patch.column[:, 1:]].astype(np.float64)
    return hu, rows * step


def dot(one: FloatArray, other: FloatArray) -> FloatArray:
    """Sums of products along rows, (n,); not by BLAS: its sums differ with the number of cores."""
    total: FloatArray = np.einsum("ij,ij->i", one, other)
    return total
