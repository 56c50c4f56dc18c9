"""What metal or its streaks reach has a volume without an interval, and says why; metal apart is no mineral."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import TISSUE_HU, anatomy_of, dense_of, study_of, volume_of, with_noise

from calcimeter.ct.amount import measure_amounts
from calcimeter.ct.outline import outline_deposits
from calcimeter.ct.settings import AmountSettings, OutlineSettings
from calcimeter.model.calibration import Beam, Calibration
from calcimeter.model.candidate import Group, Verdict
from calcimeter.model.conditions import Conditions
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Gravity, Resolution
from calcimeter.model.volume import Region

SHAPE, SPACING = (40, 60, 60), (1.0, 0.8, 0.8)
NO_GRAVITY = Gravity(None, "not asked")
CALIBRATION = Calibration("rod", 0.75, 0.02)


def from_column(first):
    """All from a column on."""
    metal = np.zeros(SHAPE, dtype=bool)
    metal[..., first:] = True
    return metal


def measured(metal, metal_hu=200, calibration=CALIBRATION):
    """A ball of 8 mm whose middle lies in column 30, beside metal."""
    offset = (np.indices(SHAPE) - np.array([20, 30, 30])[:, None, None, None]) * np.array(SPACING)[:, None, None, None]
    away_mm = np.sqrt(np.square(offset).sum(axis=0))
    values = TISSUE_HU + 500 * np.clip((8 - away_mm) / 1.2 + 0.5, 0, 1)
    values[metal] = metal_hu
    volume = volume_of(with_noise(values, 8), SPACING)
    anatomy = anatomy_of(SHAPE, metal=metal)
    own = Region.from_indices(np.argwhere((volume.values > 130) & ~metal & (away_mm < 10)))
    group = Group((own,), Verdict(Category.SOFT_TISSUE, 0.8, ("because",)))
    deposits = outline_deposits(study_of(volume), (group,), dense_of(volume), anatomy, OutlineSettings())
    resolution = Resolution(1.2, 1.0, 0.06, "known")
    return measure_amounts(
        volume, deposits, anatomy, Conditions(calibration, resolution, NO_GRAVITY), AmountSettings()
    )[0]


@pytest.mark.parametrize("column", [36, 40])
def test_what_metal_or_its_streaks_reach_has_no_interval(column):
    amount = measured(from_column(column))

    assert {"METAL_BESIDE", "INTERVAL_NOT_AVAILABLE"} <= set(amount.caveats)
    assert amount.volume_mm3.value > 0
    assert amount.volume_mm3.low is None
    assert amount.mass_mg_ha.low is None


def test_metal_that_lies_apart_leaves_the_interval():
    amount = measured(from_column(46))

    assert amount.caveats == ()
    assert amount.volume_mm3.low < 4 / 3 * np.pi * 8**3 < amount.volume_mm3.high


@pytest.mark.parametrize("calibration", [CALIBRATION, replace(CALIBRATION, beam=Beam((100.0,), (0.75,), (0.04,)))])
def test_metal_apart_moves_no_mass_and_widens_its_interval(calibration):
    """Nobody knows what a ray behind metal should show: of that share nothing or twice as much may be there."""
    pin = np.zeros(SHAPE, dtype=bool)
    pin[:, 26:34, 50:58] = True

    alone = measured(np.zeros(SHAPE, dtype=bool), calibration=calibration).mass_mg_ha
    beside = measured(pin, 3000, calibration).mass_mg_ha

    assert beside.value == pytest.approx(alone.value, rel=2e-3)
    # The pin, 6.4 mm wide and 19 mm away, fills a ninth of the directions, or a fifth in pixels of 4 mm.
    assert 1 / 9 < (beside.high - beside.value) / beside.value < 1 / 4
    assert (alone.high - alone.value) / alone.value < 1 / 20
