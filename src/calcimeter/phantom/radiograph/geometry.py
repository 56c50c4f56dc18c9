"""A point source, a patient, a flat detector: where a point of the patient is seen, and how much larger."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray, Grid
from calcimeter.phantom.solids import Box, Point


@dataclass(frozen=True, slots=True)
class Projection:
    """An anteroposterior exposure: the source before the patient, the detector behind, parallel to the coronal plane.

    Parameters
    ----------
    source_mm : tuple
        LPS of the focus.
    detector_y_mm : float
        LPS y of the detector's plane.
    center_mm : (float, float)
        LPS x and z of the detector's middle.
    shape : (int, int)
        Rows and columns.
    pixel_mm : float
        Side of a pixel, in the detector's plane.
    """

    source_mm: Point
    detector_y_mm: float
    center_mm: tuple[float, float]
    shape: tuple[int, int]
    pixel_mm: float

    @property
    def source_to_detector_mm(self) -> float:
        """Along the central ray."""
        return self.detector_y_mm - self.source_mm[1]

    def magnification(self, y_mm: float) -> float:
        """Of the coronal plane at a y."""
        return self.source_to_detector_mm / (y_mm - self.source_mm[1])

    def to_detector(self, points: FloatArray) -> FloatArray:
        """Columns and rows, (2, n), where LPS points (3, n) are seen; pixel centers are whole numbers."""
        share = self.source_to_detector_mm / (points[1] - self.source_mm[1])
        x = self.source_mm[0] + share * (points[0] - self.source_mm[0])
        z = self.source_mm[2] + share * (points[2] - self.source_mm[2])
        rows, columns = self.shape
        column = (x - self.center_mm[0]) / self.pixel_mm + (columns - 1) / 2
        row = (self.center_mm[1] - z) / self.pixel_mm + (rows - 1) / 2
        return np.stack([column, row])

    def window(self, box_mm: Box, margin_px: float) -> tuple[float, float, float, float]:
        """First and last column, first and last row of a box's shadow, with a margin; fractions of a pixel."""
        tips = np.array(np.meshgrid(*zip(*box_mm, strict=True))).reshape(3, 8)
        seen = self.to_detector(tips)
        low, high = seen.min(axis=1) - margin_px, seen.max(axis=1) + margin_px
        return float(low[0]), float(high[0]), float(low[1]), float(high[1])


@dataclass(frozen=True, slots=True, eq=False)
class Fan(Grid):
    """A grid whose columns of voxels are rays: index (depth, row, column); all depths meet in the source.

    ``affine`` is that of the middle depth, for sizes of voxels alone.
    """

    projection: Projection
    first_y_mm: float
    step_mm: float
    columns_px: npt.NDArray[np.float64]
    rows_px: npt.NDArray[np.float64]

    def to_patient(self, index: npt.ArrayLike) -> FloatArray:
        """LPS positions (..., 3) of indices (..., 3)."""
        at = np.asarray(index, dtype=np.float64)
        p = self.projection
        y = self.first_y_mm + at[..., 0] * self.step_mm
        row = self.rows_px[0] + at[..., 1] * self._steps_px()[0]
        column = self.columns_px[0] + at[..., 2] * self._steps_px()[1]
        x = (column - (p.shape[1] - 1) / 2) * p.pixel_mm + p.center_mm[0]
        z = p.center_mm[1] - (row - (p.shape[0] - 1) / 2) * p.pixel_mm
        share = (y - p.source_mm[1]) / p.source_to_detector_mm
        return np.stack(
            [p.source_mm[0] + share * (x - p.source_mm[0]), y, p.source_mm[2] + share * (z - p.source_mm[2])], axis=-1
        )

    def to_index(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Indices (..., 3) of LPS positions (..., 3)."""
        points = np.asarray(points_mm, dtype=np.float64)
        # A body without end reaches behind the source; what lies before the first depth is not seen anyway.
        y = np.clip(points[..., 1], self.first_y_mm - self.step_mm, None)
        moved = np.stack([points[..., 0].ravel(), y.ravel(), points[..., 2].ravel()])
        column, row = self.projection.to_detector(moved)
        depth = (moved[1] - self.first_y_mm) / self.step_mm
        rows, columns = self._steps_px()
        index = np.stack([depth, (row - self.rows_px[0]) / rows, (column - self.columns_px[0]) / columns], axis=-1)
        return np.asarray(index.reshape(points.shape))

    def slanted(self) -> FloatArray:
        """Path, mm, of each ray (rows, columns) through one depth."""
        p = self.projection
        x = (self.columns_px - (p.shape[1] - 1) / 2) * p.pixel_mm + p.center_mm[0] - p.source_mm[0]
        z = p.center_mm[1] - (self.rows_px - (p.shape[0] - 1) / 2) * p.pixel_mm - p.source_mm[2]
        off = (x[None, :] ** 2 + z[:, None] ** 2) / p.source_to_detector_mm**2
        return np.asarray(self.step_mm * np.sqrt(1 + off))

    def rows_of(self, part: slice) -> Fan:
        """The same rays of some rows alone."""
        rows = self.rows_px[part]
        return replace(self, shape=(self.shape[0], len(rows), self.shape[2]), rows_px=rows)

    def _steps_px(self) -> tuple[float, float]:
        return (float(self.rows_px[1] - self.rows_px[0]), float(self.columns_px[1] - self.columns_px[0]))


def fan_of(
    projection: Projection, depths_mm: tuple[float, float], window: tuple[float, ...], ray_px: float, step_mm: float
) -> Fan:
    """Rays through a window of the detector (first and last column, first and last row), between two depths.

    Parameters
    ----------
    ray_px : float
        Between neighboring rays, in pixels of the detector.
    step_mm : float
        Between depths.
    """
    columns, rows = (
        np.float64(low) + ray_px * np.arange(max(2, int(np.ceil((high - low) / ray_px)) + 1))
        for low, high in (window[:2], window[2:])
    )
    count = max(1, int(np.ceil((depths_mm[1] - depths_mm[0]) / step_mm)))
    middle = projection.magnification(sum(depths_mm) / 2)
    side = ray_px * projection.pixel_mm / middle
    affine = np.array([[0.0, 0, side, 0], [step_mm, 0, 0, 0], [0, -side, 0, 0], [0, 0, 0, 1]])
    shape = (count, len(rows), len(columns))
    return Fan(shape, affine, projection, depths_mm[0] + step_mm / 2, step_mm, columns, rows)
