"""Plateaus on bone that may be deposits: which parts of the skeleton are thick and even, and lie bare."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.cut.fused import Fused
from calcimeter.ct.cut.place import beyond_shaft
from calcimeter.ct.cut.shaft import shaft_beside
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import (
    closed,
    coarse_factor,
    complement,
    dilate,
    erode,
    opened,
    pool,
    threshold,
)
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray, Index3
from calcimeter.model.volume import Region


class _Surroundings(NamedTuple):
    """What decides whether a plateau is a deposit.

    The share of the rim on its far side that is denser than it (``walled``); the volume of the skeleton
    around, and the second largest part of that by the largest (``second``); the standard deviation inside.
    """

    walled: float
    host_mm3: float
    second: float
    sd_hu: float


def closed_bone(fused: Fused, dense: Mask) -> Mask:
    """What is dense in the skeleton, without the holes that noise makes."""
    pixel_mm = max(fused.spacing_mm[1:]) * 1.01
    return closed(dense & Mask.from_bool(fused.labels), pixel_mm, fused.spacing_mm, in_plane=True)


def thick_plateaus(fused: Fused, bone: Mask) -> tuple[Region, ...]:
    """What is thick and dense in the skeleton, but less so than cortex: spongy bone and deposits."""
    s, spacing = fused.settings, fused.spacing_mm
    walls = dilate(threshold(fused.volume.values, fused.cortex_hu), max(spacing[1:]) * 1.01, spacing)
    parts = Components.of(opened(bone - walls, s.opening_mm, spacing))
    return parts.regions(parts.voxels() * fused.volume.grid.voxel_mm3 >= s.min_volume_mm3)


def bare_parts(fused: Fused, plateau: Region) -> tuple[Region, ...]:
    """What of a thick plateau is a deposit: all of it, some lobes, what lies beyond the surface of a shaft, or none."""
    return _bare(fused, plateau) or _on_shaft(fused, plateau)


def solid_plateaus(fused: Fused) -> tuple[Region, ...]:
    """Deposits as dense as cortex: what is even, lies bare, and is thicker than cortex gets.

    Looked for on a coarse grid whose voxels are dense throughout.
    """
    s, spacing = fused.settings, fused.spacing_mm
    firm = threshold(fused.volume.values, s.solid_hu) & Mask.from_bool(fused.labels)
    factor = coarse_factor(spacing, s.coarse_mm)
    coarse_mm = (spacing[0], spacing[1] * factor, spacing[2] * factor)
    throughout = complement(pool(complement(firm), factor))
    cores = Components.of(erode(throughout, s.solid_mm, coarse_mm))
    large = np.ones(cores.count, dtype=bool)
    regions = [
        _grown(fused, core.padded(_reach(s.solid_mm, coarse_mm), throughout.shape), firm)
        for core in cores.regions(large)
    ]
    return tuple(part for region in regions for part in _on_shaft(fused, region) or _bare(fused, region))


def _reach(radius_mm: float, spacing_mm: tuple[float, float, float]) -> Index3:
    """Voxels that a radius reaches along each axis."""
    a, b, c = (int(radius_mm / d) + 1 for d in spacing_mm)
    return (a, b, c)


def _grown(fused: Fused, core: Region, firm: Mask) -> Region:
    """A core on the coarse grid at its size before it was eroded, on the scan's grid."""
    spacing, shape = fused.spacing_mm, fused.volume.grid.shape
    factor = coarse_factor(spacing, fused.settings.coarse_mm)
    coarse_mm = (spacing[0], spacing[1] * factor, spacing[2] * factor)
    whole = dilate(Mask.from_bool(core.mask), fused.settings.solid_mm, coarse_mm).to_bool()
    start = (core.start[0], core.start[1] * factor, core.start[2] * factor)
    fine = whole.repeat(factor, axis=1).repeat(factor, axis=2)[:, : shape[1] - start[1], : shape[2] - start[2]]
    box = tuple(slice(s, s + n) for s, n in zip(start, fine.shape, strict=True))
    return Region.trimmed(start, fine & firm.within((box[0], box[1], box[2])))


def _on_shaft(fused: Fused, plateau: Region) -> tuple[Region, ...]:
    """What of a plateau lies beyond the surface of the shaft that it lies on, if that is a deposit; or none."""
    s = fused.settings
    large = plateau.voxels * fused.volume.grid.voxel_mm3 >= s.shaft_volume_mm3
    if not large or fused.free(plateau) < s.embedded_free - 0.1 or _scatter_hu(fused, plateau) > s.max_sd_hu:
        return ()
    found = shaft_beside(fused, plateau)
    part = beyond_shaft(fused, *found) if found is not None else None
    if found is None or part is None:
        return ()
    shaft, box = found
    beyond_mm, _ = shaft.beyond(box.mask, fused.spacing_mm)
    outside = box.mask & (beyond_mm > 0)
    if outside.sum() < s.shaft_outside * box.voxels or beyond_mm[box.mask].max() < s.shaft_height_mm:
        return ()
    inner = _without_rim(fused, part.region)
    if inner is None or fused.free(part.region) < s.min_free or not _is_in_one_place(fused, inner):
        return ()
    return (Region.trimmed(box.start, outside),)


