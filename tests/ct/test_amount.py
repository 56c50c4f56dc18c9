"""How much a deposit is: volumes and masses of objects whose truth is exact, and their intervals."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from amount_cases import CENTER, NO_GRAVITY, ROD, SLOPE, ball, ball_mm3, deposits_of, measured
from ct_cases import TISSUE_HU, anatomy_of, dense_of, study_of, volume_of
from hypothesis import given
from hypothesis import strategies as st

import calcimeter
from calcimeter.ct.amount import measure_amounts
from calcimeter.ct.amount.envelope import Seen, fit_envelope, refit
from calcimeter.ct.amount.interval import shape_error
from calcimeter.ct.amount.mass import Content, mass_of
from calcimeter.ct.amount.plateaus import products_of
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.outline import outline_deposits
from calcimeter.ct.settings import AmountSettings, OutlineSettings
from calcimeter.model.anatomy import Cut
from calcimeter.model.calibration import Beam, Calibration
from calcimeter.model.candidate import Group, Verdict
from calcimeter.model.conditions import Conditions
from calcimeter.model.lesion import Category, Deposit
from calcimeter.model.measures import Resolution
from calcimeter.model.volume import Region
from calcimeter.phantom import write_phantom
from calcimeter.phantom.parts import Layered, filled
from calcimeter.phantom.solids import Block, sphere

SHELL = Layered(((sphere(CENTER, 9), 500), (sphere(CENTER, 7.2), 30)), 8)
SHEET = filled(Block(CENTER, (1.4, 9, 9), 1.0, ((0.8, 0.6, 0.0), (-0.6, 0.8, 0.0), (0.0, 0.0, 1.0))), 500, 8)

CONDITIONS = Conditions(ROD, Resolution(1.2, 1.0, 0.1, ""), NO_GRAVITY)


@pytest.mark.parametrize(("radius_mm", "within"), [(13.5, 0.01), (7.0, 0.02), (4.0, 0.03), (3.0, 0.06)])
@pytest.mark.parametrize("spacing", [(0.7, 0.6, 0.6), (2.0, 0.9, 0.9)])
def test_the_volume_of_a_ball_is_true_down_to_a_tenth_of_a_milliliter(radius_mm, within, spacing):
    """Twice finer than what is asked for: half of it is left for scanners that are not as taken here."""
    assert measured(ball(radius_mm), spacing).volume_mm3.value == pytest.approx(ball_mm3(radius_mm), rel=within)


@pytest.mark.parametrize("hu", [255, 1055])
@pytest.mark.parametrize("blur_fwhm_mm", [0.8, 1.4])
def test_neither_density_nor_blur_changes_the_volume(hu, blur_fwhm_mm):
    volume = measured(ball(5.0, hu), blur_fwhm_mm=blur_fwhm_mm).volume_mm3

    assert volume.value == pytest.approx(ball_mm3(5.0), rel=0.03)


def test_a_wall_thinner_than_two_blurs_does_not_blow_up_what_it_encloses():
    assert measured(SHELL).volume_mm3.value == pytest.approx(ball_mm3(9), rel=0.03)


def test_a_sheet_as_thin_as_three_blurs_has_its_volume():
    """Half maximum alone gives some 5 % more."""
    true = Block(CENTER, (1.4, 9, 9), 1.0).volume_mm3()

    assert measured(SHEET).volume_mm3.value == pytest.approx(true, rel=0.04)


def two_densities(radius_mm, core_mm, rim_hu, core_hu=850):
    """A dense core in a looser rim."""
    return Layered(((sphere(CENTER, radius_mm), rim_hu), (sphere(CENTER, core_mm), core_hu)), 8)


@pytest.mark.parametrize(("rim_hu", "core_mm"), [(450, 4.0), (450, 5.0), (600, 4.5)])
def test_a_looser_rim_around_a_dense_core_counts_in_full(rim_hu, core_mm):
    """Half of the core's level would cut the rim off: a fifth of the volume."""
    volume = measured(two_densities(6.0, core_mm, rim_hu), (1.2, 0.8, 0.8)).volume_mm3

    assert volume.value == pytest.approx(ball_mm3(6.0), rel=0.08)
    assert volume.low <= ball_mm3(6.0) <= volume.high


