"""From parts to voxels: what share of each voxel a part fills, and with what.

Cells of the grid are taken apart only where a border passes: cells of 16 x 32 x 32 voxels, blocks of 4 x 8 x 8, voxels,
and last the samples inside a voxel. A solid's distance never overstates, so nothing thin is jumped over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray, Grid
from calcimeter.phantom.parts import Part

CELL = (16, 32, 32)
BLOCK = (4, 8, 8)
ONE = (1, 1, 1)
SAMPLES_AT_ONCE = 200_000
Slices = tuple[slice, slice, slice]
Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Lattice:
    """Voxels that may be thicker or thinner than the slices' step.

    Parameters
    ----------
    grid : Grid
    thickness : float
        Extent of a voxel along the slices, in slice steps.
    """

    grid: Grid
    thickness: float = 1.0

    def half_diagonal_mm(self, voxels: tuple[int, ...]) -> float:
        """Distance from the center of a block of so many voxels to its farthest corner; a little more, for rounding."""
        signs = np.array([(1, 1, 1), (1, 1, -1), (1, -1, 1), (1, -1, -1)])
        extent = np.array(voxels) - 1 + np.array([self.thickness, 1, 1])
        tips = (signs * extent / 2) @ self.grid.affine[:3, :3].T
        return float(np.linalg.norm(tips, axis=1).max()) + 1e-3

    def inside_voxel_mm(self, n: int) -> FloatArray:
        """Offsets (n^3, 3) from a voxel's center that divide it evenly."""
        steps = (np.arange(n) + 0.5) / n - 0.5
        offsets = np.stack(np.meshgrid(steps * self.thickness, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
        spread: FloatArray = offsets @ self.grid.affine[:3, :3].T
        return spread


@dataclass(frozen=True, slots=True)
class Cell:
    """A box of the grid that a part fills wholly or partly.

    Parameters
    ----------
    where : tuple of slices
    share : float or ndarray of the box's shape
        Filled share of each voxel, 0 to 1; a plain 1 where the whole cell is uniform.
    hu : float or ndarray
        Mean HU of the filled share; 0 where nothing is filled.
    """

    where: Slices
    share: float | Floats
    hu: float | Floats


def cells(part: Part, lattice: Lattice) -> Iterator[Cell]:
    """Every cell of the grid that the part reaches."""
    for where in _cells_of_box(part, lattice):
        start, stop = (np.array(edge) for edge in zip(*((s.start, s.stop) for s in where), strict=True))
        hu, clearance = part.paint(_points(lattice.grid, (start + stop - 1)[None] / 2))
        if clearance[0] <= lattice.half_diagonal_mm(tuple(stop - start)):
            yield _divided(part, lattice, where)
        elif not np.isnan(hu[0]):
            yield Cell(where, 1.0, float(hu[0]))


def integrals(part: Part, grid: Grid) -> tuple[float, float]:
    """Filled volume in mm3, and the integral of HU over it in HU mm3."""
    volume = content = 0.0
    for cell in cells(part, Lattice(grid)):
        share = np.broadcast_to(np.asarray(cell.share), tuple(s.stop - s.start for s in cell.where))
        volume += float(share.sum(dtype=np.float64))
        content += float((share * cell.hu).sum(dtype=np.float64))
    return volume * grid.voxel_mm3, content * grid.voxel_mm3


def _cells_of_box(part: Part, lattice: Lattice) -> Iterator[Slices]:
    """Cells that meet the part's box."""
    low, high = (np.clip(corner, -1e5, 1e5) for corner in part.envelope.box_mm)
    tips = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, 8).T
    index = lattice.grid.to_index(tips)
    margin = np.array([lattice.thickness, 1.0, 1.0])
    first = np.maximum(np.floor(index.min(axis=0) - margin), 0).astype(int)
    last = np.minimum(np.ceil(index.max(axis=0) + margin) + 1, lattice.grid.shape).astype(int)
    for s in range(first[0], last[0], CELL[0]):
        for r in range(first[1], last[1], CELL[1]):
            for c in range(first[2], last[2], CELL[2]):
                stop = np.minimum(np.array((s, r, c)) + CELL, last)
                yield (slice(s, int(stop[0])), slice(r, int(stop[1])), slice(c, int(stop[2])))


def _divided(part: Part, lattice: Lattice, where: Slices) -> Cell:
    """The cell voxel by voxel; voxels that a border may cross, sample by sample."""
    shape = tuple(s.stop - s.start for s in where)
    start = np.array([s.start for s in where])
    share, hu = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)

    blocks = np.argwhere(np.ones([-(-n // b) for n, b in zip(shape, BLOCK, strict=True)], dtype=bool)) * BLOCK
    value, clearance = part.paint(_points(lattice.grid, blocks + start + (np.array(BLOCK) - 1) / 2))
    crossed = clearance <= lattice.half_diagonal_mm(BLOCK)
    plain = ~crossed & ~np.isnan(value)
    for block, constant in zip(blocks[plain], value[plain], strict=True):
        box = tuple(slice(b, b + n) for b, n in zip(block, BLOCK, strict=True))
        share[box], hu[box] = 1, constant

    voxels = (blocks[crossed][:, None] + np.argwhere(np.ones(BLOCK, dtype=bool))).reshape(-1, 3)
    voxels = voxels[(voxels < shape).all(axis=1)]
    if len(voxels):
        index = tuple(voxels.T)
        share[index], hu[index] = _voxels(part, lattice, voxels + start)
    return Cell(where, share, hu)


def _voxels(part: Part, lattice: Lattice, index: Indices) -> tuple[Floats, Floats]:
    """Filled share and mean HU of single voxels (n, 3), sampled where a border may cross."""
    value, clearance = part.paint(_points(lattice.grid, index))
    share = (~np.isnan(value)).astype(np.float32)
    hu = np.where(share > 0, value, np.float32(0))
    offsets = lattice.inside_voxel_mm(part.samples)
    crossed = np.flatnonzero(clearance <= lattice.half_diagonal_mm(ONE))
    at_once = max(1, SAMPLES_AT_ONCE // len(offsets))
    for first in range(0, len(crossed), at_once):
        some = crossed[first : first + at_once]
        points = lattice.grid.to_patient(index[some])[:, None] + offsets
        value, _ = part.paint(np.ascontiguousarray(points.reshape(-1, 3).T, dtype=np.float32))
        value = value.reshape(len(some), -1)
        inside = ~np.isnan(value)
        count = inside.sum(axis=1)
        share[some] = count / len(offsets)
        hu[some] = np.where(inside, value, 0).sum(axis=1) / np.maximum(count, 1)
    return share, hu


def _points(grid: Grid, index: FloatArray | Indices) -> Floats:
    """LPS points (3, n) of indices (n, 3)."""
    return np.ascontiguousarray(grid.to_patient(index).T, dtype=np.float32)
