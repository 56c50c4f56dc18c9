"""What lies above and below a patch, and how far the patch reaches across its locule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.ct.fluid.fit import Interface
from calcimeter.ct.fluid.lattice import Lattice, Values
from calcimeter.ct.fluid.steps import Steps
from calcimeter.model.grid import BoolArray, FloatArray

CLOSE_MM = 2.0
"""How far above the interface the fluid is looked at: beyond the blur."""

CLEAR_SHARE = 0.25
"""Of the step: what is no farther above the fluid's HU is fluid, and no septum."""

ASIDE_MM = (1.0, 4.0, 12.0)
"""Tissue beside the deposit: from where to where above and below the level's height, and how far from the patch."""

FEW = 12
"""Fewer columns tell nothing."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The two layers.

    Parameters
    ----------
    area_mm2 : float
        Of the patch.
    raggedness : float
        Area of a ring around the patch over that of the same ring around a disk of the same area; 1 for a disk.
    above_mm, below_mm : float
        How far most columns go on above the interface as fluid and below it as sediment: medians.
    height_mm : float
        The deepest sediment below the interface.
    enclosed_share : float
        Share of the columns whose fluid lies in the envelope.
    cover_share : float
        Area of the patch over that of the deposit, seen along gravity.
    fluid_span_share : float
        Area of the patch over that of the enclosed fluid that is connected with it just above; at most 1.
    aside_rise_share : float
        The same step beside the deposit, over the step: about 1 in a streak, about 0 where the deposit alone has it.
    dome_mm : float
        Radius of curvature of the top of an ellipsoid as wide and high as the deposit.
    """

    area_mm2: float
    raggedness: float
    above_mm: float
    below_mm: float
    height_mm: float
    enclosed_share: float
    cover_share: float
    fluid_span_share: float
    aside_rise_share: float
    dome_mm: float


def describe_layers(lattice: Lattice, calm: Values, patch: Steps, interface: Interface) -> Layers:
    """Look up and down from a patch."""
    from scipy.ndimage import distance_transform_edt

    step = lattice.steps_mm[0]
    middle = (interface.hu_above + interface.hu_below) / 2
    v, u = patch.column.T
    column = calm[:, v, u] >= middle
    at = np.clip(np.rint(interface.depth_mm / step).astype(np.int64), 1, calm.shape[0] - 2)
    below = _run(column, at + 1, 1) * step
    above = _run(~column, at - 1, -1) * step
    flat = np.zeros(calm.shape[1:], dtype=bool)
    flat[v, u] = True
    away_mm = distance_transform_edt(~flat, sampling=lattice.steps_mm[1:])
    level = int(np.median(at))
    beyond = max(1, round(CLOSE_MM / step))
    up = max(level - beyond, 0)
    clear = interface.hu_above + CLEAR_SHARE * (interface.hu_below - interface.hu_above)
    fluid = (calm[up] < clear) & lattice.envelope[up] | flat
    rise = _rise_aside(lattice, away_mm, level)
    return Layers(
        area_mm2=float(flat.sum()) * lattice.steps_mm[1] * lattice.steps_mm[2],
        raggedness=_raggedness(away_mm, lattice.steps_mm[1:]),
        above_mm=float(np.median(above)),
        below_mm=float(np.median(below)),
        height_mm=float(np.percentile(below, 95)),
        enclosed_share=float(lattice.envelope[np.maximum(at - beyond, 0), v, u].mean()),
        cover_share=float(flat.sum() / max(np.count_nonzero(lattice.envelope.any(axis=0)), 1)),
        fluid_span_share=_span(flat, fluid),
        aside_rise_share=rise / (interface.hu_below - interface.hu_above),
        dome_mm=_dome_mm(lattice),
    )


def _dome_mm(lattice: Lattice) -> float:
    """Half widths, multiplied, over half of the height: of the box, for an envelope may have an open core."""
    whole = [np.count_nonzero(lattice.envelope.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    high, wide, deep = (count * step / 2 for count, step in zip(whole, lattice.steps_mm, strict=True))
    return float(wide * deep / max(high, lattice.steps_mm[0]))


def _raggedness(away_mm: FloatArray, spacing_mm: tuple[float, float]) -> float:
    """Area of the ring around a patch over that of the ring around a disk of its area."""
    width = max(2.5, 1.01 * max(spacing_mm))
    cell = spacing_mm[0] * spacing_mm[1]
    radius = float(np.sqrt((away_mm == 0).sum() * cell / np.pi))
    ring = float(((away_mm > 0) & (away_mm <= width)).sum() * cell)
    return float(ring / (np.pi * ((radius + width) ** 2 - radius**2)))


def _run(column: BoolArray, start: np.ndarray[tuple[int, ...], np.dtype[np.int64]], direction: int) -> FloatArray:
    """How many entries of each column (down, n) are set without a break from a start on, in a direction."""
    count = np.zeros(column.shape[1])
    going = np.ones(column.shape[1], dtype=bool)
    index = start.copy()
    every = np.arange(column.shape[1])
    for _ in range(column.shape[0]):
        inside = (index >= 0) & (index < column.shape[0])
        going &= inside & column[np.clip(index, 0, column.shape[0] - 1), every]
        if not going.any():
            break
        count += going
        index += direction
    return count


def _span(flat: BoolArray, section: BoolArray) -> float:
    """Area of a patch over that of what is connected with it in a section that holds it."""
    from scipy.ndimage import label

    labels, _ = label(section)
    own = np.unique(labels[flat])
    return float(flat.sum() / max(np.isin(labels, own[own > 0]).sum(), 1))


def _rise_aside(lattice: Lattice, away_mm: FloatArray, level: int) -> float:
    """The step in HU that the tissue beside the deposit shows at the same height; 0 where there is too little."""
    from scipy.ndimage import binary_dilation

    near_mm, far_mm, reach_mm = ASIDE_MM
    rows = [max(1, round(d / lattice.steps_mm[0])) for d in (near_mm, far_mm)]
    above = slice(max(level - rows[1], 0), max(level - rows[0], 1))
    below = slice(level + rows[0], min(level + rows[1], lattice.hu.shape[0]))
    deposit = binary_dilation(lattice.envelope[above.start : max(below.stop, above.stop)].any(axis=0), iterations=2)
    ring = ~deposit & (away_mm <= reach_mm)
    if np.count_nonzero(ring) < FEW or below.start >= below.stop:
        return 0.0
    high, low = lattice.hu[above][:, ring], lattice.hu[below][:, ring]
    return float(np.median(low) - np.median(high))
