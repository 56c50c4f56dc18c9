"""Cavities of the trunk on bodies made of ellipses, where inside and outside are known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import volume_of

from calcimeter.ct.settings import TrunkSettings
from calcimeter.ct.trunk import find_trunk
from calcimeter.model.anatomy import Bone, Mask, Skeleton

SPACING = (4.0, 2.0, 2.0)
SHAPE = (30, 140, 180)
MIDDLE = (130.0, 180.0)
"""Row and column of the body's middle, mm."""
FAT, MUSCLE, CAVITY, BONE = -100, 55, 20, 400

Z, Y, X = (np.arange(n) * s for n, s in zip(SHAPE, SPACING, strict=True))
ROW, COLUMN = np.meshgrid(Y - MIDDLE[0], X - MIDDLE[1], indexing="ij")


def ellipse(row, column, center=(0.0, 0.0)):
    """Pixels within an ellipse of two half axes in mm, its center counted from the middle of the body."""
    return ((ROW - center[0]) / row) ** 2 + ((COLUMN - center[1]) / column) ** 2 <= 1


BODY, INSIDE_FAT, INSIDE_WALL = ellipse(110, 150), ellipse(90, 130), ellipse(74, 114)
SPINE = ellipse(18, 22, (60, 0))
"""A vertebral body 42 to 78 mm behind the middle."""
HIPS = (ellipse(30, 8, (10, -80)), ellipse(30, 8, (10, 80)))
SACRUM = ellipse(8, 30, (70, 0))


