"""A DICOM file as a list of elements whose tag, representation, length and value can each be made to lie."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

UNDEFINED = 0xFFFFFFFF
PIXEL_DATA = 0x7FE00010
IMPLICIT, BIG_ENDIAN, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
LONG_FORM = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT", b"SV", b"UV")
ITEM, ITEM_END, SEQUENCE_END = (struct.pack("<HHI", 0xFFFE, element, 0) for element in (0xE000, 0xE00D, 0xE0DD))


@dataclass
class Element:
    """One element; ``length`` is written in place of the true one where it is given."""

    tag: int
    vr: bytes
    value: bytes
    length: int | None = None

    def to_bytes(self, *, explicit: bool, order: str) -> bytes:
        length = len(self.value) if self.length is None else self.length
        tag = struct.pack(order + "HH", self.tag >> 16, self.tag & 0xFFFF)
        if not explicit:
            return tag + struct.pack(order + "I", length & UNDEFINED) + self.value
        if self.vr in LONG_FORM:
            return tag + self.vr + b"\0\0" + struct.pack(order + "I", length & UNDEFINED) + self.value
        return tag + self.vr + struct.pack(order + "H", length & 0xFFFF) + self.value


@dataclass
class DicomFile:
    """Preamble, file meta and data set of one file that was written well."""

    preamble: bytes
    meta: list[Element]
    body: list[Element]
    syntax: str
    after: bytes = field(default=b"")

    @property
    def explicit(self) -> bool:
        return self.syntax != IMPLICIT

    @property
    def order(self) -> str:
        return ">" if self.syntax == BIG_ENDIAN else "<"

    def find(self, tag: int) -> Element | None:
        """The first element of a tag."""
        return next((element for element in [*self.meta, *self.body] if element.tag == tag), None)

    def whole(self, tag: int) -> int:
        """The number of an element of 16 bits, 0 where there is none."""
        element = self.find(tag)
        return int(struct.unpack(self.order + "H", element.value)[0]) if element and len(element.value) == 2 else 0

    def to_bytes(self) -> bytes:
        meta = b"".join(element.to_bytes(explicit=True, order="<") for element in self.meta)
        body = b"".join(element.to_bytes(explicit=self.explicit, order=self.order) for element in self.body)
        if self.syntax == DEFLATED:
            packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            body = packer.compress(body) + packer.flush()
        return self.preamble + meta + body + self.after


def parsed(data: bytes) -> DicomFile:
    """The elements of a file that was written well; an encapsulated pixel value runs to the end of the file."""
    at, meta = 132, []
    while data[at : at + 2] == b"\x02\x00":
        element, at = _element(data, at, explicit=True, order="<")
        meta.append(element)
    syntax = next(element.value for element in meta if element.tag == 0x00020010).rstrip(b"\0").decode()
    file = DicomFile(data[:132], meta, [], syntax)
    if syntax == DEFLATED:
        data, at = zlib.decompress(data[at:], wbits=-zlib.MAX_WBITS), 0
    while at < len(data):
        element, at = _element(data, at, explicit=file.explicit, order=file.order)
        file.body.append(element)
    return file


def _element(data: bytes, at: int, *, explicit: bool, order: str) -> tuple[Element, int]:
    group, number = struct.unpack_from(order + "HH", data, at)
    if not explicit:
        vr, value_at, (length,) = b"", at + 8, struct.unpack_from(order + "I", data, at + 4)
    elif (vr := data[at + 4 : at + 6]) in LONG_FORM:
        value_at, (length,) = at + 12, struct.unpack_from(order + "I", data, at + 8)
    else:
        value_at, (length,) = at + 8, struct.unpack_from(order + "H", data, at + 6)
    end = len(data) if length == UNDEFINED else value_at + length
    element = Element(group << 16 | number, vr, data[value_at:end], UNDEFINED if length == UNDEFINED else None)
    return element, end
