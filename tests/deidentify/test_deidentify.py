"""Images for publishing: nothing of the patient is left, everything that is measured is."""

from __future__ import annotations

import zipfile
from io import BytesIO

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from calcimeter.deidentify.folder import deidentify
from calcimeter.deidentify.moments import Shift, shift_of
from calcimeter.errors import UnreadableInput
from calcimeter.load.dicom.quiet import quiet_pydicom
from cli.small_scan import small_scan
from deidentify.planted_secrets import WORD, secrets_in, with_secrets
from deidentify.slices import one_slice, only, read, write
from dicom_tools import errors_of
from load.ct_files import make_scan, write_dicom
from load.enhanced_files import write_enhanced

# --- nothing is left -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian], ids=lambda s: s.name
)
def test_no_secret_of_any_representation_comes_through(tmp_path, syntax):
    with quiet_pydicom():
        source = with_secrets(one_slice())
        source.file_meta.TransferSyntaxUID = syntax
        write(tmp_path / f"{WORD}^NAME", source, f"{WORD}.dcm")
        deidentify(tmp_path / f"{WORD}^NAME", tmp_path / "out")
        (path,) = (tmp_path / "out").rglob("*.dcm")
        done = pydicom.dcmread(path)
        plain = BytesIO()
        done.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        assert done.PixelData == source.PixelData
        done.PixelData = b"\0\0"
        done.save_as(plain, enforce_file_format=True)

    assert secrets_in(plain.getvalue()) == []
    assert len(plain.getvalue()) > 1000  # the images's own facts are there
    assert all(WORD not in str(one) for one in (tmp_path / "out").rglob("*"))
    assert secrets_in((tmp_path / "out" / "deidentification.json").read_bytes()) == []


def test_the_planted_secrets_are_seen_by_the_test(tmp_path):
    with quiet_pydicom():
        write(tmp_path, with_secrets(one_slice()))
    assert len(secrets_in((tmp_path / "a.dcm").read_bytes())) == 8  # all but the one in lower case, which nobody wrote


def test_big_endian_comes_through_with_its_pixels(tmp_path):
    dataset = one_slice()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    dataset.set_original_encoding(is_implicit_vr=False, is_little_endian=False)
    swapped = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    dataset.PixelData = swapped
    write(tmp_path / "in", dataset)
    deidentify(tmp_path / "in", tmp_path / "out")

    assert only(tmp_path / "out").PixelData == swapped


def test_a_file_is_marked_as_the_standard_asks(tmp_path):
    write(tmp_path / "in", one_slice())
    deidentify(tmp_path / "in", tmp_path / "out")
    done = only(tmp_path / "out")

    assert done.PatientIdentityRemoved == "YES"
    assert done.LongitudinalTemporalInformationModified == "MODIFIED"
    assert "PS3.15" in done.DeidentificationMethod
    assert [code.CodeValue for code in done.DeidentificationMethodCodeSequence] == ["113100", "113107"]
    assert (str(done.PatientName), done.PatientID, done.PatientBirthDate) == ("Patient^1", "PATIENT-1", "")
    assert done.PositionReferenceIndicator == ""  # type 2
    assert "BurnedInAnnotation" not in done  # nobody looked


def test_done_twice_it_is_marked_once(tmp_path):
    write(tmp_path / "in", one_slice())
    deidentify(tmp_path / "in", tmp_path / "out")
    deidentify(tmp_path / "out", tmp_path / "again")
    assert len(only(tmp_path / "again").DeidentificationMethodCodeSequence) == 2


def test_results_pass_dciodvfy_as_well_as_their_sources(tmp_path):
    from calcimeter.phantom.neck import write_named_neck

    write_named_neck("scintigraphy", tmp_path / "in")
    write(tmp_path / "in" / "ct", one_slice())
    deidentify(tmp_path / "in", tmp_path / "out")
    before = {line for path in (tmp_path / "in").rglob("*") if path.is_file() for line in errors_of(path)}
    after = {line for path in (tmp_path / "out").rglob("*.dcm") for line in errors_of(path)}
    assert after <= before


# --- what stays ----------------------------------------------------------------------------------------------------


