"""Grain: what no smooth solid has, and what keeps outlines from being found too easily."""

from __future__ import annotations

import numpy as np

from calcimeter.phantom.render import Floats

TISSUE_MM = 2.2
"""Standard deviation, in mm of water, that muscle bundles, vessels and fat planes add to a ray. Chosen by looking."""
BONE_SHARE = 0.07
"""Of the mineral of a ray, by which trabeculae vary it. Chosen by looking."""
TRABECULAE_MM = (0.5, 1.6)
LAYERS_MM = (1.5, 4.0, 10.0)


def tissue_grain(shape: tuple[int, int], pixel_mm: float, seed: int) -> Floats:
    """A field of standard deviation 1, coarser structures stronger than fine ones, as the power law of anatomy."""
    total = np.zeros(shape, np.float32)
    for k, scale_mm in enumerate(LAYERS_MM):
        total += np.float32(scale_mm**0.5) * _smooth_field(shape, scale_mm / pixel_mm, (seed, 1, k))
    return total / np.float32(np.sqrt(sum(LAYERS_MM)))


def bone_grain(shape: tuple[int, int], pixel_mm: float, seed: int) -> Floats:
    """By which share the mineral of each ray differs from the smooth one."""
    total = np.zeros(shape, np.float32)
    for k, scale_mm in enumerate(TRABECULAE_MM):
        total += _smooth_field(shape, scale_mm / pixel_mm, (seed, 2, k))
    return total * np.float32(BONE_SHARE / len(TRABECULAE_MM) ** 0.5)


def _smooth_field(shape: tuple[int, int], sigma_px: float, seed: tuple[int, ...]) -> Floats:
    """White noise under a Gaussian, scaled to standard deviation 1; made coarse and enlarged where it is smooth."""
    from scipy.ndimage import gaussian_filter, zoom

    reduced = max(1, int(sigma_px / 2))
    coarse = tuple(-(-n // reduced) + 2 for n in shape)
    noise = np.random.default_rng(seed).standard_normal(coarse, dtype=np.float32)
    sigma = sigma_px / reduced
    field = gaussian_filter(noise, sigma, mode="wrap") * np.float32(2 * np.sqrt(np.pi) * sigma)
    if reduced > 1:
        field = zoom(field, reduced, order=1, grid_mode=True, mode="nearest")
    return np.asarray(field[: shape[0], : shape[1]], dtype=np.float32)
