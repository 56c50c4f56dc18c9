"""Binary volumes as runs of voxels along a row, and their connected components.

A run is a stretch of set voxels in one row of one slice. Dense voxels are 2 to 5 % of a CT, so their runs are a
thousandth of its size: components, counts and boxes come from the runs alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import Index3
from calcimeter.model.volume import Region

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Runs in reading order.

    Parameters
    ----------
    line : ndarray of int64, (n,)
        slice * rows + row.
    start, stop : ndarray of int64, (n,)
        First column, and the column after the last.
    shape : tuple of int
        Slices, rows, columns of the volume.
    """

    line: IntArray
    start: IntArray
    stop: IntArray
    shape: Index3

    def __len__(self) -> int:
        return len(self.line)

    @property
    def length(self) -> IntArray:
        """Voxels in each run."""
        return self.stop - self.start

    def select(self, keep: npt.NDArray[np.bool_] | IntArray) -> Runs:
        """Some of the runs, by a boolean or index array."""
        return Runs(self.line[keep], self.start[keep], self.stop[keep], self.shape)


def runs_of(mask: Mask) -> Runs:
    """Runs of a mask; empty arrays where nothing is set."""
    shape = mask.shape
    lines, starts, stops = [], [], []
    padded = np.zeros((shape[1], shape[2] + 2), dtype=np.int8)
    for k in np.flatnonzero(mask.words.any(axis=(1, 2))):
        used = np.flatnonzero(mask.words[k].any(axis=1))
        first, last = int(used[0]), int(used[-1]) + 1
        rows = padded[: last - first]
        rows[:, 1:-1] = mask.plane(int(k), first, last)
        steps = np.flatnonzero(rows.ravel()[1:] != rows.ravel()[:-1])
        row, column = np.divmod(steps, shape[2] + 2)
        lines.append(k * shape[1] + first + row[::2])
        starts.append(column[::2])
        stops.append(column[1::2])
    if not lines:
        nothing = np.zeros(0, dtype=np.int64)
        return Runs(nothing, nothing, nothing, shape)
    return Runs(np.concatenate(lines), np.concatenate(starts), np.concatenate(stops), shape)


def paint(runs: Runs) -> Mask:
    """The mask of the runs."""
    slices, rows, columns = runs.shape
    words = np.zeros((slices, rows, -(-columns // 64)), dtype=np.uint64)
    octets = words.view(np.uint8)
    bounds = np.searchsorted(runs.line, np.arange(slices + 1) * rows)
    for k in np.flatnonzero(np.diff(bounds)):
        part = slice(bounds[k], bounds[k + 1])
        row = runs.line[part] - k * rows
        first, used = int(row[0]), int(row[-1] - row[0]) + 1
        steps = np.zeros(used * (columns + 1), dtype=np.int8)
        offset = (row - first) * (columns + 1)
        steps[offset + runs.start[part]] += 1
        steps[offset + runs.stop[part]] -= 1
        plane = np.cumsum(steps, dtype=np.int8).reshape(used, columns + 1)[:, :columns]
        octets[k, first : first + used, : -(-columns // 8)] = np.packbits(plane, axis=1, bitorder="little")
    return Mask(words, runs.shape)


def paint_labels(runs: Runs, labels: IntArray) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    """A label volume (slices, rows, columns) from a label per run, 1 to 65535; 8 bits where they suffice."""
    kind = np.uint8 if len(labels) == 0 or labels.max() < 256 else np.uint16
    volume = np.zeros(runs.shape, dtype=kind)
    flat = volume.reshape(-1)
    first = runs.line * runs.shape[2] + runs.start
    for part in range(0, len(runs), 65_536):
        length = runs.length[part : part + 65_536]
        skipped = np.repeat(first[part : part + 65_536] - np.cumsum(length) + length, length)
        flat[skipped + np.arange(len(skipped))] = np.repeat(labels[part : part + 65_536].astype(kind), length)
    return volume


def label_runs(runs: Runs, *, in_plane: bool = False, faces: bool = False) -> tuple[IntArray, int]:
    """Component number of each run, from 0, in reading order of each component's first run.

    Parameters
    ----------
    runs : Runs
    in_plane : bool
        Connect within slices only (8 neighbors); else through slices too (26 neighbors).
    faces : bool
        Connect by shared faces only (4 or 6 neighbors).

    Returns
    -------
    labels : ndarray of int64, (n,)
    count : int
        Number of components; 0 where there are no runs.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if len(runs) == 0:
        return np.zeros(0, dtype=np.int64), 0
    steps = [(0, 1)] if in_plane else [(0, 1), (1, 0)] if faces else [(0, 1), (1, -1), (1, 0), (1, 1)]
    pairs = [_touching(runs, step, 0 if faces else 1) for step in steps]
    first = np.concatenate([a for a, _ in pairs])
    second = np.concatenate([b for _, b in pairs])
    graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(len(runs), len(runs)))
    count, labels = connected_components(graph, directed=False)
    return labels.astype(np.int64), int(count)


def _touching(runs: Runs, step: tuple[int, int], reach: int) -> tuple[IntArray, IntArray]:
    """Pairs of runs that touch across a step in slice and row; reach 1 counts diagonal neighbors."""
    slices, rows, columns = runs.shape
    width = columns + 2
    row = runs.line % rows
    inside = (row + step[1] >= 0) & (row + step[1] < rows) & (runs.line // rows + step[0] < slices)
    own = np.flatnonzero(inside)
    goal = (runs.line[own] + step[0] * rows + step[1]) * width
    first = np.searchsorted(runs.line * width + runs.stop, goal + runs.start[own] + 1 - reach, side="left")
    last = np.searchsorted(runs.line * width + runs.start, goal + runs.stop[own] - 1 + reach, side="right")
    count = np.maximum(last - first, 0)
    a = np.repeat(own, count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return a, np.repeat(first, count) + within


def regions_of(runs: Runs, labels: IntArray, count: int, min_voxels: int = 1) -> tuple[Region, ...]:
    """Components as regions, those with at least ``min_voxels`` voxels, in the order of their labels."""
    voxels = np.bincount(labels, weights=runs.length, minlength=count)
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(count + 1))
    kept = np.flatnonzero(voxels >= min_voxels)
    return tuple(_region(runs.select(order[bounds[k] : bounds[k + 1]])) for k in kept)


def _region(runs: Runs) -> Region:
    """One region from its runs."""
    plane, row = np.divmod(runs.line, runs.shape[1])
    low = (int(plane.min()), int(row.min()), int(runs.start.min()))
    size = (int(plane.max()) + 1 - low[0], int(row.max()) + 1 - low[1], int(runs.stop.max()) - low[2])
    steps = np.zeros((*size[:2], size[2] + 1), dtype=np.int8)
    at = (plane - low[0], row - low[1])
    np.add.at(steps, (*at, runs.start - low[2]), 1)
    np.subtract.at(steps, (*at, runs.stop - low[2]), 1)
    mask = np.cumsum(steps, axis=2, dtype=np.int8)[:, :, :-1].astype(bool)
    return Region(low, mask)
