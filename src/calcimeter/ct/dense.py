"""Dense voxels of the body, and metal among them."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.settings import DenseSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import closed, coarse_factor, dilate, filled, pool, some_slices, threshold, unpool
from calcimeter.knowledge.tubes import calibration_table
from calcimeter.model.anatomy import Dense, Mask
from calcimeter.model.volume import Volume

NEXT_SLICE = 1.01
"""Slices up to which the next one counts as at hand."""

METAL_KVP = 120
"""Where the threshold of metal holds as it stands; above it too, as it was looked at on scans up to 140 kV."""


def find_dense(volume: Volume, body: Mask, noise_hu: float, settings: DenseSettings) -> Dense:
    """Voxels of the body above the search threshold, which noise raises: else it would find itself."""
    over_tissue = float(round(settings.tissue_hu + settings.tissue_sigmas * noise_hu))
    threshold_hu = max(settings.threshold_hu, over_tissue)
    return Dense(threshold(volume.values, threshold_hu) & body, threshold_hu)


def find_metal(volume: Volume, body: Mask, settings: DenseSettings, kvp: float | None = None) -> Mask:
    """Metal with its bright halo; undiluted contrast medium is as dense and can't be told from it by HU.

    Cortical bone has more HU at a lower tube voltage, and metal is what has more than bone.
    """
    core = threshold(volume.values, _metal_hu(kvp, settings)) & body
    if core.voxels() == 0:
        return core
    halo = threshold(volume.values, settings.metal_halo_hu) & body
    return dilate(core, settings.metal_halo_mm, volume.grid.spacing_mm) & halo | core


def find_streaks(volume: Volume, dense: Dense, metal: Mask, settings: DenseSettings) -> Mask:
    """Bright streaks in the slices of large metal: dense, too faint for bone, and neither enclosed by it nor its edge.

    Returns
    -------
    Mask
        A part of what is dense; empty without metal of at least 1 mL. Streaks as dense as bone are not told from it,
        and an edge of spongy bone beside the metal may be taken for one.
    """
    s = settings
    parts = Components.of(metal)
    large = parts.mask(parts.voxels() * volume.grid.voxel_mm3 >= s.streak_metal_mm3)
    slices = _slices_of(large)
    if slices.start == slices.stop:
        return large
    factor = coarse_factor(volume.grid.spacing_mm, s.streak_coarse_mm)
    dz, dr, dc = volume.grid.spacing_mm
    spacing = (dz, dr * factor, dc * factor)
    candidates = some_slices(dense.mask, slices) - some_slices(metal, slices)
    source = pool(some_slices(large, slices), factor)
    near = dilate(source, s.streak_mm, spacing, in_plane=True)
    firm = threshold(volume.values[slices], s.streak_hu) & candidates
    bone = pool(firm, factor) & near | source | pool(candidates, factor) - near
    bone = closed(bone, s.streak_closing_mm, spacing, in_plane=True)
    enclosed = filled(bone, int(s.streak_filled_mm2 / (spacing[1] * spacing[2])))
    streaks = np.zeros_like(metal.words)
    shape = candidates.shape
    held = some_slices(large, slices)
    dense_parts = Components.of(firm | held)
    cores = dense_parts.mask(dense_parts.share(held) == 0)  # what holds the metal is bone, and its edge is not at stake
    edges = dilate(cores, max(s.streak_edge_mm, NEXT_SLICE * dz), volume.grid.spacing_mm)
    streaks[slices] = (candidates & unpool(near, factor, shape) - unpool(enclosed, factor, shape) - edges).words
    return Mask(streaks, metal.shape)


def _metal_hu(kvp: float | None, settings: DenseSettings) -> float:
    """What mineral that has ``metal_hu`` at 120 kV has at a lower voltage, within the range of scanners."""
    table = {row["kvp"]: row["nominal"] for row in calibration_table()["tube"]}
    slope = float(np.interp(kvp or METAL_KVP, list(table), list(table.values())))
    return float(np.clip(settings.metal_hu * table[METAL_KVP] / slope, settings.metal_hu, settings.metal_most_hu))


def _slices_of(mask: Mask) -> slice:
    """The slices from the first to the last that hold something; an empty slice without any."""
    used = np.flatnonzero(mask.words.any(axis=(1, 2)))
    return slice(int(used[0]), int(used[-1]) + 1) if len(used) else slice(0, 0)
