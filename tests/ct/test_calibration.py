"""How HU become hydroxyapatite: rods, a phantom, the patient's tissues, the tube voltage, and when none of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import anatomy_of, study_of, volume_of, with_noise

from calcimeter.ct.calibrate import calibrate
from calcimeter.ct.calibrate.tube import tube_at
from calcimeter.ct.settings import CalibrationSettings
from calcimeter.errors import UnsupportedStudy
from calcimeter.knowledge.tubes import agatston_table, calibration_table
from calcimeter.model.calibration import Calibration, CalibrationReference, PhantomScan, Rod

SETTINGS = CalibrationSettings()
SHAPE = (12, 160, 160)
SPACING = (3.0, 2.0, 2.0)
RADIUS_MM = 120.0


def patient(muscle_hu=45.0, fat_hu=-100.0, air_hu=-1000.0, noise_hu=8.0, rods=()):
    """A round trunk of 240 mm with 20 mm of fat under the skin, in air, and rods beside it; study and anatomy."""
    rows, columns = np.mgrid[: SHAPE[1], : SHAPE[2]] * SPACING[1]
    away = np.hypot(rows - 160, columns - 160)
    plane = np.where(away < RADIUS_MM - 20, muscle_hu, np.where(away < RADIUS_MM, fat_hu, air_hu))
    for number, rod_hu in enumerate(rods):
        plane[146:154, 20 + 20 * number : 28 + 20 * number] = rod_hu
    values = with_noise(np.broadcast_to(plane, SHAPE), noise_hu)
    body = np.broadcast_to(away < RADIUS_MM, SHAPE)
    study = replace(study_of(volume_of(values, SPACING)), kvp=120.0)
    return study, anatomy_of(SHAPE, body=body, noise_hu=noise_hu)


def beside(*, pad_mm, rod_hu, body=True):
    """A round body of 180 mm, and under it a pad of water 60 mm wide with a rod 12 mm wide in its middle."""
    rows, columns = np.mgrid[:160, :160] * 2.0
    away = np.hypot(rows - 110, columns - 160)
    inside = (away < 90) & body
    plane = np.where(inside, 45.0, -1000.0)
    plane[(np.abs(rows - 225) <= pad_mm / 2) & (np.abs(columns - 160) <= 30)] = 0.0
    plane[np.hypot(rows - 225, columns - 160) <= 6] = rod_hu
    values = with_noise(np.broadcast_to(plane, SHAPE), 8.0)
    study = replace(study_of(volume_of(values, SPACING)), kvp=120.0)
    return study, anatomy_of(SHAPE, body=np.broadcast_to(inside, SHAPE), noise_hu=8.0)


def tabulated_hu(tube):
    """What the table says of 200 mg/ml in the rod of ``beside`` without a body; water gives way to its mineral."""
    hardened = 1 + float(tube.beam.hardening_at(45)) * 0.2 * 1.2
    return 200 / tube.slope(45) / hardened + 200 * 43 / 3160


def rod_in_pad(study):
    """The box of 200 mg/ml in the rod of ``beside``."""
    low, high = study.volume.grid.to_patient([(2, 111, 78), (9, 114, 82)])
    return Rod(200.0, tuple(low), tuple(high))


def rod_box(study, number, density):
    """A box inside a rod of ``patient``."""
    low, high = study.volume.grid.to_patient([(2, 147, 21 + 20 * number), (9, 152, 26 + 20 * number)])
    return Rod(density, tuple(low), tuple(high))


def calibrated(study, anatomy, reference=None):
    return calibrate(study, anatomy, reference, SETTINGS)


def test_the_table_agrees_with_130_hu_for_100_mg_at_120_kv():
    """European Radiology 2022, s00330-022-08642-5, in the chest; the figure is round."""
    assert pytest.approx(tube_at(120).slope(250), rel=0.05) == 100 / 130
    assert abs(100 / 130 / tube_at(120).nominal - 1) < tube_at(120).nominal_uncertainty


def test_the_table_scales_with_voltage_as_the_thresholds_of_calcium_scoring_do():
    """The same hydroxyapatite reaches the first threshold at every voltage (measured, not calculated)."""
    for tube in agatston_table()["tube"]:
        scale = tube_at(tube["kvp"]).slope(250) / tube_at(120).slope(250)
        assert 130 / tube["thresholds_hu"][0] == pytest.approx(scale, rel=0.03)


def test_published_slopes_of_many_sizes_lie_around_the_nominal_one():
    """130 HU were 77 to 136 mg/ml by girth and level (PMID 7784560): wider than 95 % of one voltage."""
    tube = tube_at(130)
    assert tube.nominal * (1 - tube.nominal_uncertainty) > 77.1 / 130
    assert tube.nominal * (1 + tube.nominal_uncertainty) < 136.4 / 130


def test_slopes_rise_with_voltage_and_with_water_on_the_way():
    slopes = np.array([tube["slopes"] for tube in calibration_table()["tube"]])
    assert (np.diff(slopes, axis=0) > 0).all()
    assert (np.diff(slopes, axis=1) > 0).all()


def test_a_deposit_hardens_the_beam_less_the_harder_it_is_already():
    rises = np.array([tube["hardening"] for tube in calibration_table()["tube"]])
    assert (rises > 0).all()
    assert (np.diff(rises, axis=1) < 0).all()
    assert calibrated(*patient()).beam.hardening == tube_at(120).beam.hardening


@pytest.mark.parametrize("kvp", [70, 75.5, 120, 149, 150])
def test_between_two_rows_the_slope_lies_between_theirs(kvp):
    below, above = tube_at(max(70, kvp - 10)), tube_at(min(150, kvp + 10))
    assert below.nominal <= tube_at(kvp).nominal <= above.nominal


@pytest.mark.parametrize(
    ("change", "word"),
    [({"kvp": None}, "not known"), ({"kvp": 60.0}, "outside"), ({"monoenergetic_kev": 70.0}, "photon energy")],
)
def test_where_the_beam_is_not_known_there_is_no_calibration(change, word):
    study, anatomy = patient()

    found = calibrated(replace(study, **change), anatomy)

    assert (found.level, found.mg_ha_per_ml_per_hu, found.relative_uncertainty) == ("none", None, None)
    assert word in found.because


def test_the_patients_own_tissues_tell_scale_and_size():
    """A disk of 240 mm, muscle within fat: as thick as 239 mm of water; a ray through it meets 0.85 of that."""
    found = calibrated(*patient())

    assert found.level == "internal"
    assert found.mg_ha_per_ml_per_hu == pytest.approx(tube_at(120).slope(0.85 * 239), rel=0.005)
    assert tube_at(120).spread_at(0.85 * 239) < found.relative_uncertainty < tube_at(120).nominal_uncertainty / 2
    assert "45" in found.because


def test_a_scale_that_is_off_is_corrected_as_far_as_scanners_are_likelier_off_than_muscles_differ():
    """Muscle 21 HU low and fat with it: muscles differ by 15 HU, accredited scanners by 7."""
    right = calibrated(*patient())
    low = calibrated(*patient(muscle_hu=0.98 * 1045 - 1000, fat_hu=0.98 * 900 - 1000))
    share = 7**2 / (7**2 + 15**2)

    assert low.mg_ha_per_ml_per_hu / right.mg_ha_per_ml_per_hu == pytest.approx(1 + share * (1 / 0.98 - 1), rel=0.002)


@pytest.mark.parametrize(
    ("tissues", "word"),
    [
        ({"fat_hu": -50.0}, "fat"),
        ({"muscle_hu": 105.0}, "muscle and air"),
        ({"fat_hu": 20.0}, "no even fat"),
        ({"air_hu": -1024.0, "noise_hu": 0.0}, "no even air"),
    ],
)
def test_tissues_that_are_missing_or_disagree_are_passed_over_with_the_reason(tissues, word):
    found = calibrated(*patient(**tissues))

    assert found.level == "nominal"
    assert (found.mg_ha_per_ml_per_hu, found.relative_uncertainty) == (
        tube_at(120).nominal,
        tube_at(120).nominal_uncertainty,
    )
    assert word in found.because


def test_a_body_cut_by_the_border_has_no_size():
    study, _ = patient()
    values = study.volume.values[:, 60:100, 60:100]
    cropped = replace(study_of(volume_of(values, SPACING)), kvp=120.0)

    found = calibrated(cropped, anatomy_of(values.shape))

    assert found.level == "nominal"
    assert "border" in found.because


def test_rods_give_their_slope_whatever_the_voltage_says():
    study, anatomy = patient(rods=(5.0, 255.0, 505.0))
    rods = tuple(rod_box(study, k, density) for k, density in enumerate((0.0, 200.0, 400.0)))

    found = calibrated(replace(study, kvp=None), anatomy, CalibrationReference(rods=rods))

    assert found.level == "rod"
    assert found.mg_ha_per_ml_per_hu == pytest.approx(0.8, rel=0.01)
    assert found.relative_uncertainty >= 0.02
    assert "3 rods" in found.because


def test_one_rod_goes_with_water_at_0():
    study, anatomy = patient(rods=(250.0,))
    study = replace(study, kvp=None)

    found = calibrated(study, anatomy, CalibrationReference(rods=(rod_box(study, 0, 200.0),)))

    assert found.mg_ha_per_ml_per_hu == pytest.approx(0.8, rel=0.01)


def test_rods_beside_the_body_are_taken_to_its_middle():
    """Their rays meet less of it, so that they show more HU than a deposit of their density."""
    study, anatomy = beside(pad_mm=30.0, rod_hu=290.0)
    reference = CalibrationReference(rods=(rod_in_pad(study),))

    raw, moved = (calibrated(replace(study, kvp=kvp), anatomy, reference) for kvp in (None, 120.0))

    tube, shown = tube_at(120), 290 / 200
    assert raw.mg_ha_per_ml_per_hu == pytest.approx(1 / shown, rel=0.01)
    assert raw.beam is None
    assert 1.0 < moved.mg_ha_per_ml_per_hu / raw.mg_ha_per_ml_per_hu < tube.slope(200) / tube.slope(60)
    assert moved.relative_uncertainty < raw.relative_uncertainty


@pytest.mark.parametrize("softer", [-1, 1])
def test_rods_tell_the_filter_and_with_it_slopes_behind_water_and_hardening(softer):
    """A soft beam shows rods with more HU; behind much water it is like the others, and mineral hardens it more."""
    tube = tube_at(120)
    study, anatomy = beside(pad_mm=30.0, rod_hu=tabulated_hu(tube) * (1 + 0.03 * softer), body=False)

    beam = calibrated(study, anatomy, CalibrationReference(rods=(rod_in_pad(study),))).beam

    off = np.array(beam.slopes) / tube.beam.slopes - 1
    assert (np.sign(off) == -softer).all()
    assert (np.diff(np.abs(off)) < 0).all()
    harder = np.array(beam.hardening) / tube.beam.hardening
    assert harder == pytest.approx((1 + off) ** -4, rel=1e-6)


def test_a_rod_that_shows_what_the_table_says_leaves_the_table_as_it_is():
    """A rod of 12 mm in a pad 30 mm thick and 60 mm wide, beside nothing else."""
    tube = tube_at(120)
    study, anatomy = beside(pad_mm=30.0, rod_hu=tabulated_hu(tube), body=False)

    found = calibrated(study, anatomy, CalibrationReference(rods=(rod_in_pad(study),)))

    assert found.beam.slopes[0] / tube.beam.slopes[0] == pytest.approx(1.0, abs=0.03)


def test_rods_that_do_not_lie_on_a_line_are_less_certain():
    straight, bent = (patient(rods=(0.0, 250.0, last)) for last in (500.0, 560.0))
    reference = CalibrationReference(rods=tuple(rod_box(straight[0], k, d) for k, d in enumerate((0.0, 200.0, 400.0))))

    assert (
        calibrated(*bent, reference).relative_uncertainty > 1.5 * calibrated(*straight, reference).relative_uncertainty
    )


@pytest.mark.parametrize("densities", [(0.0, 200.0, 200.0), (0.0, 400.0, 200.0)])
def test_rods_that_contradict_their_densities_are_refused_with_what_they_read(densities):
    study, anatomy = patient(rods=(0.0, 250.0, 500.0))
    rods = tuple(rod_box(study, k, density) for k, density in enumerate(densities))

    for kvp in (None, 120.0):
        with pytest.raises(UnsupportedStudy, match=r"rods that read -?0, 2[45]\d, 500 HU, which contradict"):
            calibrated(replace(study, kvp=kvp), anatomy, CalibrationReference(rods=rods))


@pytest.mark.parametrize(
    ("rod", "word"),
    [
        (Rod(200.0, (1e4, 1e4, 1e4), (1e4 + 5, 1e4 + 5, 1e4 + 5)), "outside"),
        (Rod(200.0, (-49.0, -39.0, -699.0), (100.0, 300.0, -660.0)), "uneven"),
        (Rod(200.0, (0.0, 100.0, -690.0), (0.5, 100.5, -689.0)), "between voxels"),
    ],
)
def test_a_box_that_is_no_rod_is_refused(rod, word):
    study, anatomy = patient(rods=(250.0,))

    with pytest.raises(UnsupportedStudy, match=word):
        calibrated(study, anatomy, CalibrationReference(rods=(rod,)))


@pytest.mark.parametrize(("density", "word"), [(0.2, "densities"), (2000.0, "densities"), (0.0, "alone")])
def test_rods_in_another_unit_are_refused(density, word):
    study, anatomy = patient(rods=(250.0,))

    with pytest.raises(UnsupportedStudy, match=word):
        calibrated(study, anatomy, CalibrationReference(rods=(rod_box(study, 0, density),)))


def test_a_phantom_of_the_same_voltage_wins_over_tissues():
    found = calibrated(*patient(), CalibrationReference(phantom=PhantomScan(120.0, 0.81, 0.03)))

    assert (found.level, found.mg_ha_per_ml_per_hu, found.relative_uncertainty) == ("phantom", 0.81, 0.03)


@pytest.mark.parametrize(("kvp", "study_kvp"), [(100.0, 120.0), (120.0, None)])
def test_a_phantom_of_another_voltage_is_refused(kvp, study_kvp):
    study, anatomy = patient()

    with pytest.raises(UnsupportedStudy, match="phantom at"):
        calibrated(replace(study, kvp=study_kvp), anatomy, CalibrationReference(phantom=PhantomScan(kvp, 0.81)))


def test_a_phantom_with_a_slope_of_something_else_is_refused():
    with pytest.raises(UnsupportedStudy, match="hydroxyapatite"):
        calibrated(*patient(), CalibrationReference(phantom=PhantomScan(120.0, 1.9)))


@pytest.mark.parametrize(("slope", "is_unusual"), [(0.81, False), (0.65, False), (0.95, True), (0.55, True)])
def test_a_phantom_with_a_slope_outside_the_table_says_so(slope, is_unusual):
    found = calibrated(*patient(), CalibrationReference(phantom=PhantomScan(120.0, slope)))

    assert (found.mg_ha_per_ml_per_hu, found.is_unusual) == (slope, is_unusual)


@pytest.mark.parametrize(("rods_hu", "is_unusual"), [((5.0, 255.0, 505.0), False), ((5.0, 215.0, 425.0), True)])
def test_rods_with_a_slope_outside_the_table_say_so(rods_hu, is_unusual):
    study, anatomy = patient(rods=rods_hu)
    rods = tuple(rod_box(study, k, density) for k, density in enumerate((0.0, 200.0, 400.0)))

    assert calibrated(study, anatomy, CalibrationReference(rods=rods)).is_unusual is is_unusual


def test_no_calibration_is_a_record_without_numbers():
    assert Calibration() == Calibration("none", None, None, "")
