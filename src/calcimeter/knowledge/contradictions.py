"""What can't hold together in one patient, as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def contradictions() -> dict[str, Any]:
    """What ``contradictions.toml`` says: ``needs``, term -> implied terms; ``sex``, term -> M or F; ``levels``."""
    return tomllib.loads(files("calcimeter.knowledge").joinpath("contradictions.toml").read_text(encoding="utf-8"))
