"""``calcimeter analyze EARLY DELAYED`` as a shell meets it."""

from __future__ import annotations

import json

import pydicom
import pytest


def test_two_scintigrams_are_analyzed(run, tmp_path):
    assert run("phantom", "scintigraphy", "-o", tmp_path / "neck").code == 0
    early, delayed = tmp_path / "neck" / "EARLY", tmp_path / "neck" / "DELAYED"
    said = run("analyze", early, delayed, "-o", tmp_path / "out", "--json")

    assert said.code == 0
    record = json.loads(said.out)
    truth = json.loads((tmp_path / "neck" / "truth.json").read_text())["foci"][0]
    assert record["verdict"] == "focus"
    assert (record["foci"][0]["side"], record["foci"][0]["pole"]) == (truth["side"], truth["pole"])
    assert json.loads((tmp_path / "out" / "analysis.json").read_text()) == record

    again = run("analyze", tmp_path / "neck", "--json")
    assert json.loads(again.out) == record


def test_the_early_image_may_be_given_by_the_option_of_the_input(run, tmp_path):
    run("phantom", "scintigraphy", "-o", tmp_path / "neck")
    early, delayed = tmp_path / "neck" / "EARLY", tmp_path / "neck" / "DELAYED"

    by_option = run("analyze", "-i", early, delayed, "--json")
    assert by_option.code == 0
    assert by_option.out == run("analyze", early, delayed, "--json").out

    three = run("analyze", "-i", early, delayed, delayed, "--json")
    assert three.code == 2
    assert "met three inputs" in three.err


def test_a_second_tracer_is_refused_on_one_line(run, tmp_path):
    run("phantom", "scintigraphy", "-o", tmp_path / "neck")
    path = tmp_path / "neck" / "DELAYED"
    dataset = pydicom.dcmread(path)
    dataset.RadiopharmaceuticalInformationSequence[0].Radiopharmaceutical = "Tc-99m pertechnetate"
    dataset.save_as(path)
    said = run("analyze", tmp_path / "neck" / "EARLY", path, "-o", tmp_path / "out")

    assert said.code == 3
    assert "pertechnetate" in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (("nosuch1", "nosuch2"), "neither of the two inputs exists"),
        (("neck/EARLY", "nosuch2"), "the second of the two inputs does not exist"),
        (("nosuch1", "neck/EARLY"), "the first of the two inputs does not exist"),
        (("notes.txt", "nosuch2", "--kvp", "120"), "the second of the two inputs does not exist"),
        (("notes.txt", "notes.txt"), "expected one, or an early and a delayed scintigram"),
    ],
)
def test_of_two_inputs_one_that_is_not_there_is_told_first(run, tmp_path, monkeypatch, inputs, words):
    run("phantom", "scintigraphy", "-o", tmp_path / "neck")
    (tmp_path / "notes.txt").write_text("nothing")
    monkeypatch.chdir(tmp_path)
    said = run("analyze", *inputs, "-o", "out", "--quiet")

    assert said.code == 2
    assert words in said.err
    assert not (tmp_path / "out").exists()
