"""Thresholds and morphology on bit-packed masks, with balls and disks given in mm.

A row of 64 voxels is one machine word, so that dilating a whole-body mask costs a few passes over an eighth of its
size. Structuring elements are exact digital balls of the given radius on an anisotropic grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.lanes import in_lanes
from calcimeter.geometry.runs import label_runs, paint, runs_of
from calcimeter.geometry.spread import Ball, Spacing, Words, ball_of, spread
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, Index3


def threshold(values: npt.NDArray[np.generic], low: float, high: float = np.inf, factor: int = 1) -> Mask:
    """Voxels with low < value < high.

    Parameters
    ----------
    values : ndarray, (slices, rows, columns)
    low, high : float
        Open interval.
    factor : int
        In-plane reduction: a coarse voxel is set where any of its factor x factor voxels is.
    """
    slices, rows, columns = values.shape[0], -(-values.shape[1] // factor), -(-values.shape[2] // factor)
    words = np.zeros((slices, rows, -(-columns // 64)), dtype=np.uint64)
    octets = words.view(np.uint8)
    if values.dtype.kind in "iu":  # whole numbers against whole numbers: four times as fast
        low, high = (end if np.isinf(end) else turn(end) for end, turn in ((low, math.floor), (high, math.ceil)))

    def fill(first: int, last: int) -> None:
        for k in range(first, last):
            plane = values[k] > low
            if math.isfinite(high):
                plane &= values[k] < high
            if factor > 1:
                plane = _pool(plane, factor)
            octets[k, :, : -(-columns // 8)] = np.packbits(plane, axis=1, bitorder="little")

    in_lanes(fill, slices, values.nbytes)
    return Mask(words, (slices, rows, columns))


def some_slices(mask: Mask, slices: slice) -> Mask:
    """Some of the slices as a mask of their own, a view; empty of none."""
    words = mask.words[slices]
    return Mask(words, (len(words), mask.shape[1], mask.shape[2]))


def pool(mask: Mask, factor: int) -> Mask:
    """In-plane reduction: a coarse voxel is set where any of its factor x factor voxels is."""
    if factor == 1:
        return mask
    shape = (mask.shape[0], -(-mask.shape[1] // factor), -(-mask.shape[2] // factor))
    if factor == 2:
        return Mask(_in_slabs(_halved, mask.words, shape), shape)
    coarse = np.zeros(shape, dtype=bool)
    for k in np.flatnonzero(mask.words.any(axis=(1, 2))):
        coarse[k] = _pool(mask.plane(int(k)), factor)
    return Mask.from_bool(coarse)


def unpool(mask: Mask, factor: int, shape: Index3) -> Mask:
    """A coarse mask on the fine grid: each coarse voxel becomes factor x factor voxels."""
    if factor == 1:
        return mask
    if factor == 2:
        return Mask(_in_slabs(lambda words: _doubled(words, shape), mask.words, shape), shape)
    words = np.zeros((shape[0], shape[1], -(-shape[2] // 64)), dtype=np.uint64)
    octets = words.view(np.uint8)
    for k in np.flatnonzero(mask.words.any(axis=(1, 2))):
        plane = mask.plane(int(k)).repeat(factor, axis=1)[:, : shape[2]]
        packed = np.packbits(plane, axis=1, bitorder="little")
        octets[k, :, : packed.shape[1]] = packed.repeat(factor, axis=0)[: shape[1]]
    return Mask(words, shape)


SLAB_SLICES = 8
"""Slices that are brought to another size in one go: they stay in the cache of a core."""

_EVEN = tuple(
    np.uint64(m)
    for m in (
        0x5555555555555555,
        0x3333333333333333,
        0x0F0F0F0F0F0F0F0F,
        0x00FF00FF00FF00FF,
        0x0000FFFF0000FFFF,
        0x00000000FFFFFFFF,
    )
)
"""Every other bit, pair, nibble, byte ...: the steps between bits side by side and bits a place apart."""


def _in_slabs(work: Callable[[Words], Words], words: Words, shape: Index3) -> Words:
    """What ``work`` makes of the words, a few slices at a time, as rows of a new shape."""
    out = np.zeros((*shape[:2], -(-shape[2] // 64)), dtype=np.uint64)

    def fill(first: int, last: int) -> None:
        for k in range(first, last, SLAB_SLICES):
            slab = words[k : min(k + SLAB_SLICES, last)]
            if slab.any():
                out[k : k + len(slab)] = work(slab)

    in_lanes(fill, shape[0], 4 * max(words.nbytes, out.nbytes))
    return out


def _halved(words: Words) -> Words:
    """Words of the mask at half the rows and columns, a bit being set where any of its four is."""
    rows = words[:, 0::2].copy()
    rows[:, : words.shape[1] // 2] |= words[:, 1::2]
    rows |= rows >> np.uint64(1)
    rows &= _EVEN[0]
    for step, keep in enumerate(_EVEN[1:]):
        rows |= rows >> np.uint64(1 << step)
        rows &= keep
    out = rows[:, :, 0::2].copy()
    out[:, :, : rows.shape[2] // 2] |= rows[:, :, 1::2] << np.uint64(32)
    return out


def _doubled(words: Words, shape: Index3) -> Words:
    """Words of the mask at twice the rows and columns."""
    halves = np.empty((*words.shape[:2], -(-shape[2] // 64)), dtype=np.uint64)
    halves[:, :, 0::2] = (words & _EVEN[5])[:, :, : -(-halves.shape[2] // 2)]
    halves[:, :, 1::2] = (words >> np.uint64(32))[:, :, : halves.shape[2] // 2]
    for step in range(4, -1, -1):
        halves |= halves << np.uint64(1 << step)
        halves &= _EVEN[step]
    halves |= halves << np.uint64(1)
    _clear_unused(halves, shape[2])
    out = np.empty((len(words), shape[1], halves.shape[2]), dtype=np.uint64)
    out[:, 0::2], out[:, 1::2] = halves, halves[:, : shape[1] // 2]
    return out


def expand(blocks: BoolArray, size: Index3, shape: Index3) -> Mask:
    """A mask of blocks on the fine grid; what the blocks do not cover at the far ends stays unset."""
    words = np.zeros((shape[0], shape[1], -(-shape[2] // 64)), dtype=np.uint64)
    octets = words.view(np.uint8)
    for b in np.flatnonzero(blocks.any(axis=(1, 2))):
        plane = blocks[b].repeat(size[2], axis=1)[:, : shape[2]]
        packed = np.packbits(plane, axis=1, bitorder="little").repeat(size[1], axis=0)[: shape[1]]
        octets[b * size[0] : (b + 1) * size[0], : packed.shape[0], : packed.shape[1]] = packed
    return Mask(words, shape)


def coarse_factor(spacing_mm: Spacing, coarse_mm: float) -> int:
    """In-plane reduction that brings columns nearest to a given size, at least 1."""
    return max(1, round(coarse_mm / spacing_mm[2]))


def _pool(plane: BoolArray, factor: int) -> BoolArray:
    """Any of each factor x factor block of a plane."""
    rows, columns = (-(-n // factor) * factor for n in plane.shape)
    if (rows, columns) != plane.shape:
        plane = np.pad(plane, ((0, rows - plane.shape[0]), (0, columns - plane.shape[1])))
    across = plane[0::factor].copy()
    for k in range(1, factor):
        across |= plane[k::factor]
    pooled = across[:, 0::factor].copy()
    for k in range(1, factor):
        pooled |= across[:, k::factor]
    return pooled


def dilate(mask: Mask, radius_mm: float, spacing_mm: Spacing, *, in_plane: bool = False) -> Mask:
    """Dilation by a ball, or by a disk within slices."""
    ball = ball_of(radius_mm, spacing_mm, in_plane=in_plane)
    out, box = np.zeros_like(mask.words), _box(mask, ball)
    out[box] = spread(mask.words[box], ball)
    _clear_unused(out, mask.shape[2])
    return Mask(out, mask.shape)


def erode(mask: Mask, radius_mm: float, spacing_mm: Spacing, *, in_plane: bool = False) -> Mask:
    """Erosion by a ball or disk; beyond the volume's border the mask is taken to go on."""
    ball = ball_of(radius_mm, spacing_mm, in_plane=in_plane)
    out, box = np.zeros_like(mask.words), _box(mask, ball)
    out[box] = ~spread(complement(mask).words[box], ball)
    _clear_unused(out, mask.shape[2])
    return Mask(out, mask.shape)


