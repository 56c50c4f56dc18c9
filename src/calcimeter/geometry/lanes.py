"""Work shared among the processor's cores.

numpy lets go of the interpreter while it works, so that threads bring what cores there are. Each lane has slices of its
own to write, so that what comes out is the same however many there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")


def cores() -> int:
    """How many this process may use: fewer than the machine has where a caller holds it to some."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


LANES = min(4, cores())
SMALL_BYTES = 1 << 24
"""Work on less than this is done before threads have begun."""


def each(work: Callable[[Item], Found], items: Iterable[Item], size_bytes: int) -> list[Found]:
    """What ``work`` gives for each item, in their order; several at a time where there is much to do.

    Parameters
    ----------
    work : callable
        Writes nothing that another item's work reads or writes. What it raises is passed on.
    items : iterable
    size_bytes : int
        About how much is read and written in all.
    """
    if size_bytes < SMALL_BYTES or LANES == 1:
        return [work(item) for item in items]
    pool = ThreadPoolExecutor(LANES)
    try:
        return list(pool.map(work, items))
    finally:
        pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C what has not begun is left


def in_lanes(work: Callable[[int, int], None], slices: int, size_bytes: int) -> None:
    """Run ``work(first, last)`` until every slice has been in one call; it may write nothing but those."""
    lanes = LANES if size_bytes >= SMALL_BYTES else 1
    bounds = [slices * lane // lanes for lane in range(lanes + 1)]
    each(lambda lane: work(bounds[lane], bounds[lane + 1]), range(lanes), size_bytes)
