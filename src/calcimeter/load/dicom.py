"""One DICOM series -> volume and headers."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import UnreadableInput, UnsupportedStudy
from calcimeter.load.assemble import Plane, Stored, StoredArray
from calcimeter.load.header import Header
from calcimeter.load.stack import Stack
from calcimeter.model.grid import BoolArray
from calcimeter.model.volume import Volume


@dataclass(slots=True)
class _Reader:
    """Reads the slices of a stack in order and keeps what stands before their pixels."""

    headers: tuple[Header, ...]
    before_pixels: list[bytes] = field(default_factory=list)

    def planes(self) -> Iterator[Plane]:
        """Every slice, once."""
        self.before_pixels.clear()
        native = all(header.pixels_at is not None for header in self.headers)
        slices = _native(self.headers) if native else map(_decode, self.headers)
        for k, (header, (before, stored)) in enumerate(zip(self.headers, slices, strict=True)):
            self.before_pixels.append(before)
            padding = _padding(header, stored)
            _check_unused_bits(header, stored, padding)
            slope, intercept = header.number("RescaleSlope") or 1.0, header.number("RescaleIntercept") or 0.0
            yield Plane(k, stored, slope, intercept, padding)


def read_stack(stack: Stack) -> tuple[Volume, tuple[bytes, ...]]:
    """Read the pixels of a series.

    Uncompressed slices are read one by one through a buffer of one slice, compressed ones are decoded one by one: the
    decoders hold the interpreter's lock, so that threads gain nothing.

    Parameters
    ----------
    stack : Stack
        With a grid.

    Returns
    -------
    volume : Volume
    headers : tuple of bytes
        One DICOM file a slice, in the stack's order, ending where the pixel data element would begin.

    Raises
    ------
    UnreadableInput
        A file is cut short or damaged.
    UnsupportedStudy
        No decoder for its compression is installed, or the unused bits of pixels are in use.
    """
    if stack.grid is None:
        raise ValueError("a stack without a grid can't be read")
    reader = _Reader(stack.headers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's warnings quote values of the header
        volume = StoredArray(stack.grid, reader.planes).volume()
    return volume, tuple(reader.before_pixels)


def _native(headers: tuple[Header, ...]) -> Iterator[tuple[bytes, Stored]]:
    """Header bytes and pixels of uncompressed slices; the pixels' buffer is used again."""
    shape = (headers[0].whole("Rows"), headers[0].whole("Columns"))
    buffer = np.empty(shape, dtype="<u2")
    for header in headers:
        with header.path.open("rb", buffering=0) as stream:
            before = stream.read(header.pixels_at or 0)
            if stream.readinto(buffer.data.cast("B")) != buffer.nbytes:
                raise UnreadableInput("met a DICOM file that is cut short; copy the series again")
        yield before[: header.element_at], buffer.view(_stored_type(header))


def _decode(header: Header) -> tuple[bytes, Stored]:
    """One slice by pydicom."""
    import pydicom

    try:
        dataset = pydicom.dcmread(header.path, force=True)
        stored = np.ascontiguousarray(dataset.pixel_array).astype(_stored_type(header), casting="same_kind", copy=False)
    except (RuntimeError, NotImplementedError) as error:
        raise UnsupportedStudy(
            f"met the compression {header.text('TransferSyntaxUID')}, for which no decoder is installed or which is"
            " damaged; expected one that can be decoded: pip install 'calcimeter[jpeg]'"
        ) from error
    except Exception as error:  # decoders have no common base for what damaged files raise
        raise UnreadableInput("met pixels that can't be decoded; copy the series again") from error
    return _before_pixels(header, dataset), stored


def _before_pixels(header: Header, dataset: Any) -> bytes:
    """The file up to its pixel data; rewritten where it can't be cut."""
    if header.element_at is not None:
        with header.path.open("rb") as stream:
            return stream.read(header.element_at)
    import pydicom

    for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        dataset.pop(keyword, None)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, implicit_vr=False, little_endian=True)
    return buffer.getvalue()


def _stored_type(header: Header) -> npt.DTypeLike:
    return np.dtype("<i2") if header.whole("PixelRepresentation") else np.dtype("<u2")


def _padding(header: Header, stored: Stored) -> BoolArray | None:
    """Pixels outside the scanner's field; None where there are none."""
    value = header.number("PixelPaddingValue")
    if value is None:
        return None
    limit = header.number("PixelPaddingRangeLimit")
    low, high = sorted(_as_stored(end, stored) for end in (value, value if limit is None else limit))
    mask: BoolArray = (stored >= low) & (stored <= high) if low != high else stored == low
    return mask if mask.any() else None


def _as_stored(value: float, stored: Stored) -> int:
    """A padding value read as the pixels' own type: files write it signed or unsigned at will."""
    return int(np.array([int(value) & 0xFFFF], dtype=np.uint16).view(stored.dtype)[0])


def _check_unused_bits(header: Header, stored: Stored, padding: BoolArray | None) -> None:
    """Refuse pixels beyond the declared bits: an overlay hides there, or the declaration is wrong."""
    bits = header.whole("BitsStored")
    if bits == 16:
        return
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if stored.dtype.kind == "i" else (0, (1 << bits) - 1)
    if low <= stored.min() and stored.max() <= high:
        return
    odd = (stored < low) | (stored > high)
    if padding is None or (odd & ~padding).any():
        raise UnsupportedStudy(f"met pixels beyond the {bits} bits that the file declares; export the series again")
