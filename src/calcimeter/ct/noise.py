"""The noise of a scan, measured in its soft tissue."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.errors import UnsupportedStudy
from calcimeter.geometry.lanes import each
from calcimeter.model.anatomy import Mask
from calcimeter.model.volume import Volume

SOFT_TISSUE_HU = (-20.0, 110.0)
WINDOW = 5
SAMPLED_SLICES = 20
QUIET_PERCENTILE = 20.0
"""Structure only ever adds to a local standard deviation, so the quiet fifth of windows is nearest to pure noise."""
QUIET_SHARE = 0.850
"""The 20th percentile of a root mean square deviation from the mean of 25 samples of white noise, over the true one:
chi with 24 degrees of freedom over the root of 25."""


def measure_noise(volume: Volume, body: Mask) -> float:
    """Standard deviation of HU in homogeneous soft tissue.

    The 20th percentile of the standard deviation in 5 x 5 voxel windows whose mean is that of soft tissue, over
    some 20 slices, divided by what that percentile is of white noise. Blur correlates noise, so that it comes out up
    to a tenth low.

    Raises
    ------
    UnsupportedStudy
        The body holds no soft tissue of -20 to 110 HU: values are not HU, or the scan is not of a patient.
    """
    from scipy.ndimage import uniform_filter

    def deviations(k: int) -> npt.NDArray[np.float32]:
        plane = volume.values[k].astype(np.float32)
        mean = uniform_filter(plane, WINDOW)
        variance = np.maximum(uniform_filter(plane * plane, WINDOW) - mean * mean, 0.0)
        soft = body.plane(k) & (mean > SOFT_TISSUE_HU[0]) & (mean < SOFT_TISSUE_HU[1])
        return np.asarray(np.sqrt(variance[soft]), dtype=np.float32)

    sampled = range(0, volume.values.shape[0], max(1, volume.values.shape[0] // SAMPLED_SLICES))
    windows = np.concatenate(each(deviations, sampled, 32 * volume.values[:1].nbytes * len(sampled)))
    if len(windows) == 0:
        raise UnsupportedStudy(
            "met no soft tissue of -20 to 110 HU in the body, expected Hounsfield units; check the rescale of the input"
        )
    return float(np.percentile(windows, QUIET_PERCENTILE)) / QUIET_SHARE