def test_a_rim_that_may_lie_in_the_blur_widens_the_interval_upward_alone():
    plain, rimmed = measured(ball(6.0, 850)).volume_mm3, measured(two_densities(3.2, 2.6, 300)).volume_mm3

    assert plain.high - plain.value == pytest.approx(plain.value - plain.low, rel=0.01)
    assert rimmed.high - rimmed.value > 1.05 * (rimmed.value - rimmed.low)


@pytest.mark.parametrize("spacing", [(1.0, 0.8, 0.8), (2.5, 0.8, 0.8)])
@pytest.mark.parametrize(("radius_mm", "core_mm", "rim_hu"), [(12.0, 6.0, 180), (8.0, 4.0, 200), (6.0, 3.0, 250)])
def test_a_rim_under_a_quarter_as_dense_as_its_core_counts_in_full(radius_mm, core_mm, rim_hu, spacing):
    """A floor for all levels at a quarter of the highest would put its edge where the rim has half of that."""
    volume = measured(two_densities(radius_mm, core_mm, rim_hu), spacing).volume_mm3

    assert volume.value == pytest.approx(ball_mm3(radius_mm), rel=0.08)
    assert volume.low <= ball_mm3(radius_mm) <= volume.high


def test_the_flank_that_blur_gives_an_even_sheet_is_no_rim_of_it(tmp_path):
    """A rim of a fifth of its volume explains a thin sheet better than slices do that cut it in steps."""
    write_phantom("sheet", tmp_path)

    (lesion,) = calcimeter.analyze(tmp_path).lesions

    true_mm3 = json.loads((tmp_path / "truth.json").read_text())["lesions"][0]["volume_mm3"]
    assert lesion.amount.volume_mm3.value == pytest.approx(true_mm3, rel=0.06)


@pytest.mark.parametrize("part", [ball(3.0), SHELL, SHEET], ids=["small", "shell", "sheet"])
def test_what_shows_a_plateau_is_not_called_thin(part):
    assert measured(part).caveats == ()


@pytest.mark.parametrize("radius_mm", [5.0, 8.0])
def test_thick_slices_change_the_volume_by_less_than_5_percent(radius_mm):
    thin, thick = (
        measured(ball(radius_mm), spacing).volume_mm3.value for spacing in ((1.0, 0.8, 0.8), (3.0, 0.8, 0.8))
    )

    assert thick == pytest.approx(thin, rel=0.05)


@pytest.mark.parametrize("shift", [(0.0, 0.0, 1.0), (0.4, 0.3, 0.5), (0.2, -0.4, 1.5)])
def test_a_repeat_scan_shifted_by_part_of_a_voxel_agrees_within_3_percent(shift):
    moved = tuple(c + d for c, d in zip(CENTER, shift, strict=True))
    first, second = (measured(ball(6.0, center=c), (2.0, 0.8, 0.8)).volume_mm3.value for c in (CENTER, moved))

    assert second == pytest.approx(first, rel=0.03)


@pytest.mark.parametrize("part", [ball(3.0), ball(7.0), SHELL, SHEET], ids=["small", "ball", "shell", "sheet"])
@pytest.mark.parametrize("thickness_mm", [1.0, 3.0])
def test_mass_is_true_within_3_percent_whatever_blur_does_to_the_shape(part, thickness_mm):
    """The fluid in the shell is less dense than the tissue around it: no mineral, and not less than none."""
    mass = measured(part, (thickness_mm, 0.8, 0.8)).mass_mg_ha
    outside = Block(CENTER, (1.4, 9, 9), 1.0).volume_mm3() * (500 - TISSUE_HU)
    shell = (ball_mm3(9) - ball_mm3(7.2)) * (500 - TISSUE_HU)
    true = {id(SHELL): shell, id(SHEET): outside}.get(id(part))
    true = ball_mm3(part.layers[0][0].radii_mm[0]) * (455 - TISSUE_HU) if true is None else true

    assert mass.value == pytest.approx(true * SLOPE / 1000, rel=0.03 if true > 1e5 else 0.05)


