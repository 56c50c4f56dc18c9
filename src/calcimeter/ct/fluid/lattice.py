"""The surroundings of a deposit on a lattice that stands upright: its first axis is gravity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.lesion import Deposit
from calcimeter.model.measures import Point
from calcimeter.model.volume import Region, Volume

Values = npt.NDArray[np.float32]
UPRIGHT = 1e-4
"""Sine of the angle below which an axis of the grid counts as gravity's: over 1 m it strays by a tenth of a mm."""


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """HU around a deposit, and where the deposit is.

    Parameters
    ----------
    hu : ndarray of float32, (down, across, along)
        The first index grows along gravity; the other two are horizontal.
    envelope : ndarray of bool
    origin_mm : ndarray, (3,)
        LPS of the first point.
    steps_mm : tuple of float
    axes : ndarray, (3, 3)
        Unit vectors in LPS, a row for each index.
    """

    hu: Values
    envelope: BoolArray
    origin_mm: FloatArray
    steps_mm: tuple[float, float, float]
    axes: FloatArray

    def to_patient(self, index: npt.ArrayLike) -> FloatArray:
        """LPS mm (..., 3) of fractional indices (..., 3)."""
        points: FloatArray = self.origin_mm + (np.asarray(index) * self.steps_mm) @ self.axes
        return points


def stand_upright(volume: Volume, deposit: Deposit, gravity: Point, margin_mm: float) -> Lattice:
    """The deposit with a margin around it; taken over as it is where the grid stands upright, else resampled."""
    spacing = volume.grid.spacing_mm
    a, b, c = (int(np.ceil(margin_mm / d)) for d in spacing)
    box = deposit.envelope.padded((a, b, c), volume.grid.shape)
    axis = _upright_axis(volume.grid, gravity)
    return _resampled(volume, box, gravity) if axis is None else _turned(volume, box, gravity, axis)


def _upright_axis(grid: Grid, gravity: Point) -> int | None:
    """The axis of the grid along which things fall, where its axes are at right angles; else None."""
    units = grid.affine[:3, :3] / grid.spacing_mm
    if np.abs(units.T @ units - np.eye(3)).max() > UPRIGHT:
        return None
    along = np.abs(np.array(gravity) @ units)
    axis = int(along.argmax())
    return axis if np.delete(along, axis).max() <= UPRIGHT else None


def _turned(volume: Volume, box: Region, gravity: Point, axis: int) -> Lattice:
    """The box with its axes in another order; no value changes."""
    order = (axis, *(k for k in range(3) if k != axis))
    units = (volume.grid.affine[:3, :3] / volume.grid.spacing_mm).T[list(order)]
    values = volume.values[box.slices].astype(np.float32).transpose(order)
    mask = box.mask.transpose(order)
    first = np.array(box.start, dtype=np.float64)
    if units[0] @ np.array(gravity) < 0:
        values, mask = values[::-1], mask[::-1]
        first[axis] += box.mask.shape[axis] - 1
        units[0] = -units[0]
    a, b, c = (volume.grid.spacing_mm[k] for k in order)
    return Lattice(
        np.ascontiguousarray(values), np.ascontiguousarray(mask), volume.grid.to_patient(first), (a, b, c), units
    )


def _resampled(volume: Volume, box: Region, gravity: Point) -> Lattice:
    """The box by linear interpolation on a lattice of its own, as fine as the finest step of the grid."""
    from scipy.ndimage import map_coordinates

    step = min(volume.grid.spacing_mm)
    down = np.array(gravity)
    across = np.eye(3)[int(np.abs(down).argmin())]
    across = across - (across @ down) * down
    across /= np.linalg.norm(across)
    axes = np.stack([down, across, np.cross(down, across)])
    edges = [(start - 0.5, stop - 0.5) for start, stop in zip(box.start, box.stop, strict=True)]
    tips = np.array(np.meshgrid(*edges)).reshape(3, 8).T
    reach = volume.grid.to_patient(tips) @ axes.T
    low = reach.min(axis=0)
    shape = np.ceil((reach.max(axis=0) - low) / step).astype(int) + 1
    points = (np.indices(tuple(shape)).reshape(3, -1).T * step + low) @ axes
    inside = volume.grid.to_index(points) - box.start
    values = volume.values[box.slices].astype(np.float32)
    hu = map_coordinates(values, inside.T, order=1, mode="nearest").reshape(shape)
    mask = map_coordinates(box.mask.astype(np.uint8), inside.T, order=0, mode="constant").reshape(shape) > 0
    return Lattice(hu.astype(np.float32), mask, low @ axes, (step, step, step), axes)
