"""A side is given only where header and anatomy agree, and never the wrong one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limb_cases import MIRRORS, ROTATIONS, Scan, calf, thigh, trunk

import calcimeter
from calcimeter.ct.anatomy.frame import hip_end
from calcimeter.ct.anatomy.midline import find_midline
from calcimeter.ct.anatomy.sides import tell_sides
from calcimeter.ct.anatomy.tubes import LimbBone, limb_bones
from calcimeter.ct.settings import SidesSettings, TubesSettings
from calcimeter.load.options import LoadOptions
from calcimeter.load.study import load_study
from calcimeter.model.anatomy import Bone, Mask, Skeleton


def told(scan: Scan) -> Skeleton:
    limbs = limb_bones(scan.volume, scan.body, scan.skeleton, TubesSettings())
    return tell_sides(scan.volume, scan.body, limbs, scan.skeleton, SidesSettings())


def sides_of(skeleton: Skeleton) -> dict[str | None, set[str | None]]:
    found = defaultdict(set)
    for bone in skeleton.bones:
        found[bone.name].add(bone.side)
    return dict(found)


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_fibula_tells_the_side_of_a_calf(side):
    found = told(calf(side))
    assert sides_of(found) == {"tibia": {side}, "fibula": {side}}
    assert found.caveats == ()


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_femoral_neck_tells_the_side_of_a_thigh(side):
    assert sides_of(told(thigh(side))) == {"femur": {side}}


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_bare_shaft_has_no_side(side):
    found = told(thigh(side, hip=False))
    assert sides_of(found) == {"femur": {None}}
    assert found.caveats == ("SIDE_UNKNOWN",)


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_other_leg_tells_the_side_of_a_bare_shaft(side):
    assert sides_of(told(thigh(side, hip=False, other=True))) == {"femur": {side}}


@pytest.mark.parametrize("axes", ROTATIONS)
@pytest.mark.parametrize("build", [calf, thigh], ids=["calf", "thigh"])
def test_a_header_that_lies_of_prone_or_feet_first_never_gives_a_wrong_side(build, axes):
    found = told(build("left").turned(axes))
    expected = {"left"} if axes in ((), (0, 1)) else {None}
    assert {side for sides in sides_of(found).values() for side in sides} == expected
    assert ("SIDES_CONTRADICT" in found.caveats) == (expected == {None})


@pytest.mark.parametrize("axes", [(0,), (1,)])
@pytest.mark.parametrize("build", [calf, thigh], ids=["calf", "thigh"])
def test_a_limb_upside_down_or_back_to_front_has_no_side(build, axes):
    found = told(build("right").turned(axes))
    assert {side for sides in sides_of(found).values() for side in sides} == {None}
    assert found.caveats == ("SIDES_CONTRADICT",)


def test_a_limb_turned_over_left_for_right_is_the_other_limb():
    """What no picture of a limb can tell: it is the right calf of another patient, in every voxel."""
    scan = calf("left")
    over = scan.turned((2,))
    turned = replace(over.volume.grid, affine=over.volume.grid.affine.copy())
    affine = turned.affine.copy()
    affine[0, 3] -= 120.0
    there = replace(over.volume, grid=replace(turned, affine=affine))
    assert sides_of(told(over._replace(volume=there))) == {"tibia": {"right"}, "fibula": {"right"}}


def test_a_limb_far_beyond_the_scanners_center_on_the_wrong_side_has_none():
    over = thigh("left").turned((2,))
    affine = over.volume.grid.affine.copy()
    affine[0, 3] += 30.0
    there = replace(over.volume, grid=replace(over.volume.grid, affine=affine))
    assert sides_of(told(over._replace(volume=there))) == {"femur": {None}}


def test_bones_of_the_trunk_are_parted_at_the_spine():
    found = told(trunk())
    assert sides_of(found) == {"lumbar_spine": {"midline"}, "rib": {"left", "right"}, "clavicle": {"left", "right"}}
    grid = trunk().volume.grid
    for bone in found.bones:
        x = grid.to_patient(np.argwhere(found.labels == bone.id))[:, 0]
        if bone.side != "midline":
            assert ((x > 0) == (bone.side == "left")).all()
        assert bone.volume_mm3 == pytest.approx(len(x) * grid.voxel_mm3)


@pytest.mark.parametrize("axes", [*ROTATIONS, *MIRRORS])
def test_the_liver_never_lets_a_wrong_side_of_the_trunk_pass(axes):
    found = told(trunk(ribs=False).turned(axes))
    assert sides_of(found)["clavicle"] == ({None} if 2 in axes else {"left", "right"})
    assert _all_right(found, axes)


@pytest.mark.parametrize("axes", [*ROTATIONS, *MIRRORS])
def test_ribs_tell_every_wrong_header_but_not_a_picture_turned_over(axes):
    found = told(trunk(liver=False).turned(axes))
    turned_over = axes in ((2,), (0, 1, 2))
    assert sides_of(found)["rib"] == ({"left", "right"} if axes in ((), (0, 1)) or turned_over else {None})
    assert _all_right(found, axes) != turned_over


def _all_right(found: Skeleton, axes: tuple[int, ...]) -> bool:
    """Whether every side that is given is that of the patient, whose left is at x > 0 before the array was turned."""
    to_patient = trunk().volume.grid.to_patient
    labels = np.flip(found.labels, axes)
    places = {bone.side: to_patient(np.argwhere(labels == bone.id))[:, 0] for bone in found.bones}
    return bool((places.get("left", np.ones(1)) > 0).all() and (places.get("right", -np.ones(1)) < 0).all())


def test_a_trunk_without_ribs_and_liver_has_no_side():
    found = told(trunk(liver=False, ribs=False))
    assert sides_of(found)["clavicle"] == {None}
    assert found.caveats == ("SIDE_UNKNOWN",)


def test_sides_that_bones_came_with_are_not_believed():
    scan = calf("left")
    wrong = tuple(replace(bone, side="right") for bone in scan.skeleton.bones)
    assert sides_of(told(scan._replace(skeleton=replace(scan.skeleton, bones=wrong)))) == {
        "tibia": {"left"},
        "fibula": {"left"},
    }


def test_pieces_without_a_name_stay_as_they_are():
    scan = calf("left")
    bones = tuple(replace(bone, name=None) for bone in scan.skeleton.bones)
    found = told(scan._replace(skeleton=replace(scan.skeleton, bones=bones)))
    assert [(bone.name, bone.side) for bone in found.bones] == [(None, None), (None, None)]
    assert found.caveats == ()
    assert np.array_equal(found.labels > 0, scan.skeleton.labels > 0)


def test_a_skeleton_without_bones_stays_empty():
    scan = calf("left")
    empty = Skeleton(np.zeros_like(scan.skeleton.labels), ())
    found = told(scan._replace(skeleton=empty))
    assert found.bones == ()
    assert found.caveats == ()


@settings(max_examples=20)
@given(bend=st.floats(-30, 30), slope=st.floats(-0.15, 0.15))
def test_the_middle_follows_a_bent_spine(bend, slope):
    z = np.repeat(np.arange(0, 300, 3.0), 25)
    x = slope * z + bend * np.sin(np.pi * z / 300) + np.tile(np.linspace(-18, 18, 25), 100)
    spine = np.stack([x, np.full_like(z, 60.0), z], axis=1)
    scan = calf("left")
    midline = find_midline({"thoracic_spine": spine}, (), scan.body, _wide(scan), SidesSettings())
    assert midline is not None
    center = np.stack([slope * z + bend * np.sin(np.pi * z / 300), np.full_like(z, -40.0), z], axis=1)
    assert np.abs(midline.offset_mm(center)).max() < 10


def _straight_femur() -> LimbBone:
    """A shaft from z = 0 to 200 with its ridge behind."""
    path = np.stack([np.zeros(51), np.zeros(51), np.linspace(0, 200, 51)], axis=1)
    return LimbBone(1, "femur", 1.0, "", path, 28.0, np.array([0.0, 0.9, 0.0]), 0.0)


def _ball(x: float, y: float, z: float) -> np.ndarray:
    """Points three millimeters apart in a ball of 25 mm."""
    points = np.argwhere(np.ones((17, 17, 17))) * 3.0 - 24
    return points[np.linalg.norm(points, axis=1) < 25] + (x, y, z)


@pytest.mark.parametrize("x", [-45.0, 45.0])
def test_the_hip_is_where_bone_leaves_the_line_of_the_shaft_to_one_side(x):
    found = hip_end(_straight_femur(), _ball(x, 0, 235), SidesSettings())
    assert found is not None
    assert found.toward[2] == pytest.approx(1)
    assert found.lateral[0] * x < 0


@pytest.mark.parametrize("y", [0.0, 45.0], ids=["straight", "bent"])
def test_a_knee_is_no_hip(y):
    assert hip_end(_straight_femur(), _ball(0, y, -35), SidesSettings()) is None


def test_the_gap_of_the_symphysis_corrects_the_middle():
    spine = _ball(0, 60, 0) * (0.7, 0.7, 4.0)
    hips = _ball(0, 0, 0)[np.abs(_ball(0, 0, 0)[:, 0]) > 4] * (1, 0.4, 0.6) + (6, -40, -120)
    midline = find_midline(
        {"sacrum": spine, "hip_bone": hips}, (), calf("left").body, _wide(calf("left")), SidesSettings()
    )
    assert midline is not None
    assert midline.offset_mm(np.array([[6.0, -40.0, -120.0]]))[0] == pytest.approx(0, abs=2)
    assert midline.offset_mm(np.array([[0.0, 60.0, 80.0]]))[0] == pytest.approx(0, abs=2)


def test_two_shafts_that_touch_no_air_between_them_have_the_middle_between():
    femur = _straight_femur()
    one, other = (femur._replace(path_mm=femur.path_mm + np.array([x, 0, 0])) for x in (-80.0, 100.0))
    nothing = Mask.empty((1000, 1000, 1000))
    midline = find_midline({}, (one, other), nothing, _wide(calf("left")), SidesSettings())
    assert midline is not None
    assert midline.offset_mm(np.array([[10.0, 0.0, 100.0]]))[0] == pytest.approx(0, abs=0.1)


def test_what_lies_far_beyond_the_spine_has_no_middle():
    z = np.repeat(np.arange(0, 100, 3.0), 25)
    spine = np.stack([np.tile(np.linspace(-18, 18, 25), len(z) // 25), np.full_like(z, 60.0), z], axis=1)
    scan = calf("left")
    midline = find_midline({"lumbar_spine": spine}, (), scan.body, _wide(scan), SidesSettings())
    assert midline is not None
    assert np.isnan(midline.offset_mm(np.array([[50.0, 0.0, 400.0]])))[0]


def _wide(scan: Scan):
    """A grid so wide that nothing is cut by its border."""
    affine = scan.volume.grid.affine.copy()
    affine[:3, 3] = (-500.0, -500.0, 0.0)
    return replace(scan.volume.grid, affine=affine, shape=(1000, 1000, 1000))


def test_one_bone_a_name_and_side_comes_out_of_several():
    scan = calf("left")
    labels = scan.skeleton.labels.copy()
    labels[: len(labels) // 2][labels[: len(labels) // 2] == 1] = 9
    bones = (*scan.skeleton.bones, Bone(9, "tibia", "right", 1.0))
    found = told(scan._replace(skeleton=Skeleton(labels, bones)))
    assert [(bone.name, bone.side) for bone in found.bones] == [("tibia", "left"), ("fibula", "left")]


STS = {
    "STS_004": {None},
    "STS_007": {"left", "right"},
    "STS_012": {"left", "right"},
    "STS_020": {"left"},
    "STS_028": {"left"},
    "STS_038": {"left"},
    "STS_044": {"left", "right"},
    "STS_045": {"left"},
}
"""Sides in view as rendered slices show them; where both are, the other is the far pubis. STS_004 is a bare shaft."""
FEMUR = {"STS_007": "right", "STS_012": "right", "STS_044": "right"}


def _analyzed(path: Path, axes: tuple[int, ...] = ()) -> Skeleton:
    """What is told of a scan, its array turned against its header."""
    volume = load_study(path, LoadOptions()).volume
    turned = np.ascontiguousarray(np.flip(volume.values, axes))
    return calcimeter.analyze((turned, volume.grid.affine)).anatomy.skeleton


@pytest.mark.parametrize("series", list(STS))
def test_sides_of_real_limbs_are_as_the_images_show_them(series, shared_data):
    found = sides_of(_analyzed(shared_data(f"sts/{series}/CT")))
    told_sides = set().union(*(sides for name, sides in found.items() if name is not None)) - {"midline"}
    assert told_sides <= STS[series] | {None}
    assert FEMUR.get(series, next(iter(STS[series]))) in set().union(*(found.get(n, set()) for n in ("femur", "tibia")))


@pytest.mark.parametrize("axes", [(1, 2), (0, 2), (0,), (1,)])
def test_a_real_calf_under_a_wrong_header_has_no_side(axes, shared_data):
    found = _analyzed(shared_data("sts/STS_028/CT"), axes)
    assert {bone.side for bone in found.bones} <= {None, "midline"}
    assert "SIDES_CONTRADICT" in found.caveats
