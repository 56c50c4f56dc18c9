"""A gzip stream of label planes, most of which are empty: fast, and the same bytes every time."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

LEVEL = 2
# gzip with deflate; no flags, no time, no file name; operating system not known.
_HEADER = b"\x1f\x8b\x08\x00" + b"\0\0\0\0" + b"\x04\xff"
_MOST_BYTES = 1 << 32


def gzip_planes(labels: npt.NDArray[np.generic], *, head: bytes = b"") -> Iterator[bytes]:
    """Pieces of a gzip file that holds a head and then the array, first index fastest.

    Every plane of the last index is compressed by itself, so that an empty one is compressed once and repeated: the
    cost is that of the planes with labels, plus a pass over memory for the check sum.

    Parameters
    ----------
    labels : ndarray, (i, j, k), or with more axes in front
        Any order in memory; little-endian.
    head : bytes
        Written before the array, inside the stream.
    """
    yield _HEADER
    yield _deflated(head)
    check, length = zlib.crc32(head), len(head)
    empty = bytes(labels[..., 0].nbytes)
    deflated_empty = _deflated(empty)
    for k in range(labels.shape[-1]):
        plane = labels[..., k].tobytes(order="F")
        yield deflated_empty if plane == empty else _deflated(plane)
        check, length = zlib.crc32(plane, check), length + len(plane)
    yield zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS).flush()  # an empty last block ends the stream
    yield check.to_bytes(4, "little") + (length % _MOST_BYTES).to_bytes(4, "little")


def _deflated(piece: bytes) -> bytes:
    """Whole deflate blocks that refer to nothing before them and don't end the stream."""
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(piece) + deflate.flush(zlib.Z_FULL_FLUSH)
