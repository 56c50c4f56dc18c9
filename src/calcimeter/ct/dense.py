"""Dense voxels of the body, and metal among them."""

from __future__ import annotations

from calcimeter.ct.settings import DenseSettings
from calcimeter.geometry.morphology import dilate, threshold
from calcimeter.model.anatomy import Dense, Mask
from calcimeter.model.volume import Volume


def find_dense(volume: Volume, body: Mask, noise_hu: float, settings: DenseSettings) -> Dense:
    """Voxels of the body above the search threshold, which noise raises: else it would find itself."""
    over_tissue = float(round(settings.tissue_hu + settings.tissue_sigmas * noise_hu))
    threshold_hu = max(settings.threshold_hu, over_tissue)
    return Dense(threshold(volume.values, threshold_hu) & body, threshold_hu)


def find_metal(volume: Volume, body: Mask, settings: DenseSettings) -> Mask:
    """Metal with its bright halo; undiluted contrast medium is as dense and can't be told from it by HU."""
    core = threshold(volume.values, settings.metal_hu) & body
    if core.voxels() == 0:
        return core
    halo = threshold(volume.values, settings.metal_halo_hu) & body
    return dilate(core, settings.metal_halo_mm, volume.grid.spacing_mm) & halo | core
