"""Label maps: on the source grid, read back by the programs of the field."""

from __future__ import annotations

import gzip
from dataclasses import replace

import nibabel
import numpy as np
import pytest
import slicerio
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from builders import TURNS, build_analysis, build_lesion
from calcimeter.load.outlines import load_outlines
from calcimeter.model.grid import RAS_TO_LPS
from calcimeter.model.lesion import Category
from calcimeter.report.gzip_planes import gzip_planes
from calcimeter.report.labels import lesion_labels, write_nifti, write_seg_nrrd
from calcimeter.report.registration import write_registration

ORIENTATIONS = list(TURNS)


@given(
    arrays(np.uint8, st.tuples(*[st.integers(1, 9)] * 3), elements=st.integers(0, 2)),
    st.binary(max_size=40),
    st.permutations((0, 1, 2)),
)
def test_gzip_of_planes_holds_the_head_and_the_array_first_index_fastest(labels, head, order):
    turned = labels.transpose(order)
    stream = b"".join(gzip_planes(turned, head=head))
    assert gzip.decompress(stream) == head + turned.tobytes(order="F")


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_nifti_label_map_overlays_a_nifti_source_voxel_for_voxel(orientation, tmp_path):
    analysis = build_analysis(dicom=False, orientation=orientation)
    study = analysis.study
    source_affine = RAS_TO_LPS @ study.volume.layout.grid.affine
    source = nibabel.Nifti1Image(study.volume.layout.to_source(study.volume.values), source_affine)
    labels = lesion_labels(analysis.lesions, study.volume.grid.shape)
    write_nifti(labels, study, tmp_path / "lesions.nii.gz")
    image = nibabel.load(tmp_path / "lesions.nii.gz")
    assert image.shape == source.shape
    np.testing.assert_array_equal(image.affine, source.affine.astype(np.float32))
    for affine, code in (image.get_sform(coded=True), image.get_qform(coded=True)):
        assert code == 1
        np.testing.assert_allclose(affine, source_affine, atol=1e-4)
    read = np.asarray(image.dataobj)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, study.volume.layout.to_source(labels))
    # The deposits are denser than anything outside bone: HU under the labels tell whether they lie where they should.
    assert np.asarray(source.dataobj)[read > 0].min() >= 220


@pytest.mark.parametrize("orientation", ["transverse", "flipped", "oblique", "sagittal"])
def test_the_nifti_label_map_of_a_dicom_source_lies_where_the_lesions_are(orientation, tmp_path):
    analysis = build_analysis(orientation=orientation)
    write_nifti(lesion_labels(analysis.lesions, (40, 64, 64)), analysis.study, tmp_path / "lesions.nii.gz")
    image = nibabel.load(tmp_path / "lesions.nii.gz")
    slices, rows, columns = analysis.study.volume.layout.grid.shape
    assert image.shape == (columns, rows, slices)
    for lesion in analysis.lesions:
        indices = np.argwhere(np.asarray(image.dataobj) == lesion.id)
        centroid_ras = nibabel.affines.apply_affine(image.affine, indices).mean(axis=0)
        np.testing.assert_allclose(centroid_ras * (-1, -1, 1), lesion.extent.centroid_mm, atol=1e-3)


def test_where_envelopes_overlap_the_smaller_lesion_shows():
    analysis = build_analysis()
    large, small = np.zeros((2, 40, 64, 64), dtype=bool)
    large[10:20, 10:20, 10:20] = True
    small[12:14, 12:14, 12:14] = True
    grid = analysis.study.volume.grid
    lesions = [build_lesion(i + 1, Category.SOFT_TISSUE, mask, grid, 300) for i, mask in enumerate((small, large))]
    labels = lesion_labels(lesions, grid.shape)
    np.testing.assert_array_equal(labels == 1, small)
    np.testing.assert_array_equal(labels == 2, large & ~small)


def test_lesions_that_share_voxels_are_whole_in_the_seg_nrrd(tmp_path):
    analysis = build_analysis(dicom=False)
    large, small, apart = np.zeros((3, 40, 64, 64), dtype=bool)
    large[10:20, 10:20, 10:20] = True
    small[12:14, 12:14, 12:14] = True
    apart[30:33, 30:33, 30:33] = True
    masks, grid = (large, small, large, apart), analysis.study.volume.grid  # two of them alike
    lesions = tuple(build_lesion(k + 1, Category.SOFT_TISSUE, mask, grid, 300) for k, mask in enumerate(masks))
    path = tmp_path / "lesions.seg.nrrd"

    write_seg_nrrd(replace(analysis, lesions=lesions), path)

    read = slicerio.read_segmentation(str(path))
    assert [segment["layer"] for segment in read["segments"]] == [0, 1, 2, 0]
    outlines = load_outlines(path, analysis.study)
    assert [region.voxels for _, region in outlines] == [int(mask.sum()) for mask in masks]
    for segment, mask in zip(read["segments"], masks, strict=True):
        seen = read["voxels"][segment["layer"]] == segment["labelValue"]
        np.testing.assert_array_equal(seen, analysis.study.volume.layout.to_source(mask))


