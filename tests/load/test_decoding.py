"""Pixels of every coding come out exact, on one core or several; damaged ones are refused, and nothing else happens."""

from __future__ import annotations

import io
import struct
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from coded_images import J2K, JPEG_LS, SYNTAXES, encoded, noise
from ct_files import dicom_slice, make_scan, read_back, save, write_dicom
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.encaps import encapsulate, encapsulate_extended

from calcimeter.errors import Refused, UnreadableInput, UnsupportedStudy
from calcimeter.load.dicom.decode import HIGH_THROUGHPUT, JPEG, RLE, Coding, decode
from calcimeter.load.dicom.encapsulated import frame_spans, read_spans
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.reader import read_stack
from calcimeter.load.dicom.stack import stacked


@pytest.mark.parametrize("literal", [0, 1, 0x80])
@pytest.mark.parametrize("more", [-1, 0, 1, 2, 20])
def test_run_lengths_of_more_or_fewer_pixels_than_the_image_are_refused(more, literal) -> None:
    """A segment of odd length is filled up with a zero, which is no pixel of it."""
    pixels = 8 * 9

    def segment(count: int) -> bytes:
        runs = b"".join(bytes([257 - 2, literal]) for _ in range(count // 2)) + bytes([0, literal]) * (count % 2)
        return runs + b"\x80"  # nothing, and an odd number of bytes

    first, second = segment(pixels) + b"\0", segment(pixels + more) + b"\0"
    header = struct.pack("<16I", 2, 64, 64 + len(first), *[0] * 13)
    coding = Coding(RLE, 8, 9, 12, signed=False)
    if more:
        with pytest.raises(UnreadableInput):
            decode(coding, header + first + second)
    else:
        assert (decode(coding, header + first + second) == 257 * literal).all()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SYNTAXES), st.integers(9, 16), st.booleans(), st.integers(0, 99))
def test_every_coding_gives_back_what_was_stored(syntax, bits, signed, seed) -> None:
    stored = noise(bits=bits, signed=signed, seed=seed)
    found = decode(Coding(syntax, 33, 40, bits, signed), encoded(stored, syntax, bits))

    assert found.dtype == stored.dtype
    assert np.array_equal(found, stored)


@pytest.mark.parametrize("signed", [False, True])
def test_the_sign_of_the_file_goes_before_that_of_the_codestream(signed) -> None:
    stored = noise(bits=12, signed=signed)
    other = (stored & 0xFFF).astype("<u2") if signed else ((stored << 4).view("<i2") >> 4)

    assert np.array_equal(decode(Coding(J2K, 33, 40, 12, signed), encoded(other, J2K, 12)), stored)


def test_high_throughput_jpeg_2000_is_read() -> None:
    expected = np.arange(42).reshape(6, 7) * 97 % 4096
    for syntax in HIGH_THROUGHPUT:
        assert np.array_equal(decode(Coding(syntax, 6, 7, 12, signed=False), bytes.fromhex(HTJ2K)), expected)


def test_a_codestream_in_a_jp2_file_is_read() -> None:
    stored = noise(bits=12, signed=False)
    boxes = bytes.fromhex("0000000c6a5020200d0a870a") + bytes(60)

    assert np.array_equal(decode(Coding(J2K, 33, 40, 12, False), boxes + encoded(stored, J2K, 12)), stored)


@pytest.mark.parametrize("syntax", [J2K, JPEG_LS])
def test_an_image_of_another_size_is_refused_before_room_is_made_for_it(syntax) -> None:
    content = bytearray(encoded(noise(bits=12, signed=False), syntax, 12))
    if syntax == J2K:
        struct.pack_into(">2I", content, 8, 60_000, 60_000)
        struct.pack_into(">2I", content, 24, 60_000, 60_000)
    else:
        at = content.index(b"\xff\xf7")
        struct.pack_into(">2H", content, at + 5, 60_000, 60_000)
    tracemalloc.start()
    with pytest.raises(UnreadableInput, match="60000 x 60000, expected 33 x 40"):
        decode(Coding(syntax, 33, 40, 12, False), bytes(content))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 1_000_000


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SYNTAXES), st.data())
def test_damaged_images_are_refused_or_read_and_nothing_else(syntax, data) -> None:
    content = bytearray(encoded(noise(bits=12, signed=False), syntax, 12))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)):
        content[at] = value
    kept = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    with suppress(Refused):
        assert decode(Coding(syntax, 33, 40, 12, False), bytes(content[:kept])).shape == (33, 40)


def test_jpeg_lossless_names_the_extra_that_reads_it() -> None:
    if find_spec("gdcm"):
        pytest.skip("the decoder is installed")
    frame = b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB", 11, 16, 33, 40, 1) + bytes(3) + b"\xff\xd9"
    with pytest.raises(UnsupportedStudy, match=r"pip install 'calcimeter\[jpeg\]'"):
        decode(Coding(JPEG + "70", 33, 40, 16, True), frame)


