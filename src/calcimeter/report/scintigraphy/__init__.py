"""A scintigraphy -> the files of OUT."""

from __future__ import annotations

from pathlib import Path

from calcimeter.model.scintigram import ScintigraphyAnalysis
from calcimeter.report.folder import whole_folder


def write_scintigraphy(analysis: ScintigraphyAnalysis, out: Path, *, force: bool = False) -> None:
    """Write every result of a scintigraphy into a folder, which appears when all of it is there.

    Raises
    ------
    OutputExists, UsageError, CalcimeterError
        As ``whole_folder``.
    """
    from calcimeter.report.instance import save
    from calcimeter.report.pages import write_pages
    from calcimeter.report.record import write_json
    from calcimeter.report.scintigraphy.figures import draw_scintigrams
    from calcimeter.report.scintigraphy.page import render_scintigraphy
    from calcimeter.report.scintigraphy.pdf import render_scintigraphy_pdf
    from calcimeter.report.scintigraphy.record import scintigraphy_record
    from calcimeter.report.scintigraphy.structured import make_scintigraphy_report

    with whole_folder(out, force=force) as folder:
        write_json(scintigraphy_record(analysis), folder / "analysis.json")
        save(make_scintigraphy_report(analysis), folder / "report.sr.dcm")
        figures = draw_scintigrams(analysis)
        page = render_scintigraphy(analysis, figures)
        write_pages(figures, page, lambda pictures: render_scintigraphy_pdf(analysis, figures, pictures), folder)
