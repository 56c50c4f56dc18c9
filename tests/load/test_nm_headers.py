"""NM headers that would make an image count for what it is not: upside down, rescaled, frames that nothing tells."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from nm_changed import changed, codes
from pydicom.dataset import Dataset

from calcimeter.errors import GeometryError, UnsupportedStudy
from calcimeter.load.nm.study import load_scintigraphy


def setting(**attributes):
    def change(dataset):
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)

    return change


def gantry(value, scheme):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, ""
    return {"PatientGantryRelationshipCodeSequence": [item]}


DOWN = [1, 0, 0, 0, 0, -1]
FEET_FIRST = [gantry("102541007", "SCT"), gantry("F-10480", "SRT"), {"PatientPosition": "FFS"}]


@pytest.mark.parametrize("told", FEET_FIRST)
@pytest.mark.parametrize("letters", [None, ["L", ""]])
def test_feet_first_without_the_direction_of_rows_is_no_view_that_is_read(pair, told, letters):
    for path in pair:
        changed(path, setting(**told, PatientOrientation=letters))

    study = load_scintigraphy(*pair)

    assert study.view == "other"
    assert "VIEW_NOT_USABLE" in codes(study)


@pytest.mark.parametrize("told", FEET_FIRST)
def test_feet_first_is_read_where_the_direction_of_rows_is_told(pair, told):
    changed(pair[0], setting(**told, PatientOrientation=["L", "F"]))
    changed(pair[1], setting(**told))
    changed(pair[1], lambda one: setattr(one.DetectorInformationSequence[0], "ImageOrientationPatient", DOWN))

    study = load_scintigraphy(*pair)

    assert study.view == "anterior"
    assert study.caveats == ()


@pytest.mark.parametrize("told", [gantry("102540008", "SCT"), gantry("F-10470", "SRT"), {"PatientPosition": "HFS"}])
def test_head_first_is_read_as_before(pair, told):
    for path in pair:
        changed(path, setting(**told))

    assert load_scintigraphy(*pair).view == "anterior"


def view_coded(value, meaning):
    def change(dataset):
        item = dataset.DetectorInformationSequence[0].ViewCodeSequence[0]
        item.CodeValue, item.CodeMeaning = value, meaning

    return change


@pytest.mark.parametrize(
    ("value", "meaning", "view"),
    [
        ("399001007", "Anterior projection", None),
        ("399321004", "Posterior projection", None),
        ("399321004", "Left lateral projection", None),
        ("", "Left anterior oblique projection", "other"),
        ("399321004", "Anterior projection", "anterior"),
        ("399321004", "Ansicht von vorn", "anterior"),
        ("99ANT", "Anterior projection", "anterior"),
        ("399118008", "Left lateral projection", "other"),
    ],
)
def test_a_code_whose_value_and_meaning_name_two_views_names_none(pair, value, meaning, view):
    for path in pair:
        changed(path, view_coded(value, meaning))

    study = load_scintigraphy(*pair)

    assert study.view == view
    assert ("VIEW_UNKNOWN" in codes(study)) == (view is None)


def test_two_views_in_one_code_are_not_settled_by_the_letters(pair):
    for path in pair:
        changed(path, view_coded("399001007", "Anterior projection"))
        changed(path, setting(PatientOrientation=["L", "F"]))

    assert load_scintigraphy(*pair).view is None


def frames_of(neck, **attributes):
    """Two frames in one file, and what else its header says of them."""

    def change(dataset):
        dataset.PixelData = np.stack([image.astype("<u2") for image in neck.counts]).tobytes()
        dataset.NumberOfFrames = 2
        dataset.EnergyWindowVector = dataset.DetectorVector = [1, 1]
        for keyword, value in attributes.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)

    return change


@pytest.mark.parametrize(
    "told",
    [
        {"DetectorVector": None, "NumberOfDetectors": 2},
        {"DetectorVector": None, "DetectorInformationSequence": [Dataset(), Dataset()]},
        {"NumberOfPhases": 2},
        {"PhaseInformationSequence": [Dataset(), Dataset()]},
        {"EnergyWindowVector": None, "NumberOfEnergyWindows": 2},
    ],
)
def test_several_frames_of_which_nothing_tells_which_is_which_are_refused(pair, neck, told):
    changed(pair[0], frames_of(neck, **told))
    with pytest.raises(UnsupportedStudy, match="which frame is which can't be told"):
        load_scintigraphy(*pair)


def test_several_energy_windows_without_their_vector_are_refused(pair, neck):
    def change(dataset):
        frames_of(neck, EnergyWindowVector=None)(dataset)
        dataset.EnergyWindowInformationSequence.append(dataset.EnergyWindowInformationSequence[0])

    changed(pair[0], change)
    with pytest.raises(UnsupportedStudy, match="which frame is which can't be told"):
        load_scintigraphy(*pair)


def test_frames_of_one_detector_need_no_vector(pair, neck):
    changed(pair[0], frames_of(neck, DetectorVector=None, EnergyWindowVector=None))
    np.testing.assert_array_equal(load_scintigraphy(*pair).early.counts, neck.counts[0] + neck.counts[1])


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"RescaleSlope": "100", "RescaleIntercept": "0"}, "slope 100, intercept 0"),
        ({"RescaleSlope": "0.5", "RescaleIntercept": "0"}, "slope 0.5, intercept 0"),
        ({"RescaleSlope": "1", "RescaleIntercept": "7"}, "slope 1, intercept 7"),
    ],
)
def test_counts_that_were_rescaled_are_refused(pair, told, said):
    changed(pair[0], setting(**told))
    with pytest.raises(UnsupportedStudy, match=rf"{said}.*without rescaling"):
        load_scintigraphy(*pair)


@pytest.mark.parametrize("told", [{"RescaleSlope": "1", "RescaleIntercept": "0"}, {"RescaleSlope": None}])
def test_a_rescaling_that_changes_nothing_is_read(pair, neck, told):
    changed(pair[0], setting(**told))
    np.testing.assert_array_equal(load_scintigraphy(*pair).early.counts, neck.counts[0])


def test_values_far_beyond_the_counts_that_the_header_tells_are_refused(pair, neck):
    changed(pair[0], setting(CountsAccumulated=str(int(neck.counts[0].sum() / 1.6))))
    with pytest.raises(UnsupportedStudy, match=r"counts.*as they were measured"):
        load_scintigraphy(*pair)


@pytest.mark.parametrize("told", [None, "0", "{near}"])
def test_counts_that_fit_the_header_or_are_not_told_there_are_read(pair, neck, told):
    near = str(int(neck.counts[0].sum() / 1.4))
    changed(pair[0], setting(CountsAccumulated=told and told.format(near=near)))
    np.testing.assert_array_equal(load_scintigraphy(*pair).early.counts, neck.counts[0])


@pytest.mark.parametrize("side", ["24", "20.5", "999", "0", "-2.4"])
def test_pixels_that_no_gamma_camera_has_are_refused(pair, side):
    for path in pair:
        changed(path, setting(PixelSpacing=[side, side]))
    with pytest.raises(GeometryError, match=r"pixels of .* mm"):
        load_scintigraphy(*pair)


@pytest.mark.parametrize("duration", ["0", "-600000", "600", "36000000"])
def test_a_counting_time_that_no_planar_image_has_is_null_and_said(pair, duration):
    changed(pair[0], setting(ActualFrameDuration=duration))
    study = load_scintigraphy(*pair)

    assert study.early.duration_s is None
    assert "DURATION_UNKNOWN" in codes(study)


@pytest.mark.parametrize(("value", "said"), [("DECY", "decay"), (["UNIF", "SCAT"], "scatter"), ("ATTN", "attenuation")])
def test_counts_that_were_corrected_are_refused(pair, value, said):
    changed(pair[0], setting(CorrectedImage=value))
    with pytest.raises(UnsupportedStudy, match=rf"corrected for {said}"):
        load_scintigraphy(*pair)


@pytest.mark.parametrize("value", [None, "UNIF", ["UNIF", "COR"], "NCO"])
def test_corrections_that_leave_counts_as_they_are_are_read(pair, neck, value):
    changed(pair[0], setting(CorrectedImage=value))
    np.testing.assert_array_equal(load_scintigraphy(*pair).early.counts, neck.counts[0])


def test_one_image_given_twice_is_refused(pair):
    with pytest.raises(UnsupportedStudy, match="one image twice"):
        load_scintigraphy(pair[0], pair[0])


@pytest.mark.parametrize("day", ["same", "later"])
def test_times_that_can_not_have_been_are_said(pair, day):
    first = pydicom.dcmread(pair[0])

    def change(dataset):
        for name in ("Acquisition", "Content", "Series"):
            for part in ("Date", "Time"):
                if f"{name}{part}" in first:
                    setattr(dataset, f"{name}{part}", first[f"{name}{part}"].value)
        if day == "later":
            dataset.AcquisitionDate = str(int(str(first.AcquisitionDate)[:4]) + 1) + str(first.AcquisitionDate)[4:]

    changed(pair[1], change)
    study = load_scintigraphy(*pair)

    assert study.interval_min is None
    assert "TIMES_UNKNOWN" in codes(study)
