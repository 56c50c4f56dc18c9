"""One scan from end to end: a number that changes is noticed, and becomes a line of the changelog.

Renew the kept record, after a change that is meant, with

    PYTHONPATH=src .venv/bin/python tests/golden/layered_case.py

and look at its diff. A measured number that differs is a breaking change: whoever compares two dates with two versions
would see growth that never was. It goes into ``CHANGELOG.md`` with the reason, and moves toward the truth of the
phantom or not at all. Fields that are new need nothing; sentences are not kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from layered_case import GOLDEN, measured_record

from calcimeter.phantom import acquisition_of, scene_of
from calcimeter.phantom.truth import truth_of

RELATIVE = 1e-6
SIX_DIGITS = 1.001e-5
"""A record is rounded to six digits: where platforms fall on two sides of a rounding, the last one differs by 1."""

HOW = "renew it with: PYTHONPATH=src .venv/bin/python tests/golden/layered_case.py"


def changes(kept: Any, met: Any, where: str = "") -> Iterator[str]:
    """What of the kept record is no longer so, a line each; what is new is no change."""
    if isinstance(kept, dict) and isinstance(met, dict):
        for key, value in kept.items():
            yield from changes(value, met[key], f"{where}.{key}") if key in met else [f"{where}.{key} is gone"]
    elif isinstance(kept, list) and isinstance(met, list) and len(kept) == len(met):
        for k, (one, other) in enumerate(zip(kept, met, strict=True)):
            yield from changes(one, other, f"{where}[{k}]")
    elif not _same(kept, met):
        yield f"{where} was {kept!r} and is {met!r}"


def _same(kept: Any, met: Any) -> bool:
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (kept, met))
    if not numbers:
        return bool(kept == met)
    return math.isclose(kept, met, rel_tol=RELATIVE) or math.isclose(kept, met, rel_tol=SIX_DIGITS, abs_tol=1.5e-6)


def test_the_record_of_the_reference_scan_has_not_changed():
    kept = json.loads(GOLDEN.read_text(encoding="utf-8"))

    found = list(changes(kept, measured_record()))

    if found:
        pytest.fail(
            "the record of the reference scan has changed; a changed number is a breaking change and belongs in"
            f" CHANGELOG.md, then {HOW}\n" + "\n".join(found),
            pytrace=False,
        )


def test_the_kept_record_is_near_the_truth_of_its_phantom():
    """So that renewing can't keep an error for long: 3 % of the volume, a voxel of a length."""
    truth = truth_of(scene_of("layered"), acquisition_of("layered"))["lesions"][0]
    (lesion,) = json.loads(GOLDEN.read_text(encoding="utf-8"))["lesions"]

    assert lesion["category"] == "soft_tissue"
    assert lesion["volume_mm3"]["value"] == pytest.approx(truth["volume_mm3"], rel=0.03)
    assert lesion["long_axis_mm"]["value"] == pytest.approx(truth["long_axis_mm"], abs=1.42 * 1.375)
    assert lesion["short_axis_mm"]["value"] == pytest.approx(truth["short_axis_mm"], abs=1.42 * 1.375)
    assert lesion["centroid_mm"] == pytest.approx(truth["centroid_mm"], abs=1.0)


@pytest.mark.parametrize(
    ("kept", "met", "count"),
    [
        ({"a": 1.0}, {"a": 1.0000001, "b": 2}, 0),
        ({"a": 1.0}, {"a": 1.0001}, 1),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, 1),
        ({"a": {"b": None}}, {"a": {"b": 0.0}}, 1),
        ({"a": 1}, {}, 1),
        ({"a": "x"}, {"a": "y"}, 1),
    ],
)
def test_changes_are_what_is_gone_or_differs_and_not_what_is_new(kept, met, count):
    assert len(list(changes(kept, met))) == count
