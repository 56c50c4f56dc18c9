"""A finding that was weighed, in words."""

from __future__ import annotations

from calcimeter.model.differential import Evidence
from calcimeter.report.wording import enumeration, number, term

SEEN_UNITS = {"age": " years", "size": " cm"}


def weighed(evidence: Evidence) -> str:
    """What was seen, with its weight, a natural-log likelihood ratio."""
    sign = "+" if evidence.weight > 0 else ""
    return f"{_seen(evidence)} {sign}{number(evidence.weight, 1)}"


def _seen(evidence: Evidence) -> str:
    name, seen = term(evidence.finding), evidence.seen
    if seen is True:
        return name
    if seen is False:
        return f"no {name}"
    if isinstance(seen, tuple):
        return f"{name} {enumeration([term(one) for one in seen])}"
    unit = SEEN_UNITS.get(evidence.finding, "")
    return f"{name} {seen:.3g}{unit}" if isinstance(seen, float) else f"{name} {term(seen)}"
