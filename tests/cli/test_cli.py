"""The command as its users meet it: help, wrong calls and refusals, what is left behind, reference objects."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time

import pytest

from calcimeter import __version__
from calcimeter.cli import commands

VERBS = tuple(commands.commands)


# --- help ----------------------------------------------------------------------------------------------------------


def test_the_version_is_told():
    command = [sys.executable, "-m", "calcimeter", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"calcimeter {__version__}\n"


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_every_help_shows_an_example_on_a_line_of_its_own(verb, run):
    code, out, err = run(*verb.split(), "--help")

    assert code == 0
    assert err == ""
    assert re.search(rf"^ +(Examples?: +)?calcimeter {verb or 'analyze'} ", out, re.MULTILINE), out
    assert "\\b" not in out


def test_no_help_imports_anything_that_takes_time():
    script = f"""
import sys
from calcimeter.cli import main
for verb in {VERBS}:
    sys.argv = ["calcimeter", verb, "--help"]
    try:
        main()
    except SystemExit:
        pass
print(*sorted({{name.split(".")[0] for name in sys.modules}} & {{"numpy", "scipy", "pydicom", "yaml", "PIL"}}))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with wrong inputs, under a name that must not be told."""
    folder = tmp_path / "SECRETSURNAME"
    folder.mkdir()
    (folder / "empty").mkdir()
    (folder / "notes.txt").write_text("no image")
    (folder / "broken.nii.gz").write_text("no image either")
    (folder / "nowhere").symlink_to("gone")
    (folder / "existing").mkdir()
    (folder / "existing" / "work").write_text("somebody's")
    monkeypatch.chdir(folder)
    return folder


WRONG_USAGE = (
    "analyze",
    "analyze missing -o OUT",
    "analyze empty",
    "analyze empty notes.txt -o OUT",
    "analyze empty -i notes.txt -o OUT",
    "analyze empty -o existing",
    "analyze empty -o notes.txt",
    "analyze empty -o nowhere",
    "analyze empty -o nowhere --force",
    "analyze empty -o . --force",
    "analyze empty -o OUT --frobnicate",
    "analyze empty -o OUT --kvp much",
    "analyze empty -o OUT --kvp 1",
    "analyze empty -o OUT --position LYING",
    "phantom",
    "phantom sphere",
    "phantom sfere -o OUT",
    "phantom sphere -o existing",
    "demo -o existing",
    "demo somewhere",
    "frobnicate",
)
REFUSED = (
    "analyze empty -o OUT",
    "analyze notes.txt -o OUT",
    "analyze broken.nii.gz -o OUT",
    "analyze empty --json",
    "analyze empty -o existing --force",
)


@pytest.mark.parametrize(("code", "words"), [(2, words) for words in WRONG_USAGE] + [(3, words) for words in REFUSED])
def test_a_wrong_call_has_its_exit_code_and_leaves_nothing(code, words, run, place):
    before = sorted(path.name for path in place.rglob("*"))
    said = run(*words.split())

    assert said.code == code
    assert said.out == ""
    assert said.err != ""
    assert sorted(path.name for path in place.rglob("*")) == before
    assert (place / "existing" / "work").read_text() == "somebody's"


@pytest.mark.parametrize(
    "words",
    [
        ("analyze", "", "-o", "OUT"),
        ("analyze", "existing", "-o", ""),
        ("analyze", "existing", "-o", "OUT", "--lesions", ""),
        ("analyze", "existing", "", "-o", "OUT"),
        ("compare", "existing", "", "-o", "OUT"),
        ("case", "", "-o", "OUT"),
        ("read", "notes.txt", "-o", ""),
    ],
)
def test_an_empty_name_is_a_wrong_call_and_not_the_working_directory(words, run, place):
    """As where a variable of a script is not set."""
    said = run(*words)

    assert (said.code, said.out) == (2, "")
    assert "met an empty name, expected that of a file or folder" in said.err


@pytest.mark.parametrize("words", [("analyze", "empty", "--json"), ("phantom", "sphere", "-o", "OUT"), ("rank", "x")])
def test_a_creation_date_that_is_no_number_is_said_before_any_work(words, run, place, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "abc")
    said = run(*words)

    assert (said.code, said.out) == (2, "")
    assert "SOURCE_DATE_EPOCH is not a number of seconds since 1970" in said.err


@pytest.mark.parametrize("words", REFUSED)
def test_a_refusal_is_one_line_that_says_what_was_met_and_expected(words, run, place):
    said = run(*words.split(), "--quiet")
    assert said.err.startswith("calcimeter: met ")
    assert said.err.count("\n") == 1
    assert ", expected " in said.err


def test_no_message_repeats_a_path(run, place):
    for words in (
        f"analyze {place}/missing -o OUT",
        f"analyze {place}/empty -o OUT",
        f"analyze {place}/notes.txt -o OUT",
    ):
        assert "SECRETSURNAME" not in run(*words.split(), "--quiet").err


def test_outlines_and_edits_that_are_not_there_are_wrong_usage(spheres, run, tmp_path):
    for option in ("--lesions", "--edits"):
        said = run("analyze", spheres.scan, option, tmp_path / "missing", "--json", "--quiet")
        assert (said.code, said.out) == (2, "")


@pytest.mark.parametrize("name", ["notes.txt", "empty"])
def test_an_input_without_a_series_is_not_listed_in_silence(name, run, place):
    said = run("analyze", place / name, "--list")
    assert said.out == ""
    assert said.err != ""


def test_where_out_can_not_be_made_is_said_before_the_work_and_nothing_is_left(run, place):
    said = run("analyze", place / "empty", "-o", place / "notes.txt" / "OUT", "--quiet")
    assert said.code == 2  # not 3: the input was not looked at yet
    assert said.err.count("\n") == 1
    assert (place / "notes.txt").read_text() == "no image"


def test_a_link_to_nowhere_is_called_one(run, place):
    assert "OUT is a link to nowhere" in run("analyze", place / "empty", "-o", place / "nowhere", "--quiet").err


def test_force_replaces_a_result_only_when_the_new_one_is_whole(nothing, run, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("old")
    assert run("analyze", nothing.scan, "-o", out, "--quiet").code == 2
    assert run("analyze", nothing.scan, "-o", out, "--force", "--quiet").code == 0
    assert {path.name for path in out.iterdir()} == {path.name for path in nothing.out.iterdir()}


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_leaves_nothing_half_written(stop, tmp_path):
    command = [sys.executable, "-m", "calcimeter", "demo", "-o", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 20
        while not any(tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(stop)
        out, err = running.communicate(timeout=20)
    assert running.returncode != 0
    assert out == ""
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


# --- reference objects ---------------------------------------------------------------------------------------------


def test_reference_objects_are_listed_and_written_with_their_truth(run, tmp_path):
    names = run("phantom", "--list").out.split()
    assert names[0] == "demo"
    assert json.loads(run("phantom", "--list", "--json").out) == names

    said = run("phantom", "sphere", "-o", tmp_path / "sphere", "--json")
    truth = json.loads((tmp_path / "sphere" / "truth.json").read_text())
    assert json.loads(said.out)["name"] == truth["name"] == "sphere"
    assert len(list((tmp_path / "sphere" / "dicom").iterdir())) == 80
