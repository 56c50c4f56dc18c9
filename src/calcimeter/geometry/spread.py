"""Dilation of bit-packed rows by a ball or disk: 64 voxels a machine word, in slabs that stay in the cache."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.lanes import in_lanes

Words = npt.NDArray[np.uint64]
Spacing = tuple[float, float, float]

SLAB_WORDS = 1 << 14
"""Words of a slab: its copies fit into the cache of a core."""


class Ball(NamedTuple):
    """A digital ball or disk.

    Parameters
    ----------
    rings : tuple of (int, tuple of (int, int))
        Half widths in columns, the smallest first, and the offsets in slices and rows that have them. Offsets in
        slices are 0 or above: below it is the same.
    reach : tuple of int
        Slices, rows and columns from the middle to the farthest.
    """

    rings: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]
    reach: tuple[int, int, int]


@lru_cache(maxsize=256)
def ball_of(radius_mm: float, spacing_mm: Spacing, *, in_plane: bool) -> Ball:
    """The ball of a radius, exact on an anisotropic grid; in plane the disk."""
    dz, dr, dc = spacing_mm
    offsets: dict[int, list[tuple[int, int]]] = {}
    for k in range(1 if in_plane else int(radius_mm / dz + 1e-9) + 1):
        rest = max(radius_mm**2 - (k * dz) ** 2, 0.0)
        rows = int(np.sqrt(rest) / dr + 1e-9)
        for r in range(-rows, rows + 1):
            half_width = int(np.sqrt(max(rest - (r * dr) ** 2, 0.0)) / dc + 1e-9)
            offsets.setdefault(half_width, []).append((k, r))
    every = [offset for ring in offsets.values() for offset in ring]
    reach = (max(k for k, _ in every), max(r for _, r in every), max(offsets))
    return Ball(tuple((width, tuple(offsets[width])) for width in sorted(offsets)), reach)


def spread(words: Words, ball: Ball) -> Words:
    """Rows of bits (slices, rows, words), each bit spread over a ball around it; bits beyond the last column too."""
    out = np.zeros(words.shape, dtype=np.uint64)
    slices, reach = len(words), ball.reach[0]
    step = max(1, SLAB_WORDS // max(1, words[:1].size))

    def fill(first: int, last: int) -> None:
        low, high = max(first - reach, 0), min(last + reach, slices)
        for start in range(low, high, step):
            slab = np.ascontiguousarray(words[start : min(start + step, high)])
            if not slab.any():
                continue
            for k, part in enumerate(_spread_slab(slab, ball)):
                for shift in {k, -k}:
                    a, b = max(start + shift, first), min(start + shift + len(slab), last)
                    if a < b:
                        out[a:b] |= part[a - start - shift : b - start - shift]

    far = slices < 16 * reach  # lanes would go over much of the same slices
    in_lanes(fill, slices, 0 if far else words.nbytes * (reach + 1) * (ball.reach[1] + ball.reach[2] + 1))
    return out


def _spread_slab(slab: Words, ball: Ball) -> list[Words]:
    """What some slices give to those at each offset."""
    parts = [np.zeros(slab.shape, dtype=np.uint64) for _ in range(ball.reach[0] + 1)]
    rows, width, widened = slab.shape[1], 0, slab
    for half_width, offsets in ball.rings:
        while width < half_width:
            widened = _widened(widened)
            width += 1
        for k, r in offsets:
            if abs(r) < rows:
                parts[k][:, max(r, 0) : rows + min(r, 0)] |= widened[:, max(-r, 0) : rows + min(-r, 0)]
    return parts


def _widened(words: Words) -> Words:
    """One column wider on both sides. Words are handled as one line, and the carry across ends of rows is dropped."""
    one, top = np.uint64(1), np.uint64(63)
    out = words << one
    carry = words >> one
    out |= carry
    out |= words
    if words.shape[2] > 1:
        line = out.reshape(-1)
        np.right_shift(words, top, out=carry)
        carry[..., -1] = 0
        line[1:] |= carry.reshape(-1)[:-1]
        np.left_shift(words, top, out=carry)
        carry[..., 0] = 0
        line[:-1] |= carry.reshape(-1)[1:]
    return out
