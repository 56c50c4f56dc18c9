"""Other places from which a border is sought, once one is likely."""

import numpy as np
import pytest
from film_cases import shadow, study

from calcimeter.geometry.closed_path import area_and_center
from calcimeter.model.radiograph import Marks
from calcimeter.radiograph.borders import holds
from calcimeter.radiograph.look import look
from calcimeter.radiograph.settings import RadiographSettings
from calcimeter.radiograph.starts import lines_around, lines_from_within, places_near, places_within

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


def wide_shell(noise=12.0):
    """A wall about a middle that is little brighter than the outside: near it the border is not seen all around."""
    rows, columns = np.indices((300, 360))
    away = np.hypot(columns - 170, rows - 150)
    wall = 30.0 * np.where(away < 46, 0.3, np.where(away < 60, 1.0, 0.0))
    return 500 + 0.2 * columns + wall + noise * np.random.default_rng(1).standard_normal(rows.shape)


@pytest.mark.parametrize("share", [0.75, 0.85])
def test_a_point_near_the_border_of_a_deposit_leads_to_the_whole(share):
    point = (170 + 0.6 * share * 60, 150 + 0.8 * share * 60)
    (deposit,) = look(study(wide_shell()), Marks(points=(point,)), SETTINGS).deposits
    assert deposit.area_px.value == pytest.approx(np.pi * 60**2, rel=0.05)


def test_the_place_with_a_border_all_around_is_the_middle_of_what_a_point_lies_in():
    values = shadow((30.0, 30.0)).astype(np.float32)
    point = (148.0, 130.0)
    radius, away = min(
        (abs(radius - 30), np.hypot(place[0] - 130, place[1] - 118))
        for place, radius in places_near(values, point, (5.0, 100.0))
    )
    assert radius < 5
    assert away < 6
    for place, radius in places_near(values, point, (5.0, 100.0)):
        assert np.hypot(place[0] - point[0], place[1] - point[1]) < radius


def test_no_place_has_a_border_around_it_where_nothing_falls():
    flat = np.full((240, 260), 500, dtype=np.float32)
    assert places_near(flat, (130.0, 118.0), (5.0, 100.0)) == []
    assert not list(lines_around(flat, (130.0, 118.0), (5.0, 100.0), SETTINGS.outline, (2, 2, 257, 237)))
