"""``calcimeter analyze RADIOGRAPH`` as a shell meets it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from calcimeter.load.radiograph.study import load_radiograph
from calcimeter.phantom.radiograph import write_named_radiograph
from load.film_files import film, limb, picture, save

REFUSED = {
    "fluoroscopy": {"Modality": "RF", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.2"},
    "secondary capture": {"Modality": "OT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
    "several frames": {"NumberOfFrames": 30},
    "in color": {"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3},
    "not square": {"ImagerPixelSpacing": [0.1, 0.2]},
}


@pytest.fixture(scope="module")
def thigh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reference object with a sphere of 20 mm; its image and its truth."""
    folder = tmp_path_factory.mktemp("thigh")
    write_named_radiograph("radiograph-thigh", folder)
    return folder


def truth_of(folder: Path) -> dict:
    return json.loads((folder / "truth.json").read_text())["deposits"][0]


def point_in(folder: Path) -> str:
    return ",".join(f"{value:.0f}" for value in truth_of(folder)["centroid_px"])


def test_a_deposit_that_is_pointed_to_is_measured(run, thigh, tmp_path):
    said = run("analyze", thigh, "-o", tmp_path / "out", "--at", point_in(thigh), "--json")
    assert said.code == 0, said.err

    record = json.loads(said.out)
    (found,), truth = record["deposits"], truth_of(thigh)
    assert json.loads((tmp_path / "out" / "analysis.json").read_text()) == record
    assert found["given"] == "point"
    assert found["side"] == "left"
    assert found["centroid_px"] == pytest.approx(truth["centroid_px"], abs=3)
    for name in ("long_axis_mm", "short_axis_mm", "area_mm2"):
        assert found[name]["value"] == pytest.approx(truth[name], rel=0.12 if name == "area_mm2" else 0.08)
        assert found[name]["low"] < truth[name] < found[name]["high"]
    assert record["study"]["modality"] == "DX"
    assert record["calibration"]["plane"] == "patient"
    for path in (tmp_path / "out" / "figures").iterdir():
        with Image.open(path) as image:
            assert image.info == {}


def test_a_picture_with_a_scale_gives_the_same_size(run, thigh, tmp_path):
    study = load_radiograph(thigh)
    low, high = study.values.min(), study.values.max()
    deep = np.rint((study.values - low) / (high - low) * 65535).astype(np.uint16)
    path = picture(tmp_path / "film.png", deep)
    length_mm = 400 * study.calibration.pixel_mm
    words = ("analyze", path, "--at", point_in(thigh), "--json")

    bare = json.loads(run(*words).out)
    assert bare["calibration"]["plane"] == "none"
    assert bare["deposits"][0]["long_axis_mm"] is None
    assert bare["deposits"][0]["side"] is None

    said = run(*words, "--scale", f"100,600,500,600,{length_mm}")
    found = json.loads(said.out)["deposits"][0]
    assert found["long_axis_mm"]["value"] == pytest.approx(truth_of(thigh)["long_axis_mm"], rel=0.08)


def test_without_a_point_the_image_is_searched_and_nothing_is_excluded(run, thigh, tmp_path):
    said = run("analyze", thigh, "-o", tmp_path / "out")
    assert said.code == 0, said.err
    record = json.loads((tmp_path / "out" / "analysis.json").read_text())
    assert record["search"]["examined_px"] > 100_000
    assert record["findings"]["mineralized"]["present"] is not False
    assert "does not exclude" in said.out


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_no_radiograph_is_refused_on_one_line(run, tmp_path, words):
    path = save(film(**REFUSED[words]), tmp_path / "Secret_Name")
    said = run("analyze", path, "-o", tmp_path / "out", "--quiet")
    assert said.code == 3
    assert words in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--at", "900,40"), "outside the image"),
        (("--at", "10"), "--at X,Y"),
        (("--scale", "1,2,3"), "--scale"),
        (("--box", "5,5,6,6"), "--box"),
        (("--kvp", "120"), "'kvp'"),
        (("--previous", "."), "'previous'"),
    ],
)
def test_wrong_options_are_usage_errors(run, tmp_path, options, words):
    path = save(film(), tmp_path)
    said = run("analyze", path, "-o", tmp_path / "out", "--quiet", *options)
    assert said.code == 2
    assert words in said.err


def test_options_of_a_radiograph_mean_nothing_with_ct(run, tmp_path):
    volume = tmp_path / "scan.nii.gz"
    volume.write_bytes(b"")
    said = run("analyze", volume, "--json", "--at", "3,4")
    assert said.code == 2
    assert "'at'" in said.err


def test_two_images_in_a_folder_are_listed_and_one_is_chosen(run, tmp_path):
    save(film(), tmp_path, "a.dcm")
    save(film(SOPInstanceUID="1.2.3.9", SeriesInstanceUID="1.2.3.2"), tmp_path, "b.dcm")
    said = run("analyze", tmp_path, "--json")
    assert said.code == 2
    assert "1.2.3.4" in said.err
    assert "1.2.3.9" in said.err
    listed = run("analyze", tmp_path, "--list").out.splitlines()
    assert [line.split()[0] for line in listed] == ["1.2.3.1", "1.2.3.2"]
    assert run("analyze", tmp_path, "--json", "--series", "1.2.3.2", "--at", "64,40").code in (0, 3)


def test_a_gray_picture_named_as_something_else_is_still_read(run, tmp_path):
    path = picture(tmp_path / "film.png", limb(8).astype(np.uint8)).rename(tmp_path / "image")
    assert json.loads(run("analyze", path, "--json").out)["study"]["source_format"] == "png"


def test_a_changed_header_changes_no_pixel(thigh, tmp_path):
    dataset = pydicom.dcmread(thigh / "IMAGE.dcm")
    dataset.PatientName = "Other"
    assert np.array_equal(load_radiograph(save(dataset, tmp_path)).values, load_radiograph(thigh).values)
