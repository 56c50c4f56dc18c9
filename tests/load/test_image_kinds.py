"""What the header says an image is: slices in HU are measured, what only looks so is refused with its name."""

from __future__ import annotations

import numpy as np
import pytest
from ct_files import dicom_slice, make_scan, save, write_dicom
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.errors import Refused, UnsupportedStudy
from calcimeter.load.options import LoadOptions
from calcimeter.load.study import list_series, load_study

DERIVED = ("DERIVED", "SECONDARY")


def caveats_of(study):
    return {caveat.code for caveat in study.caveats}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((*DERIVED, "MIP"), "projections"),
        ((*DERIVED, "PROJECTION IMAGE", "CSA MIP", "", "CSAPARALLEL"), "projections"),
        ((*DERIVED, "REFORMATTED", "MIN_IP"), "projections"),
        (("DERIVED", "PRIMARY", "VOLUME", "MAXIMUM"), "projections"),
        ((*DERIVED, "REFORMATTED", "AVERAGE"), "averages"),
        (("DERIVED", "PRIMARY", "VOLUME", "MEAN"), "averages"),
        ((*DERIVED, "MPR", "CSA MPR THICK"), "averages"),
        ((*DERIVED, "VRT"), "renderings"),
        ((*DERIVED, "VOLUME_RENDERING"), "renderings"),
        ((*DERIVED, "SSD"), "renderings"),
        (("DERIVED", "PRIMARY", "VOLUME", "SUBTRACTION"), "subtraction"),
        ((*DERIVED, "AXIAL", "CBF"), "perfusion"),
        ((*DERIVED, "CURVED MPR"), "curved"),
        (("DERIVED", "PRIMARY", "AXIAL", "MAT_SPECIFIC"), "material maps"),
        (("DERIVED", "PRIMARY", "AXIAL", "MAT_FRACTIONAL"), "material maps"),
        (("DERIVED", "PRIMARY", "AXIAL", "MAT_REMOVED"), "virtual non-contrast"),
        (("DERIVED", "PRIMARY", "AXIAL", "MAT_MODIFIED"), "virtual non-contrast"),
        ((*DERIVED, "AXIAL", "VNC"), "virtual non-contrast"),
        ((*DERIVED, "AXIAL", "DE_VNC"), "virtual non-contrast"),
        ((*DERIVED, "AXIAL", "CASUPP"), "calcium or bone removed"),
        ((*DERIVED, "AXIAL", "CT_SOM7 IOVERLAY"), "material maps"),
        ((*DERIVED, "GSI MD"), "material maps"),
        (("DERIVED", "PRIMARY", "AXIAL", "EFF_ATOMIC_NUM"), "atomic number"),
        (("DERIVED", "PRIMARY", "AXIAL", "ELECTRON_DENSITY"), "electron density"),
        ((*DERIVED, "SCREEN SAVE"), "screen saves"),
        ((*DERIVED, "DOSE_INFO"), "screen saves"),
    ],
)
def test_pictures_that_are_no_slices_of_hu_are_refused_by_name(tmp_path, words, reason) -> None:
    scan = make_scan()
    scan.tags["ImageType"] = list(words)

    with pytest.raises(UnsupportedStudy, match=reason):
        load_study(write_dicom(tmp_path, scan))


