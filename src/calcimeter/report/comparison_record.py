"""A comparison of two dates -> ``comparison.json``, and lines for the shell."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from calcimeter.model.comparison import Change, Comparison
from calcimeter.report.record import estimate_record, rounded
from calcimeter.report.wording import lesion_numbers, number, sentence, term, volume

SCHEMA = "calcimeter.comparison/1"

NOT_OF_THE_PATIENT = (
    *("COMPARED_DEIDENTIFIED", "COMPARED_EDITED", "COMPARED_SAME_IMAGES"),
    *("COMPARED_SETTINGS", "COMPARED_VERSIONS"),
)
"""What differs may come of how the scans were analyzed: a shell says so at once."""


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Everything as JSON values; ``None`` where something is not known."""
    fit = comparison.fit
    return {
        "schema": SCHEMA,
        "status": "ok_with_caveats" if comparison.caveats else "ok",
        "interval_days": comparison.interval_days,
        "lesions": [_change(change) for change in comparison.changes],
        "response": comparison.response,
        "because": comparison.because,
        "volume_mm3": {
            "earlier": estimate_record(comparison.volume_earlier_mm3),
            "later": estimate_record(comparison.volume_later_mm3),
        },
        "new": comparison.new,
        "later_detection_limit_mm3": rounded(comparison.later_limit_mm3),
        "registration": None
        if fit is None
        else {
            "bones": fit.bones,
            "residual_mm": rounded(fit.residual_mm),
            "covered": rounded(fit.covered),
            "apart_mm": rounded(fit.apart_mm),
            "held": rounded(fit.held),
        },
        "caveats": [{"code": c.code, "text": c.text} for c in comparison.caveats],
    }


def load_comparison_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``comparison.json``."""
    text = files("calcimeter.report").joinpath("schemas/comparison-1.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def comparison_lines(comparison: Comparison) -> list[str]:
    """What a shell shows."""
    days = "" if comparison.interval_days is None else f" after {comparison.interval_days} days"
    head = f"{term(comparison.response)}{days}: {comparison.because}"
    return [sentence(head), *(change_sentence(change) for change in comparison.changes), *doubts(comparison)]


def doubts(comparison: Comparison) -> list[str]:
    """What may come of the analyses and not of the patient."""
    return [f"caveat: {caveat.text}" for caveat in comparison.caveats if caveat.code in NOT_OF_THE_PATIENT]


def change_sentence(change: Change) -> str:
    """One deposit's change in words."""
    which = f"earlier {lesion_numbers(change.earlier)}" if change.earlier else f"later {lesion_numbers(change.later)}"
    if change.change_mm3 is None:
        return sentence(f"{which}: {term(change.state)}, {change.because}")
    sign = "+" if change.change_mm3 > 0 else ""
    percent = "" if change.change_percent is None else f" ({sign}{number(change.change_percent)} %)"
    limit = change.detectable_change_mm3
    against = "" if limit is None else f", detectable from {volume(limit)}"
    amount = f"{sign}{volume(change.change_mm3)}" if change.change_mm3 >= 0 else f"\u2212{volume(-change.change_mm3)}"
    return sentence(f"{which}: {term(change.state)}, {amount}{percent}{against}")


def _change(change: Change) -> dict[str, Any]:
    return {
        "earlier": list(change.earlier),
        "later": list(change.later),
        "tracking_uid": change.tracking_uid,
        "state": change.state,
        "volume_earlier_mm3": estimate_record(change.volume_earlier_mm3),
        "volume_later_mm3": estimate_record(change.volume_later_mm3),
        "change_mm3": rounded(change.change_mm3),
        "change_percent": rounded(change.change_percent),
        "detectable_change_mm3": rounded(change.detectable_change_mm3),
        "mass_change_mg_ha": rounded(change.mass_change_mg_ha),
        "detectable_mass_mg_ha": rounded(change.detectable_mass_mg_ha),
        "because": change.because,
        "earlier_to_later": [[rounded(value) for value in row] for row in change.earlier_to_later],
    }
