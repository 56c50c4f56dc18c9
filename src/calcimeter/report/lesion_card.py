"""One lesion as the report tells it: on a card, in a small box, in a row of the table."""

from __future__ import annotations

from typing import Any

from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.lesion import Category, Lesion
from calcimeter.model.measures import Estimate
from calcimeter.report import summary
from calcimeter.report.canvas import lesion_color
from calcimeter.report.categories import CATEGORY_TITLES
from calcimeter.report.whereabouts import place_sentence
from calcimeter.report.wording import (
    count,
    enumeration,
    hounsfield,
    interval,
    length,
    length_digits,
    milliliters,
    number,
    product,
    sentence,
    term,
    volume,
)

Content = dict[str, Any]
Row = list[str]

NO_INTERVAL = "interval not available"

HEADINGS = (
    "No.", "Category", "Confidence", "Long × short, mm", "Craniocaudal, mm", "Volume, mL", "Dense mean / max HU",
    "To bone, mm", "Slice", "z, mm",
)  # fmt: skip


def lesion_card(lesion: Lesion, analysis: CTAnalysis, figures: list[Content]) -> Content:
    """All that is known of a lesion."""
    return {
        **_head(lesion),
        "place": place_sentence(lesion, analysis),
        "figures": [figure for figure in figures if not figure["name"].endswith("-level")],
        "level": next((figure for figure in figures if figure["name"].endswith("-level")), None),
        "measures": _measures(lesion),
        "fragments": " ".join(words for words in (_fragments(lesion), _levels(lesion), _features(lesion)) if words),
        "details": _details(lesion, analysis),
        "not_given": _not_given(lesion),
        "reasons": [sentence(reason) for reason in lesion.deposit.reasons],
        "caveats": summary.caveat_sentences((*lesion.caveats, *lesion.deposit.caveats)),
    }


def lesion_box(lesion: Lesion, analysis: CTAnalysis, figures: list[Content]) -> Content:
    """The least that is worth knowing of a small lesion."""
    axes = lesion.extent.axes
    return {
        **_head(lesion),
        "figure": figures[0] if figures else None,
        "size": product(axes.long_axis_mm.value, axes.short_axis_mm.value),
        "volume": f"{volume(lesion.amount.volume_mm3.value)}{_in_fragments(lesion)}",
        "slice": f"slice {axes.slice_index + 1}",
        "place": place_sentence(lesion, analysis),
        "reason": sentence(lesion.deposit.reasons[0]) if lesion.deposit.reasons else "",
    }


def lesion_row(lesion: Lesion) -> Content:
    """The cells below ``HEADINGS``; the first heading is the number's."""
    extent, place = lesion.extent, lesion.place
    axes = extent.axes
    cells = [
        CATEGORY_TITLES[lesion.category],
        number(lesion.deposit.confidence, 2),
        f"{length_digits(axes.long_axis_mm.value)} × {length_digits(axes.short_axis_mm.value)}",
        length_digits(extent.craniocaudal_mm),
        milliliters(lesion.amount.volume_mm3.value),
        f"{number(lesion.density.mean_hu)} / {number(lesion.density.max_hu)}",
        "not known" if place.distance_mm is None else length_digits(place.distance_mm),
        str(axes.slice_index + 1),
        number(extent.centroid_mm[2], 1),
    ]
    return {**_head(lesion), "cells": cells}


def _head(lesion: Lesion) -> Content:
    return {
        "id": lesion.id,
        "color": _hex_color(lesion),
        "soft": lesion.category is Category.SOFT_TISSUE,
        "category": CATEGORY_TITLES[lesion.category],
        "label": lesion.deposit.label or "",
        "confidence": number(lesion.deposit.confidence, 2),
    }


def _hex_color(lesion: Lesion) -> str:
    """The lesion's color as CSS and typst write it."""
    return "#{:02x}{:02x}{:02x}".format(*lesion_color(lesion))


def _measures(lesion: Lesion) -> list[Row]:
    """The three main measures, each with its interval."""
    axes, total = lesion.extent.axes, lesion.amount.volume_mm3
    return [
        ["Volume, filled", volume(total.value), interval(total, "volume") or NO_INTERVAL],
        ["Long axis", length(axes.long_axis_mm.value), interval(axes.long_axis_mm, "length") or NO_INTERVAL],
        ["Short axis", length(axes.short_axis_mm.value), interval(axes.short_axis_mm, "length") or NO_INTERVAL],
    ]


def _fragments(lesion: Lesion) -> str:
    """What volume means of a lesion in pieces, so that nobody multiplies its axes instead."""
    parts = count(lesion.deposit.parts, "fragment")
    summed = f"The volume is the sum of {parts}; the space between them is not counted."
    return summed if lesion.deposit.parts > 1 else ""


