"""A label map of any known program, on any grid, gives the bones and organs it means, or is refused."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path
from tempfile import TemporaryDirectory

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_given_outlines import _write_segmentation

from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.class_names import numberings, part_of
from calcimeter.load.label_map import load_label_map
from calcimeter.load.study import load_study, study_from_array
from calcimeter.model.anatomy import Part
from load.ct_files import Scan, write_dicom, write_nifti, write_nrrd
from load.label_cases import BOXES, SHAPE, SOFT, body, box, labels

V1, V2 = "TotalSegmentator v1", "TotalSegmentator v2"

BONES = {
    Part("thoracic_spine", "midline", is_bone=True),
    Part("lumbar_spine", "midline", is_bone=True),
    Part("sacrum", "midline", is_bone=True),
    *(Part(name, side, is_bone=True) for name in ("rib", "hip_bone", "femur") for side in ("left", "right")),
}


def study():
    return study_from_array(body().hu, body().affine)


def write(folder, scan, name="labels.nii.gz"):
    return write_nifti(Path(folder) / name, scan, np.uint8)


def loaded(folder, scan, name="labels.nii.gz"):
    return load_label_map(write(folder, scan, name), study())


def expected(names=(*BOXES, *SOFT)):
    """Part of every voxel, as names."""
    whole = np.full(SHAPE, "", dtype=object)
    for name in names:
        part = part_of(name)
        whole[box(name)] = f"{part.name} {part.side}"
    return whole


def as_names(label_map):
    return np.array(["", *(f"{part.name} {part.side}" for part in label_map.parts)], dtype=object)[label_map.labels]


# --- which class is what --------------------------------------------------------------------------------------------


def test_every_bone_class_is_a_bone_of_the_vocabulary_with_its_side() -> None:
    import json
    from importlib.resources import files

    vocabulary = json.loads(files("calcimeter.knowledge").joinpath("vocabulary.json").read_text())
    for classes in numberings().values():
        for name in classes.values():
            part = part_of(name)
            if part is None:
                assert name == "face"
            elif part.is_bone:
                assert part.name in vocabulary["bones"]
                told = next((side for side in ("left", "right") if side in name), None)
                assert part.side in (told, "midline")


@pytest.mark.parametrize("name", ["femur_left", "left femur", "Left Femur", "Femur, left"])
def test_the_order_of_the_words_does_not_matter(name) -> None:
    assert part_of(name) == Part("femur", "left", is_bone=True)


@pytest.mark.parametrize(
    ("name", "bone"),
    [("vertebrae_T12", "thoracic_spine"), ("L5 vertebra", "lumbar_spine"), ("C1 vertebra", "cervical_spine")],
)
def test_a_vertebra_is_its_region(name, bone) -> None:
    assert part_of(name) == Part(bone, "midline", is_bone=True)


def test_the_sizes_of_the_numberings_are_those_that_are_published() -> None:
    assert {name: len(classes) for name, classes in numberings().items()} == {
        V1: 104,
        V2: 117,
        "TotalSegmentator appendicular_bones": 11,
        "MOOSE ribs": 27,
        "MOOSE vertebrae": 28,
        "MOOSE peripheral_bones": 31,
    }


# --- which numbering ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("numbering", [V1, V2])
def test_the_numbering_is_told_by_where_its_bones_lie(tmp_path, numbering) -> None:
    found = loaded(tmp_path, labels(numbering))

    assert found.source == numbering
    assert {part for part in found.parts if part.is_bone} == BONES
    assert np.array_equal(as_names(found), expected())


@pytest.mark.parametrize(
    ("numbering", "kinds"), [("MOOSE ribs", ("rib",)), ("MOOSE vertebrae", ("vertebrae", "hip", "sacrum"))]
)
def test_a_map_of_bones_alone_is_told_by_their_order_in_the_body(tmp_path, numbering, kinds) -> None:
    names = [name for name in BOXES if name.startswith(kinds)]
    found = loaded(tmp_path, labels(numbering, names))

    assert found.source == numbering
    assert np.array_equal(as_names(found), expected(names))


def test_two_numberings_that_fit_alike_are_refused(tmp_path) -> None:
    only = labels("MOOSE peripheral_bones", ["femur_left", "femur_right"])

    with pytest.raises(UnsupportedStudy, match=r"alike, expected one; give a file that names its classes"):
        loaded(tmp_path, only)


def test_names_in_the_header_decide_over_numbers(tmp_path) -> None:
    only = labels("MOOSE peripheral_bones", ["femur_left", "femur_right"])
    image = nibabel.load(write(tmp_path, only))
    table = "".join(
        f'<Label Key="{number}" Red="1.0" Alpha="1"><![CDATA[{name}]]></Label>\n'
        for number, name in numberings()["MOOSE peripheral_bones"].items()
    )
    xml = f"<CaretExtension><VolumeInformation><LabelTable>{table}</LabelTable></VolumeInformation></CaretExtension>"
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(0, xml.encode()))
    nibabel.save(image, tmp_path / "named.nii.gz")
    found = load_label_map(tmp_path / "named.nii.gz", study())

    assert found.source == "MOOSE peripheral_bones"
    assert np.array_equal(as_names(found), expected(["femur_left", "femur_right"]))


def _slicer_keys(names) -> dict[str, str]:
    keys = {}
    for k, name in enumerate(names):
        keys |= {f"Segment{k}_Name": name, f"Segment{k}_LabelValue": str(k + 1), f"Segment{k}_Layer": "0"}
    return keys


def test_names_of_slicers_segments_decide(tmp_path) -> None:
    values = np.zeros(SHAPE, np.uint8)
    for k, name in enumerate(BOXES):
        values[box(name)] = k + 1
    write_nrrd(tmp_path / "a.seg.nrrd", Scan(values, body().affine), **_slicer_keys(BOXES))
    found = load_label_map(tmp_path / "a.seg.nrrd", study())

    assert found.source == "label map with names"
    assert np.array_equal(as_names(found), expected(BOXES))


def test_names_that_are_no_bones_are_refused(tmp_path) -> None:
    path = write_nrrd(tmp_path / "a.seg.nrrd", labels(V1, ["liver"]), **_slicer_keys(["x", "y", "z", "w", "liver"]))

    with pytest.raises(UnsupportedStudy, match="names are no bones"):
        load_label_map(path, study())


def test_names_of_which_none_is_known_are_passed_over(tmp_path) -> None:
    image = nibabel.load(write(tmp_path, labels(V1)))
    rows = "".join(f'<Label Key="{k}" Red="1"><![CDATA[L{k}.0]]></Label>' for k in range(1, 105))
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(0, f"<LabelTable>{rows}</LabelTable>".encode()))
    nibabel.save(image, tmp_path / "named.nii.gz")

    assert load_label_map(tmp_path / "named.nii.gz", study()).source == V1


def test_a_dicom_segmentation_is_read_by_its_labels(tmp_path) -> None:
    scan = body()
    dicom = load_study(write_dicom(tmp_path / "ct", scan))
    values = np.zeros(SHAPE, np.uint8)
    for k, name in enumerate(BOXES):
        values[box(name)] = k + 1
    path = _write_segmentation(tmp_path / "seg.dcm", dicom, values, names=list(BOXES))

    assert np.array_equal(as_names(load_label_map(path, dicom)), expected(BOXES))


# --- any grid -------------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(order=st.sampled_from(list(permutations(range(3)))), signs=st.sampled_from(list(product((1, -1), repeat=3))))
def test_the_order_of_the_axes_does_not_matter(order, signs) -> None:
    turned = labels(V2)
    values, affine = turned.hu.transpose(order), turned.affine[:, [*order, 3]].copy()
    for axis, sign in enumerate(signs):
        if sign < 0:
            affine[:3, 3] += affine[:3, axis] * (values.shape[axis] - 1)
            affine[:3, axis] *= -1
            values = np.flip(values, axis)
    with TemporaryDirectory() as folder:
        found = loaded(folder, Scan(values, affine))

    assert found.source == V2
    assert np.array_equal(as_names(found), expected())


def test_a_finer_and_larger_grid_gives_the_same(tmp_path) -> None:
    whole = labels()
    fine = np.pad(whole.hu, 2).repeat(2, axis=0).repeat(3, axis=1)
    affine = whole.affine.copy()
    affine[:3, 0] /= 2
    affine[:3, 1] /= 3
    affine[:3, 3] -= 2 * whole.affine[:3, :3].sum(axis=1)
    affine[:3, 3] -= whole.affine[:3, 0] / 4 + whole.affine[:3, 1] / 3

    assert np.array_equal(as_names(loaded(tmp_path, Scan(fine, affine))), expected())


def test_an_oblique_grid_is_followed(tmp_path) -> None:
    whole = labels()
    angle = np.radians(10)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ whole.affine[:3, :3] / 2
    shape = tuple(3 * n for n in SHAPE)
    middle = whole.affine @ [*(np.array(SHAPE) / 2), 1]
    affine[:3, 3] = middle[:3] - affine[:3, :3] @ (np.array(shape) / 2)
    back = np.linalg.inv(whole.affine) @ affine
    index = np.rint(np.indices(shape).reshape(3, -1).T @ back[:3, :3].T + back[:3, 3]).astype(int)
    inside = ((index >= 0) & (index < SHAPE)).all(axis=1)
    values = np.zeros(len(index), np.uint8)
    values[inside] = whole.hu[tuple(index[inside].T)]
    found = as_names(loaded(tmp_path, Scan(values.reshape(shape), affine)))

    assert (found == expected()).mean() > 0.97
    assert (found[expected() != ""] == expected()[expected() != ""]).mean() > 0.8


# --- refusals -------------------------------------------------------------------------------------------------------


def test_a_map_of_a_part_of_the_scan_is_refused(tmp_path) -> None:
    whole = labels()

    with pytest.raises(GeometryError, match=r"covers \d+% of what is dense in the scan"):
        loaded(tmp_path, Scan(whole.hu[:20], whole.affine))


def test_a_map_elsewhere_is_refused(tmp_path) -> None:
    whole = labels()
    whole.affine[2, 3] += 5000

    with pytest.raises(GeometryError, match="covers 0% of what is dense"):
        loaded(tmp_path, whole)


def test_a_mirrored_map_is_refused(tmp_path) -> None:
    whole = labels()

    with pytest.raises(GeometryError, match="lies on the patient's other side"):
        loaded(tmp_path, Scan(whole.hu[..., ::-1], whole.affine))


def test_one_bone_on_the_wrong_side_of_the_spine_is_refused(tmp_path) -> None:
    whole = labels(V1, [name for name in BOXES if name != "femur_right"])
    numbers = {name: number for number, name in numberings()[V1].items()}
    whole.hu[whole.hu == numbers["femur_left"]] = numbers["femur_right"]

    with pytest.raises(GeometryError, match="right femur lies on the patient's other side"):
        loaded(tmp_path, whole)


def test_a_speck_named_by_the_other_side_is_left_out(tmp_path) -> None:
    whole = labels(V1, [name for name in BOXES if name != "femur_right"])
    numbers = {name: number for number, name in numberings()[V1].items()}
    whole.hu[5:7, 14:16, 32:34] = numbers["femur_right"]
    found = as_names(loaded(tmp_path, whole))

    assert "femur right" not in found
    assert (found[5:7, 14:16, 32:34] == "").all()
    assert (found[0:5, 13:17, 32:36] == "femur left").all()


def test_a_map_of_another_patient_is_refused(tmp_path) -> None:
    whole = labels()

    with pytest.raises(UnsupportedStudy, match="bones are not where the scan has bone"):
        loaded(tmp_path, Scan(whole.hu[::-1], whole.affine))


def test_a_map_without_a_bone_is_refused(tmp_path) -> None:
    with pytest.raises(UnsupportedStudy, match="bones are not where the scan has bone"):
        loaded(tmp_path, labels(V1, ["liver", "aorta"]))


def test_an_empty_map_is_refused(tmp_path) -> None:
    with pytest.raises(UnsupportedStudy, match="without a labeled voxel"):
        loaded(tmp_path, labels(V1, []))


def test_a_scan_in_place_of_a_map_is_refused(tmp_path) -> None:
    path = write_nifti(tmp_path / "scan.nii.gz", Scan(body().hu - 1000, body().affine))

    with pytest.raises(UnsupportedStudy, match="no labels"):
        load_label_map(path, study())


def test_a_file_that_is_not_there_or_no_map_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        load_label_map(tmp_path / "none.nii.gz", study())
    with pytest.raises(UsageError, match="met a folder, expected a label map in one file"):
        load_label_map(tmp_path, study())
    (tmp_path / "text.txt").write_text("no map")
    with pytest.raises(UnreadableInput):
        load_label_map(tmp_path / "text.txt", study())


# --- real maps ------------------------------------------------------------------------------------------------------


def test_the_map_of_the_totalsegmentator_example_is_of_version_1(shared_data) -> None:
    scan = load_study(shared_data("totalsegmentator/example_ct.nii.gz"))
    found = load_label_map(shared_data("totalsegmentator/example_seg.nii.gz"), scan)

    assert found.source == V1
    bones = {(part.name, part.side) for part in found.parts if part.is_bone}
    assert {("femur", "left"), ("femur", "right"), ("sacrum", "midline"), ("rib", "left")} <= bones
    assert {"aorta", "kidney", "liver", "urinary_bladder"} <= set(found.organs().names)


def test_the_map_of_the_example_mirrored_is_refused(shared_data, tmp_path) -> None:
    scan = load_study(shared_data("totalsegmentator/example_ct.nii.gz"))
    image = nibabel.load(shared_data("totalsegmentator/example_seg.nii.gz"))
    values = np.asanyarray(image.dataobj).astype(np.uint8)[::-1]
    nibabel.save(nibabel.Nifti1Image(values, image.affine), tmp_path / "mirrored.nii.gz")

    with pytest.raises(GeometryError, match="other side"):
        load_label_map(tmp_path / "mirrored.nii.gz", scan)
