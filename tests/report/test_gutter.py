"""Numbers beside a projection: in view, apart, at the nearer side, and no leader across another."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.report.gutter import GUTTER_PX, RADIUS_PX, most_numbers, number_places, spread, uncross

WIDTH, HEIGHT = 1052, 847
HEIGHTS = st.lists(st.floats(GUTTER_PX, 770), min_size=1, max_size=17)
TARGETS = st.lists(st.tuples(st.floats(GUTTER_PX, WIDTH - GUTTER_PX), st.floats(0, HEIGHT)), max_size=45)


def cross(a, b, c, d) -> bool:
    """Whether the lines a-b and c-d meet inside both, by solving for the point where they would."""
    matrix = np.array([[b[0] - a[0], c[0] - d[0]], [b[1] - a[1], c[1] - d[1]]])
    if abs(np.linalg.det(matrix)) < 1e-6:
        return False
    along = np.linalg.solve(matrix, [c[0] - a[0], c[1] - a[1]])
    return bool(np.all((along > 1e-6) & (along < 1 - 1e-6)))


@given(TARGETS)
def test_numbers_are_in_view_and_apart_and_no_leader_crosses_another(targets) -> None:
    places = number_places(targets, WIDTH, HEIGHT)
    assert len(places) == min(len(targets), most_numbers(HEIGHT))
    assert all(RADIUS_PX <= y <= HEIGHT - RADIUS_PX for _, y in places)
    for (a, b), (c, d) in combinations(zip(targets, places, strict=False), 2):
        assert b[0] != d[0] or abs(b[1] - d[1]) >= 2 * RADIUS_PX
        assert not cross(a, b, c, d)


def test_numbers_stand_at_the_nearer_side_and_below_the_letter() -> None:
    places = number_places([(200.0, 300.0), (800.0, 310.0), (900.0, 0.0)], WIDTH, HEIGHT)
    assert [x < WIDTH / 2 for x, _ in places] == [True, False, False]
    assert places[0][1] == 300.0
    assert places[2][1] > 2 * RADIUS_PX


def test_a_crowd_on_one_side_gives_those_in_the_middle_to_the_other() -> None:
    crowd = [(560.0 + 20 * k, 500.0) for k in range(17)]
    at_left = [x < WIDTH / 2 for x, _ in number_places(crowd, WIDTH, HEIGHT)]
    assert 0 < sum(at_left) < 9
    assert at_left == sorted(at_left, reverse=True)


@given(HEIGHTS)
def test_heights_stay_in_order_and_in_view_and_those_with_room_stay_where_they_are(heights) -> None:
    placed = spread(sorted(heights), 58.0, 826.0)
    assert all(58.0 <= height <= 826.0 for height in placed)
    assert all(np.diff(placed) >= 2 * RADIUS_PX)
    if len(heights) == 1:
        assert placed == pytest.approx(heights)


def test_a_stack_stands_around_the_middle_of_what_it_numbers() -> None:
    assert np.mean(spread([400.0, 401.0, 402.0], 58.0, 826.0)) == pytest.approx(401.0)


def test_two_leaders_that_cross_swap_their_slots() -> None:
    targets, slots = [(500.0, 100.0), (100.0, 200.0)], [(46.0, 100.0), (46.0, 142.0)]
    assert uncross(targets, slots) == slots
    assert uncross(targets, slots[::-1]) == slots


def test_a_picture_that_is_low_has_room_for_a_number_at_each_side() -> None:
    assert most_numbers(60) == 2
    assert len(number_places([(100.0, 30.0), (900.0, 30.0)], WIDTH, 60)) == 2
