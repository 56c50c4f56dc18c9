"""What goes on beyond a border: the edges of bone, which it follows for a while."""

import numpy as np
import pytest
from film_cases import shadow

from calcimeter.radiograph.borders import border_of, likelihood
from calcimeter.radiograph.edge import fit_edge
from calcimeter.radiograph.onward import goes_on
from calcimeter.radiograph.settings import RadiographSettings

SETTINGS = RadiographSettings()
MIDDLE = np.array([130.0, 118.0])
TURN = np.linspace(0, 2 * np.pi, 180, endpoint=False)
CIRCLE = MIDDLE + 36 * np.stack([np.cos(TURN), np.sin(TURN)], axis=1)


def over_a_shaft(height=20):
    """A round body before a shaft from side to side, twice as high as said."""
    values = shadow((36.0, 36.0))
    rows, _ = np.indices(values.shape)
    return (values + 60.0 * (np.abs(rows - MIDDLE[1]) < height)).astype(np.float32)


def shared(height=20):
    """The border of what both share."""
    return np.column_stack([CIRCLE[:, 0], np.clip(CIRCLE[:, 1], MIDDLE[1] - height, MIDDLE[1] + height)])


def test_nothing_goes_on_from_a_body_alone():
    assert goes_on(shadow((36.0, 36.0)).astype(np.float32), CIRCLE) < 0.3


def test_the_edges_of_a_shaft_go_on_from_what_it_shares_with_a_body():
    values = over_a_shaft()
    assert goes_on(values, shared()) > goes_on(values, CIRCLE) + 0.2
    assert goes_on(values, shared()) > 0.7


def test_what_goes_on_makes_a_border_less_likely():
    values = over_a_shaft()
    whole, part = (border_of(values, fit_edge(values, line, SETTINGS.edge)) for line in (CIRCLE, shared()))
    assert whole.onward < part.onward
    assert likelihood(whole, SETTINGS.judge) > likelihood(part, SETTINGS.judge)


def test_a_level_and_a_contrast_change_nothing():
    values = over_a_shaft()
    assert goes_on(3 * values - 200, shared()) == pytest.approx(goes_on(values, shared()), abs=1e-3)


@pytest.mark.parametrize("middle", [(8.0, 8.0), (252.0, 232.0)])
def test_a_border_at_the_corner_of_an_image_is_told_too(middle):
    line = np.array(middle) + 6 * np.stack([np.cos(TURN), np.sin(TURN)], axis=1)
    assert 0 <= goes_on(shadow((6.0, 6.0), middle).astype(np.float32), line) <= 1.5
