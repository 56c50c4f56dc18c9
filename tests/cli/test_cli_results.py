"""What the command prints and writes: the contract's files and fields, outlines, edits, series."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile

import numpy as np
import pytest

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


NULL_WITH = {
    "mass_mg_ha": "CALIBRATION_NOT_AVAILABLE",
    "agatston": "AGATSTON_NOT_COMPUTED",
    "pattern": "SHAPE_INCOMPLETE",
    "lobes": "SHAPE_INCOMPLETE",
}


def test_what_is_not_known_is_null_with_a_caveat(spheres):
    record = spheres.record()
    codes = {caveat["code"] for caveat in record["caveats"]}
    assert record["status"] == "ok_with_caveats"
    assert "PLACE_INCOMPLETE" in codes
    for lesion in record["lesions"]:
        assert lesion["place"]["side"] is None
        assert {code for field, code in NULL_WITH.items() if lesion[field] is None} <= codes
        assert (lesion["fluid_level"]["state"] == "indeterminate") == ("FLUID_LEVEL_INDETERMINATE" in lesion["caveats"])
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
    assert float(rows[0]["agatston"]) == spheres.record()["lesions"][0]["agatston"]
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
        # As drawn it runs from voxel edge to voxel edge; found, to where the edge lies inside the voxels of 1 mm.
        assert 0 <= lesion["long_axis_mm"]["value"] - before["long_axis_mm"]["value"] < 1.5
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
    assert codes == {"CALIBRATION_NOT_AVAILABLE", "KVP_UNKNOWN", "POSITION_UNKNOWN"}
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
