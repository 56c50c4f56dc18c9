"""``calcimeter deidentify``: images without what tells whose they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from calcimeter.cli.shell import GivenPath, check_output, log_to_stderr, say, shared_options
from calcimeter.errors import UsageError


@click.command()
@click.argument("source", metavar="INPUT", type=GivenPath())
@click.option("-o", "--output", "out", type=GivenPath(), help="Folder for the images.")
@click.option(
    "--mask",
    "masks",
    metavar="X0,Y0,X1,Y1",
    multiple=True,
    help="Black this rectangle out of images that may have writing in them, or of all; may be given several times.",
)
@shared_options
def deidentify(
    source: Path, out: Path | None, masks: tuple[str, ...], as_json: bool, force: bool, quiet: bool, debug: bool
) -> None:
    """Write DICOM images anew without what tells whose they are: the images that go with a published case.

    \b
    Examples:  calcimeter deidentify CT_FOLDER -o OUT
               calcimeter deidentify SCREENSHOT.dcm -o OUT --mask 0,0,512,40
    """
    log_to_stderr(quiet=quiet, debug=debug)
    rectangles = [_rectangle(text) for text in masks]
    if out is None:
        raise UsageError("met no -o OUT; name the folder for the images")
    check_output(out, as_json=as_json, force=force, inputs=(source,))
    from calcimeter.deidentify.folder import deidentify as run

    done = run(source, out, masks=rectangles, force=force)
    say(json.dumps(done.record(), indent=1) if as_json else "\n".join(done.lines()))


def _rectangle(text: str) -> tuple[int, int, int, int]:
    if not re.fullmatch(r"\d{1,6}(,\d{1,6}){3}", text):
        raise UsageError("met a --mask that is no rectangle; expected four whole numbers as in --mask 0,0,512,40")
    left, top, right, bottom = (int(part) for part in text.split(","))
    return left, top, right, bottom
