"""Writing in the pixels: whether there may be some, and rectangles blacked out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from calcimeter.deidentify.header import mark
from calcimeter.errors import UnsupportedStudy, UsageError
from calcimeter.knowledge.deidentify import profile

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels from 0; the last two are the first outside."""


def why_written_on(dataset: Dataset) -> str | None:
    """Why the pixels of an image may hold writing; None where nothing says so.

    Fails where a workstation burned a name in and says nothing of it: only looking at the images would tell.
    """
    if str(dataset.get("BurnedInAnnotation", "")).strip().upper() == "YES":
        return "its header says that annotations are burned into its pixels"
    class_uid = str(dataset.get("SOPClassUID", ""))
    if class_uid in profile().written_on:
        return f"it is of the kind {profile().classes[class_uid]}, which mostly has writing in its pixels"
    if "ConversionType" in dataset or _is_called_screen(dataset):
        return "its header says that it is a picture of a screen or a film"
    if int(dataset.get("SamplesPerPixel") or 1) > 1:
        return "it is in color, as no scanner makes it: a workstation drew it"
    if has_hidden_overlay(dataset):
        return "an overlay is drawn in unused bits of its pixels"
    return None


def _is_called_screen(dataset: Dataset) -> bool:
    """By its type, or where scanners leave that as for slices, by the description of its series."""
    kind = dataset.get("ImageType") or []
    words = " ".join([kind] if isinstance(kind, str) else kind).upper()
    said = " ".join(re.findall(r"[a-z]+|[0-9]+", str(dataset.get("SeriesDescription") or "").lower()))
    known = profile().screens
    return bool(re.search(known["image_type"], words) or re.search(known["description"], said))


def has_hidden_overlay(dataset: Dataset) -> bool:
    """Whether an overlay without data of its own lies in the pixels."""
    places = [tag for tag in dataset.keys() if tag.group >> 8 == 0x60 and tag.element == 0x0102]  # noqa: SIM118
    return any(dataset[tag].value and (tag.group << 16 | 0x3000) not in dataset for tag in places)


def cut_to_size(dataset: Dataset) -> None:
    """Take out what follows the last pixel of an image that is not compressed, in place: it can be anything.

    Raises
    ------
    ValueError
        Pixels are missing.
    """
    values = dataset.get("PixelData")
    if not values or dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return
    rows, columns, samples, bits = (
        int(dataset[name].value) for name in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
    )
    if "422" in str(dataset.PhotometricInterpretation):
        samples = 2
    frames = int(dataset.get("NumberOfFrames") or 1)
    size = (frames * rows * columns * samples * bits + 7) // 8
    if len(values) < size:
        raise ValueError(f"{len(values)} bytes of pixels, expected {size}")
    if len(values) > size:
        dataset.PixelData = values[:size] + b"\0" * (size % 2)


def clear_unused_bits(dataset: Dataset) -> None:
    """Take out what lies in the bits beside those of the values, in place; values stay, a sign is carried upward.

    Fails, and leaves all as it is, where pixels are compressed: masks come first, and take them apart.
    """
    stored, high, bits = (int(dataset[name].value) for name in ("BitsStored", "HighBit", "BitsAllocated"))
    if bits not in (8, 16, 32) or dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return
    kind = f"{'>' if not dataset.file_meta.TransferSyntaxUID.is_little_endian else '<'}u{bits // 8}"
    values = np.frombuffer(dataset.PixelData, kind, count=len(dataset.PixelData) * 8 // bits)
    own = values & ((1 << high + 1) - (1 << high + 1 - stored))
    if int(dataset.get("PixelRepresentation") or 0):
        own = np.where(own >> high & 1, own | ((1 << bits) - (1 << high + 1)), own)
    dataset.PixelData = own.astype(kind).tobytes()


def black_out(dataset: Dataset, rectangles: Sequence[Rectangle]) -> None:
    """Set rectangles of every frame to stored 0, in place, and say so in the header.

    Compressed pixels are taken apart for it and stay so; outside the rectangles every value stays.

    Raises
    ------
    UsageError
        A rectangle does not lie in the image.
    UnsupportedStudy
        The pixels are stored in a way that can't be masked.
    """
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        dataset.decompress(generate_instance_uid=False)
    rows, columns, samples = (int(dataset[name].value) for name in ("Rows", "Columns", "SamplesPerPixel"))
    bits = int(dataset.BitsAllocated)
    if bits not in (8, 16, 32) or "422" in str(dataset.PhotometricInterpretation) or "PixelData" not in dataset:
        raise UnsupportedStudy("met pixels that can't be masked (bits, or colors drawn together); leave the image out")
    pixels = np.frombuffer(bytearray(dataset.PixelData), np.uint8)
    frames = int(dataset.get("NumberOfFrames") or 1)
    size = frames * rows * columns * samples * bits // 8
    by_plane = samples > 1 and int(dataset.get("PlanarConfiguration") or 0) == 1
    shape = (frames * samples, rows, columns, bits // 8) if by_plane else (frames, rows, columns, samples * bits // 8)
    image = pixels[:size].reshape(shape)
    for left, top, right, bottom in rectangles:
        if not (0 <= left < right <= columns and 0 <= top < bottom <= rows):
            raise UsageError(
                f"met a mask that does not lie in an image of {columns} x {rows} pixels; X0,Y0 is its first corner and"
                " X1,Y1 the first column and row outside"
            )
        image[:, top:bottom, left:right] = 0
    dataset.PixelData = pixels.tobytes()
    dataset.BurnedInAnnotation = "NO"
    mark(dataset, profile().masked_methods)
