"""Whether two files are copies of one image."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from calcimeter.load.dicom.header import Header


def is_same_image(one: Header, other: Header) -> bool:
    """Whether two slices of one instance have the same pixels and the same rescale."""
    rescale = ("RescaleSlope", "RescaleIntercept", "PixelRepresentation", "Rows", "Columns")
    if tuple(map(one.text, rescale)) != tuple(map(other.text, rescale)) or one.frame != other.frame:
        return False
    if one.pixels_at is None or other.pixels_at is None:
        return _same_bytes(one.path, other.path)
    return one.pixel_bytes == other.pixel_bytes and _pixels(one) == _pixels(other)


def is_longer_copy(one: Header, other: Header) -> bool:
    """Whether the other slice is the first one, cut short."""
    if one.pixels_at is None or other.pixels_at is None or one.pixel_bytes <= other.pixel_bytes:
        return False
    return _pixels(one)[: other.pixel_bytes] == _pixels(other)


def _pixels(header: Header) -> bytes:
    with header.path.open("rb") as stream:
        stream.seek(header.pixels_at or 0)
        return stream.read(header.pixel_bytes)


@lru_cache(maxsize=64)
def _same_bytes(one: Path, other: Path) -> bool:
    import filecmp

    return filecmp.cmp(one, other, shallow=False)
