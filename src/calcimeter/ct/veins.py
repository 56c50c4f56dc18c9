"""Undiluted contrast medium in veins, which is as dense as metal: metal and contrast medium -> what of it is medium."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.settings import VeinSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import Cloud, gap_mm, region_surface_mm
from calcimeter.geometry.morphology import dilate
from calcimeter.model.anatomy import Gas, Mask
from calcimeter.model.volume import Volume


def find_veins(volume: Volume, metal: Mask, contrast: Mask, gas: Gas, settings: VeinSettings) -> Mask:
    """The pieces of what is as dense as metal that are undiluted contrast medium on its way to the heart.

    In a scan of the chest with contrast medium in the blood a piece that touches it is medium, and so is a larger one
    that follows within 15 mm (a vein of the arm). A pacemaker's lead in such a vein is taken for medium too.

    Returns
    -------
    Mask
        Empty where there are no lungs in view or too little contrast medium to be in the blood.
    """
    voxel_mm3 = volume.grid.voxel_mm3
    if gas.lungs_mm3 == 0 or contrast.voxels() * voxel_mm3 < settings.intravenous_mm3:
        return Mask.empty(volume.grid.shape)
    parts = Components.of(metal)
    found = parts.share(dilate(contrast, settings.touch_mm, volume.grid.spacing_mm)) > 0
    large = parts.voxels() * voxel_mm3 >= settings.min_chain_mm3
    clouds = {
        int(k): Cloud.of(region_surface_mm(region, volume.grid))
        for k, region in zip(np.flatnonzero(found | large), parts.regions(found | large), strict=True)
    }
    waiting = [k for k in clouds if not found[k]]
    reached = [k for k in clouds if found[k]]
    for near in reached:  # grows while it is walked
        next_ones = [k for k in waiting if np.isfinite(gap_mm(clouds[k], clouds[near], settings.chain_mm))]
        found[next_ones] = True
        reached += next_ones
        waiting = [k for k in waiting if k not in next_ones]
    return parts.mask(found)
