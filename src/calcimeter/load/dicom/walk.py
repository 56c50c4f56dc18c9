"""A walk over the bytes of a DICOM file, from element to element up to its pixels.

It keeps the few values that sorting and geometry need and steps over all others, which is ten times as fast as taking
a file apart. What it does not know it leaves to pydicom.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass

from calcimeter.load.dicom.elements import (
    DEFLATED,
    EVERY_FORM,
    EXPLICIT_BIG,
    IMPLICIT_LITTLE,
    ITEM,
    ITEM_END,
    KEYWORDS,
    LONG_FORM,
    MAX_INFLATED,
    META_GROUP,
    PIXEL_DATA,
    PREAMBLE,
    SEQUENCE_END,
    SHORT_FORM,
    SHORT_KEYWORDS,
    SHORTS,
    TAGS,
    UNDEFINED,
)


class UnusualError(Exception):
    """The walk met something that it does not know, or the end of the bytes."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found.

    Parameters
    ----------
    values : dict
        Keyword -> text; several values are joined by a backslash, a two-byte number is in decimal.
    element_at, value_at : int
        Byte at which the pixel data element begins, and its value; in the inflated data set where it was deflated.
    length : int
        Length of the value as declared; all bits set where it is not.
    """

    values: dict[str, str]
    element_at: int
    value_at: int
    length: int


def walk(head: bytes) -> Walked:
    """Walk over the beginning of a file with a preamble.

    Raises
    ------
    UnusualError
        The pixels are not reached: the bytes end before them, or something is out of the ordinary.
    """
    try:
        values: dict[str, str] = {}
        at = _meta(head, values)
        syntax = values["TransferSyntaxUID"]
        if syntax == DEFLATED:
            head, at = zlib.decompressobj(-zlib.MAX_WBITS).decompress(head[at:], MAX_INFLATED), 0
        # A compressed syntax is explicit little endian outside its pixels.
        order = ">" if syntax == EXPLICIT_BIG else "<"
        return _walk(_Bytes(head, order, explicit=syntax != IMPLICIT_LITTLE), at, values)
    except (struct.error, KeyError, RecursionError, zlib.error) as error:
        raise UnusualError from error


def inflated(head: bytes) -> bytes | None:
    """What the beginning of a deflated file's data set inflates to, as far as it is whole; None of other files."""
    deflated = _deflated(head)
    if deflated is None:
        return None
    with suppress(zlib.error):
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated, MAX_INFLATED)
    return b""


def inflate(content: bytes, most: int) -> bytes:
    """The whole data set of a deflated file.

    Raises
    ------
    UnusualError
        It is damaged, does not end, or is larger than so many bytes.
    """
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = stream.decompress(_deflated(content) or b"", most)
    except zlib.error as error:
        raise UnusualError from error
    if not stream.eof:
        raise UnusualError
    return data


def _deflated(content: bytes) -> bytes | None:
    """What stands behind the file's own group; None where that does not name the deflated syntax."""
    values: dict[str, str] = {}
    with suppress(struct.error, UnusualError):
        at = _meta(content, values)
        return content[at:] if values.get("TransferSyntaxUID") == DEFLATED else None
    return None


def walk_inflated(data: bytes) -> Walked:
    """Walk over an inflated data set.

    Raises
    ------
    UnusualError
        As ``walk``.
    """
    try:
        return _walk(_Bytes(data, "<", explicit=True), 0, {})
    except (struct.error, RecursionError) as error:
        raise UnusualError from error


