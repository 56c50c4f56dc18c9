"""What an output folder says, as its JSON files have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class WrittenResult:
    """An OUT of ``analyze`` or ``case``, read back.

    Parameters
    ----------
    folder : Path
        Where it lies; figures are taken from there.
    main : str
        "analysis.json" or "case.json".
    documents : mapping of str to dict
        File, relative to ``folder`` -> its content; of a case those of its studies too.
    """

    folder: Path
    main: str
    documents: Mapping[str, Mapping[str, Any]]
