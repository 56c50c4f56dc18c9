"""What the rows of a class say: bias, spread, coverage, and the plain threshold volume beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from shown import table
from validation.run import Row

LEVEL = 0.95


def volume_table(groups: dict[str, list[Row]]) -> str:
    """One line a group: bias, 95th percentile, coverage and half-width, then the plain 130 HU volume."""
    names = (
        "",
        "n",
        "not found",
        "bias",
        "median",
        "P95 of error",
        "covered",
        "half-width / SD",
        "130 HU: bias",
        "P95",
    )
    return table(names, [(name, *volume_cells(rows)) for name, rows in groups.items()])


def volume_cells(rows: list[Row]) -> tuple[str, ...]:
    """The cells of such a line."""
    errors, plain = volume_errors(rows), plain_errors(rows)
    hits, n = covered(rows)
    width = relative_half_width(rows)
    return (
        str(len(rows)),
        str(sum(row.lesion is None for row in rows)),
        percent(bias(errors)),
        percent(float(np.median(errors)) if len(errors) else None),
        percent(spread(errors), plus=False),
        f"{100 * hits / n:.1f} %" if n else "not yet",
        f"{width:.2f}" if width is not None else "not yet",
        percent(bias(plain)),
        percent(spread(plain), plus=False),
    )


def volume_errors(rows: Iterable[Row]) -> np.ndarray:
    """Relative errors of the volume of what was measured."""
    return np.array([row.error for row in rows if row.error is not None])


def plain_errors(rows: Iterable[Row]) -> np.ndarray:
    """The same of the unfilled voxels over the search threshold."""
    plain = [(row.measured("volume_threshold_mm3").value, row.volume_mm3) for row in rows]
    return np.array([value / truth - 1 for value, truth in plain if value is not None])


def bias(errors: np.ndarray) -> float | None:
    """Mean error."""
    return float(errors.mean()) if len(errors) else None


def spread(errors: np.ndarray) -> float | None:
    """95th percentile of the absolute error."""
    return float(np.quantile(np.abs(errors), LEVEL)) if len(errors) else None


def covered(
    rows: Iterable[Row], truth: Callable[[Row], float | None] | None = None, name: str = "volume_mm3"
) -> tuple[int, int]:
    """How many intervals hold the truth, of how many."""
    truths = [(row, row.volume_mm3 if truth is None else truth(row)) for row in rows]
    held = [row.measured(name).holds(value) for row, value in truths if value is not None]
    known = [one for one in held if one is not None]
    return sum(known), len(known)


def relative_half_width(rows: list[Row]) -> float | None:
    """Median half-width in standard deviations of the error: both relative to the truth."""
    widths = [(row.measured("volume_mm3").half_width, row.volume_mm3) for row in rows]
    known = [width / volume for width, volume in widths if width is not None]
    errors = volume_errors(rows)
    return float(np.median(known) / errors.std()) if known and len(errors) > 2 and errors.std() > 0 else None


def percent(value: float | None, *, plus: bool = True) -> str:
    """A fraction in percent."""
    return "not yet" if value is None else f"{100 * value:+.1f} %" if plus else f"{100 * value:.1f} %"
