"""Joints, sites, extensor sides and the proportions of bones, as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def places() -> dict[str, Any]:
    """What ``places.toml`` says; read once."""
    return _read("places.toml")


@cache
def bone_parts() -> dict[str, Any]:
    """What ``bone_parts.toml`` says; read once."""
    return _read("bone_parts.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("calcimeter.knowledge").joinpath(name).read_text(encoding="utf-8"))
