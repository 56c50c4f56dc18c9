"""The studies of a case file before anything is analyzed."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace

import pytest

from calcimeter.errors import UsageError
from calcimeter.load.case_entries import case_entries, problems_of, told_by
from calcimeter.load.case_file import case_of, case_record
from calcimeter.model.case import Case, StudyEntry
from calcimeter.phantom.neck import make_neck, neck_of, write_neck


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Two scintigrams of day 9 of the phantoms, and a file that is no image."""
    folder = tmp_path_factory.mktemp("images")
    write_neck(make_neck(neck_of("scintigraphy-negative")), folder / "neck", day=9)
    (folder / "notes.txt").write_text("nothing")
    return folder


def test_kind_day_and_patient_come_from_the_first_header(images):
    told = told_by(images / "neck")
    assert (told.date, told.modality) == (dt.date(2000, 1, 10), "NM")
    assert len(told.patient) == 64
    assert told.is_test_object
    assert not told_by(images / "notes.txt").is_test_object
    assert told_by(images / "notes.txt").modality == ""


def test_days_count_from_the_earliest_study_and_the_case_file_counts_before_the_header(images):
    case = Case(
        studies=(
            StudyEntry(("neck/EARLY", "neck/DELAYED")),
            StudyEntry(("notes.txt",), "hip", dt.date(2000, 1, 2)),
            StudyEntry(("notes.txt",)),
        )
    )
    entries = case_entries(case, images)
    assert [entry.study.day for entry in entries] == [8, 0, None]
    assert [entry.study.kind for entry in entries] == ["scintigraphy", None, None]
    assert problems_of(entries) == frozenset()
    changed = replace(case, studies=(replace(case.studies[0], date=dt.date(2000, 1, 20)),))
    assert problems_of(case_entries(changed, images)) == {"CASE_DAYS_DIFFER"}


def test_a_zip_tells_as_much_as_the_folder_in_it(images, tmp_path):
    shutil.make_archive(str(tmp_path / "neck"), "zip", images / "neck")
    told = told_by(tmp_path / "neck.zip")
    assert told == told_by(images / "neck")
    (entry,) = case_entries(Case(studies=(StudyEntry(("neck.zip",)),)), tmp_path)
    assert (entry.study.kind, entry.study.day, entry.study.patient) == ("scintigraphy", 0, told.patient)


def test_a_study_that_is_not_there_and_a_case_without_any_are_wrong_usage(images):
    with pytest.raises(UsageError, match="study 2"):
        case_entries(Case(studies=(StudyEntry(("notes.txt",)), StudyEntry(("gone",)))), images)
    with pytest.raises(UsageError, match="without studies"):
        case_entries(Case(), images)


def test_points_of_a_reader_are_kept_and_others_refused():
    case = case_of({"studies": [{"path": "film.dcm", "at": [[812, 1440]]}]})
    assert case.studies[0].at == ((812.0, 1440.0),)
    assert case_of(case_record(case)) == case
    for wrong in ([[812]], [812, 1440], [["a", 1]]):
        with pytest.raises(UsageError, match="at"):
            case_of({"studies": [{"path": "film.dcm", "at": wrong}]})


def test_boxes_of_a_reader_are_kept_and_others_refused():
    case = case_of({"studies": [{"path": "film.dcm", "box": [[640, 1200, 990, 1700]]}]})
    assert case.studies[0].box == ((640.0, 1200.0, 990.0, 1700.0),)
    assert case_of(case_record(case)) == case
    for wrong in ([[812, 1440]], [640, 1200, 990, 1700]):
        with pytest.raises(UsageError, match="box"):
            case_of({"studies": [{"path": "film.dcm", "box": wrong}]})
