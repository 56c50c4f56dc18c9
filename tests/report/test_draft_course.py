"""Drafts of case reports: what was done and what became of it."""

from __future__ import annotations

import json

from calcimeter.load.written import load_written
from calcimeter.report.writeup.write import write_draft
from report.drafted import write_a_case


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
