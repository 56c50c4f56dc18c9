"""Other places from which a border is sought, once one is likely."""

import numpy as np
import pytest
from film_cases import shadow

from calcimeter.geometry.closed_path import area_and_center
from calcimeter.radiograph.borders import holds
from calcimeter.radiograph.settings import RadiographSettings
from calcimeter.radiograph.starts import lines_from_within, places_within

SETTINGS = RadiographSettings()
TURN = np.linspace(0, 2 * np.pi, 180, endpoint=False)


def circle(radius, middle=(130.0, 118.0)):
    return np.array(middle) + radius * np.stack([np.cos(TURN), np.sin(TURN)], axis=1)


def test_the_places_lie_within_all_around_the_middle():
    line = circle(30.0)
    places = places_within(line)
    assert all(holds(line, place) for place in places)
    assert np.mean(places, axis=0) == pytest.approx((130.0, 118.0), abs=0.1)
    assert [np.hypot(x - 130, y - 118) for x, y in places] == pytest.approx([12.0] * 4, rel=0.02)


@pytest.mark.parametrize("radius", [26.0, 30.0, 36.0])
def test_from_all_of_them_the_true_border_is_found_though_the_first_was_not(radius):
    values = shadow((30.0, 30.0), power=0.0).astype(np.float32)
    lines = list(lines_from_within(values, circle(radius), (5.0, 100.0), SETTINGS.outline, (2, 2, 257, 237)))
    assert len(lines) == 8
    areas = [area_and_center(line)[0] for line in lines]
    assert areas == pytest.approx([np.pi * 30**2] * 8, rel=0.08)


def test_nothing_is_found_where_nothing_falls():
    flat = np.full((240, 260), 500, dtype=np.float32)
    assert not list(lines_from_within(flat, circle(30.0), (5.0, 100.0), SETTINGS.outline, (2, 2, 257, 237)))
