"""Look-alikes that place decides: each rule on either side of its limits."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from ct_cases import LUMP, anatomy_of, box_region, volume_of

from calcimeter.ct.classify import classify
from calcimeter.ct.settings import ClassifySettings
from calcimeter.model.candidate import Candidate, Midline
from calcimeter.model.lesion import Category
from calcimeter.model.trunk import Trunk, Whereabouts

SHAPE = (40, 60, 120)
FAR = float("inf")

DEPOSIT = replace(
    LUMP,
    volume_mm3=300.0,
    peak_hu=600.0,
    mean_hu=450.0,
    max_hu=700.0,
    core_hu=500.0,
    lengths_mm=(8.0, 7.0, 6.0),
    bone_mm=20.0,
)
"""Small, round and very dense: a stone, a phlebolith, a plaque or a deposit, as its place has it."""

DEEP = Whereabouts(
    region="abdomen",
    depth_mm=60.0,
    lateral_mm=5.0,
    before_spine_mm=80.0,
    ahead_mm=40.0,
    above_promontory_mm=150.0,
    below_brim_mm=-200.0,
)
"""Among the loops of bowel in the middle of the abdomen."""

TRUNK = Trunk(
    slices=np.array([0]),
    center_mm=np.zeros((1, 2)),
    reach_mm=np.full((1, 8), 50.0),
    front_mm=np.zeros(1),
    regions=("abdomen",),
    brim_mm=None,
    spacing_mm=(1.0, 1.0, 1.0),
)
"""Any trunk: it says that places outside it are known to be outside."""

MEDIUM = np.zeros(SHAPE, dtype=bool)
MEDIUM[:4, :4, :4] = True


def judged(where=None, anatomy=None, undiluted_hu=300, **facts):
    """The verdict on one candidate at a place, in a scan whose trunk is known; contrast medium has 300 HU."""
    values = np.zeros(SHAPE)
    values[MEDIUM] = 300
    values[0, 0, 0] = undiluted_hu
    candidate = Candidate(box_region((20, 30, 40), (4, 4, 4)), replace(DEPOSIT, where=where, **facts))
    known = anatomy_of(SHAPE, **{"trunk": TRUNK} | (anatomy or {}))
    return classify(volume_of(values), (candidate,), known, ClassifySettings())[0]


def category(**case):
    return judged(**case).category


def at(**changes):
    return replace(DEEP, **changes)


@pytest.mark.parametrize(
    ("depth_mm", "expected"), [(5.0, Category.UNCERTAIN), (-5.0, Category.SOFT_TISSUE), (FAR, Category.UNCERTAIN)]
)
def test_in_a_cavity_a_deposit_is_uncertain_and_in_its_wall_soft_tissue(depth_mm, expected):
    one = judged(where=at(depth_mm=depth_mm))

    assert one.category is expected
    assert not any("inf" in reason for reason in one.verdict.reasons)


@pytest.mark.parametrize(("depth_mm", "expected"), [(-10.0, "soft_tissue"), (-1.0, "uncertain"), (10.0, "uncertain")])
def test_gas_does_not_matter_behind_the_wall(depth_mm, expected):
    assert category(where=at(depth_mm=depth_mm), gas_mm=12.0) == expected


@pytest.mark.parametrize(("gas_mm", "expected"), [(4.0, "uncertain"), (6.0, "soft_tissue")])
def test_what_touches_gas_in_a_fold_of_skin_may_lie_on_the_skin(gas_mm, expected):
    assert category(where=at(depth_mm=-30.0), gas_mm=gas_mm) == expected
    assert category(limb_share=1.0, gas_mm=gas_mm) == expected


@pytest.mark.parametrize(("limb_share", "expected"), [(0.95, "soft_tissue"), (0.5, "uncertain")])
def test_gas_in_a_fold_of_skin_does_not_matter_beside_a_limb(limb_share, expected):
    assert category(limb_share=limb_share, gas_mm=12.0) == expected


def test_beside_a_limb_small_and_dense_is_no_stone_even_in_a_scan_with_bowel():
    bowel = {"trunk": None, "bowel_mm3": 5000.0}

    assert category(anatomy=bowel, limb_share=1.0) is Category.SOFT_TISSUE
    assert category(anatomy=bowel, limb_share=0.0) is Category.UNCERTAIN


PELVIC = {"region": "pelvis", "lateral_mm": 40.0, "above_promontory_mm": -90.0, "below_brim_mm": 60.0}


@pytest.mark.parametrize(
    ("place", "facts", "expected"),
    [
        ({}, {}, Category.PHLEBOLITH),
        ({"below_brim_mm": -5.0}, {}, Category.UNCERTAIN),
        ({"below_brim_mm": None, "above_promontory_mm": None}, {}, Category.PHLEBOLITH),
        ({"depth_mm": 2.0}, {}, Category.UNCERTAIN),
        ({"depth_mm": -5.0}, {}, Category.SOFT_TISSUE),
        ({}, {"lengths_mm": (14.0, 12.0, 10.0)}, Category.UNCERTAIN),
        ({}, {"lengths_mm": (11.0, 4.0, 4.0)}, Category.UNCERTAIN),
        ({}, {"at_border": True}, Category.UNCERTAIN),
    ],
)
def test_small_and_round_in_the_true_pelvis_is_a_phlebolith(place, facts, expected):
    assert category(where=at(**PELVIC | place), **facts) is expected


def test_a_phlebolith_is_told_with_the_limit_of_the_rule_and_not_with_its_blurred_length():
    small, large = (judged(where=at(**PELVIC), lengths_mm=(mm, mm - 1, mm - 1)) for mm in (4.0, 9.0))

    assert small.category is large.category is Category.PHLEBOLITH
    assert small.verdict == large.verdict
    assert small.verdict.reasons[0].startswith("round, no longer than 12 mm with its blur, 60 mm below the brim")


def test_a_phlebolith_near_the_midline_is_less_sure():
    lateral, medial = (judged(where=at(**PELVIC | {"lateral_mm": mm})) for mm in (30.0, 5.0))

    assert lateral.category is medial.category is Category.PHLEBOLITH
    assert lateral.verdict.confidence > medial.verdict.confidence


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"lateral_mm": 70.0, "before_spine_mm": -20.0}, Category.STONE),
        ({"lateral_mm": 70.0, "before_spine_mm": 40.0}, Category.UNCERTAIN),
        ({"lateral_mm": 120.0, "before_spine_mm": -20.0}, Category.UNCERTAIN),
        ({"lateral_mm": 70.0, "before_spine_mm": -20.0, "above_promontory_mm": 30.0}, Category.UNCERTAIN),
        ({"lateral_mm": 70.0, "before_spine_mm": -20.0, "above_promontory_mm": None}, Category.STONE),
        ({"lateral_mm": 70.0, "before_spine_mm": -20.0, "depth_mm": -6.0}, Category.SOFT_TISSUE),
        ({"lateral_mm": 35.0, "before_spine_mm": 0.0, "above_promontory_mm": 40.0}, Category.STONE),
        ({"lateral_mm": 70.0, "before_spine_mm": -20.0, "region": "chest"}, Category.UNCERTAIN),
    ],
)
def test_beside_the_lumbar_spine_where_kidney_and_ureter_lie_it_is_a_stone(place, expected):
    assert category(where=at(**place)) is expected


def test_a_stone_is_compact_and_dense():
    kidney = at(lateral_mm=70.0, before_spine_mm=-20.0)

    assert category(where=kidney, lengths_mm=(30.0, 25.0, 20.0)) is Category.UNCERTAIN
    assert category(where=kidney, max_hu=190.0, mean_hu=150.0) is Category.UNCERTAIN


@pytest.mark.parametrize(
    ("ring_hu", "depth_mm", "is_stone"), [(5.0, 50.0, True), (45.0, 50.0, False), (5.0, 8.0, False)]
)
def test_in_the_fluid_of_the_bladder_it_is_a_stone(ring_hu, depth_mm, is_stone):
    where = at(**PELVIC | {"lateral_mm": 5.0, "depth_mm": depth_mm})
    large = {"lengths_mm": (20.0, 16.0, 14.0), "volume_mm3": 3000.0}

    assert (category(where=where, ring_hu=ring_hu, **large) is Category.STONE) is is_stone


@pytest.mark.parametrize(
    ("behind_mm", "lateral_mm", "expected"),
    [
        (25.0, 5.0, Category.VISCERAL),
        (60.0, 5.0, Category.UNCERTAIN),
        (25.0, 30.0, Category.UNCERTAIN),
        (None, 5.0, Category.UNCERTAIN),
    ],
)
def test_in_the_midline_behind_the_symphysis_lies_the_prostate(behind_mm, lateral_mm, expected):
    where = at(**PELVIC | {"lateral_mm": lateral_mm, "depth_mm": 50.0})
    long = {"lengths_mm": (11.0, 5.0, 3.0), "ring_hu": 46.0}

    assert category(where=where, midline=Midline(None, 0.0, behind_mm), **long) is expected


TAIL = {"region": "pelvis", "lateral_mm": 1.0, "depth_mm": 6.0, "before_spine_mm": 8.0}


@pytest.mark.parametrize(
    ("place", "facts", "above_mm", "expected"),
    [
        ({}, {}, -1.0, Category.BONE),
        ({}, {}, None, Category.UNCERTAIN),
        ({}, {}, 30.0, Category.UNCERTAIN),
        ({"lateral_mm": 15.0}, {}, -1.0, Category.UNCERTAIN),
        ({}, {"near_bones_mm": (("hip_bone", 4.0),)}, -1.0, Category.UNCERTAIN),
        ({}, {"volume_mm3": 900.0}, -1.0, Category.UNCERTAIN),
    ],
)
def test_small_and_in_the_midline_on_the_end_of_the_spine_it_is_coccyx(place, facts, above_mm, expected):
    near = {"bone_mm": 4.0, "near_bones_mm": (("sacrum", 4.0),)} | facts

    assert category(where=at(**TAIL | place), midline=Midline(above_mm, 0.0, None), **near) is expected


@pytest.mark.parametrize(
    ("facts", "mirrored", "expected"),
    [
        ({}, 0.9, Category.BONE),
        ({}, 0.2, Category.UNCERTAIN),
        ({"at_border": False}, 0.9, Category.UNCERTAIN),
        ({"near_bones_mm": (("rib", 3.0), ("lumbar_spine", 5.0))}, 0.9, Category.UNCERTAIN),
    ],
)
def test_cut_by_the_border_where_the_other_side_has_bone_it_is_a_process_of_the_spine(facts, mirrored, expected):
    where = at(region="abdomen", depth_mm=-12.0, before_spine_mm=-13.0, lateral_mm=11.0, ahead_mm=-60.0)
    near = {"bone_mm": 3.0, "at_border": True, "near_bones_mm": (("sacrum", 3.0),)} | facts

    assert category(where=where, midline=Midline(None, mirrored, None), **near) is expected


@pytest.mark.parametrize(
    ("place", "max_hu", "expected"),
    [
        ({"before_spine_mm": 15.0, "lateral_mm": 10.0}, 700.0, Category.VASCULAR),
        ({"before_spine_mm": 15.0, "lateral_mm": 10.0, "region": "chest"}, 700.0, Category.VASCULAR),
        ({"before_spine_mm": 15.0, "lateral_mm": 10.0}, 250.0, Category.UNCERTAIN),
        ({"before_spine_mm": 60.0, "lateral_mm": 10.0}, 700.0, Category.UNCERTAIN),
        ({"before_spine_mm": 15.0, "lateral_mm": 45.0, "above_promontory_mm": 40.0}, 700.0, Category.UNCERTAIN),
    ],
)
def test_in_front_of_the_spine_runs_the_aorta(place, max_hu, expected):
    assert category(where=at(**place), max_hu=max_hu, core_hu=None) is expected


def test_a_solid_mass_in_front_of_the_spine_is_no_plaque():
    place = at(before_spine_mm=15.0, lateral_mm=10.0)

    assert category(where=place, max_hu=700.0, core_hu=50.0) is Category.VASCULAR
    assert category(where=place, max_hu=700.0, core_hu=500.0) is Category.UNCERTAIN


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, Category.CARTILAGE),
        ({"depth_mm": 10.0}, Category.UNCERTAIN),
        ({"depth_mm": -30.0}, Category.SOFT_TISSUE),
        ({"ahead_mm": 10.0, "lateral_mm": 10.0}, Category.SOFT_TISSUE),
        ({"ahead_mm": 25.0}, Category.CARTILAGE),
        ({"ahead_mm": 25.0, "lateral_mm": 110.0}, Category.SOFT_TISSUE),
        ({"lateral_mm": 140.0}, Category.SOFT_TISSUE),
        ({"region": "abdomen"}, Category.CARTILAGE),
        ({"region": "pelvis"}, Category.SOFT_TISSUE),
    ],
)
def test_in_the_front_wall_of_the_chest_it_is_cartilage_of_a_rib(place, expected):
    wall = {"region": "chest", "depth_mm": -8.0, "ahead_mm": 85.0, "lateral_mm": 60.0}

    assert category(where=at(**wall | place), rib_mm=25.0) is expected


@pytest.mark.parametrize(("rib_mm", "expected"), [(45.0, "cartilage"), (55.0, "soft_tissue")])
def test_far_from_ribs_and_sternum_there_is_no_cartilage(rib_mm, expected):
    wall = at(depth_mm=-8.0, ahead_mm=85.0, lateral_mm=60.0)

    assert category(where=wall, rib_mm=rib_mm) == expected


@pytest.mark.parametrize(("max_hu", "expected"), [(320.0, Category.CONTRAST), (500.0, Category.UNCERTAIN)])
def test_in_a_cavity_what_is_no_denser_than_the_blood_is_contrast_medium(max_hu, expected):
    """The medium has 300 HU and the noise is 10: 330 HU is the limit."""
    place = at(region="chest", depth_mm=50.0)

    chest = {"contrast": MEDIUM, "lungs_mm3": 2e6}

    assert category(where=place, anatomy=chest, max_hu=max_hu, mean_hu=340.0) is expected


def test_without_lungs_in_view_contrast_medium_may_be_in_bowel_alone():
    place = at(region="abdomen", depth_mm=50.0)

    assert category(where=place, anatomy={"contrast": MEDIUM}, max_hu=320.0, mean_hu=340.0) is Category.UNCERTAIN


def test_what_touches_the_blood_in_the_chest_and_is_denser_is_the_wall_of_a_vessel():
    chest = {"contrast": MEDIUM, "lungs_mm3": 2e6}
    place = at(region="chest")

    assert category(where=place, anatomy=chest, contrast_mm=1.0) is Category.VASCULAR
    assert category(where=place, anatomy=chest, contrast_mm=5.0) is Category.UNCERTAIN


@pytest.mark.parametrize(("medium_hu", "expected"), [(300, Category.UNCERTAIN), (1500, Category.CONTRAST)])
def test_what_is_large_beside_the_blood_and_denser_may_be_medium_that_has_not_mixed(medium_hu, expected):
    chest = {"contrast": MEDIUM, "lungs_mm3": 2e6}
    large = {"contrast_mm": 1.0, "volume_mm3": 900.0}

    assert category(where=at(region="chest"), anatomy=chest, undiluted_hu=medium_hu, **large) is expected


def test_what_touches_contrast_medium_in_the_wall_of_an_enhanced_chest_is_a_vein():
    chest = {"contrast": MEDIUM, "lungs_mm3": 2e6}
    armpit = at(region="chest", depth_mm=-50.0, ahead_mm=0.0)

    assert category(where=armpit, anatomy=chest, contrast_mm=1.0) is Category.CONTRAST
    assert category(where=armpit, anatomy=chest, contrast_mm=20.0) is Category.SOFT_TISSUE


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ((("femur", 3.0), ("hip_bone", 5.0)), Category.JOINT),
        ((("femur", 3.0), ("hip_bone", 9.0)), Category.SOFT_TISSUE),
        ((("femur", 3.0), ("patella", 5.0)), Category.JOINT),
        ((("femur", 3.0), ("scapula", 5.0)), Category.SOFT_TISSUE),
        ((), Category.SOFT_TISSUE),
    ],
)
def test_between_two_bones_of_a_joint_it_lies_inside_the_joint(near, expected):
    assert category(near_bones_mm=near, limb_share=1.0, volume_mm3=800.0) is expected


def test_a_mass_around_a_joint_is_not_inside_it_however_near_to_both_bones():
    near = (("femur", 4.0), ("hip_bone", 4.0))

    assert category(near_bones_mm=near, limb_share=1.0, volume_mm3=30_000.0) is Category.SOFT_TISSUE


def test_fat_of_the_breast_holds_no_cartilage_of_a_rib():
    wall = at(depth_mm=-8.0, ahead_mm=85.0, lateral_mm=60.0)

    assert category(where=wall, rib_mm=30.0, ring_hu=40.0) is Category.CARTILAGE
    assert category(where=wall, rib_mm=30.0, ring_hu=-90.0) is Category.SOFT_TISSUE


@pytest.mark.parametrize(
    ("organ", "expected"),
    [
        ("aorta", "vascular"),
        ("heart", "vascular"),
        ("kidney", "stone"),
        ("liver", "visceral"),
        ("colon", "uncertain"),
        ("costal_cartilage", "cartilage"),
        ("gluteus", "soft_tissue"),
        ("something_new", "soft_tissue"),
    ],
)
def test_a_given_organ_decides_what_lies_in_it(organ, expected):
    one = judged(where=at(depth_mm=-10.0), organ=organ)

    assert one.category == expected
    assert expected == "soft_tissue" or any(organ.replace("_", " ") in reason for reason in one.verdict.reasons)


@pytest.mark.parametrize(("volume_mm3", "expected"), [(300.0, "uncertain"), (600.0, "soft_tissue")])
def test_a_small_part_that_the_border_cuts_does_not_show_what_it_is(volume_mm3, expected):
    assert category(limb_share=1.0, at_border=True, max_hu=400.0, volume_mm3=volume_mm3) == expected


@pytest.mark.parametrize(("core_hu", "expected"), [(50.0, "soft_tissue"), (150.0, "uncertain"), (-60.0, "uncertain")])
def test_a_dense_shell_around_marrow_may_be_bone_and_around_muscle_is_not(core_hu, expected):
    shell = {"max_hu": 900.0, "volume_mm3": 5000.0, "lengths_mm": (25.0, 24.0, 22.0)}

    assert category(limb_share=1.0, core_hu=core_hu, **shell) == expected


def test_what_is_known_of_organs_and_joints_is_in_terms_of_the_vocabulary():
    folder = files("calcimeter.knowledge")
    terms = json.loads(folder.joinpath("vocabulary.json").read_text(encoding="utf-8"))
    known = tomllib.loads(folder.joinpath("look_alikes.toml").read_text(encoding="utf-8"))
    organs = tomllib.loads(folder.joinpath("label_maps.toml").read_text(encoding="utf-8"))["organs"]

    assert set(known["organ"]) <= set(organs.values())
    assert set(known["organ"].values()) <= {one.value for one in Category}
    joints = tomllib.loads(folder.joinpath("places.toml").read_text(encoding="utf-8"))["joints"]
    assert set(joints) <= set(terms["joints"])
    assert {bone for pairs in joints.values() for pair in pairs for bone in pair} <= set(terms["bones"])
