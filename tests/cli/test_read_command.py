"""``calcimeter read`` as its users meet it: a text in, a case file out, refusals in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from calcimeter.load.case_file import load_case
from case_facts import TEXTS

TEXT = TEXTS / "06_two_sites_laterality.txt"
REFERENCE = Path(__file__).parents[3] / "shared" / "cases" / "eurorad-16448.txt"


def test_a_text_becomes_a_case_file_that_is_read_back(run, tmp_path):
    out = tmp_path / "case.yaml"
    code, stdout, err = run("read", str(TEXT), "-o", str(out))

    assert (code, stdout) == (0, "")
    assert "left open" in err
    case = load_case(out)
    assert case.subject.age_years == 52
    assert [(lesion.site, lesion.side) for lesion in case.lesions] == [("shoulder", "right"), ("pelvis", "left")]
    assert list(tmp_path.iterdir()) == [out]


def test_json_alone_goes_to_stdout_and_nothing_else(run):
    code, stdout, err = run("read", str(TEXT), "--json")

    assert (code, err) == (0, "")
    assert json.loads(stdout)["foci"][0] == {"organ": "thyroid", "side": "left", "pole": "lower"}


def test_what_is_left_out_stands_in_the_file_as_a_comment_without_words_of_the_text(run, tmp_path):
    out = tmp_path / "case.yaml"
    text = tmp_path / "report.txt"
    text.write_text("A 40-year-old man. Erosion of the zygapophysis could not be excluded.")
    run("read", str(text), "-o", str(out), "--quiet")

    written = out.read_text()
    assert "#   findings.bone_erosion: said as a possibility only (characters 19-26)" in written
    assert "zygapophysis" not in written


@pytest.mark.parametrize(
    ("content", "code", "complaint"),
    [
        (b"", 3, "empty"),
        (b"\xff\xfe\x00\x01" * 99, 3, "UTF-8"),
        (b"%PDF-1.4" + bytes(range(32)) * 40, 3, "no text"),
        (None, 2, "no such text"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line_and_leaves_nothing(run, tmp_path, content, code, complaint):
    text, out = tmp_path / "report.txt", tmp_path / "case.yaml"
    if content is not None:
        text.write_bytes(content)
    met, stdout, err = run("read", str(text), "-o", str(out))

    assert (met, stdout) == (code, "")
    assert complaint in err
    assert err.count("\n") == 1
    assert not out.exists()


def test_an_existing_case_file_is_kept_unless_forced(run, tmp_path):
    out = tmp_path / "case.yaml"
    out.write_text("mine")

    assert run("read", str(TEXT), "-o", str(out))[0] == 2
    assert out.read_text() == "mine"
    assert run("read", str(TEXT), "-o", str(out), "--force", "--quiet") == (0, "", "")
    assert yaml.safe_load(out.read_text())["subject"]["sex"] == "M"


def test_the_text_itself_is_never_replaced(run, tmp_path):
    text = tmp_path / "report.yaml"
    text.write_text("A 40-year-old man had a lump.")

    assert run("read", str(text), "-o", str(text), "--force")[0] == 2
    assert text.read_text().startswith("A 40")


def test_no_output_asked_for_is_wrong_usage(run):
    assert run("read", str(TEXT))[0] == 2


@pytest.mark.skipif(not REFERENCE.exists(), reason="the text of Eurorad 16448 is not beside this checkout")
def test_the_reference_report_without_its_conclusions_ranks_secondary_tumoral_calcinosis_first(run, tmp_path):
    out = tmp_path / "case.yaml"
    assert run("read", str(REFERENCE), "-o", str(out), "--quiet")[0] == 0
    case = yaml.safe_load(out.read_text())
    del case["diagnosis"], case["stated_differential"]
    out.write_text(yaml.safe_dump(case))
    code, stdout, _ = run("rank", str(out), "--json")

    assert code == 0
    assert json.loads(stdout)["differential"][0]["diagnosis"] == "secondary_tumoral_calcinosis"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("Eine 54-jährige Patientin mit Dialyse. Phosphat 2,3 mmol/l. Kein Diabetes mellitus.", "not in English"),
        ("Une patiente de 54 ans, sans diabetes, avec une masse de la hanche.", "not in English"),
        ("The weather report of the day says rain.", "nothing in this text was understood"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_text_of_which_nothing_is_understood_is_refused_in_one_line(run, tmp_path, content, complaint, as_json):
    text, out = tmp_path / "report.txt", tmp_path / "case.yaml"
    text.write_text(content, encoding="utf-8")
    code, stdout, err = run("read", str(text), "-o", str(out), *(["--json"] if as_json else []))

    assert (code, stdout) == (3, "")
    assert complaint in err
    assert err.count("\n") == 1
    assert not out.exists()