def test_jpeg_extended_is_refused_in_words() -> None:
    frame = b"\xff\xd8\xff\xc1" + struct.pack(">HBHHB", 11, 12, 33, 40, 1) + bytes(3) + b"\xff\xd9"
    with pytest.raises(UnsupportedStudy, match="JPEG Extended, a lossy compression"):
        decode(Coding(JPEG + "51", 33, 40, 12, False), frame)


# Frames in one file.


def element(value: bytes) -> io.BytesIO:
    """A pixel data element behind ten other bytes."""
    return io.BytesIO(bytes(10) + b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff" + value)


FRAMES = [b"\xff\xd8" + bytes([k]) * 2 * (40 + k) for k in range(4)]


@pytest.mark.parametrize(
    "value",
    [
        encapsulate(FRAMES, fragments_per_frame=1, has_bot=True),
        encapsulate(FRAMES, fragments_per_frame=1, has_bot=False),
        encapsulate(FRAMES, fragments_per_frame=3, has_bot=True),
        encapsulate(FRAMES, fragments_per_frame=3, has_bot=False),
        encapsulate_extended(FRAMES)[0],
    ],
    ids=["table", "no table", "table and pieces", "pieces", "extended table"],
)
def test_every_frame_is_found(value) -> None:
    stream = element(value + b"\xfe\xff\xdd\xe0" + bytes(4))
    spans = frame_spans(stream, 10, 4)

    assert [read_spans(stream, frame) for frame in spans] == FRAMES


def test_the_pieces_of_one_image_are_joined() -> None:
    stream = element(encapsulate(FRAMES[:1], fragments_per_frame=4))

    assert read_spans(stream, frame_spans(stream, 10, 1)[0]) == FRAMES[0]


@pytest.mark.parametrize("cut", [3, 12, 25, 60, 200])
def test_frames_that_are_cut_short_are_refused(cut) -> None:
    whole = element(encapsulate(FRAMES, fragments_per_frame=1)).getvalue()
    with pytest.raises(UnreadableInput):
        frame_spans(io.BytesIO(whole[: 10 + cut]), 10, 4)


def test_frames_whose_pieces_can_not_be_told_apart_are_refused() -> None:
    pieces = encapsulate([bytes(90)] * 2, fragments_per_frame=3, has_bot=False)
    with pytest.raises(UnreadableInput, match="6 pieces of pixels for 2 images"):
        frame_spans(element(pieces), 10, 2)


@pytest.mark.parametrize("syntax", [None, RLE, J2K])
def test_a_multi_frame_file_gives_its_frames_and_one_header(tmp_path, syntax) -> None:
    headers, expected = multi_frame(tmp_path / "all.dcm", syntax)
    volume, before = read_stack(stacked(headers))

    assert np.array_equal(volume.layout.to_source(volume.values), expected)
    assert len(before) == 1
    assert str(read_back(before[0]).PatientName) == "CALCIMETER^PHANTOM"


def multi_frame(path: Path, syntax: str | None) -> tuple[list[Header], np.ndarray]:
    """A file of five frames, its headers in another order, and the HU in order of place."""
    from calcimeter.load.dicom.series import find_series

    scan = make_scan((5, 33, 40))
    write_dicom(path.parent / "single", scan)
    single = find_series(sorted((path.parent / "single").iterdir())).series[0].stack.headers
    dataset = dicom_slice(scan, 0)
    stored = (scan.hu.astype(int) + 1024).astype("<u2")
    dataset.NumberOfFrames = 5
    dataset.PixelData = stored.tobytes()
    if syntax:
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = encapsulate([encoded(plane, syntax, 16) for plane in stored])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
    save(dataset, path)
    content = path.read_bytes()
    element_at = content.index(b"\xe0\x7f\x10\x00O")
    values = {"TransferSyntaxUID": str(dataset.file_meta.TransferSyntaxUID), "NumberOfFrames": "5"}
    headers = [
        replace(
            header,
            path=path,
            values=header.values | values,
            element_at=element_at,
            pixels_at=None if syntax else element_at + 12 + k * stored[0].nbytes,
            frame=k,
        )
        for k, header in enumerate(single)
    ]
    return headers[::-1], scan.hu


HTJ2K = (
    "ff4fff5100294000000000070000000600000000000000000000000700000006000000000000000000010f0101ff50000800020000000a"
    "ff52000c00020001000504044001ff5c00132088909090909090909090909090888888ff64001700014f70656e4a50482056657220302e"
    "32362e332eff90000a00000000004e0001ff93c0002657f3050774000000c00012c000130068020774008af603877400c0001340001300"
    "828201827400a9a900423400a00015804c652a5399fac05281beb600ffd9"
)
"""The image of ``test_high_throughput_jpeg_2000_is_read``; nothing that is installed here writes this format."""
