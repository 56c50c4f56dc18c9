"""Mutations of one DICOM file by its elements: values, lengths, representations, order, nesting."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

from dicom_elements import ITEM, ITEM_END, SEQUENCE_END, UNDEFINED, DicomFile, Element

TEXT_VALUES = (
    b"",
    b"NaN",
    b"inf",
    b"-inf",
    b"1e308",
    b"1e400",
    b"-1",
    b"0",
    b"1e-9",
    b"-0.0",
    b"1_0",
    b"0x10",
    b"1,5",
    b"abc",
    b"1.5 2.5",
    b"\\\\\\",
    b"1\\2",
    b"1\\2\\3\\4\\5\\6\\7",
    b"9" * 1000,
    b"\xff\xfe\xfd\xfc",
    b"\0\0\0\0",
    b"\n\r\t\x1b$B",
    b"1\n2",
    b"\xd9\xa1\xd9\xa2",
    b"1e5",
    b"-1024",
    b"2",
)
NUMBERS = (0, 1, 2, 3, 7, 8, 11, 12, 15, 16, 17, 20, 31, 32, 64, 255, 256, 4096, 32767, 32768, 65535)
LENGTHS = (0, 1, 2, 3, 7, 0x7FFF, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, UNDEFINED)
REPRESENTATIONS = (
    b"US",
    b"SS",
    b"DS",
    b"IS",
    b"UL",
    b"FD",
    b"FL",
    b"LO",
    b"SQ",
    b"UN",
    b"OB",
    b"OW",
    b"AT",
    b"ZZ",
    b"\0\0",
)
SYNTAXES = (
    b"1.2.840.10008.1.2",
    b"1.2.840.10008.1.2.1",
    b"1.2.840.10008.1.2.2",
    b"1.2.840.10008.1.2.1.99",
    b"1.2.840.10008.1.2.4.50",
    b"1.2.840.10008.1.2.4.57",
    b"1.2.840.10008.1.2.4.70",
    b"1.2.840.10008.1.2.4.80",
    b"1.2.840.10008.1.2.4.81",
    b"1.2.840.10008.1.2.4.90",
    b"1.2.840.10008.1.2.4.91",
    b"1.2.840.10008.1.2.4.201",
    b"1.2.840.10008.1.2.5",
    b"1.2.840.10008.1.2.4.100",
    b"1.2.3",
    b"",
    b"Zyxplanted^Qvortella",
)
CHARACTER_SETS = (
    b"ISO_IR 192",
    b"ISO 2022 IR 87",
    b"\\ISO 2022 IR 149",
    b"GB18030",
    b"NONSENSE",
    b"\xff\xff",
    b"ISO_IR 100\\\\",
)
PIXEL_TAGS = (0x00280002, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00280008)
GEOMETRY_TAGS = (0x00200032, 0x00200037, 0x00280030, 0x00281052, 0x00281053, 0x00200013, 0x00180060)
NAMING_TAGS = (0x00080008, 0x00080016, 0x00080018, 0x00080060, 0x0020000D, 0x0020000E, 0x00200052, 0x00185100)


Edit = Callable[[DicomFile], None]
"""What is done to a file; each function here draws one."""


def number_text(rng: Random) -> Edit:
    """A text of nonsense in place of a value that is told in text."""
    tag, value = rng.choice((*GEOMETRY_TAGS, *NAMING_TAGS, 0x00280008, 0x00281054)), rng.choice(TEXT_VALUES)
    return lambda file: _set(file, tag, _even(value))


def one_number(rng: Random) -> Edit:
    """One of a tag's several numbers changed: NaN, huge, negative, zero, a little."""
    tag, which = rng.choice((0x00200032, 0x00200037, 0x00280030)), rng.randrange(6)
    value = rng.choice(
        (b"NaN", b"inf", b"1e308", b"0", b"-1", b"1e-5", b"1e6", b"0.7", b"12.5", b"", b"1e8", b"-0.001")
    )

    def edit(file: DicomFile) -> None:
        element = file.find(tag)
        if element:
            parts = element.value.strip().split(b"\\")
            parts[which % len(parts)] = value
            _set(file, tag, _even(b"\\".join(parts)))

    return edit


