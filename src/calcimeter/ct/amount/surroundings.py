"""What a deposit is measured in: the tissue around it, its background, and what else is dense nearby."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.morphology import dilate
from calcimeter.model.anatomy import Anatomy, Mask
from calcimeter.model.grid import BoolArray
from calcimeter.model.volume import Region, Volume

Floats = npt.NDArray[np.float32]


class Surroundings(NamedTuple):
    """A deposit in its box.

    Parameters
    ----------
    box : Region
        The envelope, in a box with room for its blur and for the tissue around.
    excess : ndarray of float32
        HU above the background, which changes smoothly from place to place.
    foreign : ndarray of bool
        Bone, metal, contrast medium, other deposits, and what lies outside the body.
    ring_voxels : int
        How many voxels tell the background; 0 where there is no tissue around: the background is then not known.
    ring_sd_hu : float
        Standard deviation of the tissue around about the background: noise and structure.
    metal_share : float
        Of the voxels beside it, those of metal and its streaks.
    """

    box: Region
    excess: Floats
    foreign: BoolArray
    ring_voxels: int
    ring_sd_hu: float
    metal_share: float = 0.0


def surroundings(
    volume: Volume, region: Region, others: BoolArray, anatomy: Anatomy, s: AmountSettings
) -> Surroundings:
    """The surroundings of an envelope; ``others`` are the voxels of other deposits in the box of ``box_around``."""
    box = box_around(volume, region, s)
    where, spacing = box.slices, volume.grid.spacing_mm
    foreign = others | (anatomy.skeleton.labels[where] > 0) | ~anatomy.body.within(where)
    metal = anatomy.metal.within(where)
    foreign |= metal | anatomy.contrast.within(where)
    foreign &= ~box.mask
    values = volume.values[where].astype(np.float32)
    ring = _ring(box.mask, spacing, s) & ~foreign
    median = float(np.median(values[ring])) if ring.any() else 0.0
    ring &= np.abs(values - median) <= s.usual_hu
    if not ring.any():
        return Surroundings(box, values, foreign, 0, 0.0)
    background = _smooth(np.where(ring, values - median, 0), ring, spacing, s) + np.float32(median)
    excess = values - background
    beside = wider(taller(box.mask)) & ~box.mask
    metal_share = float(metal[beside].mean()) if metal.any() and beside.any() else 0.0
    return Surroundings(box, excess, foreign, int(ring.sum()), float(excess[ring].std()), metal_share)


def box_around(volume: Volume, region: Region, s: AmountSettings) -> Region:
    """The region in a box with room for the tissue around."""
    a, b, c = (int(s.ring_mm[1] / d) + 3 for d in volume.grid.spacing_mm)
    return region.padded((a, b, c), volume.grid.shape)


def taller(mask: BoolArray) -> BoolArray:
    """The mask with the slices above and below each of its voxels: partial volume reaches that far."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    return grown


def wider(mask: BoolArray) -> BoolArray:
    """The mask with the voxels beside each of its voxels in its slice."""
    grown = mask.copy()
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    grown[:, :, 1:] |= mask[:, :, :-1]
    grown[:, :, :-1] |= mask[:, :, 1:]
    return grown


def _ring(mask: BoolArray, spacing: tuple[float, float, float], s: AmountSettings) -> BoolArray:
    """Tissue beyond the blur of the deposit."""
    grown = Mask.from_bool(taller(mask))
    ring: BoolArray = (dilate(grown, s.ring_mm[1], spacing) - dilate(grown, s.ring_mm[0], spacing)).to_bool()
    return ring


def _smooth(values: Floats, ring: BoolArray, spacing: tuple[float, float, float], s: AmountSettings) -> Floats:
    """The ring's values averaged over its neighborhood; far from the ring the mean of all, which is near 0."""
    from scipy.ndimage import gaussian_filter

    sigma = [s.background_mm / d for d in spacing]
    weight = gaussian_filter(ring.astype(np.float32), sigma, mode="constant", truncate=2.5)
    total = gaussian_filter(values.astype(np.float32), sigma, mode="constant", truncate=2.5)
    smooth: Floats = total / (weight + np.float32(s.background_share))
    return smooth
