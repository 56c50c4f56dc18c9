"""A page as one HTML file that needs nothing else: no script, no address, pictures inside."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from calcimeter.report.epoch import source_date_epoch


def render(name: str, content: dict[str, Any]) -> str:
    """A template filled in.

    Parameters
    ----------
    name : str
        A template that extends ``page.html``.
    content : dict
        Its text, all formatted; a name that the template asks for and that is missing is an error.

    Returns
    -------
    str
        A whole page, equal for equal arguments. It loads nothing from anywhere and forbids it, runs no script, prints
        on A4 and reads on a phone. Its creation date is that of SOURCE_DATE_EPOCH; without it, it has none.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    loader = PackageLoader("calcimeter.report")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    css = Markup(loader.get_source(environment, "report.css")[0])  # noqa: S704 - our own file
    epoch = source_date_epoch()
    created = None if epoch is None else datetime.fromtimestamp(epoch, tz=UTC).isoformat()
    return environment.get_template(name).render(content, css=css, created=created)


def data_address(png: bytes) -> str:
    """A picture as an address that holds it."""
    return f"data:image/png;base64,{b64encode(png).decode('ascii')}"
