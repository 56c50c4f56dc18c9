"""An outline in several fragments: how many there are, and on which side the whole lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bone_cases import axis_aligned
from ct_cases import anatomy_of, dense_of, study_of

from calcimeter.ct.given import take_outlines
from calcimeter.ct.place import place_deposits
from calcimeter.ct.settings import PlaceSettings
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.grid import Layout
from calcimeter.model.volume import Region, Volume

GRID = axis_aligned(np.zeros(3), np.array([260.0, 100.0, 60.0]), (2.0, 2.0, 2.0))
"""x grows to the left of the patient: columns from 90 on are the left thigh."""


def placed(*columns):
    """The outline of boxes that begin at some columns, 8 wide, and its place; femurs at columns 12 and 104."""
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    labels[:, 20:32, 12:24], labels[:, 20:32, 104:116] = 2, 1
    bones = (Bone(1, "femur", "left", 1.0), Bone(2, "femur", "right", 1.0))
    mask = np.zeros(GRID.shape, dtype=bool)
    for start, width in columns:
        mask[10:18, 36:42, start : start + width] = True
    volume = Volume(np.where(mask, 400, 55).astype(np.int16), Layout.of(GRID), GRID)
    outlines = ((1, Region.from_indices(np.argwhere(mask))),)
    (deposit,) = take_outlines(study_of(volume), outlines, dense_of(volume))
    anatomy = replace(anatomy_of(GRID.shape), skeleton=Skeleton(labels, bones))
    return deposit, place_deposits(volume, (deposit,), anatomy, PlaceSettings())[0]


def test_the_pieces_of_one_label_are_its_fragments():
    assert placed((14, 8))[0].parts == 1
    assert placed((14, 8), (104, 8))[0].parts == 2


@pytest.mark.parametrize(
    ("columns", "side"),
    [
        (((14, 8), (104, 8)), None),
        (((14, 20), (104, 4)), None),
        (((14, 4), (26, 8)), "right"),
        (((30, 1), (100, 20)), "left"),
        (((14, 1), (118, 20)), None),
    ],
    ids=["alike", "one larger", "both right", "a crumb", "a crumb that is nearest to bone"],
)
def test_one_label_over_both_thighs_has_no_side(columns, side):
    assert placed(*columns)[1].side == side
