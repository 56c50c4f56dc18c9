"""The noise of a scan, measured in its soft tissue."""

from __future__ import annotations

import numpy as np

from calcimeter.model.anatomy import Mask
from calcimeter.model.volume import Volume

SOFT_TISSUE_HU = (-20.0, 110.0)
WINDOW = 5
SAMPLED_SLICES = 20
QUIET_PERCENTILE = 20.0
"""Structure only ever adds to a local standard deviation, so the quiet fifth of windows is nearest to pure noise."""


def measure_noise(volume: Volume, body: Mask) -> float | None:
    """Standard deviation of HU in homogeneous soft tissue.

    The 20th percentile of the standard deviation in 5 x 5 voxel windows whose mean is that of soft tissue, over
    some 20 slices. Blur correlates noise, so within one window it comes out a few percent low.

    Returns
    -------
    float or None
        HU; None where the body holds no soft tissue.
    """
    from scipy.ndimage import uniform_filter

    found = []
    for k in range(0, volume.values.shape[0], max(1, volume.values.shape[0] // SAMPLED_SLICES)):
        plane = volume.values[k].astype(np.float32)
        mean = uniform_filter(plane, WINDOW)
        variance = np.maximum(uniform_filter(plane * plane, WINDOW) - mean * mean, 0.0)
        soft = body.plane(k) & (mean > SOFT_TISSUE_HU[0]) & (mean < SOFT_TISSUE_HU[1])
        found.append(np.sqrt(variance[soft]))
    windows = np.concatenate(found)
    return float(np.percentile(windows, QUIET_PERCENTILE)) if len(windows) else None
