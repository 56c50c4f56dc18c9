"""An output folder that is either whole or not there."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from calcimeter.errors import CalcimeterError, OutputExists, UsageError
from calcimeter.report.interruption import HeldInterruptions
from calcimeter.report.own_folder import is_own, name_beside

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("calcimeter")

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def check_output(out: Path, *, force: bool = False, inputs: tuple[Path, ...] = ()) -> None:
    """Refuse an output folder before any work is done for it.

    Raises
    ------
    OutputExists
        It exists and ``force`` was not given.
    UsageError
        It is a file or a link to nowhere, can't be made, or replacing it would delete the working directory or an
        input.
    """
    try:
        there = _exists(out)
        if there and not out.exists():
            raise UsageError("OUT is a link to nowhere: remove the link, or choose another name")
        if there and not out.is_dir():
            raise UsageError("OUT is a file, expected a folder that does not exist yet: choose another name")
        if there and not force:
            raise OutputExists("OUT exists already: choose another folder, or give --force to replace it")
        if there:
            _check_replaced(out, inputs)
        _check_parent(out)
    except OSError as error:
        raise _said_plainly(error) from error


def _exists(out: Path) -> bool:
    """Also where it is a link to nowhere; a name that no disk takes is an error."""
    try:
        out.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _check_replaced(out: Path, inputs: tuple[Path, ...]) -> None:
    """Refuse to delete what a user still needs."""
    for kept in (Path.cwd(), *inputs):
        if kept.resolve().is_relative_to(out.resolve()):
            raise UsageError(
                "OUT holds the input or the working directory and won't be replaced: choose another folder"
            )


def _plainly(out: Path) -> Path:
    """Without "..": a way through OUT itself ends where OUT is moved aside, and what was aside would be lost.

    A link is followed: who made it wants the result on the disk that it leads to, and the one before it replaced there.
    """
    if out.is_symlink():
        return out.resolve()
    resolved = out.parent.resolve()
    return resolved.parent if out.name == ".." else resolved / out.name


def _check_parent(out: Path) -> None:
    """Refuse a folder that could not be made at the end."""
    parent = _plainly(out).parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise UsageError("OUT can't be written there (read-only, or no folder): choose a folder where you may write")


@contextmanager
def whole_folder(out: Path, *, force: bool = False) -> Iterator[Path]:
    """An empty folder to write into; it becomes ``out`` at the end, and on any error nothing is left of it.

    What stood at ``out`` is replaced only then, and only with ``force``; what Calcimeter did not write is not deleted
    even so, but kept beside it as OUT.kept.

    Raises
    ------
    OutputExists, UsageError
        As ``check_output``; or the place can't be written.
    CalcimeterError
        The disk is full or broken.
    """
    check_output(out, force=force)
    out = _plainly(out)
    parent = out.parent
    made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    staging = parent / f".calcimeter-{token_hex(8)}"  # beside OUT, on the same disk: the last step is a rename
    try:
        with HeldInterruptions() as interruptions:
            try:
                parent.mkdir(parents=True, exist_ok=True)
                staging.mkdir(mode=0o700)
                new = staging / "new"
                new.mkdir()  # not the staging folder itself, which nobody else may read
                with interruptions.let_through():
                    yield new
                _replace(out, new, staging / "old")
            finally:
                _clear(staging, made)
    except OSError as error:
        raise _said_plainly(error) from error


def _replace(out: Path, new: Path, old: Path) -> None:
    if not _exists(out):
        new.rename(out)
        return
    if not is_own(out, new):
        old = name_beside(out)
        log.warning(
            "OUT held files that Calcimeter did not write: they are kept beside it, as OUT%s", old.name[len(out.name) :]
        )
    out.rename(old)
    try:
        new.rename(out)
    except BaseException:
        old.rename(out)
        raise


def _clear(staging: Path, made: list[Path]) -> None:
    """Remove what is not the result; of the folders that were made for it those that stayed empty."""
    shutil.rmtree(staging, ignore_errors=True)
    for folder in made:
        with suppress(OSError):
            folder.rmdir()


def _said_plainly(error: OSError) -> CalcimeterError:
    """Without the path, which may hold a patient's name."""
    reason = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return CalcimeterError(
            f"OUT could not be written ({reason}): make room or choose another disk; nothing is left"
        )
    return UsageError(f"OUT can't be written ({reason}): choose a folder where you may write; nothing is left")
