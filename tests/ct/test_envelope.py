"""The envelope is what a deposit encloses, and its volume is the true one whatever the grid."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from ct_cases import TISSUE_HU, acquisition, anatomy_of, dense_of, distance_from, limb_study, study_of, volume_of
from scipy import ndimage

from calcimeter.ct.outline import outline_deposits
from calcimeter.ct.settings import OutlineSettings
from calcimeter.model.candidate import Group, Verdict
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Region
from calcimeter.phantom.parts import Layered, filled
from calcimeter.phantom.solids import sphere
from calcimeter.pipeline import analyze_ct

SHAPE = (48, 48, 48)
CENTER = (24.2, 23.9, 24.1)
RADIUS_MM = 12.0
AWAY = distance_from(CENTER, SHAPE, (1, 1, 1))


def outlined(values, spacing=(1.0, 1.0, 1.0), least_voxels=1, **anatomy):
    """The deposit of what is dense outside bone, as one group; a fragment is each connected part large enough."""
    volume = volume_of(values, spacing)
    bones = anatomy.get("bones", np.zeros(values.shape, dtype=bool))
    parts, count = ndimage.label((values > 130) & ~bones, np.ones((3, 3, 3)))
    found = [Region.from_indices(np.argwhere(parts == k + 1)) for k in range(count)]
    regions = [region for region in found if region.voxels >= least_voxels]
    group = Group(tuple(regions), Verdict(Category.SOFT_TISSUE, 0.8, ("because",)))
    known = anatomy_of(values.shape, **anatomy)
    (deposit,) = outline_deposits(study_of(volume), (group,), dense_of(volume), known, OutlineSettings())
    return deposit


def shell(thickness_mm=3.0, hu=500, core_hu=30):
    return np.where(RADIUS_MM - thickness_mm >= AWAY, core_hu, np.where(AWAY <= RADIUS_MM, hu, TISSUE_HU))


def whole(region, shape=SHAPE):
    values = np.zeros(shape, dtype=bool)
    values[region.slices] = region.mask
    return values


BALL_MM3 = 4 / 3 * np.pi * RADIUS_MM**3
# A crisp ball on a grid of 1 mm is its volume to about a percent; what is enclosed must be all of it.


def test_a_shell_is_filled():
    deposit = outlined(shell())

    assert np.array_equal(whole(deposit.envelope), AWAY <= RADIUS_MM)
    assert deposit.fractions.values.sum() == pytest.approx(BALL_MM3, rel=0.02)
    assert deposit.dense.voxels == np.count_nonzero(shell() > 130)


@pytest.mark.parametrize("mouth_mm", [2, 3])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_cup_with_a_narrow_mouth_is_filled(mouth_mm, axis):
    """Whichever way the mouth looks; at most the channel straight below it, a few percent, is missing."""
    values = shell()
    mouth = np.zeros(SHAPE, dtype=bool)
    mouth[24:40, 24 : 24 + mouth_mm, 24 : 24 + mouth_mm] = True
    mouth = np.moveaxis(mouth, 0, axis) & (AWAY > RADIUS_MM - 4)
    values[mouth] = TISSUE_HU

    deposit = outlined(values)

    assert whole(deposit.envelope)[AWAY <= RADIUS_MM - 4].mean() > 0.95
    assert deposit.fractions.values.sum() == pytest.approx(BALL_MM3, rel=0.03)


@pytest.mark.parametrize("thickness_mm", [2, 3])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_cup_with_two_narrow_mouths_has_no_pits_where_the_planes_through_them_cross(thickness_mm, axis):
    values = shell(thickness_mm)
    ahead = np.indices(SHAPE) - 24
    away = np.abs(ahead)
    first, second = (k for k in range(3) if k != axis)
    for mouth, other in ((first, second), (second, first)):
        values[(away[axis] <= 1) & (away[other] <= 1) & (ahead[mouth] > 5) & (AWAY > 8)] = TISSUE_HU

    deposit = outlined(values)

    assert whole(deposit.envelope)[AWAY <= 8].all()
    assert deposit.fractions.values.sum() == pytest.approx(BALL_MM3, rel=0.03)


def bowl(axis):
    """Half a shell, open along an axis."""
    upper = np.moveaxis(np.indices(SHAPE)[0] > 24, 0, axis)
    return np.where(upper, TISSUE_HU, shell())


def tube(inner_mm, outer_mm):
    """A calcified wall around a canal along the body, 29 mm long, open at both ends; and the canal."""
    z, y, x = np.indices(SHAPE) - 24
    radius, within = np.hypot(y, x), np.abs(z) < 15
    return np.where((radius > inner_mm) & (radius <= outer_mm) & within, 500, TISSUE_HU), (radius <= 4) & within


def test_a_bowl_that_is_open_above_is_filled_and_called_open():
    """Thin walls vanish above and below where slices are thick: what every slice encloses counts."""
    deposit = outlined(bowl(0))

    inside = (AWAY <= RADIUS_MM - 5) & (np.indices(SHAPE)[0] < 22)
    assert whole(deposit.envelope)[inside].all()
    assert "ENVELOPE_OPEN" in deposit.caveats


@pytest.mark.parametrize("axis", [1, 2])
def test_a_bowl_that_is_open_within_the_slices_is_not_filled(axis):
    assert not whole(outlined(bowl(axis)).envelope)[AWAY <= RADIUS_MM - 5].any()


def test_a_wide_tube_is_not_filled_and_called_open():
    """Its canal holds more than twice what is dense."""
    values, canal = tube(12, 13.5)
    deposit = outlined(values)

    assert not whole(deposit.envelope)[canal].any()
    assert "ENVELOPE_OPEN" in deposit.caveats


def test_a_closed_shell_and_a_solid_ball_are_not_called_open():
    for values in (shell(), shell(core_hu=500)):
        assert "ENVELOPE_OPEN" not in outlined(values).caveats


@pytest.mark.parametrize("voxels", [1, 4])
def test_a_speck_of_noise_in_the_watery_core_leaves_no_pit(voxels):
    values = shell()
    values[24, 24, 22 : 22 + voxels] = 150

    deposit = outlined(values, least_voxels=5)

    assert np.array_equal(whole(deposit.envelope), AWAY <= RADIUS_MM)


def test_what_is_large_enough_to_be_something_else_is_left_out_of_the_core():
    values = shell()
    values[22:27, 22:27, 22:27] = 2000

    deposit = outlined(values, least_voxels=200)

    assert not whole(deposit.envelope)[22:27, 22:27, 22:27].any()


def test_fragments_around_a_core_enclose_it():
    """A shell in eight pieces, 2 mm apart: one lesion with its core."""
    values = shell()
    gaps = (np.abs(np.indices(SHAPE) - 24.5) < 1).any(axis=0)
    values[gaps & (AWAY > RADIUS_MM - 4)] = TISSUE_HU

    deposit = outlined(values)

    assert deposit.parts == 8
    assert whole(deposit.envelope)[AWAY <= RADIUS_MM - 4].all()


def test_bone_inside_or_beside_a_deposit_never_belongs_to_it():
    bones = np.zeros(SHAPE, dtype=bool)
    bones[:, 36:44, 20:28] = True
    values = shell()
    values[bones] = 1200

    deposit = outlined(values, bones=bones & (AWAY > RADIUS_MM))

    assert not (whole(deposit.envelope) & bones & (AWAY > RADIUS_MM)).any()
    assert deposit.fractions.values.sum() == pytest.approx(BALL_MM3, rel=0.03)


def test_nothing_outside_the_body_belongs_to_a_deposit():
    body = np.zeros(SHAPE, dtype=bool)
    body[:, :34] = True
    values = np.where(body, shell(), -1000)

    assert not whole(outlined(values, body=body).envelope)[~body].any()


def test_a_single_faint_voxel_has_an_envelope():
    values = np.full(SHAPE, TISSUE_HU)
    values[20, 20, 20] = 131

    assert outlined(values).envelope.voxels >= 1


def test_where_no_tissue_is_around_the_dense_voxels_are_the_envelope():
    values = np.full((6, 6, 6), 300)

    assert outlined(values).envelope.voxels == 6**3


def test_the_share_of_a_voxel_never_exceeds_one():
    fractions = outlined(shell(hu=3000)).fractions.values

    assert fractions.max() <= 1
    assert np.isfinite(fractions).all()


PLACES_MM = {15.0: (20.3, 3.2, -24.3), 7.5: (20.3, 3.2, 26.7), 5.0: (-30.3, 3.2, 26.7)}
"""Radius -> center: far enough apart to be three lesions."""


@cache
def volumes(spacing, *, hu=400, shift_mm=0.0, blur_fwhm_mm=1.0):
    """Radius -> measured over true volume, of three balls in muscle, scanned with noise, blur and slice profile."""
    balls = [filled(sphere((x, y, z + shift_mm), radius), hu, 5) for radius, (x, y, z) in PLACES_MM.items()]
    acquired = acquisition(spacing, 90.0, blur_fwhm_mm=blur_fwhm_mm)
    lesions = analyze_ct(limb_study(tuple(balls), acquired, shaft=False)).lesions
    assert len(lesions) == 3
    return {
        radius: lesion.amount.volume_mm3.value / (4 / 3 * np.pi * radius**3)
        for radius, lesion in zip(PLACES_MM, lesions, strict=True)
    }


USUAL = (2.0, 0.8, 0.8)


@pytest.mark.parametrize("spacing", [(1.0, 0.7, 0.7), USUAL, (1.25, 1.25, 1.25), (3.0, 0.977, 0.977)])
def test_the_volume_of_a_ball_is_true_on_every_grid(spacing):
    """Half maximum with voxel shares is unbiased where a plateau is reached; small balls have less of one."""
    measured = volumes(spacing)

    assert measured[15.0] == pytest.approx(1, abs=0.02)
    assert measured[7.5] == pytest.approx(1, abs=0.04)
    assert measured[5.0] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("hu", [250, 800])
def test_the_volume_depends_little_on_density(hu):
    """At a fixed threshold of 130 HU a ball of 15 mm would grow by more than a tenth from 250 to 800 HU."""
    measured = volumes(USUAL, hu=hu)

    assert measured[15.0] == pytest.approx(1, abs=0.03)
    assert measured[7.5] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("blur_fwhm_mm", [0.6, 1.4])
def test_the_volume_depends_little_on_the_kernel(blur_fwhm_mm):
    assert volumes(USUAL, blur_fwhm_mm=blur_fwhm_mm)[15.0] == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("shift_mm", [0.75, 1.5])
def test_moving_the_slices_by_part_of_their_distance_changes_a_volume_over_10_ml_by_less_than_3_percent(shift_mm):
    thick = (3.0, 0.977, 0.977)

    assert volumes(thick, shift_mm=shift_mm)[15.0] == pytest.approx(volumes(thick)[15.0], rel=0.03)


def test_thick_slices_change_the_volume_by_less_than_5_percent():
    thin, thick = volumes((1.0, 0.7, 0.7)), volumes((3.0, 0.977, 0.977))

    assert thick[15.0] == pytest.approx(thin[15.0], rel=0.05)


def test_a_scanned_shell_with_a_watery_core_has_the_volume_of_the_whole():
    """Wall of 3 mm at 500 HU; the threshold volume is that of the wall and says so."""
    center = (20.3, 3.2, 0.7)
    part = Layered(((sphere(center, 15), 500), (sphere(center, 12), 30)), 6)

    (lesion,) = analyze_ct(limb_study((part,), acquisition((2.0, 0.8, 0.8), 50.0), shaft=False)).lesions

    assert lesion.amount.volume_mm3.value == pytest.approx(4 / 3 * np.pi * 15**3, rel=0.03)
    assert lesion.amount.threshold_mm3 < 0.75 * lesion.amount.volume_mm3.value
