"""NIfTI and NRRD in every form that the two formats allow: read to the last value, or refused with what to do."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from ct_files import TO_RAS, Scan, make_scan, write_nifti, write_nrrd

from calcimeter.errors import GeometryError, Refused, UnreadableInput, UnsupportedStudy
from calcimeter.load.study import load_study

DECIMAL = "(0.5,0,0) (0,0.75,0) (0,0,2.5)"
ORIGIN = "(-40.5,-30.25,-100.125)"


def same_scan(path: Path, scan: Scan) -> bool:
    study = load_study(path)
    return bool(
        np.array_equal(study.volume.values, scan.hu) and np.allclose(study.volume.grid.affine, scan.affine, atol=1e-5)
    )


def nifti_bytes(scan: Scan, dtype: Any = "<i2", version: int = 1, *, pair: bool = False) -> tuple[bytearray, bytes]:
    """Header with its extension mark, and values."""
    kinds = {
        (1, False): nibabel.Nifti1Header,
        (1, True): nibabel.nifti1.Nifti1PairHeader,
        (2, False): nibabel.Nifti2Header,
        (2, True): nibabel.nifti2.Nifti2PairHeader,
    }
    header = kinds[version, pair](endianness=np.dtype(dtype).str[0].replace("|", "<"))
    header.set_data_dtype(np.dtype(dtype))
    header.set_data_shape(scan.hu.shape[::-1])
    header.set_sform(TO_RAS @ scan.affine[:, [2, 1, 0, 3]], 1)
    header["vox_offset"] = 0 if pair else header.single_vox_offset
    return bytearray(header.binaryblock + bytes(4)), scan.hu.astype(dtype).tobytes()


def put(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


def nrrd_text(shape: str = "7 6 5", **fields: str) -> bytes:
    """An NRRD header of 7 x 6 x 5 values in LPS, without the blank line."""
    told = {
        "type": "int16",
        "dimension": str(len(shape.split())),
        "sizes": shape,
        "endian": "little",
        "encoding": "raw",
        "space": "left-posterior-superior",
        "space_directions": DECIMAL,
        "space_origin": ORIGIN,
    } | fields
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in told.items() if value]
    return "\n".join(["NRRD0005", *lines, ""]).encode()


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<u2", "<i4", ">i4", "<i8", "<f4", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("version", [1, 2])
def test_a_nifti_of_either_version_type_and_byte_order_is_the_same_scan(tmp_path, dtype, version) -> None:
    scan = make_scan()
    if dtype == "<u2":  # unsigned needs its offset
        header, values = nifti_bytes(Scan(scan.hu + 1024, scan.affine), dtype, version)
        at = 112 if version == 1 else 176
        kind = "<f4" if version == 1 else "<f8"
        header[at : at + 2 * np.dtype(kind).itemsize] = np.array([1, -1024], kind).tobytes()
    else:
        header, values = nifti_bytes(scan, dtype, version)

    assert same_scan(put(tmp_path / "a.nii", header, values), scan)


def test_whether_a_nifti_is_packed_is_told_by_its_content(tmp_path) -> None:
    scan = make_scan()
    content = b"".join(nifti_bytes(scan))

    assert same_scan(put(tmp_path / "packed.nii", gzip.compress(content)), scan)
    assert same_scan(put(tmp_path / "plain.nii.gz", content), scan)


@pytest.mark.parametrize("version", [1, 2])
def test_a_nifti_pair_is_given_by_its_header(tmp_path, version) -> None:
    scan = make_scan()
    header, values = nifti_bytes(scan, version=version, pair=True)
    path = put(tmp_path / "a.hdr", header)
    with pytest.raises(UnreadableInput, match=r"without its \.img beside it"):
        load_study(path)
    put(tmp_path / "a.img", values)

    assert same_scan(path, scan)
    assert same_scan(tmp_path, scan)


def test_an_analyze_file_is_refused_because_it_does_not_tell_left_from_right(tmp_path) -> None:
    header, values = nifti_bytes(make_scan(), pair=True)
    header[344:348] = bytes(4)
    put(tmp_path / "a.img", values)

    with pytest.raises(GeometryError, match="does not tell left from right"):
        load_study(put(tmp_path / "a.hdr", header))


def test_the_rounding_of_a_quaternion_is_no_second_statement_but_a_turn_is(tmp_path) -> None:
    """Turned about two axes the quaternion's fourth number is near zero, where single precision is at its worst."""
    scan = make_scan((4, 256, 256), (5.0, 0.976562, 0.976562))
    (ca, sa), (cb, sb) = ((np.cos(t), np.sin(t)) for t in np.radians((-2.5, 3.0)))
    turn = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]]) @ np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    scan.affine[:3, :3] = turn @ scan.affine[:3, :3]
    image = nibabel.load(write_nifti(tmp_path / "a.nii", scan))
    image.set_qform(image.affine, 1)
    nibabel.save(image, tmp_path / "b.nii")

    assert np.abs(image.get_qform() - image.affine)[:3, :3].max() * 255 > 0.05
    assert same_scan(tmp_path / "b.nii", scan)
    image.set_qform(np.diag([-0.976562, -0.976562, 5, 1]) + image.affine * [0, 0, 0, 1], 1)
    nibabel.save(image, tmp_path / "c.nii")
    with pytest.raises(GeometryError, match=r"differ by 0\.0 mm and 3\.[09] degrees"):
        load_study(tmp_path / "c.nii")


