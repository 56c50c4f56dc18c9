"""Rib cartilage and the spinal canal, which are taken off the skeleton by where they lie."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import volume_of

from calcimeter.ct.freed import free_skeleton
from calcimeter.ct.settings import FreedSettings
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.trunk import Trunk

SHAPE = (50, 120, 160)
"""Voxels of 1 mm; slices go up, the middle is column 80, the front of the spine row 80."""

SPINE, RIB, STERNUM, NAMELESS = 1, 2, 3, 4
BONES = ((SPINE, "lumbar_spine"), (RIB, "rib"), (STERNUM, "sternum"), (NAMELESS, None))

TRUNK = Trunk(
    slices=np.arange(50),
    center_mm=np.tile([60.0, 80.0], (50, 1)),
    reach_mm=np.full((50, 72), 45.0),
    front_mm=np.full(50, 80.0),
    regions=("chest",) * 50,
    brim_mm=None,
    spacing_mm=(1.0, 1.0, 1.0),
)
"""A round cavity of 45 mm: its front wall begins at row 15."""


def freed(*parts, values=None, trunk=TRUNK, **changes):
    """The labels after bones, given by number and place, were looked at."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for number, place in parts:
        labels[place] = number
    bones = tuple(Bone(n, name, None, float((labels == n).sum())) for n, name in BONES if (labels == n).any())
    volume = volume_of(np.where(labels > 0, 400, 50) if values is None else values)
    return free_skeleton(volume, Skeleton(labels, bones), trunk, FreedSettings(**changes))


PLATE = (STERNUM, np.s_[5:45, 10:14, 70:90])


def test_what_has_no_name_in_the_front_wall_of_the_chest_is_no_bone():
    found = freed(PLATE, (NAMELESS, np.s_[20:24, 12:16, 95:110]))

    assert not (found.labels == NAMELESS).any()
    assert next(bone for bone in found.bones if bone.name is None).volume_mm3 == 0


@pytest.mark.parametrize(
    "place",
    [np.s_[20:24, 60:64, 126:132], np.s_[20:24, 40:44, 70:80], np.s_[20:24, 112:116, 78:84]],
    ids=["at the side", "inside", "behind"],
)
def test_what_has_no_name_elsewhere_stays(place):
    assert (freed(PLATE, (NAMELESS, place)).labels == NAMELESS).any()


def test_without_a_sternum_in_view_nothing_is_cartilage():
    assert (freed((RIB, np.s_[5:45, 10:14, 40:60]), (NAMELESS, np.s_[20:24, 12:16, 95:110])).labels == NAMELESS).any()


@pytest.mark.parametrize(("height", "stays"), [(12, False), (30, True)])
def test_what_stands_out_from_the_side_of_the_sternum_is_cartilage_if_it_is_low(height, stays):
    found = freed(PLATE, (STERNUM, np.s_[15 : 15 + height, 10:14, 90:105])).labels

    assert bool((found[15 : 15 + height, 10:14, 94:105] == STERNUM).any()) is stays
    assert (found[5:45, 10:14, 70:90] == STERNUM).all()


@pytest.mark.parametrize(("columns", "stays"), [(2, True), (5, False)])
def test_the_edge_of_the_sternum_stays_with_it(columns, stays):
    place = np.s_[20:30, 10:14, 90 : 90 + columns]

    assert bool((freed(PLATE, (STERNUM, place)).labels[place] == STERNUM).all()) is stays


def ring(first_row, hu):
    """A vertebra: body with marrow, and an arch that encloses a canal of 16 mm that begins at a row."""
    values = np.full(SHAPE, 50)
    values[:, 80:115, 60:100] = 300
    values[:, 83:97, 66:94] = 90
    values[:, first_row : first_row + 12, 72:88] = hu
    return values


@pytest.mark.parametrize(
    ("first_row", "hu", "stays"), [(101, 20, False), (101, 100, True), (88, 20, True)], ids=["canal", "marrow", "body"]
)
def test_the_spinal_canal_is_no_bone(first_row, hu, stays):
    labels = freed((SPINE, np.s_[:, 80:115, 60:100]), values=ring(first_row, hu)).labels

    assert (labels[25, first_row + 5, 75:85] > 0).all() == stays
    assert (labels[:, 85, 70:90] == SPINE).all()
    assert (labels[:, 80:82, 60:100] == SPINE).all()


def test_where_the_trunk_is_not_known_the_skeleton_stays_as_it_is():
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[PLATE[1]] = 1
    skeleton = Skeleton(labels, (Bone(1, "sternum", "midline", 1.0),))

    assert free_skeleton(volume_of(np.full(SHAPE, 50)), skeleton, None, FreedSettings()) is skeleton
