"""The demonstration: the digital reference patient, made, worked up, and held against what is true of him."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calcimeter.case_folder import work_up_case
from calcimeter.load.case_file import load_case
from calcimeter.model.case_result import CaseResult, JoinedDeposit
from calcimeter.report.folder import whole_folder

log = logging.getLogger("calcimeter")


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration says, for a person and for a program."""

    text: str
    record: dict[str, Any]


def run_demo(out: Path, *, force: bool) -> Demonstration:
    """Make the reference patient in ``out/patient``, work the case up into ``out/case``, and compare with the truth.

    Raises
    ------
    OutputExists
        ``out`` is there and ``force`` was not given.
    """
    from calcimeter.phantom.patient import write_patient
    from calcimeter.report.case.summary import shell_lines

    with whole_folder(out, force=force) as folder:
        log.info("reference patient ...")
        truth = write_patient(folder / "patient")
        result = work_up_case(load_case(folder / "patient" / "case.yaml"), folder / "patient", folder / "case")
    rows = compare(result, truth)
    lines = [*shell_lines(result), "", *_table(rows), "", f"Report: {out / 'case' / 'report.html'}"]
    return Demonstration("\n".join(lines), {"comparison": rows, "deposits": len(result.deposits)})


def compare(result: CaseResult, truth: dict[str, Any]) -> list[dict[str, str]]:
    """Measured and true, one a row, as words; measured is "not found" where nothing is."""
    leader = "" if result.differential is None else result.differential.ranked[0].diagnosis
    responses = [pair.comparison.response for pair in result.comparisons if pair.comparison]
    foci = [f"{focus.side} {focus.pole}" for study in result.studies for focus in study.foci]
    pattern = result.at_presentation.pattern.name if result.at_presentation else None
    rows = [row for deposit in truth["deposits"] for row in _deposit(deposit, result, truth)]
    rows += [
        ("focus of retained tracer", foci, [f"{one['side']} {one['pole']}" for one in truth["foci"]]),
        ("pattern of the blood", [pattern], [truth["blood"]["pattern"]]),
        ("most probable", [leader], [truth["diagnosis"]]),
        ("after treatment", responses, [truth["comparison"]["response"]]),
    ]
    return [{"what": what, "measured": _words(met), "true": _words(true)} for what, met, true in rows]


def _deposit(deposit: dict[str, Any], result: CaseResult, truth: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Where it lies and how large it is, on the CT that shows it."""
    told = next((one for one in result.deposits if one.site == deposit["site"]), None)
    study, true = _on_ct(deposit, truth)
    name, shown = deposit["name"], None if told is None else _sighting(told, study)
    place = true["place"]
    rows = [
        (f"{name}: side", [told.side if told else None], [deposit["side"]]),
        (f"{name}: beside", [f"{told.bone} {told.part}"] if told else [], [f"{place['bone']} {place['part']}"]),
    ]
    if shown is None or shown.volume_mm3 is None or told is None:
        return [*rows, (f"{name}: volume", [], [_milliliters(true["volume_mm3"])])]
    return [
        *rows,
        (f"{name}: volume", [_milliliters(shown.volume_mm3.value)], [_milliliters(true["volume_mm3"])]),
        (f"{name}: from the front", _lengths(shown.projected_mm["coronal"]), _lengths(true["projected_mm"]["coronal"])),
        (f"{name}: fluid levels", [shown.fluid_level], [true["fluid_level"]["state"]]),
        (f"{name}: studies", [str(len({one.study for one in told.seen}))] if told else [], [str(len(deposit["seen"]))]),
    ]


def _on_ct(deposit: dict[str, Any], truth: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The CT study that shows a deposit, and its truth there."""
    for study in truth["studies"]:
        for lesion in study["truth"].get("lesions", ()):
            if lesion["name"] == deposit["name"]:
                return study["id"], lesion
    raise KeyError(deposit["name"])


def _sighting(deposit: JoinedDeposit, study: int) -> Any:
    return next((one for one in deposit.seen if one.study == study), None)


def _milliliters(volume_mm3: float) -> str:
    return f"{volume_mm3 / 1000:.1f} mL"


def _lengths(lengths_mm: Any) -> list[str]:
    return [" x ".join(f"{length / 10:.1f}" for length in lengths_mm) + " cm"]


def _words(said: Any) -> str:
    return ", ".join(str(one).replace("_", " ") for one in said if one is not None) or "not found"


def _table(rows: list[dict[str, str]]) -> list[str]:
    """The comparison as a table for a terminal."""
    width = max(len(row["what"]) for row in rows) + 2
    met = max(len(row["measured"]) for row in rows) + 2
    head = f"  {'':{width}}{'measured':{met}}true"
    return [head, *(f"  {row['what']:{width}}{row['measured']:{met}}{row['true']}" for row in rows)]
