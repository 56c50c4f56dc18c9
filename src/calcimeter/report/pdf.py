"""The report as PDF: the same text as the page, set on A4 with fonts that travel with typst."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from calcimeter.report.content import report_content
from calcimeter.report.figures import Figure

if TYPE_CHECKING:
    from calcimeter.model.analysis import CTAnalysis


def render_pdf(analysis: CTAnalysis, figures: tuple[Figure, ...]) -> bytes:
    """The report of one CT study as PDF/A-3b.

    Equal arguments give equal bytes; SOURCE_DATE_EPOCH (seconds, default 0) is the creation date. Where the text holds
    a character that no font of typst has, as a reader's note may, archival PDF is impossible and plain PDF is written:
    that character is then missing.

    Parameters
    ----------
    figures : tuple of Figure
        From ``draw_figures``.
    """
    import typst

    with TemporaryDirectory() as folder:
        for figure in figures:
            (Path(folder) / f"{figure.name}.png").write_bytes(figure.png)
        template = Path(folder) / "report.typ"
        template.write_bytes(files("calcimeter.report").joinpath("templates/report.typ").read_bytes())
        compiler = typst.Compiler(
            template,
            root=folder,
            ignore_system_fonts=True,
            sys_inputs={"report": json.dumps(report_content(analysis, figures), ensure_ascii=False)},
        )
        try:
            return _compile(compiler, ["a-3b"])
        except typst.TypstError:
            return _compile(compiler, [])


def _compile(compiler: object, standards: list[str]) -> bytes:
    from calcimeter.report.instance import source_date_epoch

    created = source_date_epoch() or 0
    pdf = compiler.compile(format="pdf", pdf_standards=standards, timestamp=created)  # type: ignore[attr-defined]
    return bytes(pdf)
