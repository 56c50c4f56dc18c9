"""A patient stays the same however the scan is stored or the patient lay: names, sides and categories do too.

Turned are real scans, for they hold what a reference object has not: many bones, contrast medium, look-alikes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import calcimeter
from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.measures import Point

Stored = tuple[npt.NDArray[np.generic], npt.NDArray[np.float64]]
Facts = tuple[list[tuple[str | None, str | None, float]], list[tuple[str, str | None, str | None, Point]]]

HIP, CALF, PELVIS = "sts/STS_012/CT", "sts/STS_028/CT", "totalsegmentator/example_ct.nii.gz"
ON_A_TABLE = "sts/STS_007/CT"
AIR_HU = -1000


@cache
def analyzed(path: Path) -> CTAnalysis:
    return calcimeter.analyze(path)


def stored(analysis: CTAnalysis) -> Stored:
    """The scan as it was analyzed: values and the affine from array index to LPS."""
    volume = analysis.study.volume
    return volume.values, np.array(volume.grid.affine)


def told(analysis: CTAnalysis) -> Facts:
    """Names, sides, volumes of the bones; categories, nearest bones and sides of what is listed, and where it lies."""
    bones = [(b.name, b.side, round(b.volume_mm3, 3)) for b in analysis.anatomy.skeleton.bones]
    names = {b.id: b.name for b in analysis.anatomy.skeleton.bones}
    lesions = [
        (str(one.category), names.get(one.place.bone_id or 0), one.place.side, one.extent.centroid_mm)
        for one in analysis.lesions
    ]
    return sorted(bones, key=str), lesions


def flipped(scan: Stored) -> Stored:
    """Every axis runs the other way."""
    values, affine = scan
    turned = affine.copy()
    turned[:3, 3] += affine[:3, :3] @ (np.array(values.shape) - 1)
    turned[:3, :3] *= -1
    return values[::-1, ::-1, ::-1], turned


def reoriented(scan: Stored) -> Stored:
    """Stored as sagittal slices."""
    values, affine = scan
    return values.transpose(2, 0, 1), affine[:, [2, 0, 1, 3]]


def table_in_front(analysis: CTAnalysis) -> Stored:
    """What is outside the body, table and all, before instead of behind it: so a prone patient looks."""
    values, affine = stored(analysis)
    outside = ~analysis.anatomy.body.to_bool()
    mirrored = np.where(outside[:, ::-1], values[:, ::-1], AIR_HU)
    return np.where(outside, mirrored, values).astype(values.dtype), affine


@pytest.mark.parametrize("turn", [flipped, reoriented])
@pytest.mark.parametrize("name", [HIP, CALF, PELVIS])
def test_a_scan_stored_otherwise_has_the_same_names_sides_and_categories(
    name: str, turn: Callable[[Stored], Stored], shared_data: Callable[[str], Path]
) -> None:
    as_it_is = analyzed(shared_data(name))

    turned = calcimeter.analyze(turn(stored(as_it_is)), kvp=120)

    bones, lesions = told(as_it_is)
    other_bones, other_lesions = told(turned)
    assert other_bones == bones
    assert [one[:3] for one in other_lesions] == [one[:3] for one in lesions]
    for one, other in zip(lesions, other_lesions, strict=True):
        assert other[3] == pytest.approx(one[3], abs=1e-3)


@pytest.mark.parametrize("position", ["FFP", "HFDL"])
def test_how_the_patient_lay_changes_no_name_side_or_category(
    position: str, shared_data: Callable[[str], Path]
) -> None:
    """The header's positions are the patient's own, so feet first or prone moves nothing."""
    as_it_is = analyzed(shared_data(HIP))

    assert told(calcimeter.analyze(stored(as_it_is), kvp=120, position=position)) == told(as_it_is)


def test_a_table_in_front_of_the_patient_tells_no_other_side(shared_data: Callable[[str], Path]) -> None:
    supine = analyzed(shared_data(ON_A_TABLE))

    prone = calcimeter.analyze(table_in_front(supine), kvp=120)

    def named(analysis: CTAnalysis) -> set[tuple[str, str | None]]:
        bones = analysis.anatomy.skeleton.bones
        return {(b.name, b.side) for b in bones if b.name is not None and b.volume_mm3 > 1000}

    assert named(prone) == named(supine)