def pixel_number(rng: Random) -> Edit:
    """Rows, Columns, bits, sign, samples: another number, or of another length."""
    tag, number, count = rng.choice(PIXEL_TAGS), rng.choice(NUMBERS), rng.choice((1, 1, 1, 1, 0, 2))
    return lambda file: _set(file, tag, _number(file, tag, number) * count)


def padding(rng: Random) -> Edit:
    """Padding declared where there may be none, as one value or a range."""
    value, limit = rng.choice(NUMBERS), rng.choice((None, *NUMBERS))

    def edit(file: DicomFile) -> None:
        _set(file, 0x00280120, _number(file, 0x00280120, value), b"US")
        if limit is not None:
            _set(file, 0x00280121, _number(file, 0x00280121, limit), b"US")

    return edit


def rescale(rng: Random) -> Edit:
    """Slope or intercept: 0, negative, huge, tiny."""
    tag = rng.choice((0x00281052, 0x00281053))
    value = rng.choice((b"0", b"-1", b"1e9", b"-1e8", b"1e300", b"0.001", b"1e-300", b"2.5", b"99999", b"-2", b"0.1"))
    return lambda file: _set(file, tag, _even(value))


def other_syntax(rng: Random) -> Edit:
    """A transfer syntax that is not that of the data."""
    value = rng.choice(SYNTAXES)
    return lambda file: _set(file, 0x00020010, _even(value, b"\0"))


def character_set(rng: Random) -> Edit:
    """A wrong character set, and a name that does not fit it."""
    value, name = rng.choice(CHARACTER_SETS), rng.choice((b"", b"\xe9\xff\x1b$B\x80", b"=" * 9))

    def edit(file: DicomFile) -> None:
        _set(file, 0x00080005, _even(value), b"CS")
        if name:
            _set(file, 0x00100010, _even(b"Zyxplanted^" + name))

    return edit


def swapped_values(rng: Random) -> Edit:
    """Two tags with each other's values."""
    first, second = rng.random(), rng.random()

    def edit(file: DicomFile) -> None:
        a, b = _pick(file, first), _pick(file, second)
        a.value, b.value = b.value, a.value

    return edit


def patient_in_tag(rng: Random) -> Edit:
    """The patient's name or id where something harmless belongs."""
    tag = rng.choice((*NAMING_TAGS, 0x00181210, 0x00080016, 0x00280004, 0x00020010, 0x00281054, 0x00200052))
    value = rng.choice((b"Zyxplanted^Qvortella", b"QX7351942", b"19370411"))
    return lambda file: _set(file, tag, _even(value))


def representation(rng: Random) -> Edit:
    """Another value representation."""
    which, vr = rng.random(), rng.choice(REPRESENTATIONS)

    def edit(file: DicomFile) -> None:
        _pick(file, which).vr = vr

    return edit


def lying_length(rng: Random) -> Edit:
    """A length that is not the value's."""
    which, length, by = rng.random(), rng.choice((None, *LENGTHS)), rng.choice((-2, -1, 1, 2, 4))

    def edit(file: DicomFile) -> None:
        element = _pick(file, which)
        element.length = max(0, len(element.value) + by) if length is None else length

    return edit


def missing(rng: Random) -> Edit:
    """A tag left out."""
    which = rng.random()

    def edit(file: DicomFile) -> None:
        at = int(which * len(file.body))
        del file.body[at : at + 1]

    return edit


def doubled(rng: Random) -> Edit:
    """A tag twice, the second time with another value."""
    which, value = rng.random(), rng.choice(TEXT_VALUES)

    def edit(file: DicomFile) -> None:
        element = _pick(file, which)
        file.body.insert(int(which * len(file.body)) + 1, Element(element.tag, element.vr, _even(value)))

    return edit


