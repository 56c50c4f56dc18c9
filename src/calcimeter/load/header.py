"""The header of one DICOM file, as far as sorting and geometry need it.

Most files are read by a short walk over the bytes; whatever is unusual (big endian, deflated, no preamble, a header
of more than 64 KiB) goes to pydicom, which gives the same record at ten times the cost.
"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calcimeter.errors import UnreadableInput

NATIVE = {"1.2.840.10008.1.2": False, "1.2.840.10008.1.2.1": True}
"""Uncompressed little endian syntaxes, and whether each names its value representations."""

KEYWORDS = {
    0x00020010: "TransferSyntaxUID",
    0x00080008: "ImageType",
    0x00080016: "SOPClassUID",
    0x00080018: "SOPInstanceUID",
    0x00080060: "Modality",
    0x00180060: "KVP",
    0x00181210: "ConvolutionKernel",
    0x00185100: "PatientPosition",
    0x0020000D: "StudyInstanceUID",
    0x0020000E: "SeriesInstanceUID",
    0x00200012: "AcquisitionNumber",
    0x00200032: "ImagePositionPatient",
    0x00200037: "ImageOrientationPatient",
    0x00200052: "FrameOfReferenceUID",
    0x00280002: "SamplesPerPixel",
    0x00280004: "PhotometricInterpretation",
    0x00280008: "NumberOfFrames",
    0x00280010: "Rows",
    0x00280011: "Columns",
    0x00280030: "PixelSpacing",
    0x00280100: "BitsAllocated",
    0x00280101: "BitsStored",
    0x00280102: "HighBit",
    0x00280103: "PixelRepresentation",
    0x00280120: "PixelPaddingValue",
    0x00280121: "PixelPaddingRangeLimit",
    0x00281052: "RescaleIntercept",
    0x00281053: "RescaleSlope",
    0x00281054: "RescaleType",
}
BINARY = {tag for tag in KEYWORDS if tag >> 16 == 0x0028} - {0x00280004, 0x00280008, 0x00280030}
BINARY -= {0x00281052, 0x00281053, 0x00281054}
"""Tags kept as two-byte numbers, not as text."""

PIXEL_DATA = 0x7FE00010
LONG_FORM = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0"
HEAD_BYTES = 65_536
MARK_AT, PREAMBLE = 128, 132


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """What one DICOM file says of itself.

    Parameters
    ----------
    path : Path
    values : dict
        Keyword -> text as it stands in the file; several values are joined by a backslash. What is absent or
        empty is not in it.
    element_at : int or None
        Byte at which the pixel data element begins; None where the file can't be cut there (deflated).
    pixels_at : int or None
        Byte of the first pixel; None where pixels must be decoded.
    pixel_bytes : int
        How many bytes of pixels are really there.
    """

    path: Path
    values: dict[str, str]
    element_at: int | None
    pixels_at: int | None
    pixel_bytes: int

    def text(self, keyword: str) -> str:
        """A value, "" where absent."""
        return self.values.get(keyword, "")

    def numbers(self, keyword: str, count: int) -> tuple[float, ...] | None:
        """So many finite numbers; None where absent or malformed."""
        try:
            found = tuple(float(part) for part in self.values[keyword].split("\\"))
        except (KeyError, ValueError):
            return None
        return found if len(found) == count and all(abs(number) < 1e9 for number in found) else None

    def number(self, keyword: str) -> float | None:
        """One finite number; None where absent or malformed."""
        found = self.numbers(keyword, 1)
        return found[0] if found else None

    def whole(self, keyword: str) -> int:
        """One whole number, 0 where absent or malformed."""
        return int(self.number(keyword) or 0)


def read_header(path: Path) -> Header | None:
    """Read one file's header.

    Returns
    -------
    Header or None
        None where the file is not DICOM.

    Raises
    ------
    UnreadableInput
        It is DICOM, but damaged.
    """
    with path.open("rb", buffering=0) as stream:
        head = stream.read(HEAD_BYTES)
        size = stream.seek(0, 2)
    if head[MARK_AT:PREAMBLE] == b"DICM":
        header = _walked(path, head, size) or _parsed(path, size)
        if header is None:
            raise UnreadableInput("met a DICOM file that does not say what it is")
        return header
    # Without a preamble a data set begins with its group 8 (or meta group 2), low byte first.
    return _parsed(path, size) if head[:2] in (b"\x08\x00", b"\x02\x00") and head[3:4] == b"\x00" else None


def _walked(path: Path, head: bytes, size: int) -> Header | None:
    """The header by walking over its bytes; None where anything is out of the ordinary."""
    values: dict[str, str] = {}
    try:
        element_at, pixels_at, declared = _walk(head, values)
    except (struct.error, KeyError, RecursionError, _Unusual):
        return None
    if values.get("TransferSyntaxUID") not in NATIVE:
        return Header(path, values, element_at, None, size - pixels_at)
    return Header(path, values, element_at, pixels_at, min(declared, size - pixels_at))


class _Unusual(Exception):
    """The walk met something that it does not know; the other reader takes over."""


def _walk(head: bytes, values: dict[str, str]) -> tuple[int, int, int]:
    """Collect values up to the pixel data; returns where its element and its value begin, and its length."""
    at, explicit, meta = PREAMBLE, True, True
    while True:
        group, element = struct.unpack_from("<HH", head, at)
        tag = group << 16 | element
        if meta and group != 2:
            # A compressed syntax names its value representations too.
            meta, explicit = False, NATIVE.get(_known(values["TransferSyntaxUID"]), True)
        value_at, length = _extent(head, at, explicit=explicit)
        if tag == PIXEL_DATA:
            return at, value_at, length
        after = _after(head, at, explicit=explicit)
        if after > len(head) or tag > PIXEL_DATA:
            raise _Unusual
        if tag in KEYWORDS and length:
            raw = head[value_at : value_at + length]
            text = str(int.from_bytes(raw, "little")) if tag in BINARY else raw.decode("latin-1").strip(" \0")
            if text:
                values[KEYWORDS[tag]] = text
        at = after


def _known(syntax: str) -> str:
    """The syntax, unless its bytes can't be walked over: deflated or big endian."""
    if syntax in ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"):
        raise _Unusual
    return syntax


