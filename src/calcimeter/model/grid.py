"""Where voxels lie in the patient: index <-> LPS mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.errors import GeometryError

FloatArray = npt.NDArray[np.float64]

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""From NIfTI's coordinates in mm to DICOM's, and back."""
BoolArray = npt.NDArray[np.bool_]
Index3 = tuple[int, int, int]

ORIGIN_QUANTUM_MM, STEP_QUANTUM_MM = 1e-3, 1e-6
"""To what the analyzed grid is rounded: it moves no voxel by more than a micrometer, far below what a scanner knows of
its own geometry, and is coarser than what single precision loses."""

ROUNDING = 0.513
"""Where a number is rounded up: not at one half, for decimals such as 0.703125 end in a half of a quantum, and the last
digit of a file's precision would decide."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A voxel grid in patient space.

    Parameters
    ----------
    shape : tuple of int
        Slices, rows, columns.
    affine : ndarray, (4, 4)
        Voxel-center index (slice, row, column, 1) to LPS mm (left, posterior, superior grow).

    Raises
    ------
    GeometryError
        The affine is singular, not finite, or not 4 x 4.
    """

    shape: Index3
    affine: FloatArray

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise GeometryError(f"the affine must be 4 x 4 and finite, met shape {affine.shape}")
        if abs(np.linalg.det(affine[:3, :3])) < 1e-9:
            raise GeometryError("the affine is singular: two axes of the image are parallel or of zero length")
        affine.setflags(write=False)
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "shape", (int(self.shape[0]), int(self.shape[1]), int(self.shape[2])))

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighboring voxels along slices, rows, columns, mm."""
        lengths = np.linalg.norm(self.affine[:3, :3], axis=0)
        return (float(lengths[0]), float(lengths[1]), float(lengths[2]))

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel, mm3; exact for a sheared grid too."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    def to_patient(self, index: npt.ArrayLike) -> FloatArray:
        """LPS positions in mm, (..., 3), of voxel indices (..., 3); voxel centers are whole numbers."""
        points: FloatArray = np.asarray(index, dtype=np.float64) @ self.affine[:3, :3].T + self.affine[:3, 3]
        return points

    def to_index(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Fractional voxel indices (..., 3) of LPS positions (..., 3) in mm."""
        offset = np.asarray(points_mm, dtype=np.float64) - self.affine[:3, 3]
        index: FloatArray = offset @ np.linalg.inv(self.affine[:3, :3]).T
        return index

    def matches(self, other: Grid) -> bool:
        """Whether the other grid has the same shape and, to a thousandth of a mm, the same affine."""
        return self.shape == other.shape and bool(np.allclose(self.affine, other.affine, rtol=0, atol=1e-3))


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How the analyzed array relates to the array as it stands in the file.

    Every volume is analyzed in one order: slices toward superior, rows toward posterior, columns toward left, as
    near as the axes come. Results go back to the file's own order through this record.

    Parameters
    ----------
    axes : tuple of int
        Analyzed axis k is axis ``axes[k]`` of the file's array.
    flips : tuple of bool
        Whether analyzed axis k runs against the file's axis.
    grid : Grid
        The file's own grid; its "slices, rows, columns" are the first, second, third index of the file's array.
    """

    axes: Index3
    flips: tuple[bool, bool, bool]
    grid: Grid

    def to_source(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Array in the file's order from one in analyzed order; a view."""
        flipped = values[tuple(slice(None, None, -1) if flip else slice(None) for flip in self.flips)]
        return np.transpose(flipped, np.argsort(self.axes))

    def from_source(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Array in analyzed order from one in the file's order; a view."""
        ordered = np.transpose(values, self.axes)
        return ordered[tuple(slice(None, None, -1) if flip else slice(None) for flip in self.flips)]

    def analyzed_grid(self) -> Grid:
        """The grid of the analyzed array, the same from every container.

        NIfTI holds geometry in single precision, and converters turn rows about. So positions are first taken to
        single precision (15 nm), then, in analyzed order, the first voxel is rounded to a micrometer and steps to a
        nanometer: one scan gives the same numbers to the last digit whatever it came in. Fails, by a digit in the
        seventh place, where a number with more decimals happens to lie on the border between two.
        """
        affine = self.grid.affine.astype(np.float32).astype(np.float64)
        affine[:3, :3] = affine[:3, list(self.axes)]
        shape = [self.grid.shape[a] for a in self.axes]
        for k, flip in enumerate(self.flips):
            if flip:
                affine[:3, 3] += affine[:3, k] * (shape[k] - 1)
                affine[:3, k] *= -1
        affine[:3, 3] = _rounded(affine[:3, 3], ORIGIN_QUANTUM_MM)
        affine[:3, :3] = _rounded(affine[:3, :3], STEP_QUANTUM_MM)
        return Grid((shape[0], shape[1], shape[2]), affine)

    @classmethod
    def of(cls, grid: Grid) -> Layout:
        """The layout that turns a file's grid to slices superior, rows posterior, columns left.

        Each file axis goes to the patient axis that it is closest to; the assignment with the largest sum of
        cosines is taken, so that oblique grids have one answer.
        """
        cosines = grid.affine[:3, :3] / np.linalg.norm(grid.affine[:3, :3], axis=0)
        wanted = (2, 1, 0)  # patient axis (x left, y posterior, z superior) of slices, rows, columns
        orders = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
        axes = max(orders, key=lambda order: sum(abs(cosines[wanted[k], order[k]]) for k in range(3)))
        flips = [bool(cosines[wanted[k], axes[k]] < 0) for k in range(3)]
        return cls((axes[0], axes[1], axes[2]), (flips[0], flips[1], flips[2]), grid)


def _rounded(values: FloatArray, quantum: float) -> FloatArray:
    """To the nearest multiple of a quantum, as decimals."""
    per_mm = round(1 / quantum)
    nearest: FloatArray = np.floor(values * per_mm + ROUNDING) / per_mm
    return nearest
