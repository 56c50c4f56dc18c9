"""The report of a case as one HTML file that needs nothing else."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from calcimeter.report.case.figures import CaseFigure
from calcimeter.report.html import data_address, render


def render_case(content: dict[str, Any], figures: tuple[CaseFigure, ...], drawing: str) -> str:
    """The page; equal for equal arguments, without script, address, name, date or path.

    Its links lead to the reports of the studies, which lie in folders beside it.
    """
    addresses = {figure.name: data_address(figure.png) for figure in figures}
    addresses["timeline"] = f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode('ascii')}"
    return render("case.html", {**content, "addresses": addresses})
