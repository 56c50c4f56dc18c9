"""Load 10,000 mutated scans in child processes and write docs/fuzz.md: what came out, and what should not have.

    make fuzz      or      python benchmarks/fuzz.py [--count 10000] [--first 0] [--page FILE]
    python benchmarks/fuzz.py --seed 4711      one mutant again, in this process; --keep FOLDER writes its files

A child loads mutants one after the other, says which one it begins and what came out, and is replaced when it dies,
takes longer than 20 s over one, or asks for more memory than it may.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "fuzz.md"
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "load")]

from mutant_bases import BASES  # noqa: E402 -- found by the line above
from mutants import mutant  # noqa: E402

HANG_S = 20
MEMORY_BYTES = 3 * 2**29
"""What one mutant may ask for beyond what the libraries took: 1.5 GiB, for scans of 12 KB."""

PEAK_BYTES = 2**29
"""A resident peak above this counts as unbounded memory even where nothing failed."""

BATCH = 500

INTRODUCTION = """\
# Mutated scans

`make fuzz` writes this page. A seed gives a small CT series (5 slices of 32 x 36; plain, signed, 12 bits, padded,
rescaled slice by slice, oblique, or in half units), a container, and what is done to it (`tests/load/mutants.py`);
each mutant is loaded, and its series listed, in a child process. What must come out is a study or one line of refusal
without the patient's name, id, birth date or the path. What is accepted is read anew by pydicom, nibabel or pynrrd
(`tests/load/mutant_oracle.py`, nothing of ours in it): every voxel must have the same value at the same place. A
death of the process, {hang} s over one mutant, memory beyond {memory:.1f} GiB asked for or {peak:.1f} GiB used, a
warning, a line on stderr, or any other exception is a fault. Two hundred of them are part of `make test`.

Faults are mended when they are met, so a run tells the truth only on seeds that were not looked at before. Seeds 0 to
9999 began with 652 faults and ended with none; the next ten thousand new ones had 8, those after them 11, all mended or
named below. The run below is on new ones again: `make fuzz` takes `--first` for more.
"""


@dataclass
class Tally:
    """Counts by base and outcome, the faults with their seeds, and the slowest and largest mutant."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[int]] = field(default_factory=dict)
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[int, int] = (0, -1)

    def add(self, seed: int, outcome: str, faults: list[str]) -> None:
        """Count one mutant."""
        one = mutant(seed)
        self.outcomes[one.base, outcome] += 1
        self.changes.update(one.changes[1:])
        for fault in faults:
            self.faults.setdefault(fault[:160], []).append(seed)


def main() -> None:
    parser = argparse.ArgumentParser(description="Load mutated scans and see what comes out.")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page is written")
    parser.add_argument("--seed", type=int, help="one mutant again, in this process")
    parser.add_argument("--keep", type=Path, help="with --seed: a new folder for its files")
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        child(*chosen.child)
    elif chosen.seed is not None:
        sys.exit(replay(chosen.seed, chosen.keep))
    else:
        start = time.perf_counter()
        tally = run(chosen.first, chosen.first + chosen.count)
        chosen.page.write_text(as_page(tally, chosen.first, time.perf_counter() - start), encoding="utf-8")
        print(*(f"{len(seeds)} x {fault} (--seed {seeds[0]})" for fault, seeds in tally.faults.items()), sep="\n")
        sys.exit(bool(tally.faults))


def run(first: int, stop: int) -> Tally:
    """Every seed of a range, a child for each batch and a new one after each that died."""
    tally, seed = Tally(), first
    while seed < stop:
        seed = _watched(seed, min(stop, seed + BATCH), tally)
        print(f"{seed - first} of {stop - first}, {sum(map(len, tally.faults.values()))} faults", file=sys.stderr)
    return tally


