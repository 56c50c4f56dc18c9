"""What every report is to a reader: figures/, report.html and report.pdf."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol


class Drawn(Protocol):
    """A figure with a name of its own and its picture."""

    @property
    def name(self) -> str:
        """Of its file, without ending."""

    @property
    def png(self) -> bytes:
        """The picture."""


def write_pages(figures: Sequence[Drawn], page: str, pdf: Callable[[Path], bytes], folder: Path) -> None:
    """Write a report's pictures, its page and its print into a folder that has none of them yet.

    Parameters
    ----------
    page : str
        The HTML.
    pdf : callable
        Makes the PDF, given the folder of the pictures.
    """
    pictures = folder / "figures"
    pictures.mkdir()
    for figure in figures:
        (pictures / f"{figure.name}.png").write_bytes(figure.png)
    (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")
    (folder / "report.pdf").write_bytes(pdf(pictures))
