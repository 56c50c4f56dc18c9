"""Calcimeter's side of the benchmark, run in a fresh process by ``run.py``; says what it measured as JSON on stdout.

python benchmarks/ours.py analyze FOLDER OUT     folder to OUT/analysis.json, each step's seconds
python benchmarks/ours.py steps   FOLDER OUT     the same, then the passes that the steps are held against
python benchmarks/ours.py report  FOLDER OUT     the same, then every other file of OUT, timed apart

It says what it measured as JSON on stdout.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calcimeter.model.analysis import CTAnalysis


class StepTimes(logging.Handler):
    """Collects the seconds that ``calcimeter.pipeline`` logs as each step ends."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seconds: dict[str, float] = {}
        self.spans: list[tuple[float, float]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record that tells of a step."""
        step = getattr(record, "step", None)
        if step is not None:
            self.seconds[step] = self.seconds.get(step, 0.0) + record.seconds
            self.spans.append((record.created - record.seconds, record.created))

    def together_s(self) -> float:
        """Seconds in which any step ran: some run side by side."""
        total, until = 0.0, 0.0
        for began, ended in sorted(self.spans):
            total += max(0.0, ended - max(began, until))
            until = max(until, ended)
        return total


def analyze(folder: Path, out: Path) -> CTAnalysis:
    """Folder of a CT series to ``analysis.json``: what the peer is compared with."""
    from calcimeter.load.study import load_study
    from calcimeter.pipeline import analyze_ct
    from calcimeter.report.record import analysis_record, write_json

    analysis = analyze_ct(load_study(folder))
    write_json(analysis_record(analysis), out / "analysis.json")
    return analysis


def passes(analysis: CTAnalysis, folder: Path) -> dict[str, float]:
    """Seconds of one read pass over the volume, and of reading its files into memory and nothing else."""
    values = analysis.study.volume.values
    return {"read_pass_s": _best_of(5, values.max), "file_copy_s": _best_of(3, lambda: _copy_files(folder))}


def report(analysis: CTAnalysis, out: Path) -> float:
    """Seconds of writing every file of the result."""
    from calcimeter.report import write_report

    start = time.perf_counter()
    write_report(analysis, out / "report")
    return time.perf_counter() - start


def _copy_files(folder: Path) -> None:
    buffer = bytearray(1 << 20)
    for path in folder.iterdir():
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass


def _best_of(repeats: int, work: Callable[[], object]) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main(what: str, folder: Path, out: Path) -> None:
    steps = StepTimes()
    logger = logging.getLogger("calcimeter")
    logger.setLevel(logging.INFO)
    logger.addHandler(steps)
    analysis = analyze(folder, out)
    said: dict[str, object] = {
        "lesions": len(analysis.lesions),
        "steps_s": steps.seconds,
        "together_s": steps.together_s(),
    }
    if what == "steps":
        said |= passes(analysis, folder)
    if what == "report":
        said["report_s"] = report(analysis, out)
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
