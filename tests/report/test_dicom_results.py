"""DICOM SEG and SR: valid, in the source's study, equal to the label map, the same every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest

from builders import BIRTH_DATE, PATIENT_ID, PATIENT_NAME, STUDY_DATE, build_analysis
from calcimeter.ct.edit import apply_edits
from calcimeter.errors import UsageError
from calcimeter.model.analysis import Edit
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Region
from calcimeter.report import instance
from calcimeter.report.labels import lesion_labels
from calcimeter.report.segmentation import make_segmentation
from calcimeter.report.source import read_sources
from calcimeter.report.structured import make_structured_report, search_sentence
from dicom_tools import errors_of

DICOM_ORIENTATIONS = ["transverse", "flipped", "oblique", "sagittal"]


def make_results(analysis):
    sources, digest = read_sources(analysis.study), instance.content_digest(analysis)
    segmentation = make_segmentation(analysis, sources, digest)
    return segmentation, make_structured_report(analysis, sources, segmentation, digest)


@cache
def saved(folder: Path, orientation: str = "transverse", *, lesions: bool = True):
    """The analysis, and the paths of its SEG (None without a lesion) and SR."""
    analysis = build_analysis(orientation=orientation, lesions=lesions)
    segmentation, report = make_results(analysis)
    seg, sr = (folder / f"{orientation}-{lesions}-{kind}.dcm" for kind in ("seg", "sr"))
    instance.save(report, sr)
    if segmentation is not None:
        instance.save(segmentation, seg)
    return analysis, seg if segmentation is not None else None, sr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("dicom")


def with_header(analysis, **changes):
    """The analysis with values of every header replaced; None deletes."""
    headers = []
    for header in analysis.study.headers:
        with instance.lenient():
            dataset = pydicom.dcmread(BytesIO(header))
            for keyword, value in changes.items():
                if value is None:
                    delattr(dataset, keyword)
                else:
                    setattr(dataset, keyword, value)
            file = BytesIO()
            dataset.save_as(file)
        headers.append(file.getvalue())
    return replace(analysis, study=replace(analysis.study, headers=tuple(headers)))


@pytest.mark.parametrize("orientation", DICOM_ORIENTATIONS)
def test_seg_and_sr_pass_dciodvfy(orientation, folder):
    _, seg, sr = saved(folder, orientation)
    assert errors_of(seg) == []
    assert errors_of(sr) == []


def test_without_a_lesion_there_is_no_seg_and_an_sr_that_says_so(folder):
    analysis, seg, sr = saved(folder, lesions=False)
    assert seg is None
    assert errors_of(sr) == []
    content = highdicom.sr.srread(sr).content
    assert content.get_volumetric_roi_measurement_groups() == []
    (group,) = content.get_image_measurement_groups()
    (number,) = group.get_measurements()
    assert number.name.meaning == "Number of lesions"
    assert number.value == 0
    assert group[0].ContentSequence[-1].TextValue == search_sentence(analysis)
    assert "none" in search_sentence(analysis)
    assert "over 25 mm3" in search_sentence(analysis)
    assert "thigh" in search_sentence(analysis)


def test_a_single_lesion_is_written_too(tmp_path):
    analysis = build_analysis()
    segmentation, report = make_results(replace(analysis, lesions=analysis.lesions[:1]))
    for name, dataset in (("seg.dcm", segmentation), ("sr.dcm", report)):
        instance.save(dataset, tmp_path / name)
        assert errors_of(tmp_path / name) == []
    assert len(highdicom.sr.srread(tmp_path / "sr.dcm").content.get_volumetric_roi_measurement_groups()) == 1


@pytest.mark.parametrize("orientation", DICOM_ORIENTATIONS)
def test_the_seg_reads_back_equal_to_the_label_map_on_the_source_grid(orientation, folder):
    analysis, seg, _ = saved(folder, orientation)
    volume = analysis.study.volume
    expected = volume.layout.to_source(lesion_labels(analysis.of_category(Category.SOFT_TISSUE), volume.grid.shape))
    with instance.lenient():
        read = highdicom.seg.segread(seg)
        uids = [pydicom.dcmread(BytesIO(header)).SOPInstanceUID for header in analysis.study.headers]
        back = read.get_pixels_by_source_instance(uids, combine_segments=True, assert_missing_frames_are_empty=True)
    np.testing.assert_array_equal(back, expected)
    assert back.max() == 2


@pytest.mark.parametrize("orientation", DICOM_ORIENTATIONS)
def test_every_frame_of_the_seg_lies_where_the_lesion_is(orientation, folder):
    analysis, seg, _ = saved(folder, orientation)
    whole = highdicom.seg.segread(seg).get_volume(combine_segments=True)
    for lesion in analysis.of_category(Category.SOFT_TISSUE):
        indices = np.argwhere(whole.array == lesion.id).mean(axis=0)
        np.testing.assert_allclose((whole.affine @ [*indices, 1])[:3], lesion.extent.centroid_mm, atol=1e-3)


def test_segments_are_numbered_and_tracked_as_the_lesions(folder):
    analysis, seg, sr = saved(folder)
    read = highdicom.seg.segread(seg)
    assert read.SegmentationType == "BINARY"
    groups = highdicom.sr.srread(sr).content.get_volumetric_roi_measurement_groups()
    soft = analysis.of_category(Category.SOFT_TISSUE)
    assert list(read.segment_numbers) == [lesion.id for lesion in soft]
    for segment, group, lesion in zip(read.SegmentSequence, groups, soft, strict=True):
        assert segment.TrackingUID == group.tracking_uid == lesion.tracking_uid
        assert segment.SegmentAlgorithmType == "AUTOMATIC"
        assert group.referenced_segment.referenced_segment_numbers == [lesion.id]
        assert group.referenced_segment.referenced_sop_instance_uid == read.SOPInstanceUID


def test_the_sr_holds_the_measures_and_nothing_of_a_diagnosis(folder):
    analysis, _, sr = saved(folder)
    report = highdicom.sr.srread(sr)
    flags = (report.VerificationFlag, report.CompletionFlag, report.PreliminaryFlag)
    assert flags == ("UNVERIFIED", "COMPLETE", "PRELIMINARY")
    assert report.SOPClassUID.name == "Comprehensive 3D SR Storage"
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    lesion = analysis.lesions[0]
    group = report.content.get_volumetric_roi_measurement_groups()[0]
    told = {(m.name.meaning, m.derivation.meaning if m.derivation else None): m for m in group.get_measurements()}
    assert told[("Volume", None)].value == pytest.approx(lesion.amount.volume_mm3.value)
    assert told[("Volume", None)].unit.value == "mm3"
    assert told[("Long axis", None)].value == pytest.approx(lesion.extent.axes.long_axis_mm.value)
    assert told[("Attenuation Coefficient", "Mean")].value == pytest.approx(lesion.density.mean_hu, rel=1e-5)
    assert told[("Attenuation Coefficient", "Maximum")].unit.value == "[hnsf'U]"
    assert "diagnosis" not in str(report).lower().replace("not for diagnosis", "")


def test_results_are_new_series_of_the_sources_study_and_carry_its_patient(folder):
    analysis, seg, sr = saved(folder)
    series = set()
    for path in (seg, sr):
        dataset = pydicom.dcmread(path)
        assert dataset.StudyInstanceUID == analysis.study.study_uid
        assert (dataset.PatientName, dataset.PatientID) == (PATIENT_NAME, PATIENT_ID)
        assert (dataset.PatientBirthDate, dataset.StudyDate) == (BIRTH_DATE, STUDY_DATE)
        assert dataset.AccessionNumber == "A77"
        assert dataset.PatientAge == "067Y"
        assert dataset.SeriesNumber >= 300
        assert dataset.SeriesDescription.startswith("Calcimeter")
        series.add(dataset.SeriesInstanceUID)
    assert len(series) == 2
    assert analysis.study.series_uid not in series


@pytest.mark.parametrize("epoch", [None, "1577934245"])
def test_two_runs_give_the_same_bytes(epoch, tmp_path, monkeypatch):
    if epoch is not None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    written = []
    for run in range(2):
        for name, dataset in zip(("seg", "sr"), make_results(build_analysis()), strict=True):
            instance.save(dataset, tmp_path / f"{run}-{name}.dcm")
        written.append([(tmp_path / f"{run}-{name}.dcm").read_bytes() for name in ("seg", "sr")])
    assert written[0] == written[1]
    made = pydicom.dcmread(tmp_path / "0-seg.dcm")
    assert (made.ContentDate, made.ContentTime) == (("20200102", "030405") if epoch else (STUDY_DATE, "101112"))


def test_instance_uids_follow_the_content_settings_and_the_version(monkeypatch):
    analysis = build_analysis()
    digests = [instance.content_digest(analysis)]
    first, *others = analysis.lesions
    digests.append(instance.content_digest(replace(analysis, lesions=tuple(others))))
    settings = {"find": {"threshold_hu": 131.0}}
    other_settings = replace(analysis, provenance=replace(analysis.provenance, settings=settings))
    digests.append(instance.content_digest(other_settings))
    moved = replace(first.deposit.envelope, mask=np.flip(first.deposit.envelope.mask, axis=0) ^ True)
    outline = replace(first, deposit=replace(first.deposit, envelope=moved))
    digests.append(instance.content_digest(replace(analysis, lesions=(outline, *others))))
    monkeypatch.setattr(instance, "__version__", "9.9.9")
    digests.append(instance.content_digest(analysis))
    assert len(set(digests)) == 5
    assert len({instance.derived_uid(d, "x") for d in digests}) == 5


def test_derived_uids_are_valid():
    for number in range(200):
        uid = pydicom.uid.UID(instance.derived_uid("a", str(number)))
        assert uid.is_valid
        assert uid.startswith("2.25.")


def test_values_that_break_their_vr_are_cut(tmp_path):
    broken = with_header(
        build_analysis(),
        PatientID="4" * 80,
        StudyID="a study id of more than sixteen",
        AccessionNumber="0123456789012345678",
        PatientName="L" * 70 + "^First",
        PatientBirthDate="31.12.1951",
        PatientSex="male",
        StudyDescription="d" * 65,
        PatientAge="67",
    )
    for name, dataset in zip(("seg.dcm", "sr.dcm"), make_results(broken), strict=True):
        instance.save(dataset, tmp_path / name)
        assert errors_of(tmp_path / name) == []
        read = pydicom.dcmread(tmp_path / name)
        assert read.PatientID == "4" * 64
        assert read.StudyID == "a study id of mo"
        assert len(read.AccessionNumber) == 16
        assert len(str(read.PatientName)) <= 64
        assert read.PatientBirthDate == read.PatientSex == ""
        assert len(read.StudyDescription) == 64


def test_headers_that_lack_type_2_attributes_are_enough(tmp_path):
    absent = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyID", "AccessionNumber")
    more = ("StudyDate", "StudyTime", "ReferringPhysicianName", "SliceThickness", "SpecificCharacterSet")
    bare = with_header(build_analysis(), **dict.fromkeys([*absent, *more]))
    for name, dataset in zip(("seg.dcm", "sr.dcm"), make_results(bare), strict=True):
        instance.save(dataset, tmp_path / name)
        assert errors_of(tmp_path / name) == []
        assert pydicom.dcmread(tmp_path / name).ContentDate == "19700101"


@pytest.mark.parametrize(
    ("character_set", "name"),
    [
        ("ISO_IR 100", "Müller^Jörg"),
        ("ISO_IR 144", "Люкceмбypг^И"),
        ("GB18030", "王^小东"),
        ("ISO_IR 192", "Θεοδωράκη^Ά"),
    ],
)
def test_names_in_any_character_set_arrive(character_set, name, tmp_path):
    analysis = with_header(build_analysis(), SpecificCharacterSet=character_set, PatientName=name)
    for dataset in make_results(analysis):
        instance.save(dataset, tmp_path / "result.dcm")
        assert errors_of(tmp_path / "result.dcm") == []
        assert str(pydicom.dcmread(tmp_path / "result.dcm").PatientName) == name


def test_the_source_headers_stay_as_they_are():
    analysis = with_header(build_analysis(), PatientID="4" * 80)
    before = analysis.study.headers
    make_results(analysis)
    assert analysis.study.headers == before


def test_a_given_outline_is_manual_and_an_edited_one_semiautomatic():
    analysis = build_analysis()
    first, second, *others = analysis.lesions
    given = replace(first, caveats=("GIVEN_OUTLINE",))
    edits = (Edit((second.tracking_uid,), "set", side="left"),)
    (deposit,) = apply_edits((second.deposit,), edits)
    # with an earlier study it goes on under another name than the reader knew it by
    edited = replace(second, deposit=replace(deposit, tracking_uid="2.25.77"))
    changed = replace(analysis, lesions=(given, edited, *others), provenance=replace(analysis.provenance, edits=edits))
    segmentation, _ = make_results(changed)
    assert [s.SegmentAlgorithmType for s in segmentation.SegmentSequence] == ["MANUAL", "SEMIAUTOMATIC"]


def test_segments_of_lesions_that_share_voxels_hold_each_lesion_whole(tmp_path):
    analysis = build_analysis()
    first, second, *others = (replace(x, caveats=("LESIONS_OVERLAP",)) for x in analysis.lesions)
    both = Region.union((first.deposit.envelope, second.deposit.envelope))
    first = replace(first, deposit=replace(first.deposit, envelope=both))
    segmentation, _ = make_results(replace(analysis, lesions=(first, second, *others)))
    instance.save(segmentation, tmp_path / "seg.dcm")
    assert errors_of(tmp_path / "seg.dcm") == []
    read = highdicom.seg.segread(tmp_path / "seg.dcm")
    for lesion in (first, second):
        mask = read.get_volume(segment_numbers=[lesion.id], combine_segments=False).array
        assert mask.sum() == lesion.deposit.envelope.voxels


def test_a_creation_date_that_is_no_number_is_wrong_usage(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
        instance.creation_time()


def test_without_a_date_the_creation_time_is_1970(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert instance.creation_time() == datetime(1970, 1, 1, tzinfo=UTC)
