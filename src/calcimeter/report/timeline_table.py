"""A time line as tables: a column a day."""

from __future__ import annotations

from typing import Any

from calcimeter.knowledge.analytes import analytes
from calcimeter.model.measures import Estimate
from calcimeter.model.timeline import BloodLine, Timeline
from calcimeter.report.reasoning import amount, unit_words
from calcimeter.report.wording import interval, number, term, volume

Row = list[str]


def timeline_tables(timeline: Timeline) -> dict[str, Any]:
    """Rows of deposits and of analytes over days, and what was done when; no rows where nothing has a day.

    Returns
    -------
    dict
        ``volumes`` and ``blood``, each with ``headings`` and ``rows``; ``treatments``, rows of name and day.
    """
    return {
        "volumes": _volumes(timeline),
        "blood": _blood(timeline),
        "treatments": [[term(what), number(day)] for what, day in timeline.treatments],
    }


def blood_label(line: BloodLine) -> str:
    """An analyte and its unit: "Phosphate, mmol/L"."""
    return f"{_name(line.analyte)}, {unit_words(line.unit)}"


def _name(analyte: str) -> str:
    return analytes()[analyte].label if analyte in analytes() else term(analyte)


def _volumes(timeline: Timeline) -> dict[str, Any]:
    days = sorted({point.day for line in timeline.volumes for point in line.points})
    rows = []
    for line in timeline.volumes:
        told = {point.day: point for point in line.points}
        cells = [_volume(told[day].volume_mm3, told[day].state) if day in told else "" for day in days]
        rows.append([f"{line.deposit}, {line.title}", *cells])
    return {"headings": ["Deposit", *(f"Day {number(day)}" for day in days)], "rows": rows}


def _volume(estimate: Estimate, state: str | None) -> str:
    if estimate.value == 0:
        limit = "" if estimate.high is None else f" (none over {volume(estimate.high)})"
        return f"{term(state or 'none')}{limit}"
    around = interval(estimate, "volume")
    return volume(estimate.value) + (f" ({around})" if around else "")


def _blood(timeline: Timeline) -> dict[str, Any]:
    days = sorted({one.day for line in timeline.blood for one in line.points if one.day is not None})
    rows = []
    for line in timeline.blood:
        told = {one.day: one for one in line.points}
        cells = [f"{amount(told[day])} {_mark(told[day].status)}".strip() if day in told else "" for day in days]
        rows.append([_name(line.analyte), *cells])
    return {"headings": ["Result", *(f"Day {number(day)}" for day in days)], "rows": rows}


def _mark(status: str | None) -> str:
    """An arrow for what is out of range."""
    return {"low": "↓", "high": "↑"}.get(status or "", "")
