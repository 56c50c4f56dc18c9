"""Where each deposit lies: deposits and skeleton -> places. Bones have no names yet, so only distances are given."""

from __future__ import annotations

import numpy as np

from calcimeter.geometry.distance import nearest_index, region_surface_index, surface_index
from calcimeter.model.anatomy import Mask, Skeleton
from calcimeter.model.grid import FloatArray, Grid
from calcimeter.model.lesion import Deposit, Place
from calcimeter.model.volume import Region, Volume


def place_deposits(volume: Volume, deposits: tuple[Deposit, ...], skeleton: Skeleton) -> tuple[Place, ...]:
    """Nearest bone, the gap to it and the area of contact, in the order of the deposits.

    The gap runs from voxel face to voxel face: 0 where the two touch. Without bone in view nothing is known.
    """
    bone = surface_index(Mask.from_bool(skeleton.labels > 0))
    if len(bone) == 0:
        return tuple(Place(side=deposit.side) for deposit in deposits)
    return tuple(_place(volume.grid, deposit, bone, skeleton) for deposit in deposits)


def _place(grid: Grid, deposit: Deposit, bone: FloatArray, skeleton: Skeleton) -> Place:
    """One deposit."""
    own = region_surface_index(deposit.envelope)
    distance, nearest = nearest_index(own, bone, grid)
    k = int(distance.argmin())
    goal = bone[nearest[k]]
    label = int(skeleton.labels[tuple(int(i) for i in goal)])
    return Place(
        bone_id=label,
        side=deposit.side,
        distance_mm=_face_gap_mm(grid, goal - own[k]),
        contact_mm2=_contact_mm2(grid, deposit.envelope, skeleton),
    )


def _face_gap_mm(grid: Grid, step: FloatArray) -> float:
    """Distance between the faces of two voxels that lie a step in index space apart, mm."""
    apart = np.sign(step) * np.maximum(np.abs(step) - 1.0, 0.0)
    return float(np.linalg.norm(grid.affine[:3, :3] @ apart))


def _contact_mm2(grid: Grid, region: Region, skeleton: Skeleton) -> float:
    """Area of the voxel faces that deposit and bone share."""
    box = region.padded((1, 1, 1), grid.shape)
    bone = skeleton.labels[box.slices] > 0
    edges = grid.affine[:3, :3].T
    area = 0.0
    for axis in range(3):
        face = float(np.linalg.norm(np.cross(edges[axis - 1], edges[axis - 2])))
        own, other = np.moveaxis(box.mask, axis, 0), np.moveaxis(bone, axis, 0)
        area += face * float((own[1:] & other[:-1]).sum() + (own[:-1] & other[1:]).sum())
    return area
