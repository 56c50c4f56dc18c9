"""``calcimeter case``: several studies, blood results, history and dates: the whole work-up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calcimeter.cli.shell import GivenPath, check_output, log_to_stderr, say, shared_options

if TYPE_CHECKING:
    from calcimeter.model.case_result import CaseResult


@click.command()
@click.argument("case_file", metavar="CASE.yaml", type=GivenPath())
@click.option("-o", "--output", "out", type=GivenPath(), help="Folder for the results.")
@shared_options
def case(case_file: Path, out: Path | None, as_json: bool, force: bool, quiet: bool, debug: bool) -> None:
    """Work up a whole case: every study that the case file names, and one picture of the patient.

    \b
    Example:  calcimeter case CASE.yaml -o OUT
    """
    log_to_stderr(quiet=quiet, debug=debug)
    from calcimeter.load.case_file import load_case

    given, folder = load_case(case_file), case_file.absolute().parent
    inputs = (case_file, *(folder / name for study in given.studies for name in study.paths))
    check_output(out, as_json=as_json, force=force, inputs=inputs)
    from calcimeter.case_folder import work_up_case
    from calcimeter.report.case.record import case_record
    from calcimeter.report.case.summary import shell_lines

    result: CaseResult = work_up_case(given, folder, out, force=force)
    if as_json:
        say(json.dumps(case_record(result), indent=1, allow_nan=False))
        return
    say("\n".join(shell_lines(result)))
    say(f"Report: {out}/report.html")
