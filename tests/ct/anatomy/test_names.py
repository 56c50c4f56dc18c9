"""Bones get their names, and only bones do."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import calcimeter
from calcimeter.ct.anatomy import context
from calcimeter.ct.anatomy.context import Cells, bone_names, features
from calcimeter.ct.anatomy.names import _trusted, name_bones
from calcimeter.ct.anatomy.order import SPINE, ordered, with_kneecaps_in_front, with_ribs
from calcimeter.ct.anatomy.regions import agreed, settled
from calcimeter.ct.anatomy.tubes import LimbBone
from calcimeter.ct.settings import NamesSettings
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.grid import Grid, Layout
from calcimeter.model.volume import Volume
from calcimeter.phantom import acquisition_of, scan, scene_of

SETTINGS = NamesSettings()


def _volume(shape: tuple[int, int, int], step_mm: float) -> Volume:
    """A scan in which only the grid matters."""
    affine = np.eye(4)[[2, 1, 0, 3]] * np.array([step_mm, step_mm, step_mm, 1.0])
    grid = Grid(shape, affine)
    return Volume(np.zeros(shape, dtype=np.int16), Layout.of(grid), grid)


def _rod(shape: tuple[int, int, int], radius: int) -> Skeleton:
    """One upright rod in the middle, from the first slice to the last."""
    y, x = np.ogrid[: shape[1], : shape[2]]
    disk = (y - shape[1] // 2) ** 2 + (x - shape[2] // 2) ** 2 <= radius**2
    labels = np.repeat(disk[None], shape[0], axis=0).astype(np.uint8)
    return Skeleton(labels, (Bone(1, None, None, float(labels.sum())),))


def test_every_class_of_the_model_is_a_bone_of_the_vocabulary_with_a_side() -> None:
    terms = json.loads((resources.files("calcimeter.knowledge") / "vocabulary.json").read_text())["bones"]
    *classes, last = bone_names().classes
    assert last == "other"
    for each in classes:
        name, side = each.split("/")
        assert name in terms
        assert side in {"left", "right", "midline"}


def test_a_scan_without_bone_stays_without() -> None:
    empty = Skeleton(np.zeros((4, 4, 4), dtype=np.uint8), ())
    assert name_bones(_volume((4, 4, 4), 3.0), (), empty, SETTINGS) is empty


def test_naming_moves_no_voxel_and_counts_every_one() -> None:
    shape = (60, 40, 40)
    rod = _rod(shape, 5)
    named = name_bones(_volume(shape, 3.0), (), rod, SETTINGS)
    assert np.array_equal(named.labels > 0, rod.labels > 0)
    assert sum(bone.volume_mm3 for bone in named.bones) == pytest.approx(27.0 * np.count_nonzero(rod.labels))
    assert [bone.id for bone in named.bones] == sorted(np.unique(named.labels[named.labels > 0]))


def test_a_shaft_that_is_known_keeps_its_name() -> None:
    shape = (60, 40, 40)
    volume, rod = _volume(shape, 3.0), _rod((60, 40, 40), 5)
    path_mm = volume.grid.to_patient([(k, 20, 20) for k in range(0, 60, 2)])
    shaft = LimbBone(
        piece=1, name="femur", confidence=1.0, why="", path_mm=path_mm, diameter_mm=30.0, tip=np.zeros(3), taper=0.0
    )
    named = name_bones(volume, (shaft,), rod, SETTINGS)
    at_middle = named.labels[30, 20, 20]
    assert {bone.name for bone in named.bones if bone.id == at_middle} == {"femur"}


def test_a_skeleton_of_which_half_has_no_name_keeps_only_its_known_shafts() -> None:
    names = bone_names().names
    none, hand, femur = len(names), names.index("hand"), names.index("femur")
    named, share = np.array([none] * 6 + [hand] * 2 + [femur] * 2), np.ones(10, dtype=np.float32)

    assert _trusted(named, share, [], 300.0, SETTINGS).tolist() == [none] * 10
    assert _trusted(named, share, [femur], 300.0, SETTINGS).tolist() == [none] * 8 + [femur] * 2
    assert _trusted(named[2:], share[2:], [], 300.0, SETTINGS).tolist() == named[2:].tolist()


@pytest.mark.parametrize("slices", [3, 10, 14])
def test_in_a_few_slices_no_bone_has_a_name(slices: int) -> None:
    reference = scan(scene_of("empty"), replace(acquisition_of("empty"), shape=(slices, 200, 200)))

    skeleton = calcimeter.analyze((reference.volume.values, reference.volume.grid.affine)).anatomy.skeleton

    assert skeleton.bones
    assert not {bone.name for bone in skeleton.bones if bone.name}


def test_cells_hold_the_share_of_bone() -> None:
    shape = (10, 10, 10)
    labels = np.zeros(shape, dtype=np.uint8)
    labels[:5] = 1
    cells = Cells.of(Skeleton(labels, ()), _volume(shape, 2.5).grid)
    assert cells.share.shape == (5, 5, 5)
    assert np.allclose(cells.share[:, 0, 0], [1, 1, 0.5, 0, 0])


def test_slices_thicker_than_a_cell_leave_no_gap() -> None:
    affine = np.eye(4)[[2, 1, 0, 3]] @ np.diag([12.0, 1.0, 1.0, 1.0])
    cells = Cells.of(Skeleton(np.ones((3, 20, 20), dtype=np.uint8), ()), Grid((3, 20, 20), affine))
    assert np.allclose(cells.share, 1)


@given(st.integers(0, 2**32 - 1), st.sampled_from(context.RINGS))
def test_the_sum_over_a_box_is_what_the_box_holds(seed: int, ring: tuple[int, int]) -> None:
    random = np.random.default_rng(seed)
    values = random.random((7, 6, 5), dtype=np.float32)
    half, margin = ring
    sums = context._box_sums(values, half, margin)
    around = np.pad(values, half + margin)
    z, y, x = random.integers(0, sums.shape)
    box = around[z : z + 2 * half + 1, y : y + 2 * half + 1, x : x + 2 * half + 1]
    assert sums[z, y, x] == pytest.approx(box.sum(), abs=1e-4)


def test_what_lies_outside_the_scan_is_told_from_what_is_empty() -> None:
    share = np.ones((9, 9, 9), dtype=np.float32)
    middle, corner = features(share, np.array([[4, 4, 4], [0, 0, 0]]))
    inside = len(middle) // 2
    assert middle[inside:].mean() > corner[inside:].mean()
    assert middle[inside + 13] == 1


def test_neighbors_outvote_a_single_cell() -> None:
    at = np.argwhere(np.ones((5, 5, 5), dtype=bool))
    likely = np.tile(np.array([[0.8, 0.2]], dtype=np.float32), (125, 1))
    likely[62] = [0.3, 0.7]
    belief = agreed(at, (5, 5, 5), likely, SETTINGS)
    assert (belief.argmax(axis=1) == 0).all()
    assert np.allclose(belief.sum(axis=1), 1, atol=1e-5)


def test_a_small_part_takes_the_name_of_the_bone_it_lies_in_and_a_lone_one_keeps_its_own() -> None:
    bone = np.zeros((30, 12, 12), dtype=bool)
    bone[:20] = True
    bone[25:28, 5:8, 5:8] = True
    at = np.argwhere(bone)
    belief = np.tile(np.array([[0.9, 0.1]], dtype=np.float32), (len(at), 1))
    odd = (at < 2).all(axis=1) | (at[:, 0] > 20)
    belief[odd] = [0.1, 0.9]
    region, verdict = settled(at, bone.shape, belief, SETTINGS)
    assert set(verdict[region[at[:, 0] < 20]]) == {0}
    assert set(verdict[region[at[:, 0] > 20]]) == {1}


def test_a_neck_below_the_loins_is_loins() -> None:
    at = np.array([(z, 0, 0) for z in range(40)])
    belief = np.full((40, 5), 0.02, dtype=np.float32)
    belief[:10, 3] = belief[10:25, 2] = belief[25:, 1] = 0.9
    belief[15:17] = [0.9, 0.02, 0.04, 0.02, 0.02]
    given = ordered(at, belief, (*SPINE, "rib"), margin=3)
    assert list(given.argmax(axis=1)) == [3] * 10 + [2] * 15 + [1] * 15
    assert np.allclose(given.sum(axis=1), belief.sum(axis=1), atol=1e-6)


def test_a_process_may_hang_into_the_level_below() -> None:
    at = np.array([(z, y, 0) for z in range(20) for y in range(3)])
    belief = np.full((60, 4), 0.02, dtype=np.float32)
    belief[:30, 2] = belief[30:, 1] = 0.9
    belief[26] = [0.02, 0.9, 0.04, 0.04]
    assert ordered(at, belief, SPINE, margin=3)[26].argmax() == 1


def _vertebra(arm: int) -> tuple[np.ndarray, np.ndarray]:
    """Cells of a column with one branch to each side, and their names: all lumbar."""
    bone = np.zeros((9, 5, 61), dtype=bool)
    bone[:, 1:4, 26:35] = True
    bone[4, 2, 30 - arm : 31 + arm] = True
    at = np.argwhere(bone)
    return at, np.full(len(at), SPINE.index("lumbar_spine"))


def test_a_branch_beyond_the_transverse_processes_is_a_rib_from_where_it_leaves() -> None:
    at, named = _vertebra(arm=18)
    ribs = with_ribs(at, named, (*SPINE, "rib"), process=6, rib=12) == len(SPINE)
    assert np.array_equal(ribs, np.abs(at[:, 2] - 30) > 6)


def test_a_transverse_process_stays_with_its_vertebra() -> None:
    at, named = _vertebra(arm=10)
    assert np.array_equal(with_ribs(at, named, (*SPINE, "rib"), process=6, rib=12), named)


def _knee(kneecap_at: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Cells of the lower end of a femur, and of something called kneecap with its first cell there."""
    femur = np.argwhere(np.ones((12, 6, 6), dtype=bool)) + np.array((0, 20, 0))
    kneecap = np.argwhere(np.ones((4, 3, 4), dtype=bool)) + np.array(kneecap_at)
    return np.concatenate([femur, kneecap]), np.repeat([0, 1], [len(femur), len(kneecap)])


def test_a_kneecap_in_front_of_the_femur_keeps_its_name() -> None:
    at, named = _knee((2, 14, 1))
    assert np.array_equal(with_kneecaps_in_front(at, named, ("femur", "patella"), ahead=3, near=10), named)


def test_a_kneecap_that_goes_on_into_the_femur_alone_is_femur() -> None:
    at, named = _knee((12, 21, 1))
    found = with_kneecaps_in_front(at, named, ("femur", "patella"), ahead=3, near=10)
    assert set(found) == {0}


def test_one_beside_the_femur_that_does_not_lie_in_front_has_no_name() -> None:
    at, named = _knee((13, 21, 1))
    assert set(with_kneecaps_in_front(at, named, ("femur", "patella"), ahead=3, near=10)[named == 1]) == {2}
