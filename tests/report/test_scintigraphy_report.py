"""OUT of a scintigraphy: valid, complete, the same every time, and without the patient."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import highdicom
import jsonschema
import pydicom
import pytest

from calcimeter.load.nm.study import load_scintigraphy
from calcimeter.model.caveat import caveat
from calcimeter.phantom.neck import make_neck, neck_of, write_neck
from calcimeter.pipeline import analyze_scintigraphy
from calcimeter.report.scintigraphy import write_scintigraphy
from calcimeter.report.scintigraphy.page import render_scintigraphy, scintigraphy_content
from calcimeter.report.scintigraphy.record import load_scintigraphy_schema
from calcimeter.report.scintigraphy.wording import shell_lines
from dicom_tools import errors_of

SECRETS = ("SECRETSURNAME", "SECRETID", "19470313", "1947-03-13")


def out_of(folder, name):
    pair = write_neck(make_neck(neck_of(name)), folder / name)
    for path in pair:
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = SECRETS[0], SECRETS[1], SECRETS[2]
        dataset.save_as(path)
    analysis = analyze_scintigraphy(load_scintigraphy(*pair))
    write_scintigraphy(analysis, folder / f"{name}-out")
    return folder / f"{name}-out", pair, analysis


@pytest.fixture(scope="module")
def adenoma(tmp_path_factory):
    return out_of(tmp_path_factory.mktemp("nm"), "scintigraphy")


@pytest.fixture(scope="module")
def negative(tmp_path_factory):
    return out_of(tmp_path_factory.mktemp("nm"), "scintigraphy-negative")


@pytest.mark.parametrize("case", ["adenoma", "negative"])
def test_the_record_is_valid_and_complete(case, request):
    out, _, analysis = request.getfixturevalue(case)
    record = json.loads((out / "analysis.json").read_text())

    jsonschema.validate(record, load_scintigraphy_schema())
    assert record["verdict"] == analysis.verdict
    assert record["findings"]["parathyroid_focus"]["present"] is (case == "adenoma")
    assert set(record["thyroid"]) == {"right", "left"}
    assert {path.name for path in out.iterdir()} == {
        "analysis.json",
        "report.html",
        "report.pdf",
        "report.sr.dcm",
        "figures",
    }
    assert {path.name for path in (out / "figures").iterdir()} == {"early.png", "delayed.png", "ratio.png"}


@pytest.mark.parametrize("case", ["adenoma", "negative"])
def test_the_sr_passes_dciodvfy(case, request):
    out, _, _ = request.getfixturevalue(case)
    assert errors_of(out / "report.sr.dcm") == []


def test_the_sr_outlines_the_focus_in_the_delayed_image(adenoma):
    out, pair, analysis = adenoma
    report = highdicom.sr.srread(out / "report.sr.dcm")
    delayed = pydicom.dcmread(pair[1])

    (group,) = report.content.get_planar_roi_measurement_groups()
    region = group.roi
    column, row = region.value.mean(axis=0) - 0.5
    assert (column, row) == pytest.approx(analysis.foci[0].position_px, abs=0.5)
    assert region.ContentSequence[0].referenced_sop_instance_uid == delayed.SOPInstanceUID
    assert report.StudyInstanceUID == delayed.StudyInstanceUID
    assert (report.CompletionFlag, report.VerificationFlag, report.PreliminaryFlag) == (
        "COMPLETE",
        "UNVERIFIED",
        "PRELIMINARY",
    )


def test_the_patient_goes_into_dicom_alone(adenoma):
    out, _, _ = adenoma
    report = pydicom.dcmread(out / "report.sr.dcm")
    assert (str(report.PatientName), report.PatientID) == SECRETS[:2]
    for name in ("analysis.json", "report.html"):
        text = (out / name).read_text(encoding="utf-8")
        assert not [secret for secret in SECRETS if secret in text]
        assert "20000101" not in text
        assert str(out.parent) not in text


def test_the_page_says_what_can_not_be_excluded(negative):
    out, _, _ = negative
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "59 %" in page
    assert "Thyroid nodules" in page
    assert "<script" not in page
    # Encoded images may hold any letters by chance.
    words = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    assert "http" not in words.replace('http-equiv="', "")


@pytest.mark.parametrize("case", ["adenoma", "negative"])
def test_what_stands_under_the_headline_does_not_say_it_again_and_has_one_spelling_of_units(case, request):
    _, _, analysis = request.getfixturevalue(case)
    content = scintigraphy_content(analysis, ())

    assert not [said for said in content["findings"] if content["headline"] in said]
    assert content["findings"][-1].endswith("cm² of neck.")
    assert "cm2" not in render_scintigraphy(analysis, ())


def test_z_is_explained_where_it_stands_first_and_there_alone(adenoma):
    _, _, analysis = adenoma
    twice = replace(analysis, foci=(*analysis.foci, *analysis.foci))

    for told in (scintigraphy_content(twice, ())["findings"], shell_lines(twice)[1:]):
        assert "standard deviations" in told[0]
        assert "standard deviations" not in told[1]


def test_of_an_indeterminate_study_no_number_of_foci_is_told_but_why_there_is_none(adenoma):
    _, _, analysis = adenoma
    moved = replace(analysis, foci=(), verdict="indeterminate", caveats=(caveat("PHASES_MOVED"),))
    content = scintigraphy_content(moved, ())

    assert content["facts"][0] == {"label": "Foci", "value": "–", "note": "indeterminate"}
    assert content["findings"][0] == "The patient moved between the images or within one."


def test_the_same_images_give_the_same_bytes(adenoma, tmp_path):
    out, pair, _ = adenoma
    write_scintigraphy(analyze_scintigraphy(load_scintigraphy(*pair)), tmp_path / "again")
    files = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert [name for name in files if (out / name).read_bytes() != (tmp_path / "again" / name).read_bytes()] == []


def test_the_page_says_which_side_is_right_only_where_it_is_known(negative):
    _, _, analysis = negative
    unknown = replace(analysis, study=replace(analysis.study, early=replace(analysis.study.early, view=None)))

    assert "the patient's right at the left" in scintigraphy_content(analysis, ())["shown"]
    assert "not known" in scintigraphy_content(unknown, ())["shown"]
    assert "right at the left" not in render_scintigraphy(unknown, ())