def test_references_still_meet_and_intervals_stay(tmp_path):
    first = one_slice(ContentDate="20190501", ContentTime="091400.25")
    second = one_slice(
        SOPInstanceUID="1.2.3.4.9", StudyDate="20191101", StudyTime="080000", StudyInstanceUID="1.2.3.4.8"
    )
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = first.SOPClassUID, first.SOPInstanceUID
    second.ReferencedImageSequence = pydicom.Sequence([reference])
    second.AcquisitionDateTime = "20191101080010.125000+0200"
    write(tmp_path / "in", first, "a")
    write(tmp_path / "in", second, "b")
    told = deidentify(tmp_path / "in", tmp_path / "out")
    early, late = sorted(read(tmp_path / "out"), key=lambda one: one.StudyDate)

    assert (told.patients, told.studies, told.images) == (1, 2, 2)
    assert late.ReferencedImageSequence[0].ReferencedSOPInstanceUID == early.SOPInstanceUID
    assert late.ReferencedImageSequence[0].ReferencedSOPClassUID == first.SOPClassUID
    assert early.FrameOfReferenceUID == late.FrameOfReferenceUID != first.FrameOfReferenceUID
    assert early.SOPInstanceUID.startswith("2.25.")
    assert (early.StudyDate, early.StudyTime) == ("20000101", "011320.5")
    assert (early.ContentDate, early.ContentTime) == ("20000101", "011400.25")
    assert (late.StudyDate, late.StudyTime) == ("20000703", "000000")  # 184 days later
    assert late.AcquisitionDateTime == "20000703000010.125000"


def test_patients_are_told_apart_and_each_has_a_first_day(tmp_path):
    write(tmp_path / "in", one_slice(), "a")
    write(tmp_path / "in", one_slice(PatientID="4712", StudyDate="20150203", SOPInstanceUID="1.2.3.5"), "b")
    told = deidentify(tmp_path / "in", tmp_path / "out")

    assert told.patients == 2
    assert {one.PatientID for one in read(tmp_path / "out")} == {"PATIENT-1", "PATIENT-2"}
    assert {one.StudyDate for one in read(tmp_path / "out")} == {"20000101"}


def test_the_same_input_gives_the_same_bytes_wherever_it_lies(tmp_path):
    for place in ("x", "y/z"):
        write(tmp_path / place, one_slice(), f"{place[-1]}.dcm")
        deidentify(tmp_path / place, tmp_path / f"out-{place[0]}")
    one, other = ([path.read_bytes() for path in (tmp_path / f"out-{name}").rglob("*.dcm")] for name in "xy")
    assert one == other


def test_whether_a_contrast_medium_was_given_stays_and_its_name_goes(tmp_path):
    for text, expected in (
        ("Iomeron 350 Dr. Secret", "CONTRAST"),
        ("none", "NONE"),
        ("No Contrast", "NONE"),
        ("Dr. Secret", ""),
        ("", ""),
    ):
        write(tmp_path / "in", one_slice(ContrastBolusAgent=text))
        deidentify(tmp_path / "in", tmp_path / "out", force=True)
        assert only(tmp_path / "out").ContrastBolusAgent == expected


def test_codes_of_a_hospitals_own_go_and_those_of_a_standard_stay(tmp_path):
    dataset = one_slice()
    for keyword, scheme in (("AnatomicRegionSequence", "SCT"), ("ProcedureCodeSequence", "99LOCAL")):
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "24136001", scheme, "Hip"
        setattr(dataset, keyword, pydicom.Sequence([code]))
    write(tmp_path / "in", dataset)
    deidentify(tmp_path / "in", tmp_path / "out")

    assert only(tmp_path / "out").AnatomicRegionSequence[0].CodeMeaning == "Hip"
    assert "ProcedureCodeSequence" not in only(tmp_path / "out")


def test_free_text_in_place_of_a_code_goes(tmp_path):
    dataset = one_slice()
    codes = {
        "AnatomicRegionSequence": {"CodeMeaning": WORD},
        "ViewCodeSequence": {"CodeValue": f"{WORD}^JOHN", "CodingSchemeDesignator": "SCT", "CodeMeaning": "x"},
        "ProcedureCodeSequence": {"LongCodeValue": WORD, "CodingSchemeDesignator": "99LOCAL", "CodeMeaning": "x"},
    }
    for keyword, values in codes.items():
        code = Dataset()
        code.update(values)
        setattr(dataset, keyword, pydicom.Sequence([code]))
    write(tmp_path / "in", dataset)
    deidentify(tmp_path / "in", tmp_path / "out")
    assert set(codes).isdisjoint(element.keyword for element in only(tmp_path / "out"))


