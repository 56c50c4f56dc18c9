"""A comparison -> the files of OUT."""

from __future__ import annotations

import json
from pathlib import Path

from calcimeter.model.comparison import Comparison
from calcimeter.report.comparison_page import render_comparison
from calcimeter.report.comparison_pictures import draw_pairs
from calcimeter.report.comparison_record import comparison_record
from calcimeter.report.folder import whole_folder
from calcimeter.report.record import write_json
from calcimeter.report.retrack import write_retracked


def write_comparison(comparison: Comparison, studies: tuple[Path, Path], out: Path, *, force: bool = False) -> None:
    """Write comparison.json, report.html, and the later SEG and SR with the earlier tracking UIDs.

    Parameters
    ----------
    studies : tuple of two Paths
        The earlier and the later output folder.

    Raises
    ------
    OutputExists, UsageError, CalcimeterError
        As ``whole_folder``.
    """
    _, later = studies
    lesions = json.loads((later / "analysis.json").read_text(encoding="utf-8"))["lesions"]
    uids = comparison.kept_uids({lesion["id"]: lesion["tracking_uid"] for lesion in lesions})
    with whole_folder(out, force=force) as folder:
        write_retracked(later, folder, uids)
        write_comparison_pages(comparison, studies, folder, "report.html")


def write_comparison_pages(comparison: Comparison, studies: tuple[Path, Path], folder: Path, page: str) -> None:
    """Write comparison.json and the page of a name into a folder."""
    write_json(comparison_record(comparison), folder / "comparison.json")
    text = render_comparison(comparison, draw_pairs(comparison, studies))
    (folder / page).write_text(text, encoding="utf-8", newline="\n")
