"""How many threads or processes decode a series.

Most decoders hold the interpreter's lock, so that threads gain nothing. The processes of ``multiprocessing`` run a
caller's script again or fork a program that has threads; these are started as programs of their own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from calcimeter.geometry.lanes import cores
from calcimeter.load.assemble import Stored
from calcimeter.load.dicom.decode import COMPRESSED, JPEG, JPEG_2000, JPEG_LS, RLE, Coding, decode
from calcimeter.load.dicom.decode_worker import Worker

Decoder = Callable[[Coding, bytes], Stored]

START_S = 0.15
"""What a process takes to start, most of it NumPy's import. Each is to have work for as long, at least: then two are
done when one process alone would be."""

SECONDS_PER_PIXEL = {JPEG + "90": 1.2e-7, JPEG + "91": 1.2e-7}
"""Of one core, roughly, for noisy CT; a slice of 512 x 512 takes 30 ms in JPEG 2000."""

OTHER_SECONDS_PER_PIXEL = 1.8e-8
"""JPEG-LS, JPEG Lossless, high-throughput JPEG 2000: 5 ms."""

CRASHING = COMPRESSED - {RLE} - JPEG_LS - JPEG_2000
"""Syntaxes whose decoders were seen to end the program at damaged pixels; they always get a process of their own."""

FREE = {RLE}
"""Syntaxes whose decoders let other threads go on: these need no process."""

MOST_THREADS = 8
"""Beyond, memory is what they wait for."""

MOST_PROCESSES = 32
"""Beyond, the memory that each takes (40 MB) and the one process that feeds them count for more."""


@contextmanager
def decoders(codings: Sequence[Coding]) -> Iterator[tuple[Decoder, ...]]:
    """Decoders that can be at work at the same time.

    Parameters
    ----------
    codings : sequence of Coding
        Of all images to come.

    Yields
    ------
    tuple of callable
        One for each thread that is to decode: this process itself, where its threads can do so at the same time or
        where there is too little to do, one core only, or no process can be started (some programs that embed Python);
        else processes.
    """
    if codings and codings[0].syntax in FREE:
        yield (decode,) * min(cores(), len(codings), MOST_THREADS)
        return
    with ExitStack() as stack:
        wanted, workers = _count(codings), list[Worker]()
        with suppress(OSError):  # a limit of processes is met; those that run will do
            while len(workers) < wanted:
                workers.append(stack.enter_context(Worker(codings[0].syntax)))
        yield tuple(worker for worker in workers if worker.is_ready()) or (decode,)


def _count(codings: Sequence[Coding]) -> int:
    """How many processes pay; 0 where it is better to do without."""
    if not codings or not sys.executable or getattr(sys, "frozen", False):  # the program is not an interpreter
        return 0
    seconds = sum(
        coding.rows * coding.columns * SECONDS_PER_PIXEL.get(coding.syntax, OTHER_SECONDS_PER_PIXEL)
        for coding in codings
    )
    count = min(cores(), MOST_PROCESSES, int(seconds / START_S))
    if any(coding.syntax in CRASHING for coding in codings):
        return max(count, 1)
    return count if count > 1 else 0
