"""What DICOM results carry of the source: its patient and study modules, whole where valid, cut where not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from builders import build_analysis
from calcimeter.report import instance
from calcimeter.report.patient import MODULES, patient_and_study
from calcimeter.report.segmentation import make_segmentation
from calcimeter.report.source import read_sources
from calcimeter.report.structured import make_structured_report
from dicom_tools import errors_of


@cache
def synthetic():
    return build_analysis()


def item(**attributes) -> Dataset:
    dataset = Dataset()
    with instance.lenient():
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
    return dataset


def header_with(attributes, *, replacing=(), number=0) -> bytes:
    """One header of the synthetic study with these attributes, stored as they are, and bytes replaced in it."""
    with instance.lenient():
        dataset = pydicom.dcmread(BytesIO(synthetic().study.headers[number]))
        for keyword, value in attributes.items():
            if isinstance(value, DataElement):
                dataset.add(value)
            else:
                setattr(dataset, keyword, value)
        file = BytesIO()
        dataset.save_as(file)
    header = file.getvalue()
    for old, new in replacing:
        assert old in header
        assert len(old) == len(new)
        header = header.replace(old, new)
    return header


def kept_of(header: bytes) -> Dataset:
    with instance.lenient():
        return patient_and_study(pydicom.dcmread(BytesIO(header)))


def results_with(header: bytes, folder: Path) -> list[Path]:
    """SEG and SR of the synthetic study with this first header."""
    analysis = synthetic()
    analysis = replace(analysis, study=replace(analysis.study, headers=(header, *analysis.study.headers[1:])))
    sources, digest = read_sources(analysis.study), instance.content_digest(analysis)
    segmentation = make_segmentation(analysis, sources, digest)
    report = make_structured_report(analysis, sources, segmentation, digest)
    paths = [folder / "seg.dcm", folder / "sr.dcm"]
    for path, dataset in zip(paths, (segmentation, report), strict=True):
        instance.save(dataset, path)
    return paths


# --- what gets through ---------------------------------------------------------------------------------------------

CODE = {"CodeValue": "77477000", "CodingSchemeDesignator": "SCT", "CodeMeaning": "CT"}
WHOLE = {
    "PatientName": "Name^Given^Middle^Dr^Jr",
    "PatientID": "4711",
    "IssuerOfPatientID": "HOSPITAL",
    "OtherPatientIDs": ["A1", "B2"],
    "OtherPatientIDsSequence": [item(PatientID="A1", IssuerOfPatientID="OTHER", TypeOfPatientID="TEXT")],
    "OtherPatientNames": ["Maiden^Name", "Other^Name"],
    "PatientBirthDate": "19511231",
    "PatientBirthTime": "0102",
    "PatientSex": "F",
    "EthnicGroup": "X",
    "PatientComments": "first line\r\nsecond \\ line",
    "PatientIdentityRemoved": "NO",
    "StudyDate": "20190502",
    "StudyTime": "101112.123456",
    "StudyID": "77",
    "StudyDescription": "CT PELVIS",
    "AccessionNumber": "A77",
    "IssuerOfAccessionNumberSequence": [item(LocalNamespaceEntityID="HOSPITAL")],
    "ReferringPhysicianName": "Doctor^Referring",
    "ReferringPhysicianIdentificationSequence": [
        item(PersonIdentificationCodeSequence=[item(**CODE)], InstitutionName="Practice")
    ],
    "ConsultingPhysicianName": "Doctor^Consulting",
    "PhysiciansOfRecord": ["Doctor^One", "Doctor^Two"],
    "NameOfPhysiciansReadingStudy": "Doctor^Reading",
    "ProcedureCodeSequence": [item(**CODE)],
    "ReferencedStudySequence": [
        item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID="1.2.3")
    ],
    "RequestingService": "NEPHROLOGY",
    "ReasonForPerformedProcedureCodeSequence": [item(**CODE)],
    "AdmittingDiagnosesDescription": ["Renal failure", "Pain"],
    "AdmittingDiagnosesCodeSequence": [item(**CODE)],
    "PatientAge": "067Y",
    "PatientSize": "1.8",
    "PatientWeight": "81.5",
    "MedicalAlerts": ["DIALYSIS"],
    "Allergies": "IODINE",
    "SmokingStatus": "UNKNOWN",
    "AdditionalPatientHistory": "x" * 10240,
    "PregnancyStatus": 4,
    "ReasonForVisit": "y" * 20000,
    "AdmissionID": "AD1",
    "PatientState": "stable",
    "ClinicalTrialSponsorName": "Sponsor",
    "ClinicalTrialProtocolID": "P1",
    "ClinicalTrialProtocolName": "Protocol",
    "ClinicalTrialSiteID": "S1",
    "ClinicalTrialSiteName": "Site",
    "ClinicalTrialSubjectID": "SUB1",
    "ClinicalTrialTimePointID": "T1",
    "ClinicalTrialTimePointDescription": "Week 12",
    "LongitudinalTemporalOffsetFromEvent": 84.0,
    "LongitudinalTemporalEventType": "ENROLLMENT",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return results_with(header_with(WHOLE), tmp_path_factory.mktemp("whole"))


def test_every_valid_attribute_of_the_modules_arrives_unchanged(whole):
    for path in whole:
        read = pydicom.dcmread(path)
        for keyword, value in WHOLE.items():
            assert keyword in MODULES
            expected = Dataset()
            setattr(expected, keyword, value)
            assert read[keyword].value == expected[keyword].value, keyword


def test_results_with_every_attribute_pass_dciodvfy(whole):
    for path in whole:
        assert errors_of(path) == []


def test_nothing_else_of_the_source_arrives(tmp_path):
    other = {
        "InstitutionName": "SECRETHOSPITAL",
        "InstitutionAddress": "SECRETSTREET",
        "StationName": "SECRETSTATION",
        "DeviceSerialNumber": "SECRETSERIAL",
        "SeriesDescription": "SECRETSERIES",
        "ProtocolName": "SECRETPROTOCOL",
        "OperatorsName": "SECRETOPERATOR",
        "PerformingPhysicianName": "SECRETPERFORMER",
        "ImageComments": "SECRETCOMMENT",
        "PatientTelephoneNumbers": "SECRETPHONE",
        "PatientAddress": "SECRETADDRESS",
        "RequestAttributesSequence": [item(RequestedProcedureDescription="SECRETREQUEST")],
    }
    code = item(**CODE)
    for place in (code, private := item(PatientID="A1")):
        place.private_block(0x0011, "SECRETMAKER", create=True).add_new(1, "LO", "SECRETPRIVATE")
    header = header_with({**other, "ProcedureCodeSequence": [code], "OtherPatientIDsSequence": [private]})
    assert header.count(b"SECRET") > 16
    for path in results_with(header, tmp_path):
        read = pydicom.dcmread(path)
        assert read.ProcedureCodeSequence[0].CodeValue == CODE["CodeValue"]
        assert read.OtherPatientIDsSequence[0].PatientID == "A1"
        found = [line for line in str(read).splitlines() if "SECRET" in line]
        assert all("SECRETSURNAME" in line or "SECRET-ID" in line or "SECRETDOCTOR" in line for line in found), found


# --- what is cut ---------------------------------------------------------------------------------------------------

BROKEN = [
    ("PatientID", "4" * 80, "4" * 64),
    ("PatientID", "AB\x00C\x1bD\r\n\x7f", "ABCD"),
    ("PatientID", ["first", "second"], "first"),
    ("PatientID", "  padded  ", "padded"),
    ("StudyID", "0123456789abcdefXYZ", "0123456789abcdef"),
    ("AccessionNumber", "0123456789012345678", "0123456789012345"),
    ("StudyDescription", "d" * 65, "d" * 64),
    ("PatientName", "L" * 70 + "^First", "L" * 64),
    ("PatientName", "a^b^c^d^e^f^g", "a^b^c^d^e"),
    ("PatientName", "a=b=c=d=e", "a=b=c"),
    ("PatientName", "Two^A\\Names^B", "Two^A"),
    ("PatientName", "^^^^", ""),
    ("PatientBirthDate", "31.12.1951", ""),
    ("PatientBirthDate", "19510231", ""),
    ("PatientBirthDate", "1951", ""),
    ("PatientBirthDate", "1951.12.31", "19511231"),
    ("PatientBirthDate", "19500101-19511231", ""),
    ("PatientBirthDate", "00000000", ""),
    ("StudyTime", "25", ""),
    ("StudyTime", "10:11:12", "101112"),
    ("StudyTime", "101112.123456789", "101112.123456"),
    ("StudyTime", "1011-1200", ""),
    ("PatientBirthTime", "noon", None),
    ("PatientSex", "male", ""),
    ("PatientSex", "f", "F"),
    ("PatientSex", ["M", "F"], "M"),
    ("PatientAge", "67", None),
    ("PatientAge", "067J", None),
    ("PatientSize", "nan", None),
    ("PatientSize", "1.8000000000000000444", 1.8),
    ("PatientWeight", "0.0000123456789012345", 1.2345678901e-05),
    ("SmokingStatus", "former smoker, two packs", None),
    ("PatientComments", "a\x07b\r\nc\td", "ab\r\nc\td"),
    ("AdditionalPatientHistory", "x" * 10241, "x" * 10240),
    ("ClinicalTrialTimePointDescription", "x" * 1025, "x" * 1024),
    ("MedicalAlerts", ["a" * 65, "", "b"], ["a" * 64, "b"]),
    ("PregnancyStatus", DataElement(0x001021C0, "LO", "YES"), None),
    ("PregnancyStatus", DataElement(0x001021C0, "UL", 70000), None),
    ("PatientID", DataElement(0x00100020, "UT", "by a wrong VR"), "by a wrong VR"),
    ("PatientID", DataElement(0x00100020, "SQ", [Dataset()]), ""),
    ("PatientAge", DataElement(0x00101010, "IS", 67), None),
    ("ProcedureCodeSequence", DataElement(0x00081032, "LO", "no sequence"), None),
    ("PatientID", DataElement(0x00100020, "OB", b"bytes"), "bytes"),
]


@pytest.mark.parametrize(("keyword", "stored", "expected"), BROKEN)
def test_a_value_that_breaks_its_vr_is_cut_or_left_out(keyword, stored, expected):
    kept = kept_of(header_with({"SpecificCharacterSet": "ISO_IR 192", keyword: stored}))
    if expected is None:
        assert keyword not in kept
        return
    assert pydicom.datadict.dictionary_VR(keyword) == kept[keyword].VR
    assert kept[keyword].value == expected


@pytest.mark.parametrize("part", [BROKEN[::3], BROKEN[1::3], BROKEN[2::3]])
def test_results_of_broken_headers_pass_dciodvfy(part, tmp_path):
    header = header_with({"SpecificCharacterSet": "ISO_IR 192"} | {keyword: stored for keyword, stored, _ in part})
    for path in results_with(header, tmp_path):
        assert errors_of(path) == []


@pytest.mark.parametrize(
    ("keyword", "written", "stored"), [("PatientSize", "1.83", b"1,83"), ("PatientAge", "067Y", b"67 Y")]
)
def test_bytes_that_are_no_value_are_left_out(keyword, written, stored):
    assert keyword not in kept_of(header_with({keyword: written}, replacing=[(written.encode(), stored)]))


def test_half_a_code_is_another_code_so_its_item_goes_and_a_meaning_is_cut():
    long_code = item(**CODE | {"CodeValue": "0123456789ABCDEF0"})
    long_meaning = item(**CODE | {"CodeMeaning": "m" * 70})
    kept = kept_of(header_with({"ProcedureCodeSequence": [long_code, long_meaning]}))
    assert [code.CodeMeaning for code in kept.ProcedureCodeSequence] == ["m" * 64]
    assert "ProcedureCodeSequence" not in kept_of(header_with({"ProcedureCodeSequence": [long_code]}))


@pytest.mark.parametrize("uid", ["1.2.03", "1." + "2" * 64, "not.a.uid", "1..2"])
def test_a_reference_by_a_broken_uid_is_left_out(uid):
    broken = item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID=uid)
    fine = item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID="1.2.3")
    kept = kept_of(header_with({"ReferencedStudySequence": [broken, fine]}))
    assert [one.ReferencedSOPInstanceUID for one in kept.ReferencedStudySequence] == ["1.2.3"]


def test_the_uids_by_which_an_archive_files_a_result_stay_as_they_are(tmp_path):
    study_uid, frame_uid = "1.2.03.4", "1.2.0005"
    header = header_with({"StudyInstanceUID": study_uid, "FrameOfReferenceUID": frame_uid})
    for path in results_with(header, tmp_path):
        with instance.lenient():
            read = pydicom.dcmread(path)
            assert read.StudyInstanceUID == study_uid
            assert read.get("FrameOfReferenceUID", frame_uid) == frame_uid


def test_characters_are_counted_not_bytes():
    kept = kept_of(header_with({"SpecificCharacterSet": "ISO_IR 192", "StudyDescription": "ä" * 65}))
    assert kept.StudyDescription == "ä" * 64


def test_nested_values_are_cut_too():
    nested = item(InstitutionName="n" * 70, PersonIdentificationCodeSequence=[item(**CODE | {"CodeMeaning": "m" * 70})])
    (kept,) = kept_of(
        header_with({"ReferringPhysicianIdentificationSequence": [nested]})
    ).ReferringPhysicianIdentificationSequence
    assert kept.InstitutionName == "n" * 64
    assert kept.PersonIdentificationCodeSequence[0].CodeMeaning == "m" * 64


def test_slices_whose_orientation_differs_by_rounding_are_one_image_stack(tmp_path):
    analysis = synthetic()
    headers = list(analysis.study.headers)
    headers[3] = header_with({"ImageOrientationPatient": [1, 0, 0.0000005, 0, 1, 0]}, number=3)
    sources = read_sources(replace(analysis.study, headers=tuple(headers)))
    assert make_segmentation(analysis, sources, "digest") is not None


# --- character sets ------------------------------------------------------------------------------------------------

NAMES = [
    (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
    ("ISO_IR 100", "Müller^Jörg"),
    ("ISO_IR 101", "Dvořák^Ondřej"),
    ("ISO_IR 126", "Διονυσιος"),
    ("ISO_IR 144", "Люкceмбypг"),
    ("ISO_IR 166", "นายไทย"),
    ("GB18030", "Wang^XiaoDong=王^小东"),
    ("ISO_IR 192", "Wang^XiaoDong=王^小東"),
]


@pytest.mark.parametrize(("character_set", "name"), NAMES)
def test_names_in_any_character_set_end_as_valid_utf_8(character_set, name, tmp_path):
    header = header_with({"SpecificCharacterSet": character_set, "PatientName": name})
    for path in results_with(header, tmp_path):
        read = pydicom.dcmread(path)
        assert read.SpecificCharacterSet == "ISO_IR 192"
        assert str(read.PatientName) == name
        assert name.encode() in path.read_bytes()


@pytest.mark.parametrize("undeclared", [b"ISO_IR 6  ", b"          ", b"ISO_IR 999", b"8859-1    "])
@pytest.mark.parametrize("encoding", [b"ISO_IR 100", b"ISO_IR 192"])
def test_8_bit_text_without_a_known_character_set_is_read_as_utf_8_or_latin_1(encoding, undeclared):
    attributes = {"SpecificCharacterSet": encoding.decode(), "PatientName": "Müller^Jörg", "StudyDescription": "Hüfte"}
    kept = kept_of(header_with(attributes, replacing=[(encoding, undeclared)]))
    assert str(kept.PatientName) == "Müller^Jörg"
    assert kept.StudyDescription == "Hüfte"


def test_bytes_that_are_no_text_of_the_declared_character_set_still_give_valid_utf_8(tmp_path):
    header = header_with(
        {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Name^ABCD", "StudyDescription": "WXYZ"},
        replacing=[(b"ABCD", b"\xff\xfeC\xc3"), (b"WXYZ", b"\xe4\xf6\xfc\xdf")],
    )
    for path in results_with(header, tmp_path):
        assert errors_of(path) == []
        read = pydicom.dcmread(path)
        for keyword in ("PatientName", "StudyDescription"):
            str(read[keyword].value).encode("utf-8")
        assert str(read.PatientName).startswith("Name^")
