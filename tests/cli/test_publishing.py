"""``calcimeter deidentify`` and ``calcimeter write`` as a shell meets them."""

from __future__ import annotations

import json

import pydicom
import pytest

from cli.small_scan import small_scan
from load.ct_files import write_dicom
from report.drafted import write_a_case, write_ct


@pytest.fixture
def scan(tmp_path):
    write_dicom(tmp_path / "DOE^JOHN", small_scan())
    return tmp_path / "DOE^JOHN"


def test_images_are_written_and_counted(run, scan, tmp_path):
    said = run("deidentify", scan, "-o", tmp_path / "out", "--json")

    assert said.code == 0
    told = json.loads(said.out)
    assert (told["patients"], told["images"], told["masked"], told["left_out"]) == (1, 24, 0, [])
    assert json.loads((tmp_path / "out" / "deidentification.json").read_text()) == told
    assert len(list((tmp_path / "out").rglob("IM*.dcm"))) == 24

    again = run("deidentify", scan, "-o", tmp_path / "out")
    assert again.code == 2
    assert "--force" in again.err


def test_a_burned_in_name_is_refused_with_the_file_and_nothing_is_left(run, scan, tmp_path):
    path = min(scan.iterdir())
    dataset = pydicom.dcmread(path)
    dataset.BurnedInAnnotation = "YES"
    dataset.save_as(path)
    said = run("deidentify", scan, "-o", tmp_path / "out")

    assert said.code == 3
    assert len(said.err.splitlines()) == 1
    assert path.name in said.err
    assert "--mask" in said.err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["DOE^JOHN"]

    masked = run("deidentify", scan, "-o", tmp_path / "out", "--mask", "0,0,48,4")
    assert masked.code == 0
    assert "1 masked" in masked.out


@pytest.mark.parametrize("mask", ["1,2,3", "a,b,c,d", "0,0,9000,4", "5,5,5,9"])
def test_a_mask_that_is_none_is_wrong_usage(run, scan, tmp_path, mask):
    for path in scan.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.BurnedInAnnotation = "YES"
        dataset.save_as(path)
    said = run("deidentify", scan, "-o", tmp_path / "out", "--mask", mask)
    assert said.code == 2
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_and_what_is_no_image_is_refused(run, tmp_path):
    assert run("deidentify", tmp_path / "nowhere", "-o", tmp_path / "out").code == 2
    (tmp_path / "letter.txt").write_text("Dear")
    assert run("deidentify", tmp_path / "letter.txt", "-o", tmp_path / "out").code == 3
    assert run("deidentify", tmp_path / "letter.txt").code == 2
    assert not (tmp_path / "out").exists()


def test_an_interruption_leaves_nothing(run, scan, tmp_path, monkeypatch):
    from calcimeter.deidentify import folder

    written = folder.Path.write_bytes
    calls = []

    def interrupted(path, content):
        calls.append(path)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return written(path, content)

    monkeypatch.setattr(folder.Path, "write_bytes", interrupted)
    assert run("deidentify", scan, "-o", tmp_path / "out").code == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["DOE^JOHN"]


@pytest.mark.parametrize("form", ["eurorad", "care"])
def test_a_draft_is_written(run, tmp_path, form):
    said = run("write", write_a_case(tmp_path / "OUT"), "--form", form, "-o", tmp_path / "draft")

    assert said.code == 0
    assert "left to the author" in said.out
    assert {"draft.md", "draft.docx", "sources.json", "figure-1.png"} <= {
        p.name for p in (tmp_path / "draft").iterdir()
    }


def test_the_sources_come_on_stdout(run, tmp_path):
    said = run("write", write_ct(tmp_path / "OUT"), "--form", "care", "--json")
    assert said.code == 0
    assert json.loads(said.out)["form"] == "care"


def test_a_form_that_is_not_known_or_not_named_is_wrong_usage(run, tmp_path):
    out = write_ct(tmp_path / "OUT")
    assert run("write", out, "--form", "novel", "-o", tmp_path / "draft").code == 2
    assert run("write", out, "-o", tmp_path / "draft").code == 2
    assert run("write", out, "--form", "care").code == 2
    assert run("write", tmp_path, "--form", "care", "-o", tmp_path / "draft").code == 2
    assert not (tmp_path / "draft").exists()


def test_a_draft_of_a_folder_that_is_not_there_says_so_without_its_path(run, tmp_path):
    said = run("write", tmp_path / "SECRETNAME", "--form", "care", "-o", tmp_path / "draft")
    assert said.code == 2
    assert "there is no such folder" in said.err
    assert "SECRETNAME" not in said.err


def test_a_draft_of_a_result_that_says_nothing_is_refused_and_not_written(run, tmp_path):
    (tmp_path / "OUT").mkdir()
    (tmp_path / "OUT" / "case.json").write_text('{"schema":"calcimeter.case/1"}')
    said = run("write", tmp_path / "OUT", "--form", "care", "-o", tmp_path / "draft")
    assert (said.code, said.out) == (3, "")
    assert "met a case.json without caveats" in said.err
    assert not (tmp_path / "draft").exists()
