"""``calcimeter phantom``: digital reference objects."""

from __future__ import annotations

import json
from pathlib import Path

import click

from calcimeter.cli.shell import GivenPath, check_output, log_to_stderr, say, shared_options
from calcimeter.errors import UsageError


@click.command()
@click.argument("name", required=False)
@click.option("-o", "--output", "out", type=GivenPath(), help="Folder for the DICOM files and truth.json.")
@click.option("--list", "list_only", is_flag=True, help="Only list the names.")
@shared_options
def phantom(
    name: str | None, out: Path | None, list_only: bool, as_json: bool, force: bool, quiet: bool, debug: bool
) -> None:
    """Write a digital reference object: a DICOM series and the exact truth about it.

    \b
    Example:  calcimeter phantom demo -o DIR
    """
    log_to_stderr(quiet=quiet, debug=debug)
    from calcimeter.phantom import phantom_names, write_phantom
    from calcimeter.phantom.neck import neck_names, write_named_neck
    from calcimeter.phantom.patient import NAME, write_patient
    from calcimeter.phantom.radiograph import radiograph_names, write_named_radiograph
    from calcimeter.report.folder import whole_folder

    if list_only:
        names = [*phantom_names(), *radiograph_names(), *neck_names(), NAME]
        say(json.dumps(names) if as_json else "\n".join(names))
        return
    if name is None or out is None:
        raise UsageError("met no NAME or no -o DIR; `calcimeter phantom --list` names the reference objects")
    check_output(out, as_json=False, force=force)
    with whole_folder(out, force=force) as folder:
        if name == NAME:
            truth = write_patient(folder)
        elif name in radiograph_names():
            truth = write_named_radiograph(name, folder).truth
        else:
            truth = (write_named_neck if name in neck_names() else write_phantom)(name, folder).truth
    if as_json:
        say(json.dumps(truth, indent=1))
    elif not quiet:
        click.echo(f"{name}: {out}", err=True)
