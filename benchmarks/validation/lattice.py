"""Deposits on a lattice as fine as the detector's bins: how much mineral each pixel of each row holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.phantom.acquire import Acquisition
from calcimeter.phantom.parts import Part
from validation.physics import MINERAL, MINERAL_G_PER_ML, MUSCLE, Beam
from validation.scenes import MUSCLE_HU, Plan

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
ROWS_MM = ((1.5, 0.6), (3.0, 1.0), (np.inf, 1.25))
"""Slices up to the first figure are made of rows of the second."""
BIN_PER_FWHM = 0.42
MUSCLE_SPREAD = 0.008
"""Densities of muscle differ so much from limb to limb, each way."""
SAMPLES_PER_ROW = 3


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """A deposit on a fine lattice: what it holds over what muscle would.

    Parameters
    ----------
    places : ndarray, (pixels, 2)
    side_mm : float
    start_mm : float
        z where its first row begins.
    mineral, lack : ndarray, (pixels, rows from the first on)
        Hydroxyapatite (1 is solid), and muscle that something lighter replaced; the latter empty if there is none.
    mass_mg : float
    replaces : float
        Amount of muscle that was there.
    """

    places: Floats
    side_mm: float
    start_mm: float
    mineral: Singles
    lack: Singles
    mass_mg: float
    replaces: float

    @classmethod
    def of(cls, part: Part, plan: Plan, source: Beam, acquisition: Acquisition) -> Lattice:
        """Sample a part twice along each side of a pixel and three times along a row."""
        low, high = (np.array(corner) for corner in part.envelope.box_mm)
        side = bin_width_mm(acquisition)
        edges = row_edges(acquisition)
        xs, ys = (np.arange(a - side, b + side, side / 2) + side / 4 for a, b in zip(low[:2], high[:2], strict=True))
        xs, ys = xs[: len(xs) // 2 * 2], ys[: len(ys) // 2 * 2]
        plane = np.stack(np.meshgrid(xs, ys, indexing="ij")).reshape(2, -1).astype(np.float32)
        rows = np.flatnonzero((edges[1:] > low[2]) & (edges[:-1] < high[2]))
        amount = np.zeros((len(rows), 2, len(xs) // 2, len(ys) // 2), dtype=np.float32)
        for k, row in enumerate(rows):
            for share in (np.arange(SAMPLES_PER_ROW) + 0.5) / SAMPLES_PER_ROW:
                z = edges[row] + share * (edges[row + 1] - edges[row])
                points = np.concatenate([plane, np.full((1, plane.shape[1]), z, dtype=np.float32)])
                over = np.nan_to_num(part.paint(points)[0] - plan.limb.muscle_hu, nan=0.0)
                over = over.reshape(len(xs) // 2, 2, len(ys) // 2, 2)
                amount[k, 0] += np.maximum(over, 0).mean(axis=(1, 3)) / SAMPLES_PER_ROW
                amount[k, 1] -= np.minimum(over, 0).mean(axis=(1, 3)) / SAMPLES_PER_ROW
        places = np.stack(np.meshgrid(xs.reshape(-1, 2).mean(1), ys.reshape(-1, 2).mean(1), indexing="ij"))
        return cls._from_hu(amount, (places.reshape(2, -1).T, side), plan, source, edges[rows[0] : rows[-1] + 2])

    @classmethod
    def _from_hu(
        cls, amount: Singles, lattice: tuple[Floats, float], plan: Plan, source: Beam, edges: Floats
    ) -> Lattice:
        """HU over and under muscle (rows, 2, x, y) as amounts of mineral and of muscle that is lacking."""
        places, side = lattice
        hu = source.hu_per_amount()
        # A share v of mineral takes the place of as much muscle: HU rise by v (mineral - muscle).
        over, under = (np.ascontiguousarray(amount[:, k].reshape(len(amount), -1).T) for k in range(2))
        mineral = over / np.float32(hu[MINERAL] - muscle_amount(plan) * hu[MUSCLE])
        kept = (mineral != 0).any(axis=1) | (under != 0).any(axis=1)
        lack = under[kept] / np.float32(hu[MUSCLE]) if under.any() else np.zeros((int(kept.sum()), 0), np.float32)
        mass = float((mineral.sum(axis=0, dtype=np.float64) * np.diff(edges)).sum()) * side**2 * MINERAL_G_PER_ML
        return cls(
            places[kept], side, float(edges[0]), mineral[kept], lack, mass, (1000 + plan.limb.muscle_hu) / hu[MUSCLE]
        )


def muscle_amount(plan: Plan) -> float:
    """Amount of muscle: its density differs by a percent, and what energy makes of it is physics' own affair."""
    return 1 + MUSCLE_SPREAD * float((plan.limb.muscle_hu - np.mean(MUSCLE_HU)) / (0.5 * np.ptp(MUSCLE_HU)))


def row_edges(acquisition: Acquisition) -> Floats:
    """Z where the detector's rows begin and end; they cover every slice."""
    first, last = (acquisition.grid.to_patient((k, 0, 0))[2] for k in (0, acquisition.shape[0] - 1))
    half = acquisition.slice_thickness_mm / 2
    thickness = acquisition.slice_thickness_mm
    row = min(thickness, next(row for limit, row in ROWS_MM if thickness <= limit))
    count = int(np.ceil((last - first + 2 * half) / row))
    edges: Floats = first - half + np.arange(count + 1) * row
    return edges


def bin_width_mm(acquisition: Acquisition) -> float:
    """Of the detector at the middle of the scanner."""
    return BIN_PER_FWHM * acquisition.blur_fwhm_mm
