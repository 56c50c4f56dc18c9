"""Compressed pixels without the comments in their streams; every value that they decode to stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calcimeter.errors import UnreadableInput

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

JPEG, JPEG_2000 = b"\xff\xd8", b"\xff\x4f"
END = b"\xff\xd9"
SCAN, TILE = 0xDA, 0x90
"""Markers at which pixels begin (ITU-T T.81 and T.87; T.800)."""
AFTER_SCAN = re.compile(rb"\xff+[\x80-\xcf\xd8-\xfe]")
"""What can't stand within the pixels of a JPEG or JPEG-LS scan: a marker that does not restart it."""

TALKING = {JPEG: frozenset({0xFE, *range(0xE1, 0xE8), *range(0xE9, 0xEE), 0xEF}), JPEG_2000: frozenset({0x64})}
"""Markers of comments and of applications' own data; of the latter 0, 8 and 14 stay, for colors depend on them."""


def take_out_comments(dataset: Dataset) -> None:
    """Take comments and applications' data out of JPEG, JPEG-LS and JPEG 2000 streams, in place.

    Other compressions are left as they are.

    Raises
    ------
    UnreadableInput
        A stream ends before its pixels.
    """
    from pydicom.encaps import encapsulate, generate_frames

    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated or "PixelData" not in dataset:
        return
    frames = list(generate_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames") or 1)))
    cleaned = [without_comments(frame) for frame in frames]
    if cleaned == frames:
        return
    dataset.PixelData = encapsulate(cleaned)
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in dataset:
            delattr(dataset, keyword)


def without_comments(stream: bytes) -> bytes:
    """One frame's stream; as it is where it is none of these."""
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
    return b"".join([*kept, _to_its_end(stream[at:])])


def _to_its_end(pixels: bytes) -> bytes:
    """Without what follows the marker of the end, but for zeros that fill up; none of these streams has it within."""
    end = pixels.rfind(END) + len(END)
    return pixels[:end] if end >= len(END) and pixels[end:].strip(b"\0") else pixels
