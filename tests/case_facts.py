"""What a case holds as a set of facts, to be compared with those that were written beside a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

TEXTS = Path(__file__).parent / "load" / "case_texts"
Fact = tuple[Any, ...]


def expected_of(text: Path) -> dict[str, Any]:
    """What a careful reader finds in a text; it stands beside it."""
    return dict(yaml.safe_load(text.with_suffix(".yaml").read_text(encoding="utf-8")))


def facts(case: Mapping[str, Any]) -> set[Fact]:
    """Every single fact of a case in the form of a case file, places in the text aside."""
    return set(_facts(case))


def _facts(case: Mapping[str, Any]) -> Iterator[Fact]:
    for kind in ("subject", "history", "findings"):
        yield from ((kind, key, value) for key, value in case.get(kind, {}).items())
    for kind in ("sites", "stated_differential"):
        yield from ((kind, term) for term in case.get(kind, ()))
    for lesion in case.get("lesions", ()):
        which = ("lesion", lesion["site"], lesion.get("side"))
        yield which
        yield from ((*which, key, value) for key, value in lesion.items() if key not in ("site", "side"))
    yield from (("focus", focus["organ"], focus.get("side"), focus.get("pole")) for focus in case.get("foci", ()))
    for lab in case.get("labs", ()):
        yield ("lab", lab["analyte"], lab.get("value"), lab.get("unit"), lab.get("comparator"))
        if "interpretation" in lab:
            yield ("lab", lab["analyte"], "level", lab["interpretation"])
        if "reference" in lab:
            yield ("lab", lab["analyte"], "reference", tuple(lab["reference"]))
    yield from (("treatment", treatment["what"]) for treatment in case.get("treatments", ()))
    yield from ((kind, case[kind]) for kind in ("consent", "diagnosis") if kind in case)
