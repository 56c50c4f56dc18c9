"""Whether values can be HU: metal at the end of the scale does not speak against it."""

from __future__ import annotations

import numpy as np
import pytest
from ct_files import Scan, make_scan, write_nifti

from calcimeter.errors import UnsupportedStudy
from calcimeter.load.study import load_study


def leg() -> Scan:
    """Noisy soft tissue in air, with voxels enough for shares to tell."""
    scan = make_scan((20, 80, 80))
    there = np.hypot(*(np.indices((80, 80)) - 40)) < 30
    scan.hu = np.where(there, 50, -1000).astype(np.int16) + scan.hu % np.int16(20)
    return scan


@pytest.mark.parametrize(("metal_hu", "lowest_hu"), [(32767, -1024), (30720, -2048), (30710, -3024), (100, -32768)])
def test_a_span_wider_than_half_of_16_bits_is_one_of_a_patient(tmp_path, metal_hu, lowest_hu) -> None:
    scan = leg()
    scan.hu[9:12, 39:42, 39:42] = metal_hu
    scan.hu[:, :9, :9] = lowest_hu  # outside the field of view

    assert load_study(write_nifti(tmp_path / "a.nii.gz", scan)).volume.values.max() == metal_hu


@pytest.mark.parametrize(("added", "said"), [(0.0, False), (0.25, True)])
def test_whole_values_beyond_16_bits_are_whole_hu(tmp_path, added, said) -> None:
    scan = leg()
    scan.hu = scan.hu.astype(np.float32)
    scan.hu[9, 39, 39] = 40_000 + added
    study = load_study(write_nifti(tmp_path / "a.nii.gz", scan, np.float32))

    assert study.volume.values.max() == 40_000 + added
    assert ("GRAY_LEVELS_SCALED" in {caveat.code for caveat in study.caveats}) is said


def half_shifted(hu, by_hu):
    """The upper half of the slices off by so much."""
    return np.where(np.arange(len(hu))[:, None, None] >= len(hu) // 2, hu + by_hu, hu)


@pytest.mark.parametrize("by_hu", [-1000, 100, -100])
def test_a_scale_that_is_lost_in_some_of_the_slices_is_refused(tmp_path, by_hu) -> None:
    scan = leg()
    scan.hu = half_shifted(scan.hu, by_hu).astype(np.int16)

    with pytest.raises(UnsupportedStudy, match=f"by {abs(by_hu)} HU from slice 10 to slice 11"):
        load_study(write_nifti(tmp_path / "a.nii.gz", scan))


@pytest.mark.parametrize("by_hu", [80, -100])
def test_air_and_tissue_that_are_off_alike_are_refused(tmp_path, by_hu) -> None:
    scan = leg()
    scan.hu = (scan.hu + by_hu).astype(np.int16)

    with pytest.raises(UnsupportedStudy, match="fat and muscle off by as much"):
        load_study(write_nifti(tmp_path / "a.nii.gz", scan))


@pytest.mark.parametrize(("end_hu", "refused"), [(150, True), (240, True), (300, False), (3071, False)])
def test_a_scale_that_ends_where_calcium_begins_is_refused(tmp_path, end_hu, refused) -> None:
    scan = leg()
    bone = np.hypot(*(np.indices((80, 80)) - 40)) < 10
    scan.hu[:, bone] += 900
    scan.hu = np.minimum(scan.hu, end_hu)
    path = write_nifti(tmp_path / "a.nii.gz", scan)

    if refused:
        with pytest.raises(UnsupportedStudy, match=f"a scale that ends at {end_hu} HU, where calcium is cut off"):
            load_study(path)
    else:
        assert load_study(path).volume.values.max() == min(end_hu, scan.hu.max())


def test_a_scale_applied_twice_is_refused_by_its_air(tmp_path) -> None:
    scan = leg()
    scan.hu = (2 * scan.hu).astype(np.int16)

    with pytest.raises(UnsupportedStudy, match=r"met air at -19\d\d HU, expected -1000"):
        load_study(write_nifti(tmp_path / "a.nii.gz", scan))


@pytest.mark.parametrize(("gas_hu", "tissue_hu"), [(-930, 50), (-850, 50), (-1000, 120)])
def test_lung_in_place_of_air_or_much_contrast_medium_is_no_lost_offset(tmp_path, gas_hu, tissue_hu) -> None:
    """Air that is off alone may be lung or foam; tissue alone may hold contrast medium."""
    scan = leg()
    air = scan.hu < -500
    scan.hu = (np.where(air, gas_hu, tissue_hu) + scan.hu % np.int16(20)).astype(np.int16)

    assert load_study(write_nifti(tmp_path / "a.nii.gz", scan)).volume.values.max() == tissue_hu + 19


def test_slices_beyond_the_end_of_a_limb_are_no_change_of_scale(tmp_path) -> None:
    """From tissue to air is what anatomy does in a slice; air stays at its HU."""
    scan = leg()
    scan.hu[12:] = -1000 + scan.hu[12:] % np.int16(20)

    assert load_study(write_nifti(tmp_path / "a.nii.gz", scan)).volume.values.shape[0] == 20
