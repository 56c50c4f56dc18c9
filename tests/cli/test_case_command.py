"""``calcimeter case`` as a shell meets it: two scans of a thigh, a study that is no image, blood and treatment."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time

import pydicom
import pytest

from calcimeter.phantom import write_reference
from calcimeter.phantom.acquire import Acquisition, scan
from calcimeter.phantom.parts import Layered, filled
from calcimeter.phantom.scene import Deposit, Scene
from calcimeter.phantom.skeleton import femur
from calcimeter.phantom.solids import Ellipsoid, sphere

MIDDLE = (118.0, 0.0, -62.0)
THIGH = Layered(
    ((Ellipsoid((118.0, 0.0, 0.0), (66.0, 64.0, 1e5)), -100.0), (Ellipsoid(MIDDLE, (60.0, 58.0, 1e5)), 55.0))
)
CASE = """\
subject: {age_years: 54, sex: M}
history: {chronic_kidney_disease: true}
labs:
  - {analyte: phosphate, value: 2.3, unit: mmol/L, date: 1999-12-31, reference: [0.8, 1.5]}
  - {analyte: phosphate, value: 1.2, unit: mmol/L, date: 2000-06-29, reference: [0.8, 1.5]}
  - {analyte: crp, value: 2, unit: mg/L, date: 2000-06-29}
findings: {bone_erosion: false}
studies:
  - {path: second, region: thigh}
  - {path: broken, region: knee, date: 2000-01-05}
  - {path: first, region: thigh}
