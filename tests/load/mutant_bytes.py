"""Mutations of a file as bytes, blind to what they mean."""

from __future__ import annotations

from random import Random

PIXEL_MARKS = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
HEADER_BYTES = 400


def flipped(rng: Random, data: bytes) -> bytes:
    """Single bits."""
    changed, (start, stop) = bytearray(data), _region(rng, data)
    for _ in range(rng.choice((1, 1, 3, 20))):
        if stop > start:
            changed[rng.randrange(start, stop)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwritten(rng: Random, data: bytes) -> bytes:
    """A span of zeros, ones or noise."""
    start, stop = _span(rng, data)
    filler = rng.choice((bytes(stop - start), b"\xff" * (stop - start), rng.randbytes(stop - start)))
    return data[:start] + filler + data[stop:]


def inserted(rng: Random, data: bytes) -> bytes:
    """Some bytes more."""
    start, _ = _span(rng, data)
    return data[:start] + rng.randbytes(rng.choice((1, 2, 7, 100))) + data[start:]


def deleted(rng: Random, data: bytes) -> bytes:
    """Some bytes less."""
    start, stop = _span(rng, data)
    return data[:start] + data[stop:]


def repeated(rng: Random, data: bytes) -> bytes:
    """A span twice."""
    start, stop = _span(rng, data)
    return data[:stop] + data[start:stop] + data[stop:]


def truncated(rng: Random, data: bytes) -> bytes:
    """The end lost: anywhere, a byte or two, all but the beginning, everything."""
    return data[: rng.choice((rng.randrange(len(data) + 1), max(0, len(data) - rng.randrange(1, 4)), 140, 4, 0))]


BYTE_EDITS = (flipped, flipped, overwritten, inserted, deleted, repeated, truncated)


def _region(rng: Random, data: bytes) -> tuple[int, int]:
    """Header, pixels or anywhere."""
    at = max(data.rfind(mark) for mark in PIXEL_MARKS)
    at = at if at > 0 else min(len(data), HEADER_BYTES)
    return rng.choice(((0, at), (at, len(data)), (0, len(data))))


def _span(rng: Random, data: bytes) -> tuple[int, int]:
    start, stop = _region(rng, data)
    first = rng.randrange(start, stop) if stop > start else start
    return first, min(len(data), first + rng.choice((1, 1, 2, 4, 8, 30, 200)))
