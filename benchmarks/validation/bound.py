"""How well a volume could be measured at all: the Cramer-Rao bound for a ball whose shape is known.

What is unknown is the ball's radius R and its level A over a known background; its place is unknown too, but by
symmetry costs nothing. In the frequencies k of the image the ball has the spectrum ``A 4 pi R^3 j1(kR) / (kR) H(k)``,
H being blur, pixel and slice, and noise the power spectrum ``N(k)``: sigma^2 times the voxel, shaped like the kernel
(|H|^2 in the plane, for filtered back projection times |k|), and 1/12 of rounding to whole HU. The Fisher information
of two unknowns is ``F_ij = (2 pi)^-3 integral of S_i S_j / N`` over the frequencies that the voxels resolve, S being
the spectrum's derivative by each unknown; no unbiased estimate has less variance than the inverse of F, and
``sd(V) / V = 3 sd(R) / R``. An estimator that does not know the shape must do worse.
"""

from __future__ import annotations

import numpy as np

from validation.run import Row

STEPS = 260


def relative_bound(row: Row) -> float:
    """Least standard deviation of the volume over the volume, for a ball of the object's volume and contrast."""
    radius = (3 * row.volume_mm3 / (4 * np.pi)) ** (1 / 3)
    across, along = _frequencies(np.pi / row.pixel_mm), _frequencies(np.pi / row.step_mm)
    flat, up = np.meshgrid(across, along, indexing="ij")
    k = np.hypot(flat, up)
    kernel = np.exp(-((flat * row.blur_mm) ** 2) / (16 * np.log(2)))
    seen = kernel * np.sinc(up * row.thickness_mm / (2 * np.pi)) * np.sinc(flat * row.pixel_mm / (2 * np.pi))
    noise = _noise_power(row, flat, kernel)
    x = k * radius
    by_radius = row.contrast_hu * 4 * np.pi * radius**2 * np.sinc(x / np.pi) * seen
    by_level = 4 * np.pi * radius**3 * (np.sin(x) - x * np.cos(x)) / x**3 * seen
    cell = 2 * np.pi * flat * (across[1] - across[0]) * 2 * (along[1] - along[0]) / (2 * np.pi) ** 3
    signals = np.stack([by_radius, by_level]).reshape(2, -1)
    fisher = (signals * (cell / noise).ravel()) @ signals.T
    return float(3 * np.sqrt(np.linalg.inv(fisher)[0, 0]) / radius)


def _frequencies(highest: float) -> np.ndarray:
    """Middles of equal steps from 0 on."""
    return (np.arange(STEPS) + 0.5) * highest / STEPS


def _noise_power(row: Row, flat: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """HU^2 mm^3: so scaled that the noise of a voxel is what the scan has."""
    power = kernel**2 * (flat if row.simulated else 1.0)
    step = flat[1, 0] - flat[0, 0]
    variance = (power[:, 0] * 2 * np.pi * flat[:, 0]).sum() * step / (2 * np.pi) ** 2
    # Slices that overlap share their noise: a sinc in z, which a box of the slice's thickness gives too.
    scaled: np.ndarray = row.noise_hu**2 * row.thickness_mm * power / variance + row.pixel_mm**2 * row.step_mm / 12
    return scaled
