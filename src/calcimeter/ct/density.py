"""How dense each deposit is: deposits -> densities."""

from __future__ import annotations

from calcimeter.model.lesion import Deposit
from calcimeter.model.measures import Density
from calcimeter.model.volume import Volume


def measure_densities(volume: Volume, deposits: tuple[Deposit, ...]) -> tuple[Density, ...]:
    """Mean and highest HU of the voxels above the search threshold, in the order of the deposits.

    The mean is that of the dense voxels, not of the filled envelope, so that a fluid core does not dilute it; of a
    given outline without dense voxels it is the mean of the outline. Blur at the edge lowers the mean of small
    deposits.
    """
    densities = []
    for deposit in deposits:
        values = (deposit.dense or deposit.envelope).values(volume)
        densities.append(Density(mean_hu=float(values.mean()), max_hu=float(values.max())))
    return tuple(densities)
