"""``calcimeter read``: a case report's text -> a case file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calcimeter.cli.shell import GivenPath, complain, log_to_stderr, say, shared_options
from calcimeter.errors import CalcimeterError, OutputExists, UnreadableInput, UsageError

if TYPE_CHECKING:
    from calcimeter.load.case_text import CaseReading

SUFFIXES = (".yaml", ".yml")


@click.command()
@click.argument("text_file", metavar="TEXT", type=GivenPath())
@click.option("-o", "--output", "out", metavar="CASE.yaml", type=GivenPath(), help="The case file.")
@shared_options
def read(text_file: Path, out: Path | None, as_json: bool, force: bool, quiet: bool, debug: bool) -> None:
    """Read a published case report (plain text, UTF-8) into a case file, each item with its place in the text.

    \b
    Example:  calcimeter read report.txt -o case.yaml
    """
    log_to_stderr(quiet=quiet, debug=debug)
    _check(text_file, out, as_json=as_json, force=force)
    from calcimeter.load.case_file import case_record, dump_case
    from calcimeter.load.case_text import read_with_reasons

    reading = _understood(read_with_reasons(_text(text_file)))
    if out is not None:
        _write(out, dump_case(reading.case) + _left_out(reading))
    if as_json:
        say(json.dumps(case_record(reading.case), indent=1, allow_nan=False))
    elif not quiet:
        complain(f"{len(reading.case.sources)} places read, {len(reading.left_out)} left open; check {out} by the text")


def _check(text_file: Path, out: Path | None, *, as_json: bool, force: bool) -> None:
    """Say before the work that it can't be done."""
    if not text_file.is_file():
        raise UsageError("there is no such text; expected a file in plain text", files=(str(text_file),))
    if out is None:
        if not as_json:
            raise UsageError("met no -o CASE.yaml; name the case file, or use --json alone")
        return
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(f"met -o with {out.suffix or 'no suffix'}; expected a name that ends in .yaml")
    if out.exists():
        if out.is_dir() or out.samefile(text_file):
            raise UsageError("the case file would replace a folder or the text itself; give it another name")
        if not force:
            raise OutputExists("the case file exists already; use --force to replace it, or another name")


def _text(text_file: Path) -> str:
    try:
        return text_file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableInput(
            "this is no text in UTF-8; expected a case report as plain text: save it so, or copy it out of its PDF"
        ) from None
    except OSError as error:
        raise UnreadableInput(f"the text can't be read ({error.strerror}); check its rights") from None


def _understood(reading: CaseReading) -> CaseReading:
    """The reading, unless it holds nothing: an empty case file would look like a case about which nothing is known."""
    if not reading.case.sources and not reading.left_out:
        raise UnreadableInput(
            "nothing in this text was understood; expected a case report of one patient in English: "
            "check that it is the right file"
        )
    return reading


def _left_out(reading: CaseReading) -> str:
    """What the text leaves open, as comments: terms, reasons and places, never words of the text."""
    lines = [f"#   {one.what}: {one.reason} (characters {one.place[0]}-{one.place[1]})" for one in reading.left_out]
    return "\n".join(["", "# Told of in the text, and not taken:", *lines, ""]) if lines else ""


def _write(out: Path, content: str) -> None:
    """Whole or not at all."""
    beside = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(content, encoding="utf-8")
        beside.replace(out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CalcimeterError(f"the case file could not be written ({error.strerror}); check the place") from None
