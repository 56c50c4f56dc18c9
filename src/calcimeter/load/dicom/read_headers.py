"""Files -> headers, one by one or many at a time; pixels are not decoded."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from calcimeter.errors import UnreadableInput
from calcimeter.load.dicom.elements import (
    DEFLATED,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    KEYWORDS,
    PREAMBLE,
    UNDEFINED,
)
from calcimeter.load.dicom.header import (
    MEDIA_DIRECTORY,
    MULTI_FRAME_CT,
    NATIVE,
    Header,
)
from calcimeter.load.dicom.quiet import quiet_pydicom
from calcimeter.load.dicom.walk import (
    UnusualError,
    Walked,
    inflated,
    walk,
)
from calcimeter.load.dicom.walk_together import walk_together

UNCUTTABLE = (DEFLATED, EXPLICIT_BIG)
"""Deflated, where the bytes up to the pixels are no data set; big endian, which little else reads."""

HEAD_BYTES = (1 << 14, 1 << 20)
"""So much of a file is read at first, and where its pixels do not begin within that: most headers are a few thousand
bytes long, private groups and overlays a few hundred thousand."""

SERIES_UID = rb"(?:\x20\x00\x0e\x00|\x00\x20\x00\x0e).{4}([0-9.]{5,64})"
"""The element of the series UID, explicit or implicit, low or high byte first; its length may be damaged."""

ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"SQLite format 3")
"""How zip, gzip, 7z and databases begin."""

BATCH = 512
"""So many files are read at a time: their beginnings are 8 MB."""

PIXEL_ELEMENT, PIXEL_ELEMENT_BIG = b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10"


def read_headers(path: Path) -> tuple[Header, ...]:
    """Read what one file says of its slice or slices; its pixels are not decoded.

    Returns
    -------
    tuple of Header
        One; as many as there are frames in a multi-frame CT; empty where the file is not DICOM, or a DICOMDIR.

    Raises
    ------
    UnreadableInput
        It is DICOM, but damaged; or it can't be opened.
    """
    return _slices(_opened_header(path))


def read_all_headers(paths: Iterable[Path]) -> Iterator[tuple[Path, tuple[Header, ...] | UnreadableInput]]:
    """Read what many files say of their slices, as ``read_headers`` does, several hundred at a time.

    Yields
    ------
    path : Path
        In the order given.
    headers : tuple of Header, or UnreadableInput
        What can't be read is given, not raised.
    """
    remaining = iter(paths)
    while batch := list(islice(remaining, BATCH)):
        opened = [_opened_head(path) for path in batch]
        together = walk_together([head.content if isinstance(head, _Head) else b"" for head in opened])
        for path, head, walked in zip(batch, opened, together, strict=True):
            try:
                yield path, _slices(_header(head, walked))
            except UnreadableInput as error:
                yield path, error


def _slices(header: Header | None) -> tuple[Header, ...]:
    """What a file's header says of its slices."""
    if header is None or header.text("SOPClassUID") == MEDIA_DIRECTORY:
        return ()
    if header.text("SOPClassUID") not in MULTI_FRAME_CT:
        return (header,)
    from calcimeter.load.dicom.frames import read_frames

    return read_frames(header)


def _opened_header(path: Path) -> Header | None:
    return _header(_opened_head(path), None)


def is_marked(path: Path) -> bool:
    """Whether a file bears the mark of DICOM, whatever its name; no where it can't be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(PREAMBLE)[-4:] == b"DICM"
    except OSError:
        return False


def series_named_in(path: Path) -> set[str]:
    """The series UIDs that stand as DICOM elements in the beginning of a file, however damaged it is.

    Empty for the directory of a disk, which names every series, for archives, which hold whole files, and where the
    file can't be read.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES[0])
    except OSError:
        return set()
    if MEDIA_DIRECTORY.encode() in head[: PREAMBLE + 512] or head.startswith(ARCHIVES) or head[257:262] == b"ustar":
        return set()
    return {uid.decode() for uid in re.findall(SERIES_UID, inflated(head) or head, re.DOTALL)}


def is_directory_file(path: Path) -> bool:
    """Whether a file is the directory of a disk (DICOMDIR), whatever its name.

    Raises
    ------
    UnreadableInput
        It is DICOM, but damaged; or it can't be opened.
    """
    header = _opened_header(path)
    return header is not None and header.text("SOPClassUID") == MEDIA_DIRECTORY


@dataclass(frozen=True, slots=True)
class _Head:
    """The beginning of a file and how many bytes it has."""

    path: Path
    content: bytes
    size: int


def _opened_head(path: Path) -> _Head | UnreadableInput:
    try:
        with io.FileIO(path) as stream:
            return _Head(path, stream.read(HEAD_BYTES[0]), stream.seek(0, io.SEEK_END))
    except OSError as error:
        return _unreadable(path, error)


