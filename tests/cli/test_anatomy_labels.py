"""--anatomy as a shell meets it: names in the results, and refusals that leave nothing behind."""

from __future__ import annotations

import json

import numpy as np
import pytest

from calcimeter.load.class_names import numberings
from load.ct_files import Scan, write_nifti
from load.label_cases import body, labels


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A scan with its map, and maps that do not belong to it, under a name that must not be told."""
    folder = tmp_path / "SECRETSURNAME"
    folder.mkdir()
    whole = labels()
    moved, far = whole.affine.copy(), whole.affine.copy()
    moved[0, 3] += 60
    far[2, 3] += 5000
    numbers = {name: number for number, name in numberings()["TotalSegmentator v1"].items()}
    maps = {
        "good": whole,
        "mirrored": Scan(whole.hu[..., ::-1], whole.affine),
        "upside_down": Scan(whole.hu[::-1], whole.affine),
        "moved": Scan(whole.hu, moved),
        "far": Scan(whole.hu, far),
        "part": Scan(whole.hu[:20], whole.affine),
        "organs": Scan(np.where(whole.hu == numbers["liver"], whole.hu, 0), whole.affine),
        "empty": Scan(whole.hu * 0, whole.affine),
    }
    write_nifti(folder / "scan.nii.gz", body())
    for name, scan in maps.items():
        write_nifti(folder / f"{name}.nii.gz", scan, np.uint8)
    (folder / "broken.nii.gz").write_text("no image")
    monkeypatch.chdir(folder)
    return folder


def test_the_result_says_whose_names_its_bones_have(place, run) -> None:
    code, out, _ = run("analyze", "scan.nii.gz", "-o", "OUT", "--anatomy", "good.nii.gz", "--json")

    assert code == 0
    assert json.loads(out)["skeleton"]["source"] == "TotalSegmentator v1"
    assert (place / "OUT" / "bones.nii.gz").exists()
    assert "SECRETSURNAME" not in out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mirrored", "lies on the patient's other side"),
        ("upside_down", "not where the scan has bone"),
        ("moved", "not where the scan has bone"),
        ("far", "covers 0% of what is dense"),
        ("part", "% of what is dense"),
        ("organs", "not where the scan has bone"),
        ("empty", "without a labeled voxel"),
        ("broken", "no readable NIfTI"),
    ],
)
def test_a_map_that_does_not_belong_to_the_scan_is_refused_in_one_line(place, run, name, said) -> None:
    code, out, err = run("analyze", "scan.nii.gz", "-o", "OUT", "--anatomy", f"{name}.nii.gz", "--quiet")

    assert code == 3
    assert out == ""
    assert err.count("\n") == 1
    assert said in err
    assert "SECRETSURNAME" not in err
    assert not (place / "OUT").exists()


def test_a_map_that_is_not_there_is_wrong_usage(place, run) -> None:
    code, _, err = run("analyze", "scan.nii.gz", "-o", "OUT", "--anatomy", "none.nii.gz", "--quiet")

    assert code == 2
    assert "label map does not exist" in err


def test_out_can_not_be_the_folder_of_the_map(place, run) -> None:
    code, _, _ = run("analyze", "scan.nii.gz", "-o", ".", "--anatomy", "good.nii.gz", "--force", "--quiet")

    assert code == 2
    assert (place / "good.nii.gz").exists()
