"""Mutations of NIfTI and NRRD headers, of gzip streams and of zip archives."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from random import Random

from dicom_elements import UNDEFINED
from mutant_pixels import deflated

BOMB_MIB = 64
SMALL_FIELDS = {
    40: "h",
    42: "h",
    44: "h",
    46: "h",
    48: "h",
    50: "h",
    68: "h",
    70: "h",
    72: "h",
    252: "h",
    254: "h",
    0: "i",
}
WHOLE = (0, 1, 2, 3, 4, 5, 7, 8, 16, 64, 128, 256, 512, 768, 1024, 1536, 1792, 2048, 2304, 32767, -1, -32768, 540)
REAL_FIELDS = (*range(76, 108, 4), 108, 112, 116, *range(256, 328, 4))
REAL = (
    0.0,
    1.0,
    -1.0,
    2.0,
    0.5,
    352.0,
    353.0,
    1e30,
    -1e30,
    1e-30,
    float("nan"),
    float("inf"),
    -float("inf"),
    1e7,
    4000.0,
)
NRRD_VALUES = (
    "",
    "nan",
    "-1",
    "0 0 0",
    "1e400",
    "36 32",
    "36 32 5 1",
    "100000 100000 100000",
    "36 32 -5",
    "3 3 3",
    "(1,0,0) (0,1,0) (0,0,1)",
    "(1,0,0) (1,0,0) (0,0,1)",
    "(nan,0,0) (0,1,0) (0,0,1)",
    "none (1,0,0) (0,1,0)",
    "(1,0) (0,1) (0,0)",
    "(1e300,0,0) (0,1e300,0) (0,0,1e300)",
    "(0,0,0)",
    "(1e9,1e9,1e9)",
    "right-anterior-superior",
    "scanner-xyz",
    "left-left-superior",
    "RAS",
    "block",
    "float",
    "double",
    "uint64",
    "big",
    "ascii",
    "bzip2",
    "hex",
    "gzip",
    "raw",
    "../../../../etc/passwd",
    "LIST",
    "scan%03d.raw 0 4 1",
    "x" * 5000,
    "\x00\xff",
    "Zyxplanted^Qvortella",
)
NRRD_FIELDS = (
    "type",
    "dimension",
    "space",
    "sizes",
    "space directions",
    "endian",
    "encoding",
    "space origin",
    "data file",
    "byte skip",
    "line skip",
    "kinds",
    "measurement frame",
    "space dimension",
    "block size",
    "number",
    "spacings",
    "old min",
)


def nifti_whole(rng: Random, data: bytes) -> bytes:
    """Dimensions, type, bits, codes of the forms, size of the header."""
    at, form = rng.choice([*SMALL_FIELDS.items()])
    return _packed(data, at, "<" + form, rng.choice(WHOLE))


def nifti_real(rng: Random, data: bytes) -> bytes:
    """Spacing, offset, scale, quaternion, sform."""
    return _packed(data, rng.choice(REAL_FIELDS), "<f", rng.choice(REAL))


def nifti_other(rng: Random, data: bytes) -> bytes:
    """Units, magic, byte order, extensions."""
    at, value = rng.choice(
        ((123, b"\x01"), (123, b"\x03"), (344, b"ni1\0"), (344, b"n+2\0"), (344, b"junk"), (348, b"\x01"))
    )
    return data[:at] + value + data[at + len(value) :]


def in_gzip(rng: Random, data: bytes) -> bytes:
    """The same, inside the compression."""
    inner = _inflated(data)
    return data if inner is None else gzip.compress(rng.choice(nifti_edits)(rng, inner), mtime=0)


def gzip_bomb(rng: Random, data: bytes) -> bytes:
    """Goes on for many MiB of zeros after its values; its header may call for them."""
    inner = _inflated(data)
    if inner is None:
        return data
    if rng.random() < 0.3:
        for at, size in ((42, 512), (44, 512), (46, 2 * BOMB_MIB)):
            inner = _packed(inner, at, "<h", size)
    return data[:10] + deflated(inner, BOMB_MIB) + b"\0" * 8


def gzip_twice(rng: Random, data: bytes) -> bytes:
    """Packed again, two members, or not packed at all."""
    return rng.choice((gzip.compress(data, mtime=0), data + data, data[10:]))


def nrrd_value(rng: Random, data: bytes) -> bytes:
    """A field of the header with another value, added where it is not there."""
    field, value = rng.choice(NRRD_FIELDS).encode(), rng.choice(NRRD_VALUES).encode("latin-1")
    lines, values = _nrrd_lines(data)
    kept = [line for line in lines if not line.startswith(field + b":")]
    at = rng.randrange(1, len(kept) + 1)
    return b"\n".join([*kept[:at], field + b": " + value, *kept[at:]]) + b"\n\n" + values


def nrrd_line(rng: Random, data: bytes) -> bytes:
    """A line of the header lost, doubled or spoiled."""
    lines, values = _nrrd_lines(data)
    at, kind = rng.randrange(len(lines)), rng.randrange(4)
    lines[at : at + 1] = ([], [lines[at]] * 2, [lines[at].replace(b":", b"=")], [lines[at][: len(lines[at]) // 2]])[
        kind
    ]
    return b"\n".join(lines) + b"\n\n" + values


def zip_names(rng: Random, data: bytes) -> bytes:
    """Members with hostile or odd names."""
    name = rng.choice(
        ("../../outside.dcm", "/outside.dcm", "a" * 3000, "C:\\x", ".hidden", "DICOMDIR", "x.nii.gz", "", "a/")
    )
    return _zip_with(data, {name: b"junk" * 50})


def zip_in_zip(rng: Random, data: bytes) -> bytes:
    """A zip inside, beside the series or alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("inner.zip"), data)
    return rng.choice((buffer.getvalue(), _zip_with(data, {"inner.zip": data})))


