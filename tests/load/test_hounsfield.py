"""Whether values can be HU: metal at the end of the scale does not speak against it."""

from __future__ import annotations

import numpy as np
import pytest
from ct_files import Scan, make_scan, write_nifti

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
