"""The output folder of an analysis of any kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.model.scintigram import ScintigraphyAnalysis


def write_study(analysis: Any, out: Path) -> None:
    """Write every result of a study into a folder, as ``calcimeter analyze`` does.

    Raises
    ------
    OutputExists, UsageError, CalcimeterError
        As ``whole_folder``.
    """
    if isinstance(analysis, CTAnalysis):
        from calcimeter.report import write_report

        write_report(analysis, out)
    elif isinstance(analysis, RadiographAnalysis):
        from calcimeter.report.radiograph import write_radiograph_report

        write_radiograph_report(analysis, out)
    elif isinstance(analysis, ScintigraphyAnalysis):
        from calcimeter.report.scintigraphy import write_scintigraphy

        write_scintigraphy(analysis, out)
