"""Limb bones are named by the tubes that their shafts make, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limb_cases import MUSCLE, Canvas, Scan, calf, thigh, trunk

from calcimeter.ct.anatomy.tubes import LimbBone, limb_bones
from calcimeter.ct.body import find_body
from calcimeter.ct.contrast import find_contrast
from calcimeter.ct.dense import find_dense, find_metal
from calcimeter.ct.gas import find_gas
from calcimeter.ct.settings import Settings, TubesSettings
from calcimeter.ct.skeleton import find_skeleton
from calcimeter.load.options import LoadOptions
from calcimeter.load.study import load_study

STS = {
    "STS_004": {"femur"},
    "STS_012": {"femur"},
    "STS_020": {"femur"},
    "STS_028": {"tibia", "fibula"},
    "STS_038": {"femur"},
    "STS_044": {"femur"},
    "STS_045": {"femur"},
    "STS_007": set(),
}
"""What shafts the images show, as seen on rendered slices; in STS_007 only the head and neck of a femur are in view."""


def limbs_of(scan: Scan) -> tuple[LimbBone, ...]:
    return limb_bones(scan.volume, scan.body, scan.skeleton, TubesSettings())


def arm(tubes: dict[str, tuple[float, float, object]], thick: object, width: float = 150.0) -> Scan:
    """A limb of some thickness with tubes, by name: x, y, radius; thickness and radius may depend on z from 0 to 1."""
    canvas = Canvas((160, width, width))
    up = canvas.z / 160
    canvas.tissue(canvas.disk(0, 0, thick(up)), MUSCLE)
    for name, (x, y, radius) in tubes.items():
        canvas.shaft(name, (x, y), radius(up))
    return canvas.scan()


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_wide_tube_deep_in_a_thigh_is_a_femur(side):
    (bone,) = limbs_of(thigh(side))
    assert bone.name == "femur"
    assert bone.diameter_mm == pytest.approx(29, abs=1.5)
    assert bone.path_mm[0][2] < bone.path_mm[-1][2]
    assert bone.tip @ (0, 1, 0) > 0.9, "the ridge lies behind"


def test_a_wide_and_a_thin_tube_are_tibia_and_fibula():
    assert [bone.name for bone in limbs_of(calf("left"))] == ["tibia", "fibula"]


def test_a_tube_of_middle_width_in_a_thin_limb_is_a_humerus():
    found = limbs_of(arm({"humerus": (0, 0, lambda up: 11 + 0 * up)}, lambda up: 45 + 3 * up))
    assert [bone.name for bone in found] == ["humerus"]


def test_radius_and_ulna_are_told_by_which_grows_toward_the_elbow():
    tubes = {"one": (-14, 0, lambda up: 8 - 2 * up), "other": (14, 0, lambda up: 6 + 2 * up)}
    found = limbs_of(arm(tubes, lambda up: 30 + 12 * up))
    assert {bone.name: round(bone.path_mm[0][0]) for bone in found} == {"radius": -14, "ulna": 14}


def test_two_thin_tubes_that_do_not_grow_have_no_name():
    tubes = {"one": (-14, 0, lambda up: 7 + 0 * up), "other": (14, 0, lambda up: 7 + 0 * up)}
    assert not limbs_of(arm(tubes, lambda up: 30 + 12 * up))


def test_three_tubes_together_are_a_hand_or_foot_and_have_no_name():
    tubes = {str(x): (x, 0, lambda up: 6 + 0 * up) for x in (-20, 0, 20)}
    assert not limbs_of(arm(tubes, lambda up: 40 + 0 * up))


def test_a_wide_tube_under_the_skin_is_no_femur():
    assert not limbs_of(arm({"tibia": (0, -38, lambda up: 14 + 0 * up)}, lambda up: 58 + 0 * up))


def test_a_trunk_has_no_limb_bone():
    assert not limbs_of(trunk())


def test_a_tube_in_a_section_as_large_as_a_trunk_has_no_name():
    assert not limbs_of(arm({"femur": (0, 0, lambda up: 14 + 0 * up)}, lambda up: 150 + 0 * up, width=310.0))


def test_a_tube_cut_by_the_border_has_no_name():
    assert not limbs_of(arm({"femur": (70, 0, lambda up: 14 + 0 * up)}, lambda up: 100 + 0 * up))


def test_nothing_is_found_without_a_skeleton():
    scan = thigh("left")
    bare = scan._replace(skeleton=type(scan.skeleton)(np.zeros_like(scan.skeleton.labels), ()))
    assert limbs_of(bare) == ()


@settings(max_examples=15)
@given(tilt=st.floats(-0.5, 0.5), radius=st.floats(13.8, 17))
def test_a_tilted_shaft_is_as_wide_as_a_straight_one(tilt, radius):
    canvas = Canvas((160, 200, 240))
    canvas.tissue(canvas.disk(tilt * (canvas.z - 80), 0, 62))
    across = np.sqrt(1 + tilt**2)  # the slices cut the tube along an ellipse
    inside = np.hypot((canvas.x - tilt * (canvas.z - 80)) / across, canvas.y)
    canvas.bone("femur", inside < radius, inside < 0.6 * radius)
    (bone,) = limbs_of(canvas.scan())
    assert bone.name == "femur"
    assert bone.diameter_mm == pytest.approx(2 * radius, abs=1.2)


@pytest.mark.parametrize("series", list(STS))
def test_shafts_of_real_limbs_are_named_as_the_images_show_them(series, shared_data):
    volume = load_study(shared_data(f"sts/{series}/CT"), LoadOptions()).volume
    s = Settings()
    body = find_body(volume, s.body)
    dense, metal = find_dense(volume, body, 15.0, s.dense).mask, find_metal(volume, body, s.dense)
    contrast = find_contrast(volume, dense - metal, find_gas(volume, body, s.gas), 15.0, s.contrast)
    skeleton = find_skeleton(volume, dense - metal - contrast, s.skeleton)
    assert {bone.name for bone in limb_bones(volume, body, skeleton, s.tubes)} == STS[series]
