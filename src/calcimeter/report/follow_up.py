"""More than two dates -> the files of OUT: a folder a comparison, and the time line."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calcimeter.model.case_result import FollowUp, StudyPair
from calcimeter.report.comparison_folder import write_comparison
from calcimeter.report.comparison_page import RESPONSES
from calcimeter.report.comparison_record import doubts
from calcimeter.report.content import RESEARCH_USE
from calcimeter.report.folder import whole_folder
from calcimeter.report.html import render
from calcimeter.report.record import write_json
from calcimeter.report.timeline_figure import draw_timeline, explain_timeline
from calcimeter.report.timeline_record import timeline_record
from calcimeter.report.timeline_table import timeline_tables
from calcimeter.report.wording import NBSP, number, sentence, volume

SCHEMA = "calcimeter.timeline/1"


def write_follow_up(found: FollowUp, folders: Sequence[Path], out: Path, *, force: bool = False) -> None:
    """Write 01-02/, 02-03/ ... as ``calcimeter compare`` of two writes them, timeline.json and report.html.

    Parameters
    ----------
    folders : sequence of Path
        The output folders that were compared, in their order.

    Raises
    ------
    OutputExists, UsageError, CalcimeterError
        As ``whole_folder``.
    """
    with whole_folder(out, force=force) as folder:
        for pair in found.comparisons:
            assert pair.comparison is not None
            both = (folders[pair.earlier - 1], folders[pair.later - 1])
            write_comparison(pair.comparison, both, folder / str(pair.folder))
        write_json(follow_up_record(found), folder / "timeline.json")
        drawing = draw_timeline(found.timeline, {})
        page = render("follow_up.html", follow_up_content(found, drawing))
        (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")


def follow_up_record(found: FollowUp) -> dict[str, Any]:
    """Everything as JSON values; days count from the first study."""
    return {
        "schema": SCHEMA,
        "studies": [{"id": study.id, "day": study.day} for study in found.studies],
        "deposits": [
            {
                "id": one.id,
                "tracking_uid": one.tracking_uid,
                "seen": [{"study": seen.study, "lesion": seen.lesion} for seen in one.seen],
            }
            for one in found.deposits
        ],
        "comparisons": [_pair(pair) for pair in found.comparisons],
        "timeline": timeline_record(found.timeline),
    }


def follow_up_lines(found: FollowUp) -> list[str]:
    """What a shell shows: a line for each pair, and what is doubtful of any of them once."""
    told = [f"{pair.earlier} to {pair.later}: {_response(pair)}" for pair in found.comparisons]
    every = [words for pair in found.comparisons if pair.comparison for words in doubts(pair.comparison)]
    return [*told, *dict.fromkeys(every)]


def follow_up_content(found: FollowUp, drawing: str) -> dict[str, Any]:
    """All text and numbers of the page, formatted."""
    return {
        "title": "Follow-up",
        "research_use": RESEARCH_USE,
        "headline": f"{number(len(found.studies))} CT scans: {_course(found)}",
        "findings": [sentence(line) for line in follow_up_lines(found)],
        "subtitle": "",
        "facts": [
            {"label": "Scans", "value": str(len(found.studies)), "note": _span(found)},
            {"label": "Deposits", "value": str(len(found.deposits)), "note": "followed over all scans"},
            {"label": "First volume", "value": _total(found, 0), "note": "soft tissue, filled envelopes"},
            {"label": "Last volume", "value": _total(found, -1), "note": "soft tissue, filled envelopes"},
        ],
        "drawing": f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode('ascii')}" if drawing else "",
        "drawn": explain_timeline(found.timeline),
        "volumes": timeline_tables(found.timeline)["volumes"],
        "comparisons": [
            [f"{pair.earlier} and {pair.later}", _response(pair), sentence(_because(pair))]
            for pair in found.comparisons
        ],
        "reports": [{"folder": pair.folder, "name": f"{pair.earlier} and {pair.later}"} for pair in found.comparisons],
    }


def _pair(pair: StudyPair) -> dict[str, Any]:
    assert pair.comparison is not None
    return {
        "earlier": pair.earlier,
        "later": pair.later,
        "folder": pair.folder,
        "interval_days": pair.comparison.interval_days,
        "response": pair.comparison.response,
        "because": pair.comparison.because,
    }


def _response(pair: StudyPair) -> str:
    assert pair.comparison is not None
    days = pair.comparison.interval_days
    return RESPONSES[pair.comparison.response] + ("" if days is None else f" after {number(days)}{NBSP}days")


def _because(pair: StudyPair) -> str:
    return "" if pair.comparison is None else pair.comparison.because


def _course(found: FollowUp) -> str:
    words = [RESPONSES[pair.comparison.response].lower() for pair in found.comparisons if pair.comparison]
    return ", then ".join(words)


def _span(found: FollowUp) -> str:
    days = [study.day for study in found.studies if study.day is not None]
    return f"over {number(max(days))} days" if len(days) > 1 else "dates not known"


def _total(found: FollowUp, which: int) -> str:
    study = found.studies[which]
    if not study.deposits:
        return "none" if study.limit_mm3 is None else f"none over {volume(study.limit_mm3)}"
    return volume(sum(one.volume_mm3.value for one in study.deposits if one.volume_mm3))
