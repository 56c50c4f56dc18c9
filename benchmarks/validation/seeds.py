"""Seeds of what judges. A rehearsal draws other objects, so that nobody sees these before the final run."""

from __future__ import annotations

import os

REHEARSAL = "VALIDATE_REHEARSAL"
"""Environment variable that makes a run a rehearsal: other objects, and pictures beside the page."""
APART = 1_000_003
REHEARSED, JUDGED = 1, 10
"""Sets of objects. Sets 0 and 2 to 9 judged until their pages had been read and estimators were changed after them."""


def judging(seed: int) -> int:
    """The seed of the set that judges, or in a rehearsal of another."""
    return seed + APART * (REHEARSED if os.environ.get(REHEARSAL) else JUDGED)
