"""The report as one HTML file that needs nothing else: no script, no address, pictures inside."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from calcimeter.report.content import report_content
from calcimeter.report.figures import Figure

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
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("calcimeter.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["picture_address"] = {f.name: _data_address(f.png) for f in figures}.__getitem__
    css = environment.loader.get_source(environment, "report.css")[0] if environment.loader else ""
    template = environment.get_template("report.html")
    return template.render(**report_content(analysis, figures), css=Markup(css))  # noqa: S704 - our own file


def _data_address(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode('ascii')}"
