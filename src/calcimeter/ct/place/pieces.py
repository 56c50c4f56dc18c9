"""The named bones of a scan as points on a coarse lattice: fine enough for landmarks, and cheap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import filled
from calcimeter.model.anatomy import Bone, Mask, Skeleton
from calcimeter.model.grid import BoolArray, FloatArray, Grid

PITCH_MM = 2.5
"""Between lattice points: a third of the smallest landmark, the lesser trochanter."""

MARROW_POINTS = 250
"""The widest hole in a section of a bone, 40 mm across."""

LARGE_SHARE = 0.1
"""So much of a bone in a piece apart is no splinter."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One bone on the lattice.

    Parameters
    ----------
    bone : Bone
    points_mm : ndarray, (n, 3)
        Its lattice points in LPS mm, marrow included.
    index : ndarray of int, (n, 3)
        The same on the lattice.
    cut, cut_aside : ndarray of bool, (n,)
        Whether each lies at the border of the images, where the bone may go on; and at a side border of the slices.
    is_both : bool
        Whether it may be the left and the right bone in one: without a side, and in more than one large piece.
    """

    bone: Bone
    points_mm: FloatArray
    index: FloatArray
    cut: BoolArray
    cut_aside: BoolArray
    is_both: bool

    def surface(self) -> BoolArray:
        """Which points have a face to the outside, (n,); a face at the border of the images is none."""
        mask, low = self._mask()
        inner = mask[1:-1, 1:-1, 1:-1].copy()
        for axis in range(3):
            for step in (-1, 1):
                inner &= np.roll(mask, step, axis)[1:-1, 1:-1, 1:-1]
        inside: BoolArray = inner[tuple((self.index - low).T)]
        return ~inside & ~self.cut

    def depth_mm(self) -> FloatArray:
        """How deep each point lies, (n,), mm; the border of the images counts as outside."""
        from scipy.ndimage import distance_transform_edt

        mask, low = self._mask()
        depth: FloatArray = distance_transform_edt(mask)[tuple((self.index - low + 1).T)] * PITCH_MM
        return depth

    def _mask(self) -> tuple[BoolArray, FloatArray]:
        """The points as a volume with a margin of one, and the lattice index of its first inner voxel."""
        low = self.index.min(axis=0)
        mask = np.zeros(self.index.max(axis=0) - low + 3, dtype=bool)
        mask[tuple((self.index - low + 1).T)] = True
        return mask, low


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """All named bones of a scan."""

    all: tuple[Piece, ...]

    def of(self, name: str, side: str | None = None) -> Piece | None:
        """The bone of a name and side, None where it is not in view or may be left and right in one."""
        fits = (piece for piece in self.all if (piece.bone.name, piece.bone.side) == (name, side))
        return next((piece for piece in fits if not piece.is_both), None)

    def named(self, names: Iterable[str]) -> tuple[Piece, ...]:
        """Every bone of one of the names."""
        wanted = set(names)
        return tuple(piece for piece in self.all if piece.bone.name in wanted)


def named_pieces(skeleton: Skeleton, grid: Grid) -> Pieces:
    """Every bone that has a name; the same bone may come in several pieces of label, which stay together."""
    named = [bone for bone in skeleton.bones if bone.name]
    if not named:
        return Pieces(())
    steps = [_steps(n, spacing) for n, spacing in zip(grid.shape, grid.spacing_mm, strict=True)]
    rows = skeleton.labels[steps[0][:, None], steps[1]]
    labels = rows[:, :, steps[2]]
    place = np.flatnonzero(labels)
    ids = labels.reshape(-1)[place]
    found = np.stack(np.unravel_index(place, labels.shape), axis=1)
    own = [(bone, found[ids == bone.id]) for bone in named]
    return Pieces(tuple(_piece(bone, _solid(index), labels.shape, grid) for bone, index in own if len(index)))


def _solid(index: FloatArray) -> FloatArray:
    """Lattice points with the holes in their slices, as marrow may leave some; larger ones are no marrow."""
    low = index.min(axis=0)
    mask = np.zeros(index.max(axis=0) - low + 1, dtype=bool)
    mask[tuple((index - low).T)] = True
    solid: FloatArray = np.argwhere(filled(Mask.from_bool(mask), MARROW_POINTS).to_bool()) + low
    return solid


def _steps(n: int, spacing_mm: float) -> FloatArray:
    """The voxel nearest to each lattice point along one axis."""
    count = max(1, int((n - 1) * spacing_mm / PITCH_MM) + 1)
    steps: FloatArray = np.minimum(np.rint(np.arange(count) * PITCH_MM / spacing_mm).astype(int), n - 1)
    return steps


def _piece(bone: Bone, index: FloatArray, shape: tuple[int, ...], grid: Grid) -> Piece:
    cut = (index == 0) | (index == np.array(shape) - 1)
    points_mm = grid.to_patient(index * PITCH_MM / np.array(grid.spacing_mm))
    is_both = bone.side is None and _large_pieces(index) > 1
    return Piece(bone, points_mm, index, cut.any(axis=1), cut[:, 1:].any(axis=1), is_both)


def _large_pieces(index: FloatArray) -> int:
    """How many pieces apart hold a large share of the lattice points (n, 3)."""
    low = index.min(axis=0)
    mask = np.zeros(index.max(axis=0) - low + 1, dtype=bool)
    mask[tuple((index - low).T)] = True
    return int((Components.of(Mask.from_bool(mask)).voxels() > LARGE_SHARE * len(index)).sum())
