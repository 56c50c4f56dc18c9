"""Kernels on planar images: moves by parts of a pixel, smoothing, correlation with a template."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray


def shifted(image: FloatArray, by_px: tuple[float, float]) -> FloatArray:
    """An image moved down and right by so many pixels.

    In the frequency domain: noise stays as it is, white and of the same strength, where interpolation would smooth it.
    Beyond the border the image is continued by its outermost pixels.

    Parameters
    ----------
    image : ndarray, (rows, columns)
    """
    whole = [round(value) for value in by_px]
    rest = [value - n for value, n in zip(by_px, whole, strict=True)]
    margin = max(8, *(abs(n) + 8 for n in whole))
    padded = np.pad(image, margin, mode="edge")
    rows, columns = (np.fft.fftfreq(n) for n in padded.shape)
    # At half the sampling rate a move is not defined; there the wave is left as it is.
    phase = np.exp(-2j * np.pi * (rest[0] * rows[:, None] + rest[1] * columns[None, :]))
    moved = np.fft.ifft2(np.fft.fft2(padded) * phase).real
    moved = np.roll(moved, whole, axis=(0, 1))
    return np.ascontiguousarray(moved[margin:-margin, margin:-margin])


def smoothed(image: FloatArray, sigma_px: float) -> FloatArray:
    """An image under a Gaussian, continued by its outermost pixels."""
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(image, sigma_px, mode="nearest"))


def correlated(image: FloatArray, kernel: FloatArray) -> FloatArray:
    """At every pixel the sum of the image's values times the kernel's around it; beyond the border there is nothing."""
    from scipy.signal import fftconvolve

    return np.asarray(fftconvolve(image, kernel[::-1, ::-1], mode="same"))


def gaussian_kernel(sigma_px: float) -> FloatArray:
    """A Gaussian of sum 1 on an odd number of pixels, to four standard deviations."""
    reach = int(np.ceil(4 * sigma_px))
    along = np.arange(-reach, reach + 1)
    one = np.exp(-0.5 * (along / sigma_px) ** 2)
    kernel = np.outer(one, one)
    return np.asarray(kernel / kernel.sum())


def without_polynomials(kernel: FloatArray, window: FloatArray, degree: int) -> FloatArray:
    """A kernel made blind to whatever varies like a polynomial of a degree under the window.

    The kernel and the polynomials are compared under the window, so that the result is 0 where the window is.
    """
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in kernel.shape)
    scale = max(kernel.shape) / 2
    y, x = np.meshgrid(rows / scale, columns / scale, indexing="ij")
    basis = np.stack([y**i * x**j for i in range(degree + 1) for j in range(degree + 1 - i)])
    flat = basis.reshape(len(basis), -1)
    normal = (flat * window.ravel()) @ flat.T
    weights = np.linalg.solve(normal, flat @ kernel.ravel())
    return np.asarray(kernel - window * (weights @ flat).reshape(kernel.shape))


def disk(shape: tuple[int, ...], center: tuple[float, float], radius: float) -> npt.NDArray[np.bool_]:
    """The pixels of an image whose centers lie within a radius, in pixels, of a place."""
    rows, columns = np.indices(shape)
    return np.asarray((rows - center[0]) ** 2 + (columns - center[1]) ** 2 <= radius**2)
