"""Where each deposit lies: deposits and skeleton -> places. Bones have no names yet, so only distances are given."""

from __future__ import annotations

import numpy as np

from calcimeter.geometry.distance import nearest, nearest_mm, region_surface_index, surface_index
from calcimeter.model.anatomy import Skeleton
from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.lesion import Deposit, Place
from calcimeter.model.volume import Region, Volume

SAMPLE = 20_000
"""Bone voxels from which the upper bound of the distance is taken."""


def place_deposits(volume: Volume, deposits: tuple[Deposit, ...], skeleton: Skeleton) -> tuple[Place, ...]:
    """Nearest bone, the gap to it and the area of contact, in the order of the deposits.

    The gap runs from voxel face to voxel face: 0 where the two touch. Without bone in view nothing is known.
    """
    bone = surface_index(skeleton.mask())
    if len(bone) == 0:
        return tuple(Place(side=deposit.side) for deposit in deposits)
    sample_mm = volume.grid.to_patient(bone[:: max(1, len(bone) // SAMPLE)])
    return tuple(_place(volume.grid, deposit, (bone, sample_mm), skeleton) for deposit in deposits)


def _place(grid: Grid, deposit: Deposit, bone: tuple[FloatArray, FloatArray], skeleton: Skeleton) -> Place:
    """One deposit; the bone is given as all of its surface voxels and a sample of them in mm."""
    own, goal = _nearest_pair(grid, region_surface_index(deposit.envelope), *bone)
    return Place(
        bone_id=int(skeleton.labels[tuple(int(i) for i in goal)]),
        side=deposit.side,
        distance_mm=_face_gap_mm(grid, goal - own),
        contact_mm2=_contact_mm2(grid, deposit.envelope, skeleton),
    )


def _nearest_pair(
    grid: Grid, own: FloatArray, bone: FloatArray, sample_mm: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The voxel of the deposit and the voxel of bone that are nearest, exactly.

    Sampled bone gives an upper bound; only voxels within it of the other's box can do better, so that neither a
    long bone nor a large deposit is searched as a whole.
    """
    own_mm = grid.to_patient(own)
    bound_mm = float(nearest_mm(own_mm[:: max(1, len(own) // 200)], sample_mm).min()) + 1e-6
    margin = (bound_mm / grid.spacing_mm[0]) + 1.0
    first, last = np.searchsorted(bone[:, 0], [own[:, 0].min() - margin, own[:, 0].max() + margin])
    slab = bone[first:last]
    slab_mm = grid.to_patient(slab)
    near = _within(slab_mm, own_mm, bound_mm)
    own_near = _within(own_mm, slab_mm[near], bound_mm)
    distance, number = nearest(own_mm[own_near], slab_mm[near])
    k = int(distance.argmin())
    return own[own_near][k], slab[near][number[k]]


def _within(points_mm: FloatArray, others_mm: FloatArray, limit_mm: float) -> BoolArray:
    """Which points lie within a limit of the box of others."""
    low, high = others_mm.min(axis=0) - limit_mm, others_mm.max(axis=0) + limit_mm
    inside: BoolArray = ((points_mm >= low) & (points_mm <= high)).all(axis=1)
    return inside


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
