"""What a study or a reader says of one sign; without arrays, so that the ranking alone starts at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement that a diagnosis can rest on. ``present`` None: the study could not have shown it."""

    name: str
    present: bool | None
    because: str
