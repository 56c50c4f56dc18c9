"""What is measured of a candidate's place: bones by name, ribs, limbs, organs, the trunk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import anatomy_of, dense_of, volume_of

from calcimeter.ct.candidates import find_candidates
from calcimeter.ct.settings import CandidateSettings
from calcimeter.model.anatomy import Bone, Organs, Skeleton
from calcimeter.model.trunk import Trunk

SHAPE = (12, 60, 80)
DEPOSIT = (slice(4, 8), slice(28, 32), slice(38, 42))
"""4 mm wide in the middle; voxels of 1 mm."""


def facts(*bones, **parts):
    """Facts of a deposit of 400 HU beside bones given by name and columns, each 20 rows high and through all slices."""
    values, labels, named = np.full(SHAPE, 50), np.zeros(SHAPE, dtype=np.uint8), []
    for number, (name, columns) in enumerate(bones, 1):
        labels[:, 20:40, columns] = number
        values[:, 20:40, columns] = 800
        named.append(Bone(number, name, None, float((labels == number).sum())))
    values[DEPOSIT] = 400
    volume = volume_of(values)
    anatomy = replace(anatomy_of(SHAPE, **parts), skeleton=Skeleton(labels, tuple(named)))
    (one,) = find_candidates(volume, dense_of(volume), anatomy, CandidateSettings())
    return one.facts


def test_the_named_bones_nearby_stand_with_their_distances_nearest_first():
    """Columns 30 to 33 end 5 mm before the deposit, columns 44 on begin 3 mm after it."""
    near = facts(("femur", slice(30, 34)), ("hip_bone", slice(44, 50)), ("sacrum", slice(60, 70))).near_bones_mm

    assert near == (("hip_bone", pytest.approx(3.0)), ("femur", pytest.approx(5.0)))


def test_bones_without_a_name_are_not_among_them():
    assert facts((None, slice(30, 34))).near_bones_mm == ()


@pytest.mark.parametrize(("name", "distance_mm"), [("rib", 23.0), ("sternum", 23.0), ("femur", np.inf)])
def test_ribs_and_sternum_are_measured_farther_than_other_bones(name, distance_mm):
    assert facts((name, slice(64, 70))).rib_mm == pytest.approx(distance_mm, abs=4)


@pytest.mark.parametrize(
    ("bones", "share"),
    [
        ([("femur", slice(10, 20))], 1.0),
        ([("femur", slice(10, 20)), ("hip_bone", slice(60, 70))], 0.5),
        ([("hip_bone", slice(60, 70))], 0.0),
        ([(None, slice(60, 70))], 0.0),
        ([], 0.0),
    ],
)
def test_the_share_of_limb_bone_beside_it(bones, share):
    assert facts(*bones).limb_share == pytest.approx(share, abs=0.15)


def test_what_lies_deep_in_it_and_what_lies_around_that_are_told_apart():
    values = np.full(SHAPE, 50)
    values[3:9, 20:40, 30:50] = 600
    values[3:9, 22:38, 32:48] = 200
    volume = volume_of(values)
    (one,) = find_candidates(volume, dense_of(volume), anatomy_of(SHAPE), CandidateSettings())

    assert (one.facts.core_hu, one.facts.rim_hu) == (200.0, 600.0)


def test_what_fills_the_scan_has_a_core_and_no_rim():
    volume = volume_of(np.full((12, 30, 30), 400))
    (one,) = find_candidates(volume, dense_of(volume), anatomy_of((12, 30, 30)), CandidateSettings())

    assert (one.facts.core_hu, one.facts.rim_hu) == (400.0, None)


def test_what_is_nowhere_thick_has_neither_core_nor_rim():
    assert (facts().core_hu, facts().rim_hu) == (None, None)


@pytest.mark.parametrize(("first", "share"), [(42, 0.75), (43, 0.5), (45, 0.0), (60, 0.0)])
def test_the_share_of_it_that_lies_within_the_edge_of_metal(first, share):
    """It ends at column 41, and the edge is 3 mm wide."""
    metal = np.zeros(SHAPE, dtype=bool)
    metal[:, 20:40, first : first + 4] = True

    assert facts(metal=metal).metal_share == pytest.approx(share)


@pytest.mark.parametrize(("first", "organ"), [(36, "kidney"), (42, None)])
def test_the_organ_that_holds_it_is_named_and_one_that_only_touches_is_not(first, organ):
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[:, 20:40, first:60] = 2

    assert facts(organs=Organs(labels, ("aorta", "kidney"))).organ == organ


def test_its_middle_has_a_place_in_the_trunk():
    trunk = Trunk(
        slices=np.array([0, 6]),
        center_mm=np.array([[30.0, 30.0]] * 2),
        reach_mm=np.full((2, 8), 25.0),
        front_mm=np.array([50.0, 50.0]),
        regions=("abdomen", "abdomen"),
        brim_mm=None,
        spacing_mm=(1.0, 1.0, 1.0),
    )
    where = facts(trunk=trunk).where

    assert where is not None
    assert where.lateral_mm == pytest.approx(39.5 - 30)
    assert where.before_spine_mm == pytest.approx(50 - 29.5)
    assert where.depth_mm == pytest.approx(25 - np.hypot(9.5, 0.5))
    assert facts().where is None


MIDDLE = Trunk(
    slices=np.arange(12),
    center_mm=np.tile([30.0, 45.0], (12, 1)),
    reach_mm=np.full((12, 8), 25.0),
    front_mm=np.full(12, 50.0),
    regions=("pelvis",) * 12,
    brim_mm=None,
    spacing_mm=(1.0, 1.0, 1.0),
)
"""A midline at column 45, so that the deposit's mirror image lies in columns 49 to 52."""


@pytest.mark.parametrize(("columns", "share"), [(slice(48, 60), 1.0), (slice(51, 60), 0.5), (slice(60, 70), 0.0)])
def test_the_share_of_it_whose_mirror_image_is_bone_of_the_spine(columns, share):
    assert facts(("lumbar_spine", columns), trunk=MIDDLE).midline.mirrored == pytest.approx(share)
    assert facts(("hip_bone", columns), trunk=MIDDLE).midline.mirrored == 0


def test_pubic_bones_in_front_of_it_are_looked_for_near_the_midline_only():
    assert facts(("hip_bone", slice(50, 60)), trunk=MIDDLE).midline.behind_pubis_mm == pytest.approx(0.5, abs=1)
    assert facts(("hip_bone", slice(60, 70)), trunk=MIDDLE).midline.behind_pubis_mm is None


def test_an_end_of_the_spine_that_may_lie_below_the_images_is_none():
    assert facts(("sacrum", slice(60, 70)), trunk=MIDDLE).midline.above_tail_mm is None
