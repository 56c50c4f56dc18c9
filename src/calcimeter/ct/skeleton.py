"""Bone among what is dense: dense voxels -> skeleton."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.settings import SkeletonSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import closed, coarse_factor, dilate, erode, filled, pool, threshold, unpool
from calcimeter.geometry.runs import paint_labels
from calcimeter.model.anatomy import Bone, Mask, Skeleton
from calcimeter.model.grid import BoolArray, FloatArray, Grid
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
    factor = coarse_factor(volume.grid.spacing_mm, settings.coarse_mm)
    scan = _Scan(volume.grid, Components.of(dense), threshold(volume.values, settings.cortex_hu), factor)
    bone = _by_marrow(scan, _seeds(scan, settings), settings)
    bone |= _absorbed(scan, bone, settings)
    return _pieces(scan, scan.parts.mask(bone), dense, settings)


class _Scan(NamedTuple):
    """What every question about bone is put to: the dense parts, where cortex is, and the coarse grid."""

    grid: Grid
    parts: Components
    cortex: Mask
    factor: int

    @property
    def coarse_mm(self) -> tuple[float, float, float]:
        """Spacing of the coarse grid."""
        dz, dr, dc = self.grid.spacing_mm
        return (dz, dr * self.factor, dc * self.factor)

    @property
    def volume_mm3(self) -> FloatArray:
        """Volume of each part, (parts,)."""
        return self.parts.voxels() * self.grid.voxel_mm3

    def coarse(self, mask: Mask) -> Mask:
        """A mask on the coarse grid."""
        return pool(mask, self.factor)

    def fine(self, mask: Mask) -> Mask:
        """A coarse mask on the scan's grid."""
        return unpool(mask, self.factor, self.grid.shape)


def _seeds(scan: _Scan, s: SkeletonSettings) -> BoolArray:
    """Which parts may be bone by themselves."""
    volume_mm3 = scan.volume_mm3
    lengths = scan.parts.lengths_mm(scan.grid.spacing_mm)
    border = scan.parts.touches_border()
    cortex = scan.parts.share(scan.cortex)
    beyond = border | (lengths[:, 0] >= s.min_length_mm)
    bone: BoolArray = (volume_mm3 >= s.min_volume_mm3) & (cortex >= s.min_cortex_share) & beyond
    bone |= (volume_mm3 >= s.cut_volume_mm3) & (cortex >= s.cut_cortex_share) & border
    if volume_mm3[bone].sum() >= s.rib_min_skeleton_mm3:
        elongated = lengths[:, 0] >= np.maximum(s.rib_length_mm, s.rib_elongation * lengths[:, 1])
        bone |= (volume_mm3 >= s.min_volume_mm3) & border & elongated
    return bone


def _by_marrow(scan: _Scan, seeds: BoolArray, s: SkeletonSettings) -> BoolArray:
    """The seeds without those that are solid and lie free, and with the bones of a row.

    A solid seed, dense masses are, stays bone where it runs through all slices (a shaft whose canal is closed), or
    where it is cut by the border within a joint's width of a bone that has marrow (the end plate of a vertebra). A
    part that is no seed is bone if it has marrow and is one of at least three, each near the next (vertebrae); what
    runs through all slices passes by such a row and is none of it.
    """
    cortical = (scan.parts.share(scan.cortex) >= s.min_cortex_share) & (scan.volume_mm3 >= s.min_volume_mm3)
    if not cortical.any():
        return seeds
    bones, marrow = _with_and_without_marrow(scan, cortical, s)
    low, high = bones.boxes()
    through = (low[:, 0] == 0) & (high[:, 0] == scan.grid.shape[0])
    neighbor = bones.share(dilate(bones.mask(marrow), s.neighbor_mm, scan.coarse_mm)) > 0
    solid = ~marrow & ~through & ~(neighbor & bones.touches_border())
    in_row = _in_row(bones, marrow & ~through, scan.coarse_mm, s)
    large = scan.volume_mm3 >= s.cut_volume_mm3
    return seeds & ~(cortical & _of(scan, bones, solid, s)) | cortical & large & _of(scan, bones, in_row, s)


