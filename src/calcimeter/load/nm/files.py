"""The NM files of an input, and what kind of images an input holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calcimeter.errors import UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.archive import is_archive, unpacked
from calcimeter.load.dicom.read_headers import read_headers
from calcimeter.load.folder import files_below
from calcimeter.load.volume_file import is_volume_file


@contextmanager
def nm_files(source: Path) -> Iterator[list[Path]]:
    """The NM files of a file, a folder or a zip, in the order of names.

    Raises
    ------
    UsageError
        There is no such input.
    UnsupportedStudy
        It holds no NM image.
    """
    if not source.exists():
        raise UsageError("the input does not exist; check its name")
    if source.is_dir():
        yield _of_modality(files_below(source))
    elif is_archive(source):
        with unpacked(source) as folder:
            yield _of_modality(files_below(folder))
    else:
        yield _of_modality([source])


def modality_of(source: Path) -> str:
    """The modality of an input's images: that of the first CT image, else of the first image; "CT" where none says.

    A zip is not opened for it: it is CT unless it turns out to hold something else.
    """
    if not source.exists() or (source.is_file() and (is_volume_file(source) or is_archive(source))):
        return "CT"
    found = ""
    for path in files_below(source) if source.is_dir() else [source]:
        modality = _modality(path)
        if modality == "CT":
            return "CT"
        found = found or modality
    return found or "CT"


def _of_modality(files: list[Path]) -> list[Path]:
    found = [path for path in files if _modality(path) == "NM"]
    if not found:
        raise UnsupportedStudy("met no scintigram (modality NM) in the input; give the early and the delayed NM image")
    return found


def _modality(path: Path) -> str:
    """The modality of a file, "" where it is none or says none."""
    try:
        headers = read_headers(path)
    except UnreadableInput:
        return ""
    return headers[0].text("Modality") if headers else ""