@pytest.mark.parametrize("slope", [0.0, np.nan, np.inf])
def test_a_nifti_slope_of_zero_or_of_no_number_means_none(tmp_path, slope) -> None:
    scan = make_scan()
    header, values = nifti_bytes(scan)
    header[112:120] = np.array([slope, -500], "<f4").tobytes()

    assert same_scan(put(tmp_path / "a.nii", header, values), scan)


def test_a_list_of_one_volume_is_that_volume(tmp_path) -> None:
    scan = make_scan()
    header, values = nifti_bytes(scan)
    header[40:58] = np.array([5, 7, 6, 5, 1, 1, 1, 1, 1], "<i2").tobytes()
    assert same_scan(put(tmp_path / "a.nii", header, values), scan)
    raw = scan.hu.tobytes()
    first = nrrd_text("1 7 6 5", space_directions=f"none {DECIMAL}")
    last = nrrd_text("7 6 5 1", space_directions=f"{DECIMAL} none")
    two = nrrd_text("2 7 6 5", space_directions=f"none {DECIMAL}")

    assert same_scan(put(tmp_path / "first.nrrd", first, b"\n", raw), scan)
    assert same_scan(put(tmp_path / "last.nrrd", last, b"\n", raw), scan)
    with pytest.raises(UnreadableInput, match="met an NRRD of 2 x 7 x 6 x 5, expected one volume"):
        load_study(put(tmp_path / "two.nrrd", two, b"\n", raw, raw))


@pytest.mark.parametrize(
    ("at", "value", "refusal", "words"),
    [
        (40, np.array([3, 7, 6, -5], "<i2"), UnreadableInput, "too short"),
        (40, np.array([9], "<i2"), UnreadableInput, "no readable NIfTI"),
        (70, np.array([128], "<i2"), UnsupportedStudy, "expected whole or real numbers"),  # RGB
        (70, np.array([32], "<i2"), UnsupportedStudy, "expected whole or real numbers"),  # complex
        (70, np.array([999], "<i2"), UnreadableInput, "no readable NIfTI"),
        (108, np.array([np.nan], "<f4"), UnreadableInput, "no readable NIfTI"),  # where the values begin
        (108, np.array([1e9], "<f4"), UnreadableInput, "too short"),
        (116, np.array([np.nan], "<f4"), UnreadableInput, "no readable NIfTI"),  # the offset of the values
        (123, np.array([1], "u1"), GeometryError, "unit other than mm"),
        (280, np.array([np.nan], "<f4"), GeometryError, "no place in a body"),
        (280, np.zeros(4, "<f4"), GeometryError, "no place in a body"),
        (344, np.array([0x78], "u1"), UnreadableInput, "no readable NIfTI"),
    ],
)
def test_a_nifti_header_that_makes_no_sense_is_refused(tmp_path, at, value, refusal, words) -> None:
    header, values = nifti_bytes(make_scan())
    header[112:116] = np.array([1], "<f4").tobytes()
    header[at : at + value.nbytes] = value.tobytes()

    with pytest.raises(refusal, match=words):
        load_study(put(tmp_path / "a.nii", header, values))


@pytest.mark.parametrize("write", [write_nifti, write_nrrd])
def test_values_that_are_not_numbers_are_refused(tmp_path, write) -> None:
    scan = make_scan()
    scan.hu = scan.hu.astype(np.float32)
    scan.hu[2, 2, 2] = np.nan

    with pytest.raises(UnreadableInput, match="not numbers"):
        load_study(write(tmp_path / "a.nii" if write is write_nifti else tmp_path / "a.nrrd", scan, **_real(write)))


def _real(write: Any) -> dict[str, Any]:
    return {"dtype": np.float32} if write is write_nifti else {}


def packed(encoding: str, scan: Scan) -> bytes:
    raw = scan.hu.tobytes()
    if encoding in ("gzip", "gz"):
        return gzip.compress(raw)
    if encoding in ("bzip2", "bz2"):
        return bz2.compress(raw)
    return raw if encoding == "raw" else " ".join(map(str, scan.hu.ravel())).encode()


