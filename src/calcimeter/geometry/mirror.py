"""Where a planar image is its own mirror image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import BoolArray, FloatArray


def mirror_column(
    image: npt.NDArray[np.float32], inside: BoolArray, grid_px: int = 160, least_half: float = 0.3
) -> tuple[float, float]:
    """The upright line about which an image is most alike to its mirror image.

    Compared is what is finer than a twelfth of the image, on a coarse grid: shading and noise are left out.

    Parameters
    ----------
    image : ndarray of float32, (rows, columns)
    inside : ndarray of bool
        Pixels that count.
    grid_px : int
        Columns of the coarse grid.
    least_half : float
        The narrower half is at least so much of the image's width.

    Returns
    -------
    column : float
    likeness : float
        Correlation of both halves, -1 to 1; 0 where the image is too small.
    """
    from scipy.ndimage import gaussian_filter

    step = max(1, image.shape[1] // grid_px)
    coarse, weight = _coarse(image, inside, step)
    count = coarse.shape[1]
    if count < 16 or not weight.any():
        return image.shape[1] / 2, 0.0
    wide, narrow = count / 12, 1.2
    filled = np.where(weight > 0, coarse, coarse[weight > 0].mean())
    detail = gaussian_filter(filled, narrow) - gaussian_filter(filled, wide)
    best, likeness = (count - 1) / 2, 0.0
    # Twice the column, so that a line may lie on a pixel or between two; the window is its own mirror image.
    for double in range(int(2 * least_half * count), int(2 * (1 - least_half) * count)):
        window = slice(max(0, double - count + 1), min(count - 1, double) + 1)
        one, counts = detail[:, window], weight[:, window] * weight[:, window][:, ::-1]
        alike = _correlation(one, one[:, ::-1], counts)
        if alike > likeness:
            best, likeness = double / 2, alike
    return (best + 0.5) * step - 0.5, likeness


def _coarse(image: npt.NDArray[np.float32], inside: BoolArray, step: int) -> tuple[FloatArray, FloatArray]:
    """Means over blocks, and the share of each block that counts."""
    rows, columns = (n // step * step for n in image.shape)
    blocks = (rows // step, step, columns // step, step)
    counted = inside[:rows, :columns].reshape(blocks).sum(axis=(1, 3), dtype=np.float64)
    total = np.where(inside, image, 0)[:rows, :columns].reshape(blocks).sum(axis=(1, 3), dtype=np.float64)
    return total / np.maximum(counted, 1), counted / step**2


def _correlation(one: FloatArray, other: FloatArray, weight: FloatArray) -> float:
    total = weight.sum()
    if total < 0.2 * weight.size or not total:
        return 0.0
    a, b = (part - (part * weight).sum() / total for part in (one, other))
    norm = np.sqrt((a * a * weight).sum() * (b * b * weight).sum())
    return float((a * b * weight).sum() / norm) if norm > 0 else 0.0