def trunk_of(bones, contrast=None, columns=slice(None), **settings):
    """The trunk of a body whose bones are planes by name and side, the same in all slices or a pair with slices."""
    plane = np.where(BODY, FAT, -1000)
    plane[INSIDE_FAT] = MUSCLE
    plane[INSIDE_WALL] = np.where((COLUMN // 12 + ROW // 12) % 2 == 0, CAVITY, FAT)[INSIDE_WALL]
    values = np.repeat(plane[None], SHAPE[0], axis=0)
    labels = np.zeros(SHAPE, dtype=np.uint8)
    named = []
    for number, (name, side, where, slices) in enumerate(bones, 1):
        labels[slices][:, where] = number
        values[slices][:, where] = BONE
        voxels = int((labels == number).sum())
        named.append(Bone(number, name, side, voxels * float(np.prod(SPACING))))
    values, labels = values[:, :, columns], labels[:, :, columns]
    volume = volume_of(values, SPACING)
    medium = Mask.empty(values.shape) if contrast is None else Mask.from_bool(contrast)
    return find_trunk(
        volume, Mask.from_bool(values > -300), medium, Skeleton(labels, tuple(named)), TrunkSettings(**settings)
    )


def at(trunk, row, column, height=60.0):
    """Where a point lies that is given in mm from the middle of the body."""
    return trunk.at(np.array([height / 4, (MIDDLE[0] + row) / 2, (MIDDLE[1] + column) / 2]))


ALL = slice(0, SHAPE[0])
ABDOMEN = [("lumbar_spine", "midline", SPINE, ALL)]
PELVIS = [
    ("hip_bone", "right", HIPS[0], ALL),
    ("hip_bone", "left", HIPS[1], ALL),
    ("sacrum", "midline", SACRUM, ALL),
]


@pytest.mark.parametrize(
    ("row", "column", "inside"),
    [(0, 0, True), (20, 80, True), (-60, 0, True), (-82, 0, False), (0, 122, False), (0, -122, False), (98, 60, False)],
)
def test_the_muscles_under_the_skin_wall_in_the_abdomen(row, column, inside):
    where = at(trunk_of(ABDOMEN), row, column)

    assert where.region == "abdomen"
    assert (where.depth_mm > 0) is inside


def test_distances_are_those_of_the_drawing():
    where = at(trunk_of(ABDOMEN), 22, 50)

    assert where.lateral_mm == pytest.approx(50, abs=3)
    assert where.before_spine_mm == pytest.approx(42 - 22, abs=3)
    assert where.depth_mm == pytest.approx(114 * (1 - (22 / 74) ** 2) ** 0.5 - 50, abs=25)


@pytest.mark.parametrize(("row", "column", "inside"), [(10, 0, True), (10, 60, True), (10, 100, False), (95, 0, False)])
def test_hip_bones_and_sacrum_wall_in_the_pelvis(row, column, inside):
    where = at(trunk_of(PELVIS), row, column)

    assert where.region == "pelvis"
    assert (where.depth_mm > 0) is inside


@pytest.mark.parametrize("side", ["right", None])
def test_a_crop_with_one_hip_bone_has_its_cavity_medial_to_it(side):
    femur = ellipse(15, 15, (10, -115))
    trunk = trunk_of([("hip_bone", side, HIPS[0], ALL), ("femur", side, femur, ALL)], columns=slice(0, 80))

    assert at(trunk, 10, -60).depth_mm > 0
    assert at(trunk, 10, -100).depth_mm < 0


def test_the_brim_slopes_down_from_the_promontory():
    upper, lower = slice(20, 30), slice(0, 20)
    bones = [("lumbar_spine", "midline", SPINE, upper), ("sacrum", "midline", SPINE, lower)]
    bones += [("hip_bone", "right", HIPS[0], lower), ("hip_bone", "left", HIPS[1], lower)]
    trunk = trunk_of(bones)

    beside, ahead = at(trunk, 42, 20, height=56), at(trunk, 2, 20, height=56)
    assert beside.above_promontory_mm == pytest.approx(-20, abs=4)
    assert beside.below_brim_mm == pytest.approx(20, abs=5)
    assert ahead.below_brim_mm == pytest.approx(20 - 40 * np.tan(np.radians(55)), abs=8)


def test_points_above_and_below_the_trunk_have_no_place_in_it():
    trunk = trunk_of([("lumbar_spine", "midline", SPINE, slice(10, 20))])

    assert at(trunk, 0, 0, height=60) is not None
    assert at(trunk, 0, 0, height=110) is None


@pytest.mark.parametrize("bones", [[], [("femur", "left", SPINE, ALL)], [(None, None, SPINE, ALL)]])
def test_without_a_bone_of_the_trunk_by_name_nothing_is_known(bones):
    assert trunk_of(bones) is None


def test_a_small_piece_of_bone_is_not_trusted():
    assert trunk_of([("lumbar_spine", "midline", SPINE, slice(0, 1))]) is None


def test_a_cavity_that_holds_a_bone_comes_of_wrong_names():
    shaft = ellipse(14, 14, (0, 50))

    assert trunk_of([*ABDOMEN, ("femur", "left", shaft, ALL)]) is None


def test_a_cavity_that_leaves_out_the_contrast_medium_comes_of_wrong_names():
    medium = np.zeros(SHAPE, dtype=bool)
    medium[:, ellipse(20, 20, (0, 50))] = True
    assert trunk_of(ABDOMEN, contrast=medium) is not None

    medium = np.zeros(SHAPE, dtype=bool)
    medium[:, ellipse(10, 10, (0, 135))] = True
    assert trunk_of(ABDOMEN, contrast=medium) is None


def test_a_part_of_the_spine_out_of_order_is_not_trusted():
    bones = [
        ("sacrum", "midline", SPINE, slice(0, 20)),
        ("cervical_spine", "midline", ellipse(9, 9, (10, -115)), slice(0, 9)),
    ]
    trunk = trunk_of([*bones, ("hip_bone", "right", HIPS[0], slice(0, 20))])

    assert trunk is not None
    assert at(trunk, 0, 20, height=4).lateral_mm == pytest.approx(20, abs=4)


@pytest.mark.parametrize(("row", "column", "inside"), [(0, -60, True), (0, -122, False), (-82, -20, False)])
def test_in_a_crop_the_wall_in_view_stays_where_it_is(row, column, inside):
    """The right half of the body and the middle of the spine."""
    assert (at(trunk_of(ABDOMEN, columns=slice(0, 95)), row, column).depth_mm > 0) is inside


def test_where_the_border_cuts_the_body_the_cavity_has_no_end():
    assert at(trunk_of(ABDOMEN, columns=slice(40, 140)), 0, 90).depth_mm == np.inf