treatments: [{what: phosphate_binder, date: 2000-01-11}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A mass that shrinks in 180 days, and a folder of something else."""
    folder = tmp_path_factory.mktemp("case")
    for name, radius, z, day in (("first", 10.0, -62.0, 0), ("second", 7.5, -56.0, 180)):
        mass = Deposit("mass", "sphere", filled(sphere((160.0, -24.0, -40.0), radius), 400, 5), "homogeneous")
        scene = Scene("thigh", (THIGH,), (femur("left"),), (mass,), 55.0)
        acquisition = Acquisition((72, 112, 112), (2.2, 1.2, 1.2), (MIDDLE[0], MIDDLE[1], z), seed=len(name))
        write_reference(scan(scene, acquisition), folder / name, day)
    (folder / "broken").mkdir()
    (folder / "broken" / "IM1.dcm").write_bytes(b"no image")
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    return folder


@pytest.fixture
def record(run, folder):
    """What the command says of the case, worked up once."""
    if not (folder / "out").exists():
        said = run("case", folder / "case.yaml", "-o", folder / "out", "--json", "--quiet")
        assert (said.code, said.err) == (0, "")
        assert json.loads((folder / "out" / "case.json").read_text()) == json.loads(said.out)
    return json.loads((folder / "out" / "case.json").read_text())


def test_a_study_that_is_refused_is_reported_and_the_rest_goes_on(record, folder):
    second, broken, first = record["studies"]
    assert [study["day"] for study in record["studies"]] == [180, 4, 0]
    assert broken["status"] == "refused"
    assert broken["reason"]
    assert broken["folder"] is None
    assert "CASE_STUDY_REFUSED" in {one["code"] for one in record["caveats"]}
    assert sorted(path.name for path in (folder / "out" / "studies").iterdir()) == ["01-ct", "03-ct"]
    assert (second["folder"], first["folder"]) == ("studies/01-ct", "studies/03-ct")


def test_the_later_scan_is_compared_with_the_earlier_one_whatever_the_order_of_the_file(record, folder):
    (pair,) = record["comparisons"]
    assert (pair["earlier"], pair["later"], pair["interval_days"]) == (3, 1, 180)
    assert pair["response"] == "partial_response"
    (deposit,) = record["deposits"]
    assert [(one["study"], one["lesion"]) for one in deposit["seen"]] == [(3, 1), (1, 1)]
    kept = json.loads((folder / "out" / "studies" / "01-ct" / "analysis.json").read_text())["lesions"][0]
    assert kept["tracking_uid"] == deposit["tracking_uid"]


def test_blood_before_treatment_is_weighed_and_what_came_after_it_is_shown(record):
    chemistry = record["chemistry"]
    assert chemistry["before_treatment"]["values"]["phosphate"]["status"] == "high"
    assert chemistry["values"]["phosphate"]["status"] == "normal"
    assert [point["day"] for point in record["timeline"]["blood"][0]["points"]] == [-1, 180]
    phosphate = [e for e in record["differential"][0]["evidence"] if e["finding"] == "phosphate"]
    assert phosphate[0]["seen"] == "high"
    crp = [e for e in record["differential"][0]["evidence"] if e["finding"] == "crp"]
    assert crp[0]["seen"] == "normal"
    assert "CASE_BLOOD_PARTLY_AFTER_TREATMENT" in {one["code"] for one in record["caveats"]}
    assert [note.partition(":")[2] for note in chemistry["notes"]] == [" phosphate (1)", " C-reactive protein (1)"]


def test_what_has_no_day_is_not_compared_for_which_came_first_is_not_known(run, folder, tmp_path):
    shutil.copytree(folder / "first", tmp_path / "undated")
    for path in (tmp_path / "undated").rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.StudyDate = ""
        dataset.save_as(path)
    studies = f"[{{path: undated, region: thigh}}, {{path: '{folder / 'second'}', region: thigh}}]"
    (tmp_path / "case.yaml").write_text(f"studies: {studies}\n", encoding="utf-8")
    said = run("case", tmp_path / "case.yaml", "--json", "--quiet")
    assert said.code == 0, said.err
    (pair,) = json.loads(said.out)["comparisons"]
    assert (pair["status"], pair["response"], pair["interval_days"]) == ("refused", "not_comparable", None)
    assert "day of study 1 is not known" in pair["reason"]


def test_a_tie_of_series_is_told_without_their_uids(run, folder, tmp_path):
    for number in range(2):
        shutil.copytree(folder / "first", tmp_path / "tie" / str(number))
        for path in (tmp_path / "tie" / str(number)).rglob("*.dcm"):
            dataset = pydicom.dcmread(path)
            dataset.SeriesInstanceUID = f"1.2.3.4.{number}"
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = (
                f"1.2.3.5.{number}.{dataset.InstanceNumber}"
            )
            dataset.save_as(path)
    (tmp_path / "case.yaml").write_text("studies: [{path: tie}]\n", encoding="utf-8")
    said = run("case", tmp_path / "case.yaml", "--json", "--quiet")
    assert said.code == 3
    assert "equally good" in said.err
    assert "1.2.3.4" not in said.err


def test_an_existing_folder_is_not_replaced_without_force(run, folder, record):
    assert run("case", folder / "case.yaml", "-o", folder / "out", "--quiet").code == 2
    assert run("case", folder / "case.yaml", "-o", folder, "--force", "--quiet").code == 2  # it holds the input
    assert run("case", folder / "case.yaml").code == 2  # neither -o nor --json


def test_a_case_of_which_nothing_can_be_measured_is_refused_and_leaves_nothing(run, folder):
    (folder / "none.yaml").write_text("studies: [{path: broken}]\n", encoding="utf-8")
    said = run("case", folder / "none.yaml", "-o", folder / "nothing")
    assert said.code == 3
    assert said.err.startswith("calcimeter: none of 1 studies could be measured")
    assert not (folder / "nothing").exists()


def test_a_path_that_is_not_there_is_wrong_usage_before_any_work(run, folder):
    (folder / "gone.yaml").write_text("studies: [{path: first}, {path: gone}]\n", encoding="utf-8")
    said = run("case", folder / "gone.yaml", "-o", folder / "nothing")
    assert said.code == 2
    assert "study 2" in said.err
    assert not (folder / "nothing").exists()


def test_an_interrupted_case_leaves_nothing_half_written(folder, tmp_path):
    command = [sys.executable, "-m", "calcimeter", "case", str(folder / "case.yaml"), "-o", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 20
        while not any(tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode != 0
    assert out == ""
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_three_dates_give_consecutive_comparisons_and_a_time_line(run, folder, record):
    first, second = (folder / "out" / "studies" / name for name in ("03-ct", "01-ct"))
    said = run("compare", first, second, second, "-o", folder / "course", "--json", "--quiet")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert json.loads((folder / "course" / "timeline.json").read_text()) == told
    assert [(one["earlier"], one["later"], one["response"]) for one in told["comparisons"]] == [
        (1, 2, "partial_response"),
        (2, 3, "stable"),
    ]
    (deposit,) = told["deposits"]
    assert [one["study"] for one in deposit["seen"]] == [1, 2, 3]
    assert [point["day"] for point in told["timeline"]["volumes"][0]["points"]] == [0, 180]
    for pair in ("01-02", "02-03"):
        assert (folder / "course" / pair / "comparison.json").is_file()
    assert "svg" in (folder / "course" / "report.html").read_text()
