"""Where the frames of a file's compressed pixels lie (PS3.5, annex A.4)."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from calcimeter.errors import UnreadableInput

ITEM, SEQUENCE_END = 0xFFFEE000, 0xFFFEE0DD
ELEMENT_BYTES, ITEM_BYTES = 12, 8
STARTS = (b"\xff\xd8", b"\xff\x4f")
"""How an image of the JPEG family begins: a frame's first fragment, where no table of offsets tells."""


class Span(NamedTuple):
    """One fragment: where its bytes begin in the file, and how many they are."""

    at: int
    length: int


def frame_spans(stream: BinaryIO, element_at: int, frames: int) -> list[list[Span]]:
    """The fragments of every frame.

    The basic table of offsets tells, where there is one; one that contradicts the fragments is refused. Without it
    fragments as many as frames are one each, as they always are with an extended table; else how they begin tells.

    Parameters
    ----------
    stream : binary file
    element_at : int
        Byte of the pixel data element.
    frames : int
        How many images there should be.

    Raises
    ------
    UnreadableInput
        The pixels are cut short or are no fragments, or the frames among them can't be told.
    """
    table, *fragments = _items(stream, element_at)
    if frames == 1 and fragments:
        return [fragments]
    if table.length:
        starts = _told(stream, table, fragments)
    elif len(fragments) == frames:
        starts = list(range(frames))
    else:
        starts = [k for k, fragment in enumerate(fragments) if _read(stream, fragment, 2) in STARTS]
    if len(starts) != frames or starts[0] != 0:
        raise UnreadableInput(
            f"met {len(fragments)} pieces of pixels for {frames} images, and no true table that tells whose they are;"
            " export the series again"
        )
    return [fragments[start:end] for start, end in zip(starts, [*starts[1:], len(fragments)], strict=True)]


def read_spans(stream: BinaryIO, spans: Sequence[Span]) -> bytes:
    """The bytes of one frame.

    Raises
    ------
    UnreadableInput
        The file ends before.
    """
    return b"".join(_read(stream, span, span.length) for span in spans)


def _items(stream: BinaryIO, element_at: int) -> list[Span]:
    """The table of offsets and the fragments."""
    size = stream.seek(0, os.SEEK_END)
    opening = _read(stream, Span(element_at, ELEMENT_BYTES), ELEMENT_BYTES)
    if opening[8:] != b"\xff\xff\xff\xff":
        raise UnreadableInput("met pixels without the frame of compressed ones; export the series again")
    items, at = [], element_at + ELEMENT_BYTES
    while at < size:  # some writers leave the end mark out
        group, element, length = struct.unpack("<HHI", _read(stream, Span(at, ITEM_BYTES), ITEM_BYTES))
        if group << 16 | element == SEQUENCE_END:
            break
        if group << 16 | element != ITEM or at + ITEM_BYTES + length > size:
            raise _cut_short()
        items.append(Span(at + ITEM_BYTES, length))
        at += ITEM_BYTES + length
    if len(items) < 2:
        raise _cut_short()
    return items


def _told(stream: BinaryIO, table: Span, fragments: list[Span]) -> list[int]:
    """Index of every frame's first fragment by the table; empty where it is, or tells of places between fragments."""
    offsets = struct.unpack(f"<{table.length // 4}I", _read(stream, table, table.length // 4 * 4))
    index = {fragment.at - fragments[0].at: k for k, fragment in enumerate(fragments)}
    starts = [index.get(offset, -1) for offset in offsets]
    return starts if starts == sorted(set(starts)) and -1 not in starts else []


def _read(stream: BinaryIO, span: Span, length: int) -> bytes:
    stream.seek(span.at)
    found = stream.read(min(length, span.length))
    if len(found) < min(length, span.length):
        raise _cut_short()
    return found


def _cut_short() -> UnreadableInput:
    return UnreadableInput("met compressed pixels that are cut short; copy the series again")
