"""Fractional masks on cubes: what thick slices hold, without their steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import Grid, Index3

Values = npt.NDArray[np.float32]
EMPTY = 0.02
"""Less is noise of the fractions."""

HALVINGS = 12
"""Of the range in which the plane is sought: to a four-thousandth of it."""

MARGIN = 2
"""Empty voxels around."""


@dataclass(frozen=True, slots=True, eq=False)
class Cubes:
    """A fractional mask on a grid of nearly equal steps, with a margin of two empty voxels.

    Parameters
    ----------
    values : ndarray of float32
    steps_mm : tuple of float
    per_voxel : tuple of float
        How many steps make one voxel of the original grid, along each axis.
    """

    values: Values
    steps_mm: tuple[float, float, float]
    per_voxel: tuple[float, float, float]

    def grid(self, of: Grid, start: Index3) -> Grid:
        """The cubes' grid in the patient, where the mask lay in a box of another grid that starts at an index."""
        index = np.diag([1 / n for n in self.per_voxel] + [1.0])
        index[:3, 3] = [(0.5 - MARGIN) / n - 0.5 + first for n, first in zip(self.per_voxel, start, strict=True)]
        a, b, c = self.values.shape
        return Grid((a, b, c), of.affine @ index)


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How smooth the fractions are, and how smooth the cubes shall be.

    Parameters
    ----------
    blur_mm : float
        Full width of the ramp across a surface: a voxel beside one holds a little of it all along its height.
    sigma : float
        Of a Gaussian over the cubes in the end, in their steps.
    """

    blur_mm: float = 0.0
    sigma: float = 0.0


NONE = Smoothing()


def to_cubes(
    fractions: Values, spacing_mm: tuple[float, float, float], most_voxels: int, smoothing: Smoothing = NONE
) -> Cubes:
    """A fractional mask (slices, rows, columns) taken apart along its thick side, and together where it is large.

    Inside a thick voxel that is filled in part the surface is a plane, square to the slope of the fractions around and
    placed so that it leaves the voxel its fraction. Interpolation between slices would leave terraces instead, and a
    ball would look lobed.
    """
    from scipy.ndimage import gaussian_filter

    step = max(min(spacing_mm), (float(np.prod(fractions.shape) * np.prod(spacing_mm)) / most_voxels) ** (1 / 3))
    together = [max(1, int(step / d + 0.3)) for d in spacing_mm]
    joined = _joined(np.clip(fractions, 0, 1).astype(np.float32), together)
    sizes = [d * n for d, n in zip(spacing_mm, together, strict=True)]
    apart = [max(1, round(size / min(sizes))) for size in sizes]
    margin = [-(-MARGIN // n) for n in apart]
    cubes = np.pad(joined, [(m, m) for m in margin])
    for axis, n in enumerate(apart):
        if n > 1:
            cubes = _parted(cubes, axis, n, ((sizes[0], sizes[1], sizes[2]), smoothing.blur_mm))
    cut = tuple(slice(m * n - MARGIN, -(m * n - MARGIN) or None) for m, n in zip(margin, apart, strict=True))
    cubes = np.ascontiguousarray(cubes[cut])
    if smoothing.sigma > 0:
        cubes = gaussian_filter(cubes, smoothing.sigma, mode="constant")
    a, b, c = (size / n for size, n in zip(sizes, apart, strict=True))
    d, e, f = (n / t for n, t in zip(apart, together, strict=True))
    return Cubes(cubes, (a, b, c), (d, e, f))


def _joined(values: Values, together: list[int]) -> Values:
    """Means of blocks; what is left over at the far ends is filled up with nothing."""
    padded = np.pad(values, [(0, -n % k) for n, k in zip(values.shape, together, strict=True)])
    (a, b, c), (i, j, k) = padded.shape, together
    blocks: Values = padded.reshape(a // i, i, b // j, j, c // k, k).mean(axis=(1, 3, 5))
    return blocks


def _parted(values: Values, axis: int, n: int, scale_mm: tuple[tuple[float, float, float], float]) -> Values:
    """Each voxel cut into n along one axis; the means of the n are the given values."""
    sizes_mm, blur_mm = scale_mm
    fine = np.repeat(values, n, axis=axis)
    partly = np.nonzero((values > EMPTY) & (values < 1 - EMPTY))
    if not len(partly[0]):
        return fine
    slope = np.stack([_slope(values, k, sizes_mm[k])[partly] for k in range(3)])
    slope /= np.maximum(np.linalg.norm(slope, axis=0), 1e-6)
    along = slope[axis] * sizes_mm[axis]
    width = sum(np.abs(slope[k]) * (sizes_mm[k] + blur_mm) for k in range(3) if k != axis) + 1e-3
    offsets = ((np.arange(n) + 0.5) / n - 0.5)[:, None]
    low, high = -np.abs(along) - width, np.abs(along) + width
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        filled = np.clip(0.5 + (middle + along * offsets) / width, 0, 1)
        more = filled.mean(axis=0) < values[partly]
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    for k in range(n):
        index = [*partly]
        index[axis] = partly[axis] * n + k
        fine[tuple(index)] = filled[k]
    return fine


def _slope(values: Values, axis: int, size_mm: float) -> Values:
    """Central differences along an axis, averaged 1 : 2 : 1 along the other two."""
    from scipy.ndimage import correlate1d

    slope = correlate1d(values, np.array([-0.5, 0.0, 0.5], dtype=np.float32) / size_mm, axis=axis, mode="nearest")
    for other in range(3):
        if other != axis:
            slope = correlate1d(slope, np.array([0.25, 0.5, 0.25], dtype=np.float32), axis=other, mode="nearest")
    return np.asarray(slope)
