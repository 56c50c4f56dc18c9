"""Where a scale of values ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

CLIPPED_VOXELS = 27
"""So many voxels at the very highest value: of real numbers the highest is met once or twice, where a scale ends it is
met by all that is beyond. As many as a cube of three voxels, below which a lesion counts as small."""

SOFT_HU, ONE_NUMBER = 300.0, 0.5
"""Of values around water a scan with noise has no single number this often: without noise every plateau repeats."""


def scale_end(values: npt.NDArray[Any]) -> float | None:
    """The highest of the values where it is the end of their scale; None where it is not, or without noise.

    Parameters
    ----------
    values : ndarray, (slices, rows, columns)
        HU.
    """
    of_slices = values.max(axis=(1, 2))
    highest = of_slices.max()
    met = sum(int(np.count_nonzero(values[k] == highest)) for k in np.flatnonzero(of_slices == highest))
    if met < CLIPPED_VOXELS:
        return None
    sample = values[:: max(1, len(values) // 20), ::2, ::2]
    soft = sample[(sample > -SOFT_HU) & (sample < min(SOFT_HU, highest))]
    if len(soft) and np.unique(soft, return_counts=True)[1].max() > ONE_NUMBER * len(soft):
        return None
    return float(highest)
