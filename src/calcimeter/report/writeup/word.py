"""A draft as a Word document (Office Open XML), by python-docx."""

from __future__ import annotations

import datetime as dt
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from calcimeter.report.epoch import source_date_epoch
from calcimeter.report.writeup.draft import TELLS, Draft, Section

PAGE_CM = (21.0, 29.7)
"""A4: the forms are European, and printers elsewhere scale it."""
MARGIN_CM = 2.5
WIDTH_CM = 14.0
"""Of a figure; a page has 16 cm between its margins."""
HEIGHT_CM = 9.5
"""So that two figures with their captions share a page."""
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
    _set_page(document)
    document.add_heading(draft.title.text, level=0)
    document.add_paragraph().add_run(TELLS).italic = True
    for section in draft.sections:
        _add_section(document, section)
    if draft.figures:
        document.add_heading("Figures", level=1)
    for k, figure in enumerate(draft.figures, 1):
        _add_picture(document, folder / figure.name)
        caption = document.add_paragraph(style="Caption")
        caption.add_run(f"Figure {k}. ").bold = True
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
        _mark(document.add_paragraph().add_run(f"To supply: {ask}"))


def _mark(run: Any) -> None:
    """As authors mark what is still to be done."""
    from docx.enum.text import WD_COLOR_INDEX

    run.italic = True
    run.font.highlight_color = WD_COLOR_INDEX.YELLOW


def _set_page(document: Any) -> None:
    """A4, and captions as text: small, dark, and only their number bold."""
    from docx.shared import Cm, RGBColor

    page = document.sections[0]
    page.page_width, page.page_height = (Cm(length) for length in PAGE_CM)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
    font = document.styles["Caption"].font
    font.bold, font.color.rgb = False, RGBColor(0x33, 0x33, 0x33)


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
    return max(dt.datetime.fromtimestamp(source_date_epoch() or 0, dt.UTC).replace(tzinfo=None), EPOCH)


def _with_fixed_dates(written: BytesIO) -> bytes:
    anew = BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(anew, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _date().timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return anew.getvalue()
