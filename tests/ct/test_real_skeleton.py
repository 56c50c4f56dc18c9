"""Skeletons of real scans: complete, pure, and nothing cut off bones that bear no deposit."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from calcimeter.ct.body import find_body
from calcimeter.ct.contrast import find_contrast
from calcimeter.ct.cut import cut_attached
from calcimeter.ct.dense import find_dense, find_metal, find_streaks
from calcimeter.ct.gas import find_gas
from calcimeter.ct.noise import measure_noise
from calcimeter.ct.settings import Settings
from calcimeter.ct.skeleton import find_skeleton
from calcimeter.ct.spicules import cut_spicules
from calcimeter.load.options import LoadOptions
from calcimeter.load.study import load_study

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SERIES = sorted(path.name for path in (DATA / "sts").glob("STS_*")) if DATA.is_dir() else []
BONE_CLASSES = (*range(18, 42), *range(58, 93))
"""Vertebrae; ribs, humeri, scapulae, clavicles, femurs, hips, sacrum: TotalSegmentator v1."""

pytestmark = pytest.mark.skipif(not SERIES, reason="the real scans are not here")


@cache
def skeleton_of(name):
    """Volume, metal and skeleton with cuts of one scan."""
    s = Settings()
    volume = load_study(DATA / name, LoadOptions()).volume
    body = find_body(volume, s.body)
    noise_hu = measure_noise(volume, body)
    dense = find_dense(volume, body, noise_hu, s.dense)
    metal = find_metal(volume, body, s.dense)
    gas = find_gas(volume, body, s.gas)
    contrast = find_contrast(volume, dense.mask - metal, gas, noise_hu, s.contrast)
    metal |= find_streaks(volume, dense, metal, s.dense)
    skeleton = find_skeleton(volume, dense.mask - metal - contrast, s.skeleton)
    return volume, metal, cut_spicules(volume, cut_attached(volume, skeleton, noise_hu, s.cut), s.spicules)


@pytest.mark.parametrize("name", SERIES)
def test_no_deposit_is_cut_off_bones_that_bear_none(name):
    _, _, skeleton = skeleton_of(f"sts/{name}/CT")

    assert [cut for cut in skeleton.cuts if not cut.is_spicule] == []
    assert bool(skeleton.cuts) == (name == "STS_020")  # the one with spicules


def test_the_skeleton_beside_a_nail_is_complete_and_pure():
    """97 % of labelled bone over 200 HU; 15 mL of skeleton over 5 mm from it, beyond 20 mm from the nail, whose
    surroundings are not labelled.
    """
    volume, metal, skeleton = skeleton_of("totalsegmentator/example_ct.nii.gz")
    labels = nib.load(DATA / "totalsegmentator" / "example_seg.nii.gz")
    turn = nib.orientations.ornt_transform(
        nib.io_orientation(labels.affine), nib.orientations.axcodes2ornt(("S", "P", "L"))
    )
    classes = nib.orientations.apply_orientation(np.asarray(labels.dataobj), turn)
    bone = np.isin(classes, BONE_CLASSES)
    found, spacing = skeleton.labels > 0, volume.grid.spacing_mm

    sure = bone & (volume.values > 200) & (volume.values <= 2500)
    away = found & (ndimage.distance_transform_edt(~bone, sampling=spacing) > 5)
    nail = metal.to_bool() & (volume.values > 2000)
    beyond = away & (ndimage.distance_transform_edt(~nail, sampling=spacing) > 20)
    assert found[sure].mean() >= 0.97
    assert beyond.sum() * volume.grid.voxel_mm3 <= 15_000
    assert skeleton.cuts == ()
