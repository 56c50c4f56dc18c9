"""``calcimeter rank``: the differential diagnosis of a case file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from calcimeter.cli.shell import GivenPath, log_to_stderr, say, shared_options


@click.command()
@click.argument("case_file", metavar="CASE.(yaml|json)", type=GivenPath())
@click.option(
    "--prior",
    default="referral",
    show_default=True,
    help="Among whom: referral, unselected, dialysis, uniform.",
)
@click.option(
    "--knowledge",
    type=GivenPath(exists=True),
    help="Changed TOML, a file or a folder, in place of the shipped one of the same name.",
)
@shared_options
def rank(
    case_file: Path, prior: str, knowledge: Path | None, as_json: bool, force: bool, quiet: bool, debug: bool
) -> None:
    """Rank the diagnoses of a case: history, blood results and findings, without images.

    \b
    Example:  calcimeter rank CASE.yaml --prior dialysis
    """
    del force  # nothing is written
    log_to_stderr(quiet=quiet, debug=debug)
    from calcimeter.knowledge.read_network import read_knowledge, shipped_knowledge
    from calcimeter.load.case_file import load_case
    from calcimeter.model.case import presented
    from calcimeter.model.chemistry import Chemistry
    from calcimeter.reason.presentation import chemistry_at_presentation, chemistry_of, rank_by_presentation
    from calcimeter.report.chemistry import divided_chemistry_record
    from calcimeter.report.differential import differential_lines, rank_record

    believed = shipped_knowledge() if knowledge is None else read_knowledge(knowledge)
    case = load_case(case_file)
    patient = presented(case)
    chemistry = chemistry_of(patient) or Chemistry()
    differential = rank_by_presentation(case, (), chemistry, patient, prior=prior, knowledge=believed)
    if as_json:
        before = chemistry_at_presentation(patient) or Chemistry()
        record = rank_record(differential, divided_chemistry_record(chemistry, before))
        say(json.dumps(record, indent=1, allow_nan=False))
    else:
        say("\n".join([*differential_lines(differential), *(f"Blood: {note}" for note in chemistry.notes)]))
