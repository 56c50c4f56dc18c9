"""What surrounds a voxel of bone, and which bone that makes likely: a learned model on a grid of 5 mm cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.lanes import each
from calcimeter.model.anatomy import Skeleton
from calcimeter.model.grid import Grid, Index3

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

CELL_MM = 5.0
OTHER = "other"
RINGS = ((0, 2), (1, 4), (2, 8), (4, 16), (7, 28), (10, 44))
"""Boxes a feature is the mean of: half width of a box and its distance from the cell, both in cells."""

DIRECTIONS = np.array([(z, y, x) for z in (-1, 0, 1) for y in (-1, 0, 1) for x in (-1, 0, 1)], dtype=np.float64)
DIRECTIONS /= np.maximum(np.linalg.norm(DIRECTIONS, axis=1), 1.0)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A skeleton on a coarse grid.

    Parameters
    ----------
    share : ndarray of float32, (z, y, x)
        Share of each cell that is bone, marrow included.
    of_axis : tuple of three ndarrays of int64
        The cell that each slice, row and column of the scan falls into.
    """

    share: Floats
    of_axis: tuple[Ints, Ints, Ints]

    @classmethod
    def of(cls, skeleton: Skeleton, grid: Grid) -> Cells:
        """Count the voxels of bone in each cell.

        Slices thicker than a cell leave cells without a voxel: these take the share of the cell before.
        """
        of_axis = tuple(np.floor(np.arange(n) * step / CELL_MM).astype(np.int64) for n, step in _axes(grid))
        shape = tuple(int(cells[-1]) + 1 for cells in of_axis)
        counts = np.zeros(shape, dtype=np.float32)

        def fill(level: int) -> None:
            for k in np.flatnonzero(of_axis[0] == level):
                rows, columns = np.divmod(np.flatnonzero(skeleton.labels[k] != 0), grid.shape[2])
                flat = of_axis[1][rows] * shape[2] + of_axis[2][columns]
                counts[level] += np.bincount(flat, minlength=shape[1] * shape[2]).reshape(shape[1:])

        each(fill, range(shape[0]), skeleton.labels.nbytes)
        for axis, cells in enumerate(of_axis):
            voxels = np.bincount(cells, minlength=shape[axis])
            filled = np.maximum.accumulate(np.where(voxels > 0, np.arange(shape[axis]), 0))
            per_cell = counts / np.maximum(voxels, 1).reshape([-1 if a == axis else 1 for a in range(3)])
            counts = np.take(per_cell, filled, axis=axis)
        return cls(counts.astype(np.float32), (of_axis[0], of_axis[1], of_axis[2]))


def _axes(grid: Grid) -> list[tuple[int, float]]:
    """Voxels and spacing along each axis."""
    return list(zip(grid.shape, grid.spacing_mm, strict=True))


def features(share: Floats, at: Ints) -> Floats:
    """What surrounds some cells, (n, features).

    Parameters
    ----------
    share : ndarray of float32, (z, y, x)
        Bone in each cell.
    at : ndarray of int64, (n, 3)
        Cells that are asked for.

    Returns
    -------
    ndarray of float32
        For each ring and direction the mean share of bone in a box there, what lies outside the scan being none; then
        for each the share of the box that lies inside the scan.
    """
    found = np.empty((2, len(RINGS), len(DIRECTIONS), len(at)), dtype=np.float32)

    def fill(ring: int) -> None:
        half, distance = RINGS[ring]
        means = _box_sums(share, half, distance) / np.float32((2 * half + 1) ** 3)
        for k, direction in enumerate(DIRECTIONS):
            z, y, x = at.T + np.round(direction * distance).astype(np.int64)[:, None]
            found[0, ring, k] = means[z + distance, y + distance, x + distance]
            found[1, ring, k] = _inside((z, y, x), half, share.shape)

    each(fill, range(len(RINGS)), found.nbytes)
    return np.ascontiguousarray(found.reshape(-1, len(at)).T)


def _box_sums(values: Floats, half: int, margin: int) -> Floats:
    """Sums over the box around each cell, with a margin of cells around; axes after the third are channels."""
    sums = values
    for axis in range(3):
        n = sums.shape[axis]
        centers = np.arange(-margin, n + margin)
        high, low = np.clip(centers + half + 1, 0, n), np.clip(centers - half, 0, n)
        along = np.moveaxis(sums, axis, 0)
        total = np.zeros((n + 1, *along.shape[1:]), dtype=np.float32)
        for k in range(n):
            np.add(total[k], along[k], out=total[k + 1])
        sums = np.moveaxis(total[high] - total[low], 0, axis)
    return sums