def test_more_than_255_lesions_do_not_wrap():
    lesion = build_analysis().lesions[0]
    labels = lesion_labels([replace(lesion, id=256)], (40, 64, 64))
    assert labels.dtype == np.uint16
    assert labels.max() == 256


@pytest.mark.parametrize("dicom", [True, False])
@pytest.mark.parametrize("orientation", ["transverse", "flipped", "oblique", "sagittal"])
def test_the_seg_nrrd_reads_back_with_slicerio(orientation, dicom, tmp_path):
    analysis = build_analysis(orientation=orientation, dicom=dicom)
    write_seg_nrrd(analysis, tmp_path / "lesions.seg.nrrd")
    read = slicerio.read_segmentation(str(tmp_path / "lesions.seg.nrrd"))
    soft = analysis.of_category(Category.SOFT_TISSUE)
    assert [s["labelValue"] for s in read["segments"]] == [1, 2]
    assert read["encoding"] == "gzip"
    assert read["masterRepresentation"] == "Binary labelmap"
    assert read["voxels"].max() == 2
    for segment, lesion in zip(read["segments"], soft, strict=True):
        assert segment["id"] == lesion.tracking_uid
        assert segment["layer"] == 0
        assert segment["name"] == f"Calcification {lesion.id}"
        assert segment["terminology"]["type"] == ["SCT", "18115005", "Pathologic calcification"]
        indices = np.argwhere(read["voxels"] == lesion.id)
        span = np.stack([indices.min(axis=0), indices.max(axis=0)], axis=1).ravel()
        assert segment["extent"] == span.tolist()
        centroid = nibabel.affines.apply_affine(read["ijkToLPS"], indices).mean(axis=0)
        np.testing.assert_allclose(centroid, lesion.extent.centroid_mm, atol=1e-3)  # the analyzed grid is rounded


def test_a_readers_name_for_a_lesion_becomes_the_segments_name(tmp_path):
    analysis = build_analysis()
    first, *others = analysis.lesions
    named = replace(first, deposit=replace(first.deposit, label="lateral\nmass"))
    write_seg_nrrd(replace(analysis, lesions=(named, *others)), tmp_path / "lesions.seg.nrrd")
    read = slicerio.read_segmentation(str(tmp_path / "lesions.seg.nrrd"))
    assert read["segments"][0]["name"] == "lateral mass"


def test_without_a_lesion_the_seg_nrrd_has_no_segment_and_no_voxel(tmp_path):
    analysis = build_analysis(lesions=False)
    write_seg_nrrd(analysis, tmp_path / "lesions.seg.nrrd")
    read = slicerio.read_segmentation(str(tmp_path / "lesions.seg.nrrd"))
    assert not read.get("segments")
    assert read["voxels"].shape == (64, 64, 40)
    assert not read["voxels"].any()


def test_bones_stand_with_their_ids_on_the_source_grid(tmp_path):
    analysis = build_analysis(orientation="sagittal")
    skeleton = analysis.anatomy.skeleton
    write_nifti(skeleton.labels, analysis.study, tmp_path / "bones.nii.gz")
    read = np.asarray(nibabel.load(tmp_path / "bones.nii.gz").dataobj)
    assert set(np.unique(read)) == {0, 1}
    voxel_mm3 = analysis.study.volume.grid.voxel_mm3
    assert np.count_nonzero(read) * voxel_mm3 == pytest.approx(skeleton.bones[0].volume_mm3)


@pytest.mark.parametrize("orientation", ["transverse", "flipped", "oblique"])
def test_registration_holds_body_and_bones_where_they_are(orientation, tmp_path):
    path = tmp_path / "registration.npz"
    analysis = build_analysis(orientation=orientation)
    write_registration(analysis, path)
    with np.load(path, allow_pickle=False) as read:
        body, bones, affine = read["body"], read["bones"], read["affine_lps"]
    grid = analysis.study.volume.grid
    coarse_mm3 = abs(np.linalg.det(affine[:3, :3]))
    for coarse, fine in ((body, analysis.anatomy.body.to_bool()), (bones, analysis.anatomy.skeleton.labels)):
        # The bone is four coarse voxels wide: its volume is known to a tenth.
        assert np.count_nonzero(coarse) * coarse_mm3 == pytest.approx(np.count_nonzero(fine) * grid.voxel_mm3, rel=0.1)
        center = nibabel.affines.apply_affine(affine, np.argwhere(coarse)).mean(axis=0)
        np.testing.assert_allclose(center, grid.to_patient(np.argwhere(fine)).mean(axis=0), atol=0.5)
    np.testing.assert_allclose(np.linalg.norm(affine[:3, :3], axis=0), (3.0, 4.5, 4.5), atol=1e-5)


def test_registration_of_a_scan_without_bone_has_none(tmp_path):
    write_registration(build_analysis(skeleton=False), tmp_path / "registration.npz")
    with np.load(tmp_path / "registration.npz") as read:
        assert read["body"].any()
        assert not read["bones"].any()
