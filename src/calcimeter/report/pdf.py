"""The report as PDF: the same text as the page, set on A4 with fonts that travel with typst."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from calcimeter.report.content import report_content
from calcimeter.report.figures import Figure
from calcimeter.report.instance import source_date_epoch

if TYPE_CHECKING:
    from pathlib import Path

    from calcimeter.model.analysis import CTAnalysis


def render_pdf(analysis: CTAnalysis, figures: tuple[Figure, ...], folder: Path) -> bytes:
    """The report of one CT study as PDF/A-3b.

    Equal arguments give equal bytes; SOURCE_DATE_EPOCH (seconds, default 0) is the creation date. Where the text holds
    a character that no font of typst has, as a reader's note may, archival PDF is impossible and plain PDF is written:
    that character is then missing.

    Parameters
    ----------
    figures : tuple of Figure
        From ``draw_figures``.
    folder : Path
        Where they lie as NAME.png; nothing is written there or elsewhere.
    """
    return typeset("report.typ", report_content(analysis, figures), folder)


def typeset(name: str, content: dict[str, Any], folder: Path) -> bytes:
    """A typst template filled in, as PDF/A-3b, or plain PDF where the text holds a character that no font has.

    Parameters
    ----------
    name : str
        Of the template.
    content : dict
        What it reads as ``report``.
    folder : Path
        Where its pictures lie.
    """
    import typst

    inputs = {"report": json.dumps(content, ensure_ascii=False)}
    try:
        return _compile(name, inputs, folder, ["a-3b"])
    except typst.TypstError:
        return _compile(name, inputs, folder, [])


def _compile(name: str, inputs: dict[str, str], root: Path, standards: list[Any]) -> bytes:
    """With a compiler of its own: one that has failed no longer knows a template that was given as bytes."""
    import typst

    template = files("calcimeter.report").joinpath(f"templates/{name}").read_bytes()
    compiler = typst.Compiler(template, root=root, ignore_system_fonts=True, sys_inputs=inputs)
    created = source_date_epoch() or 0
    pdf: Any = compiler.compile(format="pdf", pdf_standards=standards, timestamp=created)
    return bytes(pdf)
