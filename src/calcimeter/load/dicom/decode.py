"""One compressed image -> stored values.

The decoders are called on the image's bytes: by way of pydicom's data set RLE takes more than twice as long, and a
process that decodes would have to import pydicom first.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import Refused, UnreadableInput, UnsupportedStudy
from calcimeter.load.assemble import Stored
from calcimeter.load.dicom.codestream import Codestream, read_jpeg, read_jpeg2000, unwrapped

JPEG = "1.2.840.10008.1.2.4."
"""Beginning of the transfer syntaxes of the JPEG family."""

RLE = "1.2.840.10008.1.2.5"
JPEG_BASELINE, JPEG_EXTENDED = JPEG + "50", JPEG + "51"
JPEG_LOSSLESS = {JPEG + "57", JPEG + "70"}
JPEG_LS = {JPEG + "80", JPEG + "81"}
HIGH_THROUGHPUT = {JPEG + "201", JPEG + "202", JPEG + "203"}
JPEG_2000 = {JPEG + "90", JPEG + "91"} | HIGH_THROUGHPUT
"""High-throughput JPEG 2000 differs in the coding of blocks alone; one decoder reads both."""

RLE_HEADER_BYTES = 64
TAIL = bytes(range(1, 33))
"""What is put behind a segment, to be found right behind its last pixel: then it holds so many pixels and no more."""
TAIL_PIXELS = 16
TAIL_CODED = b"\x80" + bytes([len(TAIL) - 1]) + TAIL
"""As run lengths: "nothing" first, which the zero that fills up a segment of odd length takes for its pixel."""
END_OF_IMAGE = b"\xff\xd9"

COMPRESSED = {RLE, JPEG_BASELINE, JPEG_EXTENDED} | JPEG_LOSSLESS | JPEG_LS | JPEG_2000


@dataclass(frozen=True, slots=True)
class Coding:
    """How an image's pixels are coded, by its file.

    Parameters
    ----------
    syntax : str
        Transfer syntax UID.
    rows, columns : int
    bits_stored : int
    signed : bool
    """

    syntax: str
    rows: int
    columns: int
    bits_stored: int
    signed: bool

    @property
    def stored_type(self) -> np.dtype[Any]:
        """Type of stored values; always 16 bits, little endian."""
        return np.dtype("<i2" if self.signed else "<u2")


def decode(coding: Coding, encoded: bytes) -> Stored:
    """Stored values of one image.

    Parameters
    ----------
    coding : Coding
    encoded : bytes
        The image's fragments, joined.

    Returns
    -------
    ndarray of int16 or uint16, (rows, columns)
        As the coding's ``signed`` says, whatever the codestream says of its sign.

    Raises
    ------
    UnreadableInput
        The image is damaged, or of another size than the file says; that is found before a decoder makes room for it.
    UnsupportedStudy
        No decoder for its syntax is installed.
    """
    try:
        if coding.syntax == RLE:
            return _runs(coding, encoded)
        if coding.syntax in JPEG_2000:
            return _jpeg2000(coding, _whole(unwrapped(encoded)))
        if coding.syntax in JPEG_LS:
            return _jpeg(coding, _whole(encoded), _charls)
        return _jpeg(coding, _whole(encoded), _by_plugin)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # decoders have no common base for what damaged images raise
        raise _undecodable() from error


def load_decoder(syntax: str) -> None:
    """Import what a syntax needs, so that the first image takes no longer than the others."""
    import importlib

    name = "openjpeg" if syntax in JPEG_2000 else "jpeg_ls" if syntax in JPEG_LS else ""
    importlib.import_module(name or "pydicom.pixels")


def _runs(coding: Coding, encoded: bytes) -> Stored:
    """Run lengths (PS3.5, annex G): high bytes in one segment, low bytes in the other."""
    count, high_at, low_at = struct.unpack_from("<3I", encoded)
    if count != 2 or not RLE_HEADER_BYTES <= high_at < low_at < len(encoded):
        raise _undecodable()
    pixels = coding.rows * coding.columns
    stored = np.multiply(_unpacked(encoded[high_at:low_at], pixels), 256, dtype=np.uint16)
    stored |= _unpacked(encoded[low_at:], pixels)
    return stored.view(coding.stored_type).reshape(coding.rows, coding.columns)


def _unpacked(segment: bytes, pixels: int) -> npt.NDArray[np.uint8]:
    """One segment, by a decoder that lets other threads go on; it is that of TIFF, whose run lengths are the same."""
    from PIL import Image

    image = Image.frombytes("L", (pixels + TAIL_PIXELS, 1), segment + TAIL_CODED, "packbits", "L")
    values: npt.NDArray[np.uint8] = np.asarray(image)[0]
    tail, last_is_zero = bytes(values[pixels:]), segment.endswith(b"\0")
    filled_up = last_is_zero and tail == TAIL_CODED[:1] + TAIL[: TAIL_PIXELS - 1]
    one_short = last_is_zero and values[pixels - 1] != 0  # the tail's first byte was taken for the last pixel
    if not filled_up and (tail != TAIL[:TAIL_PIXELS] or one_short):
        raise _undecodable()
    return values[:pixels]


def _whole(encoded: bytes) -> bytes:
    """An image of the JPEG family that has its end: decoders make up what is missing of one that has not."""
    if not encoded.rstrip(b"\0").endswith(END_OF_IMAGE):
        raise UnreadableInput("met compressed pixels without their end; copy the series again")
    return encoded


def _jpeg2000(coding: Coding, encoded: bytes) -> Stored:
    """JPEG 2000; where its sign is not the file's, its bits are read with the file's."""
    import openjpeg

    stream = _checked(coding, read_jpeg2000(encoded))
    pixels = openjpeg.decode_pixel_data(encoded, version=2)
    stored = _shaped(coding, pixels, _container(stream, signed=bool(stream.signed)))
    return stored.astype(coding.stored_type) if stream.signed == coding.signed else _signed(coding, stored, stream)


def _jpeg(coding: Coding, encoded: bytes, unpack: Callable[[Coding, bytes], bytes]) -> Stored:
    """JPEG or JPEG-LS, which know no sign: samples of a signed image come out as bare bits."""
    stream = _checked(coding, read_jpeg(encoded))
    return _signed(coding, _shaped(coding, unpack(coding, encoded), _container(stream, signed=False)), stream)


def _charls(coding: Coding, encoded: bytes) -> bytes:  # noqa: ARG001 - as the other one
    """CharLS, which runs on for seconds beyond the end of an image that is cut short unless a mark stands there."""
    import jpeg_ls

    pixels: bytes = jpeg_ls.decode_from_buffer(encoded + END_OF_IMAGE)
    return pixels


def _by_plugin(coding: Coding, encoded: bytes) -> bytes:
    """JPEG by whatever decoder of it is installed, which pydicom knows."""
    from pydicom.encaps import encapsulate
    from pydicom.pixels import get_decoder

    decoder = get_decoder(coding.syntax)
    plugins = decoder.available_plugins
    if not plugins or (coding.syntax == JPEG_EXTENDED and "pylibjpeg" not in plugins):  # the others take 8 bits only
        raise _without_decoder(coding.syntax)
    allocated = 8 if read_jpeg(encoded).precision <= 8 else 16
    pixels, _ = decoder.as_buffer(
        encapsulate([encoded]),
        index=0,
        rows=coding.rows,
        columns=coding.columns,
        samples_per_pixel=1,
        photometric_interpretation="MONOCHROME2",
        bits_allocated=allocated,
        bits_stored=min(coding.bits_stored, allocated),
        pixel_representation=int(coding.signed),
        number_of_frames=1,
        pixel_keyword="PixelData",
    )
    return bytes(pixels)


def _undecodable() -> UnreadableInput:
    return UnreadableInput("met pixels that can't be decoded; copy the series again")


def _without_decoder(syntax: str) -> UnsupportedStudy:
    if syntax in JPEG_LOSSLESS:
        return UnsupportedStudy(
            "met JPEG Lossless, whose decoder is an optional part; install it: pip install 'calcimeter[jpeg]'"
        )
    return UnsupportedStudy(
        f"met {'JPEG Extended' if syntax == JPEG_EXTENDED else 'JPEG Baseline'}, a lossy compression without a"
        " decoder here; expected CT as the scanner made it; export the original series"
    )


def _checked(coding: Coding, stream: Codestream) -> Codestream:
    """The frame header, if it is the image that the file declares."""
    if (stream.rows, stream.columns) != (coding.rows, coding.columns):
        raise UnreadableInput(
            f"met compressed pixels of {stream.rows} x {stream.columns}, expected {coding.rows} x {coding.columns} as"
            " the file says; export the series again"
        )
    if stream.components != 1 or not 2 <= stream.precision <= 16:
        raise UnreadableInput(
            f"met compressed pixels of {stream.components} samples of {stream.precision} bits, expected one of at most"
            " 16; export the series again"
        )
    return stream


def _container(stream: Codestream, *, signed: bool) -> np.dtype[Any]:
    """The type that decoders fill: the smallest that holds the precision."""
    return np.dtype(f"<{'i' if signed else 'u'}{1 if stream.precision <= 8 else 2}")


def _shaped(coding: Coding, pixels: bytes | bytearray, container: np.dtype[Any]) -> Stored:
    return np.frombuffer(pixels, dtype=container).reshape(coding.rows, coding.columns)


def _signed(coding: Coding, stored: Stored, stream: Codestream) -> Stored:
    """Bits of a sample read with the sign that the file declares."""
    unused = 16 - stream.precision
    bits = stored.astype(np.int16).view(coding.stored_type)
    return (bits << unused) >> unused if unused else bits
