"""Body, bones and HU at a few millimeters, and points of bones' surfaces: what comparing two scans needs."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.distance import surface_index
from calcimeter.model.anatomy import Anatomy, Mask
from calcimeter.model.grid import BoolArray, FloatArray, Grid, Index3
from calcimeter.model.volume import Volume

COARSE_MM = 4.0
SURFACE_POINTS = 4000
LOWEST_HU, STEP_HU = np.float32(-1000), np.float32(8)
"""Of a byte that stands for HU."""


class Coarse(NamedTuple):
    """Body and bones on a coarse grid.

    Parameters
    ----------
    body : ndarray of uint8, (slices, rows, columns)
        1 where the body fills at least half of the voxel.
    bones : ndarray of integer
        Ids of the skeleton's bones there, 0 where none fills half.
    affine_lps : ndarray, (4, 4)
        From the index of a coarse voxel to the LPS mm of its center.
    """

    body: npt.NDArray[np.uint8]
    bones: npt.NDArray[np.integer]
    affine_lps: FloatArray


class SurfacePoints(NamedTuple):
    """Points on the surfaces of the bones in full resolution, at most ``SURFACE_POINTS`` of each.

    Parameters
    ----------
    points_mm : ndarray of float32, (n, 3)
        LPS mm.
    normals : ndarray of float16, (n, 3)
        Unit vectors outward.
    bone : ndarray of integer, (n,)
        Of which bone, by id.
    """

    points_mm: npt.NDArray[np.float32]
    normals: npt.NDArray[np.float16]
    bone: npt.NDArray[np.integer]


def coarsened(anatomy: Anatomy, grid: Grid) -> Coarse:
    """Body and bones at about 4 mm."""
    blocks = _blocks(grid)
    shape = grid.shape
    labels = anatomy.skeleton.labels
    body = np.zeros([-(-n // b) for n, b in zip(shape, blocks, strict=True)], dtype=np.uint8)
    bones = np.zeros(body.shape, dtype=labels.dtype)
    whole = (slice(0, shape[1]), slice(0, shape[2]))
    for k, start in enumerate(range(0, shape[0], blocks[0])):
        slab = slice(start, min(start + blocks[0], shape[0]))
        body[k] = _half_full(anatomy.body.within((slab, *whole)), blocks)
        if labels[slab].any():
            bones[k] = _reduced(labels[slab].max(axis=0), np.maximum, blocks) * _half_full(labels[slab] > 0, blocks)
    return Coarse(body, bones, _coarse_affine(grid, blocks))


def surface_points(anatomy: Anatomy, grid: Grid) -> SurfacePoints:
    """Evenly many points of every bone's surface, with normals; none where no bone was found."""
    labels = anatomy.skeleton.labels
    index = surface_index(Mask.from_bool(labels > 0)).astype(np.int64)
    of_bone = labels[tuple(index.T)]
    kept = [np.zeros(0, dtype=np.int64)]
    for bone in anatomy.skeleton.bones:
        own = np.flatnonzero(of_bone == bone.id)
        kept.append(own[:: max(1, -(-len(own) // SURFACE_POINTS))])
    chosen = np.concatenate(kept)
    return SurfacePoints(
        grid.to_patient(index[chosen]).astype(np.float32).reshape(-1, 3),
        _normals(labels, index[chosen], grid).astype(np.float16),
        of_bone[chosen],
    )


def coarse_code(volume: Volume) -> npt.NDArray[np.uint8]:
    """Mean HU on the grid of ``Coarse``, as (HU + 1000) / 8: what stays of a place where no deposit is."""
    blocks = _blocks(volume.grid)
    edges = [np.arange(0, n, b) for n, b in zip(volume.grid.shape, blocks, strict=True)]
    sizes = [np.diff(np.append(edge, n)) for edge, n in zip(edges, volume.grid.shape, strict=True)]
    code = np.zeros([len(edge) for edge in edges], dtype=np.uint8)
    for k, start in enumerate(edges[0]):
        total = volume.values[start : start + blocks[0]].sum(axis=0, dtype=np.float32)
        total = np.add.reduceat(np.add.reduceat(total, edges[1], axis=0), edges[2], axis=1)
        mean = total / (sizes[0][k] * sizes[1][:, None] * sizes[2][None, :])
        code[k] = np.clip(np.rint((mean - LOWEST_HU) / STEP_HU), 0, 255)
    return code


def coarse_hu(code: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """HU of ``coarse_code``."""
    return code.astype(np.float32) * STEP_HU + LOWEST_HU


def _normals(labels: npt.NDArray[np.generic], index: npt.NDArray[np.int64], grid: Grid) -> FloatArray:
    """Outward unit vectors in LPS: away from the middle of the bone within two voxels."""
    inward = np.zeros((len(index), 3))
    width_mm = max(grid.spacing_mm)
    last = np.array(labels.shape) - 1
    for offset in product(range(-2, 3), repeat=3):
        way_mm = grid.affine[:3, :3] @ offset
        inside = labels[tuple(np.clip(index + offset, 0, last).T)] > 0
        inward += np.outer(inside, way_mm * np.exp(-0.5 * (way_mm @ way_mm) / width_mm**2))
    length = np.linalg.norm(inward, axis=1, keepdims=True)
    outward: FloatArray = -inward / np.maximum(length, 1e-6)
    return outward


def _blocks(grid: Grid) -> Index3:
    """Voxels along each axis that make about 4 mm."""
    a, b, c = (max(1, round(COARSE_MM / spacing)) for spacing in grid.spacing_mm)
    return (a, b, c)


def _half_full(slab: BoolArray, blocks: Index3) -> BoolArray:
    counts = _reduced(slab.sum(axis=0, dtype=np.uint16), np.add, blocks)
    half = blocks[0] * blocks[1] * blocks[2] / 2
    full: BoolArray = np.greater_equal(counts, half)
    return full


def _reduced(plane: npt.NDArray[np.generic], how: np.ufunc, blocks: Index3) -> npt.NDArray[np.generic]:
    """A plane (rows, columns) block by block; blocks at the far border may be smaller."""
    rows = how.reduceat(plane, np.arange(0, plane.shape[0], blocks[1]), axis=0)
    reduced: npt.NDArray[np.generic] = how.reduceat(rows, np.arange(0, plane.shape[1], blocks[2]), axis=1)
    return reduced


def _coarse_affine(grid: Grid, blocks: Index3) -> FloatArray:
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_patient([(b - 1) / 2 for b in blocks])
    affine[:3, :3] *= blocks
    return affine