@pytest.mark.parametrize("encoding", ["raw", "gzip", "gz", "bzip2", "bz2", "text", "txt", "ascii", "ASCII"])
@pytest.mark.parametrize("detached", [False, True])
@pytest.mark.parametrize("lines", [0, 2])
def test_an_nrrd_is_read_in_every_encoding_attached_or_beside_its_header(tmp_path, encoding, detached, lines) -> None:
    scan = make_scan()
    values = b"something\nelse\n" * (lines // 2) + packed(encoding, scan)
    skip = {"line_skip": str(lines)} if lines else {}
    if detached:
        put(tmp_path / "a.values", values)
        path = put(tmp_path / "a.nhdr", nrrd_text(encoding=encoding, data_file="a.values", **skip))
    else:
        path = put(tmp_path / "a.nrrd", nrrd_text(encoding=encoding, **skip), b"\n", values)

    assert same_scan(path, scan)


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "text"])
def test_bytes_are_skipped_in_what_comes_out_of_an_nrrd(tmp_path, encoding) -> None:
    scan = make_scan()
    pack = {"gzip": gzip.compress, "bzip2": bz2.compress}.get(encoding, bytes)
    plain = packed("text" if encoding == "text" else "raw", scan)
    path = put(tmp_path / "a.nrrd", nrrd_text(encoding=encoding, byte_skip="5"), b"\n", pack(b"12345" + plain))

    assert same_scan(path, scan)


def test_a_byte_skip_of_minus_one_counts_from_the_end_of_raw_values_only(tmp_path) -> None:
    scan = make_scan()
    raw, header = scan.hu.tobytes(), nrrd_text(byte_skip="-1", data_file="a.raw")
    put(tmp_path / "a.raw", b"of any length", raw)

    assert same_scan(put(tmp_path / "a.nhdr", header), scan)
    with pytest.raises(UnreadableInput, match="negative line skip or byte skip"):
        load_study(put(tmp_path / "b.nrrd", nrrd_text(byte_skip="-1", encoding="gzip"), b"\n", packed("gzip", scan)))


def test_real_numbers_written_out_are_read_as_they_are(tmp_path) -> None:
    scan = make_scan()
    text = "\r\n".join(f"{value:.1f}" for value in scan.hu.ravel()).encode()

    assert same_scan(put(tmp_path / "a.nrrd", nrrd_text(type="float", encoding="text"), b"\n", text), scan)


def test_a_measurement_frame_and_a_gzip_in_two_parts_change_nothing(tmp_path) -> None:
    scan = make_scan()
    raw, turned = scan.hu.tobytes(), "(0,1,0) (-1,0,0) (0,0,1)"
    header = nrrd_text(encoding="gzip", measurement_frame=turned)

    assert same_scan(put(tmp_path / "a.nrrd", header, b"\n", gzip.compress(raw[:99]), gzip.compress(raw[99:])), scan)


@pytest.mark.parametrize(
    ("fields", "refusal", "words"),
    [
        ({"encoding": "hex"}, UnreadableInput, "expected raw, gzip, bzip2 or text"),
        ({"endian": ""}, UnreadableInput, "does not tell its byte order"),
        ({"type": "block"}, UnsupportedStudy, "expected whole or real numbers"),
        ({"old_min": "0"}, UnsupportedStudy, "scaled to gray levels"),
        ({"data_file": "LIST"}, UnreadableInput, "several files"),
        ({"data_file": "a%03d.raw 1 5 1"}, UnreadableInput, "several files"),
        ({"data_file": "b.raw"}, UnreadableInput, "without its data"),
        ({"sizes": "7 6 nan"}, UnreadableInput, "readable NRRD|too short"),
        ({"sizes": "7 6 0"}, UnreadableInput, "too short"),
        ({"sizes": "7 6 50000000000"}, UnreadableInput, "too short"),
        ({"line_skip": "-1"}, UnreadableInput, "negative line skip"),
        ({"byte_skip": "900"}, UnreadableInput, "too short"),
        ({"space_units": '"cm" "cm" "cm"'}, GeometryError, "unit other than mm"),
        ({"space": "scanner-xyz"}, GeometryError, "without orientation"),
        ({"space_directions": "(0.5,0) (0,0.75) (0,2.5)"}, GeometryError, "axes in space"),
        ({"space_origin": "(1e300,0,0)"}, GeometryError, "no place in a body"),
        ({"space_directions": "(0.5,0,0"}, UnreadableInput, "no readable NRRD"),
    ],
)
def test_an_nrrd_that_can_not_be_read_truly_is_refused(tmp_path, fields, refusal, words) -> None:
    with pytest.raises(refusal, match=words):
        load_study(put(tmp_path / "a.nrrd", nrrd_text(**fields), b"\n", make_scan().hu.tobytes()))


@pytest.mark.parametrize("text", [b"1 2 x 4", b"1.5 2 3", b"7" * 5000, b"99999999999999999999 1", b"1 2 3", b""])
def test_text_that_is_no_row_of_numbers_is_refused(tmp_path, text) -> None:
    path = put(tmp_path / "a.nrrd", nrrd_text(encoding="text", sizes="3 3 3"), b"\n", text + b" " * 60)

    with pytest.raises(UnreadableInput):
        load_study(path)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.hdr", "a.nrrd", "a.nhdr"])
@pytest.mark.parametrize("content", [b"", b"NRRD", b"NRRD0004\n", b"\x1f\x8b", b"\x5c\x01\x00\x00", b"\x00" * 600])
def test_a_file_that_is_nothing_is_refused(tmp_path, name, content) -> None:
    with pytest.raises(Refused):
        load_study(put(tmp_path / name, content))