@pytest.mark.parametrize(
    ("description", "words", "reason"),
    [
        ("VNC [HU*]", ("DERIVED", "SECONDARY", "AXIAL"), "virtual non-contrast"),
        ("Virtual Unenhanced 2.0", ("ORIGINAL", "PRIMARY", "AXIAL"), "virtual non-contrast"),
        ("VUE", ("ORIGINAL", "PRIMARY", "AXIAL"), "virtual non-contrast"),
        ("Iodine no Water [mg/ml]", ("DERIVED", "SECONDARY", "AXIAL"), "material maps"),
        ("GSI Iodine(Water)", ("ORIGINAL", "PRIMARY", "AXIAL"), "material maps"),
        ("Abdomen IODINE MAP", ("DERIVED", "SECONDARY", "AXIAL"), "material maps"),
        ("Z Effective", ("DERIVED", "SECONDARY", "AXIAL"), "atomic number"),
        ("Rho/Z", ("DERIVED", "PRIMARY", "AXIAL"), "atomic number"),
        ("Thin MIP 10 mm", ("DERIVED", "SECONDARY", "AXIAL"), "projections"),
        ("AIP of all phases", ("DERIVED", "PRIMARY", "AXIAL"), "averages"),
        ("Subtraction pre post", ("DERIVED", "SECONDARY", "AXIAL"), "subtraction"),
        *[
            (description, ("DERIVED", "SECONDARY", "AXIAL"), reason)
            for description, reason in {
                "COR_MIP_10": "projections",
                "MIPS 10mm": "projections",
                "MinIP5": "projections",
                "VNC_ax_1.5": "virtual non-contrast",
                "DE_Iodine_Map": "material maps",
                "Iodine 5mm": "material maps",
                "AVG_4D_5mm": "averages",
                "AIP_RESP": "averages",
                "SBI_Electron_Density": "electron density",
                "Z_EFF_AX": "atomic number",
                "Subtraction_Lung": "subtraction",
            }.items()
        ],
    ],
)
def test_a_series_description_that_names_them_is_enough(tmp_path, description, words, reason) -> None:
    scan = make_scan()
    scan.tags |= {"SeriesDescription": description, "ImageType": list(words)}

    with pytest.raises(UnsupportedStudy, match=rf"{reason}.*so the series description") as refusal:
        load_study(write_dicom(tmp_path, scan))
    assert description not in str(refusal.value)  # free text can hold anything


@pytest.mark.parametrize(
    "description", ["Thin for MIP and MPR", "Pelvis without iodine", "Hip average dose", "Abdomen 1.0 Br40", "VRT base"]
)
def test_an_original_series_is_not_refused_for_what_it_is_made_for(tmp_path, description) -> None:
    scan = make_scan()
    scan.tags["SeriesDescription"] = description

    assert np.array_equal(load_study(write_dicom(tmp_path, scan)).volume.values, scan.hu)


@pytest.mark.parametrize("rescale_type", ["US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT", "OD"])
def test_only_hounsfield_units_are_hounsfield_units(tmp_path, rescale_type) -> None:
    scan = make_scan()
    scan.tags["RescaleType"] = rescale_type

    with pytest.raises(UnsupportedStudy, match="gray levels other than HU"):
        load_study(write_dicom(tmp_path, scan))


def test_text_burned_into_the_pixels_is_refused(tmp_path) -> None:
    scan = make_scan()
    scan.tags["BurnedInAnnotation"] = "YES"

    with pytest.raises(UnsupportedStudy, match="annotations burned into the pixels"):
        load_study(write_dicom(tmp_path, scan))


@pytest.mark.parametrize(
    ("tags", "kev"),
    [
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "VMI"], "SeriesDescription": "MonoE 70keV[HU]"}, 70),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"], "SeriesDescription": "GSI MONO 55 keV"}, 55),
        ({"ImageType": ["DERIVED", "SECONDARY", "AXIAL", "MONO"], "SeriesDescription": "abdomen"}, None),
        ({"SeriesDescription": "70keV_5mm"}, 70),
        ({"SeriesDescription": "Mono_50_keV"}, 50),
        ({"SeriesDescription": "MonoPlus 40"}, 40),
        ({"SeriesDescription": "Mono70"}, 70),
        ({"SeriesDescription": "VMI 10 mm"}, None),
    ],
)
def test_monoenergetic_images_are_measured_without_a_tube_voltage(tmp_path, tags, kev) -> None:
    scan = make_scan()
    scan.tags |= tags
    study = load_study(write_dicom(tmp_path, scan), LoadOptions(kvp=120))

    assert "MONOENERGETIC" in caveats_of(study)
    assert "KVP_UNKNOWN" not in caveats_of(study)
    assert (study.kvp, study.monoenergetic_kev) == (None, kev)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"ConvolutionKernel": "BONEPLUS"}, "KERNEL_SHARP"),
        ({"ConvolutionKernel": "Qr56"}, "KERNEL_SHARP"),
        ({"ConvolutionKernel": None}, "KERNEL_UNKNOWN"),
        ({"ContrastBolusAgent": "OMNIPAQUE 350"}, "CONTRAST_GIVEN"),
        ({"LossyImageCompression": "01"}, "LOSSY_COMPRESSION"),
        ({"SliceThickness": 1.0}, "SLICES_APART"),
        ({"SliceThickness": 5.0}, "SLICES_THICK"),
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL"]}, "DERIVED_IMAGES"),
        ({"KVP": None}, "KVP_UNKNOWN"),
        ({"PatientPosition": "STANDING"}, "POSITION_UNKNOWN"),
        ({"PatientAge": "009Y"}, "PATIENT_IS_CHILD"),
        ({"PatientAge": "018M"}, "PATIENT_IS_CHILD"),
    ],
)
def test_what_makes_numbers_less_sure_is_a_caveat(tmp_path, tags, code) -> None:
    scan = make_scan()
    scan.tags |= tags

    assert caveats_of(load_study(write_dicom(tmp_path, scan))) == {code}


