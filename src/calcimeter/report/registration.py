"""Body and bones at 4 mm: small, and all that is needed to lay two dates over one another."""

from __future__ import annotations

from io import BytesIO
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from calcimeter.geometry.distance import surface_index
from calcimeter.model.anatomy import Mask

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.grid import BoolArray, FloatArray, Grid, Index3

COARSE_MM = 4.0
SURFACE_POINTS = 4000


def write_registration(analysis: CTAnalysis, path: Path) -> None:
    """Write ``body`` (0 or 1), ``bones`` (ids of ``skeleton.bones``) and ``affine_lps`` as .npz, and surfaces of bones.

    A coarse voxel belongs to what fills at least half of it. ``affine_lps`` takes its center (slice, row, column, 1)
    to mm, left, posterior, superior. ``surface_mm`` (n, 3) are points on the surfaces of the bones in full resolution,
    LPS, at most ``SURFACE_POINTS`` of each, ``surface_normal`` (n, 3) points outward there, and ``surface_bone`` (n)
    says of which bone.
    """
    grid = analysis.study.volume.grid
    blocks = _blocks(grid)
    shape = grid.shape
    body = np.zeros([-(-n // b) for n, b in zip(shape, blocks, strict=True)], dtype=np.uint8)
    bones = np.zeros(body.shape, dtype=analysis.anatomy.skeleton.labels.dtype)
    whole = (slice(0, shape[1]), slice(0, shape[2]))
    for k, start in enumerate(range(0, shape[0], blocks[0])):
        slab = slice(start, min(start + blocks[0], shape[0]))
        body[k] = _half_full(analysis.anatomy.body.within((slab, *whole)), blocks)
        labels = analysis.anatomy.skeleton.labels[slab]
        if labels.any():
            bones[k] = _reduced(labels.max(axis=0), np.maximum, blocks) * _half_full(labels > 0, blocks)
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "body": body,
        "bones": bones,
        "affine_lps": _coarse_affine(grid, blocks),
    }
    _write_npz(path, {**arrays, **_surfaces(analysis)})


def _surfaces(analysis: CTAnalysis) -> dict[str, npt.NDArray[np.generic]]:
    """Points of every bone's surface, evenly many of them, with normals; none where no bone was found."""
    labels, grid = analysis.anatomy.skeleton.labels, analysis.study.volume.grid
    index = surface_index(Mask.from_bool(labels > 0)).astype(np.int64)
    of_bone = labels[tuple(index.T)]
    kept = [np.zeros(0, dtype=np.int64)]
    for bone in analysis.anatomy.skeleton.bones:
        own = np.flatnonzero(of_bone == bone.id)
        kept.append(own[:: max(1, -(-len(own) // SURFACE_POINTS))])
    chosen = np.concatenate(kept)
    return {
        "surface_mm": grid.to_patient(index[chosen]).astype(np.float32).reshape(-1, 3),
        "surface_normal": _normals(labels, index[chosen], grid).astype(np.float16),
        "surface_bone": of_bone[chosen],
    }


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


def _write_npz(path: Path, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    """As ``numpy.savez_compressed``, but without the time of day in the archive."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    with ZipFile(path, "w") as archive:
        for name, values in arrays.items():
            member = ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = ZIP_DEFLATED
            member.create_system = 3
            content = BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(values), allow_pickle=False)
            archive.writestr(member, content.getvalue())