def _without_rim(fused: Fused, deposit: Region) -> Region | None:
    """The inside of a deposit; None where it is all rim."""
    rim_mm = max(fused.settings.rim_mm, 1.01 * max(fused.spacing_mm))
    box = fused.around(deposit, 0.0)
    inside = erode(Mask.from_bool(box.mask), rim_mm, fused.spacing_mm).to_bool()
    return Region.trimmed(box.start, inside) if inside.any() else None


def _bare(fused: Fused, plateau: Region) -> tuple[Region, ...]:
    """The parts of a plateau that are deposits: all of it, or those of its lobes that are, or none.

    Where bone is spongy up to its surface, a deposit and the bone under it are one plateau with a waist: as soon as
    one of the lobes lies embedded, the whole can't be a deposit.
    """
    embedded = False
    for depth_mm in fused.settings.lobe_mm:
        lobes = _lobes(fused, plateau, depth_mm)
        embedded |= any(fused.free(lobe) < fused.settings.embedded_free for lobe in lobes)
        bare = tuple(lobe for lobe in lobes if _is_deposit(fused, lobe)) if embedded else ()
        if bare:
            return bare
    return (plateau,) if not embedded and _is_deposit(fused, plateau) else ()


def _lobes(fused: Fused, plateau: Region, depth_mm: float) -> tuple[Region, ...]:
    """The parts that a plateau falls into where it is eroded, at their former size; none where it stays whole."""
    box = fused.around(plateau, 0.0)
    whole = Mask.from_bool(box.mask)
    cores = Components.of(erode(whole, depth_mm, fused.spacing_mm))
    if cores.count < 2:
        return ()
    grown = (dilate(cores.mask(np.arange(cores.count) == k), depth_mm, fused.spacing_mm) for k in range(cores.count))
    lobes = (Region.trimmed(box.start, (core & whole).to_bool()) for core in grown)
    return tuple(x for x in lobes if x.voxels * fused.volume.grid.voxel_mm3 >= fused.settings.min_volume_mm3)


def _is_deposit(fused: Fused, plateau: Region) -> bool:
    """Whether a plateau lies bare, hangs on something, in one place, and is even."""
    return fused.free(plateau) >= fused.settings.min_free and _is_in_one_place(fused, plateau)


def _is_in_one_place(fused: Fused, plateau: Region) -> bool:
    """Whether a plateau without cortex on its far side hangs on something, in one place, and is even."""
    s, around = fused.settings, _surroundings(fused, plateau)
    return (
        around.walled <= s.max_walled
        and around.host_mm3 >= s.min_host_mm3
        and around.second <= s.max_second
        and around.sd_hu <= s.max_sd_hu
    )


def _surroundings(fused: Fused, plateau: Region) -> _Surroundings:
    """What lies around a plateau and inside it; without a rim on the far side it counts as walled."""
    s, spacing = fused.settings, fused.spacing_mm
    box = fused.around(plateau, s.around_mm)
    own, values = Mask.from_bool(box.mask), fused.volume.values[box.slices]
    bone = fused.labels[box.slices] > 0
    rim_mm = max(s.rim_mm, 1.01 * max(spacing))
    shell = dilate(own, max(s.shell_mm, rim_mm), spacing).to_bool() & bone & ~box.mask
    host = (dilate(own, s.around_mm, spacing) - own).to_bool() & bone & ~shell
    rim = shell & dilate(Mask.from_bool(~bone), rim_mm, spacing).to_bool() & _beyond(box.mask, host, spacing)
    parts = np.sort(Components.of(Mask.from_bool(host)).voxels())[::-1]
    wall_hu = float(np.median(values[box.mask])) + s.walled_hu
    return _Surroundings(
        walled=float((values[rim] > wall_hu).mean()) if rim.any() else 1.0,
        host_mm3=float(parts.sum() * fused.volume.grid.voxel_mm3),
        second=float(parts[1] / parts[0]) if len(parts) > 1 else 0.0,
        sd_hu=_sd_hu(fused, plateau),
    )


def _sd_hu(fused: Fused, plateau: Region) -> float:
    """Standard deviation inside a plateau, its outermost voxels in each slice left out where more is left."""
    box = fused.around(plateau, 0.0)
    inside = erode(Mask.from_bool(box.mask), max(fused.spacing_mm[1:]) * 1.01, fused.spacing_mm).to_bool()
    return float(fused.volume.values[box.slices][inside if inside.any() else box.mask].std())


def _scatter_hu(fused: Fused, plateau: Region) -> float:
    """Standard deviation as the closest half of the values tells it: some cortex in a plateau does not count."""
    values = np.sort(plateau.values(fused.volume).astype(np.float64))
    half = len(values) // 2
    return float((values[half:] - values[: len(values) - half]).min()) / 1.349


def _beyond(own: BoolArray, host: BoolArray, spacing_mm: tuple[float, float, float]) -> BoolArray:
    """The half of a box on the far side of a plateau, seen from the middle of its host; nothing without a host."""
    if not host.any():
        return np.zeros_like(own)
    center = np.argwhere(own).mean(axis=0)
    toward = (np.argwhere(host).mean(axis=0) - center) * np.square(spacing_mm)
    along: FloatArray = np.tensordot(np.moveaxis(np.indices(own.shape), 0, -1) - center, toward, axes=1)
    return along < 0
