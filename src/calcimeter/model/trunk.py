"""The cavities of the trunk, and where a point lies in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray
from calcimeter.model.volume import read_only

TrunkRegion = Literal["chest", "abdomen", "pelvis"]

BRIM_DEGREES = 55.0
"""Angle of the pelvic brim with the horizontal: 55 to 60 degrees in textbooks of anatomy."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a point lies in the trunk.

    Parameters
    ----------
    region : {"chest", "abdomen", "pelvis"}
    depth_mm : float
        How far inside the wall of the cavity, along the line from its middle; negative in the wall and outside it.
    lateral_mm : float
        From the midline.
    before_spine_mm : float
        In front of the front of the spine; negative behind it.
    ahead_mm : float
        In front of the middle of the cavity; negative behind it.
    above_promontory_mm : float or None
        Negative below it; None where the promontory is not in view.
    below_brim_mm : float or None
        Under the plane that slopes down from the promontory to the front; negative over it.
    """

    region: TrunkRegion
    depth_mm: float
    lateral_mm: float
    before_spine_mm: float
    ahead_mm: float
    above_promontory_mm: float | None
    below_brim_mm: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Trunk:
    """The cavities of chest, abdomen and pelvis around a line in front of the spine, level by level.

    Parameters
    ----------
    slices : ndarray of int64, (levels,)
        Slice of each level, ascending.
    center_mm : ndarray, (levels, 2)
        Row and column of the line, as index times spacing.
    reach_mm : ndarray, (levels, directions)
        How far the cavity goes; the first direction is toward left, the next ones turn toward posterior. Infinite where
        it goes on beyond the images.
    front_mm : ndarray, (levels,)
        Row of the front of the spine.
    regions : tuple of str
        Of each level.
    brim_mm : tuple or None
        Slice index, and row in mm, of the promontory.
    spacing_mm : tuple of float
        Of slices, rows and columns.
    """

    slices: npt.NDArray[np.int64]
    center_mm: FloatArray
    reach_mm: FloatArray
    front_mm: FloatArray
    regions: tuple[TrunkRegion, ...]
    brim_mm: tuple[float, float] | None
    spacing_mm: tuple[float, float, float]

    def __post_init__(self) -> None:
        for name in ("slices", "center_mm", "reach_mm", "front_mm"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def at(self, index: FloatArray) -> Whereabouts | None:
        """Where a voxel index (3,) lies; None above and below the trunk."""
        dz, dr, dc = self.spacing_mm
        level = self.level(float(index[0]))
        if level is None:
            return None
        row, column = index[1] * dr, index[2] * dc
        y, x = row - self.center_mm[level, 0], column - self.center_mm[level, 1]
        above = None if self.brim_mm is None else float(index[0] - self.brim_mm[0]) * dz
        return Whereabouts(
            region=self.regions[level],
            depth_mm=float(self.depth_mm(level, np.array([row]), np.array([column]))[0]),
            lateral_mm=abs(float(x)),
            before_spine_mm=float(self.front_mm[level] - row),
            ahead_mm=float(-y),
            above_promontory_mm=above,
            below_brim_mm=None if above is None else self._below_brim_mm(above, row),
        )

    def level(self, slice_index: float) -> int | None:
        """The level nearest to a slice; None above and below the trunk."""
        level = int(np.abs(self.slices - slice_index).argmin())
        step = float(np.diff(self.slices).max(initial=1))
        return None if abs(float(self.slices[level]) - slice_index) > step else level

    def middle_mm(self, slice_index: float) -> float | None:
        """Column of the midline, as index times spacing; None above and below the trunk."""
        level = self.level(slice_index)
        return None if level is None else float(self.center_mm[level, 1])

    def depth_mm(self, level: int, rows_mm: FloatArray, columns_mm: FloatArray) -> FloatArray:
        """How far points of a level (n,) lie inside the wall, (n,); negative outside."""
        y, x = rows_mm - self.center_mm[level, 0], columns_mm - self.center_mm[level, 1]
        count = self.reach_mm.shape[1]
        direction = np.rint(np.arctan2(y, x) / (2 * np.pi) * count).astype(int) % count
        depth: FloatArray = self.reach_mm[level, direction] - np.hypot(x, y)
        return depth

    def _below_brim_mm(self, above_mm: float, row_mm: float) -> float:
        """How far a point lies under the plane that slopes down from the promontory."""
        ahead = max(0.0, self.brim_mm[1] - row_mm) if self.brim_mm else 0.0
        return float(-ahead * np.tan(np.radians(BRIM_DEGREES)) - above_mm)
