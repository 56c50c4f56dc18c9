"""What every verb shares: its options, progress and complaints on stderr, results on stdout."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from calcimeter.errors import CalcimeterError, UsageError

Command = Callable[..., Any]


class GivenPath(click.Path):
    """A path that is one: an empty word, as a variable leaves that was not set, would mean the working directory."""

    def __init__(self, *, exists: bool = False) -> None:
        super().__init__(exists=exists, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; an empty one is a wrong call."""
        if value == "":
            self.fail("met an empty name, expected that of a file or folder; give one, or leave it out", param, ctx)
        return super().convert(value, param, ctx)


def shared_options(command: Command) -> Command:
    """The options that every command has."""
    for option in (
        click.option("--debug", is_flag=True, help="Show where an internal error came from."),
        click.option("--quiet", is_flag=True, help="No progress on stderr."),
        click.option("--force", is_flag=True, help="Replace an existing OUT; others' files are kept beside it."),
        click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout, nothing else there."),
    ):
        command = option(command)
    return command


def check_output(out: Path | None, *, as_json: bool, force: bool, inputs: tuple[Path, ...] = ()) -> None:
    """Say before the work, not after it, that the result can't be put there."""
    from calcimeter.report import check_output as check_folder

    if out is not None:
        check_folder(out, force=force, inputs=inputs)
    elif not as_json:
        raise UsageError("met no -o OUT; name the folder for the results, or use --json alone")


class _Progress(logging.Handler):
    """Steps on stderr, from the first second on: a short run stays silent."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.began = time.perf_counter()

    def emit(self, record: logging.LogRecord) -> None:
        """One line a step; what is no step at any time."""
        is_late = time.perf_counter() - self.began > 1.0 and not hasattr(record, "seconds")
        if is_late or record.levelno >= logging.WARNING:
            click.echo(f"calcimeter: {record.getMessage()}", err=True)


def log_to_stderr(*, quiet: bool, debug: bool) -> None:
    """Progress unless quiet, warnings always; the place of an internal error with --debug."""
    log = logging.getLogger("calcimeter")
    log.propagate = False
    log.setLevel(logging.DEBUG if debug else logging.INFO)
    if debug:
        log.addHandler(logging.StreamHandler(sys.stderr))
    else:
        log.addHandler(_Progress(logging.WARNING if quiet else logging.INFO))


def named(files: tuple[str, ...]) -> str:
    """Bad files, for the person who typed their folder; nowhere but on stderr may a path stand."""
    shown = ["".join(letter if letter.isprintable() else "?" for letter in name) for name in files[:3]]
    rest = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return f" [{', '.join(shown)}{rest}]" if files else ""


def say(text: str) -> None:
    """On stdout, whole or with an error: a full disk takes what is left in a buffer silently."""
    try:
        click.echo(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CalcimeterError(
            f"stdout could not be written ({error.strerror}): make room, or send it elsewhere"
        ) from None


def complain(text: str) -> None:
    """One line on stderr."""
    click.echo(f"calcimeter: {' '.join(text.split())}", err=True)