def _in_fragments(lesion: Lesion) -> str:
    return f" in {count(lesion.deposit.parts, 'fragment')}" if lesion.deposit.parts > 1 else ""


def _details(lesion: Lesion, analysis: CTAnalysis) -> list[Row]:
    """Everything else that was measured; what was not is left to ``_not_given``."""
    extent, density, shape = lesion.extent, lesion.density, lesion.shape
    known: list[tuple[str, str | None]] = [
        ("Extent LR × AP × CC", product(
            extent.left_right_mm, extent.anteroposterior_mm, extent.craniocaudal_mm)),
        ("Coronal projection", product(*extent.projected_coronal_mm)),
        ("Sagittal projection", product(*extent.projected_sagittal_mm)),
        ("Longest diameter, 3-D", length(extent.feret_mm)),
        ("Dense voxels, mean / max", f"{number(density.mean_hu)} / {hounsfield(density.max_hu)}"),
        (f"Volume above {hounsfield(analysis.search.threshold_hu)}", volume(lesion.amount.threshold_mm3)),
        ("Mineral volume", _estimate(lesion.amount.mineral_volume_mm3, "mm³")),
        ("Mass of hydroxyapatite", _estimate(lesion.amount.mass_mg_ha, "mg")),
        ("Agatston score", None if lesion.agatston is None else number(lesion.agatston)),
        ("Fragments", str(lesion.deposit.parts)),
        ("Surface", f"{number(shape.surface_mm2 / 100, 1)} cm²"),
        ("Sphericity", None if shape.sphericity is None else number(shape.sphericity, 2)),
        ("Solidity, all fragments" if lesion.deposit.parts > 1 else "Solidity",
            None if shape.solidity is None else number(shape.solidity, 2)),
        ("Lobes", _lobes(lesion, analysis)),
        ("Pattern", None if lesion.pattern.name is None else term(lesion.pattern.name)),
        ("Pattern told by", lesion.pattern.because if lesion.pattern.name is not None else None),
        ("Fluid level", None if lesion.fluid_level.state == "indeterminate" else lesion.fluid_level.state),
    ]  # fmt: skip
    return [[label, value] for label, value in known if value is not None]


def _lobes(lesion: Lesion, analysis: CTAnalysis) -> str | None:
    """Their number, with the least depth that counts."""
    if lesion.shape.lobes is None:
        return None
    depth_mm = analysis.provenance.settings.get("shape", {}).get("lobe_depth_mm")
    return f"{lesion.shape.lobes}, {depth_mm:g} mm deep at least" if depth_mm else str(lesion.shape.lobes)


def _features(lesion: Lesion) -> str:
    """What the pattern was told by, as numbers."""
    known = [(name, value) for name, value in lesion.pattern.features if not name.endswith("_count")]
    return "Pattern: " + "; ".join(f"{term(name)} {value:.2g}" for name, value in known) + "." if known else ""


def _levels(lesion: Lesion) -> str:
    """The widest level, and how many more."""
    found = sorted(lesion.fluid_level.levels, key=lambda level: -level.width_mm)
    if not found:
        return ""
    level = found[0]
    more = f"; {len(found) - 1} more" if len(found) > 1 else ""
    return (
        f"Fluid level: {length(level.width_mm)} wide, {number(level.hu_above)} over {hounsfield(level.hu_below)}, "
        f"sediment {length(level.height_mm)} high, {number(level.tilt_deg, 1)}° off level{more}."
    )


def _not_given(lesion: Lesion) -> str:
    """What is not known of this lesion, in one sentence."""
    shape = lesion.shape
    fields = {
        "mineral volume": lesion.amount.mineral_volume_mm3,
        "mass": lesion.amount.mass_mg_ha,
        "Agatston score": lesion.agatston,
        "sphericity": shape.sphericity,
        "solidity": shape.solidity,
        "lobes": shape.lobes,
        _with_reason("pattern", lesion.pattern.because): lesion.pattern.name,
        _with_reason("fluid level", lesion.fluid_level.because): (
            None if lesion.fluid_level.state == "indeterminate" else lesion.fluid_level.state
        ),
    }
    missing = [name for name, value in fields.items() if value is None]
    return f"Not given: {enumeration(missing)}." if missing else ""


def _with_reason(name: str, because: str) -> str:
    return f"{name} ({because})" if because else name


def _estimate(estimate: Estimate | None, unit: str) -> str | None:
    if estimate is None:
        return None
    if estimate.low is None or estimate.high is None:
        return f"{number(estimate.value)} {unit}"
    return f"{number(estimate.value)} {unit} ({number(estimate.low)}–{number(estimate.high)})"
