"""What lies under the wall of a body: how much of it there is, and how its density may vary."""

from __future__ import annotations

import numpy as np
import pytest

from calcimeter.ct.amount.body import View
from calcimeter.ct.amount.walled import under_wall
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.measures import Resolution

S = AmountSettings()
SPACING, RESOLUTION = (3.0, 0.7, 0.7), Resolution(1.2, 3.0, 0.06, "known")
HU, RADIUS_MM = 500.0, 5.0
VIEW = View.of(np.ones((6, 22, 22), dtype=bool), SPACING, RESOLUTION)
AWAY = np.linalg.norm(VIEW.places_mm - VIEW.places_mm.mean(axis=1, keepdims=True), axis=0).reshape(-1, 22, 22)
BALL = np.clip((RADIUS_MM - AWAY) / 0.7 + 0.5, 0, 1).astype(np.float32)


@pytest.mark.parametrize("wall_mm", [1.2, 2.6])
def test_under_a_wall_lies_what_is_deeper_than_it_is_thick(wall_mm):
    """To a third of a voxel."""
    filling = under_wall(BALL, wall_mm, HU, VIEW, S)

    volume_mm3 = filling.parts[0].sum() * np.prod(VIEW.steps_mm)
    assert (3 * volume_mm3 / (4 * np.pi)) ** (1 / 3) == pytest.approx(
        RADIUS_MM - wall_mm, abs=float(max(VIEW.steps_mm)) / 3
    )
    assert not filling.parts[:, AWAY > RADIUS_MM].any()


def test_density_under_a_wall_varies_by_as_much_as_is_expected():
    filling = under_wall(BALL, 1.8, HU, VIEW, S)
    deep = AWAY < 2.0
    spread = np.sqrt(np.einsum("p,p...", filling.sd[1:] ** 2, filling.parts[1:] ** 2))

    assert spread[deep] == pytest.approx(S.under_wall_sd * HU, rel=0.15)
    assert filling.expected == pytest.approx([S.under_wall[0] * HU, *np.zeros(len(filling.parts) - 1)])


def test_a_wall_that_leaves_no_room_has_nothing_under_it():
    assert under_wall(BALL, RADIUS_MM, HU, VIEW, S) is None
