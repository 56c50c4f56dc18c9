"""Pieces that have a bone's name but lie apart from it on another bone."""

from __future__ import annotations

import numpy as np
import pytest

from calcimeter.ct.anatomy.islands import join_islands
from calcimeter.ct.settings import IslandSettings
from calcimeter.model.anatomy import Bone, Skeleton

SHAPE = (30, 60, 80)
"""Voxels of 1 mm."""

SACRUM, HIP, OTHER_HIP = (1, "sacrum", "midline"), (2, "hip_bone", "left"), (3, "hip_bone", "right")
WIDE, BESIDE, FAR = np.s_[5:25, 10:50, 5:35], np.s_[5:25, 10:50, 40:70], np.s_[5:25, 10:50, 74:79]
ON_HIP = np.s_[10:16, 50:56, 60:66]
"""216 mm3 that touch what lies at BESIDE."""
ON_SPECK = np.s_[10:16, 53:59, 60:66]


def joined(*parts, **changes):
    """Skeleton before and after, of bones given by number, name and side, and their places, the last on top."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    known = {}
    for (number, name, side), place in parts:
        labels[place] = number
        known[number] = (name, side)
    bones = tuple(Bone(n, *who, float((labels == n).sum())) for n, who in known.items())
    before = Skeleton(labels, bones)
    return before, join_islands(before, 1.0, IslandSettings(**changes))


def test_a_piece_of_the_sacrum_on_a_hip_bone_is_of_the_hip_bone_with_its_side():
    _, after = joined((SACRUM, WIDE), (HIP, BESIDE), (SACRUM, ON_HIP))

    assert (after.labels[ON_HIP] == HIP[0]).all()
    assert (after.labels[WIDE] == SACRUM[0]).all()
    assert {bone.name: bone.volume_mm3 for bone in after.bones} == {"sacrum": 24000.0, "hip_bone": 24216.0}


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        (((SACRUM, WIDE), (HIP, BESIDE), (SACRUM, np.s_[10:16, 52:58, 60:66])), "it touches nothing"),
        (((SACRUM, WIDE), (HIP, BESIDE), (SACRUM, np.s_[10:16, 50:56, 20:26])), "it is in one with its bone"),
        (((SACRUM, WIDE), (HIP, BESIDE), (SACRUM, np.s_[5:25, 50:58, 50:60])), "it is no small part"),
        (((SACRUM, WIDE), (HIP, BESIDE), (SACRUM, np.s_[10:14, 50:54, 60:64])), "it is too small to matter"),
        (((SACRUM, WIDE), (HIP, BESIDE), (OTHER_HIP, FAR), (SACRUM, np.s_[10:16, 20:26, 70:74])), "it touches two"),
        (((OTHER_HIP, WIDE), (HIP, BESIDE), (OTHER_HIP, ON_HIP)), "what it touches is of the other side"),
        (((SACRUM, WIDE), (HIP, FAR), (HIP, np.s_[10:13, 50:53, 60:63]), (SACRUM, ON_SPECK)), "that is a speck"),
        ((((1, "rib", "left"), WIDE), (HIP, BESIDE), ((1, "rib", "left"), ON_HIP)), "ribs are many"),
        (((SACRUM, WIDE), ((2, None, None), BESIDE), (SACRUM, ON_HIP)), "what it touches has no name"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_piece_keeps_its_name_where(parts, why):
    before, after = joined(*parts)

    assert after is before, why


def test_an_island_that_goes_on_between_the_rows_and_columns_that_are_looked_at_moves_as_a_whole():
    thin = np.s_[10:16, 56:60, 61:64]
    _, after = joined((SACRUM, WIDE), (HIP, BESIDE), (SACRUM, ON_HIP), (SACRUM, thin))

    assert (after.labels[thin] == HIP[0]).all()


def test_a_skeleton_without_names_stays_as_it_is():
    before, after = joined(((1, None, None), WIDE))

    assert after is before
