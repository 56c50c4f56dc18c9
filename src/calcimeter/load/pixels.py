"""The pixels of one slice, as stored, out of its file."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from calcimeter.errors import UnreadableInput, UnsupportedStudy
from calcimeter.load.assemble import Stored
from calcimeter.load.decode import COMPRESSED, Coding
from calcimeter.load.decoders import Decoder
from calcimeter.load.encapsulated import Span, frame_spans, read_spans
from calcimeter.load.header import Header

BIG_ENDIAN, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
"""Uncompressed syntaxes whose pixels don't stand in the file as they do in memory."""

BYTES = 2
"""Of a stored value; other sizes are refused before."""

GROUP_LENGTH_AT = 140
"""Where every file says how long its own group is, behind which the data set begins."""

LARGEST_HEADER_BYTES = 1 << 26
"""What stands before the pixels of a deflated file is at most so long."""

SPARE_BYTES = 4096
"""By so much a buffer is larger than its first file: headers of one series differ in length by a few bytes."""


@dataclass(slots=True)
class PixelReader:
    """Reads slices one after the other; each thread has its own.

    Parameters
    ----------
    decode : callable
        For compressed slices.
    """

    decode: Decoder
    _buffer: bytearray = field(default_factory=bytearray)
    _spans: dict[Path, list[list[Span]]] = field(default_factory=dict)
    _unpacked: dict[Path, Any] = field(default_factory=dict)

    def read(self, header: Header) -> tuple[bytes, Stored]:
        """Read one slice.

        Returns
        -------
        before : bytes
            The file up to its pixel data element; empty for a frame of a multi-frame file.
        stored : ndarray of int16 or uint16, (rows, columns)
            Its memory is used again for the next slice.

        Raises
        ------
        UnreadableInput
            The file is cut short or damaged.
        UnsupportedStudy
            There is no decoder for its compression.
        """
        if header.pixels_at is not None:
            return self._native(header, header.pixels_at)
        syntax = header.text("TransferSyntaxUID")
        if syntax in COMPRESSED and header.element_at is not None:
            return self._compressed(header, header.element_at)
        if syntax in (BIG_ENDIAN, DEFLATED):
            return self._by_pydicom(header)
        raise UnsupportedStudy(f"met the transfer syntax {syntax}, which is not read; export the series uncompressed")

    def _native(self, header: Header, pixels_at: int) -> tuple[bytes, Stored]:
        """By one call to the system, what stands before the pixels included."""
        coding = coding_of(header)
        start = 0 if header.frame is None else pixels_at
        skipped, pixels = pixels_at - start, coding.rows * coding.columns
        needed = skipped + pixels * BYTES
        if len(self._buffer) < needed:
            self._buffer = bytearray(needed + SPARE_BYTES)
        with io.FileIO(header.path) as stream:
            if start:
                stream.seek(start)
            _fill(stream, memoryview(self._buffer)[:needed])
        stored = np.frombuffer(self._buffer, coding.stored_type, pixels, skipped).reshape(coding.rows, coding.columns)
        return bytes(self._buffer[: header.element_at]) if header.frame is None else b"", stored

    def _compressed(self, header: Header, element_at: int) -> tuple[bytes, Stored]:
        """By a decoder."""
        with header.path.open("rb") as stream:
            before = stream.read(element_at) if header.frame is None else b""
            encoded = read_spans(stream, self._frame(stream, header, element_at))
        return before, self.decode(coding_of(header), encoded)

    def _frame(self, stream: BinaryIO, header: Header, element_at: int) -> list[Span]:
        """Where one frame lies; a multi-frame file is looked through once."""
        if header.frame is None:
            return frame_spans(stream, element_at, 1)[0]
        if header.path not in self._spans:
            self._spans[header.path] = frame_spans(stream, element_at, header.whole("NumberOfFrames") or 1)
        return self._spans[header.path][header.frame]

    def _by_pydicom(self, header: Header) -> tuple[bytes, Stored]:
        """By pydicom, which inflates; the file read last is kept for the frames to come."""
        coding = coding_of(header)
        if header.path not in self._unpacked:
            _check_inflated_size(header, coding)
            self._unpacked = {header.path: _parsed(header.path)}
        pixels, stored_type = coding.rows * coding.columns, coding.stored_type
        if coding.syntax == BIG_ENDIAN:
            stored_type = stored_type.newbyteorder(">")
        try:
            content = self._unpacked[header.path].PixelData
            stored = np.frombuffer(content, stored_type, pixels, BYTES * pixels * (header.frame or 0))
        except (AttributeError, TypeError, ValueError) as error:
            raise _cut_short() from error
        before = before_pixels(header) if header.frame is None else b""
        return before, stored.astype(coding.stored_type).reshape(coding.rows, coding.columns)


def before_pixels(header: Header) -> bytes:
    """The file up to its pixel data element; rewritten where it can't be cut."""
    if header.element_at is not None:
        with header.path.open("rb") as stream:
            return stream.read(header.element_at)
    import pydicom

    dataset = _parsed(header.path)
    for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        dataset.pop(keyword, None)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, implicit_vr=False, little_endian=True)
    return buffer.getvalue()


def _parsed(path: Path) -> Any:
    """A whole file by pydicom."""
    import pydicom

    try:
        return pydicom.dcmread(path, force=True)
    except Exception as error:  # pydicom has no common base for what damaged files raise
        raise UnreadableInput("met a damaged DICOM file; copy the series again") from error


def _check_inflated_size(header: Header, coding: Coding) -> None:
    """Refuse a deflated file that is far larger than its image: a small file can inflate to a thousand times its size.

    pydicom inflates without a limit.
    """
    if coding.syntax != DEFLATED:
        return
    content = header.path.read_bytes()
    frames = header.whole("NumberOfFrames") or 1
    most = LARGEST_HEADER_BYTES + BYTES * coding.rows * coding.columns * frames
    try:
        (group_bytes,) = struct.unpack_from("<I", content, GROUP_LENGTH_AT)
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        inflating.decompress(content[GROUP_LENGTH_AT + 4 + group_bytes :], most)
    except (struct.error, zlib.error) as error:
        raise UnreadableInput("met a damaged DICOM file; copy the series again") from error
    if inflating.unconsumed_tail:
        raise UnreadableInput(f"met a deflated file of more than {most >> 20} MiB, expected one image; export it again")


def coding_of(header: Header) -> Coding:
    """How a slice's pixels are coded."""
    return Coding(
        header.text("TransferSyntaxUID"),
        header.whole("Rows"),
        header.whole("Columns"),
        header.whole("BitsStored"),
        bool(header.whole("PixelRepresentation")),
    )


def _fill(stream: io.FileIO, view: memoryview) -> None:
    """Read until the view is full: one call may give less than was asked for."""
    while view:
        count = stream.readinto(view)
        if not count:
            raise _cut_short()
        view = view[count:]


def _cut_short() -> UnreadableInput:
    return UnreadableInput("met a DICOM file that is cut short; copy the series again")
