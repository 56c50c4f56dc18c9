"""Ray sums: how much tissue and how much mineral every ray from the source meets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray
from calcimeter.phantom.body import MUSCLE_HU
from calcimeter.phantom.parts import Part
from calcimeter.phantom.radiograph.geometry import Fan, Projection, fan_of
from calcimeter.phantom.render import Floats, Lattice, cells
from calcimeter.phantom.solids import Solid

AIR_HU = -1000.0
TISSUE_UP_TO_HU = 60.0
"""What is denser holds mineral."""
MINERAL_MG_PER_ML_PER_HU = 0.7345
"""Of ``knowledge/calibration.toml`` at 120 kVp, in the middle of its table: scenes are in HU at that voltage."""
ROWS_AT_ONCE = 32
Mask = npt.NDArray[np.bool_]


class RaySums(NamedTuple):
    """What rays meet.

    Parameters
    ----------
    tissue_mm : ndarray
        Of soft tissue, as mm of water.
    mineral : ndarray
        Of hydroxyapatite, g per cm2.
    columns_px, rows_px : ndarray
        Where the rays meet the detector.
    """

    tissue_mm: Floats
    mineral: Floats
    columns_px: FloatArray
    rows_px: FloatArray

    def over(self, shape: tuple[int, int]) -> tuple[Floats, Floats]:
        """Tissue and mineral at every pixel, by straight lines between rays; 0 outside the window."""
        inside = [
            _between(values, np.arange(float(shape[0])), np.arange(float(shape[1])), (self.rows_px, self.columns_px))
            for values in (self.tissue_mm, self.mineral)
        ]
        return inside[0], inside[1]


def sums_through(parts: tuple[Part, ...], projection: Projection, ray_px: float, step_mm: float) -> RaySums:
    """Rays through a whole body, which its first part envelops.

    Parameters
    ----------
    parts : tuple of Part
        Later parts cover earlier ones.
    """
    low, high = parts[0].envelope.box_mm
    window = (0.0, projection.shape[1] - 1.0, 0.0, projection.shape[0] - 1.0)
    fan = fan_of(projection, (low[1], high[1]), window, ray_px, step_mm)
    tissue, mineral = np.empty(fan.shape[1:], np.float32), np.empty(fan.shape[1:], np.float32)
    for first in range(0, fan.shape[1], ROWS_AT_ONCE):
        some = slice(first, min(first + ROWS_AT_ONCE, fan.shape[1]))
        if some.stop - some.start == 1:
            some = slice(first - 1, some.stop)
        piece = fan.rows_of(some)
        hu = np.full(piece.shape, AIR_HU, np.float32)
        lattice = Lattice(piece)
        for part in parts:
            for cell in cells(part, lattice):
                hu[cell.where] += cell.share * (cell.hu - hu[cell.where])
        path = piece.slanted()
        tissue[some] = tissue_of(hu).sum(axis=0) * path
        mineral[some] = mineral_of(hu).sum(axis=0) * path / 10
    return RaySums(tissue, mineral, fan.columns_px, fan.rows_px)


def added_by(part: Part, projection: Projection, across: int) -> RaySums:
    """What a deposit in muscle adds to the rays through it; so many rays lie across its shadow."""
    fan = _fan_around(part.envelope, projection, across)
    lattice = Lattice(fan)
    tissue, mineral = np.zeros(fan.shape[1:]), np.zeros(fan.shape[1:])
    for cell in cells(part, lattice):
        share, hu = np.asarray(cell.share), np.asarray(cell.hu, dtype=np.float32)
        where = cell.where[1:]
        shape = tuple(s.stop - s.start for s in cell.where)
        tissue[where] += np.broadcast_to(share * (tissue_of(hu) - tissue_of(np.float32(MUSCLE_HU))), shape).sum(axis=0)
        mineral[where] += np.broadcast_to(share * mineral_of(hu), shape).sum(axis=0)
    path = fan.slanted()
    return RaySums(
        (tissue * path).astype(np.float32), (mineral * path / 10).astype(np.float32), fan.columns_px, fan.rows_px
    )


def depth_of_shadow(solid: Solid, projection: Projection, across: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """How deep each ray enters a solid: the least signed distance along it, mm; with its columns and rows in pixels.

    Negative where the ray meets the solid: its level line at 0 is the outline of the shadow.
    """
    fan = _fan_around(solid, projection, across)
    least = np.full(fan.shape[1:], np.inf)
    index = np.argwhere(np.ones(fan.shape[1:], dtype=bool))
    for k in range(fan.shape[0]):
        points = fan.to_patient(np.column_stack([np.full(len(index), k), index])).T
        least = np.minimum(least, solid.distance(np.ascontiguousarray(points)).reshape(least.shape))
    return least, fan.columns_px, fan.rows_px


def tissue_of(hu: Floats | np.float32) -> Floats:
    """Mm of water per mm."""
    return np.asarray(1 + np.minimum(hu, np.float32(TISSUE_UP_TO_HU)) / np.float32(1000), dtype=np.float32)


def mineral_of(hu: Floats | np.float32) -> Floats:
    """Hydroxyapatite, g per ml."""
    excess = np.maximum(hu - np.float32(TISSUE_UP_TO_HU), np.float32(0))
    return np.asarray(excess * np.float32(MINERAL_MG_PER_ML_PER_HU / 1000), dtype=np.float32)


def _fan_around(solid: Solid, projection: Projection, across: int) -> Fan:
    low, high = solid.box_mm
    window = projection.window(solid.box_mm, 0.0)
    ray_px = max(window[1] - window[0], window[3] - window[2]) / across
    step_mm = ray_px * projection.pixel_mm
    window = projection.window(solid.box_mm, 3 * ray_px)
    return fan_of(projection, (low[1] - step_mm, high[1] + step_mm), window, ray_px, step_mm)


def _between(values: Floats, rows: FloatArray, columns: FloatArray, at: tuple[FloatArray, FloatArray]) -> Floats:
    """Values between rays by straight lines, along rows and then columns; 0 outside."""
    rows_there, columns_there = at
    part = _along(values, rows, rows_there)
    return np.ascontiguousarray(_along(np.ascontiguousarray(part.T), columns, columns_there).T)


def _along(values: Floats, wanted: FloatArray, there: FloatArray) -> Floats:
    place = (wanted - there[0]) / (there[1] - there[0])
    inside = (place >= 0) & (place <= len(there) - 1)
    before = np.clip(np.floor(place), 0, len(there) - 2).astype(int)
    share = (np.clip(place - before, 0, 1))[:, None].astype(np.float32)
    line = values[before] * (1 - share) + values[before + 1] * share
    line[~inside] = 0
    return np.asarray(line)
