"""A whole case -> the files of OUT."""

from __future__ import annotations

from pathlib import Path

from calcimeter.model.case_result import CaseResult


def write_case(result: CaseResult, folder: Path) -> None:
    """Write case.json, the comparisons, figures, report.html and report.pdf beside the studies of a folder.

    Parameters
    ----------
    result : CaseResult
    folder : Path
        It holds ``studies/`` already, as ``write_study`` wrote them.
    """
    from calcimeter.report.case.record import case_record
    from calcimeter.report.record import write_json

    write_json(case_record(result), folder / "case.json")
    _write_comparisons(result, folder)
    _write_pages(result, folder)


def _write_comparisons(result: CaseResult, folder: Path) -> None:
    from calcimeter.report.comparison_folder import write_comparison_pages

    for pair in result.comparisons:
        if pair.comparison is not None and pair.folder is not None:
            both = [folder / str(result.study(number).folder) for number in (pair.earlier, pair.later)]
            (folder / pair.folder).mkdir(parents=True)
            write_comparison_pages(pair.comparison, (both[0], both[1]), folder / pair.folder, "report.html")


def _write_pages(result: CaseResult, folder: Path) -> None:
    from calcimeter.report.case.content import case_content, labels_of
    from calcimeter.report.case.figures import collect_figures
    from calcimeter.report.case.page import render_case
    from calcimeter.report.pdf import typeset
    from calcimeter.report.timeline_figure import draw_timeline

    figures = collect_figures(result, folder)
    drawing = draw_timeline(result.timeline, labels_of(result))
    pictures = folder / "figures"
    pictures.mkdir()
    for figure in figures:
        (pictures / f"{figure.name}.png").write_bytes(figure.png)
    if drawing:
        (pictures / "timeline.svg").write_text(drawing + "\n", encoding="utf-8", newline="\n")
    content = case_content(result, figures, drawing)
    (folder / "report.html").write_text(render_case(content, figures, drawing), encoding="utf-8", newline="\n")
    (folder / "report.pdf").write_bytes(typeset("case.typ", content, pictures))
