"""The report of a scintigraphy as PDF: the same text as the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter.report.pdf import typeset
from calcimeter.report.scintigraphy.page import scintigraphy_content

if TYPE_CHECKING:
    from pathlib import Path

    from calcimeter.model.scintigram import ScintigraphyAnalysis
    from calcimeter.report.scintigraphy.figures import Picture


def render_scintigraphy_pdf(analysis: ScintigraphyAnalysis, pictures: tuple[Picture, ...], folder: Path) -> bytes:
    """The report as PDF/A-3b; equal arguments give equal bytes. The pictures lie in the folder as NAME.png."""
    return typeset("scintigraphy.typ", scintigraphy_content(analysis, pictures), folder)
