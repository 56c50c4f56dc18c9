"""``calcimeter compare`` and ``analyze --previous`` as a shell calls them."""

from __future__ import annotations

import json
import shutil

import jsonschema
import pytest

from calcimeter.phantom import write_reference
from calcimeter.phantom.acquire import Acquisition, scan
from calcimeter.phantom.parts import Layered, filled
from calcimeter.phantom.scene import Deposit, Scene
from calcimeter.phantom.skeleton import femur
from calcimeter.phantom.solids import Ellipsoid, sphere
from calcimeter.report.record import load_schema

MIDDLE = (118.0, 0.0, -62.0)
THIGH = Layered(
    ((Ellipsoid((118.0, 0.0, 0.0), (66.0, 64.0, 1e5)), -100.0), (Ellipsoid(MIDDLE, (60.0, 58.0, 1e5)), 55.0))
)


@pytest.fixture(scope="module")
def dates(tmp_path_factory):
    """Two scans of one thigh: a mass that shrinks, the second time higher up and at another spacing."""
    folder = tmp_path_factory.mktemp("dates")
    for name, radius, shape, step, z in (
        ("a", 10.0, (72, 112, 112), 2.2, -62.0),
        ("b", 7.5, (60, 104, 104), 2.5, -55.0),
    ):
        mass = Deposit("mass", "sphere", filled(sphere((160.0, -24.0, -40.0), radius), 400, 5), "homogeneous")
        scene = Scene("thigh", (THIGH,), (femur("left"),), (mass,), 55.0)
        acquisition = Acquisition(shape, (step, 1.2, 1.2), (MIDDLE[0], MIDDLE[1], z), seed=len(name) + shape[0])
        write_reference(scan(scene, acquisition), folder / name)
    return folder


def test_a_mass_that_shrinks_is_followed_both_ways(run, dates):
    assert run("analyze", dates / "a", "-o", dates / "A", "--quiet").code == 0
    said = run("analyze", dates / "b", "-o", dates / "B", "--previous", dates / "A", "--quiet")
    assert said.code == 0, said.err
    assert "shrunk" in said.out
    first, second = (json.loads((dates / out / "analysis.json").read_text())["lesions"] for out in ("A", "B"))
    assert second[0]["tracking_uid"] == first[0]["tracking_uid"]
    assert first[0]["tracking_uid"] in (dates / "B/lesions.csv").read_text()
    assert (dates / "B/comparison.html").is_file()

    said = run("analyze", dates / "b", "--previous", dates / "A", "--quiet", "--json")  # without OUT
    assert said.code == 0, said.err
    record = json.loads(said.out)
    jsonschema.validate(record, load_schema())
    assert record["comparison"] == json.loads((dates / "B/comparison.json").read_text())
    assert "comparison" not in json.loads((dates / "B/analysis.json").read_text())

    said = run("compare", dates / "A", dates / "B", "-o", dates / "C", "--quiet", "--json")
    assert said.code == 0, said.err
    told, kept = json.loads(said.out), json.loads((dates / "B/comparison.json").read_text())
    assert told["response"] == kept["response"] == "partial_response"
    change = told["lesions"][0]["change_mm3"]
    assert change == pytest.approx(-4 / 3 * 3.14159 * (10**3 - 7.5**3), rel=0.04)
    assert change == pytest.approx(kept["lesions"][0]["change_mm3"], rel=1e-4)

    assert run("compare", dates / "A", dates / "B", "-o", dates / "C", "--quiet").code == 2  # OUT exists
    assert (
        run("compare", dates / "A", dates / "A", "-o", dates / "A", "--force", "--quiet").code == 2
    )  # OUT is an input


def test_what_a_reader_rejects_has_neither_vanished_nor_is_it_new(run, dates, tmp_path):
    """The same scan twice, once with its mass rejected: the mineral is there, whatever it is."""
    assert run("analyze", dates / "a", "-o", tmp_path / "A", "--quiet").code == 0
    (mass,) = json.loads((tmp_path / "A/analysis.json").read_text())["lesions"]
    (tmp_path / "edits.yaml").write_text(f'edits:\n  - {{lesion: "{mass["tracking_uid"]}", reject: true}}\n')
    edited = ("analyze", dates / "a", "-o", tmp_path / "B", "--edits", tmp_path / "edits.yaml", "--quiet")
    assert run(*edited, "--previous", tmp_path / "A").code == 0
    kept = json.loads((tmp_path / "B/comparison.json").read_text())
    back = json.loads(run("compare", tmp_path / "B", tmp_path / "A", "--json", "--quiet").out)
    for told in (kept, back):
        assert (told["response"], told["lesions"][0]["state"]) == ("not_comparable", "not_comparable")
        assert "rejected by a reader" in told["lesions"][0]["because"]
        assert {"COMPARED_EDITED", "COMPARED_SAME_IMAGES"} <= {caveat["code"] for caveat in told["caveats"]}


def test_what_is_no_out_is_wrong_usage(run, tmp_path):
    (tmp_path / "empty").mkdir()
    said = run("compare", tmp_path / "empty", tmp_path / "empty", "-o", tmp_path / "out")
    assert said.code == 2
    assert "analyze the scan first" in said.err
    assert not (tmp_path / "out").exists()


def test_help_has_an_example(run):
    assert "Example" in run("compare", "--help").out


def test_along_a_bare_shaft_nothing_is_said_to_be_gone(run, spheres, nothing, tmp_path):
    """The same shaft: followed, but nothing is said to be gone."""
    said = run("compare", spheres.out, nothing.out, "-o", tmp_path / "out", "--json", "--quiet")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert told["response"] == "not_comparable"
    assert "COMPARED_BY_SHAFT" in {caveat["code"] for caveat in told["caveats"]}
    shutil.rmtree(tmp_path / "out")
