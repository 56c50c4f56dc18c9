"""A zip as a folder: its members unpacked where no name in it can lead elsewhere, and removed afterwards."""

from __future__ import annotations

import errno
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from secrets import token_hex
from tempfile import gettempdir

from calcimeter.errors import CalcimeterError, UnreadableInput

MAX_MEMBERS = 100_000
MAX_BYTES = 64 * 2**30
"""No study is larger: 50 series of 1000 slices take 25 GiB."""

MAX_RATIO = 1000
"""Deflate can't do better than 1032 to 1; slices come to 2 to 4, an empty label map to some hundred."""

BEGINNING_BYTES = 1 << 20
"""Of a file, to tell what it is: headers are far shorter."""

UNPACKING = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    IndexError,
    ValueError,
)
"""What damaged archives raise."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)

HARMLESS = re.compile(r"\w[\w. ()+-]{0,150}")
"""Names that mean the same to every system."""

RATIO_BYTES = 2**30
"""Below this size the ratio does not matter."""


def is_archive(path: Path) -> bool:
    """Whether a file is a zip, whatever its name."""
    return zipfile.is_zipfile(path)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The files of a zip in a temporary folder.

    Names in an archive can point anywhere. Folders are numbered; a file keeps the last part of its name where that is
    harmless, for a header names the file of its values.

    Raises
    ------
    UnreadableInput
        The archive is damaged, encrypted, or absurdly large.
    """
    with _temporary() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                members = [member for member in archive.infolist() if not member.is_dir()]
                _check(members, folder)
                names = {folder / target: member.filename for member, target in _targets(members)}
                for member, target in _targets(members):
                    (folder / target).parent.mkdir(exist_ok=True)
                    _unpack(archive, member, folder / target)
        except UNPACKING as error:
            raise _damaged(error) from error
        try:
            yield folder
        except CalcimeterError as error:  # of files that are gone in a moment
            error.files = tuple(f"{path}:{names.get(Path(name), name)}" for name in error.files)
            raise


@contextmanager
def members_begun(path: Path) -> Iterator[Iterator[Path]]:
    """The beginnings of a zip's files, one after the other, each in a file that is gone when the next one is asked for.

    Nothing is unpacked whole, so that what a large archive holds is told at once. Empty where it can't be opened.
    """

    def begun(folder: Path) -> Iterator[Path]:
        target = folder / "begun"
        with suppress(*UNPACKING), zipfile.ZipFile(path) as archive:
            for member in archive.infolist()[:MAX_MEMBERS]:
                if not member.is_dir() and not member.flag_bits & 1:
                    with archive.open(member) as source:
                        target.write_bytes(source.read(BEGINNING_BYTES))
                    yield target

    with _temporary() as folder:
        yield begun(folder)


@contextmanager
def _temporary() -> Iterator[Path]:
    """A folder that is gone afterwards, also where an interruption comes while it is made or removed."""
    folder = None
    try:
        try:
            folder = Path(gettempdir(), f"calcimeter-{token_hex(8)}")
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise UnreadableInput(
                "met a zip and no folder where it could be unpacked; set TMPDIR to one with room, or unpack it and give"
                " the folder"
            ) from error
        yield folder
    finally:
        if folder is not None:
            try:
                shutil.rmtree(folder, ignore_errors=True)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise


def _check(members: list[zipfile.ZipInfo], folder: Path) -> None:
    """Refuse before anything is written; a member never unpacks to more than it declares."""
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableInput("met an encrypted zip, expected an open one; unpack it first")
    total, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    absurd = total > MAX_BYTES or (total > RATIO_BYTES and total > MAX_RATIO * packed)
    if len(members) > MAX_MEMBERS or absurd:
        raise UnreadableInput(
            f"met a zip of {len(members)} files and {total / 2**30:.0f} GiB unpacked, expected at most"
            f" {MAX_MEMBERS} files and {MAX_BYTES // 2**30} GiB; unpack it and give the folder"
        )
    if total > shutil.disk_usage(folder).free:
        raise UnreadableInput(f"met a zip of {total / 2**30:.1f} GiB unpacked and no room for it; unpack it elsewhere")


def _damaged(error: Exception) -> UnreadableInput:
    """What kept a zip from being unpacked."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return UnreadableInput("met a zip and no room to unpack it; set TMPDIR to a folder with room")
    return UnreadableInput("met a damaged or unusual zip, expected an ordinary one; pack the files again")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    with archive.open(member) as source, target.open("xb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)


def _targets(members: list[zipfile.ZipInfo]) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Where each member goes: a numbered folder for each folder, hidden files left out."""
    folders: dict[str, str] = {}
    taken: set[str] = set()
    for k, member in enumerate(sorted(members, key=lambda member: member.filename)):
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.name.startswith(".") and path.name not in (".", ".."):
            continue
        number = folders.setdefault(str(path.parent), f"{len(folders):06d}")
        target = PurePosixPath(number, path.name)
        if not HARMLESS.fullmatch(path.name) or str(target).lower() in taken:
            target = PurePosixPath(number, f"{k:06d}")
        taken.add(str(target).lower())
        yield member, target