def test_a_scan_is_measured_as_before(tmp_path):
    import calcimeter
    from calcimeter.report.record import analysis_record

    write_dicom(tmp_path / "in", small_scan())
    deidentify(tmp_path / "in", tmp_path / "out")
    before, after = (analysis_record(calcimeter.analyze(tmp_path / name)) for name in ("in", "out"))
    for record in (before, after):
        for lesion in record["lesions"]:
            del lesion["tracking_uid"]  # it derives from the study's UID

    assert before["lesions"]
    assert all(before[part] == after[part] for part in ("lesions", "search", "calibration", "skeleton", "caveats"))
    assert before["study"]["series_uid"] != after["study"]["series_uid"]


def test_scintigrams_and_frames_of_one_file_are_read_as_before(tmp_path):
    from calcimeter.load.study import load_study
    from calcimeter.phantom.neck import write_named_neck
    from calcimeter.pipeline import analyze
    from calcimeter.report.scintigraphy.record import scintigraphy_record

    write_named_neck("scintigraphy", tmp_path / "neck")
    deidentify(tmp_path / "neck", tmp_path / "neck-out")
    before, after = (scintigraphy_record(analyze(tmp_path / name)) for name in ("neck", "neck-out"))
    assert before["foci"]
    assert all(before[part] == after[part] for part in ("verdict", "foci", "thyroid", "caveats"))
    assert after["study"]["interval_min"] == before["study"]["interval_min"] == 100
    assert after["study"]["tracer"] == "sestamibi"

    scan = make_scan()
    write_enhanced(tmp_path / "frames" / "a.dcm", scan.hu, scan.affine)
    deidentify(tmp_path / "frames", tmp_path / "frames-out")
    one, other = (load_study(tmp_path / name) for name in ("frames", "frames-out"))
    assert one.input_sha256 == other.input_sha256


# --- what is left out ----------------------------------------------------------------------------------------------


def test_reports_documents_and_other_files_are_left_out_and_counted(tmp_path):
    write(tmp_path / "in", one_slice(), "a")
    for name, class_uid in (("b", "1.2.840.10008.5.1.4.1.1.88.22"), ("c", "1.2.840.10008.5.1.4.1.1.104.1")):
        write(tmp_path / "in", one_slice(SOPClassUID=class_uid), name)
    (tmp_path / "in" / "letter.txt").write_text("Dear Mr. Secret")
    told = deidentify(tmp_path / "in", tmp_path / "out")

    left_out = {"document (PDF and its like)": 1, "no DICOM, or not readable": 1, "structured report": 1}
    assert dict(told.left_out) == left_out
    assert len(read(tmp_path / "out")) == 1


def test_results_inside_the_input_are_not_taken_for_another_patient(tmp_path):
    write(tmp_path / "in", one_slice())
    deidentify(tmp_path / "in", tmp_path / "in" / "out")

    done = deidentify(tmp_path / "in", tmp_path / "in" / "out", force=True)

    assert (done.patients, done.images, done.left_out) == (1, 1, ())


def test_without_an_image_it_is_refused(tmp_path):
    write(tmp_path / "in", one_slice(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.22"))
    with pytest.raises(UnreadableInput, match="structured report"):
        deidentify(tmp_path / "in", tmp_path / "out")


def test_a_zip_and_a_file_are_taken_too(tmp_path):
    write(tmp_path / "in", one_slice(), "a.dcm")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.write(tmp_path / "in" / "a.dcm", f"{WORD}/{WORD}.dcm")
    for k, source in enumerate((tmp_path / "in.zip", tmp_path / "in" / "a.dcm")):
        deidentify(source, tmp_path / f"out{k}")
    assert only(tmp_path / "out0") == only(tmp_path / "out1")


def test_a_head_may_show_a_face_and_a_hip_does_not(tmp_path):
    for part, told_of in (("HEAD", True), ("", True), ("HIP", False)):
        write(tmp_path / "in", one_slice(BodyPartExamined=part))
        told = deidentify(tmp_path / "in", tmp_path / "out", force=True)
        assert any("face" in caveat for caveat in told.caveats) == told_of


# --- dates ---------------------------------------------------------------------------------------------------------


def test_no_time_passes_midnight_whatever_the_earliest(tmp_path):
    shift = shift_of([("TM", "235959"), ("TM", "000130"), ("DA", "2019.05.01"), ("DT", "20190502120000")])
    assert shift == Shift(days=(np.datetime64("2019-05-01") - np.datetime64("2000-01-01")).astype(int), seconds=90)
    assert shift.moved("TM", "235959") == "235829"
    assert shift.moved("DT", "201905021200") == "20000102115830"
    assert [shift.moved("DA", text) for text in ("20190230", "yesterday", "")] == ["", "", ""]
    assert shift.moved("DT", "2019") == ""
