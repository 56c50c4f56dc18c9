"""Mutations of a DICOM file's pixel data: its extent, its encapsulation, its deflate stream."""

from __future__ import annotations

import struct
import zlib
from random import Random

from dicom_elements import DEFLATED, ITEM, PIXEL_DATA, SEQUENCE_END, UNDEFINED, DicomFile
from mutant_elements import Edit

BOMB_MIB = 64


def pixels(rng: Random) -> Edit:
    """Pixel data shorter, longer, empty, doubled, absent, or of another kind."""
    kind, cut = rng.randrange(6), rng.random()

    def edit(file: DicomFile) -> None:
        element = file.find(PIXEL_DATA)
        if element is None:
            return
        if kind == 5:
            element.tag = 0x7FE00008
            return
        at = int(cut * len(element.value))
        changed = (element.value[:at], element.value + element.value[:at], b"", element.value * 2, element.value[2:])
        element.value = changed[kind]

    return edit


def encapsulation(rng: Random) -> Edit:
    """Offset table, fragments and their ends: wrong, missing, doubled, split; nonsense where nothing is compressed."""
    kind, number = rng.randrange(9), rng.choice((0, 1, 2, 8, 0x7FFFFFF0, UNDEFINED))

    def edit(file: DicomFile) -> None:
        element = file.find(PIXEL_DATA)
        if element is None:
            return
        if element.length != UNDEFINED:
            element.length = UNDEFINED
            return
        table, fragments = _fragments(element.value)
        element.value = _damaged(kind, number, table, fragments)

    return edit


def deflated_bomb(rng: Random) -> Edit:
    """A deflated data set that goes on for 64 MiB and more."""
    chunks = BOMB_MIB * rng.choice((1, 4))

    def edit(file: DicomFile) -> None:
        if file.syntax == DEFLATED:
            file.syntax = "deflated already"
            body = b"".join(element.to_bytes(explicit=True, order="<") for element in file.body)
            head = struct.pack("<HH2sHI", 0x7FE1, 0x0010, b"OB", 0, chunks << 20)
            file.body, file.after = [], deflated(body + head, chunks)

    return edit


def deflated(opening: bytes, chunks: int) -> bytes:
    """A raw deflate stream of an opening and so many MiB of zeros, made without packing them all."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    stream = packer.compress(opening) + packer.flush(zlib.Z_FULL_FLUSH)
    zeros = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return stream + zeros * chunks + packer.flush()


PIXEL_EDITS = (pixels, encapsulation, deflated_bomb)


def _damaged(kind: int, number: int, table: bytes, fragments: list[bytes]) -> bytes:
    """An encapsulated value put together wrongly."""
    wrong_table = struct.pack("<I", number) * max(1, len(table) // 4)
    parts = [
        fragments,
        fragments[:-1],
        fragments * 2,
        fragments[::-1],
        [b"", *fragments],
        [p for f in fragments for p in (f[:10], f[10:])],
    ]
    items = [table, *(parts[kind] if kind < len(parts) else fragments)]
    if kind == 0:
        items[0] = wrong_table
    whole = b"".join(ITEM[:4] + struct.pack("<I", len(item)) + item for item in items)
    if kind == 6:
        return whole  # no end
    if kind == 7:
        at = 8 + len(table)
        whole = whole[: at + 4] + struct.pack("<I", number) + whole[at + 8 :]
    if kind == 8:
        whole = whole[8 + len(table) :]  # no table
    return whole + SEQUENCE_END


def _fragments(value: bytes) -> tuple[bytes, list[bytes]]:
    """The offset table and the fragments of a sound encapsulated value."""
    items, at = [], 0
    while value[at : at + 4] == ITEM[:4]:
        (length,) = struct.unpack_from("<I", value, at + 4)
        items.append(value[at + 8 : at + 8 + length])
        at += 8 + length
    return (items[0], items[1:]) if items else (b"", [b""])
