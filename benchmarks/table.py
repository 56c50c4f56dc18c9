"""The benchmark's result in words and tables."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

INTRODUCTION = """\
# Benchmark

`make bench` writes this page. A CT series of 512 x 512 x 600 slices with 40 deposits of 5 to 60 mm (a made-up patient
with spine, ribs, pelvis and femurs, noise of 15 HU, headers of 140 elements; `benchmarks/series.py`) goes from its
folder to the table of what was found, each time in a fresh process with the files in the page cache. The peer is what
an experienced user would write today with SimpleITK; it tells bone by size alone, and stops at its table as
Calcimeter is stopped here at `analysis.json`. Seconds are wall time with the interpreter's start, medians where there
were several runs; memory is the process's peak.
"""


def as_markdown(result: dict[str, Any]) -> str:
    """The page for ``docs``."""
    parts = [INTRODUCTION, f"Machine: {result['machine']}.\n"]
    parts += [_comparison(result), _steps(result["steps"]), _growth(result["growth"])]
    return "\n".join(parts)


def _comparison(result: dict[str, Any]) -> str:
    """Both programs side by side, and what writing the report costs."""
    volume_mb, ours = result["volume_mb"], _medians(result["ours"])
    rows, verdict = [("Calcimeter", ours)], f"The peer did not run: {result['peer_absent']}.\n"
    if result["peer"]:
        peer = _medians(result["peer"])
        rows.insert(0, ("SimpleITK peer", peer))
        verdict = (
            f"Calcimeter is **{peer[0] / ours[0]:.1f} times as fast** with **{ours[1] / peer[1]:.2f} of the memory**. "
            f"The peer found {result['peer'][0]['said']}; "
            f"Calcimeter listed {json.loads(result['ours'][0]['said'])['lesions']} lesions.\n"
        )
    cells = [(name, f"{wall:.2f}", f"{peak:.0f}", f"{peak / volume_mb:.1f}") for name, (wall, peak) in rows]
    report = (
        f"The other files (tables, label maps, SEG, SR, figures, HTML, PDF) take {result['report']['seconds']:.2f} s "
        f"more, peak {result['report']['peak_mb']:.0f} MB.\n"
    )
    table = _table(("", "s", "peak MB", "times the volume"), cells)
    return f"## Against the peer\n\nThe volume is {volume_mb:.0f} MB.\n\n{table}\n{verdict}\n{report}"


def _steps(steps: dict[str, Any]) -> str:
    read_s, copy_s = steps["read_pass_s"], steps["file_copy_s"]
    head = (
        "## Each step against one pass over memory\n\n"
        f"One read pass over the volume takes {read_s * 1000:.0f} ms, reading the files into memory and nothing else "
        f"{copy_s * 1000:.0f} ms. Steps that run side by side (`pipeline.py`) are each counted whole.\n"
    )
    cells = [(name, f"{s:.3f}", f"{s / read_s:.0f}", f"{s / copy_s:.1f}") for name, s in steps["steps_s"].items()]
    return head + "\n" + _table(("step", "s", "read passes", "file copies"), cells)


def _growth(rows: list[dict[str, float]]) -> str:
    cells = [
        (
            f"{row['slices']}",
            f"{row['deposits']}",
            f"{row['listed']}",
            f"{row['wall_s']:.2f}",
            f"{row['peak_mb']:.0f}",
            f"{row['peak_mb'] / row['volume_mb']:.1f}",
        )
        for row in rows
    ]
    names = ("slices", "deposits planted", "lesions listed", "s", "peak MB", "times the volume")
    return "## Growth\n\n" + _table(names, cells)


def _medians(runs: list[dict[str, Any]]) -> tuple[float, float]:
    return median(run["wall_s"] for run in runs), median(run["peak_mb"] for run in runs)


def _table(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [names, tuple(["---"] + ["---:"] * (len(names) - 1)), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
