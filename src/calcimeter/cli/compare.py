"""``calcimeter compare``: what became of the deposits between two dates, or over more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from calcimeter.cli.shell import GivenPath, check_output, log_to_stderr, say, shared_options

Answer = tuple[dict[str, Any], list[str]]
"""A record for programs, and lines for people."""


@click.command()
@click.argument("earlier", metavar="EARLIER_OUT", type=GivenPath())
@click.argument("later", metavar="LATER_OUT [OUT3 ...]", nargs=-1, required=True, type=GivenPath())
@click.option("-o", "--output", "out", type=GivenPath(), help="Folder for the results.")
@shared_options
def compare(
    earlier: Path, later: tuple[Path, ...], out: Path | None, as_json: bool, force: bool, quiet: bool, debug: bool
) -> None:
    """Compare two analyzed CT scans of one patient, or more for a time line; the scans themselves are not needed.

    \b
    Examples:  calcimeter compare OUT_2019 OUT_2020 -o CHANGE
               calcimeter compare OUT_2019 OUT_2020 OUT_2021 -o COURSE
    """
    log_to_stderr(quiet=quiet, debug=debug)
    check_output(out, as_json=as_json, force=force, inputs=(earlier, *later))
    if len(later) == 1:
        record, lines = _two(earlier, later[0], out, force=force)
    else:
        record, lines = _more((earlier, *later), out, force=force)
    if as_json:
        say(json.dumps(record, indent=1, allow_nan=False))
        return
    say("\n".join(lines))
    say(f"Report: {out}/report.html")


def _two(earlier: Path, later: Path, out: Path | None, *, force: bool) -> Answer:
    """One comparison."""
    from calcimeter.pipeline import compare as run
    from calcimeter.report.comparison_record import comparison_lines, comparison_record

    comparison = run(earlier, later)
    if out is not None:
        from calcimeter.report.comparison_folder import write_comparison

        write_comparison(comparison, (earlier, later), out, force=force)
    return comparison_record(comparison), comparison_lines(comparison)


def _more(folders: tuple[Path, ...], out: Path | None, *, force: bool) -> Answer:
    """Consecutive comparisons and the time line."""
    from calcimeter.report.follow_up import follow_up_lines, follow_up_record, write_follow_up
    from calcimeter.work_up import follow_up

    found = follow_up(folders)
    if out is not None:
        write_follow_up(found, folders, out, force=force)
    return follow_up_record(found), follow_up_lines(found)
