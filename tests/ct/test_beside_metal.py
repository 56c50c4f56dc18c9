"""What metal or its streaks reach has a volume without an interval, and says why."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import TISSUE_HU, anatomy_of, dense_of, study_of, volume_of, with_noise

from calcimeter.ct.amount import measure_amounts
from calcimeter.ct.outline import outline_deposits
from calcimeter.ct.settings import AmountSettings, OutlineSettings
from calcimeter.model.calibration import Calibration
from calcimeter.model.candidate import Group, Verdict
from calcimeter.model.conditions import Conditions
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Gravity, Resolution
from calcimeter.model.volume import Region

SHAPE, SPACING = (40, 60, 60), (1.0, 0.8, 0.8)
NO_GRAVITY = Gravity(None, "not asked")
CALIBRATION = Calibration("rod", 0.75, 0.02)


def measured(first_column):
    """A ball of 8 mm whose middle lies in column 30, and metal from a column on."""
    offset = (np.indices(SHAPE) - np.array([20, 30, 30])[:, None, None, None]) * np.array(SPACING)[:, None, None, None]
    away_mm = np.sqrt(np.square(offset).sum(axis=0))
    values = TISSUE_HU + 500 * np.clip((8 - away_mm) / 1.2 + 0.5, 0, 1)
    metal = np.zeros(SHAPE, dtype=bool)
    metal[..., first_column:] = True
    values[metal] = 200
    volume = volume_of(with_noise(values, 8), SPACING)
    anatomy = anatomy_of(SHAPE, metal=metal)
    own = Region.from_indices(np.argwhere((volume.values > 130) & ~metal & (away_mm < 10)))
    group = Group((own,), Verdict(Category.SOFT_TISSUE, 0.8, ("because",)))
    deposits = outline_deposits(study_of(volume), (group,), dense_of(volume), anatomy, OutlineSettings())
    resolution = Resolution(1.2, 1.0, 0.06, "known")
    return measure_amounts(
        volume, deposits, anatomy, Conditions(CALIBRATION, resolution, NO_GRAVITY), AmountSettings()
    )[0]


@pytest.mark.parametrize("column", [36, 40])
def test_what_metal_or_its_streaks_reach_has_no_interval(column):
    amount = measured(column)

    assert {"METAL_BESIDE", "INTERVAL_NOT_AVAILABLE"} <= set(amount.caveats)
    assert amount.volume_mm3.value > 0
    assert amount.volume_mm3.low is None
    assert amount.mass_mg_ha.low is None


def test_metal_that_lies_apart_leaves_the_interval():
    amount = measured(46)

    assert amount.caveats == ()
    assert amount.volume_mm3.low < 4 / 3 * np.pi * 8**3 < amount.volume_mm3.high
