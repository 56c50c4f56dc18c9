"""Values on a grid: the scan, masks and regions of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import BoolArray, FloatArray, Grid, Index3, Layout


def read_only(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """A view that can't be written through."""
    view = values.view()
    view.setflags(write=False)
    return view


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A CT volume in HU, in analyzed order (slices superior, rows posterior, columns left).

    Parameters
    ----------
    values : ndarray, (slices, rows, columns), int16 or float32
        Hounsfield units. Padding outside the scanner's field is -1024.
    layout : Layout
        The way back to the file's own order.
    """

    values: npt.NDArray[np.int16] | npt.NDArray[np.float32]
    layout: Layout
    grid: Grid

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise ValueError(f"values {self.values.shape} do not fit grid {self.grid.shape}")
        object.__setattr__(self, "values", read_only(self.values))


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A set of voxels, kept as a mask inside its bounding box.

    Parameters
    ----------
    start : tuple of int
        Index of the box's first voxel in the volume.
    mask : ndarray of bool, (slices, rows, columns) of the box
    """

    start: Index3
    mask: BoolArray

    def __post_init__(self) -> None:
        if self.mask.ndim != 3 or not self.mask.any():
            raise ValueError(f"a region needs a 3-D mask with at least one voxel, met shape {self.mask.shape}")
        object.__setattr__(self, "mask", read_only(self.mask))

    @property
    def stop(self) -> Index3:
        """Index after the box's last voxel."""
        a, b, c = (s + n for s, n in zip(self.start, self.mask.shape, strict=True))
        return (a, b, c)

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """The box as slices of the volume."""
        a, b, c = (slice(s, e) for s, e in zip(self.start, self.stop, strict=True))
        return (a, b, c)

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))

    def indices(self) -> npt.NDArray[np.int64]:
        """Voxel indices in the volume, (n, 3)."""
        inside: npt.NDArray[np.int64] = np.argwhere(self.mask) + np.array(self.start)
        return inside

    def values(self, volume: Volume) -> npt.NDArray[np.generic]:
        """HU of its voxels, (n,)."""
        return volume.values[self.slices][self.mask]

    def centroid(self) -> FloatArray:
        """Mean voxel index, (3,)."""
        mean: FloatArray = self.indices().mean(axis=0)
        return mean

    def overlap(self, other: Region) -> int:
        """Number of voxels that both hold."""
        low, high = np.maximum(self.start, other.start), np.minimum(self.stop, other.stop)
        if (low >= high).any():
            return 0
        own, its = (
            region.mask[tuple(slice(a - o, b - o) for a, b, o in zip(low, high, region.start, strict=True))]
            for region in (self, other)
        )
        return int(np.count_nonzero(own & its))

    def padded(self, margin: Index3, shape: Index3) -> Region:
        """The same voxels in a box that is larger by a margin, cut at the volume's border."""
        low = [max(0, s - m) for s, m in zip(self.start, margin, strict=True)]
        high = [min(n, e + m) for n, e, m in zip(shape, self.stop, margin, strict=True)]
        mask = np.zeros([h - w for h, w in zip(high, low, strict=True)], dtype=bool)
        inner = tuple(slice(s - w, e - w) for s, e, w in zip(self.start, self.stop, low, strict=True))
        mask[inner] = self.mask
        return Region((low[0], low[1], low[2]), mask)

    @classmethod
    def from_indices(cls, indices: npt.NDArray[np.integer]) -> Region:
        """The region of voxel indices (n, 3), n at least 1."""
        start = indices.min(axis=0)
        mask = np.zeros(indices.max(axis=0) - start + 1, dtype=bool)
        mask[tuple((indices - start).T)] = True
        return cls((int(start[0]), int(start[1]), int(start[2])), mask)

    @classmethod
    def trimmed(cls, start: Index3, mask: BoolArray) -> Region:
        """The region of a mask in a box that may be larger than needed; at least one voxel is set."""
        inside = np.argwhere(mask)
        low, high = inside.min(axis=0), inside.max(axis=0) + 1
        part = mask[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        return cls((start[0] + int(low[0]), start[1] + int(low[1]), start[2] + int(low[2])), part)

    @classmethod
    def union(cls, regions: tuple[Region, ...]) -> Region:
        """One region that holds the voxels of all; at least one is needed."""
        low = np.min([r.start for r in regions], axis=0)
        high = np.max([r.stop for r in regions], axis=0)
        mask = np.zeros(high - low, dtype=bool)
        for region in regions:
            inner = tuple(slice(s - w, e - w) for s, e, w in zip(region.start, region.stop, low, strict=True))
            mask[inner] |= region.mask
        return cls((int(low[0]), int(low[1]), int(low[2])), mask)


@dataclass(frozen=True, slots=True, eq=False)
class Fractions:
    """How much of each voxel in a box belongs to a deposit: 0 to 1, at the edge a little below 0 where noise is.

    Parameters
    ----------
    start : tuple of int
        Index of the box's first voxel in the volume.
    values : ndarray of float32, (slices, rows, columns) of the box
    """

    start: Index3
    values: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values))
