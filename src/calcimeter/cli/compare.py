"""``calcimeter compare``: what became of the deposits between two dates."""

from __future__ import annotations

import json
from pathlib import Path

import click

from calcimeter.cli.shell import check_output, log_to_stderr, say, shared_options


@click.command()
@click.argument("earlier", metavar="EARLIER_OUT", type=click.Path(path_type=Path))
@click.argument("later", metavar="LATER_OUT", type=click.Path(path_type=Path))
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), help="Folder for the results.")
@shared_options
def compare(earlier: Path, later: Path, out: Path | None, as_json: bool, force: bool, quiet: bool, debug: bool) -> None:
    """Compare two analyzed CT scans of one patient; the scans themselves are not needed.

    \b
    Example:  calcimeter compare OUT_2019 OUT_2020 -o CHANGE
    """
    log_to_stderr(quiet=quiet, debug=debug)
    check_output(out, as_json=as_json, force=force, inputs=(earlier, later))
    from calcimeter.pipeline import compare as run
    from calcimeter.report.comparison_record import comparison_lines, comparison_record

    comparison = run(earlier, later)
    if out is not None:
        from calcimeter.report.comparison_folder import write_comparison

        write_comparison(comparison, (earlier, later), out, force=force)
    if as_json:
        say(json.dumps(comparison_record(comparison), indent=1, allow_nan=False))
        return
    say("\n".join(comparison_lines(comparison)))
    say(f"Report: {out}/report.html")
