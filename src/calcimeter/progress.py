"""What a shell shows while steps run: one line of log before and after each."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("calcimeter")


def step(name: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a step and log how long it took; the log is the progress that a shell shows."""
    log.info("%s ...", name)
    began = time.perf_counter()
    result = function(*args, **kwargs)
    seconds = time.perf_counter() - began
    log.info("%s %.1f s", name, seconds, extra={"step": name, "seconds": seconds})
    return result
