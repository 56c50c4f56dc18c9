"""Dense objects that are neither skeleton nor contrast nor metal, with the facts about them and their surroundings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.settings import CandidateSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import nearest_mm, region_surface_mm, surface_index
from calcimeter.geometry.morphology import coarse_factor, dilate, erode, filled, pool
from calcimeter.model.anatomy import Anatomy, Dense, Mask
from calcimeter.model.candidate import Candidate, Facts
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Region, Volume


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
    landmarks = (bone, anatomy.gas.bowel, anatomy.contrast, anatomy.metal)
    distances = _distances_mm(volume, regions, [_landmarks_mm(volume, mask, settings) for mask in landmarks], settings)
    scan = _Scan(volume, dense, anatomy, settings)
    return tuple(
        Candidate(region, _facts(scan, region, (lengths[k], bool(border[k]), distances[k])))
        for k, region in enumerate(regions)
    )


class _Scan(NamedTuple):
    """Where the facts come from."""

    volume: Volume
    dense: Dense
    anatomy: Anatomy
    settings: CandidateSettings


def _landmarks_mm(volume: Volume, mask: Mask, settings: CandidateSettings) -> FloatArray:
    """Surface of a mask on a coarse grid, LPS mm, (n, 3): true to about the coarse voxel, and few points."""
    factor = coarse_factor(volume.grid.spacing_mm, settings.coarse_mm)
    index = surface_index(pool(mask, factor))
    return volume.grid.to_patient(index * (1, factor, factor) + (0, (factor - 1) / 2, (factor - 1) / 2))


def _distances_mm(
    volume: Volume, regions: tuple[Region, ...], landmarks: list[FloatArray], settings: CandidateSettings
) -> FloatArray:
    """Distance of each region to bone, gas, contrast and metal, (regions, 4), mm; infinite beyond the reach."""
    if not regions:
        return np.zeros((0, len(landmarks)))
    points = [region_surface_mm(region, volume.grid) for region in regions]
    first = np.cumsum([0] + [len(p) for p in points[:-1]])
    everything = np.concatenate(points)
    return np.stack(
        [
            np.minimum.reduceat(nearest_mm(everything, goal, reach), first)
            for goal, reach in zip(landmarks, settings.reach_mm, strict=True)
        ],
        axis=1,
    )


def _facts(scan: _Scan, region: Region, known: tuple[FloatArray, bool, FloatArray]) -> Facts:
    """Facts of one candidate from a box around it."""
    volume = scan.volume
    lengths, border, distances = known
    values = region.values(volume)
    ring_hu, contact, beyond = _surroundings(scan, region)
    return Facts(
        threshold_hu=scan.dense.threshold_hu,
        volume_mm3=region.voxels * volume.grid.voxel_mm3,
        peak_hu=_peak_hu(volume, region),
        mean_hu=float(values.mean()),
        max_hu=float(values.max()),
        core_hu=_core_hu(scan, region),
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
    )


def _peak_hu(volume: Volume, region: Region) -> float:
    """Highest mean of a voxel with its two neighbors along rows and columns each."""
    box = region.padded((0, 1, 1), volume.grid.shape)
    values = np.pad(volume.values[box.slices].astype(np.float32), ((0, 0), (1, 1), (1, 1)), mode="edge")
    mean = (
        values[:, 1:-1, 1:-1] + values[:, :-2, 1:-1] + values[:, 2:, 1:-1] + values[:, 1:-1, :-2] + values[:, 1:-1, 2:]
    ) / 5
    return float(mean[box.mask].max())


def _core_hu(scan: _Scan, region: Region) -> float | None:
    """Median of what lies deep in a region whose holes are filled slice by slice."""
    volume, depth_mm = scan.volume, scan.settings.core_depth_mm
    spacing = volume.grid.spacing_mm
    if min(n * d for n, d in zip(region.mask.shape[1:], spacing[1:], strict=True)) <= 2 * depth_mm:
        return None
    box = region.padded((0, 1, 1), volume.grid.shape)
    core = erode(filled(Mask.from_bool(box.mask)), depth_mm, spacing, in_plane=True).to_bool()
    return float(np.median(volume.values[box.slices][core])) if core.any() else None


def _surroundings(scan: _Scan, region: Region) -> tuple[float | None, float, float]:
    """Median HU of the tissue 2 to 5 mm around; shares of the outer surface on bone, and as dense outside the body."""
    volume, dense, anatomy, settings = scan
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
    volume, _, anatomy, settings = scan
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
