"""Where retained tracer is searched: over and beside the lobes, and elsewhere over neck and mediastinum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.planar import disk, smoothed
from calcimeter.model.grid import FloatArray
from calcimeter.scintigraphy.settings import FocusSettings
from calcimeter.scintigraphy.washout import Lobes

Mask = npt.NDArray[np.bool_]
RING = (11.0, 26.0)
TISSUE = 0.6
"""Of the counts around the thyroid: below it the neck ends."""
EDGE_MM = 10.0
"""From the edge of what is seen of the body, where the background falls off."""
LATERAL_MM = 4.0
"""Beside the outermost edge of a lobe that is still searched."""
STRUCTURE_MM = 15.0
"""Radius below which a spot is no structure."""
LEAST_NOISE = 0.05
"""Counts a pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Where is searched: over and beside the lobes, and elsewhere over neck and mediastinum.

    Parameters
    ----------
    lobes, elsewhere, hot : ndarray of bool
        ``hot``: salivary glands and heart, where nothing is searched.
    structure : ndarray
        The delayed image's expectation elsewhere: counts a pixel.
    """

    lobes: Mask
    elsewhere: Mask
    hot: Mask
    structure: FloatArray

    @property
    def whole(self) -> Mask:
        """Both."""
        return self.lobes | self.elsewhere


def search_zones(
    early: FloatArray, delayed: FloatArray, lobes: Lobes, hot: Mask, pixel_mm: float, settings: FocusSettings
) -> Zones:
    """Neck and mediastinum, from above the upper poles down, without what is hot by itself."""
    from scipy.ndimage import binary_erosion, distance_transform_edt

    shape = delayed.shape
    rows, columns = np.indices(shape)
    thyroid = np.any([lobe.mask for _, lobe in lobes], axis=0)
    nearest = distance_transform_edt(~thyroid) * pixel_mm
    middle = float(np.mean([lobe.center_px[1] for _, lobe in lobes]))
    top = float(np.nonzero(thyroid.any(axis=1))[0].min())
    smooth = smoothed(delayed, 6.0 / pixel_mm)
    tissue = smooth > TISSUE * float(np.median(smooth[(nearest > RING[0]) & (nearest < RING[1])]))
    tissue[[0, -1]] = tissue[:, [0, -1]] = False
    inside = binary_erosion(tissue, iterations=max(1, round(EDGE_MM / pixel_mm)), border_value=0)
    bottom = float(np.nonzero(thyroid.any(axis=1))[0].max())
    reach = inside & (np.abs(columns - middle) * pixel_mm < settings.half_width_mm)
    reach &= (rows > top - settings.above_mm / pixel_mm) & (rows < bottom + settings.below_mm / pixel_mm)
    # Glands lie behind, above and below the lobes; far beside them the neck ends and its background falls off.
    across = np.nonzero(thyroid.any(axis=0))[0]
    lateral = LATERAL_MM / pixel_mm
    narrow = (columns >= across.min() - lateral) & (columns <= across.max() + lateral)
    beside = (nearest <= settings.beside_mm) & narrow & inside & ~hot
    structure = _structure(early, delayed, hot | beside, pixel_mm)
    return Zones(beside, reach & ~beside & ~hot, hot, structure)


def _structure(early: FloatArray, delayed: FloatArray, apart: Mask, pixel_mm: float) -> FloatArray:
    """Neck, shoulders and vessels in the delayed image: as the early one shows them, brighter or fainter by place.

    The median over more than a gland leaves edges and takes small spots away.
    """
    from scipy.ndimage import median_filter

    reach = round(STRUCTURE_MM / pixel_mm)
    window = disk((2 * reach + 1,) * 2, (reach, reach), STRUCTURE_MM / pixel_mm)
    whole = ~apart
    both = []
    for image in (early, delayed):
        share = smoothed(whole.astype(np.float64), 10.0 / pixel_mm)
        around = smoothed(np.where(whole, image, 0.0), 10.0 / pixel_mm) / np.clip(share, 1e-6, None)
        filled = np.where(whole, image, around)
        both.append(smoothed(np.asarray(median_filter(smoothed(filled, 1.0), footprint=window)), 2.0 / pixel_mm))
    before, after = (np.clip(image, LEAST_NOISE, None) for image in both)
    scale = smoothed(after, 15.0 / pixel_mm) / smoothed(before, 15.0 / pixel_mm)
    return np.asarray(scale * before)
