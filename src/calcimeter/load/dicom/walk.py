"""A walk over the bytes of a DICOM file, from element to element up to its pixels.

It keeps the few values that sorting and geometry need and steps over all others, which is ten times as fast as taking
a file apart. What it does not know it leaves to pydicom.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass

IMPLICIT_LITTLE, EXPLICIT_LITTLE = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
EXPLICIT_BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"

ELEMENTS = {
    0x00020010: ("TransferSyntaxUID", "UI"),
    0x00080008: ("ImageType", "CS"),
    0x00080016: ("SOPClassUID", "UI"),
    0x00080018: ("SOPInstanceUID", "UI"),
    0x00080060: ("Modality", "CS"),
    0x0008103E: ("SeriesDescription", "LO"),
    0x00089206: ("VolumetricProperties", "CS"),
    0x00089207: ("VolumeBasedCalculationTechnique", "CS"),
    0x00180010: ("ContrastBolusAgent", "LO"),
    0x00180050: ("SliceThickness", "DS"),
    0x00180060: ("KVP", "DS"),
    0x00181210: ("ConvolutionKernel", "SH"),
    0x00185100: ("PatientPosition", "CS"),
    0x0020000D: ("StudyInstanceUID", "UI"),
    0x0020000E: ("SeriesInstanceUID", "UI"),
    0x00200012: ("AcquisitionNumber", "IS"),
    0x00200032: ("ImagePositionPatient", "DS"),
    0x00200037: ("ImageOrientationPatient", "DS"),
    0x00200052: ("FrameOfReferenceUID", "UI"),
    0x00200100: ("TemporalPositionIdentifier", "IS"),
    0x00280002: ("SamplesPerPixel", "US"),
    0x00280004: ("PhotometricInterpretation", "CS"),
    0x00280008: ("NumberOfFrames", "IS"),
    0x00280010: ("Rows", "US"),
    0x00280011: ("Columns", "US"),
    0x00280030: ("PixelSpacing", "DS"),
    0x00280100: ("BitsAllocated", "US"),
    0x00280101: ("BitsStored", "US"),
    0x00280102: ("HighBit", "US"),
    0x00280103: ("PixelRepresentation", "US"),
    0x00280120: ("PixelPaddingValue", "US SS"),
    0x00280121: ("PixelPaddingRangeLimit", "US SS"),
    0x00280301: ("BurnedInAnnotation", "CS"),
    0x00281052: ("RescaleIntercept", "DS"),
    0x00281053: ("RescaleSlope", "DS"),
    0x00281054: ("RescaleType", "LO"),
    0x00282110: ("LossyImageCompression", "CS"),
    0x60000102: ("OverlayBitPosition", "US"),
}
"""Tag -> keyword and value representations of what is kept."""

KEYWORDS = {tag: keyword for tag, (keyword, _) in ELEMENTS.items()}
PIXEL_DATA = 0x7FE00010
TAGS = {tag: representations.encode() for tag, (_, representations) in ELEMENTS.items()} | {PIXEL_DATA: b"OB OW UN"}
"""Tag -> the representations that it may have."""

SHORTS = {tag for tag, (_, representations) in ELEMENTS.items() if "US" in representations}
"""Tags kept as two-byte numbers, not as text."""

SHORT_KEYWORDS = {KEYWORDS[tag] for tag in SHORTS}

PREAMBLE = 132
"""Bytes before the first element: 128 of anything, then DICM."""

META_GROUP = b"\x02\x00"
LONG_FORM = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
SHORT_FORM = {
    *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS"),
    *(b"ST", b"TM", b"UI", b"UL", b"US"),
}
EVERY_FORM = SHORT_FORM | LONG_FORM
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
MAX_INFLATED = 1 << 20
"""So much of a deflated file is inflated: headers are far shorter, and a small file can inflate to a thousand times
its size."""


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
