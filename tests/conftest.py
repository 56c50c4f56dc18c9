"""What every test shares: Hypothesis without chance or clock, and real scans where they are at hand."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")

# A shell without job control starts what runs in the background deaf to Ctrl-C, and what is started from there as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """A function from a name like "sts/STS_045/CT" to its path; skips the test where the data are absent."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"real data are not at hand: ../shared/data/{name}")
        return path

    return find
