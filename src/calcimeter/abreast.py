"""Independent pieces of work on what is in memory, side by side in processes.

Threads bring little where thousands of small arrays are worked on, for the interpreter's lock is held between them. A
process that is forked off has all that was read and found without a copy, and hands back what it learned.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import Any, NamedTuple

from calcimeter.geometry.lanes import cores

Work = Callable[[], Any]

MOST_PROCESSES = 4
"""The measures of a scan are a handful of pieces; the longest is a third of the whole."""


class Told(NamedTuple):
    """What a forked process hands back: what it learned by the number of the piece, and what it logged meanwhile."""

    learned: dict[int, Any]
    logged: list[logging.LogRecord]


def abreast(*works: Work) -> list[Any]:
    """What each piece of work gives, in their order; the first stays here, which had best be the longest.

    Pieces must not depend on each other and must change nothing: one that ran in another process leaves no trace but
    what it returns, and that is a copy. In one process, one piece after the other, where forking is not safe (systems
    other than Linux, a program with threads of its own) or brings nothing (one core, a process that is itself one of
    several). What was to come from a process that ended early is worked out again here, so that an error is raised
    where it can be seen.
    """
    processes = min(_processes(), len(works))
    if processes < 2:
        return [work() for work in works]
    with _claims(len(works)) as claim, _forked(works, claim, processes - 1) as pipes:
        learned = {0: works[0]()} | {number: works[number]() for number in claim()}
        for pipe in pipes:
            told = _received(pipe)
            learned |= told.learned
            for record in told.logged:
                logging.getLogger(record.name).handle(record)
    return [learned[number] if number in learned else work() for number, work in enumerate(works)]


def _processes() -> int:
    """How many may work at a time."""
    if not sys.platform.startswith("linux") or multiprocessing.parent_process() is not None:
        return 1
    if threading.active_count() > 1:  # a lock that another thread holds would stay shut in the forked process
        return 1
    return min(MOST_PROCESSES, cores())


@contextmanager
def _claims(works: int) -> Iterator[Callable[[], Iterator[int]]]:
    """Numbers of works but the first, each handed out once to whoever asks: bytes in a pipe that all can read."""
    reading, writing = os.pipe()
    os.write(writing, bytes(range(1, works)))
    os.close(writing)

    def claim() -> Iterator[int]:
        while byte := os.read(reading, 1):
            yield byte[0]

    try:
        yield claim
    finally:
        os.close(reading)


@contextmanager
def _forked(works: Sequence[Work], claim: Callable[[], Iterator[int]], count: int) -> Iterator[list[Connection]]:
    """Processes at work, and the pipes on which each tells at its end; none outlives this, whatever happens."""
    context = multiprocessing.get_context("fork")
    pipes: list[Connection] = []
    processes: list[ForkProcess] = []
    try:
        for _ in range(count):
            here, there = context.Pipe(duplex=False)
            pipes.append(here)
            process = context.Process(target=_work, args=(works, claim, tuple(pipes), there), daemon=True)
            with warnings.catch_warnings(), there:
                warnings.simplefilter(
                    "ignore", DeprecationWarning
                )  # of threads, which a linear algebra library may have
                try:
                    process.start()
                except OSError:  # no memory for another, or too many already: these will do
                    break
            processes.append(process)
        yield pipes
    finally:
        for process in processes:
            process.kill()
            process.join()
        for pipe in pipes:
            pipe.close()


def _work(
    works: Sequence[Work], claim: Callable[[], Iterator[int]], others: tuple[Connection, ...], pipe: Connection
) -> None:
    """In the forked process: an error ends it without a word, for the work is then done again where it was asked."""
    for other in others:  # whoever forked it alone reads them: were it gone, telling must fail and not wait
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Ctrl-C whoever forked it is told too, and ends it
    for interruption in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(interruption, signal.SIG_DFL)
    logged: list[logging.LogRecord] = []
    keeper = logging.Handler()
    keeper.emit = logged.append  # type: ignore[method-assign, assignment]
    log = logging.getLogger("calcimeter")
    log.handlers, log.propagate = [keeper], False
    asked_by, learned = os.getppid(), {}
    try:
        for number in claim():
            if os.getppid() != asked_by:  # ended meanwhile
                break
            learned[number] = works[number]()
        pipe.send(Told(learned, logged))
    except Exception:  # noqa: BLE001
        os._exit(1)


def _received(pipe: Connection) -> Told:
    """What a process told; nothing where it ended before, or told what can't be read."""
    try:
        told = pipe.recv()
    except Exception:  # noqa: BLE001  (what it was to tell is worked out again)
        return Told({}, [])
    return told if isinstance(told, Told) else Told({}, [])
