"""Body and bones at 4 mm: small, and all that is needed to lay two dates over one another."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.grid import BoolArray, FloatArray, Grid, Index3

COARSE_MM = 4.0


def write_registration(analysis: CTAnalysis, path: Path) -> None:
    """Write ``body`` (0 or 1), ``bones`` (ids of ``skeleton.bones``) and ``affine_lps`` as .npz.

    A coarse voxel belongs to what fills at least half of it. ``affine_lps`` takes its center (slice, row, column, 1)
    to mm, left, posterior, superior.
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
    _write_npz(path, {"body": body, "bones": bones, "affine_lps": _coarse_affine(grid, blocks)})


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
