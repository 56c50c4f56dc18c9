"""HU of hydroxyapatite by tube voltage, and the thresholds of the Agatston score, as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def calibration_table() -> dict[str, Any]:
    """What ``calibration.toml`` says; read once."""
    return _read("calibration.toml")


@cache
def agatston_table() -> dict[str, Any]:
    """What ``agatston.toml`` says; read once."""
    return _read("agatston.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("calcimeter.knowledge").joinpath(name).read_text(encoding="utf-8"))
