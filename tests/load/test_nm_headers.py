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


START = "RadiopharmaceuticalStartTime"
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


def directed(axes):
    """With where rows and columns of the detector go."""
    return lambda dataset: setattr(dataset.DetectorInformationSequence[0], "ImageOrientationPatient", axes)


@pytest.mark.parametrize(
    "change",
    [
        setting(PatientOrientation=["L", "H"]),
        setting(PatientOrientation=["R", "H"]),
        directed([1, 0, 0, 0, 0, 1]),
        directed([0, 0, -1, 1, 0, 0]),
    ],
)
def test_an_image_that_does_not_stand_upright_is_no_view_that_is_read_whatever_its_code_says(pair, change):
    for path in pair:
        changed(path, change)
    study = load_scintigraphy(*pair)

    assert study.view == "other"
    assert "VIEW_NOT_USABLE" in codes(study)


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


@pytest.mark.parametrize(
    "told",
    [
        {"DetectorVector": None, "NumberOfDetectors": None},
        {"EnergyWindowVector": None, "NumberOfEnergyWindows": None},
        {"DetectorVector": None, "NumberOfDetectors": None, "DetectorInformationSequence": None},
    ],
)
def test_several_frames_are_refused_where_nothing_says_that_they_are_of_one_detector_and_window(pair, neck, told):
    changed(pair[0], frames_of(neck, **told))
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


def dated(path, date, *, times=True, study=None):
    """Counted on another day; without times only the day is told."""

    def change(dataset):
        for name in ("Study", "Series", "Acquisition", "Content"):
            setattr(dataset, f"{name}Date", date)
            if not times and f"{name}Time" in dataset:
                delattr(dataset, f"{name}Time")
        dataset.StudyInstanceUID = study or dataset.StudyInstanceUID

    changed(path, change)


def test_one_time_of_both_images_can_not_have_been_and_is_said(pair):
    first = pydicom.dcmread(pair[0])
    names = [f"{name}{part}" for name in ("Acquisition", "Content", "Series") for part in ("Date", "Time")]
    changed(pair[1], setting(**{name: first[name].value for name in names if name in first}))
    study = load_scintigraphy(*pair)

    assert study.interval_min is None
    assert study.early.after_injection_min is study.delayed.after_injection_min is None
    assert "TIMES_UNKNOWN" in codes(study)


@pytest.mark.parametrize("date", ["20000103", "20020101", "19991230"])
@pytest.mark.parametrize("times", [True, False])
@pytest.mark.parametrize("study", [None, "1.2.3"])
def test_images_of_two_days_are_of_two_examinations_and_refused(pair, date, times, study):
    dated(pair[0], "20000101", times=times)
    dated(pair[1], date, times=times, study=study)

    with pytest.raises(
        UnsupportedStudy, match=r"met two images \d+ days apart, expected .* of one examination"
    ) as refusal:
        load_scintigraphy(*pair)
    assert date[:4] not in str(refusal.value)
    if times:
        with pytest.raises(UnsupportedStudy, match="days apart"):
            load_scintigraphy(pair[0].parent)


def test_an_examination_may_go_on_past_midnight(pair):
    dated(pair[0], "20000101")
    dated(pair[1], "20000102")
    changed(pair[0], setting(AcquisitionTime="230000"))
    changed(pair[1], setting(AcquisitionTime="010000"))

    assert load_scintigraphy(*pair).interval_min == 120.0


@pytest.mark.parametrize(("given", "told"), [("120000", (20.0, 120.0)), ("130000", (None, None))])
def test_minutes_after_injection_are_told_of_two_studies_where_both_tell_one_injection(pair, given, told):
    dated(pair[1], str(pydicom.dcmread(pair[0]).AcquisitionDate), study="1.2.3")
    changed(pair[1], lambda one: setattr(one.RadiopharmaceuticalInformationSequence[0], START, given))
    study = load_scintigraphy(*pair)

    assert (study.early.after_injection_min, study.delayed.after_injection_min) == told
    assert study.interval_min == 100.0
    assert codes(study) == {"STUDIES_DIFFER"}


@pytest.mark.parametrize(
    ("given", "told"), [("235000", (20.0, 120.0)), ("001000", (0.0, 100.0)), ("120000", (None, None))]
)
def test_an_injection_without_a_date_lies_before_midnight_where_the_images_lie_after_it(pair, given, told):
    for path, time in zip(pair, ("001000", "015000"), strict=True):
        changed(path, setting(AcquisitionTime=time))
        changed(path, lambda one: setattr(one.RadiopharmaceuticalInformationSequence[0], START, given))
    study = load_scintigraphy(*pair)

    assert (study.early.after_injection_min, study.delayed.after_injection_min) == told


@pytest.mark.parametrize(("time", "minutes"), [("140000.00", 120.0), ("1400", 120.0), ("14", 120.0), ("1415", 135.0)])
def test_a_time_may_leave_seconds_and_minutes_out(pair, time, minutes):
    changed(pair[1], setting(AcquisitionTime=time))
    changed(pair[1], lambda one: setattr(one.RadiopharmaceuticalInformationSequence[0], START, "1200"))

    assert load_scintigraphy(*pair).delayed.after_injection_min == minutes
