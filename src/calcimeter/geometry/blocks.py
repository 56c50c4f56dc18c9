"""Blocks of voxels: which of them a mask fills, and what their values are like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.lanes import in_lanes
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray, Index3


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Blocks of equal size from the first voxel on; what is left over at the far ends belongs to none.

    Parameters
    ----------
    size : tuple of int
        Voxels of a block along each axis.
    full : ndarray of bool, (blocks along each axis)
        Blocks that the mask fills.
    mean, sd : ndarray of float64
        Of the values of the full blocks; 0 elsewhere.
    highest : ndarray of float32
        The highest value of each block, of its slices that hold something of the mask; minus infinity elsewhere.
    """

    size: Index3
    full: BoolArray
    mean: FloatArray
    sd: FloatArray
    highest: npt.NDArray[np.float32]


def dense_blocks(
    values: npt.NDArray[np.generic], mask: Mask, size_mm: float, spacing_mm: tuple[float, float, float], share: float
) -> Blocks:
    """Blocks of about a size, at least two voxels along each axis, and which of them a mask fills.

    Parameters
    ----------
    values : ndarray, (slices, rows, columns)
    mask : Mask
    size_mm : float
    spacing_mm : tuple of float
    share : float
        A block is full if at least this share of its voxels is in the mask.
    """
    size = [max(2, round(size_mm / s)) for s in spacing_mm]
    shape = [max(1, n // s) for n, s in zip(values.shape, size, strict=True)]
    size = [min(s, n) for s, n in zip(size, values.shape, strict=True)]
    blocks = (size[0], size[1], size[2])
    full = _count(mask, shape, blocks) >= share * np.prod(size)
    mean, sd = np.zeros(shape), np.zeros(shape)
    mean[full], sd[full] = _moments(values, np.argwhere(full), size)
    return Blocks(blocks, full, mean, sd, _highest(values, mask, shape, blocks))


def _count(mask: Mask, shape: list[int] | Index3, size: Index3) -> npt.NDArray[np.int32]:
    """Voxels of each block that lie in a mask."""
    count = np.zeros(shape, dtype=np.int32)
    rows, columns = shape[1] * size[1], shape[2] * size[2]

    def fill(first: int, last: int) -> None:
        for b in range(first, last):
            inside = [mask.plane(k, 0, rows) for k in _used(mask, b, size[0])]
            if inside:
                along = np.add.reduce([plane.view(np.uint8) for plane in inside], dtype=np.uint16)[:, :columns]
                across = np.add.reduce([along[r :: size[1]] for r in range(size[1])], dtype=np.int32)
                count[b] = np.add.reduce([across[:, c :: size[2]] for c in range(size[2])], dtype=np.int32)

    in_lanes(fill, shape[0], mask.words.nbytes * 8)
    return count


def _used(mask: Mask, block: int, slices: int) -> list[int]:
    """The slices of a block in which there is something of a mask."""
    return [k for k in range(block * slices, (block + 1) * slices) if mask.words[k].any()]


def _highest(values: npt.NDArray[np.generic], mask: Mask, shape: list[int], size: Index3) -> npt.NDArray[np.float32]:
    """The highest value of each block, of those planes of it in which there is something of a mask."""
    highest = np.full(shape, -np.inf, dtype=np.float32)
    rows, columns = shape[1] * size[1], shape[2] * size[2]

    def fill(first: int, last: int) -> None:
        for b in range(first, last):
            planes = [values[k, :rows, :columns] for k in _used(mask, b, size[0])]
            if planes:
                tops = _maximum(planes)
                tops = _maximum([tops[r :: size[1]] for r in range(size[1])])
                highest[b] = _maximum([tops[:, c :: size[2]] for c in range(size[2])])

    in_lanes(fill, shape[0], values.nbytes)
    return highest


def _maximum(arrays: list[npt.NDArray[np.generic]]) -> npt.NDArray[np.generic]:
    """The highest of some arrays at each place."""
    highest = arrays[0]
    for other in arrays[1:]:
        highest = np.maximum(highest, other)
    return highest


def _moments(
    values: npt.NDArray[np.generic], at: npt.NDArray[np.int64], size: list[int]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Mean and standard deviation of some blocks."""
    offsets = np.stack(np.meshgrid(*[np.arange(s) for s in size], indexing="ij"), axis=-1).reshape(-1, 3)
    voxels = at[:, None] * np.array(size) + offsets[None]
    inside = values[voxels[..., 0], voxels[..., 1], voxels[..., 2]].astype(np.float32)
    return inside.mean(axis=1), inside.std(axis=1)


def share_facing(pool: BoolArray, goal: BoolArray, reach: Index3) -> float:
    """Share of a pool's outer faces beyond which a goal lies, straight outward within a reach in blocks.

    Beyond the border of the arrays there is nothing. The pool holds at least one block.
    """
    faces = met = 0
    for axis in range(3):
        for own, wall in ((pool, goal), (np.flip(pool, axis), np.flip(goal, axis))):
            own, wall = np.moveaxis(own, axis, 0), np.moveaxis(wall, axis, 0)
            leaving = own.copy()
            leaving[:-1] &= ~own[1:]
            beyond = np.zeros_like(own)
            for step in range(1, reach[axis] + 1):
                beyond[:-step] |= wall[step:]
            faces += int(leaving.sum())
            met += int((leaving & beyond).sum())
    return met / faces


def block_share(mask: Mask, blocks: Blocks) -> FloatArray:
    """Share of each block's voxels that lie in a mask, (blocks along each axis)."""
    first, second, third = blocks.full.shape
    share: FloatArray = _count(mask, (first, second, third), blocks.size) / float(np.prod(blocks.size))
    return share
