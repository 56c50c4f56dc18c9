"""Filtered back projection: kernels, noise and the image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from calcimeter.phantom.acquire import Acquisition
from validation.projector import back_project

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
NOISE_SLICES = 6


def kernel_of(fwhm_mm: float, bins: int, bin_mm: float, *, soft_edge: bool) -> Floats:
    """The ramp filter times the wanted transfer function, freed of what bins and interpolation blur anyway."""
    length = 1 << int(np.ceil(np.log2(2 * bins)))
    # The ramp of a band-limited detector, from its closed form in space, so that the mean is right.
    place = np.fft.fftfreq(length, 1 / length).astype(int)
    spatial = np.zeros(length)
    spatial[0] = 1 / (4 * bin_mm**2)
    odd = place % 2 == 1
    spatial[odd] = -1 / (np.pi * place[odd] * bin_mm) ** 2
    ramp = np.real(np.fft.rfft(spatial)) * bin_mm
    frequency = np.fft.rfftfreq(length, bin_mm)
    blurred = np.sinc(frequency * bin_mm) ** 3  # the bin's width, and linear interpolation
    kernel: Floats = ramp * transfer(frequency, fwhm_mm, soft_edge=soft_edge) / blurred
    return kernel


def transfer(frequency: Floats, fwhm_mm: float, *, soft_edge: bool) -> Floats:
    """Transfer function of a point spread of this full width at half maximum."""
    if soft_edge:
        # A raised cosine that ends at 1.5605 / FWHM has that width in two dimensions.
        end = RAISED_COSINE_END / fwhm_mm
        raised: Floats = np.where(frequency < end, 0.5 + 0.5 * np.cos(np.pi * frequency / end), 0.0)
        return raised
    gaussian: Floats = np.exp(-((np.pi * frequency * fwhm_mm) ** 2) / (4 * np.log(2)))
    return gaussian


def _raised_cosine_end() -> float:
    """Where a raised cosine must end for a point spread (two-dimensional, so with Bessel functions) 1 mm wide."""
    from scipy.optimize import brentq
    from scipy.special import j0

    f = np.linspace(0, 1, 2001)
    weight = (0.5 + 0.5 * np.cos(np.pi * f)) * f
    half = brentq(lambda r: np.trapezoid(weight * j0(2 * np.pi * f * r), f) / np.trapezoid(weight, f) - 0.5, 0.01, 1.2)
    return 2 * float(half)


RAISED_COSINE_END = _raised_cosine_end()


def noise_gain(acquisition: Acquisition, rate: Singles, kernel: Floats, angles: Floats, bin_mm: float) -> float:
    """Noise around the middle of the image that noise of ``rate`` gives, from a few slices of noise alone."""
    random = np.random.default_rng(acquisition.seed + 1)
    noise = random.standard_normal((*rate.shape, NOISE_SLICES), dtype=np.float32) * rate[..., None]
    _, row, column = acquisition.spacing_mm
    middle = replace(
        acquisition, shape=(NOISE_SLICES, 40, 40), spacing_mm=(1.0, row, column), center_mm=(0.0, 0.0, 0.0)
    )
    return float(reconstructed(noise, kernel, angles, bin_mm, middle).std())


def reconstructed(signal: Singles, kernel: Floats, angles: Floats, bin_mm: float, acquisition: Acquisition) -> Singles:
    """Attenuation per mm (rows, columns, slices) from corrected signals (views, bins, slices)."""
    from scipy.fft import irfft, rfft

    bins, length = signal.shape[1], 2 * (len(kernel) - 1)
    filtered = np.empty_like(signal)
    for view, lines in enumerate(signal):
        spectrum = rfft(lines, length, axis=0)
        spectrum *= kernel[:, None].astype(np.float32)
        filtered[view] = irfft(spectrum, length, axis=0)[:bins]
    _, rows, columns = acquisition.shape
    corner = acquisition.grid.to_patient((0, 0, 0))
    xs = corner[0] + np.arange(columns) * acquisition.spacing_mm[2]
    ys = corner[1] + np.arange(rows) * acquisition.spacing_mm[1]
    image = np.zeros((rows, columns, signal.shape[2]), dtype=np.float32)
    back_project(filtered, angles, bin_mm, xs, ys, image)
    return image * np.float32(np.pi / len(angles))
