"""Mutations of the functional groups of an enhanced multi-frame file."""

from __future__ import annotations

from random import Random

from dicom_elements import ITEM, DicomFile
from mutant_elements import Edit

PER_FRAME, SHARED = 0x52009230, 0x52009229
INNER_TAGS = (
    0x00200032,
    0x00200037,
    0x00280030,
    0x00281052,
    0x00281053,
    0x00209113,
    0x00209057,
    0x00209145,
)


def groups_of_frames(rng: Random) -> Edit:
    """A frame's groups missing, doubled, empty or at another place."""
    kind, which = rng.randrange(5), rng.randrange(5)

    def edit(file: DicomFile) -> None:
        groups = file.find(PER_FRAME)
        items = _items(groups.value) if groups else []
        if not groups or not items:
            return
        at = which % len(items)
        changed = {
            0: items[:at] + items[at + 1 :],
            1: [*items, items[at]],
            2: items[::-1],
            3: [*items[:at], b"", *items[at + 1 :]],
            4: [*items[:at], items[at], *items[at:-1]],
        }[kind]
        groups.value = b"".join(ITEM[:4] + len(item).to_bytes(4, "little") + item for item in changed)

    return edit


def inside_a_group(rng: Random) -> Edit:
    """A value inside the functional groups overwritten, lost or of another length."""
    tag, where, kind, share = rng.choice(INNER_TAGS), rng.choice((PER_FRAME, SHARED)), rng.randrange(4), rng.random()
    value = rng.choice((b"NaN", b"0", b"-1", b"inf", b"1e30", b"2", b"0.1\\0.1", b"\\", b"0\\1\\0\\1\\0\\0"))

    def edit(file: DicomFile) -> None:
        groups = file.find(where)
        mark = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little")
        count = groups.value.count(mark) if groups else 0
        if not groups or not count:
            return
        pieces = groups.value.split(mark)
        chosen = {1 + int(share * count)} if kind else range(1, count + 1)
        for k in chosen:
            length = int.from_bytes(pieces[k][2:4], "little")
            pieces[k] = pieces[k][:4] + value[:length].ljust(length) + pieces[k][4 + length :]
        if kind == 3:
            mark = b"\x21" + mark[1:]
        groups.value = mark.join(pieces)

    return edit


def groups_lost(rng: Random) -> Edit:
    """No shared or no per-frame groups at all."""
    tag = rng.choice((PER_FRAME, SHARED))

    def edit(file: DicomFile) -> None:
        file.body = [element for element in file.body if element.tag != tag]

    return edit


def frame_count(rng: Random) -> Edit:
    """Another number of frames than there are."""
    value = rng.choice((b"0 ", b"1 ", b"4 ", b"6 ", b"-5", b"100000", b"2147483647 ", b"5.5 ", b"NaN ", b"5\\5 ", b""))

    def edit(file: DicomFile) -> None:
        element = file.find(0x00280008)
        if element:
            element.value = value

    return edit


FRAME_EDITS = (
    groups_of_frames,
    groups_of_frames,
    inside_a_group,
    inside_a_group,
    inside_a_group,
    groups_lost,
    frame_count,
)


def _items(value: bytes) -> list[bytes]:
    """The items of a sequence, each of known length."""
    items, at = [], 0
    while value[at : at + 4] == ITEM[:4]:
        length = int.from_bytes(value[at + 4 : at + 8], "little")
        items.append(value[at + 8 : at + 8 + length])
        at += 8 + length
    return items
