"""The parts of bones: each point of a made-up femur has the part it was made for, in whole and cut views."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from bone_cases import ARM, LEG, PLACES, femur, limb_bones

from calcimeter.ct.place.bone_parts import parts_of
from calcimeter.ct.place.femur import femoral_head
from calcimeter.ct.place.pieces import Pieces, named_pieces
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.grid import Grid

SPACINGS = [(1.0, 1.0, 1.0), (2.0, 0.8, 0.8), (3.27, 0.977, 0.977)]


def parts_in(case):
    """The parts of the only bone of a case, and the part at a point in lateral, posterior, superior."""
    skeleton, grid, move = case
    pieces = named_pieces(skeleton, grid)
    parts = parts_of(pieces.all[0], pieces)
    return parts, lambda place: parts.at((move @ [*place, 1.0])[:3])


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("spacing", SPACINGS)
def test_every_part_of_a_whole_femur_is_where_it_was_put(side, spacing):
    _, part_at = parts_in(femur(side, spacing))

    assert {name: part_at(place) for name, place in PLACES.items()} == {name: name for name in PLACES}


@pytest.mark.parametrize("tilt", [-15.0, 15.0])
def test_a_leaning_femur_keeps_its_parts(tilt):
    _, part_at = parts_in(femur("right", tilt_degrees=tilt))

    assert {name: part_at(place) for name, place in PLACES.items()} == {name: name for name in PLACES}


def test_the_ball_of_the_head_is_found_to_a_lattice_step():
    skeleton, grid, move = femur("left")
    pieces = named_pieces(skeleton, grid)

    head = femoral_head(pieces.all[0], pieces)

    assert head.center_mm == pytest.approx((move @ [-42, -6, 28, 1.0])[:3], abs=1.5)
    assert head.radius_mm == pytest.approx(24, abs=1.5)


def test_a_cut_femur_has_only_the_parts_that_its_view_shows():
    upper, part_at = parts_in(femur("left", heights_mm=(-150.0, 70.0)))
    assert part_at(PLACES["greater_trochanter"]) == "greater_trochanter"
    assert not {"medial_condyle", "lateral_condyle"} & set(upper.names)

    middle, part_at = parts_in(femur("left", heights_mm=(-260.0, -90.0)))
    assert set(middle.names) <= {"shaft", ""}
    assert part_at(PLACES["shaft"]) == "shaft"

    lower, part_at = parts_in(femur("left", heights_mm=(-400.0, -120.0)))
    assert part_at(PLACES["medial_condyle"]) == "medial_condyle"
    assert set(lower.names) <= {"shaft", "medial_condyle", "lateral_condyle", ""}

    beheaded, _ = parts_in(femur("left", heights_mm=(-300.0, 20.0)))
    assert not {"femoral_head", "femoral_neck", "greater_trochanter", "lesser_trochanter"} & set(beheaded.names)


def test_a_hip_without_a_shaft_in_view_still_shows_head_neck_and_greater_trochanter():
    _, part_at = parts_in(femur("right", heights_mm=(-8.0, 70.0)))

    for name in ("femoral_head", "femoral_neck", "greater_trochanter"):
        assert part_at(PLACES[name]) == name


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("tilt", [0.0, 12.0])
@pytest.mark.parametrize("low_mm", [-90.0, -80.0, -70.0, -60.0, -50.0, -40.0])
def test_a_hip_keeps_its_parts_wherever_a_pelvis_scan_ends_below_it(side, tilt, low_mm):
    _, part_at = parts_in(femur(side, heights_mm=(low_mm, 70.0), tilt_degrees=tilt))

    for name in ("femoral_head", "femoral_neck", "greater_trochanter"):
        assert part_at(PLACES[name]) == name


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("tilt", [0.0, 12.0])
@pytest.mark.parametrize("high_mm", [-330.0, -300.0, -280.0, -260.0, -240.0])
def test_a_condyle_of_a_knee_scan_is_no_head(side, tilt, high_mm):
    parts, _ = parts_in(femur(side, heights_mm=(-400.0, high_mm), tilt_degrees=tilt))

    assert set(parts.names) <= {"shaft", "medial_condyle", "lateral_condyle", ""}


@pytest.mark.parametrize("high_mm", [45.0, 52.0])
def test_a_head_that_the_border_cuts_a_little_is_one(high_mm):
    _, part_at = parts_in(femur("left", heights_mm=(-100.0, high_mm)))

    assert part_at(PLACES["greater_trochanter"]) == "greater_trochanter"


def test_a_bone_said_to_be_of_the_other_side_has_no_upper_parts():
    parts, _ = parts_in(femur("left", told="right"))

    assert set(parts.names) <= {"shaft", "medial_condyle", "lateral_condyle", ""}


def test_without_a_side_the_upper_end_tells_which_condyle_is_which():
    _, part_at = parts_in(femur("left", told=None))
    assert part_at(PLACES["medial_condyle"]) == "medial_condyle"

    lower, _ = parts_in(femur("left", told=None, heights_mm=(-400.0, -120.0)))
    assert set(lower.names) <= {"shaft", ""}


def test_left_and_right_in_one_label_without_a_side_have_no_parts():
    skeleton, grid, _ = femur("left")
    labels = np.concatenate([skeleton.labels, skeleton.labels[:, :, ::-1]], axis=2)
    both = Grid((labels.shape[0], labels.shape[1], labels.shape[2]), grid.affine)
    (piece,) = named_pieces(Skeleton(labels, (Bone(1, "femur", None, 1.0),)), both).all

    assert piece.is_both
    assert set(parts_of(piece, Pieces((piece,))).names) == {""}
    assert Pieces((piece,)).of("femur") is None


def test_a_bone_without_a_name_is_no_piece_and_one_without_parts_has_none():
    skeleton, grid, _ = femur("left")
    unnamed = Skeleton(skeleton.labels, (Bone(1, None, None, 1.0),))
    ribs = Skeleton(skeleton.labels, (Bone(1, "rib", "left", 1.0),))

    assert named_pieces(unnamed, grid).all == ()
    pieces = named_pieces(ribs, grid)
    assert set(parts_of(pieces.all[0], pieces).names) == {""}


def test_a_few_voxels_of_any_bone_give_no_part_and_no_error():
    skeleton, grid, _ = femur("left")
    labels = np.zeros_like(skeleton.labels)
    labels[60:63, 100:104, 80:85] = 1
    for name in ("femur", "hip_bone", "tibia", "fibula", "humerus", "ulna", "radius", "scapula", "sternum", "skull"):
        pieces = named_pieces(Skeleton(labels, (Bone(1, name, "left", 1.0),)), grid)
        assert set(parts_of(pieces.all[0], pieces).names) == {""}


def part_of(case, name, place):
    """The part of one bone of a limb at a point in lateral, posterior, superior."""
    skeleton, grid, move = case
    pieces = named_pieces(skeleton, grid)
    piece = next(piece for piece in pieces.all if piece.bone.name == name)
    return parts_of(piece, pieces).at((move @ [*place, 1.0])[:3])


@pytest.mark.parametrize("side", ["left", "right"])
def test_plateau_shaft_and_malleolus_of_a_tibia(side):
    case = limb_bones(LEG, side)

    assert part_of(case, "tibia", (30, 0, -40)) == "plateau"
    assert part_of(case, "tibia", (0, 13, -220)) == "shaft"
    assert part_of(case, "tibia", (-24, 0, -400)) == "malleolus"
    assert part_of(case, "tarsus", (2, 16, -420)) is None


@pytest.mark.parametrize("raised", [False, True])
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_parts_of_an_arm_do_not_depend_on_whether_it_is_raised(side, raised):
    """Turned by 180 degrees about the axis from front to back, with the shoulder blade: up is then down."""
    case = limb_bones(ARM, side, np.diag([-1.0, 1.0, -1.0]) if raised else None)

    assert part_of(case, "humerus", (-20, 0, 12)) == "humeral_head"
    assert part_of(case, "humerus", (23, 0, -4)) == "greater_tuberosity"
    assert part_of(case, "humerus", (11, 0, -170)) == "shaft"
    assert {part_of(case, "humerus", (x, 0, -290)) for x in (-34, 32)} == {"epicondyle"}
    assert part_of(case, "ulna", (0, 18, -286)) == "olecranon"
    assert part_of(case, "ulna", (7, 0, -430)) == "shaft"


@pytest.mark.parametrize("side", ["left", "right"])
def test_acromion_and_coracoid_lie_above_and_before_the_humeral_head(side):
    case = limb_bones(ARM, side)

    assert part_of(case, "scapula", (6, 0, 49)) == "acromion"
    assert part_of(case, "scapula", (-30, -42, 6)) == "coracoid"
    assert part_of(case, "scapula", (-66, 32, -62)) is None


def test_an_arm_alone_does_not_tell_its_ends():
    skeleton, grid, move = limb_bones({"humerus": ARM["humerus"]}, "left")

    assert part_of((skeleton, grid, move), "humerus", (-20, 0, 12)) is None
    assert part_of((skeleton, grid, move), "humerus", (11, 0, -170)) == "shaft"


def test_a_breastbone_narrows_below_the_manubrium():
    rods = {
        "sternum": (
            ((-24, 0, 0), (24, 0, -8), 10),
            ((-14, 0, -20), (14, 0, -20), 12),
            ((0, 0, -10), (0, 0, -60), 10),
            ((-8, 0, -80), (8, 0, -140), 12),
            ((0, 0, -150), (0, 0, -180), 5),
        )
    }
    case = limb_bones(rods, "left")

    assert part_of(case, "sternum", (0, -10, -8)) == "manubrium"
    assert part_of(case, "sternum", (0, -10, -110)) == "sternal_body"
    assert part_of(case, "sternum", (0, -5, -180)) == "xiphoid"


def test_every_part_is_a_term_of_the_vocabulary():
    terms = json.loads(files("calcimeter.knowledge").joinpath("vocabulary.json").read_text(encoding="utf-8"))
    for case in (limb_bones(LEG, "left"), limb_bones(ARM, "left"), femur("left")):
        pieces = named_pieces(*case[:2])
        for piece in pieces.all:
            assert set(parts_of(piece, pieces).names) <= {*terms["bone_parts"], ""}


HIPS = {"hip_bone": {90: "left", 91: "right"}, "femur": {88: "left", 89: "right"}}
LABELS = Path("../shared/data/totalsegmentator/example_seg.nii.gz")


@pytest.mark.skipif(not LABELS.exists(), reason="../shared/data/totalsegmentator is not there")
def test_the_parts_of_real_hips_lie_around_the_joint_as_in_anatomy():
    """Label map of another network: ilium above, pubis before and medial, ischium behind the hip joint, both sides."""
    import nibabel

    from calcimeter.model.grid import Grid, Layout

    image = nibabel.load(LABELS)
    layout = Layout.of(Grid(image.shape, np.diag([-1, -1, 1, 1]) @ image.affine))
    numbers = layout.from_source(np.asarray(image.dataobj))
    bones = [Bone(n, name, side, 1.0) for name, sides in HIPS.items() for n, side in sides.items()]
    labels = np.where(np.isin(numbers, [bone.id for bone in bones]), numbers, 0).astype(np.uint8)
    pieces = named_pieces(Skeleton(labels, tuple(bones)), layout.analyzed_grid())

    for side, sign in (("left", 1), ("right", -1)):
        head = femoral_head(pieces.of("femur", side), pieces)
        parts = parts_of(pieces.of("hip_bone", side), pieces)
        assert 18 < head.radius_mm < 26
        medial, behind, above = {}, {}, {}
        for name in ("acetabulum", "iliac_wing", "ischium", "pubis"):
            x, behind[name], above[name] = parts.centroid_mm(name) - head.center_mm
            medial[name] = -sign * x
        assert above["iliac_wing"] > 40
        assert np.linalg.norm([medial["acetabulum"], behind["acetabulum"], above["acetabulum"]]) < 25
        assert above["pubis"] < 10
        assert behind["pubis"] < 0 < behind["ischium"]
        assert medial["pubis"] > medial["ischium"]
