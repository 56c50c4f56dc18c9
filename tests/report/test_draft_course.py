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
