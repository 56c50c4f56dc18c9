"""How far each deposit lies from bone: the nearest voxels of the two, and the gap between them at half height."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.geometry.distance import nearest, nearest_mm, region_surface_index, surface_index
from calcimeter.model.anatomy import Skeleton
from calcimeter.model.grid import FloatArray, Grid, Index3
from calcimeter.model.lesion import Deposit
from calcimeter.model.volume import Region, Volume

SAMPLE_OF_BONE, SAMPLE_OF_DEPOSIT = 20_000, 200
"""Voxels from which an upper bound of the distance is taken."""


DEPTH_MM, STEP_MM = 2.5, 0.1
"""How far into bone and deposit a profile looks for their levels (a cortex, a wall), and its sampling."""
PAIRS = 12
"""Nearest pairs of voxels along which the gap is measured; the shortest counts."""


class Gap(NamedTuple):
    """Where a deposit comes nearest to bone.

    ``voxel`` is that of the bone, ``bone_id`` its label. ``distance_mm`` is 0 where the two touch, over an area of
    ``contact_mm2``.
    """

    voxel: Index3
    bone_id: int
    distance_mm: float
    contact_mm2: float


def measure_gaps(volume: Volume, deposits: tuple[Deposit, ...], skeleton: Skeleton) -> tuple[Gap, ...] | None:
    """The nearest bone of each deposit, the gap to it and the area of contact; None without bone in view.

    The gap is measured between the points where the HU profile between the two falls to half, so that the blur of
    dense cortex does not narrow it; it is 0 where the two touch, and too narrow where it is thinner than the blur.
    """
    bone = surface_index(skeleton.mask())
    if len(bone) == 0:
        return None
    surfaces = [region_surface_index(deposit.envelope) for deposit in deposits]
    pairs = _nearest_pairs(volume.grid, surfaces, bone)
    return tuple(_gap(volume, d, pair, skeleton) for d, pair in zip(deposits, pairs, strict=True))


def _gap(volume: Volume, deposit: Deposit, pairs: tuple[FloatArray, FloatArray], skeleton: Skeleton) -> Gap:
    """One deposit, from the voxels of it and of bone that are nearest to each other."""
    own, goal = pairs
    k, row, column = (int(i) for i in goal[0])
    contact_mm2 = _contact_mm2(volume.grid, deposit.envelope, skeleton)
    gaps = (0.0,) if contact_mm2 > 0 else tuple(_gap_mm(volume, a, b) for a, b in zip(own, goal, strict=True))
    return Gap((k, row, column), int(skeleton.labels[k, row, column]), min(gaps), contact_mm2)


def _nearest_pairs(grid: Grid, surfaces: list[FloatArray], bone: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """For each deposit its voxels and those of bone that are nearest to each other, exactly, the nearest first.

    Samples of deposits and bone give an upper bound; only voxels within it of the other's box can do better, so that
    neither a long bone nor a large deposit is searched as a whole.
    """
    if not surfaces:
        return []
    samples = [own[:: max(1, len(own) // SAMPLE_OF_DEPOSIT)] for own in surfaces]
    sampled_bone_mm = grid.to_patient(bone[:: max(1, len(bone) // SAMPLE_OF_BONE)])
    distance = nearest_mm(grid.to_patient(np.concatenate(samples)), sampled_bone_mm)
    bounds_mm = np.minimum.reduceat(distance, np.cumsum([0] + [len(s) for s in samples[:-1]]))
    return [
        _nearest_within(grid, own, bone, float(bound_mm) + 1e-6)
        for own, bound_mm in zip(surfaces, bounds_mm, strict=True)
    ]


def _nearest_within(grid: Grid, own: FloatArray, bone: FloatArray, bound_mm: float) -> tuple[FloatArray, FloatArray]:
    """The nearest voxels of one deposit and of bone, known to lie within a bound; each (n, 3)."""
    reach = bound_mm * np.linalg.norm(np.linalg.inv(grid.affine[:3, :3]), axis=1) + 1e-6
    first, last = np.searchsorted(bone[:, 0], [own[:, 0].min() - reach[0], own[:, 0].max() + reach[0]])
    near = _within(bone[first:last], own, reach)
    own_near = _within(own, near, reach)
    near_mm = grid.to_patient(near)
    distance, number = nearest(grid.to_patient(own_near), near_mm, PAIRS)
    order = np.argsort(distance, kind="stable")[:PAIRS]
    return own_near[order], near[number[order]]


def _gap_mm(volume: Volume, own: FloatArray, goal: FloatArray) -> float:
    """Length of the gap between deposit and bone at half height, along the line through two of their voxels."""
    from scipy.ndimage import map_coordinates

    start, end = volume.grid.to_patient(np.stack([own, goal]))
    length = float(np.linalg.norm(end - start))
    at_mm = np.arange(-DEPTH_MM, length + DEPTH_MM, STEP_MM)
    index = volume.grid.to_index(start + at_mm[:, None] * (end - start) / length)
    low = np.maximum(np.floor(index.min(axis=0)).astype(int) - 1, 0)
    high = np.ceil(index.max(axis=0)).astype(int) + 2
    box = volume.values[tuple(slice(a, b) for a, b in zip(low, high, strict=True))].astype(np.float32)
    profile = map_coordinates(box, (index - low).T, order=1, mode="nearest")
    tissue = float(np.median(profile[(at_mm >= 0) & (at_mm <= length)]))
    deposit = _edge(profile[at_mm <= length / 2][::-1], tissue, length / 2)
    cortex = _edge(profile[at_mm >= length / 2], tissue, length / 2)
    return max(0.0, STEP_MM * (deposit + cortex))


def _edge(profile: FloatArray, tissue_hu: float, inside_mm: float) -> float:
    """Samples from the middle of the gap to where a profile toward the inside has risen to half of its level.

    The level is the highest value around the outermost voxel; from there the edge is looked for outward, so that
    noise in the gap can't pass for it.
    """
    first, last = round((inside_mm - STEP_MM) / STEP_MM), round((inside_mm + DEPTH_MM) / STEP_MM)
    peak = first + int(profile[first : last + 1].argmax())
    level = (float(profile[peak]) + tissue_hu) / 2
    below = np.flatnonzero(profile[:peak] < level)
    if len(below) == 0:
        return 0.0
    k = int(below[-1])
    return k + (level - float(profile[k])) / (float(profile[k + 1]) - float(profile[k]))


def _within(index: FloatArray, others: FloatArray, reach: FloatArray) -> FloatArray:
    """Voxels (n, 3) that lie within a reach, in voxels along each axis, of the box of others."""
    inside = np.ones(len(index), dtype=bool)
    for axis in range(3):
        column = index[:, axis]
        inside &= (column >= others[:, axis].min() - reach[axis]) & (column <= others[:, axis].max() + reach[axis])
    return index[inside]


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
