"""What is told of a patient beside a scan, and what it makes of the scan's caveats."""

from __future__ import annotations

import pytest

from builders import build_analysis
from calcimeter.load.patient import load_patient
from calcimeter.reason.explain import explain


@pytest.mark.parametrize(("age", "is_child"), [("9", True), ("15.9", True), ("16", False), ("54", False)])
def test_a_child_by_the_age_told_is_one(age, is_child) -> None:
    told = explain(build_analysis(), load_patient(subject=f"age={age}"))

    assert ("PATIENT_IS_CHILD" in {caveat.code for caveat in told.caveats}) is is_child


def test_without_an_age_nothing_is_said_of_it() -> None:
    assert "PATIENT_IS_CHILD" not in {caveat.code for caveat in explain(build_analysis(), load_patient()).caveats}
