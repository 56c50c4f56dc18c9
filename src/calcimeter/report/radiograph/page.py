"""The report of a radiograph as one HTML file that needs nothing else."""

from __future__ import annotations

from typing import Any

from calcimeter.model.radiograph import RadiographDeposit
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.report.content import RESEARCH_USE
from calcimeter.report.html import data_address, render
from calcimeter.report.provenance import provenance_rows, settings_groups
from calcimeter.report.radiograph.figures import Picture
from calcimeter.report.radiograph.wording import (
    ASK,
    ASK_BETTER,
    METHOD,
    NOT_EXCLUDED,
    WHOLE_CM2,
    area_of,
    caveats_of,
    deposit_sentence,
    headline,
    plane_words,
    reservations,
    searched,
    size_of,
    view_words,
    with_interval,
)
from calcimeter.report.reasoning import reasoning_content
from calcimeter.report.wording import NBSP, number

Content = dict[str, Any]

HEADINGS = ("No.", "Side", "Long axis", "Short axis", "Area", "Contrast to noise", "Confidence")


def render_radiograph(analysis: RadiographAnalysis, pictures: tuple[Picture, ...]) -> str:
    """The page; equal for equal arguments, without script, address, name, date or path."""
    addresses = {picture.name: data_address(picture.png) for picture in pictures}
    return render("radiograph.html", {**radiograph_content(analysis, pictures), "addresses": addresses})


def radiograph_content(analysis: RadiographAnalysis, pictures: tuple[Picture, ...]) -> Content:
    """All text and numbers of the report, formatted; pictures by name. Holds no name, identifier, date or path."""
    provenance = analysis.provenance
    return {
        "title": "Calcification on a radiograph",
        "research_use": RESEARCH_USE,
        "headline": headline(analysis),
        "findings": [*(deposit_sentence(one, analysis) for one in analysis.deposits), searched(analysis)],
        "subtitle": view_words(analysis),
        "facts": _facts(analysis),
        "keep_in_mind": [*reservations(analysis), *_asked(analysis), NOT_EXCLUDED],
        "whole": [_figure(picture) for picture in pictures if picture.deposit is None],
        "cards": [
            _card(one, [_figure(picture) for picture in pictures if picture.deposit == one.id])
            for one in analysis.deposits
        ],
        "table": {"headings": list(HEADINGS), "rows": [_row(one) for one in analysis.deposits]},
        "suspects": [_suspect(analysis, k) for k in range(len(analysis.suspects))],
        "brooker": "" if analysis.brooker is None else _brooker(analysis),
        "plane": plane_words(analysis),
        "reasoning": reasoning_content(
            analysis.findings(), analysis.differential, analysis.chemistry, analysis.red_flags() or ()
        ),
        "caveats": [one.text for one in sorted({*analysis.caveats, *analysis.study.caveats})],
        "method": list(METHOD),
        "provenance": provenance_rows(analysis.provenance),
        "settings": settings_groups(analysis.provenance.settings),
        "cite": f"Calcimeter {provenance.version}, input {provenance.input_sha256[:12]}",
    }


def _asked(analysis: RadiographAnalysis) -> list[str]:
    """What a reader is asked for."""
    if not analysis.suspects:
        return []
    return [ASK if analysis.examined_px else ASK_BETTER]


def _facts(analysis: RadiographAnalysis) -> list[dict[str, str]]:
    """The four numbers at the top."""
    first = analysis.deposits[0] if analysis.deposits else None
    calibration = analysis.study.calibration
    plane = {"patient": "in the patient", "detector": "at the detector", "none": "in pixels"}[calibration.plane]
    magnified = "–" if calibration.magnification is None else f"{number(calibration.magnification, 2)} ×"
    return [
        {
            "label": "Deposits",
            "value": str(len(analysis.deposits)),
            "note": f"{len(analysis.suspects)} shadows not told from bone",
        },
        {
            "label": "Largest",
            "value": size_of(first, analysis) if first else "–",
            "note": f"long × short axis, {plane}",
        },
        {"label": "Its area", "value": area_of(first) if first else "–", "note": "inside the outline"},
        {"label": "Magnification", "value": magnified, "note": "at the detector"},
    ]


def _figure(picture: Picture) -> Content:
    return {
        "name": picture.name,
        "caption": picture.caption,
        "width": picture.size_px[0],
        "height": picture.size_px[1],
    }


def _card(deposit: RadiographDeposit, figures: list[Content]) -> Content:
    """One deposit with its picture, its numbers and why it is one."""
    column, row = deposit.centroid_px
    given = {"point": "a point", "box": "a box", None: "found"}[deposit.given]
    return {
        "id": deposit.id,
        "figures": figures,
        "rows": [
            ["Long axis", with_interval(deposit.long_axis_mm, deposit.axes.long_px)],
            ["Short axis", with_interval(deposit.short_axis_mm, deposit.axes.short_px)],
            ["Area", _area(deposit)],
            ["Side", deposit.side or "not known"],
            ["Contrast", _contrast(deposit)],
            ["Middle", f"column {number(column)}, row {number(row)}"],
            ["Pointed to by", given],
        ],
        "reasons": list(deposit.reasons),
        "caveats": caveats_of(deposit),
    }


def _area(deposit: RadiographDeposit) -> str:
    """With its interval, in the same unit."""
    area = deposit.area_mm2
    if area is None or area.low is None or area.high is None:
        return area_of(deposit)
    scale, unit, digits = (100, "cm²", 1) if area.value >= WHOLE_CM2 else (1, "mm²", 0)
    low, high = (number(value / scale, digits) for value in (area.low, area.high))
    return f"{area_of(deposit)} ({low}–{high}{NBSP}{unit})"


def _contrast(deposit: RadiographDeposit) -> str:
    return f"{number(deposit.contrast.value)} gray levels, {number(deposit.contrast_to_noise, 1)} times the noise"


def _row(deposit: RadiographDeposit) -> list[str]:
    return [
        str(deposit.id),
        deposit.side or "–",
        with_interval(deposit.long_axis_mm, deposit.axes.long_px),
        with_interval(deposit.short_axis_mm, deposit.axes.short_px),
        _area(deposit),
        number(deposit.contrast_to_noise, 1),
        number(deposit.confidence, 2),
    ]


def _suspect(analysis: RadiographAnalysis, k: int) -> list[str]:
    suspect = analysis.suspects[k]
    column, row = (round(value) for value in suspect.centroid_px)
    return [f"column {column}, row {row}", number(suspect.unlike_bone, 2), suspect.because]


def _brooker(analysis: RadiographAnalysis) -> str:
    found = analysis.brooker
    assert found is not None
    return f"{'not told' if found.grade is None else found.grade}: {found.because}."
