"""The whole analysis with a label map: bones of a reference object get their true names and sides."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import nibabel
import numpy as np
import pytest

import calcimeter
from calcimeter.errors import GeometryError
from calcimeter.load.class_names import numberings
from calcimeter.phantom import acquisition_of, scene_of
from calcimeter.phantom.acquire import expose

RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
CLASSES = {
    ("lumbar_spine", "midline"): "vertebrae_L4",
    ("sacrum", "midline"): "sacrum",
    ("hip_bone", "left"): "hip_left",
    ("hip_bone", "right"): "hip_right",
    ("femur", "left"): "femur_left",
    ("femur", "right"): "femur_right",
}


@cache
def pelvis():
    """A digital pelvis on 3 mm: values and affine, and the true number of every voxel, TotalSegmentator v2."""
    scene = scene_of("demo")
    volume = expose(scene, replace(acquisition_of("demo"), shape=(93, 147, 147), spacing_mm=(3.0, 3.0, 3.0)))
    numbers = {name: number for number, name in numberings()["TotalSegmentator v2"].items()}
    labels = np.zeros(volume.grid.shape, np.uint8)
    for bone in scene.bones:
        solid = bone.part.envelope
        ends = np.sort(volume.grid.to_index(np.array(solid.box_mm)), axis=0)
        box = tuple(slice(max(0, int(a)), max(0, int(b) + 2)) for a, b in ends.T)
        index = np.argwhere(np.ones(labels[box].shape, bool)) + [part.start for part in box]
        inside = solid.distance(volume.grid.to_patient(index).T) < 0
        labels[tuple(index[inside].T)] = numbers[CLASSES[bone.name, bone.side]]
    return np.asarray(volume.values), np.asarray(volume.grid.affine), labels


def written(path, labels, affine):
    nibabel.save(nibabel.Nifti1Image(labels, RAS @ affine), path)
    return path


def test_the_bones_of_a_pelvis_get_their_true_names_and_sides(tmp_path) -> None:
    values, affine, labels = pelvis()
    found = calcimeter.analyze((values, affine), anatomy=written(tmp_path / "map.nii.gz", labels, affine))
    skeleton = found.anatomy.skeleton

    assert skeleton.source == "TotalSegmentator v2"
    assert {(bone.name, bone.side) for bone in skeleton.bones if bone.name} == set(CLASSES)
    numbers = {name: number for number, name in numberings()["TotalSegmentator v2"].items()}
    for bone in skeleton.bones:
        if bone.name:
            inside = labels[skeleton.labels == bone.id]
            assert np.isin(inside, (0, numbers[CLASSES[bone.name, bone.side]])).all()  # 0: cortex blurred outward
    nameless = sum(bone.volume_mm3 for bone in skeleton.bones if not bone.name)
    assert nameless < 0.01 * sum(bone.volume_mm3 for bone in skeleton.bones)


def test_the_deposit_is_measured_as_without_a_map(tmp_path) -> None:
    values, affine, labels = pelvis()
    with_map = calcimeter.analyze((values, affine), anatomy=written(tmp_path / "map.nii.gz", labels, affine))
    without = calcimeter.analyze((values, affine))

    told = [[(x.deposit.tracking_uid, x.amount.volume_mm3) for x in found.lesions] for found in (with_map, without)]
    assert told[0]
    assert told[0] == told[1]


def test_scan_and_map_in_other_orders_give_the_same_names(tmp_path) -> None:
    values, affine, labels = pelvis()
    straight = calcimeter.analyze((values, affine), anatomy=written(tmp_path / "map.nii.gz", labels, affine))
    turned = affine[:, [2, 0, 1, 3]].copy()
    turned[:3, 3] += turned[:3, 0] * (values.shape[2] - 1)
    turned[:3, 0] *= -1
    other = np.ascontiguousarray(values.transpose(2, 0, 1)[::-1])
    again = calcimeter.analyze((other, turned), anatomy=tmp_path / "map.nii.gz")

    assert again.anatomy.skeleton.bones == straight.anatomy.skeleton.bones
    assert np.array_equal(again.anatomy.skeleton.labels, straight.anatomy.skeleton.labels)


def test_a_map_of_twice_the_voxel_names_the_same_bones(tmp_path) -> None:
    values, affine, labels = pelvis()
    coarse = affine.copy()
    coarse[:3, :3] *= 2
    path = written(tmp_path / "map.nii.gz", labels[::2, ::2, ::2], coarse)
    found = calcimeter.analyze((values, affine), anatomy=path).anatomy.skeleton

    assert {(bone.name, bone.side) for bone in found.bones if bone.name} == set(CLASSES)


def test_the_map_of_a_mirrored_pelvis_is_refused(tmp_path) -> None:
    values, affine, labels = pelvis()
    mirrored = written(tmp_path / "map.nii.gz", labels[:, :, ::-1], affine)

    with pytest.raises(GeometryError, match=r"other side|not where the scan has bone"):
        calcimeter.analyze((values, affine), anatomy=mirrored)


def test_the_same_scan_without_a_map_has_no_organs() -> None:
    values, affine, _ = pelvis()

    assert calcimeter.analyze((values, affine)).anatomy.organs is None


def test_the_real_abdomen_gets_its_bones_and_organs(shared_data) -> None:
    scan = shared_data("totalsegmentator/example_ct.nii.gz")
    found = calcimeter.analyze(scan, anatomy=shared_data("totalsegmentator/example_seg.nii.gz"))
    bones = {(bone.name, bone.side): bone for bone in found.anatomy.skeleton.bones if bone.name}

    assert found.anatomy.skeleton.source == "TotalSegmentator v1"
    for name in ("femur", "hip_bone", "rib"):
        left, right = (
            np.argwhere(found.anatomy.skeleton.labels == bones[name, s].id)[:, 2].mean() for s in ("left", "right")
        )
        assert left > right  # columns run toward the patient's left
    assert found.anatomy.organs is not None
    assert found.anatomy.organs.mask("aorta").voxels() * found.study.volume.grid.voxel_mm3 > 20_000
