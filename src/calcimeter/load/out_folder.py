"""Whether there is a folder where results are looked for."""

from __future__ import annotations

from pathlib import Path

from calcimeter.errors import UsageError


def check_folder(folder: Path, expected: str) -> None:
    """Refuse what is no folder.

    Parameters
    ----------
    expected : str
        What was to be given, in words.

    Raises
    ------
    UsageError
        There is no such folder, or it is a file; the path is not repeated.
    """
    if not folder.is_dir():
        met = "met a file" if folder.exists() else "there is no such folder"
        raise UsageError(f"{met}; expected {expected}")
