"""Sums of deposits, with their intervals."""

from __future__ import annotations

import math

import pytest

from calcimeter.model.measures import Estimate, summed


def test_a_sum_of_one_is_that_one():
    assert summed([Estimate(500.0, 300.0, 900.0, 20.0)]) == Estimate(500.0, 300.0, 900.0, 20.0)


def test_shared_errors_add_as_they_are_and_own_ones_in_squares_on_each_side_alone():
    parts = [Estimate(1000.0, 900.0, 1100.0, 20.0)] * 2 + [Estimate(500.0, 300.0, 900.0, 10.0)]
    found = summed(parts)
    own = [2 * (100**2 - 20**2) + half**2 - 10**2 for half in (200, 400)]
    assert found.value == 2500.0
    assert found.low == pytest.approx(2500 - math.sqrt(50**2 + own[0]))
    assert found.high == pytest.approx(2500 + math.sqrt(50**2 + own[1]))
    assert found.common == 50.0


def test_what_may_be_hidden_makes_a_sum_no_smaller():
    found = summed([Estimate(1000.0, 900.0, 1100.0), Estimate(0.0, 0.0, 25.0, 25.0)])
    assert found.low == 900.0
    assert found.high > 1100.0


def test_a_sum_has_no_interval_where_a_part_has_none_and_none_of_nothing():
    assert summed([Estimate(1.0, 0.5, 1.5), Estimate(2.0)]) == Estimate(3.0)
    assert summed([]) == Estimate(0.0)
