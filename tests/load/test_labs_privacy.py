"""A person's name stands anywhere in an export; nothing that is read from it holds the name."""

from __future__ import annotations

import json

import pytest
from lab_bundles import GOOD as BUNDLES
from lab_exports import GOOD as EXPORTS

from calcimeter.errors import CalcimeterError
from calcimeter.load.labs import load_labs
from calcimeter.load.patient import load_patient

NAME = "Quacksalber Hans"


def is_told(path) -> bool:
    """Whether anything that is kept of a file holds the name; a file that is refused leaves nothing."""
    try:
        return NAME.split()[0].lower() in f"{load_labs(path)!r} {load_patient(path)!r}".lower()
    except CalcimeterError:
        return False


@pytest.mark.parametrize("name", [name for name in EXPORTS if "UTF-16" not in name])
def test_a_name_in_any_cell_of_a_table_is_kept_nowhere(tmp_path, name) -> None:
    path = tmp_path / "export"
    rows = EXPORTS[name].decode("latin-1").splitlines()
    mark = max(";\t|,", key=EXPORTS[name].decode("latin-1").count)
    for k, row in enumerate(rows):
        cells = row.split(mark)
        for at in range(len(cells)):
            changed = [*cells[:at], f"{cells[at]} {NAME}".strip() if at % 2 else NAME, *cells[at + 1 :]]
            path.write_bytes("\n".join([*rows[:k], mark.join(changed), *rows[k + 1 :]]).encode("latin-1"))
            assert not is_told(path), (k, at)


@pytest.mark.parametrize("row", ["Validated by Dr. {},05/2019,,", "{} b. 13.03.1965,1,,", "PTH {},pending,pg/mL,"])
def test_a_row_of_text_under_a_table_is_counted_by_its_line(tmp_path, row) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"Test,Result,Units,Collected\nPTH,4,pg/mL,2019-05-02\n{row.format(NAME)}\n")

    assert load_labs(path).unknown == (("line 3", 1),)
    assert not is_told(path)


@pytest.mark.parametrize("name", BUNDLES)
def test_a_name_in_any_text_of_a_bundle_is_kept_nowhere(tmp_path, name) -> None:
    path = tmp_path / "bundle.json"
    for changed in with_name(json.loads(BUNDLES[name])):
        path.write_text(json.dumps(changed))
        assert not is_told(path), changed


def with_name(content):
    """The same content with the name in place of each of its texts, one after the other."""
    if isinstance(content, str):
        yield NAME
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        for changed in with_name(value):
            if isinstance(content, dict):
                yield content | {key: changed}
            else:
                yield [*content[:key], changed, *content[key + 1 :]]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "preliminary"])
def test_an_observation_that_is_not_known_is_called_by_its_entry_alone(tmp_path, status) -> None:
    path = tmp_path / "bundle.json"
    known = json.loads(BUNDLES["a single Observation"])
    path.write_text(json.dumps([known, {**known, "status": status, "code": {"text": NAME}}]))

    (note,) = load_labs(path).notes
    assert note.startswith("entry 2: a result is ")
    assert not is_told(path)


def test_why_a_value_is_absent_is_told_only_in_words_of_laboratories(tmp_path) -> None:
    path = tmp_path / "bundle.json"
    known = json.loads(BUNDLES["a single Observation"])
    known.pop("valueQuantity")
    for reason, note in (("Not Performed", " (not performed)"), (f"refused by {NAME}", "")):
        path.write_text(json.dumps({**known, "dataAbsentReason": {"text": reason}}))
        assert load_labs(path).notes == (f"entry 1: phosphate has no value{note}",)
