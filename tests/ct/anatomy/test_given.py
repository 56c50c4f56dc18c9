"""Names from a label map reach the skeleton where the two meet, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.ct.anatomy.given import take_names
from calcimeter.ct.settings import GivenNamesSettings
from calcimeter.model.anatomy import Bone, LabelMap, Part, Skeleton
from calcimeter.model.grid import Grid
from ct.ct_cases import affine_of

SHAPE = (12, 40, 60)
SPACING_MM = (3.0, 1.0, 1.0)
PARTS = (
    Part("aorta", None, is_bone=False),
    Part("femur", "left", is_bone=True),
    Part("femur", "right", is_bone=True),
    Part("hip_bone", "left", is_bone=True),
)
AORTA, LEFT, RIGHT, HIP = 1, 2, 3, 4


def skeleton_of(*boxes) -> Skeleton:
    """One piece a box, numbered from 1."""
    labels = np.zeros(SHAPE, np.uint8)
    for k, box in enumerate(boxes, 1):
        labels[box] = k
    counts = np.bincount(labels.ravel())[1:]
    return Skeleton(labels, tuple(Bone(k, None, None, 3.0 * int(n)) for k, n in enumerate(counts, 1)))


def map_of(**boxes) -> LabelMap:
    labels = np.zeros(SHAPE, np.uint8)
    for name, box in boxes.items():
        labels[box] = {"aorta": AORTA, "left": LEFT, "right": RIGHT, "hip": HIP}[name]
    return LabelMap(labels, PARTS, Grid(SHAPE, affine_of(SPACING_MM)), "TotalSegmentator v2")


def box(columns, rows=(10, 20), slices=(0, 12)):
    return tuple(slice(*ends) for ends in (slices, rows, columns))


def named(skeleton: Skeleton):
    """Name and side of each bone -> its voxels."""
    return {(bone.name, bone.side): skeleton.labels == bone.id for bone in skeleton.bones}


def taken(skeleton, label_map, **changes):
    return take_names(skeleton, label_map, GivenNamesSettings(**changes))


def test_pieces_get_the_names_and_sides_of_the_map() -> None:
    found = taken(skeleton_of(box((5, 15)), box((40, 50))), map_of(right=box((5, 15)), left=box((40, 50))))

    bones = named(found)
    assert found.source == "TotalSegmentator v2"
    assert set(bones) == {("femur", "right"), ("femur", "left")}
    assert np.array_equal(bones["femur", "right"], skeleton_of(box((5, 15))).labels > 0)


def test_a_piece_that_holds_two_bones_is_parted_where_the_map_parts_it() -> None:
    found = named(taken(skeleton_of(box((10, 50))), map_of(left=box((10, 30)), hip=box((30, 50)))))

    assert set(found) == {("femur", "left"), ("hip_bone", "left")}
    assert found["femur", "left"][:, :, :30].sum() == found["femur", "left"].sum() == 12 * 10 * 20


def test_cortex_outside_a_tight_label_takes_the_nearest_bone() -> None:
    found = named(taken(skeleton_of(box((5, 20))), map_of(left=box((8, 17), rows=(12, 18)))))

    assert set(found) == {("femur", "left")}


def test_what_is_beyond_reach_stays_without_a_name() -> None:
    found = named(taken(skeleton_of(box((10, 50))), map_of(left=box((10, 20))), reach_mm=4.0, block_mm=1.0))

    assert set(found) == {("femur", "left"), (None, None)}
    columns = np.flatnonzero(found["femur", "left"].any(axis=(0, 1)))
    assert (columns[0], columns[-1]) == (10, 23)


def test_a_piece_that_only_reaches_a_labeled_bone_is_another_bone() -> None:
    found = named(taken(skeleton_of(box((5, 15)), box((17, 57))), map_of(left=box((5, 15)))))

    assert found["femur", "left"].sum() == 12 * 10 * 10
    assert found[None, None].sum() == 12 * 10 * 40


def test_a_crumb_beside_a_labeled_bone_belongs_to_it() -> None:
    found = named(taken(skeleton_of(box((5, 15)), box((17, 19), rows=(12, 14))), map_of(left=box((5, 15)))))

    assert set(found) == {("femur", "left")}


def test_a_bone_that_the_skeleton_lacks_is_not_added_and_an_organ_is_no_bone() -> None:
    found = named(taken(skeleton_of(box((5, 15))), map_of(aorta=box((5, 15)), left=box((40, 50)))))

    assert set(found) == {(None, None)}


def test_an_empty_skeleton_stays_empty() -> None:
    assert taken(skeleton_of(), map_of(left=box((5, 15)))).bones == ()


@given(st.integers(0, 2**32 - 1))
def test_no_voxel_of_the_skeleton_is_gained_or_lost(seed) -> None:
    random = np.random.default_rng(seed)
    pieces = Skeleton(random.integers(0, 4, SHAPE).astype(np.uint8), ())
    label_map = LabelMap(random.integers(0, 5, SHAPE).astype(np.uint8), PARTS, Grid(SHAPE, affine_of(SPACING_MM)), "x")
    found = taken(pieces, label_map)

    assert np.array_equal(found.labels > 0, pieces.labels > 0)
    assert [bone.id for bone in found.bones] == list(range(1, len(found.bones) + 1))
    for bone in found.bones:
        assert bone.volume_mm3 == pytest.approx(3.0 * (found.labels == bone.id).sum())
    labeled = (pieces.labels > 0) & np.isin(label_map.labels, (LEFT, RIGHT, HIP))
    parts = {bone.id: PARTS.index(Part(bone.name, bone.side, is_bone=True)) + 1 for bone in found.bones if bone.name}
    assert all(parts[int(i)] == k for i, k in zip(found.labels[labeled], label_map.labels[labeled], strict=True))


def test_organs_of_both_sides_are_one() -> None:
    labels = np.zeros(SHAPE, np.uint8)
    labels[:, :, 5], labels[:, :, 7], labels[:, :, 9] = 1, 2, 3
    parts = (Part("kidney", "left", is_bone=False), Part("kidney", "right", is_bone=False), PARTS[1])
    organs = LabelMap(labels, parts, Grid(SHAPE, affine_of(SPACING_MM)), "x").organs()

    assert organs.names == ("kidney",)
    assert np.array_equal(organs.mask("kidney").to_bool(), np.isin(labels, (1, 2)))
    assert organs.mask("aorta").voxels() == 0


def organs_map(liver_columns, spleen_columns) -> LabelMap:
    """Both femurs below a liver and a spleen."""
    parts = (
        Part("liver", None, is_bone=False),
        Part("spleen", None, is_bone=False),
        *(Part("femur", side, is_bone=True) for side in ("left", "right")),
    )
    labels = np.zeros(SHAPE, np.uint8)
    labels[box(liver_columns, slices=(6, 12))], labels[box(spleen_columns, slices=(6, 12))] = 1, 2
    labels[box((45, 55), slices=(0, 3))], labels[box((5, 15), slices=(0, 3))] = 3, 4
    return LabelMap(labels, parts, Grid(SHAPE, affine_of((3.0, 1.0, 3.0))), "x")


def test_a_liver_on_the_left_takes_the_sides_away() -> None:
    femurs = skeleton_of(box((45, 55), slices=(0, 3)), box((5, 15), slices=(0, 3)))
    usual = taken(femurs, organs_map((5, 20), (40, 55)))
    turned = taken(femurs, organs_map((40, 55), (5, 20)))

    assert set(named(usual)) == {("femur", "left"), ("femur", "right")}
    assert usual.caveats == ("ANATOMY_GIVEN",)
    assert set(named(turned)) == {("femur", None)}
    assert turned.caveats == ("ANATOMY_GIVEN", "SIDES_CONTRADICT")
