"""The report as PDF: the same text as the page, set on A4 in fonts that are installed with Calcimeter."""

from __future__ import annotations

import json
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from calcimeter.report.content import report_content
from calcimeter.report.epoch import source_date_epoch
from calcimeter.report.figures import Figure
from calcimeter.report.fonts import font_families, fonts_at_hand
from calcimeter.report.letters import with_missing_marked

if TYPE_CHECKING:
    from pathlib import Path

    from calcimeter.model.analysis import CTAnalysis


def render_pdf(analysis: CTAnalysis, figures: tuple[Figure, ...], folder: Path) -> bytes:
    """The report of one CT study as PDF/A-3b.

    Equal arguments give equal bytes; SOURCE_DATE_EPOCH (seconds, default 0) is the creation date. Only a text in a
    rare script, as a reader's note may be, depends on the fonts of the machine.

    Parameters
    ----------
    figures : tuple of Figure
        From ``draw_figures``.
    folder : Path
        Where they lie as NAME.png; nothing is written there or elsewhere.
    """
    return typeset("report.typ", report_content(analysis, figures), folder)


def typeset(name: str, content: dict[str, Any], folder: Path) -> bytes:
    """A typst template filled in, as PDF/A-3b.

    Fonts of the machine are asked only for what those of ``report.fonts`` do not have, Tibetan in a reader's note for
    example. A letter that neither has is a box, and the head of every page says so.

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

    for of_machine in (False, True):
        with suppress(typst.TypstError):
            return _compile(name, {**content, "unprinted": ""}, folder, of_machine=of_machine)
    return _compile(name, with_missing_marked(content), folder, of_machine=True)


def _compile(name: str, content: dict[str, Any], root: Path, *, of_machine: bool) -> bytes:
    """With a compiler of its own: one that has failed no longer knows a template that was given as bytes."""
    import typst

    text = json.dumps(content, ensure_ascii=False)
    inputs = {"report": text, "fonts": json.dumps(font_families(text))}
    template = files("calcimeter.report").joinpath(f"templates/{name}").read_bytes()
    compiler = typst.Compiler(template, root=root, font_paths=fonts_at_hand(of_machine=of_machine), sys_inputs=inputs)
    created = source_date_epoch() or 0
    pdf: Any = compiler.compile(format="pdf", pdf_standards=["a-3b"], timestamp=created)
    return bytes(pdf)
