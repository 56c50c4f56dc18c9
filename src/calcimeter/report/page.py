"""The report as one HTML file that needs nothing else: no script, no address, pictures inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter.report.content import report_content
from calcimeter.report.figures import Figure
from calcimeter.report.html import data_address, render

if TYPE_CHECKING:
    from calcimeter.model.analysis import CTAnalysis


def render_page(analysis: CTAnalysis, figures: tuple[Figure, ...]) -> str:
    """The report of one CT study as HTML.

    Parameters
    ----------
    figures : tuple of Figure
        From ``draw_figures``; a lesion without one is told in words alone.

    Returns
    -------
    str
        A whole page, equal for equal arguments. It loads nothing from anywhere and forbids it, runs no script, prints
        on A4 and reads on a phone. It holds no name, identifier, calendar date or path.
    """
    addresses = {figure.name: data_address(figure.png) for figure in figures}
    return render("report.html", {**report_content(analysis, figures), "addresses": addresses})
