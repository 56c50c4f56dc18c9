"""Chemistry as the dictionary that goes into JSON: no dates, no places; what is not known is null with a reason."""

from __future__ import annotations

from typing import Any

from calcimeter.model.chemistry import BloodValue, Chemistry, Trend

DIGITS = 6
"""Significant digits: more than any laboratory has, and free of the noise of conversion."""


def chemistry_record(chemistry: Chemistry) -> dict[str, Any]:
    """The value of ``chemistry`` in ``analysis.json``.

    Returns
    -------
    dict
        ``criticals`` (first, for they are to be read first), ``pattern``, ``values``, ``derived``, ``trends``,
        ``results`` and ``notes``; days count from the first dated result.
    """
    pattern = chemistry.pattern
    return {
        "criticals": [_value(one) for one in chemistry.criticals],
        "pattern": {
            "name": pattern.name,
            "because": pattern.because,
            "possible": list(pattern.possible),
            "would_decide": list(pattern.would_decide),
            "caveats": list(pattern.caveats),
        },
        "values": {analyte: _value(one) for analyte, one in chemistry.values.items()},
        "derived": {analyte: _value(one) for analyte, one in chemistry.derived.items()},
        "trends": {analyte: _trend(one) for analyte, one in chemistry.trends.items()},
        "results": [_value(one) for one in chemistry.results],
        "notes": list(chemistry.notes),
    }


def divided_chemistry_record(chemistry: Chemistry, before: Chemistry) -> dict[str, Any]:
    """All results, beside those of before treatment, on which a differential rests.

    Returns
    -------
    dict
        As ``chemistry_record`` of all results, but ``pattern`` is that before treatment; ``pattern_now`` is that of the
        latest results, and ``before_treatment`` holds ``values``, ``derived`` and ``criticals`` of before.
    """
    now, weighed = chemistry_record(chemistry), chemistry_record(before)
    return {
        **now,
        "pattern": weighed["pattern"],
        "pattern_now": now["pattern"],
        "before_treatment": {name: weighed[name] for name in ("values", "derived", "criticals")},
    }


def _value(one: BloodValue) -> dict[str, Any]:
    reference = None
    if one.reference is not None:
        low, high = one.reference
        reference = {"low": _number(low), "high": _number(high), "from": one.reference_from}
    record = {
        "analyte": one.analyte,
        "value": _number(one.value),
        "unit": one.unit,
        "comparator": one.comparator,
        "status": one.status,
        "because": one.because,
        "reference": reference,
        "day": one.day,
        "critical": one.critical,
        "given": None if one.given is None else {"value": _number(one.given[0]), "unit": one.given[1]},
        "caveats": list(one.caveats),
    }
    if one.derived:
        return record | {"inputs": list(one.inputs), "formula": one.source}
    return record


def _trend(one: Trend) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "days": one.days,
        "first": _number(one.first.value),
        "first_comparator": one.first.comparator,
        "last": _number(one.last.value),
        "last_comparator": one.last.comparator,
        "change": _number(one.change),
        "direction": one.direction,
        "because": one.because,
    }


def _number(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")
