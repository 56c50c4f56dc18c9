"""OUT of a radiograph: valid, complete, the same every time, lengths only where they are known, no patient."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import highdicom
import jsonschema
import numpy as np
import pydicom
import pytest
from film_results import analysis_of
from PIL import Image

from calcimeter.model.case import Case, Patient, Subject
from calcimeter.model.caveat import caveat
from calcimeter.report.radiograph import write_radiograph_report
from calcimeter.report.radiograph.figures import draw_radiograph
from calcimeter.report.radiograph.page import radiograph_content
from calcimeter.report.radiograph.record import load_radiograph_schema
from calcimeter.report.radiograph.wording import shell_lines
from dicom_tools import errors_of
from load.film_files import DX, film, limb, picture, save

SECRETS = ("Secret^Name", "Secret", "SECRET-ID", "19470313", "1947-03-13", "20190502", "2019-05-02")
KNOWN = {"EstimatedRadiographicMagnificationFactor": 1.25}
FILMS = {
    "patient": KNOWN | {"ImageLaterality": "L"},
    "detector": {"SOPClassUID": DX, "Modality": "DX"},
    "none": {"ImagerPixelSpacing": None},
}


def out_of(folder: Path, *, deposits: int = 1, **tags: object) -> Path:
    path = save(film(PatientBirthDate="19470313", StudyDate="20190502", **tags), folder / "in")
    write_radiograph_report(analysis_of(path, deposits=deposits), folder / "out")
    return folder / "out"


@pytest.fixture(scope="module", params=sorted(FILMS))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, out_of(folder, deposits=2, **FILMS[request.param])


def record_of(out: Path) -> dict:
    return json.loads((out / "analysis.json").read_text(encoding="utf-8"))


def test_the_record_is_valid_and_gives_lengths_only_with_a_plane(case: tuple[str, Path]) -> None:
    plane, out = case
    record = record_of(out)

    jsonschema.validate(record, load_radiograph_schema())
    assert record["calibration"]["plane"] == plane
    first = record["deposits"][0]
    assert first["long_axis_px"]["value"] == pytest.approx(24)
    assert (first["long_axis_mm"] is None) == (plane == "none")
    if plane != "none":
        mm = {"patient": 0.16, "detector": 0.2}[plane]
        assert first["long_axis_mm"]["value"] == pytest.approx(24 * mm)
        assert first["area_mm2"]["value"] == pytest.approx(np.pi * 12 * 8 * mm**2, rel=1e-5)
        assert first["long_axis_mm"]["low"] < 24 * mm * 0.93
    assert first["side"] == ("left" if plane == "patient" else None)
    assert np.array_equal(first["outline_px"][0], first["outline_px"][-1])


def test_every_file_is_there(case: tuple[str, Path]) -> None:
    _, out = case
    assert {path.name for path in out.iterdir()} == {
        *("analysis.json", "deposits.csv", "deposits.seg.dcm", "report.sr.dcm", "report.html", "report.pdf", "figures"),
    }
    assert {path.name for path in (out / "figures").iterdir()} == {"radiograph.png", "deposit-1.png", "deposit-2.png"}
    with (out / "deposits.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["1", "2"]
    assert rows[0]["long_axis_px"] == "24.0"


@pytest.mark.parametrize("name", ["report.sr.dcm", "deposits.seg.dcm"])
def test_sr_and_seg_pass_dciodvfy(case: tuple[str, Path], name: str) -> None:
    assert errors_of(case[1] / name) == []


def test_the_sr_outlines_each_deposit_in_the_image_and_names_the_plane(case: tuple[str, Path]) -> None:
    plane, out = case
    report = highdicom.sr.srread(out / "report.sr.dcm")
    groups = report.content.get_planar_roi_measurement_groups()

    assert len(groups) == 2
    column, row = (groups[0].roi.value[:-1].mean(axis=0) - 0.5).tolist()
    assert (column, row) == pytest.approx((30, 50), abs=0.01)
    assert groups[0].roi.ContentSequence[0].referenced_sop_instance_uid == "1.2.3.4"
    names = {m.name.meaning for m in groups[0].get_measurements()}
    expected = {"patient": {"Long axis", "Short axis", "Area"}, "none": set()}
    at_detector = {f"{word} in the plane of the detector" for word in ("Long axis", "Short axis", "Area")}
    assert names == expected.get(plane, at_detector)
    assert (report.VerificationFlag, report.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")


def test_the_seg_holds_the_pixels_of_each_deposit(case: tuple[str, Path]) -> None:
    seg = highdicom.seg.segread(case[1] / "deposits.seg.dcm")
    rows, columns = np.indices((96, 128))
    for number, (column, row), radii in ((1, (30, 50), (12, 8)), (2, (95, 30), (7, 5))):
        inside = ((columns - column) / radii[0]) ** 2 + ((rows - row) / radii[1]) ** 2 <= 1
        pixels = seg.get_pixels_by_source_instance(["1.2.3.4"], segment_numbers=[number])
        assert np.array_equal(pixels[0, ..., 0].astype(bool), inside)
    assert seg.StudyInstanceUID == "1.2.3"


def test_the_patient_goes_into_dicom_alone(case: tuple[str, Path]) -> None:
    _, out = case
    for name in ("report.sr.dcm", "deposits.seg.dcm"):
        assert pydicom.dcmread(out / name).PatientID == "SECRET-ID"
    for name in ("analysis.json", "report.html", "deposits.csv"):
        text = (out / name).read_text(encoding="utf-8")
        assert not [secret for secret in SECRETS if secret in text]
        assert str(out.parent) not in text


def test_letters_of_sides_stand_beside_the_picture_and_hide_nothing_of_it(tmp_path: Path) -> None:
    analysis = analysis_of(save(film(**KNOWN), tmp_path), deposits=2)
    assert analysis.study.columns_toward == "left"
    untold = replace(analysis, study=replace(analysis.study, columns_toward=None))
    for lettered, bare in zip(draw_radiograph(analysis), draw_radiograph(untold), strict=True):
        told, image = (np.asarray(Image.open(BytesIO(one.png))) for one in (lettered, bare))
        beside = (told.shape[1] - image.shape[1]) // 2
        assert beside > 0
        np.testing.assert_array_equal(told[:, beside:-beside], image)


def test_the_page_loads_nothing_and_says_what_is_not_excluded(case: tuple[str, Path]) -> None:
    plane, out = case
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Finding nothing does not exclude a deposit" in page
    assert "<script" not in page
    assert "http" not in page.replace('http-equiv="', "")
    assert (" px (" in page) == (plane == "none")


def test_without_a_deposit_nothing_is_said_to_be_absent(tmp_path: Path) -> None:
    out = out_of(tmp_path, deposits=0)
    record = record_of(out)

    jsonschema.validate(record, load_radiograph_schema())
    assert record["deposits"] == []
    assert record["findings"]["mineralized"]["present"] is None
    assert record["suspects"][0]["centroid_px"] == [64, 40]
    assert record["differential"] is None
    assert not (out / "deposits.seg.dcm").exists()
    report = highdicom.sr.srread(out / "report.sr.dcm")
    assert report.content.get_planar_roi_measurement_groups() == []
    assert "--at X,Y" in (out / "report.html").read_text(encoding="utf-8")


def test_what_speaks_against_one_deposit_stands_beside_it(tmp_path: Path) -> None:
    analysis = analysis_of(save(film(**KNOWN), tmp_path))
    doubtful = replace(analysis.deposits[0], caveats=("DEPOSIT_OVER_BONE",))
    analysis = replace(analysis, deposits=(doubtful,))
    write_radiograph_report(analysis, tmp_path / "out")

    text = caveat("DEPOSIT_OVER_BONE").text
    assert text in (tmp_path / "out" / "report.html").read_text(encoding="utf-8").replace("&#39;", "'")
    assert f"     caveat: {text}" in shell_lines(analysis)


def test_the_lead_does_not_say_the_headline_again_and_what_speaks_against_it_is_kept_in_mind(tmp_path: Path) -> None:
    analysis = analysis_of(save(film(**KNOWN), tmp_path))
    doubtful = replace(analysis.deposits[0], caveats=("DEPOSIT_OVER_BONE",))
    content = radiograph_content(replace(analysis, deposits=(doubtful,)), ())
    assert not any(content["headline"] in sentence for sentence in content["findings"])
    assert content["keep_in_mind"][0] == caveat("DEPOSIT_OVER_BONE").text
    both = replace(analysis, deposits=(doubtful, replace(doubtful, id=2)))
    assert radiograph_content(both, ())["keep_in_mind"][0].startswith("Deposits 1 and 2: ")


def test_a_picture_has_no_dicom_results(tmp_path: Path) -> None:
    path = picture(tmp_path / "film.png", limb(8).astype(np.uint8))
    write_radiograph_report(analysis_of(path), tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.dcm"))
    assert record_of(tmp_path / "out")["study"]["spacing_mm"] is None


def test_history_and_deposits_are_ranked(tmp_path: Path) -> None:
    path = save(film(**KNOWN), tmp_path)
    probable = {}
    for dialysis in (True, False):
        patient = Patient(Case(subject=Subject(54, "M"), history={"dialysis": dialysis}))
        ranked = analysis_of(path, patient=patient).differential
        assert ranked is not None
        probable[dialysis] = {row.diagnosis: row.probability for row in ranked.ranked}["secondary_tumoral_calcinosis"]
    assert probable[True] > 3 * probable[False]


def test_the_same_image_gives_the_same_bytes(tmp_path: Path) -> None:
    path = save(film(**KNOWN), tmp_path)
    for name in ("one", "two"):
        write_radiograph_report(analysis_of(path), tmp_path / name)
    files = sorted(one.relative_to(tmp_path / "one") for one in (tmp_path / "one").rglob("*") if one.is_file())
    assert len(files) == 8
    assert [n for n in files if (tmp_path / "one" / n).read_bytes() != (tmp_path / "two" / n).read_bytes()] == []