def _in_row(
    bones: Components, marrow: BoolArray, spacing_mm: tuple[float, float, float], s: SkeletonSettings
) -> BoolArray:
    """Which of the pieces with marrow are one of several, each near the next."""
    if np.count_nonzero(marrow) < s.min_series:
        return np.zeros_like(marrow)
    around = Components.of(dilate(bones.mask(marrow), s.neighbor_mm, spacing_mm))
    row = np.where(marrow, around.at(*bones.first_voxels()), -1)
    members = np.bincount(row[marrow], minlength=around.count + 1)
    return marrow & (members[row] >= s.min_series)


def _with_and_without_marrow(scan: _Scan, parts: BoolArray, s: SkeletonSettings) -> tuple[Components, BoolArray]:
    """Parts with what they enclose on the coarse grid, and which of these have marrow.

    A bone encloses marrow, or its cortex is denser than its inside; a mass is as dense inside.
    """
    dense = scan.coarse(scan.parts.mask(parts))
    cortex = scan.coarse(scan.cortex)
    whole = _with_marrow(dense, scan.coarse_mm, s)
    bones = Components.of(whole)
    core = erode(whole, s.core_depth_mm, scan.coarse_mm, in_plane=True)
    hollow = 1 - bones.share(dense) >= s.min_marrow_share
    softer = _density(bones, cortex & core, core) < s.core_to_shell * _density(bones, cortex - core, whole - core)
    return bones, hollow | softer


def _of(scan: _Scan, bones: Components, chosen: BoolArray, s: SkeletonSettings) -> BoolArray:
    """Which parts make up the chosen coarse components."""
    if not chosen.any():
        return np.zeros(scan.parts.count, dtype=bool)
    inside: BoolArray = scan.parts.share(scan.fine(bones.mask(chosen))) > s.absorb_share
    return inside


def _density(parts: Components, marked: Mask, where: Mask) -> FloatArray:
    """Share of each part's voxels in a place that are marked, (count,); 0 where it has none there."""
    return parts.share(marked) / np.maximum(parts.share(where), 1e-9)


def _absorbed(scan: _Scan, bone: BoolArray, s: SkeletonSettings) -> BoolArray:
    """Which of the other parts belong to the bones found so far: marrow fringe, trabeculae, thin joints.

    Only small parts do, if they lie in what the bones enclose or within 1.6 mm of them: what is larger may be a
    deposit in a hollow between bones.
    """
    closing = closed(scan.coarse(scan.parts.mask(bone)), s.closing_mm, scan.coarse_mm)
    envelope = dilate(_with_marrow(closing, scan.coarse_mm, s), s.absorb_mm, scan.coarse_mm)
    inside = scan.parts.share(scan.fine(envelope)) >= s.absorb_share
    absorbed: BoolArray = inside & (scan.volume_mm3 < s.absorb_max_mm3)
    return absorbed


def _with_marrow(bone: Mask, spacing_mm: tuple[float, float, float], s: SkeletonSettings) -> Mask:
    """Bone with the holes that it encloses in each slice, up to the size of a femoral head: a pelvis is a ring."""
    return filled(bone, int(s.max_marrow_mm2 / (spacing_mm[1] * spacing_mm[2])))


def _pieces(scan: _Scan, bone: Mask, dense: Mask, s: SkeletonSettings) -> Skeleton:
    """Pieces of bone, numbered by volume, with the marrow that they enclose in each slice."""
    coarse = scan.coarse(bone)
    holes = scan.fine(_with_marrow(coarse, scan.coarse_mm, s) - coarse)
    rim_mm = max(scan.coarse_mm[1:]) * 1.01 if scan.factor > 1 else 0.0
    whole = bone | (dilate(holes, rim_mm, scan.grid.spacing_mm, in_plane=True) - dense)
    parts = Components.of(whole)
    voxels = parts.voxels()
    order = np.argsort(-voxels, kind="stable")
    number = np.empty(parts.count, dtype=np.int64)
    number[order] = np.arange(1, parts.count + 1)
    labels = paint_labels(parts.runs, number[parts.labels])
    bones = tuple(
        Bone(id=k + 1, name=None, side=None, volume_mm3=float(voxels[i] * scan.grid.voxel_mm3))
        for k, i in enumerate(order)
    )
    return Skeleton(labels, bones)
