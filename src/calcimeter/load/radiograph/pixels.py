"""The stored values of one radiograph, out of its DICOM file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import UnreadableInput, UnsupportedStudy
from calcimeter.load.dicom.decode import COMPRESSED, RLE, Coding
from calcimeter.load.dicom.decoders import decoders
from calcimeter.load.dicom.elements import DEFLATED, EXPLICIT_BIG, MAX_INFLATED
from calcimeter.load.dicom.encapsulated import frame_spans, read_spans
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.quiet import quiet_pydicom
from calcimeter.load.dicom.walk import UnusualError, inflate, walk_inflated

LARGEST = 20_000
"""Rows or columns: a spine of several images has some 10 000."""
MOST_PIXELS = 150_000_000
RLE_HEADER_BYTES = 64
SPARE_BYTES = 16
"""So many bytes behind the last pixel are what writers fill up with."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Stored values, and the limits between which they may lie.

    Parameters
    ----------
    values : ndarray of int32, (rows, columns)
    bits : int
    low, high : int
        The smallest and the largest number of so many bits and that sign.
    """

    values: npt.NDArray[np.int32]
    bits: int
    low: int
    high: int


def read_stored(header: Header) -> Stored:
    """The stored values of a file's one image.

    Raises
    ------
    UnreadableInput
        The pixels are damaged, cut short, or not as many as the file says.
    UnsupportedStudy
        They are of a kind that is not read: more than 16 bits, an unknown compression.
    """
    rows, columns = header.whole("Rows"), header.whole("Columns")
    if not (0 < rows <= LARGEST and 0 < columns <= LARGEST and rows * columns <= MOST_PIXELS):
        raise UnsupportedStudy(f"met an image of {rows} x {columns} pixels, expected a radiograph")
    bits, allocated = header.whole("BitsStored"), header.whole("BitsAllocated")
    high_bit = header.whole("HighBit") if header.text("HighBit") else bits - 1
    if allocated not in (8, 16) or not 2 <= bits <= allocated or not bits - 1 <= high_bit < allocated:
        raise UnsupportedStudy(f"met pixels of {bits} bits in {allocated}, expected 8 to 16 bits; export it again")
    signed = bool(header.whole("PixelRepresentation"))
    with quiet_pydicom():
        raw = _raw(header, (rows, columns), allocated, signed=signed)
    unused, below = 32 - 1 - high_bit, 32 - bits
    # Overlays may be drawn in the bits above, and some detectors leave those below unused.
    shifted = raw.astype(np.uint32) << np.uint32(unused)
    values = (shifted.view(np.int32) >> below) if signed else (shifted >> np.uint32(below)).view(np.int32)
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return Stored(np.ascontiguousarray(values), bits, low, high)


def _raw(header: Header, shape: tuple[int, int], allocated: int, *, signed: bool) -> npt.NDArray[Any]:
    """Numbers as they stand in the file, their unused bits with them."""
    syntax, count = header.text("TransferSyntaxUID"), shape[0] * shape[1]
    kind = np.dtype(f"{'>' if syntax == EXPLICIT_BIG else '<'}u{allocated // 8}")
    if syntax == DEFLATED:
        return _numbers(*_from_deflated(header.path, count * kind.itemsize), kind, shape)
    if header.pixels_at is not None:
        _check_length(header.pixel_bytes, count * kind.itemsize)
        with header.path.open("rb") as stream:
            stream.seek(header.pixels_at)
            data = stream.read(count * kind.itemsize)
        if allocated == 8 and syntax == EXPLICIT_BIG and count % 2 == 0 and _written_as_words(header):
            data = np.frombuffer(data, ">u2").astype("<u2").tobytes()
        return _numbers(data, 0, kind, shape)
    if syntax not in COMPRESSED or header.element_at is None:
        raise UnsupportedStudy("met a transfer syntax that is not read; export the image uncompressed")
    with header.path.open("rb") as stream:
        encoded = read_spans(stream, frame_spans(stream, header.element_at, 1)[0])
    if syntax == RLE and allocated == 8:
        return _runs_of_bytes(encoded, shape)
    coding = Coding(syntax, shape[0], shape[1], header.whole("BitsStored"), signed)
    with decoders([coding]) as available:
        decoded = available[0](coding, encoded)
    return np.array(decoded).view(np.uint16)


def _numbers(data: bytes, at: int, kind: np.dtype[Any], shape: tuple[int, int]) -> npt.NDArray[Any]:
    count = shape[0] * shape[1]
    if len(data) - at < count * kind.itemsize:
        raise UnreadableInput("met a DICOM file that is cut short; copy the image again")
    return np.frombuffer(data, kind, count, at).reshape(shape).astype(kind.newbyteorder("="))


def _written_as_words(header: Header) -> bool:
    """Whether bytes stand in words whose high byte comes first: then two neighbors are exchanged."""
    if header.element_at is None:
        return False
    with header.path.open("rb") as stream:
        stream.seek(header.element_at + 4)
        return stream.read(2) == b"OW"


def _from_deflated(path: Path, image_bytes: int) -> tuple[bytes, int]:
    try:
        data = inflate(path.read_bytes(), MAX_INFLATED + image_bytes)
        found = walk_inflated(data)
    except UnusualError as error:
        raise UnreadableInput("met a deflated file that is damaged; copy the image again") from error
    _check_length(found.length, image_bytes)
    return data, found.value_at


def _check_length(there: int, needed: int) -> None:
    """Refuse pixels that are not as many as the image has: one size is wrong, and so would be the picture."""
    if there < needed:
        raise UnreadableInput("met a DICOM file that is cut short; copy the image again")
    if there > needed + SPARE_BYTES:
        raise UnreadableInput("met a file with more pixels than its image; export the image again")


def _runs_of_bytes(encoded: bytes, shape: tuple[int, int]) -> npt.NDArray[Any]:
    """Run lengths of one byte a pixel (PS3.5, annex G)."""
    count, at = (int.from_bytes(encoded[k : k + 4], "little") for k in (0, 4))
    if count != 1 or at != RLE_HEADER_BYTES:
        raise UnreadableInput("met pixels that can't be decoded; copy the image again")
    values, wanted = bytearray(), shape[0] * shape[1]
    while at < len(encoded) and len(values) < wanted:
        control = encoded[at]
        if control < 128:
            values += encoded[at + 1 : at + 2 + control]
            at += 2 + control
        else:
            values += encoded[at + 1 : at + 2] * (257 - control if control > 128 else 0)
            at += 1 if control == 128 else 2
    return _numbers(bytes(values), 0, np.dtype("u1"), shape)
