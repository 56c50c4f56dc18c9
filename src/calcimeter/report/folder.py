"""An output folder that is either whole or not there."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from calcimeter.errors import CalcimeterError, OutputExists, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def check_output(out: Path, *, force: bool = False, inputs: tuple[Path, ...] = ()) -> None:
    """Refuse an output folder before any work is done for it.

    Raises
    ------
    OutputExists
        It exists and ``force`` was not given.
    UsageError
        It is a file, can't be made, or replacing it would delete the working directory or an input.
    """
    if not out.exists() and not out.is_symlink():
        _check_parent(out)
        return
    if not out.is_dir():
        raise UsageError("OUT is a file, expected a folder that does not exist yet: choose another name")
    if not force:
        raise OutputExists("OUT exists already: choose another folder, or give --force to replace it")
    for kept in (Path.cwd(), *inputs):
        if kept.resolve().is_relative_to(out.resolve()):
            raise UsageError(
                "OUT holds the input or the working directory and won't be replaced: choose another folder"
            )


def _check_parent(out: Path) -> None:
    """Refuse a folder that could not be made at the end."""
    parent = out.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise UsageError("OUT can't be written there: choose a folder where you may write")


@contextmanager
def whole_folder(out: Path, *, force: bool = False) -> Iterator[Path]:
    """An empty folder to write into; it becomes ``out`` at the end, and on any error nothing is left of it.

    What stood at ``out`` is replaced only then, and only with ``force``.

    Raises
    ------
    OutputExists, UsageError
        As ``check_output``; or the place can't be written.
    CalcimeterError
        The disk is full or broken.
    """
    check_output(out, force=force)
    try:
        staging = _staging(out)
        try:
            new = staging / "new"
            new.mkdir()  # not the staging folder itself, which nobody else may read
            yield new
            _replace(out, new, staging / "old")
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise _said_plainly(error) from error


def _staging(out: Path) -> Path:
    """A folder beside ``out``, on the same disk, so that the last step is a rename."""
    parent = out.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    return Path(mkdtemp(dir=parent, prefix=".calcimeter-"))


def _replace(out: Path, new: Path, old: Path) -> None:
    if not out.exists():
        new.rename(out)
        return
    out.rename(old)
    try:
        new.rename(out)
    except BaseException:
        old.rename(out)
        raise


def _said_plainly(error: OSError) -> CalcimeterError:
    """Without the path, which may hold a patient's name."""
    reason = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return CalcimeterError(
            f"OUT could not be written ({reason}): make room or choose another disk; nothing is left"
        )
    return UsageError(f"OUT can't be written ({reason}): choose a folder where you may write; nothing is left")
