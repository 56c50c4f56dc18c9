"""A deposit on bone is cut off; bone is not."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import TISSUE_HU, acquisition, cylinder, dense_of, distance_from, limb, study_of, volume_of, with_noise
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.ct.cut import cut_attached
from calcimeter.ct.settings import CutSettings, SkeletonSettings
from calcimeter.ct.skeleton import find_skeleton
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.phantom.acquire import expose
from calcimeter.phantom.parts import filled
from calcimeter.phantom.solids import sphere
from calcimeter.pipeline import analyze_ct

SHAFT_X_MM, SHAFT_RADIUS_MM = -25.0, 14.0
SHAPE, SPACING = (40, 80, 80), (2.0, 1.0, 1.0)
AXIS = (40, 40)


def on_the_shaft(radius_mm, hu, angle=0.0, z_mm=0.0, sunk_mm=1.0):
    """A ball that the shaft of the limb cuts into, and its center."""
    reach = SHAFT_RADIUS_MM + radius_mm - sunk_mm
    center_mm = (SHAFT_X_MM + reach * np.cos(angle), reach * np.sin(angle), z_mm)
    return filled(sphere(center_mm, radius_mm), hu, 4), np.array(center_mm)


def scanned(*parts, spacing_mm=(2.0, 1.0, 1.0), **changes):
    return expose(limb(parts), acquisition(spacing_mm, **changes))


def cut_of(volume):
    """The skeleton of a volume before and after the cut."""
    whole = find_skeleton(volume, dense_of(volume).mask, SkeletonSettings())
    return whole, cut_attached(volume, whole, CutSettings())


def outside_shaft(volume, center_mm, radius_mm):
    """Voxels of a ball that lie outside the shaft's surface, and distance of all voxels to the axis of the shaft."""
    places = volume.grid.to_patient(np.moveaxis(np.indices(volume.grid.shape), 0, -1))
    axis_mm = np.hypot(places[..., 0] - SHAFT_X_MM, places[..., 1])
    return (np.linalg.norm(places - center_mm, axis=-1) <= radius_mm) & (axis_mm > SHAFT_RADIUS_MM), axis_mm


@pytest.mark.parametrize("spacing_mm", [(1.0, 0.7, 0.7), (3.27, 0.977, 0.977)])
@pytest.mark.parametrize(("radius_mm", "hu"), [(6.0, 400), (10.0, 300), (14.0, 500)])
def test_a_deposit_fused_to_a_shaft_is_cut_off_along_the_shaft(radius_mm, hu, spacing_mm):
    ball, center_mm = on_the_shaft(radius_mm, hu)
    volume = scanned(ball, spacing_mm=spacing_mm, noise_hu=10.0)

    whole, skeleton = cut_of(volume)

    deposit, axis_mm = outside_shaft(volume, center_mm, radius_mm)
    assert (whole.labels[deposit] > 0).mean() > 0.9  # it went with the bone
    (cut,) = skeleton.cuts
    lost = (whole.labels > 0) & (skeleton.labels == 0)
    assert lost.sum() == cut.region.voxels
    # The cut may be off by a voxel along the lens where the two meet: radius^2 = 2 sunk r R / (r + R), and so may the
    # surface be, where blur carries the threshold outward.
    lens_mm2 = np.pi * 2 * radius_mm * SHAFT_RADIUS_MM / (radius_mm + SHAFT_RADIUS_MM)
    off_mm3 = (lens_mm2 + 4 * np.pi * radius_mm**2) * spacing_mm[1]
    assert abs(lost.sum() - deposit.sum()) * volume.grid.voxel_mm3 < off_mm3
    assert (skeleton.labels[deposit] > 0).mean() < 0.1
    assert (skeleton.labels[(axis_mm < SHAFT_RADIUS_MM - 1)] > 0).mean() > 0.99
    assert 0.3 * lens_mm2 < cut.area_mm2 < 6 * lens_mm2 + 40
    assert cut.disagreement_mm3 < 0.3 * cut.region.voxels * volume.grid.voxel_mm3
    (bone,) = skeleton.bones
    assert bone.volume_mm3 == np.count_nonzero(skeleton.labels) * volume.grid.voxel_mm3


@settings(max_examples=12)
@given(angle=st.floats(0, 2 * np.pi), z_mm=st.floats(-12, 12), sunk_mm=st.floats(0.0, 2.0))
def test_wherever_on_the_shaft_it_lies_it_is_cut_off(angle, z_mm, sunk_mm):
    ball, center_mm = on_the_shaft(8.0, 400, angle, z_mm, sunk_mm)
    volume = scanned(ball)

    _, skeleton = cut_of(volume)

    deposit, axis_mm = outside_shaft(volume, center_mm, 8.0)
    assert (skeleton.labels[deposit] > 0).mean() < 0.1
    assert (skeleton.labels[(axis_mm < SHAFT_RADIUS_MM - 1)] > 0).mean() > 0.99


def test_the_lesion_says_that_it_was_cut_off():
    ball, _ = on_the_shaft(10.0, 400)
    analysis = analyze_ct(study_of(scanned(ball, noise_hu=10.0)))

    (lesion,) = analysis.lesions
    assert "CUT_FROM_BONE" in lesion.caveats
    assert any(reason.startswith("cut off bone along") for reason in lesion.deposit.reasons)
    assert lesion.place.contact_mm2 > 0


def test_a_shaft_alone_stays_as_it_is():
    whole, skeleton = cut_of(scanned(noise_hu=15.0))

    assert skeleton is whole


def knob(hu, radius_mm=10.0):
    """A shaft with a knob of spongy bone on it, and the shell of that knob."""
    values = np.full(SHAPE, TISSUE_HU)
    away = distance_from((20, AXIS[0], AXIS[1] + 18), SHAPE, SPACING)
    values[away <= radius_mm] = 900
    values[away <= radius_mm - 2] = hu
    values[cylinder(SHAPE, AXIS, 12, SPACING)] = 1100
    values[cylinder(SHAPE, AXIS, 8, SPACING)] = -40
    return volume_of(with_noise(values, 10), SPACING)


@pytest.mark.parametrize("hu", [220, 300, 450])
def test_a_knob_of_spongy_bone_with_cortex_is_not_cut_off(hu):
    assert cut_of(knob(hu))[1].cuts == ()


def test_a_bar_of_spongy_bone_that_goes_on_at_both_ends_is_not_cut_off():
    """A rib or a bridge between two bones, without cortex."""
    values = np.full(SHAPE, TISSUE_HU)
    for column in (15, 65):
        values[cylinder(SHAPE, (40, column), 10, SPACING)] = 1100
    values[18:23, 36:45, 15:66] = np.maximum(values[18:23, 36:45, 15:66], 350)
    whole = Skeleton((values > 130).astype(np.uint8), (Bone(1, None, None, 0.0),))

    assert cut_attached(volume_of(values, SPACING), whole, CutSettings()).cuts == ()


def test_what_is_as_dense_as_cortex_stays_with_the_bone():
    ball, _ = on_the_shaft(8.0, 1200)

    whole, skeleton = cut_of(scanned(ball))

    assert skeleton is whole


def test_without_bones_there_is_nothing_to_cut():
    volume = volume_of(np.full((10, 20, 20), TISSUE_HU))
    none = Skeleton(np.zeros((10, 20, 20), dtype=np.uint8), ())

    assert cut_attached(volume, none, CutSettings()) is none
