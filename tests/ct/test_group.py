"""Fragments of one deposit are one group: 8 mm, 0.8 of the extent, 25 mm at most."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from ct_cases import LUMP, anatomy_of, box_region, volume_of

from calcimeter.ct.group import group_fragments
from calcimeter.ct.settings import GroupSettings
from calcimeter.model.candidate import Candidate, Verdict
from calcimeter.model.lesion import Category

VOLUME = volume_of(np.zeros((40, 60, 200)))
ANATOMY = anatomy_of(VOLUME.grid.shape)
SOFT, VASCULAR, UNCERTAIN = Category.SOFT_TISSUE, Category.VASCULAR, Category.UNCERTAIN


def fragment(start, shape, category=SOFT):
    """A box of 1 mm voxels; a category of None is too faint to stand by itself."""
    facts = replace(LUMP, volume_mm3=float(np.prod(shape)))
    verdict = None if category is None else Verdict(category, 0.8, ("because",))
    return Candidate(box_region(start, shape), facts, verdict)


def pair(gap_mm, length, category=SOFT, other=SOFT):
    """Two rods along the columns with so many empty mm between them; the first is so long, the second 4 mm."""
    rod = fragment((20, 30, 5), (4, 4, length), category)
    return rod, fragment((20, 30, 5 + length + gap_mm), (4, 4, 4), other)


def groups(*fragments):
    return group_fragments(VOLUME, fragments, ANATOMY, GroupSettings())


@pytest.mark.parametrize(
    ("length", "gap_mm", "count"),
    [(4, 6, 1), (4, 9, 2), (20, 14, 1), (20, 17, 2), (28, 20, 1), (28, 24, 2), (60, 22, 1), (60, 26, 2), (120, 26, 2)],
)
def test_two_fragments_are_one_while_their_gap_is_under_8_mm_or_a_share_of_the_larger_extent(length, gap_mm, count):
    """8 mm for small ones, 0.8 of the larger one's extent, never over 25 mm; a voxel of 1 mm is left on either side."""
    found = groups(*pair(gap_mm, length))

    assert len(found) == count
    assert sorted(len(group.fragments) for group in found) == ([2] if count == 1 else [1, 1])


def test_the_order_of_the_candidates_does_not_change_the_groups():
    fragments = [
        fragment((20, 30, 5), (4, 4, 10)),
        fragment((20, 30, 21), (4, 4, 10)),
        fragment((20, 30, 36), (4, 4, 5)),
        fragment((20, 30, 90), (4, 4, 6)),
    ]
    expected = {frozenset(f.start for f in group.fragments) for group in groups(*fragments)}

    assert len(expected) == 2
    for order in permutations(fragments):
        assert {frozenset(f.start for f in group.fragments) for group in groups(*order)} == expected


def test_a_gap_counts_in_millimeters_on_a_grid_of_thick_slices():
    volume = volume_of(np.zeros((40, 60, 60)), (4.0, 1.0, 1.0))
    one = fragment((10, 30, 30), (2, 4, 4))
    touching, apart = fragment((13, 30, 30), (2, 4, 4)), fragment((16, 30, 30), (2, 4, 4))

    assert len(group_fragments(volume, (one, touching), anatomy_of(volume.grid.shape), GroupSettings())) == 1
    assert len(group_fragments(volume, (one, apart), anatomy_of(volume.grid.shape), GroupSettings())) == 2


def test_vessels_join_vessels_and_never_soft_tissue():
    found = groups(*pair(3, 10, SOFT, VASCULAR))

    assert [group.verdict.category for group in found] == [SOFT, VASCULAR]
    assert len(groups(*pair(3, 10, VASCULAR, VASCULAR))) == 1


def test_uncertain_objects_stay_apart_from_each_other():
    assert len(groups(*pair(3, 10, UNCERTAIN, UNCERTAIN))) == 2


@pytest.mark.parametrize(("gap_mm", "count"), [(1, 1), (6, 2)])
def test_an_uncertain_object_within_3_mm_of_soft_tissue_joins_it(gap_mm, count):
    found = groups(*pair(gap_mm, 10, SOFT, UNCERTAIN))

    assert len(found) == count
    assert found[0].verdict.category is SOFT


@pytest.mark.parametrize(("gap_mm", "joined"), [(5, True), (10, False)])
def test_a_faint_object_joins_soft_tissue_within_8_mm_and_is_else_dropped_as_noise(gap_mm, joined):
    (group,) = groups(*pair(gap_mm, 10, SOFT, None))

    assert len(group.fragments) == (2 if joined else 1)


def test_a_faint_object_beside_an_uncertain_one_or_a_vessel_is_dropped():
    for category in (UNCERTAIN, VASCULAR):
        (group,) = groups(*pair(2, 10, category, None))
        assert len(group.fragments) == 1


def test_faint_objects_alone_are_nothing():
    assert groups(fragment((20, 30, 5), (2, 2, 2), None)) == ()
    assert groups() == ()


@pytest.mark.parametrize("category", [Category.CONTRAST, Category.METAL, Category.BONE])
def test_contrast_metal_and_bone_never_join_soft_tissue(category):
    found = groups(*pair(1, 10, SOFT, category))

    assert [len(group.fragments) for group in found] == [1, 1]


def test_the_reasons_say_how_many_fragments_there_are():
    (group,) = groups(fragment((20, 30, 5), (2, 2, 2)), fragment((20, 30, 10), (6, 6, 6)))

    assert sorted(region.voxels for region in group.fragments) == [8, 216]
    assert "because" in group.verdict.reasons
    assert any(reason.startswith("2 fragments") for reason in group.verdict.reasons)


def test_contrast_medium_and_metal_that_were_left_out_are_groups_of_their_own():
    """So that nothing goes unsaid; splinters under 27 voxels do."""
    pool, splinter, nail = (np.zeros(VOLUME.grid.shape, dtype=bool) for _ in range(3))
    pool[5:10, 5:10, 5:10] = splinter[20, 20, 20:24] = nail[30:34, 40:44, 60:80] = True
    known = anatomy_of(VOLUME.grid.shape, contrast=pool | splinter, metal=nail)

    found = group_fragments(VOLUME, (), known, GroupSettings())

    assert {group.verdict.category: group.fragments[0].voxels for group in found} == {
        Category.CONTRAST: 125,
        Category.METAL: 320,
    }
