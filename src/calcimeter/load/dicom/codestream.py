"""What a compressed image says of itself in its first bytes, before a decoder makes room for it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from calcimeter.errors import UnreadableInput

SOC_SIZ = b"\xff\x4f\xff\x51"
"""How every JPEG 2000 codestream begins."""

FRAME_MARKERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
"""Second byte of the markers of JPEG and JPEG-LS that begin a frame header; the three left out are tables."""

BARE_MARKERS = {0x01, *range(0xD0, 0xD9)}
"""Second byte of the markers that no length follows."""

LARGEST_WRAPPING = 4096
"""Bytes within which a codestream wrapped in a JP2 file has to begin; the boxes before it take some 80."""


@dataclass(frozen=True, slots=True)
class Codestream:
    """The frame header of a compressed image.

    Parameters
    ----------
    rows, columns, components : int
    precision : int
        Bits of a sample.
    signed : bool or None
        None where the format can't tell: JPEG and JPEG-LS know nothing of signs.
    """

    rows: int
    columns: int
    components: int
    precision: int
    signed: bool | None


def unwrapped(encoded: bytes) -> bytes:
    """A JPEG 2000 codestream without the JP2 boxes that some writers leave around it.

    Raises
    ------
    UnreadableInput
        There is none.
    """
    start = encoded.find(SOC_SIZ, 0, LARGEST_WRAPPING)
    if start < 0:
        raise UnreadableInput("met pixels that are not the JPEG 2000 that the file declares; copy the series again")
    return encoded[start:] if start else encoded


def read_jpeg2000(encoded: bytes) -> Codestream:
    """The frame header (SIZ) of a codestream that begins with it.

    Raises
    ------
    UnreadableInput
        It is cut short.
    """
    try:
        right, lower, left, upper = struct.unpack_from(">4I", encoded, 8)
        components, depth, *steps = struct.unpack_from(">HBBB", encoded, 40)
    except struct.error as error:
        raise _damaged() from error
    if steps != [1, 1]:  # a sample for every second pixel only
        raise _damaged()
    return Codestream(lower - upper, right - left, components, (depth & 0x7F) + 1, bool(depth & 0x80))


def read_jpeg(encoded: bytes) -> Codestream:
    """The frame header (SOF) of a JPEG or JPEG-LS image.

    Raises
    ------
    UnreadableInput
        There is none.
    """
    at = 2
    try:
        while encoded[at] == 0xFF:
            marker = encoded[at + 1]
            if marker in FRAME_MARKERS:
                precision, rows, columns, components = struct.unpack_from(">BHHB", encoded, at + 4)
                return Codestream(rows, columns, components, precision, None)
            at += 1 if marker == 0xFF else 2
            if marker != 0xFF and marker not in BARE_MARKERS:
                at += struct.unpack_from(">H", encoded, at)[0]
    except (IndexError, struct.error):
        pass
    raise _damaged()


def _damaged() -> UnreadableInput:
    return UnreadableInput("met compressed pixels whose beginning is damaged; copy the series again")
