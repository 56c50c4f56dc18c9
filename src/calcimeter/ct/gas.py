"""Gas inside the body: volume and body -> bowel gas, and how much lung is in view."""

from __future__ import annotations

from calcimeter.ct.settings import GasSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import erode, opened, threshold
from calcimeter.model.anatomy import Gas, Mask
from calcimeter.model.volume import Volume


def find_gas(volume: Volume, body: Mask, settings: GasSettings) -> Gas:
    """Gas at least 8 mm under the skin; connected gas of 300 mL and more is taken for lung.

    A colon distended beyond that counts as lung; it is then no witness of contrast medium beside it.
    """
    spacing = volume.grid.spacing_mm
    hollow = body - threshold(volume.values, settings.gas_hu)
    deep = erode(body, settings.depth_mm, spacing, in_plane=True)
    pockets = Components.of(opened(hollow, settings.opening_mm, spacing, in_plane=True) & deep)
    volume_mm3 = pockets.voxels() * volume.grid.voxel_mm3
    lung = volume_mm3 >= settings.lung_mm3
    return Gas(pockets.mask(~lung), float(volume_mm3[~lung].sum()), float(volume_mm3[lung].sum()))
