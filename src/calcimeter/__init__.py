"""Calcimeter finds and measures soft-tissue calcification on CT. Read ``calcimeter.pipeline`` first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calcimeter.pipeline import analyze

__version__ = "0.1.0"
__all__ = ["__version__", "analyze"]


def __getattr__(name: str) -> Any:
    if name == "analyze":
        from calcimeter.pipeline import analyze

        return analyze
    raise AttributeError(f"module 'calcimeter' has no attribute {name!r}")
