"""Contrast medium in bowel and vessels, which is as dense as calcium: volume -> mask of what to leave out."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.settings import ContrastSettings
from calcimeter.geometry.blocks import Blocks, dense_blocks, share_facing
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import nearest_mm, surface_points_mm
from calcimeter.geometry.morphology import dilate, expand, some_slices, threshold
from calcimeter.model.anatomy import Gas, Mask
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Region, Volume


def find_contrast(volume: Volume, dense: Mask, gas: Gas, noise_hu: float, settings: ContrastSettings) -> Mask:
    """Dense contrast medium.

    Even blocks (standard deviation near noise) that nothing denser encloses are contrast medium or a homogeneous
    deposit; marrow is even too, but cortex encloses it. What decides is the company: gas that touches one of the
    pools, or lungs and several large pools (heart, great vessels, organs). The rest is left to be classified. Fails
    for contrast in limb vessels and for bowel filled without gas nearby; vessels thinner than a block are missed.

    Returns
    -------
    Mask
        Empty where there is no evidence of contrast medium.
    """
    blocks = dense_blocks(volume.values, dense, settings.block_mm, volume.grid.spacing_mm, settings.dense_share)
    parts = Components.of(Mask.from_bool(_even(blocks, noise_hu, settings)))
    block_mm3 = float(np.prod(blocks.size)) * volume.grid.voxel_mm3
    pools = tuple(
        pool
        for pool in parts.regions(parts.voxels() * block_mm3 >= settings.min_volume_mm3)
        if float(np.median(blocks.mean[pool.slices][pool.mask])) <= settings.max_median_hu
        and _enclosure(volume, pool, blocks, noise_hu, settings) <= settings.max_enclosure
    )
    seeds = _in_company(volume, pools, gas, blocks, settings)
    return _grow(volume, dense, seeds, blocks, settings) if seeds else Mask.empty(volume.grid.shape)


def _in_company(
    volume: Volume, pools: tuple[Region, ...], gas: Gas, blocks: Blocks, s: ContrastSettings
) -> tuple[Region, ...]:
    """The pools that lungs and other pools, or bowel gas, show to be contrast medium."""
    block_mm3 = float(np.prod(blocks.size)) * volume.grid.voxel_mm3
    total_mm3 = sum(pool.voxels for pool in pools) * block_mm3
    centers_mm = [volume.grid.to_patient((pool.indices() + 0.5) * blocks.size - 0.5) for pool in pools]
    if gas.lungs_mm3 > 0 and len(pools) >= s.intravenous_pools and total_mm3 >= s.intravenous_mm3:
        large = np.array([pool.voxels * block_mm3 >= s.large_pool_mm3 for pool in pools])
        return tuple(pool for pool, told in zip(pools, _chained(centers_mm, large, s.chain_mm), strict=True) if told)
    bowel_gas = surface_points_mm(gas.bowel, volume.grid)
    gaps = [float(nearest_mm(centers, bowel_gas, s.bowel_gas_mm).min()) for centers in centers_mm]
    reach = s.bowel_gas_mm if any(gap <= s.touch_gas_mm for gap in gaps) else 0.0
    return tuple(pool for pool, gap in zip(pools, gaps, strict=True) if gap <= reach)


def _chained(centers_mm: list[FloatArray], told: BoolArray, reach_mm: float) -> BoolArray:
    """Which pools are told already or near one that is, or near such: vessels go on, a deposit in the wall is alone."""
    told = told.copy()
    grown = bool(told.any())
    while grown:
        known_mm = np.concatenate([at for at, is_told in zip(centers_mm, told, strict=True) if is_told])
        new = [
            k for k in np.flatnonzero(~told) if float(nearest_mm(centers_mm[k], known_mm, reach_mm).min()) <= reach_mm
        ]
        told[new] = True
        grown = bool(new)
    return told


def _even(blocks: Blocks, noise_hu: float, s: ContrastSettings) -> BoolArray:
    """Blocks that are dense throughout and even."""
    low, high = s.mean_hu
    quiet = blocks.sd < max(s.max_sd_hu, s.max_sd_per_noise * noise_hu)
    even: BoolArray = blocks.full & quiet & (blocks.mean > low) & (blocks.mean < high)
    return even


def _enclosure(volume: Volume, region: Region, blocks: Blocks, noise_hu: float, s: ContrastSettings) -> float:
    """Share of a pool's faces beyond which something clearly denser lies within reach."""
    size_mm = [n * d for n, d in zip(blocks.size, volume.grid.spacing_mm, strict=True)]
    reach = [max(1, round(s.enclosure_reach_mm / d)) for d in size_mm]
    box = region.padded((reach[0], reach[1], reach[2]), blocks.full.shape)
    median = float(np.median(blocks.mean[box.slices][box.mask]))
    denser = blocks.highest[box.slices] > median + max(s.denser_hu, s.denser_sigmas * noise_hu)
    return share_facing(box.mask, denser, (reach[0], reach[1], reach[2]))


def _grow(volume: Volume, dense: Mask, seeds: tuple[Region, ...], blocks: Blocks, settings: ContrastSettings) -> Mask:
    """Seeds and the dense voxels that connect with them within 6 mm and are not much denser."""
    pools = np.zeros_like(blocks.full)
    for region in seeds:
        pools[region.slices] |= region.mask
    ceiling = float(np.percentile(blocks.mean[pools], 90)) + settings.growth_hu
    near = _slices_near(seeds, blocks, volume, settings)
    whole = expand(pools, blocks.size, volume.grid.shape)
    medium = some_slices(dense, near) - threshold(volume.values[near], ceiling)
    grown = some_slices(whole, near) & medium
    step = max(volume.grid.spacing_mm)
    for _ in range(max(1, round(settings.growth_mm / step))):
        grown = dilate(grown, step, volume.grid.spacing_mm) & medium
    words = np.zeros_like(dense.words)
    words[near] = grown.words
    return Mask(words, dense.shape)


def _slices_near(seeds: tuple[Region, ...], blocks: Blocks, volume: Volume, s: ContrastSettings) -> slice:
    """The slices that growing seeds can reach."""
    margin = round(s.growth_mm / volume.grid.spacing_mm[0]) + 2
    first = min(region.start[0] for region in seeds) * blocks.size[0] - margin
    last = max(region.stop[0] for region in seeds) * blocks.size[0] + margin
    return slice(max(0, first), min(volume.grid.shape[0], last))
