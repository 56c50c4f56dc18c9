"""Studies that don't belong together are refused, also where the one between them tells nothing."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from calcimeter.errors import UsageError
from calcimeter.follow.series import compare_series


def header(patient="", year=None):
    return SimpleNamespace(patient=patient, date=None if year is None else dt.date(year, 1, 1))


def test_two_patients_are_refused_also_around_one_without_a_name():
    with pytest.raises(UsageError, match="several patients"):
        compare_series([header("a"), header(), header("b")])


def test_a_wrong_order_is_refused_also_around_one_without_a_date():
    with pytest.raises(UsageError, match="older"):
        compare_series([header(year=2020), header(), header(year=2019)])
