"""Measure Calcimeter against the peer in one run and write docs/benchmark.md and docs/benchmark.json.

    make bench      or      python benchmarks/run.py [--peer PEER.py] [--repeats 3]

Every measurement is a fresh process, its files in the page cache, peer and ours in turn. This process imports nothing
heavy: a child's peak memory as the kernel reports it is never below that of the process which started it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from table import as_markdown

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "benchmarks"
CACHE = HERE / ".cache"
PEER = ROOT.parent / "shared" / "research" / "peer.py"
SLICES, DEPOSITS = 600, 40
MORE_SLICES, MORE_DEPOSITS = (150, 300), (10, 160)
SLICE_BYTES = 512 * 512 * 2


@dataclass(frozen=True)
class Run:
    """One fresh process: wall seconds with the interpreter's start, peak resident memory, what it printed."""

    wall_s: float
    peak_mb: float
    said: str


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure Calcimeter against the peer in one run.")
    parser.add_argument("--peer", type=Path, default=PEER, help="a script: PEER.py DICOM_FOLDER OUT.json")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()

    sizes = [(SLICES, DEPOSITS), *((n, DEPOSITS) for n in MORE_SLICES), *((SLICES, k) for k in MORE_DEPOSITS)]
    folders = {size: series(*size) for size in sizes}
    result = {"machine": machine(), "volume_mb": round(SLICES * SLICE_BYTES / 1e6, 1)}
    result |= compare(folders[SLICES, DEPOSITS], chosen.peer, chosen.repeats)
    result["growth"] = growth(folders, chosen.repeats)
    write(result)


def series(slices: int, deposits: int) -> Path:
    """The folder of a series, made where it is not there yet, and read once so that it is in memory."""
    folder = CACHE / f"{slices}-{deposits}"
    if not folder.exists():
        say(f"making {slices} slices with {deposits} deposits ...")
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--slices", str(slices), "--deposits", str(deposits)]
        subprocess.run([sys.executable, str(HERE / "series.py"), str(unfinished), *options], check=True)
        unfinished.rename(folder)
    for path in folder.iterdir():
        path.read_bytes()
    return folder


def compare(folder: Path, peer: Path, repeats: int) -> dict[str, object]:
    """The peer and Calcimeter in turn on the main series, then its steps and its report once."""
    absent = reason_without_peer(peer)
    peer_runs, our_runs = [], []
    for number in range(1, repeats + 1):
        if not absent:
            say(f"peer, {number} of {repeats} ...")
            peer_runs.append(run_peer(peer, folder))
        say(f"Calcimeter, {number} of {repeats} ...")
        our_runs.append(run_ours("analyze", folder))
    say("steps and report ...")
    steps, report = run_ours("steps", folder), run_ours("report", folder)
    return {
        "peer": [asdict(run) for run in peer_runs],
        "peer_absent": absent,
        "ours": [asdict(run) for run in our_runs],
        "steps": json.loads(steps.said),
        "report": {"seconds": json.loads(report.said)["report_s"], "peak_mb": report.peak_mb},
    }


def growth(folders: dict[tuple[int, int], Path], repeats: int) -> list[dict[str, float]]:
    """Calcimeter alone over the number of slices and of deposits, medians."""
    rows = []
    for (slices, deposits), folder in sorted(folders.items()):
        say(f"Calcimeter on {slices} slices with {deposits} deposits ...")
        runs = [run_ours("analyze", folder) for _ in range(repeats)]
        listed = json.loads(runs[0].said)["lesions"]
        wall_s, peak_mb = median(r.wall_s for r in runs), median(r.peak_mb for r in runs)
        row = {"slices": slices, "deposits": deposits, "listed": listed, "wall_s": wall_s, "peak_mb": peak_mb}
        rows.append(row | {"volume_mb": slices * SLICE_BYTES / 1e6})
    return rows


def run_peer(peer: Path, folder: Path) -> Run:
    """The peer on one folder."""
    with tempfile.TemporaryDirectory() as out:
        return run_fresh([sys.executable, str(peer), str(folder), str(Path(out) / "peer.json")])


def run_ours(what: str, folder: Path) -> Run:
    """Calcimeter on one folder."""
    with tempfile.TemporaryDirectory() as out:
        return run_fresh([sys.executable, str(HERE / "ours.py"), what, str(folder), out])


def run_fresh(command: list[str]) -> Run:
    """Run a command to its end and measure it; what it says on stderr passes through."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{Path(command[1]).name} ended with {process.returncode}; the benchmark stops")
        out.seek(0)
        return Run(wall_s, usage.ru_maxrss * 1024 / 1e6, out.read().decode().strip())


def reason_without_peer(peer: Path) -> str:
    """Why the peer can't run, or ""."""
    if not peer.exists():
        return "the peer's script is not at hand (--peer names it)"
    if find_spec("SimpleITK") is None:
        return 'SimpleITK is not installed (pip install ".[bench]")'
    return ""


def machine() -> str:
    """The machine in words, without its name."""
    cpu_info, memory_info = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    models = [line.split(":")[1].strip() for line in cpu_info.read_text().splitlines() if line.startswith("model name")]
    memory_gb = int(memory_info.read_text().split()[1]) * 1024 / 1e9
    cores, model = len(os.sched_getaffinity(0)), models[0] if models else platform.machine()
    return f"{cores} cores ({model}), {memory_gb:.0f} GB, Python {platform.python_version()}"


def write(result: dict[str, object]) -> None:
    """Both forms of the result into docs."""
    docs = ROOT / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "benchmark.json").write_text(json.dumps(result, indent=1) + "\n")
    text = as_markdown(result)
    (docs / "benchmark.md").write_text(text)
    print(text)


def say(words: str) -> None:
    """Progress, for whoever waits."""
    print(words, file=sys.stderr)


if __name__ == "__main__":
    main()
