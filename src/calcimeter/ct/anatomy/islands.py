"""Bones in one piece: what has a bone's name, but lies apart from it and on another bone, is of that one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import IslandSettings
from calcimeter.geometry.components import Components
from calcimeter.model.anatomy import Mask, Skeleton
from calcimeter.model.bones import SPINE
from calcimeter.model.volume import Region

IN_PIECES = frozenset({"rib", *SPINE[:3], "carpus", "hand", "tarsus", "foot"})
"""Names that stand for several bones."""

STEP = 4
"""Every so many rows and columns tell where a bone is."""

MARGIN = 4
"""So many such steps, and slices, around that: what is thinner than a step is not seen."""

AROUND = 3
"""Times an island's own size: so far around it is looked at what it lies on."""

Labels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Box = tuple[slice, slice, slice]


class _Moved(NamedTuple):
    """An island, its bone and the one that it goes to."""

    region: Region
    bone: int
    other: int


def join_islands(skeleton: Skeleton, voxel_mm3: float, settings: IslandSettings) -> Skeleton:
    """The skeleton in which islands of a bone have the name and the side of the bone that they lie on.

    Names are given to 5 mm cells, and where two bones pass each other that near a name may run over. An island is a
    piece apart from the rest of its bone and small against it, that touches one other named bone and nothing else, and
    of that what is larger than itself. None goes from one side of the body to the other. Ribs and vertebrae,
    of which there are many, are not looked at.

    Returns
    -------
    Skeleton
        The same record where there is no island. Of a bone that the border cuts in pieces a small one that touches one
        other bone is taken for an island too.
    """
    named = {bone.id: bone for bone in skeleton.bones if bone.name is not None}
    moved: list[_Moved] = []
    for number, box in _boxes(skeleton.labels) if len(named) > 1 else ():
        if number in named and named[number].name not in IN_PIECES:
            for island, other in _islands(skeleton.labels, (number, box), voxel_mm3, settings):
                sides = {named[number].side, named[other].side} if other in named else {"left", "right"}
                if sides != {"left", "right"} and _lies_on_more(skeleton.labels, island, other):
                    moved.append(_Moved(island, number, other))
    return _renamed(skeleton, moved, voxel_mm3) if moved else skeleton


def _boxes(labels: Labels) -> list[tuple[int, Box]]:
    """A box around each label, by every fourth row and column, with room for what lies between them."""
    from scipy.ndimage import find_objects

    found = []
    for number, box in enumerate(find_objects(labels[:, ::STEP, ::STEP]), 1):
        if box is not None:
            z, y, x = box
            rows, columns = (slice(max(0, one.start - MARGIN) * STEP, (one.stop + MARGIN) * STEP) for one in (y, x))
            found.append((number, (slice(max(0, z.start - MARGIN), z.stop + MARGIN), rows, columns)))
    return found


def _islands(
    labels: Labels, bone: tuple[int, Box], voxel_mm3: float, s: IslandSettings
) -> Iterator[tuple[Region, int]]:
    """The islands of one bone, given by its number and its box, that touch one other label, and that."""
    from scipy.ndimage import binary_dilation

    number, box = bone
    a, b, c = (one.start for one in box)
    pieces = Components.of(Mask.from_bool(labels[box] == number))
    mm3 = pieces.voxels() * voxel_mm3
    for piece in pieces.regions((mm3 >= s.min_mm3) & (mm3 <= s.share * mm3.max(initial=0))):
        island = Region((a + piece.start[0], b + piece.start[1], c + piece.start[2]), piece.mask)
        around = island.padded((1, 1, 1), labels.shape)
        beside = np.unique(labels[around.slices][binary_dilation(around.mask, np.ones((3, 3, 3))) & ~around.mask])
        others = [int(label) for label in beside if label]
        if len(others) == 1 and others[0] != number:  # of its own it touches what lies beyond the box
            yield island, others[0]


def _lies_on_more(labels: Labels, island: Region, other: int) -> bool:
    """Whether what it touches of another label is larger than the island: else that is a speck too."""
    a, b, c = (AROUND * n for n in island.mask.shape)
    box = island.padded((a, b, c), labels.shape)
    both = Components.of(Mask.from_bool((labels[box.slices] == other) | box.mask))
    slice_, row, column = np.argwhere(box.mask)[:1].T
    (own,) = both.at(slice_ * box.mask.shape[1] + row, column)
    return bool(both.voxels()[own] > 2 * island.voxels)


def _renamed(skeleton: Skeleton, moved: list[_Moved], voxel_mm3: float) -> Skeleton:
    """The skeleton with each region given to the bone beside it."""
    labels = skeleton.labels.copy()
    gained = dict.fromkeys((bone.id for bone in skeleton.bones), 0)
    for region, bone, other in moved:
        labels[region.slices][region.mask] = other
        gained[bone] -= region.voxels
        gained[other] += region.voxels
    bones = tuple(replace(one, volume_mm3=one.volume_mm3 + gained[one.id] * voxel_mm3) for one in skeleton.bones)
    return replace(skeleton, labels=labels, bones=bones)
