"""Joints, sites, extensor sides and the proportions of bones, as data."""

from __future__ import annotations

from functools import cache
from typing import Any

from calcimeter.knowledge.table import read_table


@cache
def places() -> dict[str, Any]:
    """What ``places.toml`` says; read once."""
    return read_table("places.toml")


@cache
def bone_parts() -> dict[str, Any]:
    """What ``bone_parts.toml`` says; read once."""
    return read_table("bone_parts.toml")