def _after(head: bytes, at: int, *, explicit: bool) -> int:
    """The byte after an element."""
    value_at, length = _extent(head, at, explicit=explicit)
    if length != UNDEFINED:
        return value_at + length
    if explicit and head[at + 4 : at + 6] != b"SQ":  # of unknown representation: coded in another way inside
        raise _Unusual
    at = value_at
    while head[at : at + 4] == ITEM:
        (length,) = struct.unpack_from("<I", head, at + 4)
        at += 8
        if length != UNDEFINED:
            at += length
            continue
        while head[at : at + 4] != ITEM_END:
            at = _after(head, at, explicit=explicit)
        at += 8
    if head[at : at + 4] != SEQUENCE_END:
        raise _Unusual
    return at + 8


def _extent(head: bytes, at: int, *, explicit: bool) -> tuple[int, int]:
    """Where an element's value begins and how long it is."""
    if not explicit:
        return at + 8, struct.unpack_from("<I", head, at + 4)[0]
    if head[at + 4 : at + 6] in LONG_FORM:
        return at + 12, struct.unpack_from("<I", head, at + 8)[0]
    return at + 8, struct.unpack_from("<H", head, at + 6)[0]


def _parsed(path: Path, size: int) -> Header | None:
    """The header by pydicom; None where it turns out not to be DICOM."""
    import pydicom

    try:
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(stream, stop_before_pixels=True, force=True)
            values = {keyword: _as_text(dataset, keyword) for keyword in KEYWORDS.values()}
            syntax = _as_text(dataset.file_meta, "TransferSyntaxUID")
            element_at = stream.tell()
            stream.seek(element_at)
            opening = stream.read(12)
    except Exception as error:  # pydicom has no common base for what damaged files raise
        raise UnreadableInput("met a damaged DICOM header") from error
    if not values["SOPClassUID"]:
        return None
    syntax = syntax or ("1.2.840.10008.1.2" if dataset.original_encoding[0] else "1.2.840.10008.1.2.1")
    values = {keyword: text for keyword, text in (values | {"TransferSyntaxUID": syntax}).items() if text}
    if syntax not in NATIVE or opening[:4] != b"\xe0\x7f\x10\x00":
        cut_at = element_at if opening[:4] == b"\xe0\x7f\x10\x00" else None
        return Header(path, values, cut_at, None, size - element_at)
    value_at, declared = _extent(opening, 0, explicit=NATIVE[syntax])
    return Header(path, values, element_at, element_at + value_at, min(declared, size - element_at - value_at))


def _as_text(dataset: Any, keyword: str) -> str:
    """A value of a pydicom data set as it would stand in the file."""
    value = getattr(dataset, keyword, None)
    if value is None:
        return ""
    several = isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue"
    return "\\".join(str(part) for part in value) if several else str(value)
