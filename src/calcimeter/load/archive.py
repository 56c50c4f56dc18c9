"""A zip as a folder: its members unpacked under names of our own, and removed afterwards."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from calcimeter.errors import UnreadableInput
from calcimeter.load.volume_file import VOLUME_SUFFIXES

MAX_MEMBERS = 100_000
MAX_BYTES = 64 * 2**30
"""No study is larger: 50 series of 1000 slices take 25 GiB."""

MAX_RATIO = 1000
"""Deflate can't do better than 1032 to 1; slices come to 2 to 4, an empty label map to some hundred."""

RATIO_BYTES = 2**30
"""Below this size the ratio does not matter."""


def is_archive(path: Path) -> bool:
    """Whether a file is a zip, whatever its name."""
    return zipfile.is_zipfile(path)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The files of a zip in a temporary folder, numbered: names in an archive can point anywhere and are not used.

    Raises
    ------
    UnreadableInput
        The archive is damaged, encrypted, or absurdly large.
    """
    with TemporaryDirectory(prefix="calcimeter-") as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(path) as archive:
                members = [member for member in archive.infolist() if not member.is_dir()]
                _check(members, folder)
                for k, member in enumerate(sorted(members, key=lambda member: member.filename)):
                    if not PurePosixPath(member.filename).name.startswith((".", "DICOMDIR")):
                        _unpack(archive, member, folder / f"{k:06d}{_suffix(member.filename)}")
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            NotImplementedError,
            RuntimeError,
            EOFError,
            ValueError,
        ) as error:
            raise UnreadableInput(
                "met a damaged or unusual zip, or no room to unpack it; expected an ordinary one; pack the files again"
            ) from error
        yield folder


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


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    with archive.open(member) as source, target.open("xb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)


def _suffix(name: str) -> str:
    """The ending that tells a NIfTI or NRRD, else nothing."""
    return next((suffix for suffix in VOLUME_SUFFIXES if name.lower().endswith(suffix)), "")