def test_the_interval_of_a_mass_holds_the_error_of_the_calibration_as_common():
    mass = measured(ball(7.0)).mass_mg_ha

    assert mass.common == pytest.approx(0.03 * mass.value)
    assert mass.high - mass.value >= mass.common


def test_a_ball_that_hardens_the_beam_gets_back_what_its_rays_met():
    """The mean of what rays meet in a ball, weighted with its mass, is 3/2 of its radius."""
    thin, hard = (Beam((100.0,), (SLOPE,), (rise,)) for rise in (0.0, 0.05))
    plain, given_back = (measured(ball(7.0), calibration=replace(ROD, beam=beam)).mass_mg_ha for beam in (thin, hard))
    met_g_per_cm2 = 400 * SLOPE * 1.5 * 7.0 / 10_000

    assert plain.value == pytest.approx(measured(ball(7.0)).mass_mg_ha.value)
    assert given_back.value / plain.value - 1 == pytest.approx(0.05 * met_g_per_cm2, rel=0.1)


def test_intervals_hold_the_truth_and_are_not_wide_for_it():
    """Ten scans of two balls with other noise: at least eight hold it, as 95 % give but once in 90."""
    amounts = [(radius, measured(ball(radius), seed=seed)) for radius in (4.0, 7.0) for seed in range(1, 6)]
    held = [a.volume_mm3.low <= ball_mm3(radius) <= a.volume_mm3.high for radius, a in amounts]
    half_widths = [(a.volume_mm3.high - a.volume_mm3.low) / 2 / ball_mm3(radius) for radius, a in amounts]

    assert sum(held) >= 8
    assert max(half_widths) < 0.08


def test_the_curvature_of_an_even_ball_is_no_doubt_about_its_level():
    """A level that differs along the edge by curvature alone is that of any even ball."""
    values = np.zeros((30, 30, 30), dtype=np.float32)
    away = np.linalg.norm(np.indices(values.shape) - 14.6, axis=0)
    scanner = Scanner.of((0.8, 0.8, 0.8), Resolution(1.4, 0.8, 0.06, ""))
    shown = scanner.scan(np.clip(8.5 - away, 0, 1).astype(np.float32) * 400)
    s = AmountSettings()
    fit = fit_envelope(Seen(shown, shown > 200, np.zeros(shown.shape, dtype=bool), 10.0), scanner, s)
    uneven_doubt = replace(s, doubt=0.0)

    assert shape_error(fit, scanner, uneven_doubt) < 0.003 * fit.voxels
    assert refit(fit, scanner, s).voxels == pytest.approx(fit.voxels, rel=1e-6)


def test_noise_uncertain_blur_and_an_uneven_level_each_widen_the_interval():
    def half_width(amount):
        return amount.volume_mm3.high - amount.volume_mm3.value

    quiet = half_width(measured(ball(5.0), noise_hu=8.0))

    assert half_width(measured(ball(5.0), noise_hu=25.0)) > 1.05 * quiet
    sides = Layered(((sphere(CENTER, 5), 355), (Block((20.3, 3.2, 10.7), (20, 20, 10), 0.0), 855)), 8)
    assert half_width(measured(sides, noise_hu=8.0)) > 1.5 * quiet


def test_less_blur_than_taken_for_granted_is_within_what_the_interval_calls_common():
    right, wrong = measured(SHEET), measured(SHEET, factor=1.06)
    common = right.volume_mm3.common

    assert common > 0
    assert abs(wrong.volume_mm3.value - right.volume_mm3.value) <= common