def child(first: int, stop: int) -> None:
    """Load the mutants of a range and say of each when it begins and what came out."""
    from mutant_verdict import verdict

    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        verdict(mutant(0), Path(folder) / "first")  # what libraries load late is loaded now
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        held = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_BYTES, held + MEMORY_BYTES))
        for seed in range(first, stop):
            print(json.dumps({"seed": seed}), flush=True)
            one = mutant(seed)
            met = verdict(one, Path(folder) / f"mutant-{seed}")
            shutil.rmtree(Path(folder) / f"mutant-{seed}")
            faults = [*met.faults, *(["memory: too much in use"] if met.grown_bytes > PEAK_BYTES else [])]
            said = {"outcome": met.outcome, "faults": faults, "seconds": met.seconds, "bytes": met.grown_bytes}
            print(json.dumps({"seed": seed} | said), flush=True)


def replay(seed: int, keep: Path | None) -> int:
    """One mutant again; returns 1 where something is wrong."""
    from mutant_verdict import verdict

    one = mutant(seed)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        met = verdict(one, Path(folder) / f"mutant-{seed}")
    if keep is not None:
        one.write(keep)
    print(
        f"{seed}: {one.base}, {', '.join(one.changes)}: {met.outcome} in {met.seconds:.2f} s", *met.faults, sep="\n  "
    )
    return int(bool(met.faults))


def as_page(tally: Tally, first: int, seconds: float) -> str:
    """The page."""
    kinds = sorted({outcome for _, outcome in tally.outcomes}, key=lambda kind: (kind != "accepted", kind))
    rows = [[base, *(tally.outcomes[base, kind] for kind in kinds)] for base in BASES]
    rows.append(["all", *(sum(tally.outcomes[base, kind] for base in BASES) for kind in kinds)])
    table = [["scan", *kinds], ["---", *["---:"] * len(kinds)], *rows]
    count, faulty = tally.outcomes.total(), len({seed for seeds in tally.faults.values() for seed in seeds})
    introduction = INTRODUCTION.format(hang=HANG_S, memory=MEMORY_BYTES / 2**30, peak=PEAK_BYTES / 2**30)
    lines = [
        introduction,
        (
            f"{count} mutants, seeds from {first} on, in {seconds / 60:.0f} min: **{faulty} with a fault**. The"
            f" slowest took {tally.slowest[0]:.1f} s (seed {tally.slowest[1]}), the largest used"
            f" {tally.largest[0] >> 20} MiB (seed {tally.largest[1]})."
        ),
        "",
        *("| " + " | ".join(map(str, row)) + " |" for row in table),
        "",
        "What was done, and how often:",
        ", ".join(f"{change.replace('_', ' ')} {times}" for change, times in sorted(tally.changes.items())) + ".",
        "",
        *(f"- {len(seeds)} x {fault!r}, first `--seed {seeds[0]}`" for fault, seeds in sorted(tally.faults.items())),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _watched(first: int, stop: int, tally: Tally) -> int:
    """One child; returns the seed with which the next has to begin."""
    command = [sys.executable, str(Path(__file__)), "--child", str(first), str(stop)]
    settings = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "RUST_BACKTRACE": "0"}
    begun, done = first, first
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | settings) as process:
        for line in _lines(process):
            said = json.loads(line)
            begun = said["seed"]
            if "outcome" in said:
                done = begun + 1
                tally.add(begun, said["outcome"], said["faults"])
                tally.slowest = max(tally.slowest, (said["seconds"], begun))
                tally.largest = max(tally.largest, (said["bytes"], begun))
        if done == stop:
            return stop
        hung = process.poll() is None
        process.kill()
    outcome = "hang" if hung else "crash"
    tally.add(begun, outcome, [outcome if hung else f"crash: the process ended with {process.returncode}"])
    return begun + 1


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What a child says, until it ends or is silent for too long."""
    assert process.stdout is not None
    lines: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_forward, args=(process.stdout, lines), daemon=True).start()
    try:
        while line := lines.get(timeout=HANG_S if process.poll() is None else 1):
            yield line
        process.wait(HANG_S)
    except (queue.Empty, subprocess.TimeoutExpired):
        return


def _forward(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    """Every line as it comes; an empty one at the end."""
    for line in stream:
        lines.put(line)
    lines.put(b"")


if __name__ == "__main__":
    main()
