"""From what each cell says to regions of bone that have one name: cells in touch agree, and small parts give way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import NamesSettings
from calcimeter.model.grid import Index3

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def agreed(at: Ints, shape: Index3, said: Floats, settings: NamesSettings) -> Floats:
    """Probabilities of each class for each cell once neighbors have been heard, (n, classes).

    Mean field of a Potts model on cells that share a face: what the neighbors hold likely counts as evidence.
    """
    neighbors = _neighbors(at, shape)
    evidence: Floats = np.float32(settings.trust) * np.log(np.maximum(said, np.float32(1e-6)))
    belief = _normalized(evidence)
    for _ in range(settings.rounds):
        padded = np.concatenate([belief, np.zeros((1, belief.shape[1]), dtype=np.float32)])
        heard = padded[neighbors[:, 0]]
        for k in range(1, neighbors.shape[1]):
            heard += padded[neighbors[:, k]]
        belief = _normalized((evidence + settings.coupling * heard).astype(np.float32))
    return belief


def _neighbors(at: Ints, shape: Index3) -> Ints:
    """Row of each cell's six neighbors, (n, 6); n where there is none."""
    padded = np.full(np.add(shape, 2), len(at), dtype=np.int64)
    z, y, x = (at + 1).T
    padded[z, y, x] = np.arange(len(at))
    steps = ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))
    return np.stack([padded[z + a, y + b, x + c] for a, b, c in steps], axis=1)


def _normalized(logarithms: Floats) -> Floats:
    """Exponentials that add up to 1."""
    out: Floats = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    out /= out.sum(axis=1, keepdims=True)
    return out


def settled(at: Ints, shape: Index3, belief: Floats, settings: NamesSettings) -> tuple[Ints, Ints]:
    """Regions of one class, once small ones have given way to the one they touch most.

    Returns
    -------
    region : ndarray of int64, (n,)
        Number of each cell's region.
    verdict : ndarray of int64, (regions,)
        Its class.
    """
    verdict = belief.argmax(axis=1)
    neighbors = _neighbors(at, shape)
    for _ in range(settings.merging_rounds):
        region, count = _connected(neighbors, verdict)
        size = np.bincount(region, minlength=count)
        of_class = verdict[np.unique(region, return_index=True)[1]]
        largest = np.zeros(belief.shape[1])
        np.maximum.at(largest, of_class, size)
        weak = size < np.minimum(settings.min_cells, largest[of_class])
        weak |= size < settings.min_share * largest[of_class]
        if not weak.any():
            break
        verdict = _given_way(neighbors, verdict, region, weak)
    region, _ = _connected(neighbors, verdict)
    return region, verdict[np.unique(region, return_index=True)[1]]


def _connected(neighbors: Ints, verdict: Ints) -> tuple[Ints, int]:
    """Regions of one class: number of each cell's, (n,), and how many there are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(verdict)
    cell, k = np.nonzero(neighbors < n)
    other = neighbors[cell, k]
    same = verdict[cell] == verdict[other]
    graph = coo_array((np.ones(same.sum(), dtype=np.int8), (cell[same], other[same])), shape=(n, n))
    count, region = connected_components(graph, directed=False)
    return region.astype(np.int64), int(count)


def _given_way(neighbors: Ints, verdict: Ints, region: Ints, weak: npt.NDArray[np.bool_]) -> Ints:
    """Weak regions take the class of the strong one that they share most faces with; those that touch none stay."""
    n = len(verdict)
    cell, k = np.nonzero(neighbors < n)
    other = neighbors[cell, k]
    border = weak[region[cell]] & ~weak[region[other]]
    pairs, faces = np.unique(
        np.stack([region[cell[border]], verdict[other[border]]], axis=1), axis=0, return_counts=True
    )
    order = np.argsort(faces, kind="stable")
    taken = np.full(len(weak), -1, dtype=np.int64)
    taken[pairs[order, 0]] = pairs[order, 1]
    return np.where(taken[region] >= 0, taken[region], verdict)
