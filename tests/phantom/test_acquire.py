"""The scanner: what is in the scene is in the scan, at the same place, however it is scanned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calcimeter.errors import UsageError
from calcimeter.phantom.acquire import Acquisition, expose, scan
from calcimeter.phantom.parts import Chamber, Cyst, filled
from calcimeter.phantom.scene import Deposit, Scene, gravity_of
from calcimeter.phantom.solids import Block, Ellipsoid, sphere

MEDIUM = filled(Block((0.0, 0.0, 0.0), (300.0, 300.0, 300.0), 1.0), 50.0)
BALL = sphere((6.0, -4.0, 3.0), 9.0)
ACQUISITION = Acquisition((24, 56, 60), (2.0, 0.9, 0.9), (5.0, -3.0, 2.0), noise_hu=0.0)


def scene(solid=BALL, hu=450.0) -> Scene:
    deposit = Deposit("ball", "sphere", filled(solid, hu, samples=8), "homogeneous")
    return Scene("test", (MEDIUM,), (), (deposit,), 50.0)


def excess(volume) -> tuple[float, np.ndarray]:
    """Integral of HU over the medium, and its center of gravity in LPS."""
    over = volume.values.astype(np.float64) - 50.0
    index = np.argwhere(over != 0)
    weights = over[tuple(index.T)]
    return float(weights.sum() * volume.grid.voxel_mm3), weights @ volume.grid.to_patient(index) / weights.sum()


@pytest.mark.parametrize("fwhm_mm", [0.0, 1.2, 2.5])
@pytest.mark.parametrize("spacing_mm", [(1.0, 0.8, 0.8), (2.0, 0.9, 1.1)])
def test_contrast_integrates_to_volume_times_contrast(fwhm_mm, spacing_mm):
    acquisition = replace(ACQUISITION, spacing_mm=spacing_mm, blur_fwhm_mm=fwhm_mm, shape=(30, 60, 60))
    content, centroid = excess(expose(scene(), acquisition))
    assert content == pytest.approx(400.0 * BALL.volume_mm3(), rel=0.005)
    assert centroid == pytest.approx(BALL.center_mm, abs=0.05)


def test_slices_thicker_than_their_step_see_everything_as_often_as_they_overlap():
    thick = replace(ACQUISITION, spacing_mm=(1.0, 0.9, 0.9), thickness_mm=3.0, shape=(48, 56, 60))
    assert excess(expose(scene(), thick))[0] == pytest.approx(400.0 * BALL.volume_mm3(), rel=0.005)


def test_a_thick_slice_shows_less_contrast_than_a_thin_one():
    small = scene(sphere((5.0, -3.0, 2.0), 1.5))
    peaks = [
        int(expose(small, replace(ACQUISITION, shape=(25, 56, 60), thickness_mm=t)).values.max())
        for t in (0.6, 2.0, 5.0)
    ]
    assert peaks[0] > peaks[1] > peaks[2]


ROOT = np.sqrt(0.5)
ORIENTATIONS = {
    "flipped rows": ((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0)),
    "head to foot": ((0.0, 0.0, -1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),
    "coronal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0)),
    "oblique": ((0.0, -0.6, 0.8), (0.0, 0.8, 0.6), (1.0, 0.0, 0.0)),
    "rolled": ((0.0, 0.0, 1.0), (-ROOT, ROOT, 0.0), (ROOT, ROOT, 0.0)),
    "tilted gantry": ((0.0, 0.0, 1.0), (0.0, 0.96, 0.28), (1.0, 0.0, 0.0)),
}


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_whatever_way_it_is_scanned_it_lies_at_the_same_place(name):
    acquisition = replace(ACQUISITION, directions=ORIENTATIONS[name], shape=(40, 60, 60), spacing_mm=(1.2, 1.0, 0.9))
    content, centroid = excess(expose(scene(), acquisition))
    assert centroid == pytest.approx(BALL.center_mm, abs=0.05)
    assert content == pytest.approx(400.0 * BALL.volume_mm3(), rel=0.005)


@pytest.mark.parametrize("name", ["flipped rows", "head to foot"])
def test_a_flipped_scan_holds_the_same_values_in_analyzed_order(name):
    straight = expose(scene(), ACQUISITION)
    flipped = expose(scene(), replace(ACQUISITION, directions=ORIENTATIONS[name]))
    assert flipped.grid.matches(straight.grid)
    assert np.abs(flipped.values.astype(int) - straight.values).max() <= 1


def test_noise_has_the_wanted_strength_and_is_as_smooth_as_the_image():
    empty = Scene("empty", (MEDIUM,), (), (), 50.0)
    values = expose(empty, replace(ACQUISITION, noise_hu=20.0, blur_fwhm_mm=2.0)).values.astype(float) - 50.0
    assert values.std() == pytest.approx(20.0, rel=0.05)
    assert values.mean() == pytest.approx(0.0, abs=0.7)
    neighbors = (values[:, :, 1:] * values[:, :, :-1]).mean() / values.var()
    sigma = 2.0 / 2.3548 / 0.9
    assert neighbors == pytest.approx(np.exp(-1 / (4 * sigma**2)), abs=0.05)
    assert abs((values[1:] * values[:-1]).mean() / values.var()) < 0.05


def test_the_seed_alone_decides_the_noise():
    noisy = replace(ACQUISITION, noise_hu=20.0)
    first, second = (expose(scene(), noisy).values for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, expose(scene(), replace(noisy, seed=2)).values)


def test_the_table_lies_on_the_side_of_gravity_and_outside_the_patient():
    body = filled(Ellipsoid((0.0, 0.0, 0.0), (60.0, 40.0, 1e5)), 50.0)
    wide = Acquisition((4, 100, 100), (5.0, 2.0, 2.0), (0.0, 0.0, 0.0), noise_hu=0.0, table=True)
    for position, axis, side in (("HFS", 1, 1), ("FFP", 1, -1), ("HFDL", 2, 1), ("HFDR", 2, -1)):
        values = expose(
            Scene("t", (body,), (), (), 50.0, gravity_of(position)), replace(wide, position=position)
        ).values
        rows = np.flatnonzero((values[2] > -960).any(axis=2 - axis))
        middle = (100 - 1) / 2
        assert (rows.max() - middle if side > 0 else middle - rows.min()) * 2 > (40 if axis == 1 else 60) + 5


def test_sediment_lies_level_whatever_the_position():
    for position in ("HFP", "FFDL"):
        gravity = gravity_of(position)
        level = float(np.dot(gravity, (6.0, -4.0, 3.0)))
        cyst = Cyst((Chamber(BALL, level, 20.0, 400.0),), gravity, 1.0, 0.0, 300.0)
        deposit = Deposit("cyst", "layered", cyst, "layered")
        reference = scan(
            Scene("t", (MEDIUM,), (), (deposit,), 50.0, gravity),
            replace(ACQUISITION, position=position, blur_fwhm_mm=0.0),
        )
        for sign, hu in ((1, 400), (-1, 20)):
            point = np.array(BALL.center_mm) + 4 * sign * np.array(gravity)
            index = tuple(np.rint(reference.volume.grid.to_index(point)).astype(int))
            assert reference.volume.values[index] == hu
        (fluid_level,) = reference.truth["lesions"][0]["fluid_level"]["levels"]
        assert fluid_level["level_mm"] == pytest.approx(level)
        assert fluid_level["height_mm"] == pytest.approx(8.0, abs=0.2)
        assert fluid_level["width_mm"] == pytest.approx(16.0, abs=0.2)


def test_a_position_of_no_lying_patient_is_refused():
    with pytest.raises(UsageError, match="position"):
        replace(ACQUISITION, position="standing")


def test_values_outside_the_scanner_s_range_are_clipped():
    assert expose(scene(hu=9000.0), ACQUISITION).values.max() == 3071
