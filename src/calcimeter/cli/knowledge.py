"""``calcimeter knowledge``: the numbers behind the differential diagnosis, checked and shown."""

from __future__ import annotations

import json
from pathlib import Path

import click

from calcimeter.cli.shell import GivenPath, log_to_stderr, say, shared_options


@click.group()
@shared_options
@click.pass_context
def knowledge(context: click.Context, /, **shared: bool) -> None:
    """Check and show the numbers behind the differential diagnosis.

    \b
    Examples:  calcimeter knowledge check
               calcimeter knowledge show
    """
    # The options that every command has may stand before "check" and "show" as well as behind them.
    given = {name: True for name, is_given in shared.items() if is_given}
    context.default_map = {"check": given, "show": given}


@knowledge.command()
@click.argument("changed", metavar="[FILE]", required=False, type=GivenPath(exists=True))
@shared_options
def check(changed: Path | None, as_json: bool, force: bool, quiet: bool, debug: bool) -> None:
    """Check the knowledge, with FILE (or a folder of files) in place of the shipped one of the same name.

    \b
    Example:  calcimeter knowledge check minerals.toml
    """
    del force  # nothing is written
    log_to_stderr(quiet=quiet, debug=debug)
    from calcimeter.knowledge.read_network import read_knowledge

    read = read_knowledge(changed)
    counted = {
        "diagnoses": len(read.diseases) - 1,
        "findings": len(read.items),
        "tests": len(read.tests),
        "populations": len(read.populations),
        "sources": len(read.sources),
    }
    if as_json:
        say(json.dumps({"consistent": True, **counted}, indent=1))
    else:
        say(f"The knowledge is consistent: {', '.join(f'{count} {name}' for name, count in counted.items())}.")


@knowledge.command()
@click.argument("changed", metavar="[FILE]", required=False, type=GivenPath(exists=True))
@shared_options
def show(changed: Path | None, as_json: bool, force: bool, quiet: bool, debug: bool) -> None:
    """Print the knowledge as Markdown tables with sources; docs/knowledge.md is made so.

    \b
    Example:  calcimeter knowledge show
    """
    del force  # nothing is written
    log_to_stderr(quiet=quiet, debug=debug)
    from calcimeter.knowledge.read_network import read_knowledge
    from calcimeter.report.knowledge_tables import knowledge_page

    page = knowledge_page(read_knowledge(changed))
    say(json.dumps({"markdown": page}, indent=1) if as_json else page)
