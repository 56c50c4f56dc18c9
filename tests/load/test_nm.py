"""NM files: order of frames, view, times, tracer, counts; and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from nm_changed import changed, codes
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy
from calcimeter.load.modality import modality_of
from calcimeter.load.nm.study import load_scintigraphy


def test_two_files_are_loaded_as_they_were_counted(pair, neck):
    study = load_scintigraphy(*pair)

    np.testing.assert_array_equal(study.early.counts, neck.counts[0])
    np.testing.assert_array_equal(study.delayed.counts, neck.counts[1])
    assert (study.view, study.tracer, study.interval_min) == ("anterior", "sestamibi", 100.0)
    assert (study.early.duration_s, study.early.after_injection_min) == (600.0, 20.0)
    assert study.early.pixel_mm == pytest.approx(2.4)
    assert study.caveats == ()


def test_a_folder_is_sorted_by_time(pair, neck):
    study = load_scintigraphy(pair[0].parent)

    assert modality_of(pair[0].parent) == "NM"
    np.testing.assert_array_equal(study.delayed.counts, neck.counts[1])


def test_images_given_in_the_wrong_order_are_put_right_and_it_is_said(pair, neck):
    study = load_scintigraphy(pair[1], pair[0])

    np.testing.assert_array_equal(study.early.counts, neck.counts[0])
    assert "PHASES_EXCHANGED" in codes(study)


def test_one_image_alone_has_no_delayed_one(pair):
    study = load_scintigraphy(pair[0])

    assert study.delayed is None
    assert "NO_DELAYED_IMAGE" in codes(study)


def test_one_file_of_two_phases_and_two_detectors(pair, neck, tmp_path):
    dataset = pydicom.dcmread(pair[0])
    early, delayed = (image.astype("<u2") for image in neck.counts)
    back = np.ones_like(early)
    dataset.PixelData = np.stack([back, early, back, delayed]).tobytes()
    dataset.NumberOfFrames = 4
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "DYNAMIC", "EMISSION"]
    dataset.EnergyWindowVector = [1, 1, 1, 1]
    dataset.DetectorVector, dataset.NumberOfDetectors = [2, 1, 2, 1], 2
    dataset.PhaseVector, dataset.NumberOfPhases = [1, 1, 2, 2], 2
    behind = Dataset()
    behind.ViewCodeSequence = [Dataset()]
    behind.ViewCodeSequence[0].CodeValue = "399001007"
    behind.ViewCodeSequence[0].CodeMeaning = "Posterior projection"
    dataset.DetectorInformationSequence.append(behind)
    phases = []
    for delay in (0, 6_000_000 - 600_000):
        phase = Dataset()
        phase.PhaseDelay, phase.ActualFrameDuration = delay, 600_000
        phase.PauseBetweenFrames, phase.NumberOfFramesInPhase = 0, 1
        phases.append(phase)
    dataset.PhaseInformationSequence = phases
    dataset.save_as(tmp_path / "both", enforce_file_format=True)

    study = load_scintigraphy(tmp_path / "both")

    np.testing.assert_array_equal(study.early.counts, early)
    np.testing.assert_array_equal(study.delayed.counts, delayed)
    assert (study.early.frame, study.delayed.frame) == (2, 4)
    assert (study.view, study.interval_min) == ("anterior", 100.0)


def view_by(**attributes):
    def change(dataset):
        detector = dataset.DetectorInformationSequence[0]
        if attributes.get("code") is None:
            del detector.ViewCodeSequence
        else:
            detector.ViewCodeSequence[0].CodeValue = attributes["code"]
            detector.ViewCodeSequence[0].CodeMeaning = attributes.get("meaning", "")
        detector.ImageOrientationPatient = attributes.get("orientation")
        if "letters" in attributes:
            dataset.PatientOrientation = attributes["letters"]

    return change


@pytest.mark.parametrize(
    ("told", "view"),
    [
        ({}, None),
        ({"code": "G-5215"}, "anterior"),
        ({"code": "G-5216"}, "posterior"),
        ({"code": "399118008", "meaning": "Left lateral projection"}, "other"),
        ({"orientation": [1, 0, 0, 0, 0, -1]}, "anterior"),
        ({"orientation": [-1, 0, 0, 0, 0, -1]}, "posterior"),
        ({"orientation": [0, 1, 0, 0, 0, -1]}, "other"),
        ({"letters": ["L", "F"]}, "anterior"),
        ({"letters": ["R", "F"]}, "posterior"),
        ({"code": "G-5215", "orientation": [-1, 0, 0, 0, 0, -1]}, None),
    ],
)
def test_the_view_is_what_the_header_says_and_never_guessed(pair, told, view):
    for path in pair:
        changed(path, view_by(**told))

    study = load_scintigraphy(*pair)

    assert study.view == view
    assert ("VIEW_UNKNOWN" in codes(study)) == (view is None)
    assert ("VIEW_NOT_USABLE" in codes(study)) == (view == "other")


def test_early_from_the_front_and_delayed_from_behind_are_not_compared(pair):
    changed(pair[1], view_by(code="G-5216"))
    assert "VIEWS_DIFFER" in codes(load_scintigraphy(*pair))


def test_images_of_two_patients_are_refused(pair):
    changed(pair[1], lambda dataset: setattr(dataset, "PatientID", "SOMEBODY ELSE"))
    with pytest.raises(UnsupportedStudy, match="two patients"):
        load_scintigraphy(*pair)


def test_from_behind_the_image_is_turned_so_that_right_is_at_the_left(pair, neck):
    for path in pair:
        changed(path, view_by(code="G-5216"))
    study = load_scintigraphy(*pair)
    np.testing.assert_array_equal(study.early.upright, neck.counts[0][:, ::-1])


def kind(word):
    return lambda dataset: setattr(dataset, "ImageType", ["ORIGINAL", "PRIMARY", word, "EMISSION"])


def turning(dataset):
    kind("SOMETHING")(dataset)
    dataset.RotationVector = [1]


def tracer(name):
    def change(dataset):
        item = dataset.RadiopharmaceuticalInformationSequence[0]
        item.Radiopharmaceutical = name
        del item.RadiopharmaceuticalCodeSequence

    return change


def window(low, high):
    def change(dataset):
        limits = dataset.EnergyWindowInformationSequence[0].EnergyWindowRangeSequence[0]
        limits.EnergyWindowLowerLimit, limits.EnergyWindowUpperLimit = low, high

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (kind("TOMO"), "SPECT"),
        (kind("RECON TOMO"), "SPECT"),
        (kind("WHOLE BODY"), "whole-body"),
        (kind("SPECT_CORONAL"), "SPECT"),
        (kind("SUBTRACTED"), "subtracted"),
        (turning, "SPECT"),
        (tracer("Tc-99m pertechnetate"), "subtraction"),
        (tracer("I-123 sodium iodide"), "subtraction"),
        (tracer("Tc99m tetrofosmin"), "tetrofosmin"),
        (window("143", "175"), "subtraction"),
        (window("60", "80"), "thallium"),
        (lambda dataset: setattr(dataset, "Modality", "OT"), "no scintigram"),
    ],
)
def test_another_protocol_is_refused_by_name(pair, change, said):
    changed(pair[1], change)
    with pytest.raises(UnsupportedStudy, match=said):
        load_scintigraphy(*pair)


def test_without_the_name_of_the_tracer_it_is_taken_on_trust_and_said(pair):
    for path in pair:
        changed(path, lambda dataset: delattr(dataset, "RadiopharmaceuticalInformationSequence"))
    assert "TRACER_UNKNOWN" in codes(load_scintigraphy(*pair))


def without_image_type(dataset):
    del dataset.ImageType


@pytest.mark.parametrize("change", [kind("DUAL_PHASE"), kind(""), without_image_type])
def test_without_a_known_type_of_image_a_planar_one_is_read_and_it_is_said(pair, neck, change):
    changed(pair[1], change)
    study = load_scintigraphy(*pair)

    np.testing.assert_array_equal(study.delayed.counts, neck.counts[1])
    assert "IMAGE_TYPE_UNKNOWN" in codes(study)


def test_two_zooms_are_refused(pair):
    changed(pair[1], lambda dataset: setattr(dataset, "PixelSpacing", [3.1, 3.1]))
    with pytest.raises(GeometryError, match="zoom"):
        load_scintigraphy(*pair)


def test_a_finer_matrix_of_one_field_is_added_up(pair, neck):
    fine = np.kron(neck.counts[0], np.ones((2, 2))).astype("<u2")

    def change(dataset):
        dataset.Rows = dataset.Columns = 256
        dataset.PixelSpacing = [1.2, 1.2]
        dataset.CountsAccumulated = str(int(fine.sum()))
        dataset.PixelData = fine.tobytes()

    changed(pair[0], change)
    np.testing.assert_array_equal(load_scintigraphy(*pair).early.counts, 4 * neck.counts[0])


def test_the_real_image_of_pydicom_is_refused_as_what_it_is():
    from pydicom.data import get_testdata_file

    path = get_testdata_file("JPEG2000.dcm", download=False)
    with pytest.raises(UnsupportedStudy, match="whole-body"):
        load_scintigraphy(Path(path))


def test_the_syntax_of_the_phantom_is_explicit(pair):
    assert pydicom.dcmread(pair[0]).file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


@pytest.mark.parametrize("told", [{"orientation": [1, 0, 0, 0, 0, 1]}, {"letters": ["L", "H"]}])
def test_an_image_that_stands_upside_down_is_no_view_that_is_read(pair, told):
    for path in pair:
        changed(path, view_by(**told))

    assert "VIEW_NOT_USABLE" in codes(load_scintigraphy(*pair))


def test_a_zip_is_read_as_its_folder_is(pair, neck, tmp_path):
    import shutil

    packed = shutil.make_archive(str(tmp_path / "neck"), "zip", pair[0].parent)
    study = load_scintigraphy(Path(packed))

    np.testing.assert_array_equal(study.early.counts, neck.counts[0])
    np.testing.assert_array_equal(study.delayed.counts, neck.counts[1])


def test_several_frames_of_one_phase_are_added_up_with_their_time(pair, neck):
    def change(dataset):
        dataset.PixelData = np.stack([neck.counts[0].astype("<u2")] * 3).tobytes()
        dataset.NumberOfFrames, dataset.ActualFrameDuration = 3, "200000"
        dataset.EnergyWindowVector = dataset.DetectorVector = [1, 1, 1]

    changed(pair[0], change)
    study = load_scintigraphy(*pair)

    np.testing.assert_array_equal(study.early.counts, 3 * neck.counts[0])
    assert study.early.duration_s == 600.0


def test_a_window_of_scatter_is_left_out(pair, neck):
    def change(dataset):
        counts = neck.counts[0].astype("<u2")
        dataset.PixelData = np.stack([counts // 3, counts]).tobytes()
        dataset.NumberOfFrames, dataset.NumberOfEnergyWindows = 2, 2
        dataset.EnergyWindowVector, dataset.DetectorVector = [1, 2], [1, 1]
        scatter, limits = Dataset(), Dataset()
        limits.EnergyWindowLowerLimit, limits.EnergyWindowUpperLimit = "110", "125"
        scatter.EnergyWindowRangeSequence = [limits]
        dataset.EnergyWindowInformationSequence.insert(0, scatter)

    changed(pair[0], change)
    np.testing.assert_array_equal(load_scintigraphy(*pair).early.counts, neck.counts[0])


def test_a_vector_that_does_not_fit_its_frames_is_refused(pair):
    changed(pair[0], lambda dataset: setattr(dataset, "DetectorVector", [1, 1]))
    with pytest.raises(UnsupportedStudy, match="vector of 2 values for 1 frames"):
        load_scintigraphy(*pair)


def test_counts_below_zero_are_no_original_counts(pair):
    def change(dataset):
        dataset.PixelRepresentation = 1
        dataset.PixelData = (dataset.pixel_array.astype("<i2") - 5).tobytes()

    changed(pair[0], change)
    with pytest.raises(UnsupportedStudy, match="counts below 0"):
        load_scintigraphy(*pair)


def test_without_times_the_order_given_is_taken_and_said(pair, neck):
    def change(dataset):
        for name in ("Acquisition", "Content", "Series"):
            for part in ("Date", "Time"):
                if f"{name}{part}" in dataset:
                    delattr(dataset, f"{name}{part}")

    for path in pair:
        changed(path, change)
    study = load_scintigraphy(*pair)

    np.testing.assert_array_equal(study.early.counts, neck.counts[0])
    assert study.interval_min is None
    assert "TIMES_UNKNOWN" in codes(study)


def test_without_the_counting_time_it_is_null_and_said(pair):
    changed(pair[0], lambda dataset: delattr(dataset, "ActualFrameDuration"))
    study = load_scintigraphy(*pair)

    assert study.early.duration_s is None
    assert "DURATION_UNKNOWN" in codes(study)


def test_without_the_size_of_its_pixels_an_image_is_refused(pair):
    changed(pair[0], lambda dataset: delattr(dataset, "PixelSpacing"))
    with pytest.raises(GeometryError, match="size of its pixels"):
        load_scintigraphy(*pair)


def test_a_file_that_was_cut_off_is_refused(pair):
    whole = pair[0].read_bytes()
    pair[0].write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableInput, match="damaged"):
        load_scintigraphy(*pair)
