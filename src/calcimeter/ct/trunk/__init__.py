"""Where the cavities of the trunk end and its wall begins: named bones, skin and fat -> trunk."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.settings import TrunkSettings
from calcimeter.ct.trunk.landmarks import find_brim, find_front, find_levels, find_middle, find_regions
from calcimeter.ct.trunk.view import View
from calcimeter.ct.trunk.walls import Walls
from calcimeter.model.anatomy import Mask, Skeleton
from calcimeter.model.grid import FloatArray
from calcimeter.model.trunk import Trunk, TrunkRegion
from calcimeter.model.volume import Volume

SAMPLED = 5
"""Of contrast medium every so many rows and columns are looked at."""


def find_trunk(volume: Volume, body: Mask, contrast: Mask, skeleton: Skeleton, settings: TrunkSettings) -> Trunk | None:
    """The cavities of chest, abdomen and pelvis, in polar coordinates around a line in front of the spine.

    A direction ends at the first bone of the wall. Where there is none, it ends at the inner side of the muscles
    under the skin. Narrow gaps between bones are bridged. Behind the vertebral bodies there is no cavity.

    Returns
    -------
    Trunk or None
        None where no bone of the trunk has a name, or nothing tells where its middle lies, or the cavity holds bone or
        leaves out contrast medium: then names are wrong. In a crop the cavity reaches to the border of the images.
    """
    view = View.of(volume, body, skeleton, settings)
    middle = find_middle(view, skeleton)
    levels = find_levels(view)
    if middle is None or len(levels) == 0:
        return None
    regions = find_regions(view)
    front, chosen = find_front(view, middle), levels
    center = np.stack([_between_hips(view, regions, front - settings.before_spine_mm), middle], axis=1)
    walls = Walls(view, chosen, center[chosen], front[chosen], [regions[k] for k in chosen])
    reach = walls.reach(settings)
    trunk = Trunk(
        slices=view.slices[chosen],
        center_mm=center[chosen],
        reach_mm=reach,
        front_mm=front[chosen],
        regions=tuple(regions[k] for k in chosen),
        brim_mm=find_brim(view, front, middle),
        spacing_mm=volume.grid.spacing_mm,
    )
    return trunk if _is_plausible(trunk, view, contrast, settings) else None


def _between_hips(view: View, regions: list[TrunkRegion], rows: FloatArray) -> FloatArray:
    """The rows, moved forward to between the hip bones in the pelvis: from behind them their inner side is not seen."""
    hips = view.has("hip_bone")
    moved = rows.copy()
    for k, region in enumerate(regions):
        used = np.nonzero(hips[k])[0] if region == "pelvis" else np.zeros(0)
        if len(used):
            moved[k] = min(rows[k], float(used.mean()) * view.row_mm)
    return moved


def _is_plausible(trunk: Trunk, view: View, contrast: Mask, s: TrunkSettings) -> bool:
    """Whether the cavity holds most of the contrast medium at its levels, and hardly any bone.

    In the chest bone is not asked for: enhanced blood may have been taken for it.
    """
    medium, bone = [], []
    coarse_mm = tuple(SAMPLED * d for d in trunk.spacing_mm[1:])
    for k, region in enumerate(trunk.regions):
        found = np.argwhere(contrast.plane(int(trunk.slices[k]))[::SAMPLED, ::SAMPLED]) * np.array(coarse_mm)
        medium.append(trunk.depth_mm(k, found[:, 0], found[:, 1]))
        level = int(np.searchsorted(view.slices, trunk.slices[k]))
        if region != "chest":
            found = np.argwhere(view.labels[level]) * np.array([view.row_mm, view.column_mm])
            bone.append(trunk.depth_mm(k, found[:, 0], found[:, 1]))
    bone.append(np.zeros(0))
    held, enclosed = np.concatenate(medium) > 0, np.concatenate(bone) > s.deep_bone_mm
    holds = len(held) == 0 or float(held.mean()) >= s.min_held_share
    return holds and (len(enclosed) == 0 or float(enclosed.mean()) <= s.max_bone_share)
