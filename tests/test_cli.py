"""The command as its users meet it: what it writes and prints, how it refuses, and what it leaves behind."""

from __future__ import annotations

import csv
import json
import logging
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from calcimeter import __version__
from calcimeter.cli import commands, main
from calcimeter.phantom import acquisition_of, scan, scene_of, write_reference

VERBS = tuple(commands.commands)
TEXT_FILES = {"analysis.json", "lesions.csv", "report.html"}
IMAGE_FILES = {"lesions.nii.gz", "lesions.seg.nrrd", "bones.nii.gz", "registration.npz", "report.pdf", "figures"}

# The names that the contract gives, a level a line; None stands for a plain value.
ESTIMATE = {"value": None, "low": None, "high": None}
LESION = {
    **dict.fromkeys(("id", "tracking_uid", "category", "confidence", "reasons", "centroid_mm", "bounding_box_mm")),
    **dict.fromkeys(("parts", "mineral_volume_mm3", "volume_threshold_mm3", "mass_mg_ha", "agatston", "caveats")),
    **dict.fromkeys(("mean_hu", "max_hu", "feret_mm", "surface_mm2", "sphericity", "solidity", "lobes", "pattern")),
    **dict.fromkeys(("volume_mm3", "long_axis_mm", "short_axis_mm"), ESTIMATE),
    "extent_mm": dict.fromkeys(("left_right", "anteroposterior", "craniocaudal")),
    "projected_mm": dict.fromkeys(("coronal", "sagittal")),
    "fluid_level": dict.fromkeys(("state", "levels", "gravity_lps")),
    "place": {
        **dict.fromkeys(("bone", "part", "side", "direction", "distance_mm", "contact_mm2")),
        **dict.fromkeys(("joint", "joint_distance_mm", "compartment", "site")),
    },
}
BURDEN = {"lesions": None, "volume_mm3": None, "mass_mg_ha": None}
RECORD = {
    **dict.fromkeys(("schema", "status", "caveats", "findings", "differential", "red_flags", "next_tests", "lesions")),
    "study": dict.fromkeys(("modality", "series_uid", "spacing_mm", "kvp", "kernel", "position", "alternatives")),
    "search": dict.fromkeys(("regions", "examined_mm3", "threshold_hu", "detection_limit_mm3", "not_examined")),
    "calibration": dict.fromkeys(("level", "mg_ha_per_ml_per_hu", "relative_uncertainty")),
    "skeleton": dict.fromkeys(("bones", "source")),
    "burden": dict.fromkeys(("soft_tissue", "uncertain", "vascular"), BURDEN),
    "provenance": dict.fromkeys(("version", "settings", "input_sha256")),
}


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


class Case(NamedTuple):
    """A scan, its OUT, and what the command said while it made it."""

    scan: Path
    out: Path
    said: Said

    def record(self):
        return json.loads((self.out / "analysis.json").read_text())


@pytest.fixture
def run(monkeypatch, capsys):
    """A function that calls the command in this process, as a shell would."""
    yield lambda *words: _call(monkeypatch, capsys, words)
    logging.getLogger("calcimeter").handlers.clear()


