"""Seeds of what judges. A rehearsal draws other objects, so that nobody sees these before the final run."""

from __future__ import annotations

import os

REHEARSAL = "VALIDATE_REHEARSAL"
"""Environment variable that makes a run a rehearsal: other objects, and pictures beside the page."""
APART = 1_000_003


def judging(seed: int) -> int:
    """The seed itself, or in a rehearsal another."""
    return seed + APART * bool(os.environ.get(REHEARSAL))
