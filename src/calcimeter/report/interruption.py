"""Interruptions that wait while a folder is between its old and its new state."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

_NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class HeldInterruptions:
    """Within it Ctrl-C and its kin wait until the end, but for the part in which they are let through.

    Only what Python answers with a function of its own is held: a signal that ends the process at once still does.
    Outside the main thread, which alone may say what happens on a signal, nothing is held.
    """

    def __init__(self) -> None:
        self._usual: dict[int, Callable[[int, Any], Any]] = {}
        self._waiting: list[int] = []
        self._through = False

    def __enter__(self) -> Self:
        """Hold them from here on."""
        if threading.current_thread() is threading.main_thread():
            for number in _NUMBERS:
                usual = signal.getsignal(number)
                if callable(usual):
                    self._usual[number] = usual
                    signal.signal(number, self._meet)
        return self

    def __exit__(self, *_: object) -> None:
        """Everything as before; the first that waited comes now."""
        for number, usual in self._usual.items():
            signal.signal(number, usual)
        self._deliver()

    @contextmanager
    def let_through(self) -> Iterator[None]:
        """In this part they act at once, as ever."""
        self._through = True
        try:
            self._deliver()
            yield
        finally:
            self._through = False

    def _meet(self, number: int, frame: Any) -> None:
        if self._through:
            self._usual[number](number, frame)
        else:
            self._waiting.append(number)

    def _deliver(self) -> None:
        if self._waiting:
            number, self._waiting = self._waiting[0], []
            self._usual[number](number, None)