class _Bytes:
    """Bytes and how elements are written in them."""

    def __init__(self, content: bytes, order: str, *, explicit: bool) -> None:
        self.content, self.order, self.explicit = content, order, explicit
        self._opening = struct.Struct(f"{order}HH2sH" if explicit else f"{order}HHI")
        self._long = struct.Struct(f"{order}I")

    def element(self, at: int) -> tuple[int, int, int]:
        """The tag at a byte, where its value begins and how long it is."""
        if not self.explicit:
            group, number, length = self._opening.unpack_from(self.content, at)
            if self.content[at + 4 : at + 6] in EVERY_FORM:
                raise UnusualError  # not implicit after all, or a length that looks so
            return group << 16 | number, at + 8, length
        group, number, representation, short = self._opening.unpack_from(self.content, at)
        tag = group << 16 | number
        if representation not in TAGS.get(tag, representation):
            raise UnusualError  # another reader would take the value for something else
        if representation in LONG_FORM:
            return tag, at + 12, self.long(at + 8)
        if representation not in SHORT_FORM:
            raise UnusualError
        return tag, at + 8, short

    def next_asked_for(self, at: int) -> int:
        """The byte after short elements that nobody asks for; most of a header is such."""
        if not self.explicit or self.order == ">":
            return at
        opening, content = self._opening.unpack_from, self.content
        while True:
            group, number, representation, short = opening(content, at)
            if representation not in SHORT_FORM or group << 16 | number in TAGS:
                return at
            at += 8 + short

    def item(self, at: int) -> tuple[int, int]:
        """The tag of an item or of a delimiter, which have no representation, and its length."""
        group, number = struct.unpack_from(self.order + "HH", self.content, at)
        return group << 16 | number, self.long(at + 4)

    def long(self, at: int) -> int:
        """A number of four bytes."""
        return int(self._long.unpack_from(self.content, at)[0])


def _meta(head: bytes, values: dict[str, str]) -> int:
    """Collect the file's own group; returns where the data set begins."""
    meta, at = _Bytes(head, "<", explicit=True), PREAMBLE
    while head[at : at + 2] == META_GROUP:
        tag, value_at, length = meta.element(at)
        _keep(values, tag, head[value_at : value_at + length], "<")
        at = value_at + length
    return at


def _walk(data: _Bytes, at: int, values: dict[str, str]) -> Walked:
    """Collect values up to the pixel data."""
    while True:
        at = data.next_asked_for(at)
        tag, value_at, length = data.element(at)
        if tag == PIXEL_DATA:
            return Walked(values, at, value_at, length)
        after = _after(data, at, value_at) if length == UNDEFINED else value_at + length
        if after > len(data.content) or tag > PIXEL_DATA:
            raise UnusualError
        if tag in KEYWORDS:
            _keep(values, tag, data.content[value_at:after], data.order)
        at = after


def _keep(values: dict[str, str], tag: int, raw: bytes, order: str) -> None:
    """Keep a value that is asked for and not empty."""
    if tag not in KEYWORDS:
        return
    if KEYWORDS[tag] in values:
        raise UnusualError  # twice: which one holds is for the other reader to say
    if tag in SHORTS and len(raw) not in (0, 2):
        raise UnusualError
    if text := as_value(KEYWORDS[tag], raw, order):
        values[KEYWORDS[tag]] = text


def as_value(keyword: str, raw: bytes, order: str) -> str:
    """The text of a value that is kept, "" where it is empty."""
    if keyword in SHORT_KEYWORDS:
        return str(int.from_bytes(raw, "little" if order == "<" else "big")) if raw else ""
    return raw.decode("latin-1").strip(" \0")


def after_sequence(head: bytes, at: int, value_at: int, *, explicit: bool) -> int:
    """The byte after a sequence of undefined length that stands little-endian in the beginning of a file.

    Raises
    ------
    UnusualError
        It is not ended, or is no sequence.
    """
    try:
        return _after(_Bytes(head, "<", explicit=explicit), at, value_at)
    except (struct.error, RecursionError) as error:
        raise UnusualError from error


def _after(data: _Bytes, at: int, value_at: int) -> int:
    """The byte after an element of undefined length."""
    if data.explicit and data.content[at + 4 : at + 6] != b"SQ":
        raise UnusualError  # of unknown representation: coded in another way inside
    at = value_at
    while (item := data.item(at))[0] == ITEM:
        at += 8
        if item[1] != UNDEFINED:
            at += item[1]
            continue
        while data.item(at)[0] != ITEM_END:
            _, value_at, length = data.element(at)
            at = _after(data, at, value_at) if length == UNDEFINED else value_at + length
        at += 8
    if item[0] != SEQUENCE_END:
        raise UnusualError
    return at + 8
