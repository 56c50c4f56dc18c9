"""The demonstration: a reference object analyzed, with the truth beside the measurement."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calcimeter.load.study import load_study
from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.lesion import Lesion
from calcimeter.pipeline import analyze_ct
from calcimeter.report.folder import whole_folder

log = logging.getLogger("calcimeter")


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration says, for a person and for a program."""

    text: str
    record: dict[str, Any]


def run_demo(out: Path, *, force: bool) -> Demonstration:
    """Scan the digital pelvis into ``out/phantom``, analyze it into ``out/analysis``, and compare.

    Raises
    ------
    OutputExists
        ``out`` is there and ``force`` was not given.
    """
    from calcimeter.phantom import make_phantom, write_reference
    from calcimeter.report import write_report

    with whole_folder(out, force=force) as folder:
        log.info("reference object ...")
        reference = make_phantom("demo")
        write_reference(reference, folder / "phantom")
        analysis = analyze_ct(load_study(folder / "phantom" / "dicom"))
        log.info("report ...")
        write_report(analysis, folder / "analysis")
    truth = reference.truth["lesions"][0]
    lesion = _nearest(analysis, truth["centroid_mm"])
    rows = _compare(lesion, truth)
    report = out / "analysis" / "report.html"
    return Demonstration(_table(analysis, rows, report), {"comparison": rows, "lesions": len(analysis.lesions)})


def _nearest(analysis: CTAnalysis, centroid_mm: list[float]) -> Lesion | None:
    """The lesion nearest to the true one; None where nothing was found."""
    return min(
        analysis.lesions,
        key=lambda lesion: sum((a - b) ** 2 for a, b in zip(lesion.extent.centroid_mm, centroid_mm, strict=True)),
        default=None,
    )


def _compare(lesion: Lesion | None, truth: dict[str, Any]) -> list[dict[str, Any]]:
    """Measured and true values, one a row; measured is None where no lesion was found."""
    projected = truth["projected_mm"]["coronal"]
    rows = [
        ("volume, filled envelope", "ml", truth["volume_mm3"] / 1000),
        ("coronal projection, long axis", "cm", projected[0] / 10),
        ("coronal projection, short axis", "cm", projected[1] / 10),
        ("transverse long axis", "mm", truth["long_axis_mm"]),
        ("transverse short axis", "mm", truth["short_axis_mm"]),
        ("distance to bone", "mm", truth["place"]["distance_mm"]),
    ]
    measured: list[float | None] = [None] * len(rows)
    if lesion is not None:
        extent = lesion.extent
        measured = [
            lesion.amount.volume_mm3.value / 1000,
            extent.projected_coronal_mm[0] / 10,
            extent.projected_coronal_mm[1] / 10,
            extent.axes.long_axis_mm.value,
            extent.axes.short_axis_mm.value,
            lesion.place.distance_mm,
        ]
    return [
        {"measure": name, "unit": unit, "true": round(true, 2), "measured": None if met is None else round(met, 2)}
        for (name, unit, true), met in zip(rows, measured, strict=True)
    ]


def _table(analysis: CTAnalysis, rows: list[dict[str, Any]], report: Path) -> str:
    """The comparison as a table for a terminal."""
    from calcimeter.report.summary import headline

    lines = [
        headline(analysis),
        "",
        f"  {'':32}{'measured':>10}{'true':>10}",
        *(f"  {r['measure']:32}{_cell(r['measured']):>10}{_cell(r['true']):>10}  {r['unit']}" for r in rows),
        "",
        f"Report: {report}",
    ]
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "not found" if value is None else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