def test_mineral_leaves_out_fluid_and_keeps_what_is_dense():
    """Wall of 3 mm around fluid: the wall; a ball: all of it."""
    thick = Layered(((sphere(CENTER, 10), 500), (sphere(CENTER, 7), 30)), 8)
    wall, whole = measured(thick), measured(ball(7.0))

    assert wall.mineral_volume_mm3.value == pytest.approx(ball_mm3(10) - ball_mm3(7), rel=0.06)
    assert wall.mineral_volume_mm3.low <= ball_mm3(10) - ball_mm3(7) <= wall.mineral_volume_mm3.high
    assert whole.mineral_volume_mm3.value == pytest.approx(ball_mm3(7), rel=0.02)


def test_without_calibration_there_is_a_volume_and_neither_mass_nor_mineral_volume():
    amount = measured(ball(5.0), calibration=Calibration())

    assert amount.mass_mg_ha is None
    assert amount.mineral_volume_mm3 is None
    assert amount.volume_mm3.low < amount.volume_mm3.value < amount.volume_mm3.high


def by_hand(mask, values, **deposit):
    """The amount of a mask as drawn, on a grid of 1 mm."""
    volume, region = volume_of(values), Region.from_indices(np.argwhere(mask))
    drawn = Deposit("2.25.1", region, region, 1, Category.SOFT_TISSUE, 1.0, (), **deposit)
    known = anatomy_of(values.shape)
    (amount,) = measure_amounts(volume, (drawn,), known, CONDITIONS, AmountSettings())
    return amount


def cube(hu=455):
    mask = np.zeros((24, 24, 24), dtype=bool)
    mask[8:16, 8:16, 8:16] = True
    return mask, np.where(mask, hu, TISSUE_HU)


def test_a_given_outline_is_measured_as_drawn_and_claims_no_interval_for_its_volume():
    amount = by_hand(*cube(), caveats=("GIVEN_OUTLINE",))

    assert amount.volume_mm3.value == 512
    assert amount.volume_mm3.low is None
    assert amount.caveats == ("INTERVAL_NOT_AVAILABLE",)
    assert amount.mass_mg_ha.value == pytest.approx(512 * 400 * SLOPE / 1000, rel=0.01)


def test_an_outline_less_dense_than_the_tissue_around_holds_no_mass_within_its_error():
    darker = Content(-5000.0, 4000.0, np.zeros((1, 1, 1), dtype=np.float32))

    mass = mass_of(darker, SLOPE, 0.0, ROD, AmountSettings())

    assert (mass.value, mass.low) == (0, 0)
    assert mass.high == pytest.approx(1.96 * 4000 * SLOPE / 1000)


def test_what_is_set_aside_has_the_volume_of_its_voxels():
    amount = by_hand(*cube())

    assert amount.volume_mm3.value == 512
    assert amount.mass_mg_ha is None


def test_without_tissue_around_nothing_is_claimed():
    values = np.full((6, 6, 6), 455)

    amount = by_hand(np.ones((6, 6, 6), dtype=bool), values, caveats=("GIVEN_OUTLINE",))

    assert amount.caveats == ("BACKGROUND_UNKNOWN", "INTERVAL_NOT_AVAILABLE")
    assert amount.mass_mg_ha is None
    assert amount.volume_mm3.low is None


def found(values, **anatomy):
    """The amount of what is found in crisp values on a grid of 1 mm, and the deposit."""
    volume, known = volume_of(values), anatomy_of(values.shape, **anatomy)
    (deposit,) = deposits_of(volume, known)
    return volume, known, deposit


def amount_of(volume, known, deposit):
    (amount,) = measure_amounts(volume, (deposit,), known, CONDITIONS, AmountSettings())
    return amount


def test_what_the_border_cuts_has_no_interval():
    values = cube()[1][10:]
    volume, known, deposit = found(values)

    amount = amount_of(volume, known, deposit)

    assert "TOUCHES_BORDER" in deposit.caveats
    assert amount.volume_mm3.low is None
    assert amount.mass_mg_ha.high is None


