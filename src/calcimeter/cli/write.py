"""``calcimeter write``: a draft of a case report from what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calcimeter.cli.shell import GivenPath, check_output, log_to_stderr, say, shared_options

if TYPE_CHECKING:
    from calcimeter.report.writeup.write import Form


@click.command()
@click.argument("source", metavar="OUT", type=GivenPath())
@click.option("--form", type=click.Choice(["eurorad", "care"]), required=True, help="Sections of Eurorad, or of CARE.")
@click.option("-o", "--output", "out", metavar="DIR", type=GivenPath(), help="Folder for the draft.")
@shared_options
def write(source: Path, form: Form, out: Path | None, as_json: bool, force: bool, quiet: bool, debug: bool) -> None:
    """Draft a case report from an OUT of analyze or case: Markdown and Word, each sentence with its fields.

    \b
    Examples:  calcimeter write OUT --form eurorad -o DRAFT
               calcimeter write OUT --form care -o DRAFT
    """
    log_to_stderr(quiet=quiet, debug=debug)
    check_output(out, as_json=as_json, force=force, inputs=(source,))
    from calcimeter.load.written import load_written

    written = load_written(source)
    from calcimeter.report.wording import count, sentence
    from calcimeter.report.writeup.material import material_of
    from calcimeter.report.writeup.sources import draft_sources
    from calcimeter.report.writeup.write import FORMS, write_draft

    draft = FORMS[form](material_of(written), source) if out is None else write_draft(written, form, out, force=force)
    if as_json:
        say(json.dumps(draft_sources(draft), indent=1, allow_nan=False))
        return
    sentences = sum(1 for _ in draft.sentences())
    made = f"{count(sentences, 'sentence')}, {count(len(draft.figures), 'figure')}"
    say(sentence(f"{made}; left to the author: {count(len(draft.asks()), 'thing')}"))
    say(f"Draft: {out}/draft.docx")
