"""``calcimeter demo``: the demonstration."""

from __future__ import annotations

import json
from pathlib import Path

import click

from calcimeter.cli.shell import GivenPath, check_output, log_to_stderr, say, shared_options


@click.command()
@click.option("-o", "--output", "out", type=GivenPath(), default=Path("calcimeter-demo"), show_default=True)
@shared_options
def demo(out: Path, as_json: bool, force: bool, quiet: bool, debug: bool) -> None:
    """Make the digital reference patient, work the whole case up, and show the truth beside what was measured.

    \b
    Example:  calcimeter demo -o DIR
    """
    log_to_stderr(quiet=quiet, debug=debug)
    check_output(out, as_json=False, force=force)
    from calcimeter.demo import run_demo

    result = run_demo(out, force=force)
    say(json.dumps(result.record, indent=1) if as_json else result.text)
