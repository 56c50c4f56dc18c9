"""The report of a comparison as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from calcimeter.model.comparison import Change, Comparison
from calcimeter.model.measures import Estimate
from calcimeter.report.comparison_record import change_sentence
from calcimeter.report.content import RESEARCH_USE
from calcimeter.report.html import data_address, render
from calcimeter.report.wording import count, interval, length, lesion_numbers, number, sentence, term, volume

if TYPE_CHECKING:
    from calcimeter.report.comparison_pictures import Pair

RESPONSES = {
    "complete_resolution": "Complete resolution",
    "partial_response": "Partial response",
    "stable": "Stable",
    "progression": "Progression",
    "not_comparable": "Not comparable",
}


def render_comparison(comparison: Comparison, pairs: Mapping[int, Pair] | None = None) -> str:
    """The page; equal for equal arguments, without script, address, name, date or path.

    Parameters
    ----------
    pairs : mapping of int to Pair
        From ``draw_pairs``; a deposit without one is told in words alone.
    """
    return render("comparison.html", comparison_content(comparison, pairs or {}))


def comparison_content(comparison: Comparison, pairs: Mapping[int, Pair]) -> dict[str, Any]:
    """All text and numbers of the page, formatted."""
    limit = comparison.later_limit_mm3
    fainter = "a fainter one only if it were larger, or not at all"
    shown = [] if limit is None else [f"The later scan would have shown 300 HU from {volume(limit)} on, {fainter}."]
    return {
        "title": "Soft-tissue calcification on two dates",
        "research_use": RESEARCH_USE,
        "headline": RESPONSES[comparison.response],
        "findings": [sentence(comparison.because), *shown],
        "subtitle": "",
        "facts": _facts(comparison),
        "rows": [_row(change) for change in comparison.changes],
        "cards": [_card(change, pairs.get(number)) for number, change in enumerate(comparison.changes)],
        "fit": _fit(comparison),
        "caveats": [caveat.text for caveat in comparison.caveats],
    }


def _facts(comparison: Comparison) -> list[dict[str, str]]:
    days = comparison.interval_days
    one, other = comparison.volume_earlier_mm3, comparison.volume_later_mm3
    return [
        {
            "label": "Between them",
            "value": "–" if days is None else f"{number(days)} days",
            "note": "a date is not known" if days is None else "from study dates",
        },
        {"label": "Earlier volume", **_total(one)},
        {"label": "Later volume", **_total(other, comparison.later_limit_mm3)},
        {"label": "New", **_new(comparison)},
    ]


def _total(estimate: Estimate | None, limit_mm3: float | None = None) -> dict[str, str]:
    """The sum of a date; where it is 0, what may be hidden."""
    if estimate is None:
        return {"value": "–", "note": "not known: a deposit can't be followed, or a scan was not searched"}
    if not estimate.value and limit_mm3 is not None:
        return {"value": "none", "note": f"none over {volume(limit_mm3)}: {interval(estimate, 'volume')} together"}
    return {"value": volume(estimate.value), "note": interval(estimate, "volume") or "interval not available"}


def _new(comparison: Comparison) -> dict[str, str]:
    """What is known to be new, also where there may be more."""
    note = "soft-tissue deposits where there was none"
    if comparison.new is not None:
        return {"value": str(comparison.new), "note": note}
    known = sum(change.state == "new" for change in comparison.changes)
    if known:
        return {"value": f"{known} or more", "note": note}
    return {"value": "–", "note": f"not known: {note}"}


def _row(change: Change) -> list[str]:
    """The cells of the table."""
    limit = change.detectable_change_mm3
    percent = change.change_percent
    sign = "+" if (change.change_mm3 or 0) > 0 else "\u2212" if (change.change_mm3 or 0) < 0 else ""
    return [
        ", ".join(map(str, change.earlier)) or "–",
        ", ".join(map(str, change.later)) or "–",
        term(change.state),
        "–" if change.volume_earlier_mm3 is None else volume(change.volume_earlier_mm3.value),
        "–" if change.volume_later_mm3 is None else volume(change.volume_later_mm3.value),
        "–" if change.change_mm3 is None else f"{sign}{volume(abs(change.change_mm3))}",
        "–" if percent is None else f"{sign}{number(abs(percent))} %",
        "–" if limit is None else volume(limit),
    ]


def _card(change: Change, pair: Pair | None) -> dict[str, Any]:
    """One deposit: words, both pictures, and the change drawn beside what is detectable."""
    which = f"Earlier {lesion_numbers(change.earlier)}" if change.earlier else f"Later {lesion_numbers(change.later)}"
    return {
        "title": which,
        "state": term(change.state),
        "sentence": change_sentence(change),
        "because": sentence(change.because),
        "pictures": [] if pair is None else [data_address(pair.earlier), data_address(pair.later)],
        "note": "" if pair is None else pair.note,
        "bar": _bar(change),
    }


def _bar(change: Change) -> dict[str, float] | None:
    """Where to draw the change and the band of what is no change, from 0 to 100; 50 is no change."""
    if change.change_mm3 is None or change.detectable_change_mm3 is None:
        return None
    most = max(abs(change.change_mm3), change.detectable_change_mm3, 1e-6) * 1.1
    half = 50 * change.detectable_change_mm3 / most
    return {"low": round(50 - half, 2), "width": round(2 * half, 2), "at": round(50 + 50 * change.change_mm3 / most, 2)}


def _fit(comparison: Comparison) -> str:
    fit = comparison.fit
    if fit is None:
        return "The skeletons were not laid over each other."
    bones = count(fit.bones, "bone")
    return (
        f"The earlier skeleton was laid over the later one, {bones} one by one. Of all that both scans should show, "
        f"three quarters lie within {length(fit.apart_mm)} of each other; the skeletons of two people do not."
    )
