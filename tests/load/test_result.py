"""An output folder read back is the study that was analyzed."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from io import BytesIO

import numpy as np
import pydicom
import pytest

from builders import BIRTH_DATE, PATIENT_ID, build_analysis
from calcimeter.errors import UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.follow.analysis_result import result_of
from calcimeter.load.result import _lesion, load_result, patient_of
from calcimeter.model.measures import Estimate, summed
from calcimeter.model.result import REJECTED
from calcimeter.report import write_report
from calcimeter.report.record import analysis_record

PLAIN = (
    *("spacing_mm", "kvp", "kernel", "calibration", "threshold_hu", "detection_limit_mm3", "searched", "codes"),
    *("birth", "deidentified", "mg_ha_per_ml_per_hu", "version", "settings", "input_sha256"),
)


@pytest.fixture(scope="module", params=[True, False], ids=["dicom", "nifti"])
def both(request, tmp_path_factory):
    """The same analysis in memory and from its folder."""
    analysis = build_analysis(dicom=request.param, orientation="oblique")
    out = tmp_path_factory.mktemp("result") / "out"
    write_report(analysis, out)
    return analysis, out


def test_the_folder_tells_what_memory_tells(both):
    analysis, out = both
    who = patient_of(analysis.study)
    told = result_of(analysis, who.digest, who.date, who.birth, deidentified=who.deidentified)
    read = load_result(out)
    for name in (*PLAIN, "date", "patient"):
        assert (
            getattr(read, name) == pytest.approx(getattr(told, name))
            if name == "spacing_mm"
            else (getattr(read, name) == getattr(told, name))
        ), name
    for name in ("body", "bones_mask", "affine_lps", "hu"):
        np.testing.assert_allclose(getattr(read, name), getattr(told, name))
    for one, other in zip(read.bones, told.bones, strict=True):
        assert (one.id, one.name, one.side) == (other.id, other.name, other.side)
        np.testing.assert_array_equal(one.surface_mm, other.surface_mm)
        np.testing.assert_array_equal(one.normals, other.normals)


def test_lesions_are_the_same_to_six_digits(both):
    analysis, out = both
    told, read = result_of(analysis).lesions, load_result(out).lesions
    for one, other in zip(read, told, strict=True):
        assert (one.id, one.tracking_uid, one.category, one.bone_id, one.caveats) == (
            other.id,
            other.tracking_uid,
            other.category,
            other.bone_id,
            other.caveats,
        )
        assert one.volume_mm3.value == pytest.approx(other.volume_mm3.value, rel=1e-5)
        np.testing.assert_allclose(one.centroid_mm, other.centroid_mm, rtol=1e-5, atol=1e-4)
        np.testing.assert_allclose(np.sort(one.voxels_mm, axis=0), np.sort(other.voxels_mm, axis=0), atol=1e-3)


def test_patient_and_date_come_from_headers_and_stay_unreadable(both):
    analysis, _ = both
    patient = patient_of(analysis.study)
    if not analysis.study.headers:
        assert patient == ("", None, "", False)
        return
    assert patient.date == dt.date(2019, 5, 2)
    assert len(patient.digest) == 64
    assert PATIENT_ID not in patient.digest
    assert BIRTH_DATE not in patient.digest


def test_headers_that_were_deidentified_say_so_in_memory_and_in_the_folder(tmp_path):
    analysis = build_analysis()
    headers = []
    for header in analysis.study.headers:
        dataset, file = pydicom.dcmread(BytesIO(header)), BytesIO()
        dataset.PatientIdentityRemoved = "YES"
        dataset.save_as(file)
        headers.append(file.getvalue())
    treated = replace(analysis, study=replace(analysis.study, headers=tuple(headers)))
    write_report(treated, tmp_path / "out")
    assert load_result(tmp_path / "out").deidentified
    assert patient_of(treated.study).deidentified
    assert not patient_of(analysis.study).deidentified


def test_a_folder_that_is_not_there_is_said_to_be_not_there(tmp_path):
    with pytest.raises(UsageError, match="there is no such folder"):
        load_result(tmp_path / "none")


def test_another_folder_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="expected an OUT"):
        load_result(tmp_path)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"schema": "calcimeter.analysis/9"}, UnsupportedStudy),
        ({"study": {"modality": "CR"}}, UnsupportedStudy),
        ({"lesions": [{"id": 1}]}, UnreadableInput),
        ({"skeleton": None}, UnreadableInput),
    ],
)
def test_what_is_no_ct_or_damaged_is_refused_in_one_line(both, tmp_path, changed, error):
    _, out = both
    for name in ("lesions.nii.gz", "registration.npz"):
        (tmp_path / name).write_bytes((out / name).read_bytes())
    record = json.loads((out / "analysis.json").read_text())
    (tmp_path / "analysis.json").write_text(json.dumps({**record, **changed}))
    with pytest.raises(error) as refused:
        load_result(tmp_path)
    assert "\n" not in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_what_the_result_does_not_list_is_told_with_its_place(tmp_path):
    """A piece of bone that was set aside, and a deposit that a reader rejected."""
    analysis = build_analysis()
    *kept, gone = analysis.lesions
    edited = replace(analysis, lesions=tuple(kept), rejected=(gone.deposit,))
    write_report(edited, tmp_path / "out")
    told, read = result_of(edited), load_result(tmp_path / "out")
    assert [(one.what, one.by_reader) for one in read.aside] == [("bone", False), (REJECTED, True)]
    assert read.aside[1].points_mm.mean(axis=0) == pytest.approx(gone.extent.centroid_mm, abs=1.0)
    for one, other in zip(read.aside, told.aside, strict=True):
        np.testing.assert_array_equal(one.points_mm, other.points_mm)


def test_a_sum_of_a_folder_is_that_of_its_analysis():
    analysis = build_analysis()
    amounts = [replace(x.amount, volume_mm3=Estimate(1000.0, 900.0, 1100.0, 60.0)) for x in analysis.lesions]
    lesions = tuple(replace(x, amount=amount) for x, amount in zip(analysis.lesions, amounts, strict=True))
    record = analysis_record(replace(analysis, lesions=lesions))
    read = [_lesion(one, {}).volume_mm3 for one in record["lesions"]]
    own = summed(read[:2])
    told = record["burden"]["soft_tissue"]["volume_mm3"]
    assert (told["value"], told["low"], told["high"]) == pytest.approx((own.value, own.low, own.high), rel=1e-5)


def test_of_an_older_version_all_of_an_interval_may_be_shared(both):
    _, out = both
    said = json.loads((out / "analysis.json").read_text())["lesions"][0]
    older = {**said, "volume_mm3": {"value": 1000.0, "low": 900.0, "high": 1050.0}}
    assert _lesion(older, {}).volume_mm3 == Estimate(1000.0, 900.0, 1050.0, common=100.0)


def test_a_lesion_map_of_another_scan_is_refused(both, tmp_path):
    _, out = both
    shutil.copytree(out, tmp_path / "mixed")
    other = build_analysis(orientation="odd")
    write_report(other, tmp_path / "other")
    shutil.copy(tmp_path / "other/lesions.nii.gz", tmp_path / "mixed")
    with pytest.raises(UnreadableInput, match="files of one analysis"):
        load_result(tmp_path / "mixed")


def test_a_lesion_map_with_more_labels_than_lesions_is_refused(both, tmp_path):
    _, out = both
    shutil.copytree(out, tmp_path / "mixed")
    write_report(build_analysis(lesions=False), tmp_path / "none")
    shutil.copy(tmp_path / "none/analysis.json", tmp_path / "mixed")
    with pytest.raises(UnreadableInput, match="files of one analysis"):
        load_result(tmp_path / "mixed")


@pytest.mark.parametrize("damage", [b"x\n", b""])
def test_a_damaged_structured_report_is_refused(both, tmp_path, damage):
    _, out = both
    shutil.copytree(out, tmp_path / "out")
    (tmp_path / "out/report.sr.dcm").write_bytes(damage)
    with pytest.raises(UnreadableInput, match="damaged"):
        load_result(tmp_path / "out")


def test_an_out_of_something_else_than_ct_is_told_as_such(tmp_path):
    record = {"schema": "calcimeter.analysis/1", "study": {"modality": "DX"}}
    (tmp_path / "analysis.json").write_text(json.dumps(record))
    with pytest.raises(UnsupportedStudy, match="only CT scans are compared"):
        load_result(tmp_path)


def test_a_damaged_archive_is_refused(both, tmp_path):
    _, out = both
    for name in ("lesions.nii.gz", "analysis.json"):
        (tmp_path / name).write_bytes((out / name).read_bytes())
    (tmp_path / "registration.npz").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(UnreadableInput):
        load_result(tmp_path)
