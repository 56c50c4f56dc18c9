"""Outlines on any grid land where they were drawn, or are refused."""

from __future__ import annotations

import io
from itertools import permutations, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pydicom
import pytest
from ct_files import TO_RAS, Scan, make_scan, write_dicom, write_nifti, write_nrrd
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.errors import GeometryError, Refused, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.outlines import load_outlines
from calcimeter.load.study import load_study, study_from_array
from calcimeter.model.study import CTStudy

SHAPE = (8, 10, 12)


def make_study() -> CTStudy:
    scan = make_scan(SHAPE)
    return study_from_array(scan.hu, scan.affine)


def make_labels() -> Scan:
    """Two blocks on the grid of the study."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[2:5, 3:6, 4:8] = 3
    labels[6, 1:3, 9:11] = 7
    return Scan(labels, make_scan(SHAPE).affine)


def as_labels(outlines, shape=SHAPE) -> np.ndarray:
    labels = np.zeros(shape, np.int64)
    for number, region in outlines:
        labels[region.slices][region.mask] = number
    return labels


@settings(max_examples=30)
@given(order=st.sampled_from(list(permutations(range(3)))), signs=st.sampled_from(list(product((1, -1), repeat=3))))
def test_labels_return_unchanged_whatever_the_order_of_their_axes(order, signs) -> None:
    labels = make_labels()
    hu, affine = labels.hu.transpose(order), labels.affine[:, [*order, 3]].copy()
    for axis, sign in enumerate(signs):
        if sign < 0:
            affine[:3, 3] += affine[:3, axis] * (hu.shape[axis] - 1)
            affine[:3, axis] *= -1
            hu = np.flip(hu, axis)
    with TemporaryDirectory() as name:
        path = write_nifti(Path(name) / "labels.nii.gz", Scan(hu, affine), np.uint8)
        outlines = load_outlines(path, make_study())

    assert [number for number, _ in outlines] == [3, 7]
    assert np.array_equal(as_labels(outlines), labels.hu)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_labels_of_any_type_are_labels(tmp_path, dtype) -> None:
    path = write_nifti(tmp_path / "labels.nii", make_labels(), dtype)

    assert np.array_equal(as_labels(load_outlines(path, make_study())), make_labels().hu)


def test_a_finer_and_a_cropped_grid_give_the_same_outline(tmp_path) -> None:
    labels = make_labels()
    fine = labels.hu[1:7, 1:9, 2:].repeat(3, axis=0).repeat(3, axis=1).repeat(3, axis=2)
    affine = labels.affine.copy()
    affine[:3, :3] /= 3
    affine[:3, 3] += labels.affine[:3, :3] @ (1, 1, 2) - affine[:3, :3] @ (1, 1, 1)
    path = write_nrrd(tmp_path / "labels.nrrd", Scan(fine, affine))

    assert np.array_equal(as_labels(load_outlines(path, make_study())), labels.hu)


def test_a_turned_grid_keeps_volume_and_place(tmp_path) -> None:
    scan = make_scan((20, 40, 40), spacing=(1, 1, 1))
    study = study_from_array(scan.hu, scan.affine)
    angle = np.radians(25)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ scan.affine[:3, :3]
    center = scan.affine[:3, :3] @ (10, 20, 20) + scan.affine[:3, 3]
    affine[:3, 3] = center - affine[:3, :3] @ (8, 8, 8)
    ball = (np.indices((17, 17, 17)) - 8.0) ** 2
    path = write_nifti(tmp_path / "ball.nii.gz", Scan((ball.sum(axis=0) <= 36).astype(np.uint8), affine), np.uint8)
    ((number, region),) = load_outlines(path, study)

    assert number == 1
    assert region.voxels == pytest.approx((ball.sum(axis=0) <= 36).sum(), rel=0.05)
    assert study.volume.grid.to_patient(region.centroid()) == pytest.approx(center, abs=0.2)


def test_a_label_that_falls_between_the_scans_voxels_is_refused(tmp_path) -> None:
    labels = make_labels()
    fine = np.zeros((24, 30, 36), np.uint8)
    fine[3, 3, 3] = 1
    affine = labels.affine.copy()
    affine[:3, :3] /= 3
    affine[:3, 3] -= affine[:3, :3] @ (1, 1, 1)
    path = write_nifti(tmp_path / "labels.nii", Scan(fine, affine), np.uint8)

    with pytest.raises(GeometryError, match="outline 1 vanishes between the scan's voxels"):
        load_outlines(path, make_study())


def test_outlines_outside_the_scan_or_empty_are_refused(tmp_path) -> None:
    far, over, empty = make_labels(), make_labels(), make_labels()
    far.affine[0, 3] += 500
    over.affine[2, 3] += 2.5 * 4
    empty.hu[:] = 0

    with pytest.raises(GeometryError, match=r"outline 3 lies outside the scan \(whole\)"):
        load_outlines(write_nifti(tmp_path / "far.nii", far, np.uint8), make_study())
    with pytest.raises(GeometryError, match=r"outline 3 lies outside the scan \(12 of 36 voxels\)"):
        load_outlines(write_nifti(tmp_path / "over.nii", over, np.uint8), make_study())
    with pytest.raises(GeometryError, match="without a labeled voxel"):
        load_outlines(write_nifti(tmp_path / "empty.nii", empty, np.uint8), make_study())


def test_files_that_hold_no_labels_are_refused(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("nothing")
    write_dicom(tmp_path / "ct", make_scan(SHAPE))

    with pytest.raises(UsageError, match="met a folder, expected outlines in one file"):
        load_outlines(tmp_path, make_study())
    with pytest.raises(UsageError, match="does not exist"):
        load_outlines(tmp_path / "nowhere.nii", make_study())
    for path in (tmp_path / "a.txt", tmp_path / "ct" / "0000.dcm"):
        with pytest.raises(UnreadableInput, match="holds no outlines"):
            load_outlines(path, make_study())
    with pytest.raises(UnsupportedStudy, match="no labels"):
        load_outlines(write_nifti(tmp_path / "ct.nii", make_scan(SHAPE)), make_study())
    fractional = Scan(make_labels().hu * 0.3, make_labels().affine)
    with pytest.raises(UnsupportedStudy, match="no labels"):
        load_outlines(write_nifti(tmp_path / "f.nii", fractional, np.float32), make_study())


def _segment_keys(values: list[int], layers: list[int]) -> dict[str, str]:
    keys = {}
    for k, (value, layer) in enumerate(zip(values, layers, strict=True)):
        keys |= {f"Segment{k}_ID": f"s{k}", f"Segment{k}_LabelValue": str(value), f"Segment{k}_Layer": str(layer)}
    return keys


def test_slicers_segments_are_read_from_one_layer(tmp_path) -> None:
    path = write_nrrd(tmp_path / "a.seg.nrrd", make_labels(), **_segment_keys([3, 7], [0, 0]))

    assert np.array_equal(as_labels(load_outlines(path, make_study())), make_labels().hu)


def test_slicers_overlapping_segments_are_read_from_their_layers(tmp_path) -> None:
    import nrrd

    labels = make_labels()
    layers = np.zeros((2, *SHAPE[::-1]), np.uint8)
    layers[0] = (labels.hu == 3).transpose(2, 1, 0)
    layers[1, 3:6, 3:5, 2:4] = 1
    header = {
        "space": "left-posterior-superior",
        "kinds": ["list", "domain", "domain", "domain"],
        "space directions": np.vstack([[np.nan] * 3, labels.affine[:3, [2, 1, 0]].T]),
        "space origin": labels.affine[:3, 3],
        **_segment_keys([1, 1], [0, 1]),
    }
    nrrd.write(str(tmp_path / "a.seg.nrrd"), layers, header)
    first, second = load_outlines(tmp_path / "a.seg.nrrd", make_study())

    assert (first[0], second[0]) == (1, 2)
    assert np.array_equal(as_labels([first]) > 0, labels.hu == 3)
    assert second[1].start == (2, 3, 3)
    assert second[1].mask.shape == (2, 2, 3)
    assert second[1].mask.all()


def test_a_segment_without_a_voxel_is_refused(tmp_path) -> None:
    path = write_nrrd(tmp_path / "a.seg.nrrd", make_labels(), **_segment_keys([3, 4], [0, 0]))

    with pytest.raises(GeometryError, match="segment 4 without a voxel"):
        load_outlines(path, make_study())


def _write_segmentation(
    path: Path, study: CTStudy, labels: np.ndarray, kind: str = "BINARY", names: list[str] | None = None
) -> Path:
    """A SEG of the study's own slices, in the order of its headers; ``labels`` in analyzed order."""
    import warnings

    import highdicom as hd
    from pydicom.sr.codedict import codes
    from pydicom.uid import ExplicitVRLittleEndian

    values = np.ascontiguousarray(study.volume.layout.to_source(labels)).astype(np.uint8)
    numbers = range(1, int(values.max()) + 1)
    kinds = {
        "segment_algorithm_type": "MANUAL",
        "segmented_property_category": codes.SCT.Tissue,
        "segmented_property_type": codes.SCT.Tissue,
    }
    sources = []
    for header in study.headers:
        source = pydicom.dcmread(io.BytesIO(header), force=True)
        for keyword in ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"):
            setattr(source, keyword, "")
        source.SeriesNumber, source.FrameOfReferenceUID = 1, source.FrameOfReferenceUID
        sources.append(source)
    if kind == "FRACTIONAL":
        values = np.where(values > 0, 0.7, 0.2).astype(np.float32)
        numbers = range(1, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hd.seg.Segmentation(
            source_images=sources,
            pixel_array=values,
            segmentation_type=kind,
            segment_descriptions=[
                hd.seg.SegmentDescription(
                    segment_number=k,
                    segment_label=names[k - 1] if names else f"s{k}",
                    segmented_property_category=kinds["segmented_property_category"],
                    segmented_property_type=kinds["segmented_property_type"],
                    algorithm_type="MANUAL",
                )
                for k in numbers
            ],
            series_instance_uid="1.2.826.0.1.3680043.10.1.50",
            series_number=2,
            sop_instance_uid="1.2.826.0.1.3680043.10.1.51",
            instance_number=1,
            manufacturer="none",
            manufacturer_model_name="none",
            software_versions="0",
            device_serial_number="0",
            transfer_syntax_uid=ExplicitVRLittleEndian,
        ).save_as(path)
    return path


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize("downward", [False, True])
def test_dicom_segments_return_unchanged(tmp_path, kind, downward) -> None:
    scan = make_scan((8, 9, 7))
    if downward:
        scan.affine[:3, 1] *= -1
    study = load_study(write_dicom(tmp_path / "ct", scan))
    labels = np.zeros((8, 9, 7), np.uint8)
    labels[2:4, 3:6, 1:5] = 1
    labels[6, 1:3, 2:7] = 2  # slices 4 and 5 are empty and left out
    path = _write_segmentation(tmp_path / "seg.dcm", study, labels, kind)

    assert np.array_equal(as_labels(load_outlines(path, study), labels.shape), labels)


def test_a_fractional_segment_counts_from_one_half(tmp_path) -> None:
    study = load_study(write_dicom(tmp_path / "ct", make_scan((8, 9, 7))))
    labels = np.zeros((8, 9, 7), np.uint8)
    labels[2:4, 3:6, 1:5] = 1
    path = _write_segmentation(tmp_path / "seg.dcm", study, labels, "FRACTIONAL")

    assert np.array_equal(as_labels(load_outlines(path, study), labels.shape), labels)


def test_a_segment_of_one_slice_is_one_slice_thick(tmp_path) -> None:
    study = load_study(write_dicom(tmp_path / "ct", make_scan((8, 9, 7))))
    labels = np.zeros((8, 9, 7), np.uint8)
    labels[5, 3:6, 1:5] = 1
    path = _write_segmentation(tmp_path / "seg.dcm", study, labels)

    assert np.array_equal(as_labels(load_outlines(path, study), labels.shape), labels)


def test_a_dicom_segment_of_another_frame_of_reference_is_refused(tmp_path) -> None:
    study = load_study(write_dicom(tmp_path / "ct", make_scan((8, 9, 7))))
    other = make_scan((8, 9, 7))
    other.tags["FrameOfReferenceUID"] = "1.2.3.4"
    labels = np.zeros((8, 9, 7), np.uint8)
    labels[5, 3:6, 1:5] = 1
    path = _write_segmentation(tmp_path / "seg.dcm", load_study(write_dicom(tmp_path / "other", other)), labels)

    with pytest.raises(GeometryError, match="another frame of reference"):
        load_outlines(path, study)


def test_the_real_label_map_lies_on_its_scan(shared_data) -> None:
    import nibabel

    study = load_study(shared_data("totalsegmentator/example_ct.nii.gz"))
    image = nibabel.load(shared_data("totalsegmentator/example_seg.nii.gz"))
    outlines = load_outlines(shared_data("totalsegmentator/example_seg.nii.gz"), study)
    labels = np.asarray(image.dataobj).astype(np.int64)

    assert np.allclose(TO_RAS @ image.affine, study.volume.layout.grid.affine)
    expected = study.volume.layout.from_source(labels)
    assert np.array_equal(as_labels(outlines, expected.shape), expected)


def test_a_dicom_segmentation_with_a_damaged_sequence_is_refused(tmp_path) -> None:
    study = load_study(write_dicom(tmp_path / "ct", make_scan((4, 9, 7))))
    labels = np.zeros((4, 9, 7), np.uint8)
    labels[1:3, 2:5, 2:5] = 1
    whole = _write_segmentation(tmp_path / "seg.dcm", study, labels).read_bytes()
    begin = whole.index(b"\x62\x00\x02\x00SQ")  # the segment sequence
    refused = 0
    for at in range(begin, begin + 60):
        (tmp_path / "damaged.dcm").write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
        try:
            load_outlines(tmp_path / "damaged.dcm", study)
        except Refused:
            refused += 1

    assert refused > 10
