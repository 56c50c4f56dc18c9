"""Where deposits lie: direction, joint, compartment and site of deposits put where the answer is known."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from bone_cases import axis_aligned, femur, fill, limb_bones
from ct_cases import anatomy_of, dense_of, study_of
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.ct.given import take_outlines
from calcimeter.ct.place import place_deposits
from calcimeter.ct.place.bone_parts import PartFinder
from calcimeter.ct.place.joints import find_joints, missing_partners, nearest_joint
from calcimeter.ct.place.pieces import named_pieces
from calcimeter.ct.place.words import direction, extensor_side, side_of, site
from calcimeter.ct.settings import PlaceSettings
from calcimeter.knowledge.places import places
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.grid import Layout
from calcimeter.model.lesion import Category
from calcimeter.model.trunk import Trunk
from calcimeter.model.volume import Region, Volume

MUSCLE_HU, FAT_HU, AIR_HU = 55, -100, -1000
LEFT, RIGHT = Bone(1, "femur", "left", 1.0), Bone(2, "femur", "right", 1.0)
STERNUM = Bone(3, "sternum", "midline", 1.0)


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        ((10, 0, 0), "lateral"),
        ((-10, 0, 0), "medial"),
        ((10, -10, 0), "anterolateral"),
        ((-10, 10, 0), "posteromedial"),
        ((0, 10, 10), "posterosuperior"),
        ((0, 0, -5), "inferior"),
        ((10, -10, 10), "anterosuperolateral"),
        ((10, -4.1, 0), "lateral"),
        ((10, -4.2, 0), "anterolateral"),
        ((0, 0, 0), None),
    ],
)
def test_a_direction_counts_every_component_above_the_sine_of_22_5_degrees(offset, words):
    """tan 22.5 degrees is 0.4142."""
    assert direction(np.array(offset, dtype=float), "left") == words


@pytest.mark.parametrize("side", [None, "midline"])
def test_medial_and_lateral_need_left_or_right(side):
    assert direction(np.array([10.0, 0, 0]), side) is None
    assert direction(np.array([10.0, -10, 0]), side) == "anterior"


@given(st.tuples(*[st.floats(-50, 50)] * 3))
def test_the_mirror_image_of_a_place_has_the_same_words_on_the_other_side(offset):
    mirrored = (-offset[0], offset[1], offset[2])

    assert direction(np.array(offset), "left") == direction(np.array(mirrored), "right")


def test_beside_a_bone_in_the_midline_a_side_is_said_only_where_some_side_was_checked():
    assert side_of(STERNUM, 12.0, (STERNUM,)) is None
    assert side_of(STERNUM, 12.0, (STERNUM, RIGHT)) == "left"
    assert side_of(STERNUM, -12.0, (STERNUM, RIGHT)) == "right"
    assert side_of(STERNUM, 8.0, (STERNUM,)) == "midline"


def test_without_a_midline_a_bone_in_it_gives_no_side_and_a_paired_bone_gives_its_own():
    assert side_of(STERNUM, None, (STERNUM, RIGHT)) is None
    assert side_of(LEFT, None, (LEFT,)) == "left"


def test_a_bone_that_lies_across_the_midline_from_its_side_gives_no_side():
    assert side_of(RIGHT, 12.0, (RIGHT,)) is None
    assert side_of(RIGHT, 8.0, (RIGHT,)) == "right"
    assert side_of(LEFT, -12.0, (LEFT,)) is None
    assert side_of(LEFT, 90.0, (LEFT,)) == "left"


def test_a_site_comes_from_joint_part_and_bone_and_never_for_a_stone():
    soft = Category.SOFT_TISSUE

    assert site(("femur", "greater_trochanter", "lateral"), ("hip", 31.0), soft, 25.0) == "hip"
    assert site(("femur", "shaft", "medial"), None, soft, 25.0) == "thigh"
    assert site(("femur", "shaft", "medial"), ("knee", 20.0), soft, 25.0) == "knee"
    assert site(("femur", None, "medial"), None, soft, 25.0) is None
    assert site(("hip_bone", "iliac_wing", "posterolateral"), None, soft, 25.0) == "buttock"
    assert site(("hip_bone", "iliac_wing", "anterior"), None, soft, 25.0) == "pelvis"
    assert site(("lumbar_spine", None, "lateral"), None, Category.STONE, 25.0) is None
    assert site(("femur", "shaft", "medial"), None, Category.VASCULAR, 25.0) == "vessels"


def test_the_extensor_side_of_the_knee_is_in_front_and_of_the_hip_behind():
    before, beside = np.array([3.0, -20, 0]), np.array([20.0, 1, 0])

    assert extensor_side(("knee", 10.0), before, 60.0) is True
    assert extensor_side(("hip", 10.0), before, 60.0) is False
    assert extensor_side(("knee", 10.0), beside, 60.0) is None
    assert extensor_side(("knee", 90.0), before, 60.0) is None
    assert extensor_side(("sacroiliac", 10.0), before, 60.0) is None


def test_every_name_is_a_term_of_the_vocabulary():
    terms = json.loads(files("calcimeter.knowledge").joinpath("vocabulary.json").read_text(encoding="utf-8"))
    known = places()
    bones = {bone for pairs in known["joints"].values() for pair in pairs for bone in pair}
    bones |= {*known["sites"], *known["part_sites"], *known["trunk"]["bones"], *known["buttock"]["bones"]}
    parts = {part for row in known["part_sites"].values() for part in row}
    sites = {*known["joint_sites"].values(), *known["sites"].values()}
    sites |= {name for row in known["part_sites"].values() for name in row.values()}

    assert bones <= set(terms["bones"])
    assert parts <= set(terms["bone_parts"])
    assert sites <= set(terms["sites"])
    assert {*known["joints"], *known["joint_sites"], *known["extensor"], *known["reach_mm"]} <= set(terms["joints"])


def two_boxes(gap_mm, names, third=None, *, merged=False):
    """The named bones of boxes."""
    return PartFinder(named_pieces(*boxes(gap_mm, names, third, merged=merged)))


def boxes(gap_mm, names, third=None, *, merged=False):
    """Two cubes of 40 mm beside one another, 2 mm voxels, named (name, side) each; a third one below, or merged."""
    grid = axis_aligned(np.zeros(3), np.full(3, 140.0), (2.0, 2.0, 2.0))
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[20:40, 20:40, 10:30] = 1
    first = 30 + round(gap_mm / 2)
    labels[20:40, 20:40, first : first + 20] = 2
    if third:
        labels[2:14, 20:40, first : first + 20] = 1 if merged else 3
        names = names if merged else (*names, third)
    bones = tuple(Bone(k, name, side, 1.0) for k, (name, side) in enumerate(names, 1))
    return Skeleton(labels, bones), grid


def test_a_joint_is_the_space_between_its_bones_and_its_distance_is_to_that():
    finder = two_boxes(6.0, (("hip_bone", "left"), ("sacrum", "midline")))
    (joint,) = find_joints(finder, frozenset({1}))

    assert joint.name == "sacroiliac"
    assert joint.space_mm[:, 0] == pytest.approx(62.0, abs=2.0)  # between voxels at 58 and 66
    found, away_mm = nearest_joint((joint,), 1, np.array([[62.0, 60.0, 118.0]]))
    assert found.name == "sacroiliac"
    assert away_mm == pytest.approx(40.0, abs=2.0)  # the boxes end at 78
    assert nearest_joint((joint,), 3, np.zeros((1, 3))) is None


@pytest.mark.parametrize(
    ("gap_mm", "names"),
    [
        (12.0, (("hip_bone", "left"), ("sacrum", "midline"))),
        (6.0, (("radius", "left"), ("carpus", "right"))),
        (6.0, (("femur", "left"), ("rib", "left"))),
        (6.0, (("femur", "left"), ("tibia", "left"))),
        (6.0, (("femur", "left"), (None, None))),
    ],
)
def test_bones_far_apart_of_two_sides_without_the_parts_of_a_joint_or_without_a_name_make_none(gap_mm, names):
    assert find_joints(two_boxes(gap_mm, names), frozenset({1, 2})) == ()


def test_bones_of_the_midline_meet_those_of_both_sides_and_hip_bones_each_other():
    assert [
        j.name for j in find_joints(two_boxes(4.0, (("sacrum", "midline"), ("hip_bone", "left"))), frozenset({1}))
    ] == ["sacroiliac"]
    assert [
        j.name for j in find_joints(two_boxes(4.0, (("hip_bone", "right"), ("hip_bone", "left"))), frozenset({2}))
    ] == ["symphysis"]


def test_a_joint_that_was_not_found_between_bones_in_view_hides_one_that_is_farther():
    """Hip bone and sacrum meet; a femur without the parts of a hip makes no joint, wherever it lies."""
    finder = two_boxes(6.0, (("sacrum", "midline"), ("hip_bone", "left")), third=("femur", "left"))
    joints = find_joints(finder, frozenset({2}))
    hip_bone = finder.pieces.of("hip_bone", "left")
    alone = two_boxes(6.0, (("sacrum", "midline"), ("hip_bone", "left")), third=("femur", "right"))

    assert [joint.name for joint in joints] == ["sacroiliac"]
    assert [piece.bone.name for piece in missing_partners(finder.pieces, joints, hip_bone)] == ["femur"]
    assert missing_partners(alone.pieces, joints, hip_bone) == ()


@pytest.mark.parametrize(
    ("femur_side", "height_mm", "joint"),
    [("left", 34.0, None), ("right", 34.0, "sacroiliac"), ("left", 100.0, "sacroiliac")],
)
def test_no_joint_is_named_where_one_that_was_not_found_may_be_nearer(femur_side, height_mm, joint):
    skeleton, grid = boxes(6.0, (("sacrum", "midline"), ("hip_bone", "left")), third=("femur", femur_side))
    values = np.where(skeleton.labels > 0, 700, MUSCLE_HU).astype(np.int16)
    ball, at_mm = np.zeros(grid.shape, dtype=np.uint8), (78.0, 60.0, height_mm)
    fill(ball, grid, ((at_mm, at_mm, 4.0),), 1, np.eye(4))
    values[ball > 0] = 400
    volume = Volume(values, Layout.of(grid), grid)
    (deposit,) = take_outlines(study_of(volume), ((1, Region.from_indices(np.argwhere(ball))),), dense_of(volume))
    found = place_deposits(volume, (deposit,), replace(anatomy_of(grid.shape), skeleton=skeleton), PlaceSettings())[0]

    assert (found.bone, found.joint) == ("hip_bone", joint)


def test_of_left_and_right_in_one_label_without_a_side_there_is_no_joint():
    """Both cubes are one hip bone; the sacrum stands between them."""
    finder = two_boxes(6.0, (("hip_bone", None), ("sacrum", "midline")), third=("hip_bone", None), merged=True)

    assert find_joints(finder, frozenset({1, 2})) == ()


JAW = {"mandible": (((-45, 30, 0), (-45, 30, 60), 8), ((45, 30, 0), (45, 30, 60), 8), ((-45, 30, 0), (45, 30, 0), 6))}
"""Two rami and a bar between them, 45 mm from the midline each."""


def beside_jaw(at_mm, side=None, trunk_at_mm=None, narrow=False, side_unknown=False):
    """The place of a ball beside a mandible; a femur elsewhere was told its side, so that sides are checked."""
    skeleton, grid, _ = limb_bones(JAW, "left")
    move = np.eye(4)
    move[0, 3] = 80.0  # where limb_bones puts its origin
    labels = skeleton.labels.copy()
    labels[0, 0, 0] = 2
    bones = (Bone(1, "mandible", "midline", 1.0), Bone(2, "femur", "left", 1.0))
    values = np.where(labels > 0, 700, MUSCLE_HU).astype(np.int16)
    if narrow:
        labels = labels.copy()
        labels[:, :, -1] = np.where(labels.any(axis=2), 1, 0)
    ball = np.zeros(grid.shape, dtype=np.uint8)
    fill(ball, grid, ((at_mm, at_mm, 4.0),), 1, move)
    values[ball > 0] = 400
    volume = Volume(values, Layout.of(grid), grid)
    (deposit,) = take_outlines(study_of(volume), ((1, Region.from_indices(np.argwhere(ball))),), dense_of(volume))
    trunk = None if trunk_at_mm is None else trunk_around(grid, trunk_at_mm + 80.0)
    anatomy = replace(anatomy_of(grid.shape, trunk=trunk), skeleton=Skeleton(labels, bones))
    deposit = replace(deposit, side=side, side_unknown=side_unknown)
    return place_deposits(volume, (deposit,), anatomy, PlaceSettings())[0]


def trunk_around(grid, middle_x_mm, reach_mm=0.0):
    """A cavity around a midline, as wide in every direction, in all slices."""
    column, row, levels = grid.to_index(np.array([middle_x_mm, 0, 0]))[2], grid.shape[1] / 2, grid.shape[0]
    return Trunk(
        slices=np.arange(levels),
        center_mm=np.tile([row * grid.spacing_mm[1], column * grid.spacing_mm[2]], (levels, 1)),
        reach_mm=np.full((levels, 72), reach_mm),
        front_mm=np.full(levels, row * grid.spacing_mm[1]),
        regions=("abdomen",) * levels,
        brim_mm=None,
        spacing_mm=grid.spacing_mm,
    )


def test_a_deposit_medial_of_the_right_ramus_is_right_and_medial():
    found = beside_jaw((-28, 30, 45))

    assert (found.bone, found.side, found.direction) == ("mandible", "right", "medial")
    assert beside_jaw((-62, 30, 45)).direction == "lateral"


def test_the_midline_of_the_trunk_comes_before_that_of_the_bone():
    assert beside_jaw((-22, 30, 45), trunk_at_mm=-38.0).side == "left"
    assert beside_jaw((-22, 30, 45), trunk_at_mm=-20.0).side == "midline"


def test_the_midline_of_the_trunk_near_a_side_border_is_not_believed():
    assert beside_jaw((-22, 30, 45), trunk_at_mm=-60.0).side == "right"


def test_a_bone_in_the_midline_that_is_cut_at_a_side_gives_neither_side_nor_medial_or_lateral():
    found = beside_jaw((-28, 30, 45), narrow=True)

    assert (found.side, found.direction) == (None, None)


def test_the_side_that_a_reader_set_tells_medial_from_lateral():
    found = beside_jaw((-28, 30, 45), side="left")

    assert (found.side, found.direction) == ("left", "lateral")


def test_where_a_reader_calls_the_side_not_known_bones_do_not_tell_it():
    found = beside_jaw((-28, 30, 45), side_unknown=True)

    assert (found.bone, found.side, found.direction) == ("mandible", None, None)


def thigh(side="left", spacing_mm=(3.0, 1.5, 1.5), bone=None):
    """A femur in a thigh of muscle with 15 mm of fat around it."""
    skeleton, grid, move = femur(side, spacing_mm, heights_mm=(-200.0, 70.0))
    if bone:
        skeleton = replace(skeleton, bones=(bone,))
    points = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))
    radius = np.hypot(points[..., 0] - move[0, 3], points[..., 1])
    values = np.where(radius < 85, np.where(radius < 70, MUSCLE_HU, FAT_HU), AIR_HU).astype(np.int16)
    values[skeleton.labels > 0] = 700
    return Volume(values, Layout.of(grid), grid), skeleton, move


def placed(scan, place, radius_mm=5.0, cover=None, trunk=None):
    """The place of a ball put into a thigh, given in lateral, posterior, superior."""
    volume, skeleton, move = scan
    values = volume.values.copy()
    if cover:
        cover(values, volume.grid, move)
    ball = np.zeros(volume.grid.shape, dtype=np.uint8)
    fill(ball, volume.grid, ((place, place, radius_mm),), 1, move)
    values[ball > 0] = 400
    volume = replace(volume, values=values)
    (deposit,) = take_outlines(study_of(volume), ((1, Region.from_indices(np.argwhere(ball))),), dense_of(volume))
    anatomy = replace(anatomy_of(volume.grid.shape, body=values > -500, trunk=trunk), skeleton=skeleton)
    return place_deposits(volume, (deposit,), anatomy, PlaceSettings())[0]


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_deposit_before_and_beside_the_greater_trochanter_is_told_as_a_reader_needs_it(side):
    """The trochanter's surface lies about 22 mm from the middle of the deposit along their line; less its radius."""
    found = placed(thigh(side), (32, -20, -2))

    assert (found.bone, found.part, found.side) == ("femur", "greater_trochanter", side)
    assert found.direction == "anterolateral"
    assert 5 < found.distance_mm < 20
    assert found.compartment == "intramuscular"
    assert found.site == "hip"
    assert found.joint is None  # the hip bone is not in view


