"""An output folder -> a folder with the draft."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from calcimeter.model.written import WrittenResult
from calcimeter.report.folder import whole_folder
from calcimeter.report.record import write_json
from calcimeter.report.writeup.care import care_draft
from calcimeter.report.writeup.draft import Draft
from calcimeter.report.writeup.eurorad import eurorad_draft
from calcimeter.report.writeup.markdown import draft_as_markdown
from calcimeter.report.writeup.material import material_of
from calcimeter.report.writeup.sources import draft_sources
from calcimeter.report.writeup.word import draft_as_word

Form = Literal["eurorad", "care"]
FORMS = {"eurorad": eurorad_draft, "care": care_draft}


def write_draft(written: WrittenResult, form: Form, out: Path, *, force: bool = False) -> Draft:
    """Write draft.md, draft.docx, sources.json and the figures into a folder, which appears when all of it is there.

    Parameters
    ----------
    written : WrittenResult
        From ``load_written``.

    Raises
    ------
    OutputExists, UsageError, CalcimeterError
        As ``whole_folder``.
    """
    draft = FORMS[form](material_of(written), written.folder)
    with whole_folder(out, force=force) as folder:
        for figure in draft.figures:
            shutil.copyfile(written.folder / figure.source, folder / figure.name)
        (folder / "draft.md").write_text(draft_as_markdown(draft), encoding="utf-8")
        (folder / "draft.docx").write_bytes(draft_as_word(draft, folder))
        write_json(draft_sources(draft), folder / "sources.json")
    return draft
