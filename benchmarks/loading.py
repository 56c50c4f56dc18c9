"""Measure how fast a CT series is loaded, beside what bounds it, and write docs/loading.md.

    python benchmarks/loading.py [--slices 600] [--compressed 300] [--repeats 5]

Every measurement is a process of its own that loads the series twice; the ways of loading take turns, and the median
stands in the page. The series is made in a temporary folder: a patient with 512 x 512
pixels, noise, padding and a header as long as a scanner's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np

from series import write_series

PAGE = Path(__file__).resolve().parents[1] / "docs" / "loading.md"
RLE, JPEG = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4."
SYNTAXES = {"RLE": RLE, "JPEG-LS": JPEG + "80", "JPEG 2000": JPEG + "90", "HTJ2K": JPEG + "201"}

ENOUGH_S, MOST_RUNS = 1.0, 7
"""A way is run again until it took so long together, or so often."""

INTRODUCTION = """\
# Loading

`python benchmarks/loading.py` writes this page in one run: {machine}.
Times are medians of {repeats} processes each, in turn, that load the series again, up to seven times, so that files,
programs and memory are at hand (the first time in a process takes some 0.3 s more, for the raw copy as for all others:
the kernel makes the memory); memory is the kernel's peak of the process in the first time, less what it held before
(a process that decodes beside it takes some 40 MB more).

## Uncompressed: {slices} slices of 512 × 512, {volume_mb:.0f} MB as a volume

| | s | to the raw copy | peak memory, to the volume |
|---|---|---|---|
"""
COMPRESSED = """
## Compressed: {slices} slices of 512 × 512

*Bare* is the decoder alone on frames that are in memory already, in one process and in one a core; *loaded* holds
reading, decoding, the start of processes (0.15 s) and the volume in HU. Series that are decoded sooner than
processes start stay in one.

