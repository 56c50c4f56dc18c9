"""Drafts of case reports: what was done and what became of it."""

from __future__ import annotations

import json
from io import BytesIO

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from calcimeter.load.written import load_written
from calcimeter.report.patient import record_of_test_object
from calcimeter.report.writeup.write import write_draft
from report.drafted import write_a_case, write_ct


def told(folder, form, section, **changes):
    """The sentences of one section of the draft of a case."""
    draft = write_draft(load_written(write_a_case(folder / "source", **changes)), form, folder / "draft")
    return [words.text for title, words in draft.sentences() if title == section]


def test_studies_and_treatments_without_a_day_stand_in_the_time_line_as_such(tmp_path):
    record = json.loads((write_a_case(tmp_path / "a") / "case.json").read_text())
    studies = [{**one, "day": None} if one["id"] == 2 else one for one in record["studies"]]
    line = {**record["timeline"], "studies": record["timeline"]["studies"][:1]}
    treatments = [{"what": "excision", "day": None}, *record["treatments"]]
    points = told(tmp_path, "care", "Timeline", studies=studies, timeline=line, treatments=treatments)
    assert points[-2:] == ["Day not known: parathyroid scintigraphy (study 2)", "Day not known: excision"]
    assert sum("Day not known" in words for words in points) == 2


def test_a_draft_holds_no_advice_on_how_to_call_the_program(tmp_path):
    undated = "the day of study 4 is not known, nor which came first; give its `date`"
    record = json.loads((write_a_case(tmp_path / "a") / "case.json").read_text())
    pair = {**record["comparisons"][0], "reason": undated, "because": None, "volume_mm3": None}
    said = told(tmp_path, "eurorad", "Imaging findings", comparisons=[pair])
    assert "Study 4 can't be compared with study 1: the day of study 4 is not known, nor which came first." in said


def test_the_draft_of_one_study_of_a_test_object_says_so_before_all_else(tmp_path):
    record = json.loads((write_ct(tmp_path / "ct") / "analysis.json").read_text())
    (tmp_path / "ct" / "analysis.json").write_text(
        json.dumps({**record, "study": {**record["study"], "test_object": True}})
    )
    draft = write_draft(load_written(tmp_path / "ct"), "eurorad", tmp_path / "drafted")
    said = next(words.text for title, words in draft.sentences() if title == "Clinical history")
    assert said.startswith("The header names a subject of quality control")


def test_a_header_that_names_a_subject_of_quality_control_is_told():
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "2.25.1"
    for said, expected in (("YES", {"test_object": True}), ("NO", {}), (None, {})):
        dataset.QualityControlSubject = said
        file = BytesIO()
        dataset.save_as(file, enforce_file_format=True)
        assert record_of_test_object(file.getvalue()) == expected
    assert record_of_test_object(b"") == {}
