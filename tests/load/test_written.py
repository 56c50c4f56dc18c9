"""Output folders read back for a draft: what is not there, no result, damaged or incomplete is told apart."""

from __future__ import annotations

import json

import pytest

from calcimeter.errors import UnreadableInput, UsageError
from calcimeter.load.written import load_written
from report.drafted import write_a_case, write_ct, write_neck, write_radiograph

WITH_ARTICLE = {"case.json": "a case.json", "analysis.json": "an analysis.json"}


def without(path, key):
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({name: value for name, value in record.items() if name != key}), encoding="utf-8")
    return path.parent


def test_a_folder_that_is_not_there_is_called_that(tmp_path):
    with pytest.raises(UsageError, match="there is no such folder") as refused:
        load_written(tmp_path / "SECRETNAME")
    assert "SECRETNAME" not in str(refused.value)


def test_a_file_in_place_of_the_folder_is_called_that(tmp_path):
    path = write_ct(tmp_path / "OUT") / "analysis.json"
    with pytest.raises(UsageError, match="met a file; expected the folder OUT"):
        load_written(path)


@pytest.mark.parametrize("name", ["case.json", "analysis.json"])
def test_a_result_that_holds_its_schema_alone_is_refused(tmp_path, name):
    (tmp_path / name).write_text(json.dumps({"schema": f"calcimeter.{name.removesuffix('.json')}/1"}))
    with pytest.raises(UnreadableInput, match=f"met {WITH_ARTICLE[name]} without caveats, expected a whole result"):
        load_written(tmp_path)


@pytest.mark.parametrize(
    ("make", "keys"),
    [
        (write_ct, ["caveats", "study", "search", "lesions", "burden", "findings"]),
        (write_neck, ["caveats", "study", "verdict", "foci", "thyroid", "findings"]),
        (write_radiograph, ["caveats", "study", "calibration", "deposits", "suspects", "findings"]),
    ],
)
def test_a_study_that_lacks_what_its_kind_always_has_is_refused(tmp_path, make, keys):
    for key in keys:
        with pytest.raises(UnreadableInput, match=rf"met an analysis\.json without {key},"):
            load_written(without(make(tmp_path / key) / "analysis.json", key))


def test_a_case_that_lacks_what_a_case_always_has_is_refused(tmp_path):
    for key in ("caveats", "studies", "deposits", "findings", "red_flags", "comparisons"):
        with pytest.raises(UnreadableInput, match=rf"met a case\.json without {key},"):
            load_written(without(write_a_case(tmp_path / key) / "case.json", key))
    with pytest.raises(UnreadableInput, match=r"met a case\.json without studies,"):
        load_written(write_a_case(tmp_path / "none", studies=[]))


def test_a_study_of_a_case_that_is_incomplete_is_refused(tmp_path):
    case = write_a_case(tmp_path / "case")
    without(case / "studies" / "01-ct" / "analysis.json", "lesions")
    with pytest.raises(UnreadableInput, match="without lesions"):
        load_written(case)


def test_an_unknown_modality_is_refused(tmp_path):
    folder = write_ct(tmp_path / "OUT")
    record = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    record["study"]["modality"] = "US"
    (folder / "analysis.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(UnreadableInput, match="without a modality that is known"):
        load_written(folder)
