"""What makes a result repeatable, as every report tells it: software, input and settings."""

from __future__ import annotations

from typing import Any

from calcimeter.model.analysis import Provenance
from calcimeter.model.result import digest_of
from calcimeter.report.wording import term

Settings = dict[str, dict[str, object]]

_DIGITS = 12
"""So many of 64 tell two inputs apart."""


def provenance_rows(provenance: Provenance) -> list[list[str]]:
    """Label and value: version, digest of the input, digest of the settings and where these stand."""
    return [
        ["Software", f"Calcimeter {provenance.version}"],
        ["Input digest", f"{provenance.input_sha256[:_DIGITS]} (first {_DIGITS} of 64 digits of SHA-256)"],
        ["Settings digest", f"{digest_of(provenance.settings)[:_DIGITS]} (of provenance.settings in analysis.json)"],
    ]


def settings_groups(settings: Settings) -> list[dict[str, Any]]:
    """Every setting of every step, for reading; several values of one setting stand side by side, as they are."""
    return [
        {"step": term(step), "values": [[term(name), _setting(value)] for name, value in values.items()]}
        for step, values in settings.items()
    ]


def _setting(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return f"({', '.join(_setting(part) for part in value)})"
    return "none" if value is None else str(value)
