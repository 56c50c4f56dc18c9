"""Where between pixels a border lies: by the kind of edge that it has there."""

import numpy as np
import pytest
from film_cases import shadow

from calcimeter.geometry.closed_path import directions
from calcimeter.radiograph.edge import fit_edge
from calcimeter.radiograph.settings import RadiographSettings

SETTINGS = RadiographSettings().edge
MIDDLE = np.array([130.0, 118.0])


@pytest.mark.parametrize(("left", "right"), [(0.0, 0.5), (0.5, 0.0)])
@pytest.mark.parametrize("noisy", ["left", "right"])
def test_a_border_that_is_a_step_here_and_rounded_there_lies_at_its_place_in_both(left, right, noisy):
    columns = np.arange(260)
    noise = {side: 12.0 if side == noisy else 2.0 for side in ("left", "right")}
    parts = [
        shadow((40.0, 40.0), (130.0, 118.0), power=power, noise=noise[side], seed=3)
        for power, side in ((left, "left"), (right, "right"))
    ]
    values = np.where(columns < 130, *parts).astype(np.float32)
    edge = fit_edge(values, MIDDLE + 41.0 * directions(180), SETTINGS)

    away = np.hypot(*(edge.line - MIDDLE).T) - 40.0
    beside = edge.line[:, 0] - 130.0
    for half in (beside < -15, beside > 15):
        assert abs(np.median(away[half])) < 0.8  # with one kind for all it is more than a pixel off in one half
