"""Bone among what is dense: dense voxels -> skeleton."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.settings import SkeletonSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import closed, coarse_factor, dilate, erode, filled, pool, threshold, unpool
from calcimeter.geometry.runs import paint_labels
from calcimeter.model.anatomy import Bone, Mask, Skeleton
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Volume


def find_skeleton(volume: Volume, dense: Mask, settings: SkeletonSettings) -> Skeleton:
    """Bones with their marrow, as separate pieces without names.

    Parameters
    ----------
    volume : Volume
    dense : Mask
        Dense voxels without contrast medium and metal.

    Returns
    -------
    Skeleton
        Pieces ordered by volume; none where no piece looks like bone. A deposit that is fused to bone at the search
        threshold goes with the bone. Bones without cortex over 650 HU that are free of the rest and not cut by
        the border (a patella in severe osteoporosis) stay outside and are classified later.
    """
    parts = Components.of(dense)
    factor = coarse_factor(volume.grid.spacing_mm, settings.coarse_mm)
    bone = _seeds(volume, parts, settings)
    bone &= ~_solid(volume, parts, bone, factor, settings)
    for _ in range(settings.rounds):
        bone |= _absorbed(volume, parts, bone, factor, settings)
    return _pieces(volume, parts.mask(bone), dense, (factor, settings))


def _seeds(volume: Volume, parts: Components, s: SkeletonSettings) -> BoolArray:
    """Which parts may be bone by themselves."""
    volume_mm3 = parts.voxels() * volume.grid.voxel_mm3
    lengths = parts.lengths_mm(volume.grid.spacing_mm)
    border = parts.touches_border()
    cortex = parts.share(threshold(volume.values, s.cortex_hu))
    beyond = border | (lengths[:, 0] >= s.min_length_mm)
    bone: BoolArray = (volume_mm3 >= s.min_volume_mm3) & (cortex >= s.min_cortex_share) & beyond
    bone |= (volume_mm3 >= s.cut_volume_mm3) & (cortex >= s.cut_cortex_share) & border
    if volume_mm3[bone].sum() >= s.rib_min_skeleton_mm3:
        elongated = lengths[:, 0] >= np.maximum(s.rib_length_mm, s.rib_elongation * lengths[:, 1])
        bone |= (volume_mm3 >= s.min_volume_mm3) & border & elongated
    return bone


def _solid(volume: Volume, parts: Components, seeds: BoolArray, factor: int, s: SkeletonSettings) -> BoolArray:
    """Which seeds are solid, without marrow, and lie free: dense masses rather than bones.

    A bone encloses marrow, or its cortex is denser than its inside. Solid seeds stay bone where they run through
    all slices (a shaft whose canal is closed), or where they are cut by the border within a joint's width of a bone
    that has marrow (the end plate of a vertebra).
    """
    dz, dr, dc = volume.grid.spacing_mm
    spacing = (dz, dr * factor, dc * factor)
    cortical = seeds & (parts.share(threshold(volume.values, s.cortex_hu)) >= s.min_cortex_share)
    dense = pool(parts.mask(cortical), factor)
    whole = _with_marrow(dense, spacing, s)
    bones = Components.of(whole)
    cortex = pool(threshold(volume.values, s.cortex_hu), factor)
    core = erode(whole, s.core_depth_mm, spacing, in_plane=True)
    core_share = _density(bones, cortex & core, core)
    shell_share = _density(bones, cortex - core, whole - core)
    low, high = bones.boxes()
    border = bones.touches_border()
    through = (low[:, 0] == 0) & (high[:, 0] == volume.grid.shape[0])
    hollow = 1 - bones.share(dense) >= s.min_marrow_share
    marrow = hollow | (core_share < s.core_to_shell * shell_share)
    beside = border & (bones.share(dilate(bones.mask(marrow), s.neighbor_mm, spacing)) > 0)
    masses = bones.mask(~marrow & ~through & ~beside)
    solid: BoolArray = cortical & (parts.share(unpool(masses, factor, volume.grid.shape)) > s.absorb_share)
    return solid


def _density(parts: Components, marked: Mask, where: Mask) -> FloatArray:
    """Share of each part's voxels in a place that are marked, (count,); 0 where it has none there."""
    return parts.share(marked) / np.maximum(parts.share(where), 1e-9)


def _absorbed(volume: Volume, parts: Components, bone: BoolArray, factor: int, s: SkeletonSettings) -> BoolArray:
    """Which of the other parts belong to the bones found so far: marrow fringe, trabeculae, thin joints.

    Only small parts do, if they lie in what the bones enclose or within 1.6 mm of them: what is larger may be a
    deposit in a hollow between bones.
    """
    dz, dr, dc = volume.grid.spacing_mm
    spacing = (dz, dr * factor, dc * factor)
    small = parts.voxels() * volume.grid.voxel_mm3 < s.absorb_max_mm3
    closing = closed(pool(parts.mask(bone), factor), s.closing_mm, spacing)
    envelope = dilate(_with_marrow(closing, spacing, s), s.absorb_mm, spacing)
    inside: BoolArray = parts.share(unpool(envelope, factor, volume.grid.shape)) >= s.absorb_share
    return small & inside


def _with_marrow(bone: Mask, spacing: tuple[float, float, float], s: SkeletonSettings) -> Mask:
    """Bone with the holes that it encloses in each slice, up to the size of a femoral head: a pelvis is a ring."""
    return filled(bone, int(s.max_marrow_mm2 / (spacing[1] * spacing[2])))


def _pieces(volume: Volume, bone: Mask, dense: Mask, how: tuple[int, SkeletonSettings]) -> Skeleton:
    """Pieces of bone, numbered by volume, with the marrow that they enclose in each slice."""
    factor, settings = how
    dz, dr, dc = spacing = volume.grid.spacing_mm
    coarse = pool(bone, factor)
    marrow = _with_marrow(coarse, (dz, dr * factor, dc * factor), settings) - coarse
    holes = unpool(marrow, factor, volume.grid.shape)
    rim = factor * max(dr, dc) * 1.01
    inside = dilate(holes, rim, spacing, in_plane=True) if factor > 1 else holes
    whole = bone | (inside - dense)
    parts = Components.of(whole)
    voxels = parts.voxels()
    order = np.argsort(-voxels, kind="stable")
    number = np.empty(parts.count, dtype=np.int64)
    number[order] = np.arange(1, parts.count + 1)
    labels = paint_labels(parts.runs, number[parts.labels])
    bones = tuple(
        Bone(id=k + 1, name=None, side=None, volume_mm3=float(voxels[i] * volume.grid.voxel_mm3))
        for k, i in enumerate(order)
    )
    return Skeleton(labels, bones)
