"""A draft as a Word document (Office Open XML), by python-docx."""

from __future__ import annotations

import datetime as dt
import os
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from calcimeter.report.writeup.draft import TELLS, Draft, Section

WIDTH_CM = 12.0
"""Of a figure; a page has 15 to 16 cm between its margins."""

HEIGHT_CM = 14.0
EPOCH = dt.datetime(1980, 1, 1)
"""The first date that a zip can have."""


def draft_as_word(draft: Draft, folder: Path) -> bytes:
    """The whole draft, its pictures inside.

    Parameters
    ----------
    folder : Path
        It holds the pictures, by the names of the draft.

    Returns
    -------
    bytes
        Equal for equal drafts: dates come from SOURCE_DATE_EPOCH, or are the first that the format has.
    """
    import docx

    document = docx.Document()
    _set_properties(document, draft)
    document.add_heading(draft.title.text, level=0)
    document.add_paragraph().add_run(TELLS).italic = True
    for section in draft.sections:
        _add_section(document, section)
    if draft.figures:
        document.add_heading("Figures", level=1)
    for k, figure in enumerate(draft.figures, 1):
        _add_picture(document, folder / figure.name)
        caption = document.add_paragraph(style="Caption")
        caption.add_run(f"Figure {k}. ")
        caption.add_run(figure.caption.text)
    document.add_heading("What you must still supply", level=1)
    for title, ask in draft.asks():
        document.add_paragraph(f"{title}: {ask}", style="List Bullet")
    written = BytesIO()
    document.save(written)
    return _with_fixed_dates(written)


def _add_section(document: Any, section: Section) -> None:
    document.add_heading(section.title, level=1)
    for paragraph in section.paragraphs:
        document.add_paragraph(" ".join(words.text for words in paragraph))
    for words in section.points:
        document.add_paragraph(words.text, style="List Bullet")
    for ask in section.asks:
        run = document.add_paragraph().add_run(f"To supply: {ask}")
        run.italic = True


def _add_picture(document: Any, path: Path) -> None:
    """As wide as the text, unless it would be too high for a page."""
    from docx.shared import Cm

    picture = document.add_picture(str(path), width=Cm(WIDTH_CM))
    if picture.height > Cm(HEIGHT_CM):
        picture.width = round(picture.width * Cm(HEIGHT_CM) / picture.height)
        picture.height = Cm(HEIGHT_CM)
    document.paragraphs[-1].paragraph_format.keep_with_next = True


def _set_properties(document: Any, draft: Draft) -> None:
    """No author, no name of a machine; dates that a clock does not change."""
    about = document.core_properties
    about.author, about.last_modified_by, about.comments, about.keywords = "", "", "", ""
    about.title = draft.title.text[:255]
    about.created = about.modified = _date()
    about.revision = 1


def _date() -> dt.datetime:
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds.isdigit():
        return EPOCH
    return max(dt.datetime.fromtimestamp(int(seconds), dt.UTC).replace(tzinfo=None), EPOCH)


def _with_fixed_dates(written: BytesIO) -> bytes:
    anew = BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(anew, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _date().timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return anew.getvalue()
