"""A multi-frame CT gives what its frames would give as files of their own."""

from __future__ import annotations

import numpy as np
import pytest
from ct_files import make_scan, read_back
from enhanced_files import GROUPS, Layout, write_enhanced
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy
from calcimeter.load.study import list_series, load_study


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("per_frame", [(), GROUPS])
def test_frames_are_slices_wherever_their_groups_stand(tmp_path, legacy, per_frame) -> None:
    scan = make_scan()
    path = write_enhanced(tmp_path / "a.dcm", scan.hu, scan.affine, per_frame=per_frame, layout=Layout(legacy=legacy))
    for given_path in (path, tmp_path):
        study = load_study(given_path)
        assert np.array_equal(study.volume.values, scan.hu)
        assert np.allclose(study.volume.grid.affine, scan.affine, atol=1e-3)
        assert study.frames == (1, 2, 3, 4, 5)
        assert len(study.headers) == 1
        assert "PixelData" not in read_back(study.headers[0])
        assert len(read_back(study.headers[0]).PerFrameFunctionalGroupsSequence) == 5
    assert list_series(path)[0].instances == 5


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(5)))
def test_frames_may_stand_in_any_order(tmp_path_factory, order) -> None:
    scan = make_scan()
    path = tmp_path_factory.mktemp("any") / "a.dcm"
    study = load_study(write_enhanced(path, scan.hu, scan.affine, layout=Layout(frames=order)))

    assert np.array_equal(study.volume.values, scan.hu)
    assert [order[frame - 1] for frame in study.frames] == [0, 1, 2, 3, 4]


def test_every_frame_has_its_own_rescale(tmp_path) -> None:
    scan = make_scan()
    layout = Layout(intercepts=(-1024, -1100, -1024, -2000, -1024))
    study = load_study(
        write_enhanced(
            tmp_path / "a.dcm",
            scan.hu,
            scan.affine,
            per_frame=["PixelValueTransformationSequence"],
            layout=layout,
        )
    )

    assert np.array_equal(study.volume.values, scan.hu)


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEG2000Lossless,
        JPEGLSLossless,
    ],
)
def test_every_coding_of_frames_gives_the_same_scan(tmp_path, syntax) -> None:
    scan = make_scan((4, 72, 65))
    study = load_study(write_enhanced(tmp_path / "a.dcm", scan.hu, scan.affine, syntax=syntax))

    assert np.array_equal(study.volume.values, scan.hu)
    assert study.frames == (1, 2, 3, 4)


def test_frames_at_uneven_places_are_refused(tmp_path) -> None:
    scan = make_scan((6, 6, 7))
    path = write_enhanced(tmp_path / "a.dcm", scan.hu, scan.affine, layout=Layout(frames=(0, 1, 2, 4, 5)))

    with pytest.raises(GeometryError, match="1 slice missing"):
        load_study(path)


def test_frames_that_are_projections_or_localizers_are_refused(tmp_path) -> None:
    from pydicom import dcmread

    scan = make_scan()
    for frame_type, words in (
        (["DERIVED", "PRIMARY", "VOLUME", "MAXIMUM"], "projections"),
        (["ORIGINAL", "PRIMARY", "LOCALIZER", "NONE"], "localizer"),
    ):
        path = write_enhanced(tmp_path / "a.dcm", scan.hu, scan.affine)
        dataset = dcmread(path)
        for where in (dataset.SharedFunctionalGroupsSequence[0], *dataset.PerFrameFunctionalGroupsSequence):
            if "CTImageFrameTypeSequence" in where:
                where.CTImageFrameTypeSequence[0].FrameType = frame_type
        dataset.save_as(path)
        with pytest.raises(UnsupportedStudy, match=words):
            load_study(path)


def test_a_file_with_fewer_places_than_frames_is_refused(tmp_path) -> None:
    from pydicom import dcmread

    scan = make_scan()
    path = write_enhanced(tmp_path / "a.dcm", scan.hu, scan.affine)
    dataset = dcmread(path)
    del dataset.PerFrameFunctionalGroupsSequence[-1]
    dataset.save_as(path)

    with pytest.raises(UnreadableInput, match="another number of frames than the 4"):
        load_study(tmp_path)


def test_a_file_cut_short_is_refused(tmp_path) -> None:
    scan = make_scan()
    path = write_enhanced(tmp_path / "a.dcm", scan.hu, scan.affine)
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(UnsupportedStudy, match="cut short"):
        load_study(path)


def test_a_series_of_several_multi_frame_files_is_one_volume(tmp_path) -> None:
    scan = make_scan((6, 6, 7))
    for part, frames in enumerate(((0, 1, 2), (3, 4, 5))):
        layout = Layout(frames=frames, instance_uid=f"1.2.826.0.1.3680043.10.2.2.{part + 1}")
        write_enhanced(tmp_path / f"{part}.dcm", scan.hu, scan.affine, layout=layout)
    study = load_study(tmp_path)

    assert np.array_equal(study.volume.values, scan.hu)
    assert study.headers == ()
    assert study.frames == ()
