"""How dense each deposit is: deposits -> densities."""

from __future__ import annotations

import numpy as np

from calcimeter.geometry.scale_end import scale_end
from calcimeter.model.lesion import Deposit
from calcimeter.model.measures import Density
from calcimeter.model.volume import Volume


def measure_densities(volume: Volume, deposits: tuple[Deposit, ...]) -> tuple[Density, ...]:
    """Mean and highest HU of the voxels above the search threshold, in the order of the deposits.

    The mean is that of the dense voxels, not of the filled envelope, so that a fluid core does not dilute it; of a
    given outline without dense voxels it is the mean of the outline. Blur at the edge lowers the mean of small
    deposits. Where the scale of the scan ends in a deposit both are too low, and it is told how much of it lies there.
    """
    densities = []
    end_hu = scale_end(volume.values)
    for deposit in deposits:
        values = (deposit.dense or deposit.envelope).values(volume)
        clipped = 0.0 if end_hu is None else float(np.mean(values == end_hu))
        densities.append(Density(float(values.mean()), float(values.max()), clipped))
    return tuple(densities)