def zip_flags(rng: Random, data: bytes) -> bytes:
    """Encrypted, of an unknown method, or of another size by its directory."""
    at = data.rfind(b"PK\x01\x02")
    where, form, number = rng.choice(
        (
            (8, "<H", 1),
            (10, "<H", 99),
            (10, "<H", 12),
            (24, "<I", 1),
            (24, "<I", 2**31),
            (20, "<I", 5),
            (42, "<I", 7),
            (16, "<I", 3),
        )
    )
    return _packed(data, at + where, form, number) if at >= 0 else data


def zip_bomb(rng: Random, data: bytes) -> bytes:
    """A member of many MiB of zeros, its size told truly or not, under a name that is read or passed over."""
    name, told = rng.choice((b"zero.dcm", b"zero.nii.gz", b"zero.nii")), rng.choice((BOMB_MIB << 20, 100, UNDEFINED))
    stream = deflated(bytes(200) + b"DICM", BOMB_MIB)
    sizes = struct.pack("<III", 0, len(stream), told)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", len(name), 0) + name
    entry = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
    entry += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    body = local + stream
    return body + entry + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(body), 0)


nifti_edits = (nifti_whole, nifti_whole, nifti_real, nifti_real, nifti_other)
gzip_edits = (in_gzip, in_gzip, in_gzip, in_gzip, gzip_bomb, gzip_twice)
nrrd_edits = (nrrd_value, nrrd_value, nrrd_value, nrrd_line)
zip_edits = (zip_names, zip_in_zip, zip_flags, zip_bomb)


def _inflated(data: bytes) -> bytes | None:
    """What a gzip stream holds; None where another change has spoiled it."""
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return None


def _packed(data: bytes, at: int, form: str, number: float) -> bytes:
    value = struct.pack(form, number)
    return data[:at] + value + data[at + len(value) :]


def _nrrd_lines(data: bytes) -> tuple[list[bytes], bytes]:
    """The header's lines and the values; the header alone where its end was lost."""
    head, _, values = data.partition(b"\n\n")
    return head.split(b"\n"), values


def _zip_with(data: bytes, more: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO(data)
    try:
        with zipfile.ZipFile(buffer, "a") as archive:
            for name, content in more.items():
                archive.writestr(zipfile.ZipInfo(name or "\0"), content)
    except (zipfile.BadZipFile, ValueError):
        return data
    return buffer.getvalue()
