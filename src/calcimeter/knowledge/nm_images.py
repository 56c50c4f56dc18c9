"""What the words and codes of a nuclear medicine header mean, read from ``nm_images.toml``."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

from calcimeter.knowledge.table import read_table

ASLANT = r"\b(lateral|oblique)\b"
"""Words of a view that is neither anterior nor posterior, whatever value stands with them."""


def views_of_code(value: str, meaning: str) -> set[Literal["anterior", "posterior", "other"]]:
    """The views that a code names: two where its value and its meaning contradict each other.

    "other" for a code of another view; empty where nothing is said.
    """
    said = {value.strip().lower(), meaning.strip().lower()} - {""}
    views: tuple[Literal["anterior", "posterior"], ...] = ("anterior", "posterior")
    named = {view for view in views if said & {word.lower() for word in _known()["views"][view]}}
    if said and (not named or re.search(ASLANT, meaning, re.IGNORECASE)):
        return {*named, "other"}
    return {*named}


def tracer_of(text: str) -> tuple[str, bool] | None:
    """The tracer that words and codes name, and whether it is one that is read; None where they name none."""
    for other in _known()["tracer"]["others"]:
        if re.search(other["says"], text, re.IGNORECASE):
            return other["name"], False
    return ("sestamibi", True) if re.search(_known()["tracer"]["sestamibi"], text, re.IGNORECASE) else None


def refused_image(kind: str) -> str | None:
    """Why images of a type (third value of Image Type) are not read; None where nothing is known against it.

    A word of a maker's own is not refused for being unknown, but for naming a protocol that is.
    """
    kind = " ".join(kind.replace("_", " ").upper().split())
    known = _known()["image"]
    if kind in known["taken"]:
        return None
    if kind in known["refused"]:
        return str(known["refused"][kind])
    return next((one["name"] for one in known["named"] if re.search(one["says"], kind, re.IGNORECASE)), None)


def tells_planar(image_type: list[str]) -> bool:
    """Whether the third value of Image Type is one of those that the standard has for planar images."""
    return len(image_type) > 2 and image_type[2] in set(_known()["image"]["taken"]) - {""}


def photon_kev(nuclide: Literal["technetium", "iodine_123", "thallium_201"]) -> float:
    """The energy of the photons that are counted."""
    return float(_known()["energy_kev"][nuclide])


@cache
def _known() -> dict[str, Any]:
    return read_table("nm_images.toml")
