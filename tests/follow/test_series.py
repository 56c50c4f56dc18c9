"""Studies that don't belong together are refused, also where the one between them tells nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from study_cases import study

from calcimeter.errors import UsageError
from calcimeter.follow.response import compare_studies
from calcimeter.follow.series import compare_series


def header(patient="", year=None, birth=""):
    return study(patient=patient, birth=birth, date=None if year is None else dt.date(year, 1, 1))


def test_two_patients_are_refused_also_around_one_without_a_name():
    with pytest.raises(UsageError, match="several patients"):
        compare_series([header("a"), header(), header("b")])


def test_one_id_with_two_birth_dates_is_two_patients_also_around_one_without_a_birth_date():
    with pytest.raises(UsageError, match="several patients"):
        compare_series([header("a", birth="x"), header("a"), header("a", birth="y")])


def test_a_birth_date_that_one_study_lacks_makes_no_other_patient():
    found = compare_studies(header("a", birth="x"), header("a"))
    assert found.response == "stable"
    assert "COMPARED_WITHOUT_PATIENT" not in {caveat.code for caveat in found.caveats}


def test_a_wrong_order_is_refused_also_around_one_without_a_date():
    with pytest.raises(UsageError, match="older"):
        compare_series([header(year=2020), header(), header(year=2019)])
