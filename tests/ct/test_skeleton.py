"""Bone with its marrow, and not the deposit beside it."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import TISSUE_HU, acquisition, cylinder, dense_of, limb, limb_study, volume_of
from scipy import ndimage

from calcimeter.ct.settings import SkeletonSettings
from calcimeter.ct.skeleton import find_skeleton
from calcimeter.model.anatomy import Mask
from calcimeter.phantom.acquire import expose
from calcimeter.phantom.parts import Layered, filled
from calcimeter.phantom.solids import sphere
from calcimeter.pipeline import analyze_ct

SPACING = (2.0, 1.0, 1.0)


def skeleton_of(volume):
    return find_skeleton(volume, dense_of(volume).mask, SkeletonSettings())


def inside(volume, center_mm, radius_mm):
    """Voxels whose center lies within a sphere in the patient."""
    places = volume.grid.to_patient(np.moveaxis(np.indices(volume.grid.shape), 0, -1))
    return np.linalg.norm(places - center_mm, axis=-1) <= radius_mm


@pytest.mark.parametrize("hu", [300, 600])
def test_a_shaft_is_bone_with_its_marrow_and_a_deposit_4_mm_beside_it_is_not(hu):
    """The shaft's surface is 14 mm from its axis at x = -25; the deposit begins at x = -7."""
    center_mm, radius_mm = (3.0, 0.0, 0.0), 10.0
    volume = expose(limb((filled(sphere(center_mm, radius_mm), hu, 4),)), acquisition(SPACING))

    skeleton = skeleton_of(volume)

    places = volume.grid.to_patient(np.moveaxis(np.indices(volume.grid.shape), 0, -1))
    from_axis = np.hypot(places[..., 0] + 25, places[..., 1])
    assert (skeleton.labels[from_axis < 13] > 0).all()
    assert not skeleton.labels[inside(volume, center_mm, radius_mm + 1)].any()
    # What blur adds over the threshold: less than a voxel around.
    assert not skeleton.labels[from_axis > 16].any()
    (bone,) = skeleton.bones
    assert bone.volume_mm3 == pytest.approx(np.pi * 14**2 * 60, rel=0.15)


@pytest.mark.parametrize("spacing", [(1.0, 0.7, 0.7), (3.27, 0.977, 0.977), (3.0, 1.5, 1.5)])
def test_the_deposit_4_mm_beside_bone_is_a_lesion_on_every_grid(spacing):
    analysis = analyze_ct(limb_study((filled(sphere((3, 0, 0), 10), 400, 4),), acquisition(spacing)))

    (lesion,) = analysis.lesions
    assert lesion.category == "soft_tissue"
    # Half a voxel, and what a ball of radius r recedes over a slice of thickness t: t^2 / 8 r.
    tolerance = 0.5 * spacing[1] + spacing[0] ** 2 / (8 * 10) + 0.1
    assert lesion.place.distance_mm == pytest.approx(4, abs=tolerance)
    assert lesion.place.contact_mm2 == 0
    assert analysis.anatomy.skeleton.bones[0].id == lesion.place.bone_id


def test_bones_are_numbered_by_volume_and_their_labels_are_their_ids():
    shape = (40, 80, 110)
    values = np.full(shape, TISSUE_HU)
    for column, radius in ((25, 8), (60, 14), (95, 6)):
        shaft = cylinder(shape, (40, column), radius, SPACING)
        values[shaft] = 1100
        values[cylinder(shape, (40, column), radius - 4, SPACING)] = -40

    skeleton = skeleton_of(volume_of(values, SPACING))

    assert [bone.id for bone in skeleton.bones] == [1, 2, 3]
    assert [bone.volume_mm3 for bone in skeleton.bones] == sorted((b.volume_mm3 for b in skeleton.bones), reverse=True)
    assert [int(skeleton.labels[20, 40, column]) for column in (60, 25, 95)] == [1, 2, 3]
    for bone in skeleton.bones:
        assert bone.volume_mm3 == np.count_nonzero(skeleton.labels == bone.id) * 2.0
    assert ndimage.label(skeleton.labels > 0)[1] == 3


def test_a_dense_deposit_free_in_the_images_is_not_bone_though_it_has_a_core_like_cortex():
    shape = (40, 80, 80)
    values = np.full(shape, TISSUE_HU)
    values[15:25, 30:50, 30:50] = 900

    assert skeleton_of(volume_of(values, SPACING)).bones == ()


def test_two_masses_with_walls_beside_a_shaft_are_no_row_of_bones():
    """Vertebrae stand in a row of three with marrow; a shaft that runs through all slices is none of such a row."""
    masses = tuple(
        Layered(((sphere((4.0, 0.0, z_mm), 11.0), 950.0), (sphere((4.0, 0.0, z_mm), 7.5), 30.0)), 4)
        for z_mm in (-14.0, 14.0)
    )
    volume = expose(limb(masses), acquisition(SPACING))

    skeleton = skeleton_of(volume)

    assert len(skeleton.bones) == 1
    for z_mm in (-14.0, 14.0):
        assert not skeleton.labels[inside(volume, (4.0, 0.0, z_mm), 11.0)].any()


def test_without_anything_dense_there_is_no_skeleton():
    volume = volume_of(np.full((10, 40, 40), TISSUE_HU), SPACING)

    skeleton = find_skeleton(volume, Mask.empty(volume.grid.shape), SkeletonSettings())

    assert skeleton.bones == ()
    assert not skeleton.labels.any()
    assert skeleton.labels.shape == volume.grid.shape
