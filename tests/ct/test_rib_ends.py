"""Calcified cartilage that hangs on the plate at a rib's front end is taken off; ribs with other ends stay whole."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import volume_of
from scipy.ndimage import gaussian_filter

from calcimeter.ct.freed import free_skeleton
from calcimeter.ct.settings import FreedSettings
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.trunk import Trunk

SHAPE = (60, 80, 170)
"""Voxels of 1 mm; slices go up, the middle is column 80; ribs run along the columns."""

TRUNK = Trunk(
    slices=np.arange(60),
    center_mm=np.tile([60.0, 80.0], (60, 1)),
    reach_mm=np.full((60, 72), 45.0),
    front_mm=np.full(60, 70.0),
    regions=("chest",) * 60,
    brim_mm=None,
    spacing_mm=(1.0, 1.0, 1.0),
)
"""A round cavity of 45 mm: its front wall begins at row 15."""

TUBE = (slice(15, 29), slice(18, 27), slice(108, 160))
"""A rib 14 mm high and 9 mm thick, whose front end lies 28 mm from the midline."""

PLATE = (*TUBE[:2], slice(105, 108))
NECK, BAR = np.s_[20:23, 21:24, 99:105], np.s_[19:24, 20:25, 88:99]
SOFT, MARROW, WALL, DENSE = 60, 90, 350, 900


def rib(*solid, plate=PLATE):
    """HU of a tube with marrow that a plate closes, and of solid parts given by place and HU, blurred a little."""
    values = np.full(SHAPE, float(SOFT))
    values[TUBE] = WALL
    values[16:28, 19:26, 108:] = MARROW
    values[15:29, 18:27, 158:160] = WALL
    values[plate] = DENSE
    for place, hu in solid:
        values[place] = hu
    return gaussian_filter(values, 0.6)


def taken_off(values, *, sternum=True, mirrored=False):
    """What is taken off the rib, which the skeleton holds filled."""
    labels = np.where(values > 130, 1, 0).astype(np.uint8)
    labels[TUBE] = 1
    if mirrored:
        values, labels = values[..., 160::-1], labels[..., 160::-1]
    labels = np.ascontiguousarray(labels)
    bones = [Bone(1, "rib", None, float((labels == 1).sum()))]
    if sternum:
        labels[30:58, 12:16, 72:88] = 2
        bones.append(Bone(2, "sternum", "midline", 2000.0))
    found = free_skeleton(volume_of(values), Skeleton(labels, tuple(bones)), TRUNK, FreedSettings())
    lost = (labels > 0) & (found.labels == 0)
    return lost[..., ::-1] if mirrored else lost


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_solid_bar_beyond_the_plate_comes_off_and_the_rib_stays(mirrored):
    lost = taken_off(rib((NECK, WALL), (BAR, DENSE)), mirrored=mirrored)

    assert lost[BAR].all()
    assert not lost[TUBE].any()
    assert not lost[PLATE].any()


def test_a_bar_that_only_its_blur_joins_to_the_plate_comes_off_too():
    near = np.s_[19:24, 20:25, 88:101]

    assert taken_off(rib((near, DENSE)))[near].any(axis=(0, 1))[:-1].all()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(rib(), id="closed by a plate"),
        pytest.param(rib((np.s_[15:29, 18:27, 108:122], DENSE)), id="solid"),
        pytest.param(rib((np.s_[11:33, 16:28, 105:114], WALL), (np.s_[11:33, 16:28, 103:105], DENSE)), id="flared"),
        pytest.param(rib((np.s_[15:29, 18:27, 124:128], DENSE)), id="beyond a healed fracture"),
        pytest.param(
            rib((np.s_[15:29, 18:27, 99:105], 400), (np.s_[15:29, 18:27, 95:99], DENSE)), id="as broad as the rib"
        ),
        pytest.param(rib((NECK, WALL), (BAR, 400)), id="with a faint bar"),
        pytest.param(
            rib(
                (NECK, WALL),
                (np.s_[17:26, 18:27, 90:99], WALL),
                (np.s_[19:24, 20:25, 92:97], MARROW),
                (np.s_[17:26, 16:18, 90:99], DENSE),
            ),
            id="with a tip that holds marrow",
        ),
    ],
)
def test_a_rib_with_another_end_stays_whole(values):
    assert not taken_off(values).any()


def test_a_bar_on_the_side_away_from_the_midline_stays():
    lateral = np.s_[19:24, 20:25, 118:129]
    values = np.full(SHAPE, float(SOFT))
    values[...] = np.roll(rib((NECK, WALL), (BAR, DENSE))[..., ::-1], 46, axis=2)

    assert (values[lateral] > DENSE / 2).any()
    assert not taken_off(values)[lateral].any()


def test_without_a_sternum_in_view_nothing_comes_off():
    assert not taken_off(rib((NECK, WALL), (BAR, DENSE)), sternum=False).any()


def test_ribs_without_a_front_end_in_view_stay_as_they_are():
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[30:58, 12:16, 72:88] = 2
    labels[10:20, 70:78, 20:60] = 1
    bones = (Bone(1, "rib", None, 3200.0), Bone(2, "sternum", "midline", 1792.0))
    skeleton = Skeleton(labels, bones)

    assert free_skeleton(volume_of(np.full(SHAPE, 400)), skeleton, TRUNK, FreedSettings()) is skeleton
