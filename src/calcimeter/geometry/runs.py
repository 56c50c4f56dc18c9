"""Binary volumes as runs of voxels along a row, and their connected components.

A run is a stretch of set voxels in one row of one slice. Dense voxels are 2 to 5 % of a CT, so their runs are a
thousandth of its size: components, counts and boxes come from the runs alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.lanes import each, in_lanes
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import Index3
from calcimeter.model.volume import Region

IntArray = npt.NDArray[np.int64]

SLAB_VOXELS, SOME_RUNS = 1 << 18, 4096
"""Voxels, and runs, that are handled in one go: they stay in the cache of a core."""
MANY_LINES = 1 << 14
"""Lines that a core is given at a time."""


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
    count = mask.shape[0] * mask.shape[1]
    parts = [(first, min(first + MANY_LINES, count)) for first in range(0, count, MANY_LINES)]
    found = each(lambda part: _runs_of(mask, *part), parts, mask.words.nbytes)
    nothing = [np.zeros(0, dtype=np.int64)]
    line, start, stop = (np.concatenate([*(one[k] for one in found), *nothing]) for k in range(3))
    return Runs(line, start, stop, mask.shape)


def _runs_of(mask: Mask, first: int, last: int) -> tuple[IntArray, IntArray, IntArray]:
    """Lines, starts and stops of the runs from one line to another."""
    width, octets = mask.shape[2] + 2, mask.words.view(np.uint8).reshape(-1, mask.words.shape[2] * 8)
    lines, starts, stops = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for begin, end in _used_slabs(octets.view(np.uint64), first, last, SLAB_VOXELS // width + 1):
        plane = np.zeros((end - begin, width), dtype=np.uint8)
        plane[:, 1:-1] = np.unpackbits(octets[begin:end], axis=1, bitorder="little", count=mask.shape[2])
        line, column = np.divmod(np.flatnonzero(plane.ravel()[1:] != plane.ravel()[:-1]), width)
        lines.append(begin + line[::2])
        starts.append(column[::2])
        stops.append(column[1::2])
    return np.concatenate(lines), np.concatenate(starts), np.concatenate(stops)


def _used_slabs(words: npt.NDArray[np.uint64], first: int, last: int, step: int) -> Iterator[tuple[int, int]]:
    """Some lines at a time, from the first to the last of them in which something is set."""
    for begin in range(first, last, step):
        used = np.flatnonzero(words[begin : min(begin + step, last)].any(axis=1))
        if len(used):
            yield begin + int(used[0]), begin + int(used[-1]) + 1


def paint(runs: Runs) -> Mask:
    """The mask of the runs."""
    slices, rows, columns = runs.shape
    words = np.zeros((slices, rows, -(-columns // 64)), dtype=np.uint64)
    octets = words.view(np.uint8).reshape(slices * rows, -1)[:, : -(-columns // 8)]
    step = SLAB_VOXELS // (columns + 1) + 1

    def fill(lane_first: int, lane_last: int) -> None:
        for begin in range(lane_first, lane_last, step):
            part = slice(*np.searchsorted(runs.line, (begin, min(begin + step, lane_last))))
            if part.start == part.stop:
                continue
            line = runs.line[part]
            first, used = int(line[0]), int(line[-1] - line[0]) + 1
            steps = np.zeros(used * (columns + 1), dtype=np.int8)
            offset = (line - first) * (columns + 1)
            steps[offset + runs.start[part]] += 1
            steps[offset + runs.stop[part]] -= 1
            plane = np.cumsum(steps, dtype=np.int8).reshape(used, columns + 1)[:, :columns]
            octets[first : first + used] = np.packbits(plane, axis=1, bitorder="little")

    in_lanes(fill, slices * rows, words.nbytes)
    return Mask(words, runs.shape)


def paint_labels(runs: Runs, labels: IntArray) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    """A label volume (slices, rows, columns) from a label per run, 1 to 65535; 8 bits where they suffice."""
    kind = np.uint8 if len(labels) == 0 or labels.max() < 256 else np.uint16
    volume = np.zeros(runs.shape, dtype=kind)
    flat = volume.reshape(-1)
    first = runs.line * runs.shape[2] + runs.start

    def paint(part: int) -> None:
        length = runs.length[part : part + SOME_RUNS]
        skipped = np.repeat(first[part : part + SOME_RUNS] - np.cumsum(length) + length, length)
        flat[skipped + np.arange(len(skipped))] = np.repeat(labels[part : part + SOME_RUNS].astype(kind), length)

    each(paint, range(0, len(runs), SOME_RUNS), volume.nbytes)
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
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if len(runs) == 0:
        return np.zeros(0, dtype=np.int64), 0
    steps = [(0, 1)] if in_plane else [(0, 1), (1, 0)] if faces else [(0, 1), (1, -1), (1, 0), (1, 1)]
    reach = 0 if faces else 1
    touching = each(lambda step: _touching(runs, step, reach), steps, 64 * len(runs) * len(steps))
    first = np.stack([first for first, _ in touching], axis=1).reshape(-1)
    count = np.stack([count for _, count in touching], axis=1).reshape(-1)
    after = np.cumsum(count)
    neighbors = np.repeat(first - after + count, count) + np.arange(after[-1])
    bounds = np.concatenate([[0], after[len(steps) - 1 :: len(steps)]])
    kind = np.int32 if after[-1] <= np.iinfo(np.int32).max else np.int64
    graph = (np.ones(len(neighbors)), neighbors.astype(kind), bounds.astype(kind))
    count_of, labels = connected_components(csr_array(graph, shape=(len(runs), len(runs))), directed=False)
    return labels.astype(np.int64), int(count_of)


def _touching(runs: Runs, step: tuple[int, int], reach: int) -> tuple[IntArray, IntArray]:
    """For each run the first run that it touches across a step in slice and row, and how many it touches.

    Those follow one another. Reach 1 counts diagonal neighbors.
    """
    slices, rows, columns = runs.shape
    width = columns + 2
    row = runs.line % rows
    inside = (row + step[1] >= 0) & (row + step[1] < rows) & (runs.line // rows + step[0] < slices)
    goal = (runs.line + (step[0] * rows + step[1])) * width
    at = runs.line * width
    first = np.searchsorted(at + runs.stop, goal + runs.start + (1 - reach), side="left")
    last = np.searchsorted(at + runs.start, goal + runs.stop + (reach - 1), side="right")
    return first, np.where(inside, np.maximum(last - first, 0), 0)


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
