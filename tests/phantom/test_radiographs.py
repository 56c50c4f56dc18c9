import json
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from calcimeter.errors import OutputExists, UsageError
from calcimeter.phantom.parts import filled
from calcimeter.phantom.radiograph import (
    Exposure,
    Projection,
    expose_radiograph,
    radiograph_dataset,
    radiograph_names,
    radiograph_of,
    write_radiograph,
)
from calcimeter.phantom.radiograph.expose import signals_of, stored
from calcimeter.phantom.radiograph.rays import added_by, sums_through
from calcimeter.phantom.scene import Deposit, Scene
from calcimeter.phantom.solids import Block, sphere

SLAB = filled(Block((0.0, 0.0, 0.0), (90.0, 60.0, 90.0), 1.0), 55.0)
PROJECTION = Projection((0.0, -900.0, 0.0), 100.0, (0.0, 0.0), (240, 260), 0.8)
PLAIN = Exposure(PROJECTION, texture=0.0, scatter_share=0.0, photons=1e6, ray_px=4.0, step_mm=2.0)


def scene(*solids, hu=400.0):
    deposits = tuple(Deposit(f"d{k}", "sphere", filled(one, hu), "homogeneous") for k, one in enumerate(solids))
    return Scene("slab", (SLAB,), (), deposits, 55.0)


@pytest.fixture(scope="module")
def thigh():
    return expose_radiograph(*radiograph_of("radiograph-thigh"))


@pytest.mark.parametrize("y", [-40.0, 0.0, 45.0])
def test_magnification_is_the_ratio_of_distances(y):
    center = (12.0, y, -8.0)
    truth = expose_radiograph(scene(sphere(center, 10.0)), PLAIN).truth["deposits"][0]
    assert truth["magnification"] == pytest.approx(1000 / (900 + y), rel=1e-6)
    assert truth["long_axis_mm"] == pytest.approx(20, rel=0.005)
    assert truth["area_mm2"] == pytest.approx(np.pi * 100, rel=0.01)
    expected = np.array([12.0, 8.0]) * 1000 / (900 + y) / 0.8 + (np.array([260, 240]) - 1) / 2
    assert truth["centroid_px"] == pytest.approx(expected, abs=0.3)


def test_a_ray_sums_what_it_meets():
    body = sums_through((SLAB,), PROJECTION, 4.0, 2.0)
    middle = body.tissue_mm[len(body.rows_px) // 2, len(body.columns_px) // 2]
    assert middle == pytest.approx(120 * 1.055, rel=0.01)
    added = added_by(filled(sphere((0.0, 0.0, 0.0), 10.0), 560.0), PROJECTION, 60)
    assert added.mineral.max() == pytest.approx(2.0 * 500 * 0.7345 / 1000, rel=0.02)  # 2 cm of 367 mg/ml


def test_mineral_weakens_the_beam_by_its_attenuation_between_those_of_the_beams_ends():
    with_one = signals_of(scene(sphere((0.0, 0.0, 0.0), 10.0)), PLAIN)
    fall = np.log(with_one.without / with_one.signal).max()
    mineral = 2.0 * 340 * 0.7345 / 1000
    assert 0.35 * mineral < fall < 1.4 * mineral  # cm2 per g of hydroxyapatite between 46 and 70 keV


def test_scatter_takes_contrast_away():
    lone = scene(sphere((0.0, 0.0, 0.0), 10.0))
    contrast = []
    for share in (0.0, 0.4):
        found = signals_of(lone, replace(PLAIN, scatter_share=share))
        contrast.append(np.log(found.without / found.signal).max())
    assert contrast[1] == pytest.approx(0.6 * contrast[0], rel=0.12)


def test_noise_is_that_of_photons():
    spread = []
    for photons in (2e4, 8e4):
        image = expose_radiograph(scene(), replace(PLAIN, photons=photons, bits=16)).stored[100:140, 110:150]
        spread.append(float(image.std()))
    assert spread[0] / spread[1] == pytest.approx(2, rel=0.1)


def test_polarity_bits_and_mirror():
    signal = signals_of(scene(sphere((30.0, 0.0, 0.0), 12.0)), PLAIN).signal
    dense = stored(signal, PLAIN)
    light = stored(signal, replace(PLAIN, monochrome=1))
    assert dense.max() < 2**14
    assert np.abs(dense.astype(int) + light - (2**14 - 1)).max() <= 1
    assert np.array_equal(stored(signal, replace(PLAIN, mirrored=True)), dense[:, ::-1])
    inside, beside = dense[120, 170].astype(int), dense[120, 90].astype(int)
    assert inside > beside  # MONOCHROME2: what is dense is bright
    truth = expose_radiograph(scene(sphere((30.0, 0.0, 0.0), 12.0)), replace(PLAIN, mirrored=True)).truth
    assert truth["deposits"][0]["centroid_px"][0] < 129


def test_beyond_the_collimator_there_is_nearly_no_exposure():
    signal = signals_of(scene(), replace(PLAIN, collimation_px=(60, 199, 50, 189))).signal
    assert signal[120, 30] < 0.02 * signal[120, 130]


def test_the_same_arguments_give_the_same_pixels():
    one, again = (expose_radiograph(scene(), replace(PLAIN, texture=1.0)).stored for _ in (0, 1))
    assert np.array_equal(one, again)


def test_the_file_says_how_it_was_made(thigh, tmp_path):
    path = write_radiograph(thigh, tmp_path)
    read = pydicom.dcmread(path)
    assert read.Modality == "DX"
    assert read.ViewPosition == "AP"
    assert list(read.PatientOrientation) == ["L", "F"]
    assert float(read.ImagerPixelSpacing[0]) == 0.3
    assert "PixelSpacing" not in read
    assert np.array_equal(read.pixel_array, thigh.stored)
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["deposits"][0]["kind"] == "sphere"
    assert truth["marker"]["letter"] == "L"
    with pytest.raises(OutputExists):
        write_radiograph(thigh, tmp_path)


def test_computed_radiography_tells_no_magnification(thigh):
    exposure = replace(thigh.exposure, modality="CR", monochrome=1)
    dataset = radiograph_dataset(replace(thigh, exposure=exposure))
    assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.1"
    assert "EstimatedRadiographicMagnificationFactor" not in dataset
    assert dataset.PhotometricInterpretation == "MONOCHROME1"


def test_names_are_listed_and_others_refused():
    assert radiograph_names()[0] == "radiograph-pelvis"
    with pytest.raises(UsageError, match="radiograph-hip"):
        radiograph_of("radiograph-of-nobody")
