"""Compressed pixels without the comments in their streams; every value that they decode to stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calcimeter.errors import UnreadableInput, UnsupportedStudy

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

JPEG, JPEG_2000 = b"\xff\xd8", b"\xff\x4f"
END = b"\xff\xd9"
SCAN, TILE = 0xDA, 0x90
"""Markers at which pixels begin (ITU-T T.81 and T.87; T.800)."""
TILE_PART, TILE_DATA, TILE_LENGTHS = b"\xff\x90", b"\xff\x93", b"\xff\x55"
TILE_PART_BYTES = 12
"""Of the marker that begins a part of a tile, its length in bytes 6 to 9 (T.800 A.4.2); then markers, then data."""
JP2, CODESTREAM = b"\0\0\0\x0cjP  \r\n\x87\n", b"jp2c"
"""How a JPEG 2000 file begins, and the box in it that holds the stream (T.800 I.5): DICOM has the stream alone."""
AFTER_SCAN = re.compile(rb"\xff+[\x80-\xcf\xd8-\xfe]")
"""What can't stand within the pixels of a JPEG or JPEG-LS scan: a marker that does not restart it."""

TALKING = {JPEG: frozenset({0xFE, *range(0xE1, 0xE8), *range(0xE9, 0xEE), 0xEF}), JPEG_2000: frozenset({0x64})}
"""Markers of comments and of applications' own data; of the latter 0, 8 and 14 stay, for colors depend on them."""


def take_out_comments(dataset: Dataset) -> None:
    """Take comments and applications' data out of JPEG, JPEG-LS and JPEG 2000 streams, in place.

    Run-length coding has no place for any.

    Raises
    ------
    UnreadableInput
        A stream ends before its pixels.
    UnsupportedStudy
        A stream is of another kind, as that of a video, in which anything may stand.
    """
    from pydicom.encaps import encapsulate, generate_frames
    from pydicom.uid import RLELossless

    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated or "PixelData" not in dataset:
        return
    frames = list(generate_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames") or 1)))
    if dataset.file_meta.TransferSyntaxUID != RLELossless and not all(map(_is_known, frames)):
        raise UnsupportedStudy(
            "met pixels compressed in another way than JPEG, JPEG-LS, JPEG 2000 or run lengths, where comments can't be"
            " found and taken out; leave the image out, or decompress it first"
        )
    cleaned = [without_comments(frame) for frame in frames]
    if cleaned == frames:
        return
    dataset.PixelData = encapsulate(cleaned)
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in dataset:
            delattr(dataset, keyword)


def without_comments(stream: bytes) -> bytes:
    """One frame's stream; as it is where it is none of these."""
    if stream.startswith(JP2):
        stream = _unwrapped(stream)
    talking = TALKING.get(stream[:2])
    if talking is None:
        return stream
    kept, at, has_pixels = [stream[:2]], 2, False
    while at + 4 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker in (TILE, END[1]):
            has_pixels = has_pixels or marker == TILE
            break
        if marker == 0xFF:  # a byte that fills up
            at += 1
            continue
        after = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        if marker == SCAN:  # one of several, in a progressive image; comments may stand between them
            has_pixels = True
            beyond = AFTER_SCAN.search(stream, after)
            after = beyond.start() if beyond else len(stream)
        if marker not in talking:
            kept.append(stream[at:after])
        at = after
    if not has_pixels:
        raise UnreadableInput(
            "met compressed pixels that end before they begin, expected a whole stream; take the image out"
        )
    return b"".join(
        _with_tiles(kept, stream[at:]) if talking is TALKING[JPEG_2000] else [*kept, _to_its_end(stream[at:])]
    )


def _with_tiles(kept: list[bytes], rest: bytes) -> list[bytes]:
    """The head of a JPEG 2000 stream and its tiles, without a table of their lengths that holds no longer."""
    tiles = _without_comments_of_tiles(rest)
    head = kept if len(tiles) == len(rest) else [piece for piece in kept if piece[:2] != TILE_LENGTHS]
    return [*head, tiles]


def _is_known(stream: bytes) -> bool:
    return stream[:2] in TALKING or stream.startswith(JP2)


def _unwrapped(file: bytes) -> bytes:
    """The stream of a JPEG 2000 file, without the boxes around it, in which anything may stand."""
    at = 0
    while at + 8 <= len(file):
        size, kind, begins = int.from_bytes(file[at : at + 4], "big"), file[at + 4 : at + 8], at + 8
        if size == 1:
            size, begins = int.from_bytes(file[at + 8 : at + 16], "big"), at + 16
        end = at + size if size else len(file)
        if kind == CODESTREAM:
            return file[begins:end]
        if end <= at:
            break
        at = end
    raise UnreadableInput("met a JPEG 2000 file without pixels, expected a whole one; take the image out")


def _without_comments_of_tiles(stream: bytes) -> bytes:
    """What begins at the first tile; the length of each part of a tile as it is without its comments."""
    kept, at = [], 0
    while stream[at : at + 2] == TILE_PART:
        size = int.from_bytes(stream[at + 6 : at + 10], "big")
        end = min(at + size, len(stream)) if size else len(stream)
        head, part = at + TILE_PART_BYTES, []
        while head + 4 <= end and stream[head : head + 2] != TILE_DATA:
            after = head + 2 + int.from_bytes(stream[head + 2 : head + 4], "big")
            if stream[head + 1] not in TALKING[JPEG_2000]:
                part.append(stream[head:after])
            else:
                size -= (after - head) if size else 0
            head = after
        kept += [stream[at : at + 6], max(size, 0).to_bytes(4, "big"), stream[at + 10 : at + TILE_PART_BYTES], *part]
        kept.append(stream[head:end] if size else _to_its_end(stream[head:end]))
        at = max(end, at + TILE_PART_BYTES)
    return b"".join([*kept, _to_its_end(stream[at:])])


def _to_its_end(pixels: bytes) -> bytes:
    """Without what follows the marker of the end, but for zeros that fill up; none of these streams has it within."""
    end = pixels.rfind(END) + len(END)
    return pixels[:end] if end >= len(END) and pixels[end:].strip(b"\0") else pixels
