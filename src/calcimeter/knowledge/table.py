"""Files of knowledge, read as they are."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any


def read_table(name: str) -> dict[str, Any]:
    """What a TOML file of this package says; read anew at every call."""
    return tomllib.loads(files("calcimeter.knowledge").joinpath(name).read_text(encoding="utf-8"))
