"""Where columns pass a given HU downward, out of fluid that the deposit encloses: for sediment on a denser floor.

What is thin and lies on a wall that is denser than itself makes no step of its own between two windows: the wall's is
higher and near. But its surface, where the HU half way between fluid and sediment is passed, is flat, and the wall's
under it is not.
"""

from __future__ import annotations

import numpy as np

from calcimeter.ct.fluid.fit import Interface
from calcimeter.ct.fluid.lattice import Lattice, Values
from calcimeter.ct.fluid.steps import Steps
from calcimeter.ct.settings import FluidSettings


def find_shelves(lattice: Lattice, calm: Values, level_hu: float, settings: FluidSettings) -> Steps:
    """Steps at the depths where columns pass ``level_hu``, with watery fluid in the deposit above; may be none."""
    step_mm = lattice.steps_mm[0]
    _, above_mm, below_mm = settings.shelf_look_mm
    up, down = max(2, round(above_mm / step_mm)), max(1, round(below_mm / step_mm))
    if calm.shape[0] < up + down + 2:
        return Steps(np.zeros((0, 2), dtype=np.int64), *(np.zeros(0) for _ in range(3)))
    over, within = calm >= level_hu, lattice.envelope
    passed = ~over[up - 1 : -down - 1] & over[up:-down] & within[: -up - down] & within[up:-down]
    k, v, u = np.nonzero(passed)
    k = k + up - 1
    above = np.array([calm[k - n, v, u] for n in range(1, up)], dtype=np.float64).sum(axis=0) / (up - 1)
    below = np.array([calm[k + 1 + n, v, u] for n in range(1, down + 1)], dtype=np.float64).sum(axis=0) / down
    low, high = calm[k, v, u].astype(np.float64), calm[k + 1, v, u].astype(np.float64)
    depth_mm = (k + (level_hu - low) / (high - low)) * step_mm
    watery = (above >= settings.min_above_hu) & (above <= settings.shelf_fluid_hu)
    keep = np.asarray(watery & (below - above >= settings.min_rise_hu))
    return Steps(np.stack([v, u], axis=1), depth_mm, above, below).select(keep)


def is_half_way(interface: Interface, level_hu: float, settings: FluidSettings) -> bool:
    """Whether a HU lies about half way up a step: at its foot the blur of a floor passes for the surface of a layer."""
    share = (level_hu - interface.hu_above) / max(interface.hu_below - interface.hu_above, 1.0)
    low, high = settings.shelf_share
    return low <= share <= high
