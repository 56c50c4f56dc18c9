"""Analyze every named reference object and write docs/accuracy.md: measured beside true.

    python benchmarks/accuracy.py

Every object is written as DICOM and goes through ``calcimeter.analyze`` as a patient's scan would. Nothing here depends
on the machine; a second run writes the same page.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import calcimeter
from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.lesion import Lesion
from calcimeter.phantom import phantom_names, write_phantom

PAGE = Path(__file__).resolve().parents[1] / "docs" / "accuracy.md"
NEAR_MM = 10.0
"""A lesion whose centroid lies farther from the true one is another one."""

INTRODUCTION = """\
# Accuracy on the reference objects

`python benchmarks/accuracy.py` writes this page. Each named reference object (`calcimeter phantom --list`) is scanned,
written as DICOM and analyzed with the settings as they are; *true* is the closed form or a lattice far finer than the
scan (`truth.json`, `src/calcimeter/phantom/truth.py`), *measured* is what `analysis.json` says. Axes and
projections are measured between half heights, between voxels. Cells are **measured / true**.

These are made-up objects with known edges, an even background and a scanner without streaks, scatter or motion. The
page shows that the arithmetic is right, not how well a deposit in a patient is told from its surroundings: nobody has
outlined the real scans that this version was developed on.
"""
HEADING = (
    "| object | volume, mL | error | long axis, mm | short axis, mm | coronal projection, mm | to bone, mm |\n"
    "|---|---|---|---|---|---|---|"
)


class Comparison(NamedTuple):
    """One reference object: its scan, what was found, and how many lesions beyond the true ones."""

    name: str
    scan: str
    rows: list[str]
    extra: int
    analysis: CTAnalysis


def main() -> None:
    """Write the page."""
    compared = [compare(name) for name in phantom_names()]
    rows = [row for one in compared for row in one.rows]
    scans = [f"- {', '.join(f'`{c.name}`' for c in compared if c.scan == scan)}: {scan}" for scan in _scans(compared)]
    lines = [INTRODUCTION, *scans, "", HEADING, *rows, "", _nothing(compared), _beyond(compared)]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def compare(name: str) -> Comparison:
    """Analyze one reference object."""
    with tempfile.TemporaryDirectory() as folder:
        reference = write_phantom(name, Path(folder))
        analysis = calcimeter.analyze(folder)
    true = reference.truth["lesions"]
    met = [_nearest(analysis, lesion["centroid_mm"]) for lesion in true]
    labels = [name if len(true) == 1 else lesion["name"].replace("-", " ") for lesion in true]
    found = {id(lesion) for lesion in met if lesion is not None}
    return Comparison(
        name,
        _scan(reference.acquisition),
        [_row(*cells) for cells in zip(labels, true, met, strict=True)],
        len(analysis.lesions) - len(found),
        analysis,
    )


def _nearest(analysis: CTAnalysis, centroid_mm: list[float]) -> Lesion | None:
    """The soft-tissue lesion at a place; None where there is none."""
    away = {
        float(np.linalg.norm(np.subtract(lesion.extent.centroid_mm, centroid_mm))): lesion
        for lesion in analysis.lesions
        if lesion.category == "soft_tissue"
    }
    nearest = min(away, default=np.inf)
    return away[nearest] if nearest <= NEAR_MM else None


def _row(label: str, true: dict[str, Any], lesion: Lesion | None) -> str:
    """One line of the table."""
    if lesion is None:
        return f"| {label} | not found / {_digits(true['volume_mm3'] / 1000)} | | | | | |"
    extent, volume_mm3 = lesion.extent, true["volume_mm3"]
    coronal = " × ".join(_digits(length) for length in extent.projected_coronal_mm)
    cells = (
        label,
        _both(lesion.amount.volume_mm3.value / 1000, volume_mm3 / 1000),
        f"{100 * (lesion.amount.volume_mm3.value / volume_mm3 - 1):+.1f} %",
        _both(extent.axes.long_axis_mm.value, true["long_axis_mm"]),
        _both(extent.axes.short_axis_mm.value, true["short_axis_mm"]),
        f"{coronal} / {' × '.join(_digits(length) for length in true['projected_mm']['coronal'])}",
        _both(lesion.place.distance_mm, true["place"]["distance_mm"]),
    )
    return f"| {' | '.join(cells)} |"


def _both(measured: float | None, true: float | None) -> str:
    """Measured and true; where the truth doesn't reach (bone over 40 mm away) only a dash."""
    return "–" if measured is None or true is None else f"{_digits(measured)} / {_digits(true)}"


def _digits(value: float) -> str:
    """Three digits where they mean something, never more than three behind the point."""
    return f"{value:.1f}" if value > 9.99 else f"{value:.2f}" if value > 0.99 else f"{value:.3f}"


def _scan(acquisition: Any) -> str:
    """How an object was scanned, in words."""
    slices, rows, columns = acquisition.shape
    step, row, _ = acquisition.spacing_mm
    return (
        f"{slices} slices of {rows} × {columns}, {step:g} mm apart, pixels of {row:.2f} mm, "
        f"blur {acquisition.blur_fwhm_mm:g} mm, noise {acquisition.noise_hu:g} HU, {acquisition.kvp:g} kVp"
    )


def _scans(compared: list[Comparison]) -> list[str]:
    return list(dict.fromkeys(one.scan for one in compared))


def _nothing(compared: list[Comparison]) -> str:
    """What became of the objects without a deposit."""
    without = [one for one in compared if not one.rows]
    said = [
        f"`{one.name}`: {'none found' if not one.analysis.lesions else f'{len(one.analysis.lesions)} found'}"
        f" (detection limit {one.analysis.search.detection_limit_mm3:.0f} mm³)"
        for one in without
    ]
    return f"Objects without a deposit: {'; '.join(said)}."


def _beyond(compared: list[Comparison]) -> str:
    extra = sum(one.extra for one in compared if one.rows)
    return f"Lesions listed beyond the true ones in the other objects: {extra}."


if __name__ == "__main__":
    main()