@pytest.mark.parametrize("age", ["016Y", "054Y", "000Y", ""])
def test_an_adult_and_an_unknown_age_are_no_child(tmp_path, age) -> None:
    scan = make_scan()
    scan.tags["PatientAge"] = age

    assert caveats_of(load_study(write_dicom(tmp_path, scan))) == set()


@pytest.mark.parametrize("agent", ["NONE", "no", "Without contrast", "N/A", "0", "ohne KM", "No Contrast", "NCCT"])
def test_no_contrast_medium_by_any_name_is_none(tmp_path, agent) -> None:
    scan = make_scan()
    scan.tags["ContrastBolusAgent"] = agent

    assert caveats_of(load_study(write_dicom(tmp_path, scan))) == set()


@given(st.text(max_size=80), st.lists(st.text(st.characters(categories=("Lu", "Nd")), max_size=16), max_size=6))
def test_no_words_of_a_header_break_the_reading_of_kinds(description, words) -> None:
    from pathlib import Path

    from calcimeter.load.dicom.header import Header
    from calcimeter.load.dicom.kind import (
        contrast_given,
        is_localizer,
        is_reformatted,
        monoenergetic,
        not_slices,
        sharpness,
    )

    values = {"SeriesDescription": description, "ImageType": "\\".join(words), "ConvolutionKernel": description}
    header = Header(Path("x"), values, None, None, 0)
    not_slices(header), is_localizer(header), is_reformatted(header), contrast_given(header), monoenergetic(header)
    assert sharpness(description) in (0, 1, 2)


def test_a_scan_without_a_negative_value_is_not_in_hu(tmp_path) -> None:
    scan = make_scan()
    scan.hu = np.abs(scan.hu)
    scan.intercept = 0.0

    with pytest.raises(UnsupportedStudy, match="no value below 0"):
        load_study(write_dicom(tmp_path, scan))


def test_a_better_series_that_can_not_be_measured_is_told_of(tmp_path) -> None:
    better, other = make_scan(spacing=(1.0, 0.75, 0.5)), make_scan(seed=1)
    other.uid += "2"
    write_dicom(tmp_path / "better", better)
    (tmp_path / "better" / "0002.dcm").unlink()
    study = load_study(write_dicom(tmp_path / "other", other).parent)

    assert study.series_uid == other.uid
    assert caveats_of(study) == {"PREFERRED_SERIES_REFUSED"}
    assert [one.note for one in study.alternatives] == ["1 slice missing"]


def test_damaged_files_of_other_places_are_told_of(tmp_path) -> None:
    write_dicom(tmp_path / "scan", make_scan())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "9999.dcm").write_bytes((tmp_path / "scan" / "0000.dcm").read_bytes()[:200])
    study = load_study(tmp_path)

    assert caveats_of(study) == {"FILES_UNREADABLE"}
    assert "1 damaged" in list_series(tmp_path)[-1].note


@pytest.mark.parametrize("left", [0, 4, 100, 131, 200, 390, 500, 600, 700])
def test_a_slice_of_which_only_the_beginning_is_left_is_missed(tmp_path, left) -> None:
    """At the end of a stack it leaves no gap."""
    write_dicom(tmp_path, make_scan())
    last = tmp_path / "0004.dcm"
    last.write_bytes(last.read_bytes()[:left])

    with pytest.raises(Refused) as refusal:
        load_study(tmp_path)
    assert refusal.value.files in ((str(last),), ())


