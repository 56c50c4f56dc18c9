"""Spicules on cortex, which may be bone or deposit: skeleton -> skeleton without them."""

from __future__ import annotations

from calcimeter.ct.settings import SpiculeSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import shared_area_mm2
from calcimeter.geometry.morphology import coarse_factor, dilate, erode, opened, pool, threshold, unpool
from calcimeter.model.anatomy import Cut, Mask, Skeleton
from calcimeter.model.volume import Region, Volume


def cut_spicules(volume: Volume, skeleton: Skeleton, settings: SpiculeSettings) -> Skeleton:
    """The skeleton without thin, faint growths that stand out from thick cortex.

    What a disk of 3 mm does not fit into, that is not as dense as cortex, lies free on most sides, stands on bone that
    is mostly cortex, as a shaft is, and reaches 8 mm beyond it is a spicule: the bone's own reaction, or that of a
    tumor, or a deposit. It can't be told which, so that it should not be called bone.

    Returns
    -------
    Skeleton
        The same record where there is none. Else their voxels are 0 in the labels, and ``cuts`` tells of each. The
        foot of a spicule, 1.5 mm deep, stays with the bone; so do spicules that a disk of 3 mm fits into.
    """
    s, spacing = settings, volume.grid.spacing_mm
    bone = skeleton.mask()
    cortex = threshold(volume.values, s.cortex_hu) & bone
    beside = _beside_walls(volume, cortex, s)
    if beside.voxels() == 0:
        return skeleton
    thick = opened(bone, s.thick_mm, spacing, in_plane=True) | cortex
    dense = threshold(volume.values, s.dense_hu) & bone
    parts = Components.of(dense - dilate(thick, s.foot_mm, spacing, in_plane=True))
    large = parts.voxels() * volume.grid.voxel_mm3 >= s.min_volume_mm3
    long = parts.lengths_mm(spacing)[:, 0] >= s.min_reach_mm
    regions = parts.regions(large & long & (parts.share(beside) > 0))
    found = tuple(part for part in regions if _is_spicule(volume, part, (bone, thick, cortex), s))
    return skeleton.less(tuple(_cut(volume, part, bone) for part in found), volume.grid.voxel_mm3)


def _beside_walls(volume: Volume, cortex: Mask, s: SpiculeSettings) -> Mask:
    """What lies in its slice near a wall of cortex that a disk of 2 mm fits into: spicules are looked for there."""
    dz, dr, dc = volume.grid.spacing_mm
    factor = coarse_factor(volume.grid.spacing_mm, s.coarse_mm)
    walls = pool(erode(cortex, s.wall_mm, volume.grid.spacing_mm, in_plane=True), factor)
    near = dilate(walls, s.around_mm, (dz, dr * factor, dc * factor), in_plane=True)
    return unpool(near, factor, cortex.shape)


def _is_spicule(volume: Volume, part: Region, masks: tuple[Mask, Mask, Mask], s: SpiculeSettings) -> bool:
    """Whether a thin part is bright enough to be more than blur, lies free, is on cortex and reaches far from it."""
    spacing = volume.grid.spacing_mm
    if float(part.values(volume).max()) < s.min_peak_hu:
        return False
    a, b, c = (int(s.around_mm / d) + 1 for d in spacing)
    box = part.padded((a, b, c), volume.grid.shape)
    own = Mask.from_bool(box.mask)
    bone, thick, cortex = (mask.within(box.slices) for mask in masks)
    shell = dilate(own, s.shell_mm, spacing).to_bool() & ~box.mask
    host = dilate(own, s.around_mm, spacing).to_bool() & bone & ~box.mask
    if not host.any() or (~bone)[shell].mean() < s.min_free or cortex[host].mean() < s.min_cortex:
        return False
    near = dilate(Mask.from_bool(thick), s.min_reach_mm, spacing).to_bool()
    return bool((box.mask & ~near).any())


def _cut(volume: Volume, part: Region, bone: Mask) -> Cut:
    """The spicule with the area of its foot."""
    box = part.padded((1, 1, 1), volume.grid.shape)
    return Cut(part, shared_area_mm2(box.mask, bone.within(box.slices) & ~box.mask, volume.grid.spacing_mm), None)
