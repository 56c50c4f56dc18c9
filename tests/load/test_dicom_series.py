"""A DICOM series becomes the same volume, whatever the order of its files and axes and whatever its coding."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pydicom
import pytest
from ct_files import Scan, dicom_slice, make_scan, read_back, save, write_dicom
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from calcimeter.errors import UnsupportedStudy
from calcimeter.load.study import load_study, study_from_array

ORDERS = list(permutations(range(3)))
SIGNS = list(product((1, -1), repeat=3))


def turned(scan: Scan, order: tuple[int, ...], signs: tuple[int, ...]) -> Scan:
    """The same scan with its axes in another order and direction."""
    hu, affine = scan.hu.transpose(order), scan.affine[:, [*order, 3]].copy()
    for axis, sign in enumerate(signs):
        if sign < 0:
            affine[:3, 3] += affine[:3, axis] * (hu.shape[axis] - 1)
            affine[:3, axis] *= -1
            hu = np.flip(hu, axis)
    return Scan(np.ascontiguousarray(hu), affine)


@settings(max_examples=40)
@given(order=st.sampled_from(ORDERS), signs=st.sampled_from(SIGNS), names=st.permutations(range(7)))
def test_axes_directions_and_file_names_do_not_matter(order, signs, names) -> None:
    scan = make_scan()
    other = turned(scan, order, signs)
    with TemporaryDirectory() as name:
        files = [k for k in names if k < other.hu.shape[0]]
        study = load_study(write_dicom(Path(name), other, files))

    assert np.array_equal(study.volume.values, scan.hu)
    assert np.allclose(study.volume.grid.affine, scan.affine, atol=1e-6)
    assert study.volume.values.flags.c_contiguous
    assert study.volume.values.dtype == np.int16
    assert study.input_sha256 == study_from_array(scan.hu, scan.affine).input_sha256


@settings(max_examples=40)
@given(
    slope=st.sampled_from([1.0, 2.0, 3.0, -1.0, 0.5, 0.37]),
    intercept=st.sampled_from([0.0, -1024.0, -8192.0, -1000.5]),
    signed=st.booleans(),
    seed=st.integers(0, 10),
)
def test_rescale_is_exact_for_any_slope_and_intercept(slope, intercept, signed, seed) -> None:
    low, high = (-2048, 2048) if signed else (0, 4096)
    stored = np.random.default_rng(seed).integers(low, high, (4, 3, 5))
    hu = stored * slope + intercept
    assume(hu.min() < 0)  # else it is no CT in HU
    with TemporaryDirectory() as name:
        scan = Scan(hu, make_scan().affine, slope, intercept)
        study = load_study(write_dicom(Path(name), scan))

    whole = np.array_equal(hu, np.rint(hu))
    assert study.volume.values.dtype == (np.int16 if whole else np.float32)
    assert np.array_equal(study.volume.values, hu.astype(study.volume.values.dtype))
    assert ("GRAY_LEVELS_SCALED" in {caveat.code for caveat in study.caveats}) == (not whole)


def test_each_slice_has_its_own_rescale(tmp_path) -> None:
    scan = make_scan()
    for k in range(5):
        scan.slope, scan.intercept = (1.0, -1024.0 - k) if k % 2 else (1.0, -2000.0)
        save(dicom_slice(scan, k), tmp_path / f"{k}.dcm")

    assert np.array_equal(load_study(tmp_path).volume.values, scan.hu)


def test_values_beyond_16_bits_are_kept_as_real_numbers(tmp_path) -> None:
    hu = make_scan().hu.astype(np.int64)
    hu[2, 3, 4] = 40_000
    study = load_study(write_dicom(tmp_path, Scan(hu, make_scan().affine)))

    assert study.volume.values.dtype == np.float32
    assert np.array_equal(study.volume.values, hu)


def test_spacing_comes_from_positions_never_from_slice_thickness(tmp_path) -> None:
    study = load_study(write_dicom(tmp_path, make_scan()))

    assert np.allclose(study.volume.grid.spacing_mm, (2.5, 0.75, 0.5))


@pytest.mark.parametrize(("value", "signed"), [(-2000, 1), (63536, 1), (63536, 0)])
def test_padding_becomes_air_whichever_way_its_sign_is_written(tmp_path, value, signed) -> None:
    scan = make_scan()
    scan.hu = np.clip(scan.hu, -1000, 3071)
    for k in range(5):
        dataset = dicom_slice(scan, k)
        stored = (scan.hu[k].astype(int) + 1024).astype(np.uint16)
        stored[0, :3] = value & 0xFFFF
        dataset.PixelData, dataset.PixelRepresentation = stored.tobytes(), signed
        dataset.add_new("PixelPaddingValue", "SS" if value < 0 else "US", value)
        save(dataset, tmp_path / f"{k}.dcm")
    values = load_study(tmp_path).volume.values

    assert (values[:, 0, :3] == -1024).all()
    assert np.array_equal(values[:, 1:], scan.hu[:, 1:])
    assert values.min() == -1024


def test_noise_may_lie_below_padding(tmp_path) -> None:
    scan = make_scan()
    scan.intercept = -2048.0
    scan.hu[1, 1, 1] = -1500
    scan.hu[3, 2, 2] = -2000
    scan.tags["PixelPaddingValue"] = -2000 + 2048
    values = load_study(write_dicom(tmp_path, scan)).volume.values

    assert values[1, 1, 1] == -1500
    assert values[3, 2, 2] == -1024


@pytest.mark.parametrize(("value", "limit"), [(0, None), (40, None), (-850, None), (-2000, 100), (-2000, 5000)])
def test_padding_that_could_be_tissue_is_refused_and_not_blotted_out(tmp_path, value, limit) -> None:
    scan = make_scan()
    scan.intercept = 0.0
    scan.tags["PixelPaddingValue"] = value
    if limit is not None:
        scan.tags["PixelPaddingRangeLimit"] = limit

    with pytest.raises(UnsupportedStudy, match="a padding value among measured gray levels"):
        load_study(write_dicom(tmp_path, scan))


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEG2000Lossless,
        JPEGLSLossless,
    ],
)
def test_every_coding_gives_the_same_scan_and_headers(tmp_path, syntax) -> None:
    scan = make_scan((4, 72, 65))
    write_dicom(tmp_path / "plain", scan)
    (tmp_path / "coded").mkdir()
    for k in range(4):
        dataset = dicom_slice(scan, k)
        if syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
            dataset.compress(syntax, generate_instance_uid=False)
        elif syntax == ExplicitVRBigEndian:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").byteswap().tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax
        implicit, little = syntax == ImplicitVRLittleEndian, syntax != ExplicitVRBigEndian
        dataset.save_as(
            tmp_path / "coded" / str(k), implicit_vr=implicit, little_endian=little, enforce_file_format=True
        )
    plain, coded = load_study(tmp_path / "plain"), load_study(tmp_path / "coded")

    assert coded.input_sha256 == plain.input_sha256
    assert np.array_equal(coded.volume.values, scan.hu)
    for one, other in zip(plain.headers, coded.headers, strict=True):
        assert read_back(other).SOPInstanceUID == read_back(one).SOPInstanceUID
        assert str(read_back(other).PatientName) == "CALCIMETER^PHANTOM"
        assert "PixelData" not in read_back(other)


def test_headers_follow_the_stack_along_its_normal(tmp_path) -> None:
    study = load_study(write_dicom(tmp_path, make_scan(), order=(3, 0, 4, 2, 1)))

    positions = [read_back(header).ImagePositionPatient[2] for header in study.headers]
    assert positions == sorted(positions)
    assert len(positions) == study.volume.layout.grid.shape[0]
    assert positions[0] == pytest.approx(study.volume.layout.grid.affine[2, 3])


def test_headers_follow_a_stack_that_runs_downward(tmp_path) -> None:
    study = load_study(write_dicom(tmp_path, turned(make_scan(), (0, 1, 2), (1, -1, 1))))

    positions = [read_back(header).ImagePositionPatient[2] for header in study.headers]
    assert positions == sorted(positions, reverse=True)
    for k, position in enumerate(positions):
        assert study.volume.layout.grid.to_patient((k, 0, 0))[2] == pytest.approx(position)


def test_the_array_in_file_order_is_what_the_files_hold(tmp_path) -> None:
    other = turned(make_scan(), (2, 0, 1), (1, -1, 1))
    study = load_study(write_dicom(tmp_path, other))
    source = study.volume.layout.to_source(study.volume.values)

    for k, header in enumerate(study.headers):
        original = np.flatnonzero([read_back(header).SOPInstanceUID == f"{other.uid}.{n + 1}" for n in range(7)])[0]
        assert np.array_equal(source[k], other.hu[original])


def test_nested_sequences_of_undefined_length_are_walked_over(tmp_path) -> None:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    scan = make_scan()
    for k in range(5):
        dataset, item, inner = dicom_slice(scan, k), Dataset(), Dataset()
        inner.CodeMeaning = "inside"
        item.ConceptNameCodeSequence = Sequence([inner, inner])
        dataset.ReferencedImageSequence = Sequence([item, Dataset()])
        for held in (dataset.ReferencedImageSequence, item.ConceptNameCodeSequence):
            held.is_undefined_length = True
            for part in held:
                part.is_undefined_length_sequence_item = k % 2 == 0
        dataset["ReferencedImageSequence"].is_undefined_length = True
        item["ConceptNameCodeSequence"].is_undefined_length = True
        save(dataset, tmp_path / f"{k}.dcm")

    from calcimeter.load.dicom.walk import walk

    assert walk((tmp_path / "0.dcm").read_bytes()).values["Modality"] == "CT"
    assert (
        pydicom.dcmread(tmp_path / "0.dcm").ReferencedImageSequence[0].ConceptNameCodeSequence[1].CodeMeaning
        == "inside"
    )
    assert np.array_equal(load_study(tmp_path).volume.values, scan.hu)


def test_the_walk_and_pydicom_read_the_same_header(tmp_path) -> None:
    from calcimeter.load.dicom.read_headers import _parsed, _walked
    from calcimeter.load.dicom.walk import walk

    write_dicom(tmp_path, make_scan())
    path = tmp_path / "0000.dcm"
    content = path.read_bytes()
    walked, parsed = _walked(path, walk(content), len(content)), _parsed(path, len(content))

    assert parsed is not None
    assert walked.element_at == parsed.element_at
    assert walked.pixels_at == parsed.pixels_at
    assert walked.pixel_bytes == parsed.pixel_bytes
    assert walked.values.keys() == parsed.values.keys()
    assert all(
        walked.text(key) == parsed.text(key) or walked.number(key) == parsed.number(key) for key in walked.values
    )


def test_files_without_preamble_and_without_suffix_are_read(tmp_path) -> None:
    scan = make_scan()
    for k in range(5):
        dataset = dicom_slice(scan, k)
        del dataset.file_meta
        dataset.save_as(tmp_path / f"slice{k}", implicit_vr=True, little_endian=True)
    study = load_study(tmp_path)

    assert np.array_equal(study.volume.values, scan.hu)
    assert read_back(study.headers[0]).Modality == "CT"


def test_a_copy_of_a_file_does_no_harm_and_hidden_files_are_passed_over(tmp_path) -> None:
    write_dicom(tmp_path, make_scan())
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "again.dcm").write_bytes((tmp_path / "0002.dcm").read_bytes())
    (tmp_path / ".hidden").write_bytes(b"x" * 200)
    (tmp_path / "readme.txt").write_text("nothing to see")

    assert load_study(tmp_path).volume.values.shape == (5, 6, 7)


def test_what_the_header_tells_is_kept_and_what_it_does_not_tell_is_said(tmp_path) -> None:
    scan = make_scan(spacing=(5.0, 0.75, 0.5))
    told = load_study(write_dicom(tmp_path / "told", scan))
    scan.tags.update(KVP=None, PatientPosition=None, ConvolutionKernel="X1")
    untold = load_study(write_dicom(tmp_path / "untold", scan))

    assert (told.kvp, told.kernel, told.position, told.source_format) == (120, "STANDARD", "HFS", "dicom")
    assert [caveat.code for caveat in told.caveats] == ["SLICES_THICK"]
    assert (untold.kvp, untold.position) == (None, None)
    assert [caveat.code for caveat in untold.caveats] == [
        "KERNEL_UNKNOWN",
        "KVP_UNKNOWN",
        "POSITION_UNKNOWN",
        "SLICES_THICK",
    ]


@pytest.mark.parametrize(("said", "expected"), [(4.0, 4.0), (99.0, None), (0.0, None), (None, None)])
def test_slices_are_as_thick_as_the_header_says_if_slices_can_be(tmp_path, said, expected) -> None:
    scan = make_scan(spacing=(2.5, 0.75, 0.5))
    scan.tags["SliceThickness"] = said

    assert load_study(write_dicom(tmp_path, scan)).thickness_mm == expected


@pytest.mark.parametrize(
    ("name", "shape", "kernel"), [("STS_045", (74, 218, 220), "SOFT"), ("STS_028", (68, 176, 173), "STANDARD")]
)
def test_real_series_are_read_as_pydicom_reads_them(shared_data, name, shape, kernel) -> None:
    folder = shared_data(f"sts/{name}/CT")
    study = load_study(folder)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slices = sorted((pydicom.dcmread(path) for path in folder.iterdir()), key=lambda d: d.ImagePositionPatient[2])
        hu = np.stack([d.pixel_array * d.RescaleSlope + d.RescaleIntercept for d in slices])

    assert np.array_equal(study.volume.values, hu)
    assert study.volume.values.shape == shape
    assert (study.kvp, study.kernel, study.position) == (140, kernel, "FFS")
    assert study.volume.grid.spacing_mm == pytest.approx((3.27, 0.976562, 0.976562))