def opened(mask: Mask, radius_mm: float, spacing_mm: Spacing, *, in_plane: bool = False) -> Mask:
    """Opening: parts that the ball or disk does not fit into are gone."""
    return dilate(erode(mask, radius_mm, spacing_mm, in_plane=in_plane), radius_mm, spacing_mm, in_plane=in_plane)


def closed(mask: Mask, radius_mm: float, spacing_mm: Spacing, *, in_plane: bool = False) -> Mask:
    """Closing: gaps and holes that the ball or disk does not fit into are filled."""
    return erode(dilate(mask, radius_mm, spacing_mm, in_plane=in_plane), radius_mm, spacing_mm, in_plane=in_plane)


def complement(mask: Mask) -> Mask:
    """The voxels that are not set."""
    words = ~mask.words
    _clear_unused(words, mask.shape[2])
    return Mask(words, mask.shape)


def filled(mask: Mask, max_voxels: int | None = None) -> Mask:
    """The mask with every hole filled that does not reach the border of its slice (4-connected background).

    With ``max_voxels`` only holes of at most that many voxels in their slice are filled.
    """
    holes = runs_of(complement(mask))
    if len(holes) == 0:
        return mask
    labels, count = label_runs(holes, in_plane=True, faces=True)
    rows, columns = mask.shape[1:]
    row = holes.line % rows
    at_border = (row == 0) | (row == rows - 1) | (holes.start == 0) | (holes.stop == columns)
    open_air = np.zeros(count, dtype=bool)
    open_air[labels[at_border]] = True
    if max_voxels is not None:
        open_air |= np.bincount(labels, weights=holes.length, minlength=count) > max_voxels
    return mask | paint(holes.select(~open_air[labels]))


def _box(mask: Mask, ball: Ball) -> tuple[slice, slice, slice]:
    """The slices, rows and words of what is set and of what a ball around it reaches; empty where nothing is set."""
    words = mask.words
    across = np.bitwise_or.reduce(words, axis=0)
    used = (words.reshape(len(words), -1).any(axis=1), across.any(axis=1), across.any(axis=0))
    reach = (*ball.reach[:2], -(-ball.reach[2] // 64))
    found = [np.flatnonzero(each) for each in used]
    if len(found[0]) == 0:
        return (slice(0, 0), slice(0, 0), slice(0, 0))
    a, b, c = (slice(max(0, int(at[0]) - far), int(at[-1]) + 1 + far) for at, far in zip(found, reach, strict=True))
    return (a, b, c)


def _clear_unused(words: Words, columns: int) -> None:
    """Set the bits beyond the last column to 0."""
    rest = columns % 64
    if rest:
        words[..., -1] &= np.uint64((1 << rest) - 1)
