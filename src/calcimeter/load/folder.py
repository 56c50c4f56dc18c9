"""The files below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from calcimeter.errors import UnreadableInput

OWN_RESULTS = (
    {"analysis.json", "lesions.csv", "report.html"},
    {"analysis.json", "deposits.csv", "report.html"},
)
"""Names that together mark a folder that this program wrote: of a CT scan, of a radiograph."""


def files_below(folder: Path) -> list[Path]:
    """Every ordinary file below a folder, in the order of names.

    Links are followed, to each folder once. Left out are hidden files and folders, results of an earlier analysis, and
    what is no file: a pipe would be waited for without end.

    Raises
    ------
    UnreadableInput
        A folder can't be opened, so that files might be missed.
    """
    return list(_below(folder, set()))


def _below(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        about = folder.stat()
        if (about.st_dev, about.st_ino) in seen:
            return
        seen.add((about.st_dev, about.st_ino))
        with os.scandir(folder) as entries:
            visible = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda e: e.name)
        names = {entry.name for entry in visible}
        if any(own <= names for own in OWN_RESULTS):
            return
        for entry in visible:
            if entry.is_dir():
                yield from _below(Path(entry.path), seen)
            elif entry.is_file():
                yield Path(entry.path)
    except OSError as error:
        raise UnreadableInput(
            f"met a folder that can't be opened ({error.strerror}), expected to be let in; change its permissions",
            files=(str(folder),),
        ) from error
