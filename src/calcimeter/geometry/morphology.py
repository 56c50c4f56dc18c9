"""Thresholds and morphology on bit-packed masks, with balls and disks given in mm.

A row of 64 voxels is one machine word, so that dilating a whole-body mask costs a few passes over an eighth of its
size. Structuring elements are exact digital balls of the given radius on an anisotropic grid.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.runs import label_runs, paint, runs_of
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, Index3

Words = npt.NDArray[np.uint64]
Spacing = tuple[float, float, float]


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
    slices = values.shape[0]
    rows, columns = -(-values.shape[1] // factor), -(-values.shape[2] // factor)
    words = np.zeros((slices, rows, -(-columns // 64)), dtype=np.uint64)
    octets = words.view(np.uint8)
    for k in range(slices):
        plane = values[k] > low
        if np.isfinite(high):
            plane &= values[k] < high
        if factor > 1:
            plane = _pool(plane, factor)
        octets[k, :, : -(-columns // 8)] = np.packbits(plane, axis=1, bitorder="little")
    return Mask(words, (slices, rows, columns))


def pool(mask: Mask, factor: int) -> Mask:
    """In-plane reduction: a coarse voxel is set where any of its factor x factor voxels is."""
    if factor == 1:
        return mask
    shape = (mask.shape[0], -(-mask.shape[1] // factor), -(-mask.shape[2] // factor))
    if factor == 2:
        return Mask(_halved(mask.words, shape), shape)
    coarse = np.zeros(shape, dtype=bool)
    for k in np.flatnonzero(mask.words.any(axis=(1, 2))):
        coarse[k] = _pool(mask.plane(int(k)), factor)
    return Mask.from_bool(coarse)


def unpool(mask: Mask, factor: int, shape: Index3) -> Mask:
    """A coarse mask on the fine grid: each coarse voxel becomes factor x factor voxels."""
    if factor == 1:
        return mask
    if factor == 2:
        return Mask(_doubled(mask.words, shape), shape)
    words = np.zeros((shape[0], shape[1], -(-shape[2] // 64)), dtype=np.uint64)
    octets = words.view(np.uint8)
    for k in np.flatnonzero(mask.words.any(axis=(1, 2))):
        plane = mask.plane(int(k)).repeat(factor, axis=1)[:, : shape[2]]
        packed = np.packbits(plane, axis=1, bitorder="little")
        octets[k, :, : packed.shape[1]] = packed.repeat(factor, axis=0)[: shape[1]]
    return Mask(words, shape)


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


def _halved(words: Words, shape: Index3) -> Words:
    """Words of the mask at half the rows and columns, a bit being set where any of its four is."""
    rows = words[:, 0::2].copy()
    rows[:, : words.shape[1] // 2] |= words[:, 1::2]
    rows |= rows >> np.uint64(1)
    rows &= _EVEN[0]
    for step, keep in enumerate(_EVEN[1:]):
        rows |= rows >> np.uint64(1 << step)
        rows &= keep
    out = np.zeros((*shape[:2], -(-shape[2] // 64)), dtype=np.uint64)
    out |= rows[:, :, 0::2]
    out[:, :, : rows.shape[2] // 2] |= rows[:, :, 1::2] << np.uint64(32)
    return out


def _doubled(words: Words, shape: Index3) -> Words:
    """Words of the mask at twice the rows and columns."""
    halves = np.zeros((*words.shape[:2], -(-shape[2] // 64)), dtype=np.uint64)
    halves[:, :, 0::2] = (words & _EVEN[5])[:, :, : -(-halves.shape[2] // 2)]
    halves[:, :, 1::2] = (words >> np.uint64(32))[:, :, : halves.shape[2] // 2]
    for step in range(4, -1, -1):
        halves |= halves << np.uint64(1 << step)
        halves &= _EVEN[step]
    halves |= halves << np.uint64(1)
    _clear_unused(halves, shape[2])
    return halves.repeat(2, axis=1)[:, : shape[1]]


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
    element = _half_widths(radius_mm, spacing_mm, in_plane=in_plane)
    out = np.zeros_like(mask.words)
    widened = mask.words
    width = 0
    for half_width in sorted(set(element.values())):
        while width < half_width:
            widened = _widen(widened)
            width += 1
        for (dk, dr), w in element.items():
            if w == half_width:
                _or_shifted(out, widened, dk, dr)
    _clear_unused(out, mask.shape[2])
    return Mask(out, mask.shape)


def erode(mask: Mask, radius_mm: float, spacing_mm: Spacing, *, in_plane: bool = False) -> Mask:
    """Erosion by a ball or disk; beyond the volume's border the mask is taken to go on."""
    return complement(dilate(complement(mask), radius_mm, spacing_mm, in_plane=in_plane))


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


def _half_widths(radius_mm: float, spacing_mm: Spacing, *, in_plane: bool) -> dict[tuple[int, int], int]:
    """Half width in columns of the ball at each offset in slices and rows."""
    dz, dr, dc = spacing_mm
    reach = 0 if in_plane else int(radius_mm / dz + 1e-9)
    widths = {}
    for k in range(-reach, reach + 1):
        rest = max(radius_mm**2 - (k * dz) ** 2, 0.0)
        rows = int(np.sqrt(rest) / dr + 1e-9)
        for r in range(-rows, rows + 1):
            widths[k, r] = int(np.sqrt(max(rest - (r * dr) ** 2, 0.0)) / dc + 1e-9)
    return widths


def _widen(words: Words) -> Words:
    """One column wider on both sides."""
    one, top = np.uint64(1), np.uint64(63)
    out: Words = words | (words << one) | (words >> one)
    out[..., 1:] |= words[..., :-1] >> top
    out[..., :-1] |= words[..., 1:] << top
    return out


def _or_shifted(out: Words, words: Words, dk: int, dr: int) -> None:
    """Or the words, moved by slices and rows, into out."""
    slices, rows = words.shape[:2]
    to = (slice(max(dk, 0), slices + min(dk, 0)), slice(max(dr, 0), rows + min(dr, 0)))
    of = (slice(max(-dk, 0), slices + min(-dk, 0)), slice(max(-dr, 0), rows + min(-dr, 0)))
    if to[0].start < to[0].stop and to[1].start < to[1].stop:
        out[to] |= words[of]


def _clear_unused(words: Words, columns: int) -> None:
    """Set the bits beyond the last column to 0."""
    rest = columns % 64
    if rest:
        words[..., -1] &= np.uint64((1 << rest) - 1)
