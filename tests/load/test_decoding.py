"""Pixels of every coding come out exact, on one core or several; damaged ones are refused, and nothing else happens."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import tracemalloc
import zlib
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from ct_files import dicom_slice, make_scan, read_back, save, write_dicom
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from calcimeter.errors import Refused, UnreadableInput, UnsupportedStudy
from calcimeter.load.dicom.decode import HIGH_THROUGHPUT, JPEG, RLE, Coding, decode
from calcimeter.load.dicom.decode_worker import Worker
from calcimeter.load.dicom.decoders import cores, decoders
from calcimeter.load.dicom.encapsulated import frame_spans, read_spans
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.pixels import PixelReader
from calcimeter.load.dicom.reader import read_stack
from calcimeter.load.dicom.stack import stacked
from calcimeter.load.study import load_study

J2K, JPEG_LS = str(JPEG2000Lossless), str(JPEGLSLossless)
SYNTAXES = (RLE, J2K, JPEG_LS)


def encoded(stored: np.ndarray, syntax: str, bits: int) -> bytes:
    """One image, compressed; its sign is that of the array."""
    import jpeg_ls
    import openjpeg
    import rle

    rows, columns = stored.shape
    size = {"rows": rows, "columns": columns, "samples_per_pixel": 1, "bits_allocated": 16, "number_of_frames": 1}
    if syntax == RLE:
        return bytes(rle.encode_pixel_data(stored.tobytes(), byteorder="<", **size))
    signed = stored.dtype.kind == "i"
    if syntax == J2K:
        size |= {"bits_stored": bits, "pixel_representation": int(signed), "photometric_interpretation": "MONOCHROME2"}
        return bytes(openjpeg.encode_pixel_data(stored.tobytes(), **size))
    bare = stored.view(np.uint16) & np.uint16((1 << bits) - 1)
    return bytes(
        jpeg_ls.encode_pixel_data(
            bare.tobytes(), rows=rows, columns=columns, samples_per_pixel=1, bits_allocated=16, bits_stored=bits
        )
    )


def noise(*, bits: int, signed: bool, seed: int = 0, shape: tuple[int, int] = (33, 40)) -> np.ndarray:
    low = -(1 << bits - 1) if signed else 0
    return np.random.default_rng(seed).integers(low, low + (1 << bits), shape).astype("<i2" if signed else "<u2")


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


# Several threads, several processes.


def compressed_series(folder: Path, count: int, size: int, syntax: Any = JPEG2000Lossless) -> Path:
    """A series with the same pixels in every slice, so that they are compressed once only."""
    folder.mkdir()
    scan = make_scan((1, size, size))
    dataset = dicom_slice(scan, 0)
    dataset.compress(syntax, generate_instance_uid=False)
    for k in range(count):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{scan.uid}.{k + 1}"
        dataset.ImagePositionPatient = [0, 0, 2.0 * k]
        save(dataset, folder / f"{k:03}.dcm")
    return folder


def test_processes_decode_as_this_one_does() -> None:
    stored = noise(bits=16, signed=True)
    coding, content = Coding(J2K, 33, 40, 16, True), encoded(stored, J2K, 16)
    with Worker(J2K) as worker:
        assert worker.is_ready()
        for _ in range(3):
            assert np.array_equal(worker(coding, content), stored)
        with pytest.raises(UnreadableInput) as here:
            decode(coding, content[:200])
        with pytest.raises(UnreadableInput) as there:
            worker(coding, content[:200])
        assert str(there.value) == str(here.value)
        assert np.array_equal(worker(coding, content), stored)


def test_a_decoder_that_breaks_down_is_a_refusal_and_leaves_no_process() -> None:
    stored = noise(bits=16, signed=True)
    with Worker(J2K) as worker:
        assert worker.is_ready()
        worker._process.kill()
        with pytest.raises(UnreadableInput, match="broke down"):
            worker(Coding(J2K, 33, 40, 16, True), encoded(stored, J2K, 16))

    assert worker._process.poll() is not None


def test_a_process_ends_when_nobody_asks_any_more() -> None:
    with Worker(J2K) as worker:
        assert worker.is_ready()
        worker._questions.close()
        assert worker._process.wait(20) == 0


def test_processes_are_started_only_for_work_that_takes_longer_than_they_need_to_start() -> None:
    coding = Coding(J2K, 512, 512, 12, False)
    with decoders([coding] * 3) as few:
        assert few == (decode,)
    with decoders([coding] * 50) as many:
        assert len(many) == (min(cores(), 6) if cores() > 1 else 1)


def test_no_process_is_started_where_the_program_is_no_interpreter(monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with decoders([Coding(J2K, 512, 512, 12, False)] * 50) as available:
        assert available == (decode,)


def test_a_failing_start_leaves_the_work_to_this_process(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no such program"))
    with decoders([Coding(J2K, 512, 512, 12, False)] * 50) as available:
        assert available == (decode,)


def test_a_script_without_a_main_guard_can_load_a_compressed_series(tmp_path) -> None:
    folder = compressed_series(tmp_path / "series", 20, 512)
    script = tmp_path / "script.py"
    script.write_text(
        dedent(f"""
        import sys
        sys.path[:0] = {[part for part in sys.path if part]!r}
        from calcimeter.load.study import load_study
        print(load_study({str(folder)!r}).volume.values.shape)
        """)
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "(20, 512, 512)\n", "")


@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_of_several_damaged_slices_the_first_is_spoken_of(tmp_path, syntax) -> None:
    if syntax:
        compressed_series(tmp_path / "series", 9, 64, syntax)
    else:
        write_dicom(tmp_path / "series", make_scan((9, 64, 64)))
    from calcimeter.load.dicom.series import find_series

    files = sorted((tmp_path / "series").iterdir())
    stack = find_series(files).series[0].stack
    for path in files[5:2:-1]:
        path.write_bytes(path.read_bytes()[:-900])
    for _ in range(10):
        with pytest.raises(UnreadableInput) as refusal:
            read_stack(stack)
        assert refusal.value.files == (str(files[3]),)


def test_a_file_that_is_gone_meanwhile_is_a_refusal(tmp_path) -> None:
    from calcimeter.load.dicom.series import find_series

    write_dicom(tmp_path, make_scan())
    stack = find_series(sorted(tmp_path.iterdir())).series[0].stack
    (tmp_path / "0003.dcm").unlink()
    with pytest.raises(UnreadableInput, match="can't be read any more"):
        read_stack(stack)


@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_memory_is_the_volume_and_a_few_slices(tmp_path, syntax) -> None:
    from calcimeter.load.dicom.series import find_series

    shape = (120, 128, 128)
    if syntax:
        compressed_series(tmp_path / "series", shape[0], shape[1], syntax)
    else:
        write_dicom(tmp_path / "series", make_scan(shape))
    stack = find_series(sorted((tmp_path / "series").iterdir())).series[0].stack
    tracemalloc.start()
    volume, _ = read_stack(stack)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < volume.values.nbytes + 24 * volume.values[0].nbytes


# Bits beyond those that hold pixels.


def test_an_overlay_in_the_unused_bits_is_taken_off(tmp_path) -> None:
    scan = make_scan()
    scan.intercept = 0.0
    scan.hu = np.random.default_rng(1).integers(-2048, 2048, scan.hu.shape).astype(np.int16)
    for k in range(5):
        dataset = dicom_slice(scan, k)
        drawn = (scan.hu[k] & 0x0FFF) | (np.arange(7) % 2 << 12)
        dataset.PixelData, dataset.BitsStored, dataset.HighBit = drawn.astype("<i2").tobytes(), 12, 11
        dataset.PixelRepresentation = 1
        dataset.add_new(0x60000102, "US", 12)
        save(dataset, tmp_path / f"{k}.dcm")

    assert np.array_equal(load_study(tmp_path).volume.values, scan.hu)


def test_a_deflated_file_far_larger_than_its_image_is_refused(tmp_path) -> None:
    meta = bytes(128) + b"DICM\x02\x00\x10\x00UI\x16\x001.2.840.10008.1.2.1.99"
    deflate = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    path = tmp_path / "bomb.dcm"
    path.write_bytes(meta + deflate.compress(bytes(100 << 20)) + deflate.flush())
    values = {"TransferSyntaxUID": "1.2.840.10008.1.2.1.99", "Rows": "4", "Columns": "4", "BitsStored": "16"}
    with pytest.raises(UnreadableInput, match="far larger than its image"):
        PixelReader(decode).read(Header(path, values, None, None, 0))


HTJ2K = (
    "ff4fff5100294000000000070000000600000000000000000000000700000006000000000000000000010f0101ff50000800020000000a"
    "ff52000c00020001000504044001ff5c00132088909090909090909090909090888888ff64001700014f70656e4a50482056657220302e"
    "32362e332eff90000a00000000004e0001ff93c0002657f3050774000000c00012c000130068020774008af603877400c0001340001300"
    "828201827400a9a900423400a00015804c652a5399fac05281beb600ffd9"
)
"""The image of ``test_high_throughput_jpeg_2000_is_read``; nothing that is installed here writes this format."""
