"""The report of a radiograph as PDF: the same text as the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter.report.pdf import typeset
from calcimeter.report.radiograph.page import radiograph_content

if TYPE_CHECKING:
    from pathlib import Path

    from calcimeter.model.radiograph_analysis import RadiographAnalysis
    from calcimeter.report.radiograph.figures import Picture


def render_radiograph_pdf(analysis: RadiographAnalysis, pictures: tuple[Picture, ...], folder: Path) -> bytes:
    """The report as PDF/A-3b; equal arguments give equal bytes. The pictures lie in the folder as NAME.png."""
    return typeset("radiograph.typ", radiograph_content(analysis, pictures), folder)
