"""The report of a scintigraphy as one HTML file that needs nothing else."""

from __future__ import annotations

from typing import Any

from calcimeter.model.scintigram import Focus, LobeMeasures, Scintigram, ScintigraphyAnalysis
from calcimeter.report.content import RESEARCH_USE
from calcimeter.report.html import data_address, render
from calcimeter.report.provenance import provenance_rows, settings_groups
from calcimeter.report.scintigraphy.figures import Picture
from calcimeter.report.scintigraphy.wording import (
    METHOD,
    NODULES,
    NOT_EXCLUDED,
    findings,
    headline,
    place_of,
)
from calcimeter.report.wording import NBSP, number, term

Content = dict[str, Any]

SHOWN = "Left and right are the patient's; images are shown as seen from the front, the patient's right at the left."
SHOWN_AS_STORED = "The images are shown as they are stored: which side of them is the patient's right is not known."


def render_scintigraphy(analysis: ScintigraphyAnalysis, pictures: tuple[Picture, ...]) -> str:
    """The page; equal for equal arguments, without script, address, name, date or path."""
    return render("scintigraphy.html", scintigraphy_content(analysis, pictures))


def scintigraphy_content(analysis: ScintigraphyAnalysis, pictures: tuple[Picture, ...]) -> Content:
    """All text and numbers of the page, formatted."""
    return {
        "title": "Parathyroid scintigraphy",
        "research_use": RESEARCH_USE,
        "shown": SHOWN if analysis.study.view in ("anterior", "posterior") else SHOWN_AS_STORED,
        "cite": f"Calcimeter {analysis.provenance.version}, input {analysis.provenance.input_sha256[:12]}",
        "headline": headline(analysis),
        "findings": findings(analysis),
        "subtitle": _acquisition(analysis),
        "facts": _facts(analysis),
        "keep_in_mind": [NOT_EXCLUDED, NODULES],
        "pictures": [
            {
                "name": picture.name,
                "address": data_address(picture.png),
                "caption": picture.caption,
                "width": picture.size_px[0],
                "height": picture.size_px[1],
            }
            for picture in pictures
        ],
        "foci": [_focus_row(k, focus) for k, focus in enumerate(analysis.foci, 1)],
        "lobes": [_lobe_row(side, lobe) for side, lobe in analysis.thyroid],
        "signs": [
            [term(f.name), {True: "present", False: "absent", None: "not known"}[f.present], f.because]
            for f in analysis.findings()
        ],
        "caveats": [one.text for one in analysis.caveats],
        "method": list(METHOD),
        "provenance": provenance_rows(analysis.provenance),
        "settings": settings_groups(analysis.provenance.settings),
    }


def _acquisition(analysis: ScintigraphyAnalysis) -> str:
    """How the images were made, in one line."""
    study = analysis.study
    rows, columns = study.early.counts.shape
    view = {"anterior": "anterior view", "posterior": "posterior view", "other": "another view", None: "view not known"}
    words = [
        study.tracer or "tracer not named",
        view[study.view],
        f"{rows} × {columns} pixels of {number(study.early.pixel_mm, 2)}{NBSP}mm",
        _moment("early", study.early),
    ]
    if study.delayed is not None:
        words.append(_moment("delayed", study.delayed))
    if study.interval_min is not None:
        words.append(f"{number(study.interval_min)} minutes between them")
    return " · ".join(words)


def _moment(name: str, image: Scintigram) -> str:
    after = image.after_injection_min
    when = "" if after is None else f" {number(after)} min after injection"
    return f"{name}{when}, {number(float(image.counts.sum()))} counts"


def _facts(analysis: ScintigraphyAnalysis) -> list[dict[str, str]]:
    """The four numbers at the top."""
    first = analysis.foci[0] if analysis.foci else None
    washouts = [f"{number(100 * lobe.washout)}{NBSP}%" for _, lobe in analysis.thyroid if lobe.washout is not None]
    searched = "–" if analysis.examined_mm2 is None else f"{number(analysis.examined_mm2 / 100)}{NBSP}cm²"
    retained = first.retention if first else None
    told = len(analysis.foci) or ("–" if analysis.verdict == "indeterminate" else 0)
    note = "of retained tracer" if analysis.verdict == "focus" else term(analysis.verdict)
    return [
        {"label": "Foci", "value": str(told), "note": note},
        {
            "label": "Most significant",
            "value": f"z{NBSP}{number(first.z_score, 1)}" if first else "–",
            "note": place_of(first) if first else "corrected for the area searched",
        },
        {
            "label": "Its retention",
            "value": "–" if retained is None else number(retained, 2),
            "note": "delayed over early ratio",
        },
        {
            "label": "Washout of the lobes",
            "value": " / ".join(washouts) or "–",
            "note": f"right / left; {searched} searched" if len(washouts) == 2 else f"{searched} searched",
        },
    ]


def _focus_row(k: int, focus: Focus) -> list[str]:
    return [
        str(k),
        place_of(focus),
        "–" if focus.ratio_early is None else number(focus.ratio_early, 2),
        "–" if focus.ratio_delayed is None else number(focus.ratio_delayed, 2),
        "–" if focus.retention is None else number(focus.retention, 2),
        number(focus.z_score, 1),
        "–" if focus.size_mm is None else f"{number(focus.size_mm)}{NBSP}mm",
    ]


def _lobe_row(side: str, lobe: LobeMeasures) -> list[str]:
    return [
        side.capitalize(),
        "–" if lobe.length_mm is None else f"{number(lobe.length_mm)}{NBSP}mm",
        "–" if lobe.area_mm2 is None else f"{number(lobe.area_mm2 / 100, 1)}{NBSP}cm²",
        number(lobe.counts_early),
        number(lobe.counts_delayed),
        "–" if lobe.washout is None else f"{number(100 * lobe.washout)}{NBSP}%",
    ]
