"""Contrast medium in bowel and vessels, which is as dense as calcium: volume -> mask of what to leave out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import ContrastSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import nearest_mm, surface_points_mm
from calcimeter.geometry.morphology import dilate, expand, threshold
from calcimeter.model.anatomy import Gas, Mask
from calcimeter.model.grid import BoolArray, FloatArray, Index3
from calcimeter.model.volume import Region, Volume


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Blocks of about 4 mm that are dense throughout, and the highest value of every block."""

    size: Index3
    even: BoolArray
    mean_hu: FloatArray
    max_hu: npt.NDArray[np.float32]


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
    blocks = _dense_blocks(volume, dense, noise_hu, settings)
    parts = Components.of(Mask.from_bool(blocks.even))
    block_mm3 = float(np.prod(blocks.size)) * volume.grid.voxel_mm3
    pools = tuple(
        pool
        for pool in parts.regions(parts.voxels() * block_mm3 >= settings.min_volume_mm3)
        if float(np.median(blocks.mean_hu[pool.slices][pool.mask])) <= settings.max_median_hu
        and _enclosure(volume, pool, blocks, noise_hu, settings) <= settings.max_enclosure
    )
    seeds = _in_company(volume, pools, gas, blocks, settings)
    return _grow(volume, dense, seeds, blocks, settings) if seeds else Mask.empty(volume.grid.shape)


def _in_company(
    volume: Volume, pools: tuple[Region, ...], gas: Gas, blocks: _Blocks, s: ContrastSettings
) -> tuple[Region, ...]:
    """The pools that lungs and other pools, or bowel gas, show to be contrast medium."""
    block_mm3 = float(np.prod(blocks.size)) * volume.grid.voxel_mm3
    total_mm3 = sum(pool.voxels for pool in pools) * block_mm3
    if gas.lungs_mm3 > 0 and len(pools) >= s.intravenous_pools and total_mm3 >= s.intravenous_mm3:
        return pools
    bowel_gas = surface_points_mm(gas.bowel, volume.grid)
    centers_mm = [volume.grid.to_patient((pool.indices() + 0.5) * blocks.size - 0.5) for pool in pools]
    gaps = [float(nearest_mm(centers, bowel_gas, s.bowel_gas_mm).min()) for centers in centers_mm]
    reach = s.bowel_gas_mm if any(gap <= s.touch_gas_mm for gap in gaps) else 0.0
    return tuple(pool for pool, gap in zip(pools, gaps, strict=True) if gap <= reach)


def _dense_blocks(volume: Volume, dense: Mask, noise_hu: float, settings: ContrastSettings) -> _Blocks:
    """Blocks whose voxels are dense and even; a block has at least two voxels along each axis."""
    size = [max(2, round(settings.block_mm / s)) for s in volume.grid.spacing_mm]
    shape = [max(1, n // s) for n, s in zip(volume.grid.shape, size, strict=True)]
    size = [min(s, n) for s, n in zip(size, volume.grid.shape, strict=True)]
    count = np.zeros(shape, dtype=np.int32)
    highest = np.full(shape, -np.inf, dtype=np.float32)
    rows, columns = shape[1] * size[1], shape[2] * size[2]
    for k in range(shape[0] * size[0]):
        plane = dense.plane(k)[:rows, :columns]
        if not plane.any():
            continue
        across = plane.reshape(shape[1], size[1], columns).sum(axis=1, dtype=np.uint8)
        count[k // size[0]] += across.reshape(shape[1], shape[2], size[2]).sum(axis=2, dtype=np.int32)
        values = volume.values[k, :rows, :columns].reshape(shape[1], size[1], columns).max(axis=1)
        values = np.maximum.reduce([values[:, c :: size[2]] for c in range(size[2])])
        np.maximum(highest[k // size[0]], values, out=highest[k // size[0]])
    full = np.argwhere(count >= settings.dense_share * np.prod(size))
    offsets = np.stack(np.meshgrid(*[np.arange(s) for s in size], indexing="ij"), axis=-1).reshape(-1, 3)
    at = full[:, None] * np.array(size) + offsets[None]
    values = volume.values[at[..., 0], at[..., 1], at[..., 2]].astype(np.float32)
    mean, sd = values.mean(axis=1), values.std(axis=1)
    low, high = settings.mean_hu
    quiet = (mean > low) & (mean < high) & (sd < max(settings.max_sd_hu, settings.max_sd_per_noise * noise_hu))
    even, means = np.zeros(shape, dtype=bool), np.zeros(shape)
    even[tuple(full[quiet].T)] = True
    means[tuple(full.T)] = mean
    return _Blocks((size[0], size[1], size[2]), even, means, highest)


def _enclosure(volume: Volume, region: Region, blocks: _Blocks, noise_hu: float, s: ContrastSettings) -> float:
    """Share of a pool's faces beyond which something clearly denser lies within reach."""
    size_mm = [n * d for n, d in zip(blocks.size, volume.grid.spacing_mm, strict=True)]
    reach = [max(1, round(s.enclosure_reach_mm / d)) for d in size_mm]
    box = region.padded((reach[0], reach[1], reach[2]), blocks.even.shape)
    median = float(np.median(blocks.mean_hu[box.slices][box.mask]))
    denser = blocks.max_hu[box.slices] > median + max(s.denser_hu, s.denser_sigmas * noise_hu)
    faces = met = 0
    for axis in range(3):
        for own, wall in ((box.mask, denser), (np.flip(box.mask, axis), np.flip(denser, axis))):
            own, wall = np.moveaxis(own, axis, 0), np.moveaxis(wall, axis, 0)
            leaving = own.copy()
            leaving[:-1] &= ~own[1:]
            beyond = np.zeros_like(own)
            for step in range(1, reach[axis] + 1):
                beyond[:-step] |= wall[step:]
            faces += int(leaving.sum())
            met += int((leaving & beyond).sum())
    return met / faces


def _grow(volume: Volume, dense: Mask, seeds: tuple[Region, ...], blocks: _Blocks, settings: ContrastSettings) -> Mask:
    """Seeds and the dense voxels that connect with them within 6 mm and are not much denser."""
    pools = np.zeros_like(blocks.even)
    for region in seeds:
        pools[region.slices] |= region.mask
    ceiling = float(np.percentile(blocks.mean_hu[pools], 90)) + settings.growth_hu
    near = _slices_near(seeds, blocks, volume, settings)
    whole = expand(pools, blocks.size, volume.grid.shape)
    medium = _some_slices(dense, near) - threshold(volume.values[near], ceiling)
    grown = _some_slices(whole, near) & medium
    step = max(volume.grid.spacing_mm)
    for _ in range(max(1, round(settings.growth_mm / step))):
        grown = dilate(grown, step, volume.grid.spacing_mm) & medium
    words = np.zeros_like(dense.words)
    words[near] = grown.words
    return Mask(words, dense.shape)


def _slices_near(seeds: tuple[Region, ...], blocks: _Blocks, volume: Volume, s: ContrastSettings) -> slice:
    """The slices that growing seeds can reach."""
    margin = round(s.growth_mm / volume.grid.spacing_mm[0]) + 2
    first = min(region.start[0] for region in seeds) * blocks.size[0] - margin
    last = max(region.stop[0] for region in seeds) * blocks.size[0] + margin
    return slice(max(0, first), min(volume.grid.shape[0], last))


def _some_slices(mask: Mask, slices: slice) -> Mask:
    """Part of a mask, a view."""
    words = mask.words[slices]
    return Mask(words, (len(words), mask.shape[1], mask.shape[2]))
