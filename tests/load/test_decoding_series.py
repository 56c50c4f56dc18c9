"""Compressed series: by processes and threads, damaged, with overlays, in bounded memory."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from coded_images import J2K, encoded, noise
from ct_files import dicom_slice, make_scan, save, write_dicom
from pydicom.uid import JPEG2000Lossless, RLELossless

from calcimeter.errors import UnreadableInput
from calcimeter.geometry.lanes import cores
from calcimeter.load.dicom.decode import Coding, decode
from calcimeter.load.dicom.decode_worker import Worker
from calcimeter.load.dicom.decoders import decoders
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.pixels import PixelReader
from calcimeter.load.dicom.reader import read_stack
from calcimeter.load.study import load_study


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