def disorder(rng: Random) -> Edit:
    """Two elements at each other's place."""
    first, second = rng.random(), rng.random()

    def edit(file: DicomFile) -> None:
        if not file.body:
            return
        a, b = (int(share * len(file.body)) for share in (first, second))
        file.body[a], file.body[b] = file.body[b], file.body[a]

    return edit


def private_junk(rng: Random) -> Edit:
    """Private elements of random bytes, up to 100 KB of them."""
    junk, vr = rng.randbytes(rng.choice((0, 3, 10, 1000, 100_000))), rng.choice((b"UN", b"OB", b"LO", b"SQ"))

    def edit(file: DicomFile) -> None:
        _insert(file, Element(0x00090010, b"LO", b"NOBODY"))
        _insert(file, Element(0x00091001, vr, junk))

    return edit


def nested(rng: Random) -> Edit:
    """A sequence in a sequence, up to 3000 deep, closed or not."""
    depth, tag = rng.choice((5, 100, 1000, 3000)), rng.choice((0x00081140, 0x00091002, 0x00400275))
    closed = rng.random() < 0.7

    def edit(file: DicomFile) -> None:
        head = Element(tag, b"SQ", b"", UNDEFINED).to_bytes(explicit=file.explicit, order=file.order)
        item, item_end, sequence_end = (_turned(mark, file.order) for mark in (ITEM, ITEM_END, SEQUENCE_END))
        item = item[:4] + b"\xff\xff\xff\xff"
        inner = (item + head) * depth + (sequence_end + item_end) * depth if closed else (item + head) * depth
        _insert(file, Element(tag, b"SQ", inner + sequence_end, UNDEFINED))

    return edit


def meta_damage(rng: Random) -> Edit:
    """No file meta, part of it, no preamble."""
    kind, which = rng.randrange(4), rng.random()

    def edit(file: DicomFile) -> None:
        if kind == 0:
            file.meta.clear()
        if kind in (0, 1):
            file.preamble = b""
        if kind == 2:
            file.meta.pop(int(which * len(file.meta)))
        if kind == 3:
            file.meta[0].value = struct.pack("<I", int(which * 2**32))

    return edit


def after_the_end(rng: Random) -> Edit:
    """Bytes after the last element: padding, junk, another file's end."""
    more = rng.choice((b"\0", b"\0" * 512, b"\xfc\xff\xfc\xff\0\0\0\0OB", rng.randbytes(50)))

    def edit(file: DicomFile) -> None:
        file.after = more

    return edit


ELEMENT_EDITS = (
    number_text,
    one_number,
    one_number,
    pixel_number,
    pixel_number,
    padding,
    rescale,
    other_syntax,
    character_set,
    swapped_values,
    patient_in_tag,
    representation,
    lying_length,
    missing,
    doubled,
    disorder,
    private_junk,
    nested,
    meta_damage,
    after_the_end,
)


def _set(file: DicomFile, tag: int, value: bytes, vr: bytes = b"LO") -> None:
    """Give a tag a value, in its place if it is not there yet."""
    element = file.find(tag)
    if element is None:
        element = Element(tag, vr, b"")
        _insert(file, element)
    element.value = value


def _insert(file: DicomFile, element: Element) -> None:
    """Put an element where its tag belongs."""
    before = sum(other.tag <= element.tag for other in file.body)
    file.body.insert(before, element)


def _pick(file: DicomFile, share: float) -> Element:
    return file.body[int(share * len(file.body))] if file.body else Element(0, b"UN", b"")


def _number(file: DicomFile, tag: int, number: int) -> bytes:
    """As text for Number of Frames, else in 16 bits of the file's order."""
    return _even(str(number).encode()) if tag == 0x00280008 else struct.pack(file.order + "H", number)


def _even(value: bytes, filler: bytes = b" ") -> bytes:
    return value + filler * (len(value) % 2)


def _turned(mark: bytes, order: str) -> bytes:
    return struct.pack(order + "HHI", *struct.unpack("<HHI", mark))
