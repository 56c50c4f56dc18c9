"""Named neck phantoms."""

from __future__ import annotations

from collections.abc import Callable

from calcimeter.errors import UsageError
from calcimeter.phantom.neck.scene import Gland, Neck, Source

LOBE_KEPT = 0.45
RIGHT = Source((-19.0, 0.0, 24.0), (9.0, 23.0, 9.0), 9.0, LOBE_KEPT, tilt_deg=-8.0)
LEFT = Source((19.0, 1.0, 24.0), (8.5, 22.0, 9.0), 8.5, LOBE_KEPT, tilt_deg=8.0)
ISTHMUS = Source((0.0, -8.0, 18.0), (13.0, 6.0, 3.5), 8.0, LOBE_KEPT)
SALIVARY = (
    Source((-58.0, 92.0, 35.0), (12.0, 20.0, 14.0), 13.0, 0.85),
    Source((58.0, 92.0, 35.0), (12.0, 20.0, 14.0), 12.5, 0.85),
    Source((-27.0, 64.0, 30.0), (11.0, 13.0, 10.0), 11.0, 0.85),
    Source((27.0, 64.0, 30.0), (11.0, 13.0, 10.0), 11.5, 0.85),
)
TISSUE = (
    Source((0.0, 30.0, 55.0), (62.0, 160.0, 52.0), 1.0, 0.7),
    Source((0.0, -130.0, 60.0), (170.0, 90.0, 55.0), 0.9, 0.7),
)
HEART = Source((30.0, -165.0, 60.0), (42.0, 38.0, 35.0), 6.0, 0.9)


def neck_names() -> tuple[str, ...]:
    """Every name that ``neck_of`` knows."""
    return tuple(_GLANDS)


def neck_of(name: str) -> Neck:
    """The neck of a name.

    Raises
    ------
    UsageError
        The name is not known.
    """
    if name not in _GLANDS:
        raise UsageError(f"no phantom is called {name!r}; expected one of: {', '.join(neck_names())}")
    return Neck(name, RIGHT, LEFT, (ISTHMUS, *SALIVARY, HEART), TISSUE, _GLANDS[name]())


def _adenoma() -> tuple[Gland, ...]:
    """At the lower pole of the right lobe, behind it."""
    source = Source((-21.0, -22.0, 38.0), (6.0, 8.0, 6.0), 16.0, 0.9)
    return (Gland("adenoma", source, "right", "lower"),)


def _ectopic() -> tuple[Gland, ...]:
    """In the upper mediastinum, left of the midline."""
    source = Source((12.0, -68.0, 45.0), (6.0, 7.0, 6.0), 16.0, 0.9)
    return (Gland("adenoma", source, "left", "ectopic"),)


def _nodule(kept: float) -> tuple[Gland, ...]:
    """Inside the left lobe."""
    source = Source((19.0, 4.0, 22.0), (6.0, 6.0, 6.0), 14.0, kept)
    return (Gland("nodule", source, "left", "middle"),)


_GLANDS: dict[str, Callable[[], tuple[Gland, ...]]] = {
    "scintigraphy": _adenoma,
    "scintigraphy-negative": tuple,
    "scintigraphy-ectopic": _ectopic,
    "scintigraphy-nodule": lambda: _nodule(LOBE_KEPT),
    "scintigraphy-retaining-nodule": lambda: _nodule(0.95),
}