| | bare, 1 core, s | bare, {cores} cores, s | loaded, s | to bare on all | SimpleITK, s | peak memory, to the volume |
|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Write the page; or, as a child, measure one thing."""
    parser = argparse.ArgumentParser(description="Measure how fast a CT series is loaded.")
    parser.add_argument("--slices", type=int, default=600)
    parser.add_argument("--compressed", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measured(WAYS[chosen.measure[0]], Path(chosen.measure[1]))))
        return
    with tempfile.TemporaryDirectory() as name:
        native = Path(name, "native")
        write_series(native, chosen.slices, 0)
        lines = [uncompressed(native, chosen.repeats), compressed(native, chosen.compressed, chosen.repeats)]
    PAGE.write_text("".join(lines), encoding="utf-8")


def uncompressed(folder: Path, repeats: int) -> str:
    """The first table."""
    ways = ("raw", "calcimeter", *(("simpleitk",) if find_spec("SimpleITK") else ()))
    found = in_turn(ways, folder, repeats)
    slices = len(list(folder.iterdir()))
    volume_mb = slices * 512 * 512 * 2 / 1e6
    names = {"raw": "raw copy: every file read whole into memory", "calcimeter": "Calcimeter", "simpleitk": "SimpleITK"}
    rows = [
        f"| {names[way]} | {s:.3f} | {s / found['raw'][0]:.2f} | {mb / volume_mb:.2f} |"
        for way, (s, mb) in found.items()
    ]
    head = INTRODUCTION.format(machine=machine(), repeats=repeats, slices=slices, volume_mb=volume_mb)
    return head + "\n".join(rows) + "\n"


def compressed(native: Path, slices: int, repeats: int) -> str:
    """The second table."""
    rows = []
    for name, syntax in SYNTAXES.items():
        if name == "HTJ2K" and not find_spec("imagecodecs"):  # the only writer of it
            continue
        folder = compress(native, native.parent / name, slices, syntax)
        found = in_turn(("bare-1", "bare-all", "calcimeter", "simpleitk"), folder, repeats)
        (one, _), (every, _), (ours, mb), (peer, _) = found.values()
        volume_mb = slices * 512 * 512 * 2 / 1e6
        peer_s = f"{peer:.2f}" if peer else "not read"
        rows.append(
            f"| {name} | {one:.2f} | {every:.2f} | {ours:.2f} | {ours / every:.2f} | {peer_s} | {mb / volume_mb:.2f} |"
        )
    return COMPRESSED.format(slices=slices, cores=cores()) + "\n".join(rows) + "\n"


def compress(native: Path, folder: Path, slices: int, syntax: str) -> Path:
    """The middle slices of a series in another transfer syntax."""
    import pydicom
    from pydicom.encaps import encapsulate

    folder.mkdir()
    headers = {path: pydicom.dcmread(path, stop_before_pixels=True).InstanceNumber for path in native.iterdir()}
    ordered = sorted(headers, key=headers.__getitem__)
    first = (len(ordered) - slices) // 2
    for path in ordered[first : first + slices]:
        dataset = pydicom.dcmread(path)
        if syntax == SYNTAXES["HTJ2K"]:
            import imagecodecs

            dataset.PixelData = encapsulate([imagecodecs.htj2k_encode(dataset.pixel_array)])
            dataset["PixelData"].VR = "OB"
            dataset.file_meta.TransferSyntaxUID = syntax
        else:
            dataset.compress(syntax, generate_instance_uid=False)
        dataset.save_as(folder / path.name, enforce_file_format=True)
    return folder


def in_turn(ways: tuple[str, ...], folder: Path, repeats: int) -> dict[str, tuple[float, float]]:
    """Median seconds and peak megabytes of each way; zeros where it can't load the series."""
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(repeats + 1):  # the first round brings files and programs into memory
        for way, before in found.items():
            command = [sys.executable, __file__, "--measure", way, str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            before.append(tuple(json.loads(done.stdout)) if done.returncode == 0 else (0.0, 0.0))
    return {way: tuple(median(column) for column in zip(*runs[1:], strict=True)) for way, runs in found.items()}


def measured(prepare: Callable[[Path], Callable[[], object]], folder: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of one way.

    The first time tells the memory, and the kernel finds it; the others tell the seconds, their median. What takes
    less than a second is run through often enough that the kernel has the memory at hand again.
    """
    run = prepare(folder)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew: a child is born with one
    before_mb = resident_mb("VmHWM")
    kept = run()
    peak_mb = resident_mb("VmHWM") - before_mb
    times: list[float] = []
    while not times or (sum(times) < ENOUGH_S and len(times) < MOST_RUNS):
        del kept
        start = time.perf_counter()
        kept = run()
        times.append(kept if isinstance(kept, float) else time.perf_counter() - start)
    return median(times), peak_mb


def resident_mb(field: str) -> float:
    """A line of the kernel's account of this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024 / 1e6


def raw(folder: Path) -> Callable[[], object]:
    """Every file read whole into memory by one process."""
    paths = sorted(folder.iterdir())
    size = max(path.stat().st_size for path in paths)

    def run() -> object:
        out = np.empty((len(paths), size), np.uint8)
        for k, path in enumerate(paths):
            with path.open("rb", buffering=0) as stream:
                stream.readinto(out[k])
        return out

    return run


def calcimeter(folder: Path) -> Callable[[], object]:
    """Our own."""
    from calcimeter.load.study import load_study

    return lambda: load_study(folder)


def simpleitk(folder: Path) -> Callable[[], object]:
    """The peer's reader of series."""
    import SimpleITK as sitk  # noqa: N813 - as everybody calls it

    def run() -> object:
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
        return reader.Execute()

    return run


def bare_1(folder: Path) -> Callable[[], float]:
    """The decoder alone, in this process."""
    return lambda: decode_all(sorted(map(str, folder.iterdir())))


def bare_all(folder: Path) -> Callable[[], float]:
    """The decoder alone, in as many processes as there are cores: the time of the slowest."""
    paths = sorted(map(str, folder.iterdir()))
    shares = [paths[k :: cores()] for k in range(cores())]

    def run() -> float:
        with ProcessPoolExecutor(cores()) as pool:
            return max(pool.map(decode_all, shares))

    return run


def decode_all(paths: list[str]) -> float:
    """Seconds that the decoder takes for files which are in memory."""
    import jpeg_ls
    import openjpeg
    import pydicom
    import rle
    from pydicom.encaps import get_frame

    frames = []
    for path in paths:
        dataset = pydicom.dcmread(path)
        frames.append(get_frame(dataset.PixelData, 0, number_of_frames=1))
    size = {"rows": 512, "columns": 512, "bits_allocated": 16}
    decoder = {
        RLE: lambda frame: rle.decode_pixel_data(frame, version=2, **size),
        JPEG + "80": jpeg_ls.decode_from_buffer,
    }.get(dataset.file_meta.TransferSyntaxUID, lambda frame: openjpeg.decode_pixel_data(frame, version=2))
    start = time.perf_counter()
    for frame in frames:
        decoder(frame)
    return time.perf_counter() - start


WAYS = {"raw": raw, "calcimeter": calcimeter, "simpleitk": simpleitk, "bare-1": bare_1, "bare-all": bare_all}


def machine() -> str:
    """What it was measured on."""
    return f"{cores()} cores, {platform.machine()}, Python {platform.python_version()}"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    main()
