"""Dense objects that are neither skeleton nor contrast nor metal, with the facts about them and their surroundings.

landmarks.py  how far they lie from bone, gas, contrast medium, metal and ribs
axis.py       how they lie to the midline of the trunk and the bones in it
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.candidates.axis import Axis
from calcimeter.ct.candidates.landmarks import distances_mm
from calcimeter.ct.settings import CandidateSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import nearest_mm, region_surface_mm
from calcimeter.geometry.morphology import dilate, erode, filled
from calcimeter.model.anatomy import Anatomy, Dense, Mask
from calcimeter.model.bones import ARM, LEG
from calcimeter.model.candidate import Candidate, Facts
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Region, Volume

LIMBS = ARM | LEG

LEFT_OVER = 98.0
"""Percentile that stands for the highest value of what was cut off bone: crumbs of cortex may be left on it."""

SLICES, PIXELS = 5, 4
"""So many slices of a candidate, and every so many pixels, tell which bones lie beside it."""


def find_candidates(
    volume: Volume, dense: Dense, anatomy: Anatomy, settings: CandidateSettings
) -> tuple[Candidate, ...]:
    """Connected dense objects outside skeleton, contrast and metal, in reading order.

    Objects of fewer than ``min_voxels`` voxels are noise as often as not and are left out; what that means for the
    smallest deposit found is stated as the detection limit.
    """
    bone = anatomy.skeleton.mask()
    parts = Components.of(dense.mask - bone - anatomy.contrast - anatomy.metal)
    keep = parts.voxels() >= settings.min_voxels
    lengths = parts.lengths_mm(volume.grid.spacing_mm)[keep]
    border = parts.touches_border()[keep]
    regions = parts.regions(keep)
    distances = distances_mm(volume, regions, bone, anatomy, settings)
    scan = _Scan(volume, dense, anatomy, Axis.of(volume, anatomy), settings)
    return tuple(
        Candidate(region, _facts(scan, region, (lengths[k], bool(border[k]), distances[k])))
        for k, region in enumerate(regions)
    )


class _Scan(NamedTuple):
    """Where the facts come from."""

    volume: Volume
    dense: Dense
    anatomy: Anatomy
    axis: Axis | None
    settings: CandidateSettings


def _facts(scan: _Scan, region: Region, known: tuple[FloatArray, bool, FloatArray]) -> Facts:
    """Facts of one candidate from a box around it."""
    volume, _, anatomy, axis, settings = scan
    lengths, border, distances = known
    cuts = [cut for cut in anatomy.skeleton.cuts if cut.region.overlap(region) > 0]
    values = _clear_of_bone(scan, region) if cuts else region.values(volume).astype(np.float64)
    ring_hu, contact, beyond = _surroundings(scan, region)
    core_hu, rim_hu = _core_and_rim_hu(scan, region)
    return Facts(
        threshold_hu=scan.dense.threshold_hu,
        volume_mm3=region.voxels * volume.grid.voxel_mm3,
        peak_hu=_peak_hu(volume, region),
        mean_hu=float(values.mean()),
        max_hu=float(np.percentile(values, LEFT_OVER) if cuts else values.max()),
        core_hu=core_hu,
        lengths_mm=(float(lengths[0]), float(lengths[1]), float(lengths[2])),
        at_border=border,
        bone_mm=float(distances[0]),
        gas_mm=float(distances[1]),
        contrast_mm=float(distances[2]),
        metal_mm=float(distances[3]),
        bone_contact=contact,
        beyond_body=beyond,
        ring_hu=ring_hu,
        bone_around=_bone_around(scan, region),
        where=anatomy.trunk.at(region.centroid()) if anatomy.trunk else None,
        midline=axis.beside(region, settings) if axis else None,
        rib_mm=float(distances[4]),
        limb_share=_limb_share(scan, region),
        near_bones_mm=_near_bones_mm(scan, region) if distances[0] <= settings.joint_mm else (),
        organ=_organ(scan, region),
        cut_mm2=sum(cut.area_mm2 for cut in cuts) or None,
        rim_hu=rim_hu,
        spicule=any(cut.is_spicule for cut in cuts),
        metal_share=_metal_share(scan, region) if np.isfinite(distances[3]) else 0.0,
    )


def _clear_of_bone(scan: _Scan, region: Region) -> FloatArray:
    """HU of a region without what the blur of the bone that it was cut off may reach; all where nothing is left."""
    spacing = scan.volume.grid.spacing_mm
    reach_mm = max(scan.settings.ring_mm[0], 1.01 * max(spacing))
    a, b, c = (int(reach_mm / d) + 1 for d in spacing)
    box = region.padded((a, b, c), scan.volume.grid.shape)
    blurred = dilate(Mask.from_bool(scan.anatomy.skeleton.labels[box.slices]), reach_mm, spacing).to_bool()
    clear = box.mask & ~blurred
    values = scan.volume.values[box.slices]
    return values[clear if clear.any() else box.mask].astype(np.float64)


def _peak_hu(volume: Volume, region: Region) -> float:
    """Highest mean of a voxel with its two neighbors along rows and columns each."""
    box = region.padded((0, 1, 1), volume.grid.shape)
    values = np.pad(volume.values[box.slices].astype(np.float32), ((0, 0), (1, 1), (1, 1)), mode="edge")
    mean = (
        values[:, 1:-1, 1:-1] + values[:, :-2, 1:-1] + values[:, 2:, 1:-1] + values[:, 1:-1, :-2] + values[:, 1:-1, 2:]
    ) / 5
    return float(mean[box.mask].max())


def _core_and_rim_hu(scan: _Scan, region: Region) -> tuple[float | None, float | None]:
    """Lower quartile deep in a region whose holes are filled slice by slice, and median around it; None without."""
    volume, depth_mm = scan.volume, scan.settings.core_depth_mm
    spacing = volume.grid.spacing_mm
    if min(n * d for n, d in zip(region.mask.shape[1:], spacing[1:], strict=True)) <= 2 * depth_mm:
        return None, None
    box = region.padded((0, 1, 1), volume.grid.shape)
    values, whole = volume.values[box.slices], filled(Mask.from_bool(box.mask))
    deep = erode(whole, depth_mm, spacing, in_plane=True)
    core, rim = values[deep.to_bool()], values[(whole - deep).to_bool()]
    core_hu = float(np.percentile(core, 25)) if len(core) else None
    return core_hu, float(np.median(rim)) if len(core) and len(rim) else None  # no rim where the scan is all of it


def _surroundings(scan: _Scan, region: Region) -> tuple[float | None, float, float]:
    """Median HU of the tissue 2 to 5 mm around; shares of the outer surface on bone, and as dense outside the body."""
    volume, dense, anatomy, _, settings = scan
    spacing = volume.grid.spacing_mm
    margin = [int(settings.ring_mm[1] / s) + 1 for s in spacing]
    box = region.padded((margin[0], margin[1], margin[2]), volume.grid.shape)
    own = Mask.from_bool(box.mask)
    near, far = dilate(own, settings.ring_mm[0], spacing), dilate(own, settings.ring_mm[1], spacing)
    outside = ~anatomy.body.within(box.slices)
    values = volume.values[box.slices]
    ring: BoolArray = (far - near).to_bool() & ~dense.mask.within(box.slices) & ~outside
    shell = (dilate(own, max(spacing) * 1.01, spacing) - own).to_bool()
    count = max(1, int(shell.sum()))
    contact = int((anatomy.skeleton.labels[box.slices][shell] > 0).sum()) / count
    beyond = int((shell & outside & (values > dense.threshold_hu)).sum()) / count
    return (float(np.median(values[ring])) if ring.any() else None), contact, beyond


def _bone_around(scan: _Scan, region: Region) -> float:
    """Share of 32 directions in the transverse plane that meet bone within 150 mm."""
    volume, anatomy, settings = scan.volume, scan.anatomy, scan.settings
    center = region.centroid()
    angles = np.arange(32) * (2 * np.pi / 32)
    steps_mm = np.arange(2.0, settings.around_mm, 2.0)
    _, dr, dc = volume.grid.spacing_mm
    rows = np.rint(center[1] + np.outer(np.sin(angles), steps_mm) / dr).astype(int)
    columns = np.rint(center[2] + np.outer(np.cos(angles), steps_mm) / dc).astype(int)
    inside = (rows >= 0) & (rows < volume.grid.shape[1]) & (columns >= 0) & (columns < volume.grid.shape[2])
    plane = anatomy.skeleton.labels[round(center[0])]
    met = np.zeros(rows.shape, dtype=bool)
    met[inside] = plane[rows[inside], columns[inside]] > 0
    return float(met.any(axis=1).mean())


def _limb_share(scan: _Scan, region: Region) -> float:
    """Share of the bone in some of a region's slices that has the name of a limb bone."""
    skeleton = scan.anatomy.skeleton
    count = max((bone.id for bone in skeleton.bones), default=0) + 1
    step = max(1, region.mask.shape[0] // SLICES)
    planes = skeleton.labels[region.slices[0]][::step, ::PIXELS, ::PIXELS]
    voxels = np.bincount(planes.reshape(-1), minlength=count)
    limb = sum(int(voxels[bone.id]) for bone in skeleton.bones if bone.name in LIMBS)
    return limb / max(1, int(voxels[1:].sum()))


def _near_bones_mm(scan: _Scan, region: Region) -> tuple[tuple[str, float], ...]:
    """Names of the bones within reach and the distance to each, nearest first."""
    volume, anatomy, settings = scan.volume, scan.anatomy, scan.settings
    margin = [int(settings.joint_mm / s) + 1 for s in volume.grid.spacing_mm]
    box = region.padded((margin[0], margin[1], margin[2]), volume.grid.shape)
    labels = anatomy.skeleton.labels[box.slices]
    own = region_surface_mm(region, volume.grid)
    found: dict[str, float] = {}
    for bone in anatomy.skeleton.bones:
        if bone.name is None or not (labels == bone.id).any():
            continue
        points = volume.grid.to_patient(np.argwhere(labels == bone.id) + np.array(box.start))
        gap = float(nearest_mm(own, points, settings.joint_mm).min())
        found[bone.name] = min(gap, found.get(bone.name, np.inf))
    near = [(name, gap) for name, gap in found.items() if np.isfinite(gap)]
    return tuple(sorted(near, key=lambda pair: pair[1]))


def _metal_share(scan: _Scan, region: Region) -> float:
    """Share of a region within the width of metal's edge: a voxel at least."""
    spacing = scan.volume.grid.spacing_mm
    reach_mm = max(scan.settings.metal_edge_mm, 1.01 * max(spacing))
    a, b, c = (int(reach_mm / d) + 1 for d in spacing)
    box = region.padded((a, b, c), scan.volume.grid.shape)
    edge = dilate(Mask.from_bool(scan.anatomy.metal.within(box.slices)), reach_mm, spacing)
    return float(edge.to_bool()[box.mask].mean())


def _organ(scan: _Scan, region: Region) -> str | None:
    """The organ of a given label map that holds at least a third of a region and its rim."""
    organs, spacing = scan.anatomy.organs, scan.volume.grid.spacing_mm
    if organs is None:
        return None
    box = region.padded((1, 1, 1), scan.volume.grid.shape)
    rim = dilate(Mask.from_bool(box.mask), max(spacing) * 1.01, spacing).to_bool()
    share = np.bincount(organs.labels[box.slices][rim], minlength=len(organs.names) + 1)[1:] / rim.sum()
    best = int(share.argmax()) if len(share) else 0
    return organs.names[best] if len(share) and share[best] >= scan.settings.organ_share else None
