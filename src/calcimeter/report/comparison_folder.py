"""A comparison -> the files of OUT."""

from __future__ import annotations

import json
from pathlib import Path

from calcimeter.model.comparison import Comparison
from calcimeter.report.comparison_page import render_comparison
from calcimeter.report.comparison_record import comparison_record
from calcimeter.report.folder import whole_folder
from calcimeter.report.record import write_json
from calcimeter.report.retrack import kept_uids, write_retracked


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
    uids = kept_uids(comparison, {lesion["id"]: lesion["tracking_uid"] for lesion in lesions})
    with whole_folder(out, force=force) as folder:
        write_json(comparison_record(comparison), folder / "comparison.json")
        write_retracked(later, folder, uids)
        (folder / "report.html").write_text(render_comparison(comparison), encoding="utf-8", newline="\n")
