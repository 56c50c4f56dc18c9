"""Where deposits lie: direction, joint, compartment and site of deposits put where the answer is known."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from bone_cases import axis_aligned, femur, fill
from ct_cases import anatomy_of, dense_of, study_of
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.ct.given import take_outlines
from calcimeter.ct.place import place_deposits
from calcimeter.ct.place.bone_parts import PartFinder
from calcimeter.ct.place.joints import find_joints, nearest_joint
from calcimeter.ct.place.pieces import named_pieces
from calcimeter.ct.place.words import direction, extensor_side, side_of, site
from calcimeter.ct.settings import PlaceSettings
from calcimeter.knowledge.places import places
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.grid import Layout
from calcimeter.model.lesion import Category
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
    assert direction(np.array(offset, dtype=float), LEFT) == words


def test_medial_and_lateral_need_a_side_and_in_the_midline_all_is_lateral():
    unsided = Bone(1, "femur", None, 1.0)

    assert direction(np.array([10.0, 0, 0]), unsided) is None
    assert direction(np.array([10.0, -10, 0]), unsided) == "anterior"
    assert direction(np.array([-10.0, -10, 0]), STERNUM) == "anterolateral"


@given(st.tuples(*[st.floats(-50, 50)] * 3))
def test_the_mirror_image_of_a_place_has_the_same_words_on_the_other_side(offset):
    mirrored = (-offset[0], offset[1], offset[2])

    assert direction(np.array(offset), LEFT) == direction(np.array(mirrored), RIGHT)


def test_beside_a_bone_in_the_midline_a_side_is_said_only_where_some_side_was_checked():
    aside, before = np.array([10.0, -5, 0]), np.array([1.0, -20, 0])

    assert side_of(LEFT, aside, (LEFT,)) == "left"
    assert side_of(STERNUM, aside, (STERNUM,)) is None
    assert side_of(STERNUM, aside, (STERNUM, RIGHT)) == "left"
    assert side_of(STERNUM, before, (STERNUM,)) == "midline"


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


def two_boxes(gap_mm, names):
    """Two cubes of 40 mm beside one another, 2 mm voxels, named (name, side) each."""
    grid = axis_aligned(np.zeros(3), np.full(3, 140.0), (2.0, 2.0, 2.0))
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[20:40, 20:40, 10:30] = 1
    first = 30 + round(gap_mm / 2)
    labels[20:40, 20:40, first : first + 20] = 2
    bones = tuple(Bone(k, name, side, 1.0) for k, (name, side) in enumerate(names, 1))
    return PartFinder(named_pieces(Skeleton(labels, bones), grid))


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


def placed(scan, place, radius_mm=5.0, cover=None):
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
    anatomy = replace(anatomy_of(volume.grid.shape, body=values > -500), skeleton=skeleton)
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
