"""Signs by what was measured of the lesions: true, false, or not known with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import build_analysis
from calcimeter.knowledge.vocabulary import vocabulary
from calcimeter.model.ct_findings import ct_findings
from calcimeter.model.lesion import Category
from calcimeter.model.measures import FluidLevel, Pattern

LESIONS = build_analysis().lesions
SOFT = [lesion for lesion in LESIONS if lesion.category is Category.SOFT_TISSUE]


def placed(lesion, **place):
    return replace(lesion, place=replace(lesion.place, **place))


def found(*lesions, codes=()):
    return {finding.name: finding for finding in ct_findings(tuple(lesions), frozenset(codes), 25.0)}


def test_every_finding_is_a_term_of_the_vocabulary_and_gives_its_reason():
    findings = found(*LESIONS)
    assert set(findings) <= set(vocabulary()["findings"])
    assert all(finding.because for finding in findings.values())


def test_a_large_mass_is_periarticular_farther_from_the_joint_than_a_small_one():
    near, far = placed(SOFT[0], joint_distance_mm=20.0), placed(SOFT[0], joint_distance_mm=200.0)

    assert found(near)["periarticular"].present is True
    assert found(far)["periarticular"].present is False
    assert found(near, far)["periarticular"].present is True
    assert found(placed(SOFT[0], joint_distance_mm=None))["periarticular"].present is None


def test_a_sign_is_not_absent_while_it_is_unknown_of_one_deposit():
    muscle, unknown = placed(SOFT[0], compartment="intermuscular"), placed(SOFT[1], compartment=None)

    assert found(muscle)["subcutaneous"].present is False
    assert found(muscle, unknown)["subcutaneous"].present is None
    assert found(placed(SOFT[1], compartment="subcutaneous"), muscle)["subcutaneous"].present is True


@pytest.mark.parametrize(("state", "expected"), [("present", True), ("absent", False), ("indeterminate", None)])
def test_a_fluid_level_is_as_the_step_says(state, expected):
    assert found(replace(SOFT[0], fluid_level=FluidLevel(state)))["fluid_calcium_level"].present is expected


def test_a_pattern_shows_its_sign_and_excludes_what_would_look_different():
    def signs(name):
        return {sign: one.present for sign, one in found(replace(SOFT[0], pattern=Pattern(name))).items()}

    assert signs("rim")["peripheral_rim_mineralization"] is True
    assert signs("rim")["amorphous"] is signs("rim")["central_mineralization"] is False
    assert signs("rim")["ossification"] is None, "a rim may be of bone"
    assert signs("layered")["amorphous"] is signs("homogeneous")["amorphous"] is None
    assert signs("layered")["ossification"] is False
    assert signs(None)["amorphous"] is None


def test_what_only_touches_bone_is_not_said_to_be_attached_to_it():
    length_mm = SOFT[0].extent.axes.long_axis_mm.value
    broad, spot = (placed(SOFT[0], contact_mm2=share * length_mm**2) for share in (0.3, 0.01))

    assert found(broad)["cortical_attachment"].present is True
    assert found(spot)["cortical_attachment"].present is None
    assert found(placed(SOFT[0], contact_mm2=0.0))["cortical_attachment"].present is False
    assert found(placed(SOFT[0], contact_mm2=None))["cortical_attachment"].present is None


def test_deposits_are_multifocal_only_where_they_lie_in_different_places():
    here = SOFT[0]
    x, y, z = here.extent.centroid_mm
    far = replace(SOFT[1], extent=replace(SOFT[1].extent, centroid_mm=(x, y, z + 300.0)))
    satellite = replace(SOFT[1], extent=replace(SOFT[1].extent, centroid_mm=(x, y, z + 20.0)))
    left, right = placed(here, side="left"), placed(satellite, side="right")

    assert found(here, far)["multifocal"].present is True
    assert found(here, satellite)["multifocal"].present is None
    assert found(left, right)["multifocal"].present is True


def test_stones_of_pelvic_veins_are_no_sign_of_a_mass():
    stone = replace(SOFT[1], deposit=replace(SOFT[1].deposit, category=Category.PHLEBOLITH))
    pelvic = placed(replace(stone, extent=replace(stone.extent, centroid_mm=SOFT[0].extent.centroid_mm)), site="pelvis")

    assert found(SOFT[0], pelvic)["phleboliths"].present is None
    assert found(pelvic)["phleboliths"].present is None


def test_deposits_at_one_site_of_both_sides_are_bilateral_and_one_side_never_excludes_it():
    left, right = (placed(SOFT[0], side=side, site="hip") for side in ("left", "right"))

    assert found(left, right)["bilateral"].present is True
    assert found(left)["bilateral"].present is None
    assert found(left, placed(right, site="knee", bone="tibia"))["bilateral"].present is None


def test_without_a_deposit_nothing_is_said_of_deposits_and_look_alikes_are_absent_only_where_nothing_hides_them():
    none, hidden = found(), found(codes=("CONTRAST_PRESENT",))

    assert none["periarticular"].present is None
    assert none["mineralized"].present is none["vascular_calcification"].present is False
    assert hidden["mineralized"].present is hidden["vascular_calcification"].present is None
    assert none["intra_articular"].present is None


def test_a_joint_body_or_a_phlebolith_elsewhere_says_nothing_of_the_deposit():
    joint, vein = (
        replace(SOFT[1], deposit=replace(SOFT[1].deposit, category=c)) for c in (Category.JOINT, Category.PHLEBOLITH)
    )
    far = replace(vein, extent=replace(vein.extent, centroid_mm=(900.0, 0.0, 0.0)))
    beside = replace(vein, extent=replace(vein.extent, centroid_mm=SOFT[0].extent.centroid_mm))

    assert found(joint)["intra_articular"].present is True
    assert found(SOFT[0], joint)["intra_articular"].present is None
    assert found(SOFT[0], far)["phleboliths"].present is None
    assert found(SOFT[0], beside)["phleboliths"].present is True
    assert found(far)["phleboliths"].present is True
