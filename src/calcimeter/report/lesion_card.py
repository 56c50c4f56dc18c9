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
    Kind,
    best,
    count,
    enumeration,
    estimated,
    hounsfield,
    interval,
    length,
    length_digits,
    milliliters,
    number,
    product,
    sentence,
    term,
    three_digits,
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
        "fragments": " ".join(words for words in (_fragments(lesion), _levels(lesion)) if words),
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
        "volume": f"{volume(lesion.amount.volume_mm3.value)}{summary.in_fragments(lesion)}",
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
    axes = lesion.extent.axes
    measures: list[tuple[str, Estimate, Kind]] = [
        ("Volume, filled", lesion.amount.volume_mm3, "volume"),
        ("Long axis", axes.long_axis_mm, "length"),
        ("Short axis", axes.short_axis_mm, "length"),
    ]
    return [[label, best(value, kind), interval(value, kind) or NO_INTERVAL] for label, value, kind in measures]


def _fragments(lesion: Lesion) -> str:
    """What volume means of a lesion in pieces, so that nobody multiplies its axes instead."""
    parts = count(lesion.deposit.parts, "fragment")
    summed = f"The volume is the sum of {parts}; the space between them is not counted."
    return summed if lesion.deposit.parts > 1 else ""


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
        ("Mineral volume", _estimated(lesion.amount.mineral_volume_mm3, "volume")),
        ("Mass of hydroxyapatite", _estimated(lesion.amount.mass_mg_ha, "mass")),
        ("Agatston score", None if lesion.agatston is None else _rounded(lesion.agatston)),
        ("Fragments", str(lesion.deposit.parts)),
        ("Surface", f"{three_digits(shape.surface_mm2 / 100)} cm²"),
        ("Sphericity", None if shape.sphericity is None else number(shape.sphericity, 2)),
        ("Solidity, all fragments" if lesion.deposit.parts > 1 else "Solidity",
            None if shape.solidity is None else number(shape.solidity, 2)),
        ("Lobed", _lobed(lesion)),
        ("Pattern", _pattern(lesion)),
        ("Fluid level", None if lesion.fluid_level.state == "indeterminate" else lesion.fluid_level.state),
    ]  # fmt: skip
    return [[label, value] for label, value in known if value is not None]


def _lobed(lesion: Lesion) -> str | None:
    """Not how many lobes a reader counts, which wide-necked bulges add to, but how many parts necks set off."""
    parts = lesion.shape.lobes
    if parts is None:
        return None
    told_apart = "separate or set off by necks" if lesion.deposit.parts > 1 else "set off by necks"
    return f"{count(parts, 'part')} {told_apart}" if parts > 1 else "no part set off by a neck"


def _pattern(lesion: Lesion) -> str | None:
    """Its name, and the fact that decided."""
    name, because = lesion.pattern.name, lesion.pattern.because
    return None if name is None else f"{term(name)}{f' ({because})' if because else ''}"


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


def _estimated(estimate: Estimate | None, kind: Kind) -> str | None:
    return None if estimate is None else estimated(estimate, kind)


def _rounded(score: float) -> str:
    """A score to three digits: more are noise."""
    step = 10 ** max(len(f"{score:.0f}") - 3, 0)
    return number(round(score / step) * step)