def test_a_cut_off_bone_widens_the_interval_by_half_of_what_the_ways_to_cut_disagree_on():
    volume, known, deposit = found(cube()[1])
    cut = Cut(deposit.envelope, area_mm2=20.0, disagreement_mm3=200.0)
    cut_off = replace(known, skeleton=replace(known.skeleton, cuts=(cut,)))

    free, attached = amount_of(volume, known, deposit), amount_of(volume, cut_off, deposit)

    assert attached.volume_mm3.value == free.volume_mm3.value
    assert attached.volume_mm3.high - attached.volume_mm3.value >= 1.96 * 100


def test_a_neighbor_changes_neither_background_nor_mass():
    mask, values = cube()
    beside = np.zeros(mask.shape, dtype=bool)
    beside[8:16, 8:16, 18:21] = True
    alone = amount_of(*found(values))
    volume, known, deposit = found(values)
    volume = volume_of(np.where(beside, 900, values))
    other = Region.from_indices(np.argwhere(beside))
    neighbor = Deposit("2.25.2", other, other, 1, Category.VASCULAR, 1.0, ())

    both = measure_amounts(volume, (deposit, neighbor), known, CONDITIONS, AmountSettings())

    assert both[0].mass_mg_ha.value == pytest.approx(alone.mass_mg_ha.value, rel=0.02)


def test_what_its_own_blur_would_hide_is_not_corrected_and_has_no_huge_volume():
    """One bright voxel that no scan of this blur could show: 1e-6 in the denominator once made 4 liters of it."""
    scanner = Scanner.of((1.0, 0.8, 0.8), Resolution(3.0, 3.0, 0.05, "made up"))
    excess = np.zeros((15, 15, 15), np.float32)
    excess[7, 7, 7] = 400
    seen = Seen(excess, excess > 0, np.zeros(excess.shape, bool), 25.0)

    fit = fit_envelope(seen, scanner, AmountSettings())

    assert not fit.is_corrected
    assert 0 < fit.voxels < 27


def test_five_voxels_have_an_interval_as_wide_as_their_doubt():
    """Blur has no room to be taken back: the interval is at least a third of the volume."""
    values = np.full((16, 16, 16), TISSUE_HU)
    values[7, 7, 7:10] = values[7, 8, 7:9] = 300
    region = Region.from_indices(np.argwhere(values == 300))
    (deposit,) = outline_deposits(
        study_of(volume_of(values)),
        (Group((region,), Verdict(Category.SOFT_TISSUE, 0.8, ())),),
        dense_of(volume_of(values)),
        anatomy_of(values.shape),
        OutlineSettings(),
    )

    volume_mm3 = amount_of(volume_of(values), anatomy_of(values.shape), deposit).volume_mm3

    assert 0 <= volume_mm3.low < volume_mm3.value
    assert volume_mm3.high - volume_mm3.low > volume_mm3.value / 3


@given(
    st.floats(0.5, 5.0), st.floats(0.4, 1.2), st.floats(0.8, 2.0), st.floats(0.6, 2.0), st.integers(3, 6), st.booleans()
)
def test_scanning_neither_gains_nor_loses_anything(thick, pixel, fwhm, profile, slices, even):
    """Far from the border of the box the sum over slices is that over finer slices, divided among them."""
    scanner = Scanner.of((thick, pixel, pixel), Resolution(fwhm, thick * profile, 0.1, ""))
    fine = np.zeros((4 * slices * scanner.parts, 41, 41), dtype=np.float32)
    middle = len(fine) // 2
    fine[middle - scanner.parts : middle + (0 if even else scanner.parts), 18:23, 18:23] = 100

    assert scanner.scan(fine).sum() * scanner.parts == pytest.approx(fine.sum(), rel=0.01 if profile in (1, 2) else 0.4)
    assert scanner.divide(np.full((slices, 3, 3), 7.0, dtype=np.float32)) == pytest.approx(7.0)


@pytest.mark.parametrize("voxels", [1, 256, 1000])
def test_products_of_rows_are_those_of_the_whole_rows(voxels):
    rows = np.random.default_rng(2).normal(size=(5, voxels))

    assert products_of(rows) == pytest.approx(rows @ rows.T, abs=1e-10)