def _inside(centers: tuple[Ints, Ints, Ints], half: int, shape: Index3) -> Floats:
    """Share of the box around each center that lies inside the scan, (n,)."""
    share = np.ones(len(centers[0]), dtype=np.float32)
    for at, n in zip(centers, shape, strict=True):
        share *= np.maximum(np.minimum(at + (half + 1), n) - np.maximum(at - half, 0), 0) / (2 * half + 1)
    return share


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Layers of weights with rectifiers between them.

    Parameters
    ----------
    mean, scale : ndarray of float32, (inputs,)
        What inputs are shifted and divided by.
    layers : tuple of (weights, bias)
    """

    mean: Floats
    scale: Floats
    layers: tuple[tuple[Floats, Floats], ...]

    def run(self, inputs: Floats) -> tuple[Floats, Floats]:
        """The last hidden layer, (n, hidden), and what comes out, (n, outputs)."""
        (weights, bias), *rest = self.layers
        folded: Floats = weights / self.scale[:, None]
        x: Floats = inputs @ folded + (bias - self.mean @ folded)
        for weights, bias in rest[:-1]:
            x = np.maximum(x, 0, dtype=np.float32) @ weights + bias
        hidden: Floats = np.maximum(x, 0, dtype=np.float32)
        weights, bias = rest[-1]
        out: Floats = hidden @ weights + bias
        return hidden, out


@dataclass(frozen=True, slots=True, eq=False)
class ContextModel:
    """From the surroundings of a cell to the bone it belongs to, in two rounds.

    The first network knows where bone is; the second also what the first thinks of the cells around and of the scan
    as a whole, so that a pelvis has no clavicle.

    Parameters
    ----------
    classes : tuple of str
        "femur/left", "skull/midline"...; the last, "other", is what is no bone.
    first, second : Network
    """

    classes: tuple[str, ...]
    first: Network
    second: Network

    @property
    def names_of_classes(self) -> tuple[str, ...]:
        """The name of each class, the side left out."""
        return tuple(each.split("/")[0] for each in self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name once."""
        return tuple(dict.fromkeys(self.names_of_classes))

    @property
    def unpaired(self) -> frozenset[str]:
        """Bones that lie in the midline."""
        return frozenset(each.split("/")[0] for each in self.classes if each.endswith("/midline"))

    def probabilities(self, share: Floats, at: Ints, told: Ints) -> Floats:
        """Of each name for each cell, (n, names).

        Left and right are learned as classes of their own, for where a bone lies says much of what it is, and added up.

        Parameters
        ----------
        share : ndarray of float32, (z, y, x)
            Bone in each cell.
        at : ndarray of int64, (n, 3)
            The cells with bone in them, all of them.
        told : ndarray of int64, (n,)
            Where the name is known from elsewhere, a class that has it; -1 elsewhere.
        """
        _, scores = self.second.run(self.second_inputs(share, at, told))
        of_class = np.exp(_log_softmax(self.taught(scores, told)))
        of_name = np.zeros((len(at), len(self.names)), dtype=np.float32)
        for k, name in enumerate(self.names_of_classes):
            of_name[:, self.names.index(name)] += of_class[:, k]
        return of_name

    def second_inputs(self, share: Floats, at: Ints, told: Ints) -> Floats:
        """What the second network is asked with, (n, inputs)."""
        hidden, scores = self.first.run(features(share, at))
        first = _log_softmax(self.taught(scores, told))
        mass = np.exp(first) * share[tuple(at.T)][:, None]
        return np.concatenate([np.maximum(first, -9), hidden, _company(mass, at), _whole(mass, at)], axis=1)

    def taught(self, scores: Floats, told: Ints) -> Floats:
        """Scores with those of other names taken down where the name is known."""
        if not (told >= 0).any():
            return scores
        names = np.array([self.names.index(name) for name in self.names_of_classes])
        wrong = (names[np.maximum(told, 0)][:, None] != names) & (told >= 0)[:, None]
        return np.where(wrong, scores - 12, scores).astype(np.float32)


def _log_softmax(scores: Floats) -> Floats:
    """Logarithms of probabilities."""
    shifted: Floats = scores - scores.max(axis=1, keepdims=True)
    logarithms: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logarithms


COMPANY = ((1, 0), (2, 5))
"""Boxes of 10 mm blocks in which classes are counted: half width and distance along the axes."""


def _company(mass: Floats, at: Ints) -> Floats:
    """How much of each class lies in boxes around each cell and along the axes from it, (n, 7 * classes)."""
    block = at // 2
    shape = block.max(axis=0) + 1
    flat = np.ravel_multi_index(tuple(block.T), tuple(shape))
    volume = np.zeros((int(shape.prod()), mass.shape[1]), dtype=np.float32)
    np.add.at(volume, flat, mass)
    found = []
    for half, distance in COMPANY:
        sums = _box_sums(volume.reshape(*shape, -1), half, distance) / (8 * (2 * half + 1) ** 3)
        steps = np.vstack([np.eye(3), -np.eye(3)]).astype(np.int64) * distance if distance else np.zeros((1, 3), int)
        for step in steps:
            z, y, x = (block + step + distance).T
            found.append(sums[z, y, x])
    return np.concatenate(found, axis=1)


def _whole(mass: Floats, at: Ints) -> Floats:
    """How much of each class the scan holds, and where its center lies from each cell, (n, 4 * classes)."""
    total = mass.sum(axis=0)
    center = mass.T @ at.astype(np.float32) / np.maximum(total, 1e-6)[:, None]
    weight = total / (total + 30)
    offset = (center[None] - at[:, None].astype(np.float32)) * (weight[None, :, None] * CELL_MM / 100)
    amount = np.broadcast_to(np.log1p(total)[None], mass.shape)
    return np.concatenate([amount, offset.reshape(len(at), -1)], axis=1).astype(np.float32)


@cache
def bone_names() -> ContextModel:
    """The model of the package; how it was learned stands in ``training/``."""
    path = resources.files("calcimeter.knowledge") / "bone_names.npz"
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        classes = tuple(str(name) for name in stored["classes"])
        return ContextModel(classes, _network(stored, "first"), _network(stored, "second"))


def _network(stored: Mapping[str, npt.NDArray[np.generic]], name: str) -> Network:
    """A network as it is stored, in half precision."""
    arrays = {key.removeprefix(f"{name}_"): stored[key].astype(np.float32) for key in stored if key.startswith(name)}
    count = sum(key.startswith("weights") for key in arrays)
    layers = tuple((arrays[f"weights{k}"], arrays[f"bias{k}"]) for k in range(count))
    return Network(arrays["mean"], arrays["scale"], layers)
