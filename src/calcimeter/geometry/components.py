"""Connected components of a mask and what their runs tell of each, without a label volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.runs import IntArray, Runs, label_runs, paint, regions_of, runs_of
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Region


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The 26-connected components of a mask.

    Parameters
    ----------
    runs : Runs
    labels : ndarray of int64, (runs,)
        Component of each run, from 0.
    count : int
        Number of components.
    """

    runs: Runs
    labels: IntArray
    count: int

    @classmethod
    def of(cls, mask: Mask) -> Components:
        """Label a mask."""
        runs = runs_of(mask)
        return cls(runs, *label_runs(runs))

    def sum(self, per_run: npt.NDArray[np.generic]) -> FloatArray:
        """Sum over each component of a value given per run, (count,)."""
        total: FloatArray = np.bincount(self.labels, weights=per_run, minlength=self.count).astype(np.float64)
        return total

    def voxels(self) -> FloatArray:
        """Voxels in each component, (count,)."""
        return self.sum(self.runs.length)

    def boxes(self) -> tuple[IntArray, IntArray]:
        """Lowest index and the one after the highest, each (count, 3)."""
        plane, row = np.divmod(self.runs.line, self.runs.shape[1])
        low = np.full((self.count, 3), np.iinfo(np.int64).max)
        high = np.zeros((self.count, 3), dtype=np.int64)
        for axis, (first, last) in enumerate(((plane, plane + 1), (row, row + 1), (self.runs.start, self.runs.stop))):
            np.minimum.at(low[:, axis], self.labels, first)
            np.maximum.at(high[:, axis], self.labels, last)
        return low, high

    def first_voxels(self) -> tuple[IntArray, IntArray]:
        """Line and column of each component's first voxel in reading order, each (count,)."""
        _, first = np.unique(self.labels, return_index=True)
        return self.runs.line[first], self.runs.start[first]

    def at(self, line: IntArray, column: IntArray) -> IntArray:
        """The component that holds each voxel, given by line and column, (n,); -1 where none does."""
        if len(self.runs) == 0:
            return np.full(len(line), -1)
        width = self.runs.shape[2] + 1
        run = np.searchsorted(self.runs.line * width + self.runs.start, line * width + column, side="right") - 1
        inside = (run >= 0) & (self.runs.line[run] == line) & (self.runs.stop[run] > column)
        return np.where(inside, self.labels[run], -1)

    def touches_border(self) -> BoolArray:
        """Whether each component reaches the border of the volume, (count,)."""
        low, high = self.boxes()
        touching: BoolArray = (low == 0).any(axis=1) | (high == np.array(self.runs.shape)).any(axis=1)
        return touching

    def lengths_mm(self, spacing_mm: tuple[float, float, float]) -> FloatArray:
        """Lengths along the principal axes, (count, 3), longest first: 4 standard deviations, so an ellipsoid's
        axes come out at 0.89 of their length.
        """
        plane, row = np.divmod(self.runs.line, self.runs.shape[1])
        middle = (self.runs.start + self.runs.stop - 1) / 2
        points = np.stack([plane, row, middle], axis=1) * np.array(spacing_mm)
        weight = self.runs.length
        voxels = np.maximum(self.voxels(), 1)
        mean = np.stack([self.sum(weight * points[:, k]) for k in range(3)], axis=1) / voxels[:, None]
        covariance = np.zeros((self.count, 3, 3))
        offset = points - mean[self.labels]
        for i in range(3):
            for j in range(i + 1):
                moment = self.sum(weight * offset[:, i] * offset[:, j])
                if i == j == 2:
                    moment += self.sum(weight * (weight**2 - 1) / 12) * spacing_mm[2] ** 2
                covariance[:, i, j] = covariance[:, j, i] = moment / voxels
        variance = np.linalg.eigvalsh(covariance) if self.count else np.zeros((0, 3))
        return 4 * np.sqrt(np.maximum(variance[:, ::-1], 0))

    def share(self, mask: Mask) -> FloatArray:
        """Share of each component's voxels that lie in another mask, (count,)."""
        inside = voxels_within(self.runs, mask)
        share: FloatArray = self.sum(inside) / np.maximum(self.voxels(), 1)
        return share

    def mask(self, keep: BoolArray) -> Mask:
        """The mask of some components, by a boolean per component."""
        return paint(self.runs.select(keep[self.labels]))

    def regions(self, keep: BoolArray) -> tuple[Region, ...]:
        """Some components as regions, by a boolean per component, in reading order."""
        chosen = keep[self.labels]
        number = np.cumsum(keep) - 1
        return regions_of(self.runs.select(chosen), number[self.labels[chosen]], int(keep.sum()))


def voxels_within(runs: Runs, mask: Mask) -> IntArray:
    """Voxels of each run that lie in a mask, (runs,)."""
    words, wide = mask.words.reshape(-1), mask.words.shape[2]
    every, last = ~np.uint64(0), runs.stop - 1
    word, end = runs.line * wide + (runs.start >> 6), runs.line * wide + (last >> 6)
    found = words[word] & (every << (runs.start & 63).astype(np.uint64))
    beyond = every >> (63 - (last & 63)).astype(np.uint64)
    counted: IntArray = np.bitwise_count(np.where(word == end, found & beyond, found)).astype(np.int64)
    longer = np.flatnonzero(word < end)
    while len(longer):
        word[longer] += 1
        at_end = word[longer] == end[longer]
        found = words[word[longer]]
        counted[longer] += np.bitwise_count(np.where(at_end, found & beyond[longer], found))
        longer = longer[~at_end]
    return counted
