"""Slices that a series lost on its way: files that were slices and can't be read as such any more.

A gap within a stack shows itself; a slice missing at an end leaves none, and a deposit there would be cut or
overlooked. So a file that may have been a slice of the chosen series is a reason to refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from calcimeter.errors import UnreadableInput
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.read_headers import series_named_in
from calcimeter.load.dicom.series import Found, Series
from calcimeter.load.dicom.shown import counted, is_torn_uid


def check_lost(found: Found, chosen: Series) -> None:
    """Refuse a series of which a damaged file may be a part.

    Raises
    ------
    UnreadableInput
        A file is damaged, empty or no DICOM any more, and names the chosen series; or it names none and lies among
        its slices, and is DICOM or named as they are.
    """
    suspects = dict.fromkeys(_suspects(found, chosen))
    if not suspects:
        return
    uid = chosen.stack.headers[0].text("SeriesInstanceUID")
    known = {header.text("SeriesInstanceUID") for one in found.series for header in one.stack.headers}
    folders = {header.path.parent for header in chosen.stack.headers}
    patterns = {_pattern(header.path) for header in chosen.stack.headers}
    lost = []
    for path, was_dicom in suspects:
        named = series_named_in(path) & known
        among = path.parent in folders and (was_dicom or _pattern(path) in patterns)
        if uid in named or (not named and among):
            lost.append(str(path))
    if lost:
        raise UnreadableInput(
            f"met {counted(len(lost), 'damaged file')} of the series, expected whole ones; copy the series again",
            files=tuple(lost),
        )


def _suspects(found: Found, chosen: Series) -> Iterator[tuple[Path, bool]]:
    """Files that may have been slices, and whether they still are DICOM."""
    for one in found.series:
        if isinstance(one.refusal, UnreadableInput):
            yield from ((Path(name), True) for name in one.refusal.files)
        if one is not chosen:
            yield from ((header.path, True) for header in one.stack.headers if _has_lost_its_series(header, chosen))
    yield from ((path, False) for path in found.passed_over)


def _has_lost_its_series(header: Header, chosen: Series) -> bool:
    """Whether a header names no series, as every DICOM object does, or one that is no UID and is not the chosen one."""
    uid = header.text("SeriesInstanceUID")
    return uid != chosen.stack.headers[0].text("SeriesInstanceUID") and (not uid or is_torn_uid(uid))


def _pattern(path: Path) -> str:
    """A file's name with every number alike."""
    return re.sub(r"\d+", "#", path.name)
