"""Lengths, densities, surfaces and places, of outlines as drawn and of scanned objects with known size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import (
    TISSUE_HU,
    acquisition,
    affine_of,
    anatomy_of,
    box_region,
    dense_of,
    distance_from,
    limb,
    study_of,
    volume_of,
)

from calcimeter.ct.amount import measure_amounts
from calcimeter.ct.density import measure_densities
from calcimeter.ct.extent import measure_extents
from calcimeter.ct.given import refuse_outside, take_outlines
from calcimeter.ct.place import place_deposits
from calcimeter.ct.settings import AmountSettings, ExtentSettings, PlaceSettings, ShapeSettings
from calcimeter.ct.shape import measure_shapes
from calcimeter.errors import GeometryError
from calcimeter.load.study import study_from_array
from calcimeter.model.anatomy import Bone, Mask, Skeleton
from calcimeter.model.calibration import Calibration
from calcimeter.model.conditions import Conditions
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Gravity, Resolution
from calcimeter.model.volume import Region
from calcimeter.phantom import scan
from calcimeter.phantom.parts import filled
from calcimeter.phantom.solids import Ellipsoid
from calcimeter.pipeline import analyze_ct

SHAPE = (20, 40, 50)
RESOLUTION = Resolution(1.0, 1.0, 0.1, "assumed")
CONDITIONS = Conditions(Calibration(), RESOLUTION, Gravity(None, "not asked"))
NOISE_HU = 10.0


def given(region, values=None, spacing=(1.0, 1.0, 1.0)):
    """A volume, and the deposit of an outline on it."""
    volume = volume_of(np.full(SHAPE, TISSUE_HU) if values is None else values, spacing)
    (deposit,) = take_outlines(study_of(volume), ((7, region),), dense_of(volume))
    return volume, deposit


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.27, 0.977, 0.977), (2.0, 0.5, 1.25)])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 8), (1, 1, 9), (6, 4, 1)])
def test_a_box_is_measured_from_edge_to_edge(shape, spacing):
    volume, deposit = given(box_region((5, 6, 7), shape), spacing=spacing)
    z, y, x = (n * s for n, s in zip(shape, spacing, strict=True))

    (extent,) = measure_extents(volume, (deposit,), NOISE_HU, RESOLUTION, ExtentSettings())
    (amount,) = measure_amounts(
        volume,
        (deposit,),
        anatomy_of(volume.grid.shape),
        CONDITIONS,
        AmountSettings(),
    )

    assert (extent.craniocaudal_mm, extent.anteroposterior_mm, extent.left_right_mm) == pytest.approx((z, y, x))
    assert amount.volume_mm3.value == pytest.approx(x * y * z)
    assert amount.threshold_mm3 == 0.0
    assert extent.feret_mm == pytest.approx(np.sqrt(x**2 + y**2 + z**2))
    assert extent.axes.long_axis_mm.value == pytest.approx(np.hypot(x, y))
    assert extent.axes.short_axis_mm.value == pytest.approx(2 * x * y / np.hypot(x, y))
    assert extent.projected_coronal_mm == pytest.approx((np.hypot(x, z), 2 * x * z / np.hypot(x, z)))
    assert extent.projected_sagittal_mm == pytest.approx((np.hypot(y, z), 2 * y * z / np.hypot(y, z)))
    low, high = extent.bounding_box_mm
    first = volume.grid.to_patient((5, 6, 7)) - np.array((spacing[2], spacing[1], spacing[0])) / 2
    assert low == pytest.approx(tuple(first))
    assert np.subtract(high, low) == pytest.approx((x, y, z))
    assert extent.centroid_mm == pytest.approx(tuple(first + np.array((x, y, z)) / 2))


def test_a_box_on_an_oblique_grid_keeps_its_lengths_and_is_wider_along_the_patient():
    """Turned by 30 degrees about the body axis: lengths inside a slice stay, extents along the patient grow."""
    affine = affine_of((2.0, 1.0, 1.0))
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ affine[:3, :3]
    study = study_from_array(np.full(SHAPE, TISSUE_HU, dtype=np.int16), affine)
    outline = box_region((5, 6, 7), (4, 3, 10))
    deposits = take_outlines(study, ((1, outline),), dense_of(study.volume))

    (extent,) = measure_extents(study.volume, deposits, NOISE_HU, RESOLUTION, ExtentSettings())
    (amount,) = measure_amounts(
        study.volume,
        deposits,
        anatomy_of(study.volume.grid.shape),
        CONDITIONS,
        AmountSettings(),
    )

    assert amount.volume_mm3.value == pytest.approx(4 * 2 * 3 * 10)
    assert extent.axes.long_axis_mm.value == pytest.approx(np.hypot(10, 3))
    assert extent.feret_mm == pytest.approx(np.sqrt(100 + 9 + 64))
    assert extent.left_right_mm == pytest.approx(10 * c + 3 * s)
    assert extent.anteroposterior_mm == pytest.approx(10 * s + 3 * c)
    assert extent.craniocaudal_mm == pytest.approx(8)


def test_the_long_axis_joins_fragments_and_is_the_longest_over_all_slices():
    mask = np.zeros((3, 10, 30), dtype=bool)
    mask[0, 2, 3:12] = True
    mask[1, 5, 0:4] = mask[1, 5, 20:26] = True
    volume, deposit = given(Region.trimmed((4, 4, 4), mask))

    (extent,) = measure_extents(volume, (deposit,), NOISE_HU, RESOLUTION, ExtentSettings())

    assert extent.axes.long_axis_mm.value == pytest.approx(np.hypot(26, 1))
    assert extent.axes.slice_index == 5
    ends = volume.grid.to_index(extent.axes.long_ends_mm)
    assert ends[:, 0] == pytest.approx([5, 5])
    assert np.linalg.norm(np.ptp(extent.axes.long_ends_mm, axis=0)) == pytest.approx(extent.axes.long_axis_mm.value)
    assert np.linalg.norm(np.ptp(extent.axes.short_ends_mm, axis=0)) == pytest.approx(extent.axes.short_axis_mm.value)


def test_the_axes_are_those_of_one_slice_though_the_deposit_leans():
    """A staircase: 4 mm in every slice, 13 mm over all."""
    mask = np.zeros((10, 4, 13), dtype=bool)
    for k in range(10):
        mask[k, :, k : k + 4] = True
    volume, deposit = given(Region((5, 5, 5), mask))

    (extent,) = measure_extents(volume, (deposit,), NOISE_HU, RESOLUTION, ExtentSettings())

    assert extent.axes.long_axis_mm.value == pytest.approx(np.hypot(4, 4))
    assert extent.left_right_mm == pytest.approx(13)


def test_the_volume_over_the_threshold_is_counted_without_filling():
    values = np.full(SHAPE, TISSUE_HU)
    values[6, 8:12, 10:15] = 300
    values[7, 9, 12] = 130

    volume, deposit = given(box_region((5, 6, 7), (4, 10, 12)), values, (2.0, 1.0, 1.0))

    (amount,) = measure_amounts(
        volume,
        (deposit,),
        anatomy_of(volume.grid.shape),
        CONDITIONS,
        AmountSettings(),
    )
    assert amount.threshold_mm3 == 20 * 2.0
    assert amount.volume_mm3.value == 4 * 10 * 12 * 2.0


def test_a_given_outline_is_soft_tissue_with_its_label_in_the_reasons_and_a_caveat():
    _, deposit = given(box_region((5, 6, 7), (2, 2, 2)), np.full(SHAPE, 300))

    assert deposit.category is Category.SOFT_TISSUE
    assert deposit.confidence == 1.0
    assert any("7" in reason for reason in deposit.reasons)
    assert deposit.caveats == ("GIVEN_OUTLINE",)
    assert deposit.fractions is None


def test_a_given_outline_with_nothing_dense_inside_is_uncertain_and_says_so():
    _, deposit = given(box_region((5, 6, 7), (4, 10, 12)))

    assert deposit.category is Category.UNCERTAIN
    assert deposit.caveats == ("GIVEN_OUTLINE", "OUTLINE_NOT_DENSE")
    assert any("130 HU" in reason for reason in deposit.reasons)
    assert deposit.envelope.voxels == 480


@pytest.mark.parametrize(("bone_rows", "told"), [(slice(6, 10), True), (slice(6, 7), False), (slice(12, 20), False)])
def test_a_given_outline_most_of_whose_dense_voxels_are_bone_says_so(bone_rows, told):
    volume = volume_of(np.full(SHAPE, 300))
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[:, bone_rows] = 1
    outlines = ((7, box_region((5, 6, 7), (2, 4, 2))),)
    (deposit,) = take_outlines(study_of(volume), outlines, dense_of(volume), Skeleton(labels, ()))
    assert ("OUTLINE_IN_BONE" in deposit.caveats) is told
    assert deposit.category is Category.SOFT_TISSUE


def test_an_outline_in_the_air_is_refused_by_its_label_and_one_that_touches_the_body_is_not():
    body = np.zeros(SHAPE, dtype=bool)
    body[:, 10:, :] = True
    outlines = ((3, box_region((5, 8, 7), (2, 3, 2))), (7, box_region((5, 6, 7), (2, 3, 2))))

    refuse_outside(outlines[:1], Mask.from_bool(body))
    with pytest.raises(GeometryError, match="outline 7 lies in the air"):
        refuse_outside(outlines, Mask.from_bool(body))


@pytest.mark.parametrize("start", [(0, 6, 7), (5, 0, 7), (5, 6, 0), (18, 6, 7), (5, 38, 7), (5, 6, 48)])
def test_a_given_outline_at_the_border_of_the_images_says_so(start):
    _, deposit = given(box_region(start, (2, 2, 2)))

    assert "TOUCHES_BORDER" in deposit.caveats


def test_no_deposit_has_no_measure():
    volume = volume_of(np.full(SHAPE, TISSUE_HU))

    assert measure_extents(volume, (), NOISE_HU, RESOLUTION, ExtentSettings()) == ()
    assert measure_densities(volume, ()) == measure_shapes(volume, (), 10.0, ShapeSettings()) == ()
    assert place_deposits(volume, (), anatomy_of(SHAPE), PlaceSettings()) == ()


def test_density_is_that_of_the_dense_voxels_and_of_the_outline_where_there_are_none():
    values = np.full(SHAPE, 20)
    values[6, 8, 8], values[6, 8, 9] = 200, 500
    dense = given(box_region((5, 6, 7), (3, 4, 5)), values)
    faint = given(box_region((10, 20, 20), (3, 4, 5)), values)

    (one,), (other,) = measure_densities(dense[0], dense[1:]), measure_densities(faint[0], faint[1:])

    assert (one.mean_hu, one.max_hu) == (350.0, 500.0)
    assert (other.mean_hu, other.max_hu) == (20.0, 20.0)


def test_a_scanned_ball_is_round_and_convex_and_a_box_is_convex():
    """Sphericity falls by noise on the surface; a percent or two."""
    part = filled(Ellipsoid((20, 0, 0), (12, 12, 12)), 400, 4)
    analysis = analyze_ct(study_of(scan(limb((part,), shaft=False), acquisition((2.0, 0.8, 0.8), 40.0)).volume))
    (ball,) = (lesion.shape for lesion in analysis.lesions)
    volume, deposit = given(box_region((5, 6, 7), (8, 9, 10)))
    (box,) = measure_shapes(volume, (deposit,), 10.0, ShapeSettings())

    assert 0.95 < ball.sphericity <= 1
    assert 0.95 < ball.solidity <= 1
    assert ball.surface_mm2 == pytest.approx(4 * np.pi * 12**2, rel=0.05)
    assert box.solidity == pytest.approx(1, abs=1e-6)
    assert 0 < box.sphericity < 0.95


def test_a_half_moon_is_less_solid_than_a_ball():
    away, bite = (distance_from(c, SHAPE, (1, 1, 1)) for c in ((10, 20, 20), (10, 20, 26)))
    volume, deposit = given(Region.from_indices(np.argwhere((away <= 8) & (bite > 7))))

    assert measure_shapes(volume, (deposit,), 10.0, ShapeSettings())[0].solidity < 0.85


def skeleton_with(region):
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[region.slices] = 3
    return Skeleton(labels, (Bone(3, None, None, float(region.voxels)),))


def two_boxes(gap):
    """Bone, a gap of so many columns of 1 mm, a deposit; crisp."""
    bone, box = box_region((5, 10, 10), (8, 10, 6)), box_region((7, 12, 16 + gap), (4, 6, 6))
    values = np.full(SHAPE, TISSUE_HU)
    values[bone.slices], values[box.slices] = 1000, 600
    volume, deposit = given(box, values)
    anatomy = replace(anatomy_of(SHAPE), skeleton=skeleton_with(bone))
    return place_deposits(volume, (deposit,), anatomy, PlaceSettings())[0]


@pytest.mark.parametrize("gap", [2, 4, 7, 12])
def test_the_gap_to_bone_is_that_between_the_edges(gap):
    """Between samples one voxel apart the half height of two crisp edges lies to within a tenth of a voxel each."""
    place = two_boxes(gap)

    assert place.distance_mm == pytest.approx(gap, abs=0.25)
    assert place.contact_mm2 == 0
    assert place.bone_id == 3


def test_a_deposit_that_touches_bone_has_no_distance_and_its_area_of_contact():
    place = two_boxes(0)

    assert place.distance_mm == 0
    assert place.contact_mm2 == pytest.approx(4 * 6)


def test_without_bone_in_view_nothing_is_known_of_the_place():
    volume, deposit = given(box_region((7, 12, 16), (4, 6, 6)))

    (place,) = place_deposits(volume, (deposit,), anatomy_of(SHAPE), PlaceSettings())

    assert (place.bone_id, place.distance_mm, place.contact_mm2) == (None, None, None)


@pytest.mark.parametrize("spacing", [(1.0, 0.7, 0.7), (2.0, 1.0, 1.0), (3.0, 0.977, 0.977)])
def test_the_sizes_of_scanned_ellipsoids_are_true_to_a_voxel(spacing):
    """From corner to corner of voxels at half height: a length errs by half a voxel's diagonal at either end.

    Along the body it is half a slice at either end, and what a slice averages over its thickness.
    """
    solids = (Ellipsoid((20.3, 3.2, -20.7), (9.0, 14.0, 21.0)), Ellipsoid((-20.3, 3.2, 32.7), (15.0, 6.0, 8.0)))
    reference = scan(limb(tuple(filled(s, 400, 4) for s in solids), shaft=False), acquisition(spacing, 100.0))

    lesions = analyze_ct(study_of(reference.volume)).lesions

    assert len(lesions) == 2
    for lesion, truth in zip(lesions, reference.truth["lesions"], strict=True):
        _check_sizes(lesion, truth, spacing)


def _check_sizes(lesion, truth, spacing):
    extent, voxel, slice_mm = lesion.extent, spacing[1], spacing[0]
    assert extent.axes.long_axis_mm.value == pytest.approx(truth["long_axis_mm"], abs=1.42 * voxel)
    assert extent.axes.short_axis_mm.value == pytest.approx(truth["short_axis_mm"], abs=1.42 * voxel)
    assert extent.left_right_mm == pytest.approx(truth["extent_mm"]["left_right"], abs=1.1 * voxel)
    assert extent.anteroposterior_mm == pytest.approx(truth["extent_mm"]["anteroposterior"], abs=1.1 * voxel)
    assert extent.craniocaudal_mm == pytest.approx(truth["extent_mm"]["craniocaudal"], abs=slice_mm + voxel)
    assert extent.feret_mm == pytest.approx(truth["feret_mm"], abs=float(np.linalg.norm(spacing)))
    for name, sizes in (("coronal", extent.projected_coronal_mm), ("sagittal", extent.projected_sagittal_mm)):
        assert sizes == pytest.approx(truth["projected_mm"][name], abs=slice_mm + voxel)
    assert extent.centroid_mm == pytest.approx(truth["centroid_mm"], abs=0.25 * slice_mm)
    assert lesion.amount.volume_mm3.value == pytest.approx(truth["volume_mm3"], rel=0.03)
    # The mean is over everything dense: at the edge voxels of 130 HU and more take part.
    assert 300 < lesion.density.mean_hu < 405