def test_a_femur_across_the_midline_from_its_side_gives_neither_side_nor_medial_or_lateral():
    volume, skeleton, move = thigh("right")
    trunk = trunk_around(volume.grid, move[0, 3] - 20.0)

    found = placed((volume, skeleton, move), (-35, -35, -100), trunk=trunk)

    assert (found.bone, found.side, found.direction) == ("femur", None, "anterior")


def test_the_direction_beside_a_shaft_does_not_depend_on_how_much_of_it_is_in_view():
    assert placed(thigh(), (-40, 0, -100)).direction == "medial"
    assert placed(thigh(), (-40, 0, -180)).direction == "medial"
    assert placed(thigh(), (0, 45, -120)).direction == "posterior"


def test_without_a_name_only_the_gap_and_the_tissue_are_known():
    found = placed(thigh(bone=Bone(1, None, None, 1.0)), (-40, 0, -100))

    assert (found.bone, found.part, found.side, found.direction, found.joint, found.site) == (None,) * 6
    assert found.distance_mm == pytest.approx(40 - 5 - 14, abs=1.5)


def test_a_splinter_far_from_its_bone_has_no_part_of_it():
    volume, skeleton, move = thigh()
    labels = skeleton.labels.copy()
    fill(labels, volume.grid, (((60, 0, -100), (60, 0, -100), 1.6),), 1, move)
    labels[volume.grid.shape[0] // 2, 10, 10] = 1

    found = placed((volume, replace(skeleton, labels=labels), move), (68, 0, -100), 3.0)

    assert (found.bone, found.part) == ("femur", None)
    assert found.direction == "lateral"


def test_a_deposit_deep_in_fat_lies_under_the_skin_and_one_at_the_surface_in_it():
    assert placed(thigh(), (0, -76.5, -100), 3.0).compartment == "subcutaneous"
    assert placed(thigh(), (0, -83.0, -100), 1.5).compartment == "skin"
    assert placed(thigh(), (0, -40, -100), 5.0).compartment == "intramuscular"


def test_fat_deep_inside_a_cavity_of_the_trunk_is_not_that_under_the_skin():
    volume, skeleton, move = thigh()
    inside = trunk_around(volume.grid, move[0, 3], 200.0)
    outside = trunk_around(volume.grid, move[0, 3], 40.0)

    assert placed((volume, skeleton, move), (0, -76.5, -100), 3.0, trunk=inside).compartment is None
    assert placed((volume, skeleton, move), (0, -76.5, -100), 3.0, trunk=outside).compartment == "subcutaneous"


def test_a_deposit_in_a_plane_of_fat_lies_between_the_muscles():
    def fat_plane(values, grid, _):
        y = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))[..., 1]
        values[(np.abs(y + 40) < 3) & (values == MUSCLE_HU)] = FAT_HU

    assert placed(thigh(), (0, -40, -100), 4.0, fat_plane).compartment == "intermuscular"


def test_what_is_called_joint_or_stone_tells_the_compartment_itself():
    volume, skeleton, _ = thigh()
    region = Region.from_indices(np.argwhere(volume.values == MUSCLE_HU)[5000:5010])
    (deposit,) = take_outlines(study_of(volume), ((1, region),), dense_of(volume))
    anatomy = replace(anatomy_of(volume.grid.shape, body=volume.values > -500), skeleton=skeleton)
    kinds = {Category.JOINT: "intra_articular", Category.STONE: "visceral", Category.VISCERAL: "visceral"}
    deposits = tuple(replace(deposit, category=category) for category in kinds)

    assert [p.compartment for p in place_deposits(volume, deposits, anatomy, PlaceSettings())] == list(kinds.values())
