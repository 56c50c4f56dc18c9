"""The NM files of an input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calcimeter.errors import UnsupportedStudy, UsageError
from calcimeter.load.archive import is_archive, unpacked
from calcimeter.load.folder import files_below
from calcimeter.load.modality import kind_of


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


def _of_modality(files: list[Path]) -> list[Path]:
    found = [path for path in files if kind_of(path) == "NM"]
    if not found:
        raise UnsupportedStudy("met no scintigram (modality NM) in the input; give the early and the delayed NM image")
    return found
