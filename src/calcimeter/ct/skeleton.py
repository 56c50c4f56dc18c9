"""Bone among what is dense: dense voxels -> skeleton."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.settings import SkeletonSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import closed, coarse_factor, dilate, filled, pool, threshold, unpool
from calcimeter.geometry.runs import paint_labels
from calcimeter.model.anatomy import Bone, Mask, Skeleton
from calcimeter.model.grid import BoolArray
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
    bone = _seeds(volume, parts, settings)
    factor = coarse_factor(volume.grid.spacing_mm, settings.coarse_mm)
    for _ in range(settings.rounds):
        bone |= _absorbed(volume, parts, bone, factor, settings)
    return _pieces(volume, parts.mask(bone), factor)


def _seeds(volume: Volume, parts: Components, s: SkeletonSettings) -> BoolArray:
    """Which parts are bone by themselves."""
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


def _absorbed(volume: Volume, parts: Components, bone: BoolArray, factor: int, s: SkeletonSettings) -> BoolArray:
    """Which of the other parts lie on the closed and filled skeleton: marrow fringe, trabeculae, thin joints."""
    dz, dr, dc = volume.grid.spacing_mm
    spacing = (dz, dr * factor, dc * factor)
    coarse = pool(parts.mask(bone), factor)
    envelope = dilate(filled(closed(coarse, s.closing_mm, spacing)), s.absorb_mm, spacing)
    absorbed: BoolArray = parts.share(unpool(envelope, factor, volume.grid.shape)) >= s.absorb_share
    return absorbed


def _pieces(volume: Volume, bone: Mask, factor: int) -> Skeleton:
    """Pieces of bone, numbered by volume, with the marrow that they enclose in each slice."""
    spacing = volume.grid.spacing_mm
    coarse = pool(bone, factor)
    holes = unpool(filled(coarse) - coarse, factor, volume.grid.shape)
    rim = factor * max(spacing[1], spacing[2]) * 1.01
    whole = bone | (dilate(holes, rim, spacing, in_plane=True) if factor > 1 else holes)
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
