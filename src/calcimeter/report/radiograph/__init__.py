"""A radiograph -> the files of OUT."""

from __future__ import annotations

from pathlib import Path

from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.report.folder import whole_folder


def write_radiograph_report(analysis: RadiographAnalysis, out: Path, *, force: bool = False) -> None:
    """Write every result of a radiograph into a folder, which appears when all of it is there.

    A picture that is no DICOM has no SR and no SEG; without a deposit there is no SEG.

    Raises
    ------
    OutputExists, UsageError, CalcimeterError
        As ``whole_folder``.
    """
    from calcimeter.report.pages import write_pages
    from calcimeter.report.radiograph.figures import draw_radiograph
    from calcimeter.report.radiograph.page import render_radiograph
    from calcimeter.report.radiograph.pdf import render_radiograph_pdf
    from calcimeter.report.radiograph.record import radiograph_record, write_deposits
    from calcimeter.report.record import write_json

    with whole_folder(out, force=force) as folder:
        record = radiograph_record(analysis)
        write_json(record, folder / "analysis.json")
        write_deposits(record, folder / "deposits.csv")
        if analysis.study.header:
            _write_dicom(analysis, folder)
        figures = draw_radiograph(analysis)
        page = render_radiograph(analysis, figures)
        write_pages(figures, page, lambda pictures: render_radiograph_pdf(analysis, figures, pictures), folder)


def _write_dicom(analysis: RadiographAnalysis, folder: Path) -> None:
    from calcimeter.report.instance import save
    from calcimeter.report.radiograph.segmentation import make_radiograph_segmentation
    from calcimeter.report.radiograph.source import radiograph_digest, read_source
    from calcimeter.report.radiograph.structured import make_radiograph_report

    source, digest = read_source(analysis), radiograph_digest(analysis)
    segmentation = make_radiograph_segmentation(analysis, source, digest)
    if segmentation is not None:
        save(segmentation, folder / "deposits.seg.dcm")
    save(make_radiograph_report(analysis, source, digest), folder / "report.sr.dcm")
