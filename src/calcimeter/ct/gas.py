"""Gas inside the body: volume and body -> bowel gas, and how much lung is in view."""

from __future__ import annotations

from calcimeter.ct.settings import GasSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import coarse_factor, erode, opened, pool, threshold, unpool
from calcimeter.model.anatomy import Gas, Mask
from calcimeter.model.volume import Volume


def find_gas(volume: Volume, body: Mask, settings: GasSettings) -> Gas:
    """Gas at least 8 mm under the skin; connected gas of 300 mL and more is taken for lung.

    A colon distended beyond that counts as lung; it is then no witness of contrast medium beside it.
    """
    factor = coarse_factor(volume.grid.spacing_mm, settings.coarse_mm)
    dz, dr, dc = volume.grid.spacing_mm
    spacing = (dz, dr * factor, dc * factor)
    inside = pool(body, factor)
    hollow = inside - threshold(volume.values, settings.gas_hu, factor=factor)
    deep = erode(inside, settings.depth_mm, spacing, in_plane=True)
    pockets = Components.of(opened(hollow, settings.opening_mm, spacing, in_plane=True) & deep)
    volume_mm3 = pockets.voxels() * volume.grid.voxel_mm3 * factor**2
    lung = volume_mm3 >= settings.lung_mm3
    bowel = unpool(pockets.mask(~lung), factor, volume.grid.shape)
    return Gas(bowel, float(volume_mm3[~lung].sum()), float(volume_mm3[lung].sum()))
