"""The whole pipeline on the benchmark's series of 512 x 512 x 600, and where the time goes."""

from __future__ import annotations

import json
import os
from statistics import median

from run import DEPOSITS, SLICES, machine, run_ours, series
from shown import Row, Section, table

LIMIT_S, REPEATS = 10.0, 5
SIDE_BY_SIDE = (
    "Deposits are found beside calibration, resolution, gravity and search, and measured in two lanes at a time: the "
    "shares add up to more than the whole."
)


def add_pace(section: Section) -> None:
    """Fresh processes, files in the page cache; the median counts, the steps are of the fastest."""
    folder = series(SLICES, DEPOSITS)
    run_ours("analyze", folder)  # brings the files into the page cache
    load = os.getloadavg()[0]
    runs = [run_ours("analyze", folder) for _ in range(REPEATS)]
    wall_s = median(run.wall_s for run in runs)
    fastest = min(runs, key=lambda run: run.wall_s)
    said = json.loads(fastest.said)
    steps = said["steps_s"]
    words = f"{wall_s:.1f} s (median of {REPEATS}; {', '.join(f'{run.wall_s:.1f}' for run in runs)})"
    asked = f"folder of {SLICES} slices to analysis.json in at most {LIMIT_S:.0f} s on two cores"
    section.rows.append(Row.judged(asked, words, holds=wall_s <= LIMIT_S))
    rest = fastest.wall_s - said["together_s"]
    rows = [(step, f"{s:.2f}", f"{100 * s / fastest.wall_s:.0f} %") for step, s in steps.items() if s >= 0.005]
    rows.append(("start of the interpreter, everything else", f"{rest:.2f}", f"{100 * rest / fastest.wall_s:.0f} %"))
    busy = (
        f" **The machine was busy** (load {load:.1f} before the first run): seconds are too many." if load > 1 else ""
    )
    section.notes += [
        f"Machine: {machine()}.{busy} {SIDE_BY_SIDE}",
        table(("step", "s", "share"), rows),
    ]