def _header(head: _Head | UnreadableInput, walked: Walked | None) -> Header | None:
    """The header of a file, walked over already or not; None where it is not DICOM."""
    if not isinstance(head, _Head):
        raise head
    if walked is not None:
        return _walked(head.path, walked, head.size)
    try:
        return _read(head)
    except OSError as error:
        raise _unreadable(head.path, error) from error


def _unreadable(path: Path, error: OSError) -> UnreadableInput:
    unreadable = UnreadableInput("met a file that can't be read; copy it again", files=(str(path),))
    unreadable.__cause__ = error
    return unreadable


def _read(head: _Head) -> Header | None:
    """The header; None where the file is not DICOM."""
    path, content, size = head.path, head.content, head.size
    if content[PREAMBLE - 4 : PREAMBLE] != b"DICM":
        # Without a preamble a data set begins with its group 8 (or meta group 2), low byte first.
        begins_so = content[:2] in (b"\x08\x00", b"\x02\x00") and content[3:4] == b"\x00"
        return _parsed(path, size) if begins_so else None
    for length in HEAD_BYTES:
        if len(content) < min(length, size):
            with path.open("rb") as stream:
                content = stream.read(length)
        try:
            return _walked(path, walk(content), size)
        except UnusualError:
            continue
    if inflated(content) is not None:
        # pydicom would inflate it without a limit: a small file can inflate to a thousand times its size.
        raise UnreadableInput("met a damaged or unusual deflated file; copy it again", files=(str(path),))
    header = _parsed(path, size)
    if header is None:
        raise UnreadableInput("met a DICOM file that does not say what it is; copy it again", files=(str(path),))
    return header


def _walked(path: Path, found: Walked, size: int) -> Header:
    """The header that a walk over the bytes found."""
    syntax = found.values["TransferSyntaxUID"]
    cut_at = None if syntax in UNCUTTABLE else found.element_at
    if syntax in NATIVE:
        pixel_bytes = _there(found.length, size - found.value_at)
        return Header(path, found.values, cut_at, found.value_at, pixel_bytes)
    return Header(path, found.values, cut_at, None, size)


def _there(declared: int, room: int) -> int:
    """How many bytes of pixels there are; none where their length is not declared, as uncompressed pixels need it."""
    return 0 if declared == UNDEFINED else min(declared, room)


def _parsed(path: Path, size: int) -> Header | None:
    """The header by pydicom; None where it turns out not to be DICOM."""
    import pydicom

    try:
        with path.open("rb") as stream, quiet_pydicom():
            dataset = pydicom.dcmread(stream, stop_before_pixels=True, force=True)
            values = {keyword: as_text(dataset, keyword) for keyword in KEYWORDS.values()}
            syntax = as_text(dataset.file_meta, "TransferSyntaxUID")
            if as_text(dataset.file_meta, "MediaStorageSOPClassUID") == MEDIA_DIRECTORY:
                values["SOPClassUID"] = MEDIA_DIRECTORY
            element_at = stream.tell()
            stream.seek(element_at)
            opening = stream.read(12)
    except Exception as error:  # pydicom has no common base for what damaged files raise
        raise UnreadableInput("met a damaged DICOM header; copy it again", files=(str(path),)) from error
    if not values["SOPClassUID"]:
        return None
    syntax = syntax or _syntax(*dataset.original_encoding)
    values = {keyword: text for keyword, text in (values | {"TransferSyntaxUID": syntax}).items() if text}
    if opening[:4] != (PIXEL_ELEMENT_BIG if syntax == EXPLICIT_BIG else PIXEL_ELEMENT):
        return Header(path, values, None, None, size - element_at)
    if (opening[4:6] in (b"OB", b"OW", b"UN")) == (syntax == IMPLICIT_LITTLE):
        raise UnreadableInput("met a damaged DICOM header; copy it again", files=(str(path),))
    value_at, declared = _opened(opening, syntax)
    return _walked(path, Walked(values, element_at, element_at + value_at, declared), size)


def _syntax(implicit: bool, little: bool) -> str:  # noqa: FBT001 - as pydicom has them
    """The syntax of a file that does not name it, by how it is written."""
    if not little:
        return EXPLICIT_BIG
    return IMPLICIT_LITTLE if implicit else EXPLICIT_LITTLE


def _opened(opening: bytes, syntax: str) -> tuple[int, int]:
    """Where the value of a pixel data element begins, counted from its tag, and its length."""
    if syntax == IMPLICIT_LITTLE:
        return 8, int.from_bytes(opening[4:8], "little")
    return 12, int.from_bytes(opening[8:12], "big" if syntax == EXPLICIT_BIG else "little")


def as_text(dataset: Any, keyword: str) -> str:
    """A value of a pydicom data set as it would stand in the file."""
    value = getattr(dataset, keyword, None)
    if value is None:
        return ""
    several = isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue"
    return "\\".join(str(part) for part in value) if several else str(value)
