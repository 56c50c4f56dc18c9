"""A case worked up into a folder: one study after the other is written and let go, so that no two scans are held."""

from __future__ import annotations

import logging
from pathlib import Path

from calcimeter.model.case import Case
from calcimeter.model.case_result import CaseResult, CaseStudy
from calcimeter.pipeline import Analysis
from calcimeter.report.folder import whole_folder
from calcimeter.work_up import analyze_case

log = logging.getLogger("calcimeter")


def work_up_case(case: Case, place: Path, out: Path | None, *, force: bool = False) -> CaseResult:
    """Analyze a case and write its folder, which appears when all of it is there; without ``out`` nothing is written.

    Parameters
    ----------
    place : Path
        To which the paths of the case are relative.

    Raises
    ------
    OutputExists, UsageError, CalcimeterError
        As ``whole_folder``.
    Refused
        None of the studies could be measured.
    """
    if out is None:
        return analyze_case(case, place)
    from calcimeter.report.case import write_case
    from calcimeter.report.study_folder import write_study

    with whole_folder(out, force=force) as folder:

        def deliver(study: CaseStudy, analysis: Analysis) -> None:
            log.info("report of study %d ...", study.id)
            write_study(analysis, folder / str(study.folder))

        result = analyze_case(case, place, deliver)
        log.info("report ...")
        write_case(result, folder)
    return result