def test_a_slice_of_zeros_is_missed_and_an_archive_beside_the_slices_is_not(tmp_path) -> None:
    import tarfile

    scan = make_scan()
    write_dicom(tmp_path, scan)
    with tarfile.open(tmp_path / "0009.tar", "w") as archive:
        archive.add(tmp_path / "0000.dcm")
    (tmp_path / "notes.txt").write_text(f"series {scan.uid}")
    assert np.array_equal(load_study(tmp_path).volume.values, scan.hu)

    last = tmp_path / "0004.dcm"
    last.write_bytes(bytes(len(last.read_bytes())))
    with pytest.raises(Refused, match="1 damaged file of the series"):
        load_study(tmp_path)


def test_a_refusal_knows_the_bad_files_and_does_not_say_them(tmp_path) -> None:
    write_dicom(tmp_path / "JOHN DOE", make_scan())
    whole = tmp_path / "JOHN DOE" / "0003.dcm"
    whole.write_bytes(whole.read_bytes()[:-20])

    with pytest.raises(Refused, match="cut short") as refusal:
        load_study(tmp_path)
    assert refusal.value.files == (str(whole),)
    assert "JOHN" not in str(refusal.value)


def test_what_is_burned_or_derived_in_one_slice_counts_for_the_series(tmp_path) -> None:
    scan = make_scan()
    write_dicom(tmp_path, scan)
    odd = dicom_slice(scan, 2)
    odd.ImageType = ["DERIVED", "SECONDARY", "MIP"]
    save(odd, tmp_path / "0002.dcm")

    with pytest.raises(UnsupportedStudy, match="projections"):
        load_study(tmp_path)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"ContrastBolusAgent": "IOMERON"}, "CONTRAST_GIVEN"),
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL"]}, "DERIVED_IMAGES"),
        ({"ConvolutionKernel": "LUNG"}, "KERNEL_UNKNOWN"),
        ({"PatientPosition": "HFP"}, "POSITION_UNKNOWN"),
        ({"KVP": 80}, "KVP_UNKNOWN"),
    ],
)
def test_what_holds_for_some_slices_is_said_of_all(tmp_path, tags, code) -> None:
    scan = make_scan()
    write_dicom(tmp_path, scan)
    scan.tags |= tags
    save(dicom_slice(scan, 3), tmp_path / "0003.dcm")

    assert caveats_of(load_study(tmp_path)) == {code}


def test_monoenergetic_among_ordinary_slices_and_slices_of_two_studies_or_patients_are_refused(tmp_path) -> None:
    for tags, words in (
        ({"PatientID": "OTHER"}, "slices of several patients"),
        ({"IssuerOfPatientID": "OTHER"}, None),
        ({"PatientID": None}, None),
        ({"SeriesDescription": "70 keV"}, "monoenergetic and ordinary images"),
        ({"StudyInstanceUID": "1.2.3"}, "slices of several studies"),
    ):
        scan = make_scan()
        write_dicom(tmp_path, scan)
        scan.tags |= tags
        save(dicom_slice(scan, 3), tmp_path / "0003.dcm")
        if words is None:  # what one header leaves out contradicts no other
            load_study(tmp_path)
            continue
        with pytest.raises(UnsupportedStudy, match=words) as refusal:
            load_study(tmp_path)
        assert "OTHER" not in str(refusal.value)


def test_a_screen_save_in_the_series_of_a_scan_is_left_aside(tmp_path) -> None:
    scan = make_scan()
    write_dicom(tmp_path, scan)
    save_of = dicom_slice(scan, 2)
    save_of.SOPClassUID, save_of.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    save(save_of, tmp_path / "save.dcm")
    study = load_study(tmp_path)

    assert np.array_equal(study.volume.values, scan.hu)
    assert "secondary captures" in study.alternatives[0].note


@pytest.mark.parametrize("scaled", [lambda hu: hu / 1000.0, lambda hu: hu - 1024.0, lambda hu: hu * 10.0 + 2000.0])
def test_a_lost_scale_is_refused(tmp_path, scaled) -> None:
    from ct_files import write_nifti

    scan = make_scan((20, 80, 80))
    scan.hu = scaled(np.where(scan.hu > 1500, -1000, 40) + scan.hu % 50)

    with pytest.raises(UnsupportedStudy, match=r"do not look like HU|no value below 0"):
        load_study(write_nifti(tmp_path / "a.nii", scan, np.float32))
