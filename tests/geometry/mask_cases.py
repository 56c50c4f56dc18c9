"""Masks for the tests of geometry: rows that fill no whole word or byte, single voxels, nothing and everything."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray

COLUMNS = (1, 2, 7, 8, 9, 15, 31, 63, 64, 65, 71, 127, 128, 130, 200)
"""Around the borders of bytes and of 64-bit words, where shifted bits get lost."""

SPACINGS = ((1.0, 1.0, 1.0), (3.27, 0.977, 0.977), (2.5, 0.703, 0.703), (0.625, 1.5, 0.8), (5.0, 0.5, 1.25))


@st.composite
def bool_volumes(draw: st.DrawFn, max_slices: int = 5, max_rows: int = 9) -> BoolArray:
    """A volume between empty and full, speckled or in lumps."""
    shape = (draw(st.integers(1, max_slices)), draw(st.integers(1, max_rows)), draw(st.sampled_from(COLUMNS)))
    kind = draw(st.sampled_from(("empty", "full", "one", "speckled", "lumps", "holes")))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "one":
        values = np.zeros(shape, dtype=bool)
        values[tuple(random.integers(0, n) for n in shape)] = True
        return values
    if kind == "speckled":
        return random.random(shape) < draw(st.sampled_from((0.02, 0.1, 0.4, 0.8)))
    if kind in ("lumps", "holes"):
        lumps = random.random([-(-n // 3) for n in shape]) < 0.35
        lumps = lumps.repeat(3, 0).repeat(3, 1).repeat(3, 2)[: shape[0], : shape[1], : shape[2]]
        return lumps if kind == "lumps" else ~lumps
    return np.full(shape, kind == "full")


def packed(values: Any) -> Mask:
    """The mask of a volume."""
    return Mask.from_bool(np.ascontiguousarray(values))


def unused_bits(mask: Mask) -> int:
    """Bits set beyond the last column; there must be none, or counting and shifting go wrong."""
    octets = np.ascontiguousarray(mask.words).view(np.uint8)
    bits = np.unpackbits(octets, axis=-1, bitorder="little")
    return int(bits[..., mask.shape[2] :].sum())


def same(mask: Mask, values: BoolArray) -> bool:
    """Whether a mask holds exactly these voxels, and nothing beyond its columns."""
    return mask.shape == values.shape and unused_bits(mask) == 0 and np.array_equal(mask.to_bool(), values)
