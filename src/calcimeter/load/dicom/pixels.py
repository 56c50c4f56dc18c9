"""The pixels of one slice, as stored, out of its file."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from calcimeter.errors import UnreadableInput, UnsupportedStudy
from calcimeter.load.assemble import Stored
from calcimeter.load.dicom.decode import COMPRESSED
from calcimeter.load.dicom.decoders import Decoder
from calcimeter.load.dicom.elements import DEFLATED, EXPLICIT_BIG, MAX_INFLATED
from calcimeter.load.dicom.encapsulated import Span, frame_spans, read_spans
from calcimeter.load.dicom.header import PIXEL_BYTES, Header
from calcimeter.load.dicom.storage import storage_of
from calcimeter.load.dicom.walk import UnusualError, inflate, inflated, walk_inflated

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
    _inflated: dict[Path, tuple[bytes, int]] = field(default_factory=dict)

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
        if syntax == DEFLATED:
            return self._from_deflated(header)
        shown = syntax if re.fullmatch(r"1\.2\.840\.[0-9.]{1,56}", syntax) else "of no name"
        raise UnsupportedStudy(f"met a transfer syntax {shown}, which is not read; export the series uncompressed")

    def _native(self, header: Header, pixels_at: int) -> tuple[bytes, Stored]:
        """By one call to the system, what stands before the pixels included."""
        coding = storage_of(header).coding
        start = 0 if header.frame is None else pixels_at
        skipped, pixels = pixels_at - start, coding.rows * coding.columns
        needed = skipped + pixels * PIXEL_BYTES
        if len(self._buffer) < needed:
            self._buffer = bytearray(needed + SPARE_BYTES)
        with io.FileIO(header.path) as stream:
            if start:
                stream.seek(start)
            _fill(stream, memoryview(self._buffer)[:needed])
        in_file = coding.stored_type.newbyteorder(">") if coding.syntax == EXPLICIT_BIG else coding.stored_type
        stored = np.frombuffer(self._buffer, in_file, pixels, skipped).reshape(coding.rows, coding.columns)
        before = bytes(self._buffer[: header.element_at]) if header.element_at is not None else before_pixels(header)
        return before if header.frame is None else b"", stored.astype(coding.stored_type, copy=False)

    def _compressed(self, header: Header, element_at: int) -> tuple[bytes, Stored]:
        """By a decoder."""
        with header.path.open("rb") as stream:
            before = stream.read(element_at) if header.frame is None else b""
            encoded = read_spans(stream, self._frame(stream, header, element_at))
        return before, self.decode(storage_of(header).coding, encoded)

    def _frame(self, stream: BinaryIO, header: Header, element_at: int) -> list[Span]:
        """Where one frame lies; a multi-frame file is looked through once."""
        if header.frame is None:
            return frame_spans(stream, element_at, 1)[0]
        if header.path not in self._spans:
            self._spans[header.path] = frame_spans(stream, element_at, header.frames)
        return self._spans[header.path][header.frame]

    def _from_deflated(self, header: Header) -> tuple[bytes, Stored]:
        """Inflated as a whole; the file read last is kept for the frames to come."""
        coding = storage_of(header).coding
        pixels = coding.rows * coding.columns
        image_bytes = PIXEL_BYTES * pixels * header.frames
        if header.path not in self._inflated:
            self._inflated = {header.path: _inflated(header.path, image_bytes)}
        data, value_at = self._inflated[header.path]
        if len(data) - value_at < image_bytes:
            raise _cut_short()
        stored = np.frombuffer(data, coding.stored_type, pixels, value_at + PIXEL_BYTES * pixels * (header.frame or 0))
        return before_pixels(header) if header.frame is None else b"", stored.reshape(coding.rows, coding.columns)


def _inflated(path: Path, image_bytes: int) -> tuple[bytes, int]:
    """A deflated data set, and the byte at which its pixels begin: not more than a header and its image."""
    try:
        data = inflate(path.read_bytes(), MAX_INFLATED + image_bytes)
        found = walk_inflated(data)
    except UnusualError as error:
        raise UnreadableInput(
            "met a deflated file that is damaged or far larger than its image; copy or export the series again"
        ) from error
    if found.length - image_bytes not in (0, 1):
        raise UnreadableInput("met a file with more or fewer pixels than its image; export the series again")
    return data, found.value_at


def before_pixels(header: Header) -> bytes:
    """The file up to its pixel data element; rewritten where it can't be cut."""
    if header.element_at is not None:
        with header.path.open("rb") as stream:
            return stream.read(header.element_at)
    import pydicom

    try:
        dataset = _without_pixels(header)
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        buffer = io.BytesIO()
        pydicom.dcmwrite(buffer, dataset, implicit_vr=False, little_endian=True)
    except Exception as error:  # pydicom has no common base for what damaged headers raise
        raise UnreadableInput("met a damaged DICOM header; copy the series again") from error
    return buffer.getvalue()


def _without_pixels(header: Header) -> Any:
    """The data set of a file that can't be cut."""
    import pydicom
    from pydicom.filereader import read_file_meta_info

    if header.text("TransferSyntaxUID") != DEFLATED:
        return pydicom.dcmread(header.path, stop_before_pixels=True, force=True)
    data = inflated(header.path.read_bytes()) or b""
    dataset = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True, force=True)
    dataset.file_meta = read_file_meta_info(header.path)
    return dataset


def _fill(stream: io.FileIO, view: memoryview) -> None:
    """Read until the view is full: one call may give less than was asked for."""
    while view:
        count = stream.readinto(view)
        if not count:
            raise _cut_short()
        view = view[count:]


def _cut_short() -> UnreadableInput:
    return UnreadableInput("met a DICOM file that is cut short; copy the series again")