def _call(monkeypatch, capsys, words):
    logging.getLogger("calcimeter").handlers.clear()
    monkeypatch.setattr(sys, "argv", ["calcimeter", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as stopped:
        code = stopped.code or 0
    printed = capsys.readouterr()
    return Said(code, printed.out, printed.err)


@pytest.fixture(scope="session")
def spheres(tmp_path_factory):
    """Four spheres of 10 to 30 mm in a thigh, analyzed by the command in a process of its own."""
    scene = scene_of("spheres")
    reference = scan(replace(scene, deposits=scene.deposits[:4]), acquisition_of("spheres"))
    return _analyzed(reference, tmp_path_factory.mktemp("spheres"))


@pytest.fixture(scope="session")
def nothing(tmp_path_factory):
    """The same thigh without a deposit."""
    return _analyzed(scan(scene_of("empty"), acquisition_of("empty")), tmp_path_factory.mktemp("nothing"))


def _analyzed(reference, folder):
    write_reference(reference, folder / "SECRETSURNAME")
    done = _process("analyze", folder / "SECRETSURNAME", "-o", folder / "out", "--json")
    assert done.returncode == 0, done.stderr
    return Case(folder / "SECRETSURNAME", folder / "out", Said(done.returncode, done.stdout, done.stderr))


def _process(*words):
    command = [sys.executable, "-m", "calcimeter", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# --- help ----------------------------------------------------------------------------------------------------------


def test_the_version_is_told():
    assert _process("--version").stdout == f"calcimeter {__version__}\n"


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


# --- results -------------------------------------------------------------------------------------------------------


def test_the_result_on_stdout_is_the_one_in_the_file_and_nothing_else(spheres, nothing):
    assert json.loads(spheres.said.out) == spheres.record()
    assert json.loads(nothing.said.out) == nothing.record()


def test_progress_goes_to_stderr_and_names_no_file(spheres):
    assert all(line.startswith("calcimeter: ") for line in spheres.said.err.splitlines())
    assert "SECRETSURNAME" not in spheres.said.err


def test_the_files_are_those_of_the_contract(spheres, nothing):
    dicom = {"lesions.seg.dcm", "report.sr.dcm"}
    assert {path.name for path in spheres.out.iterdir()} == TEXT_FILES | IMAGE_FILES | dicom
    assert {path.name for path in nothing.out.iterdir()} == TEXT_FILES | IMAGE_FILES | dicom - {"lesions.seg.dcm"}


def test_every_field_that_the_contract_names_is_there(spheres, nothing):
    record = spheres.record()
    assert not _missing(RECORD, record)
    assert not _missing(RECORD, nothing.record())
    assert not [name for lesion in record["lesions"] for name in _missing(LESION, lesion)]


def _missing(expected, met, where=""):
    """Names in ``expected`` that are not in ``met``, with their place; what is null has no parts."""
    if expected is None or met is None:
        return []
    absent = [f"{where}.{name}" for name in expected if name not in met]
    inner = [_missing(parts, met[name], f"{where}.{name}") for name, parts in expected.items() if name in met]
    return absent + [name for names in inner for name in names]


def test_what_is_not_known_is_null_with_a_caveat(spheres):
    record = spheres.record()
    codes = {caveat["code"] for caveat in record["caveats"]}
    assert record["status"] == "ok_with_caveats"
    assert {"CALIBRATION_NOT_AVAILABLE", "AGATSTON_NOT_COMPUTED", "BONES_NOT_NAMED"} <= codes
    assert {"DIFFERENTIAL_NOT_COMPUTED", "FLUID_LEVEL_NOT_EXAMINED", "INTERVAL_NOT_AVAILABLE"} <= codes
    for lesion in record["lesions"]:
        assert lesion["mass_mg_ha"] is lesion["agatston"] is lesion["place"]["side"] is None
        assert lesion["volume_mm3"]["low"] is None
        assert lesion["fluid_level"]["state"] == "indeterminate"
    assert record["calibration"]["level"] == "none"
    assert "NaN" not in (spheres.out / "analysis.json").read_text()


def test_the_lesions_are_the_true_ones_largest_first(spheres):
    true = json.loads((spheres.scan / "truth.json").read_text())["lesions"]
    lesions = spheres.record()["lesions"]
    assert [lesion["id"] for lesion in lesions] == [1, 2, 3, 4]
    for lesion, truth in zip(lesions, true, strict=True):
        assert lesion["category"] == "soft_tissue"
        assert lesion["volume_mm3"]["value"] == pytest.approx(truth["volume_mm3"], rel=0.05)
        assert lesion["centroid_mm"] == pytest.approx(truth["centroid_mm"], abs=0.5)
        # From voxel edge to voxel edge: up to the diagonal of a pixel of 1 mm too long.
        assert -0.5 < lesion["long_axis_mm"]["value"] - truth["long_axis_mm"] < 1.5


def test_none_found_says_where_and_down_to_what_size(nothing, run):
    record = nothing.record()
    assert record["lesions"] == []
    assert 1 < record["search"]["detection_limit_mm3"] < 50
    assert record["search"]["examined_mm3"] > 1e6
    assert record["findings"]["mineralized"]["present"] is False

    said = run("analyze", nothing.scan, "-o", nothing.out.with_name("again"), "--quiet")
    first = said.out.splitlines()[0]
    limit = f"{record['search']['detection_limit_mm3']:.0f}"
    assert first.startswith("None over")
    assert limit in first
    assert said.err == ""


def test_the_table_has_a_row_a_lesion_and_a_header_without_one(spheres, nothing):
    with (spheres.out / "lesions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["volume_mm3"]) for row in rows] == [
        lesion["volume_mm3"]["value"] for lesion in spheres.record()["lesions"]
    ]
    assert rows[0]["agatston"] == ""
    assert (nothing.out / "lesions.csv").read_text().count("\n") == 1


def test_the_label_map_holds_the_ids_on_the_source_grid(spheres, nothing):
    import nibabel as nib

    labels = np.asarray(nib.load(spheres.out / "lesions.nii.gz").dataobj)
    assert labels.shape == (200, 200, 80)
    assert set(np.unique(labels)) == {0, 1, 2, 3, 4}
    assert not np.asarray(nib.load(nothing.out / "lesions.nii.gz").dataobj).any()


def test_no_result_but_dicom_names_the_patient_or_a_path(spheres):
    banned = (b"SECRETSURNAME", b"CALCIMETER^PHANTOM", str(spheres.out.parent).encode())
    for path in spheres.out.rglob("*"):
        if path.is_file() and path.suffix != ".dcm":
            content = path.read_bytes()
            assert not [word for word in banned if word in content], path.name


def test_json_alone_writes_no_file(spheres, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("analyze", spheres.scan, "--json", "--quiet")
    assert (code, err) == (0, "")
    assert json.loads(out) == spheres.record()
    assert list(tmp_path.iterdir()) == []


def test_a_zip_of_the_series_gives_the_same_result(spheres, run, tmp_path):
    with zipfile.ZipFile(tmp_path / "series.zip", "w") as archive:
        for path in (spheres.scan / "dicom").iterdir():
            archive.write(path, f"study/{path.name}")
    assert json.loads(run("analyze", "-i", tmp_path / "series.zip", "--json").out) == spheres.record()


# --- what a reader brings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lesions.nii.gz", "lesions.seg.nrrd", "lesions.seg.dcm"])
def test_outlines_of_an_earlier_result_are_measured_as_drawn(name, spheres, run):
    said = run("analyze", spheres.scan, "--lesions", spheres.out / name, "--json")
    assert said.code == 0, said.err
    given, found = json.loads(said.out)["lesions"], spheres.record()["lesions"]
    for lesion, before in zip(given, found, strict=True):
        assert "GIVEN_OUTLINE" in lesion["caveats"]
        assert lesion["long_axis_mm"]["value"] == before["long_axis_mm"]["value"]
        assert lesion["volume_threshold_mm3"] <= lesion["volume_mm3"]["value"]  # unfilled, inside the outline


def test_a_reader_sets_rejects_and_merges_and_it_is_recorded(spheres, run, tmp_path):
    first, second, third, fourth = (lesion["tracking_uid"] for lesion in spheres.record()["lesions"])
    edits = tmp_path / "edits.yaml"
    edits.write_text(
        "edits:\n"
        f'  - {{lesion: "{first}", set: {{category: vascular, side: left, label: "old plaque"}}, why: "beaded"}}\n'
        f'  - {{lesion: "{second}", reject: true, why: "suture"}}\n'
        f'  - {{merge: ["{third}", "{fourth}"]}}\n'
    )
    record = json.loads(run("analyze", spheres.scan, "--edits", edits, "--json").out)

    merged, plaque = record["lesions"]
    assert (merged["id"], merged["tracking_uid"], merged["parts"]) == (1, third, 2)
    assert (plaque["category"], plaque["label"], plaque["place"]["side"]) == ("vascular", "old plaque", "left")
    assert second not in [lesion["tracking_uid"] for lesion in record["lesions"]]
    assert [edit["action"] for edit in record["provenance"]["edits"]] == ["set", "reject", "merge"]
    assert "EDITED_BY_READER" in {caveat["code"] for caveat in record["caveats"]}
    assert record["burden"]["soft_tissue"]["lesions"] == 1


def test_an_edit_of_an_unknown_lesion_is_wrong_usage(spheres, run, tmp_path):
    (tmp_path / "edits.yaml").write_text('edits:\n  - {lesion: "2.25.1", reject: true}\n')
    said = run("analyze", spheres.scan, "--edits", tmp_path / "edits.yaml", "--json", "--quiet")
    assert said.code == 2
    assert "2.25.1" in said.err


def test_voltage_and_position_can_be_told_where_the_input_does_not(spheres, run, tmp_path):
    import nibabel as nib

    hu = np.asarray(nib.load(spheres.out / "bones.nii.gz").dataobj).astype(np.int16) * 900 + 40
    hu[:, :3] = -1000
    nib.save(nib.Nifti1Image(hu, nib.load(spheres.out / "bones.nii.gz").affine), tmp_path / "scan.nii.gz")

    unknown = json.loads(run("analyze", tmp_path / "scan.nii.gz", "--json").out)
    told = json.loads(run("analyze", tmp_path / "scan.nii.gz", "--json", "--kvp", 100, "--position", "FFP").out)
    codes = {caveat["code"] for caveat in unknown["caveats"]} - {caveat["code"] for caveat in told["caveats"]}
    assert codes == {"KVP_UNKNOWN", "POSITION_UNKNOWN"}
    assert (unknown["study"]["kvp"], unknown["study"]["position"]) == (None, None)
    assert (told["study"]["kvp"], told["study"]["position"]) == (100.0, "FFP")


# --- series --------------------------------------------------------------------------------------------------------


def test_series_are_listed_a_tie_is_wrong_usage_and_one_can_be_named(spheres, nothing, run, tmp_path):
    for case, name in ((spheres, "a"), (nothing, "b")):
        shutil.copytree(case.scan / "dicom", tmp_path / "both" / name)
    uids = {case.record()["study"]["series_uid"] for case in (spheres, nothing)}

    listed = run("analyze", tmp_path / "both", "--list")
    assert {line.split()[0] for line in listed.out.splitlines()} == uids
    as_json = json.loads(run("analyze", tmp_path / "both", "--list", "--json").out)
    assert {(one["series_uid"], one["instances"]) for one in as_json} == {(uid, 80) for uid in uids}

    tie = run("analyze", tmp_path / "both", "--json", "--quiet")
    assert tie.code == 2
    assert all(uid in tie.err for uid in uids)

    empty = nothing.record()["study"]["series_uid"]
    named = json.loads(run("analyze", tmp_path / "both", "--series", empty, "--json").out)
    assert named["lesions"] == []
    assert [one["series_uid"] for one in named["study"]["alternatives"]] == [*(uids - {empty})]


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with wrong inputs, under a name that must not be told."""
    folder = tmp_path / "SECRETSURNAME"
    folder.mkdir()
    (folder / "empty").mkdir()
    (folder / "notes.txt").write_text("no image")
    (folder / "broken.nii.gz").write_text("no image either")
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


@pytest.mark.parametrize("words", REFUSED)
def test_a_refusal_is_one_line_that_says_what_was_met_and_expected(words, run, place):
    said = run(*words.split(), "--quiet")
    assert said.err.startswith("calcimeter: met ")
    assert said.err.count("\n") == 1
    assert "expected" in said.err or "again" in said.err


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


def test_the_demonstration_sets_the_truth_beside_the_measurement(run, tmp_path):
    said = run("demo", "-o", tmp_path / "demo", "--json", "--quiet")
    assert said.err == ""
    told = json.loads(said.out)
    assert told["lesions"] == 1
    for row in told["comparison"]:
        # Within a voxel for lengths, 2 % for the volume.
        assert row["measured"] == pytest.approx(row["true"], rel=0.02, abs=0 if row["unit"] == "ml" else 1.2)
    assert {path.name for path in (tmp_path / "demo").iterdir()} == {"analysis", "phantom"}
