"""The studies of a case file, each with its place, its day and what its first header tells; nothing else is read."""

from __future__ import annotations

import datetime as dt
import hashlib
import warnings
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from calcimeter.errors import UsageError
from calcimeter.load.archive import BEGINNING_BYTES, UNPACKING, is_archive
from calcimeter.load.folder import files_below
from calcimeter.load.volume_file import is_volume_file
from calcimeter.model.case import Case
from calcimeter.model.case_result import CaseStudy, Kind

TAGS = ("StudyDate", "PatientID", "Modality", "QualityControlSubject")
MOST_FILES = 20
"""So many files are asked; what a folder does not tell by then it hardly tells at all."""


KINDS: dict[str, Kind] = {
    "CT": "ct",
    "CR": "radiograph",
    "DX": "radiograph",
    "RG": "radiograph",
    "NM": "scintigraphy",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One study of the case file.

    Parameters
    ----------
    study : CaseStudy
        Without any result yet.
    paths : tuple of Path
        One, or two of scintigrams.
    date : datetime.date or None
        As the case file says, else as the header does; never written out.
    dates_differ : bool
        Whether the two say different things.
    at : tuple of (column, row)
        Where a reader points to deposits of a radiograph.
    box : tuple of (column, row, column, row)
        Two corners around each.
    """

    study: CaseStudy
    paths: tuple[Path, ...]
    date: dt.date | None
    dates_differ: bool
    at: tuple[tuple[float, ...], ...] = ()
    box: tuple[tuple[float, ...], ...] = ()


class Told(NamedTuple):
    """Date of the study, digest of the patient's id, modality ("" where there is none), and whether it is a phantom."""

    date: dt.date | None
    patient: str
    modality: str
    is_test_object: bool


NOTHING = Told(None, "", "", is_test_object=False)


def case_entries(case: Case, folder: Path) -> tuple[Entry, ...]:
    """The studies of a case in the order of its file, days counted from the first.

    Parameters
    ----------
    folder : Path
        To which the paths of the case file are relative.

    Raises
    ------
    UsageError
        The case names no study, or one that is not there.
    """
    if not case.studies:
        raise UsageError("met a case without studies; name them under `studies`, or use `calcimeter rank`")
    found = []
    for number, one in enumerate(case.studies, start=1):
        paths = tuple(folder / name for name in one.paths)
        if not all(path.exists() for path in paths):
            raise UsageError(f"study {number} of the case file is not there; paths are relative to the case file")
        told = told_by(paths[0])
        study = CaseStudy(
            number,
            KINDS.get(told.modality),
            one.region,
            None,
            "refused",
            patient=told.patient,
            is_pointed_to=bool(one.at or one.box),
        )
        differ = one.date is not None and told.date is not None and one.date != told.date
        found.append(Entry(study, paths, one.date or told.date, differ, one.at, one.box))
    return tuple(_counted(found))


def problems_of(entries: Iterable[Entry]) -> frozenset[str]:
    """Codes of caveats that case file and headers give reason to."""
    return frozenset({"CASE_DAYS_DIFFER"} if any(entry.dates_differ for entry in entries) else ())


def told_by(source: Path) -> Told:
    """What the first DICOM file of a folder, a zip or a file says; nothing of other formats."""
    if source.is_file() and is_archive(source):
        return next((told for told in map(told_in, _beginnings(source)) if told.modality), NOTHING)
    if source.is_file() and is_volume_file(source):
        return NOTHING
    for path in (files_below(source) if source.is_dir() else [source])[:MOST_FILES]:
        told = told_in(path)
        if told.modality:
            return told
    return NOTHING


def _beginnings(archive: Path) -> Iterable[bytes]:
    """Of the first files in a zip; none of one that is damaged, which is said when the study is loaded."""
    with suppress(*UNPACKING), zipfile.ZipFile(archive) as members:
        files = sorted((one for one in members.infolist() if not one.is_dir()), key=lambda one: one.filename)
        for one in files[:MOST_FILES]:
            with members.open(one) as file:
                yield file.read(BEGINNING_BYTES)


def _counted(entries: list[Entry]) -> Iterable[Entry]:
    first = min((entry.date for entry in entries if entry.date is not None), default=None)
    for entry in entries:
        day = None if first is None or entry.date is None else (entry.date - first).days
        yield replace(entry, study=replace(entry.study, day=day))


def told_in(file: Path | bytes) -> Told:
    """What one DICOM file says, or the beginning of one; nothing where it is none."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong with a header is said when the study is loaded
            content = BytesIO(file) if isinstance(file, bytes) else file
            header = pydicom.dcmread(content, stop_before_pixels=True, specific_tags=list(TAGS))
            date, patient, modality, quality_control = (str(header.get(tag, "") or "").strip() for tag in TAGS)
    except (InvalidDicomError, *UNPACKING, AttributeError, KeyError, TypeError):
        return NOTHING
    return Told(_date(date), _digest(patient), modality, quality_control == "YES")


def _date(text: str) -> dt.date | None:
    with suppress(ValueError):
        return dt.datetime.strptime(text, "%Y%m%d").date()
    return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""
