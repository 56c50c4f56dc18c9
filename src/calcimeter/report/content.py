"""What the report says, as plain values that both templates (HTML and typst) print: one text, two layouts."""

from __future__ import annotations

from collections import Counter

from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Estimate
from calcimeter.report import background, summary
from calcimeter.report.categories import CATEGORY_TITLES, count_category
from calcimeter.report.figures import Figure, feature
from calcimeter.report.lesion_card import HEADINGS, Content, Row, lesion_box, lesion_card, lesion_row
from calcimeter.report.provenance import settings_groups
from calcimeter.report.reasoning import reasoning_content
from calcimeter.report.record import burden_record
from calcimeter.report.wording import (
    NBSP,
    best,
    enumeration,
    estimated,
    interval,
    length,
    product,
    sentence,
    volume,
)

RESEARCH_USE = "Research use only – not a medical device"
CONFIDENCE_IS = "how clear the rule is, no probability"
"""Stands beside the number: read as a probability it would mislead."""


def report_content(analysis: CTAnalysis, figures: tuple[Figure, ...]) -> Content:
    """All text and numbers of the report, formatted; figures by name. Holds no name, identifier, date or path."""
    featured, others = feature(analysis.lesions)
    by_lesion: dict[int | None, list[Content]] = {}
    for figure in figures:
        entry = {
            "name": figure.name,
            "caption": figure.caption,
            "width": figure.size_px[0],
            "height": figure.size_px[1],
        }
        by_lesion.setdefault(figure.lesion_id, []).append(entry)
    return {
        "title": "Soft-tissue calcification on CT",
        "subtitle": background.acquisition(analysis),
        "research_use": RESEARCH_USE,
        "headline": summary.headline(analysis),
        "findings": summary.findings(analysis),
        "keep_in_mind": summary.keep_in_mind(analysis),
        "facts": _facts(analysis),
        "views": _views(figures, by_lesion.get(None, [])),
        "confidence_is": CONFIDENCE_IS,
        "cards": [lesion_card(lesion, analysis, by_lesion.get(lesion.id, [])) for lesion in featured],
        "others": [lesion_box(lesion, analysis, by_lesion.get(lesion.id, [])) for lesion in others],
        "table": {"headings": list(HEADINGS), "rows": [lesion_row(lesion) for lesion in analysis.lesions]},
        "burden": _burden(analysis),
        "set_aside": _set_aside(analysis),
        "reasoning": reasoning_content(
            analysis.findings(), analysis.differential, analysis.chemistry, analysis.red_flags() or ()
        ),
        "search": background.searched(analysis),
        "skeleton": background.skeleton_sentence(analysis),
        "caveats": summary.caveats_met(analysis),
        "not_in_this_version": summary.caveats_of_this_version(analysis),
        "method": list(background.METHOD),
        "limits": list(background.LIMITS),
        "edits": [background.edit_sentence(edit) for edit in analysis.provenance.edits],
        "provenance": background.provenance_rows(analysis),
        "settings": settings_groups(analysis.provenance.settings),
        "cite": f"Calcimeter {analysis.provenance.version}, input {analysis.provenance.input_sha256[:12]}",
    }


def _views(figures: tuple[Figure, ...], entries: list[Content]) -> list[Content]:
    """The pictures of the whole scan, a row for each kind, with the width of a row in units of its height."""
    kind = {figure.name: figure.role for figure in figures}
    rows = [[f for f in entries if kind[f["name"]] == role] for role in ("projection", "skeleton")]
    return [{"figures": row, "shape": round(sum(f["width"] / f["height"] for f in row), 4)} for row in rows if row]


def _facts(analysis: CTAnalysis) -> list[Content]:
    """The four numbers at the top."""
    soft = analysis.of_category(Category.SOFT_TISSUE)
    limit = analysis.search.detection_limit_mm3
    total = _total(analysis, Category.SOFT_TISSUE)
    within = interval(total, "volume")
    axes = soft[0].extent.axes if soft else None
    largest = product(axes.long_axis_mm.value, axes.short_axis_mm.value) if axes else "–"
    beside = f"in one slice; {length(soft[0].extent.craniocaudal_mm)} craniocaudal" if soft else "long × short axis"
    uncertain = len(analysis.of_category(Category.UNCERTAIN))
    others = len(analysis.lesions) - len(soft) - uncertain
    return [
        {
            "label": "Soft-tissue lesions",
            "value": str(len(soft)),
            "note": f"{uncertain} uncertain, {others} other",
        },
        {
            "label": "Their volume",
            "value": best(total, "volume") if soft else "–",
            "note": f"95{NBSP}%: {within}; filled" if within else "filled envelope",
        },
        {"label": "Largest", "value": largest, "note": beside},
        {
            "label": "Searched",
            "value": volume(analysis.search.examined_mm3),
            "note": "smallest size not known" if limit is None else f"for deposits from {volume(limit)}",
        },
    ]


def _burden(analysis: CTAnalysis) -> list[Row]:
    """Number and summed volume of every category that is listed; soft tissue and uncertain always."""
    rows = []
    for category in Category:
        lesions = analysis.of_category(category)
        if lesions or category in (Category.SOFT_TISSUE, Category.UNCERTAIN):
            total = estimated(_total(analysis, category), "volume")
            rows.append([CATEGORY_TITLES[category], str(len(lesions)), total])
    return rows


def _total(analysis: CTAnalysis, category: Category) -> Estimate:
    """The summed volume of a category as ``burden`` has it, with its interval."""
    return Estimate(**burden_record(analysis, category)["volume_mm3"])


def _set_aside(analysis: CTAnalysis) -> str:
    """What was found and is not calcification of tissue, counted."""
    seen = Counter(lesion.category for lesion in analysis.set_aside)
    words = [count_category(seen[category], category) for category in Category if seen[category]]
    return sentence(f"Set aside and not listed: {enumeration(words)}") if words else ""
