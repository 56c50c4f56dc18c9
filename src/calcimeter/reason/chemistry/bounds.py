"""Results that are only bounds, "> 900": what can still be said of them and computed from them."""

from __future__ import annotations

import math

from calcimeter.model.case import Comparator
from calcimeter.model.chemistry import BloodValue, Status

Interval = tuple[float, float]
Limits = tuple[float | None, float | None]


def interval_of(value: BloodValue) -> Interval:
    """Where the true value lies; the value must have a number. What is measured is never negative."""
    assert value.value is not None
    if value.comparator in (">", ">="):
        return value.value, math.inf
    if value.comparator in ("<", "<="):
        return 0.0, value.value
    return value.value, value.value


def as_bound(interval: Interval) -> tuple[float, Comparator | None] | None:
    """An interval as a number or a bound; None where it is neither: open on both sides, or closed with two ends."""
    low, high = interval
    if math.isclose(low, high, rel_tol=1e-12):
        return low, None
    if high == math.inf and low > 0.0:
        return low, ">="
    return (high, "<=") if low <= 0.0 and high < math.inf else None


def status_in(value: float, comparator: Comparator | None, limits: Limits) -> Status | None:
    """Low, normal or high against a range; None where a bound, or a range with no end, does not tell."""
    low, high = limits
    if low is None and high is None:
        return None
    if comparator is None:
        return "low" if low is not None and value < low else "high" if high is not None and value > high else "normal"
    reaches = value >= high if comparator == ">" and high is not None else high is not None and value > high
    if comparator in (">", ">="):
        return "high" if reaches else "normal" if high is None and low is not None and value >= low else None
    sinks = value <= low if comparator == "<" and low is not None else low is not None and value < low
    return "low" if sinks else "normal" if low is None and high is not None and value <= high else None
