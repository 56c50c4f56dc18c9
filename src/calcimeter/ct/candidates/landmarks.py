"""How far candidates lie from bone, gas, contrast medium, metal and ribs."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.settings import CandidateSettings
from calcimeter.geometry.distance import nearest_mm, region_surface_mm, surface_index
from calcimeter.geometry.morphology import coarse_factor, pool
from calcimeter.model.anatomy import Anatomy, Mask, Skeleton
from calcimeter.model.grid import FloatArray
from calcimeter.model.volume import Region, Volume

PIXELS = 4
"""Every so many pixels tell where ribs are."""


def distances_mm(
    volume: Volume, regions: tuple[Region, ...], bone: Mask, anatomy: Anatomy, settings: CandidateSettings
) -> FloatArray:
    """Distance of each region to bone, gas, contrast, metal and ribs, (regions, 5), mm; infinite beyond the reach."""
    if not regions:
        return np.zeros((0, len(settings.reach_mm)))
    landmarks = (bone, anatomy.gas.bowel, anatomy.contrast, anatomy.metal)
    goals = [_landmarks_mm(volume, mask, settings) for mask in landmarks]
    goals[0] = np.concatenate([goals[0], *_spicules_mm(volume, anatomy.skeleton)])
    goals.append(_ribs_mm(volume, anatomy.skeleton))
    points = [region_surface_mm(region, volume.grid) for region in regions]
    first = np.cumsum([0] + [len(p) for p in points[:-1]])
    everything = np.concatenate(points)
    return np.stack(
        [
            np.minimum.reduceat(nearest_mm(everything, goal, reach), first)
            for goal, reach in zip(goals, settings.reach_mm, strict=True)
        ],
        axis=1,
    )


def _landmarks_mm(volume: Volume, mask: Mask, settings: CandidateSettings) -> FloatArray:
    """Surface of a mask on a coarse grid, LPS mm, (n, 3): true to about the coarse voxel, and few points."""
    factor = coarse_factor(volume.grid.spacing_mm, settings.coarse_mm)
    index = surface_index(pool(mask, factor))
    return volume.grid.to_patient(index * (1, factor, factor) + (0, (factor - 1) / 2, (factor - 1) / 2))


def _ribs_mm(volume: Volume, skeleton: Skeleton) -> FloatArray:
    """Some points of ribs and sternum, LPS mm, (n, 3): every fourth pixel."""
    ids = [bone.id for bone in skeleton.bones if bone.name in ("rib", "sternum")]
    if not ids:
        return np.zeros((0, 3))
    coarse = skeleton.labels[:, ::PIXELS, ::PIXELS].copy()
    chosen = coarse == ids[0]
    for number in ids[1:]:
        chosen |= coarse == number
    index = np.argwhere(chosen)
    return volume.grid.to_patient(index * (1, PIXELS, PIXELS))


def _spicules_mm(volume: Volume, skeleton: Skeleton) -> list[FloatArray]:
    """Surfaces of the spicules that were taken off the skeleton: beside one it is as beside bone."""
    return [region_surface_mm(cut.region, volume.grid) for cut in skeleton.cuts if cut.is_spicule]
