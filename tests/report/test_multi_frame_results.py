"""DICOM results of one multi-frame file: every frame of the SEG lies on its frame of the source, whatever the order."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.uid import RLELossless

from builders import SHAPE, build_analysis
from calcimeter.load.study import load_study
from calcimeter.model.lesion import Category
from calcimeter.report import instance, write_report
from calcimeter.report.labels import lesion_labels, write_nifti
from calcimeter.report.segmentation import make_segmentation
from calcimeter.report.source import read_sources
from calcimeter.report.structured import make_structured_report
from dicom_tools import errors_of
from load.ct_files import make_scan
from load.enhanced_files import GROUPS, Layout, enhanced, write_enhanced

COUNT = SHAPE[0]
REVERSED = tuple(range(COUNT))[::-1]
SHUFFLED = tuple(int(k) for k in np.random.default_rng(1).permutation(COUNT))


@cache
def multi_frame(frames: tuple[int, ...] = REVERSED, *, orientation="transverse", legacy=False, before=0, per_frame=()):
    """The synthetic study as if read from one file whose frame n shows slice ``frames[n - 1]``.

    ``before``: so many slices of the file lie before the study's first; negative entries of ``frames`` show these.
    """
    analysis = build_analysis(orientation=orientation)
    grid = analysis.study.volume.layout.grid
    affine = grid.affine.copy()
    affine[:3, 3] -= before * affine[:3, 0]
    hu = np.zeros((grid.shape[0] + before, *grid.shape[1:]), np.int16)
    layout = Layout(frames=[k + before for k in frames], legacy=legacy)
    dataset = enhanced(hu, affine, per_frame=per_frame, layout=layout)
    del dataset.PixelData
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    last = {k: n for n, k in enumerate(frames, start=1)}
    study = replace(
        analysis.study,
        study_uid=dataset.StudyInstanceUID,
        series_uid=dataset.SeriesInstanceUID,
        headers=(file.getvalue(),),
        frames=tuple(last[k] for k in range(grid.shape[0])),
    )
    return replace(analysis, study=study), dataset


CASES = {
    "in order": {"frames": tuple(range(COUNT))},
    "reversed": {"frames": REVERSED},
    "shuffled, oblique": {"frames": SHUFFLED, "orientation": "oblique"},
    "flipped": {"frames": SHUFFLED, "orientation": "flipped"},
    "legacy": {"frames": REVERSED, "legacy": True},
    "other slices between": {"frames": (-1, *REVERSED[:9], -3, *REVERSED[9:], -2), "before": 3},
    "another phase at the same places": {"frames": (*range(COUNT), *SHUFFLED)},
    "all groups per frame": {"frames": SHUFFLED, "per_frame": GROUPS},
}


@pytest.fixture(params=CASES)
def case(request):
    return multi_frame(**CASES[request.param])


def results_of(analysis):
    sources, digest = read_sources(analysis.study), instance.content_digest(analysis)
    segmentation = make_segmentation(analysis, sources, digest)
    return segmentation, make_structured_report(analysis, sources, segmentation, digest)


def test_seg_and_sr_pass_dciodvfy(case, tmp_path):
    for name, dataset in zip(("seg.dcm", "sr.dcm"), results_of(case[0]), strict=True):
        instance.save(dataset, tmp_path / name)
        assert errors_of(tmp_path / name) == []


def test_every_frame_of_the_seg_refers_to_the_frame_that_shows_its_slice(case, tmp_path):
    analysis, source = case
    instance.save(results_of(analysis)[0], tmp_path / "seg.dcm")
    seg = pydicom.dcmread(tmp_path / "seg.dcm")
    volume = analysis.study.volume
    labels = volume.layout.to_source(lesion_labels(analysis.of_category(Category.SOFT_TISSUE), volume.grid.shape))
    seen = np.zeros_like(labels)
    for item, pixels in zip(seg.PerFrameFunctionalGroupsSequence, seg.pixel_array, strict=True):
        (reference,) = item.DerivationImageSequence[0].SourceImageSequence
        assert reference.ReferencedSOPInstanceUID == source.SOPInstanceUID
        number = reference.ReferencedFrameNumber
        shown = source.PerFrameFunctionalGroupsSequence[number - 1].PlanePositionSequence[0].ImagePositionPatient
        np.testing.assert_allclose(item.PlanePositionSequence[0].ImagePositionPatient, shown, atol=1e-9)
        segment = item.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        seen[analysis.study.frames.index(number)][pixels == 1] = segment
    np.testing.assert_array_equal(seen, labels)
    assert seen.max() == 2


def test_the_seg_lies_where_the_label_map_lies(case, tmp_path):
    analysis, _ = case
    soft = lesion_labels(analysis.of_category(Category.SOFT_TISSUE), analysis.study.volume.grid.shape)
    write_nifti(soft, analysis.study, tmp_path / "lesions.nii.gz")
    image = nibabel.load(tmp_path / "lesions.nii.gz")
    labels = np.asarray(image.dataobj)
    instance.save(results_of(analysis)[0], tmp_path / "seg.dcm")
    seg = highdicom.seg.segread(tmp_path / "seg.dcm").get_volume(combine_segments=True)
    indices = np.argwhere(seg.array)
    places = np.c_[indices, np.ones(len(indices))] @ (np.diag([-1, -1, 1, 1]) @ seg.affine).T
    back = np.rint(places @ np.linalg.inv(image.affine).T)[:, :3].astype(int)
    np.testing.assert_array_equal(labels[tuple(back.T)], seg.array[tuple(indices.T)])
    assert len(indices) == np.count_nonzero(labels)


def test_the_sr_rests_on_the_one_file(case):
    analysis, source = case
    segmentation, report = results_of(analysis)
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    assert study.StudyInstanceUID == source.StudyInstanceUID
    referred = {
        one.ReferencedSOPInstanceUID
        for series in study.ReferencedSeriesSequence
        for one in series.ReferencedSOPSequence
    }
    assert referred == {source.SOPInstanceUID, segmentation.SOPInstanceUID}
    (image,) = segmentation.SourceImageSequence
    assert (image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID) == (source.SOPClassUID, source.SOPInstanceUID)


def test_a_multi_frame_study_without_a_lesion_has_an_sr_alone():
    analysis, _ = multi_frame()
    segmentation, report = results_of(replace(analysis, lesions=(), set_aside=()))
    assert segmentation is None
    assert report.Modality == "SR"


def test_without_one_header_for_all_slices_no_dicom_result_is_written(tmp_path):
    analysis, _ = multi_frame()
    write_report(replace(analysis, study=replace(analysis.study, headers=(), frames=())), tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.dcm"))
    assert (tmp_path / "out" / "lesions.nii.gz").exists()


@pytest.mark.parametrize("legacy", [False, True])
def test_a_file_read_from_disk_gets_its_results_on_its_own_frames(legacy, tmp_path):
    scan = make_scan((6, 32, 32))
    order = [3, 0, 5, 1, 4, 2]
    path = write_enhanced(
        tmp_path / "scan" / "a", scan.hu, scan.affine, syntax=RLELossless, layout=Layout(frames=order, legacy=legacy)
    )
    study = load_study(path.parent)
    assert study.frames == tuple(order.index(k) + 1 for k in range(6))
    (image,) = read_sources(study)
    assert image.SOPInstanceUID == pydicom.dcmread(path).SOPInstanceUID
    positions = [item.PlanePositionSequence[0].ImagePositionPatient for item in image.PerFrameFunctionalGroupsSequence]
    expected = scan.affine[:3, 3] + np.arange(6)[:, None] * scan.affine[:3, 0]
    np.testing.assert_allclose(np.array(positions, dtype=float), expected, atol=1e-6)
