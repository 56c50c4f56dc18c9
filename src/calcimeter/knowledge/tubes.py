"""HU of hydroxyapatite by tube voltage, and the thresholds of the Agatston score, as data."""

from __future__ import annotations

from functools import cache
from typing import Any

from calcimeter.knowledge.table import read_table


@cache
def calibration_table() -> dict[str, Any]:
    """What ``calibration.toml`` says; read once."""
    return read_table("calibration.toml")


@cache
def agatston_table() -> dict[str, Any]:
    """What ``agatston.toml`` says; read once."""
    return read_table("agatston.toml")
