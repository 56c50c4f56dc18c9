"""The command ``calcimeter``: verbs only; every number is made elsewhere."""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calcimeter import __version__
from calcimeter.errors import CalcimeterError, UsageError

if TYPE_CHECKING:
    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.pipeline import Options

Command = Callable[..., Any]


def main() -> None:
    """Run the command and turn every outcome into its exit code: 0 done, 2 usage, 3 refused, 1 anything else."""
    for name in ("SIGTERM", "SIGHUP"):  # so that a half-written OUT is taken away
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Abort:
        _complain("interrupted; nothing was left half-written")
        sys.exit(1)
    except CalcimeterError as error:
        _complain(f"{error}{_named(error.files)}")
        sys.exit(error.exit_code)
    except Exception as error:
        _complain(f"internal error: {type(error).__name__}; run with --debug to see where, and please report it")
        logging.getLogger("calcimeter").debug("", exc_info=error)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="calcimeter %(version)s")
def commands() -> None:
    """Find and measure soft-tissue calcification on CT. Research use only, not a medical device.

    \b
    Example:  calcimeter analyze CT_FOLDER -o OUT
    """


def _shared(command: Command) -> Command:
    """The options that every command has."""
    for option in (
        click.option("--debug", is_flag=True, help="Show where an internal error came from."),
        click.option("--quiet", is_flag=True, help="No progress on stderr."),
        click.option("--force", is_flag=True, help="Replace an existing OUT."),
        click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout, nothing else there."),
    ):
        command = option(command)
    return command


@commands.command()
@click.argument("source", metavar="INPUT", required=False, type=click.Path(path_type=Path))
@click.option("-i", "--input", "source_option", type=click.Path(path_type=Path), help="The same as INPUT.")
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), help="Folder for the results.")
@click.option(
    "--lesions", type=click.Path(path_type=Path), help="Measure these outlines (NIfTI, .seg.nrrd, DICOM SEG)."
)
@click.option("--edits", type=click.Path(path_type=Path), help="A reader's changes (YAML): reject, merge, set.")
@click.option(
    "--anatomy",
    metavar="LABELS",
    type=click.Path(path_type=Path),
    help="Take bones and organs from this label map (TotalSegmentator, MOOSE).",
)
@click.option("--series", metavar="UID", help="Measure this series.")
@click.option("--list", "list_only", is_flag=True, help="Only list the series of INPUT.")
@click.option("--kvp", type=float, help="Tube voltage in kV, where the input does not tell it.")
@click.option(
    "--position", metavar="HFS", help="Patient position (HFS, FFS, HFP ...), where the input does not tell it."
)
@click.option("--all", "all_categories", is_flag=True, help="Also list bone, metal, contrast and what lies outside.")
@_shared
def analyze(
    source: Path | None,
    source_option: Path | None,
    out: Path | None,
    list_only: bool,
    all_categories: bool,
    as_json: bool,
    force: bool,
    quiet: bool,
    debug: bool,
    **options: Any,
) -> None:
    """Analyze a CT scan: a folder (searched through), a zip, NIfTI or NRRD.

    \b
    Examples:  calcimeter analyze CT_FOLDER -o OUT
               calcimeter analyze scan.nii.gz -o OUT --kvp 120 --position HFS
               calcimeter analyze CT_FOLDER -o OUT --lesions outlines.seg.nrrd
    """
    _log_to_stderr(quiet=quiet, debug=debug)
    given = _one_input(source, source_option)
    if list_only:
        _list_series(given, as_json=as_json)
        return
    inputs = tuple(
        path for path in (given, options["lesions"], options["edits"], options["anatomy"]) if path is not None
    )
    _check_output(out, as_json=as_json, force=force, inputs=inputs)
    from calcimeter.pipeline import analyze as run

    chosen: Options = {name: value for name, value in options.items() if value is not None}  # type: ignore[assignment]
    analysis = run(given, **chosen)
    _deliver(analysis, out, all_categories=all_categories, as_json=as_json, force=force)


@commands.command()
@click.argument("name", required=False)
@click.option(
    "-o", "--output", "out", type=click.Path(path_type=Path), help="Folder for the DICOM files and truth.json."
)
@click.option("--list", "list_only", is_flag=True, help="Only list the names.")
@_shared
def phantom(
    name: str | None, out: Path | None, list_only: bool, as_json: bool, force: bool, quiet: bool, debug: bool
) -> None:
    """Write a digital reference object: a DICOM series and the exact truth about it.

    \b
    Example:  calcimeter phantom demo -o DIR
    """
    _log_to_stderr(quiet=quiet, debug=debug)
    from calcimeter.phantom import phantom_names, write_phantom
    from calcimeter.report.folder import whole_folder

    if list_only:
        names = list(phantom_names())
        _say(json.dumps(names) if as_json else "\n".join(names))
        return
    if name is None or out is None:
        raise UsageError("met no NAME or no -o DIR; `calcimeter phantom --list` names the reference objects")
    _check_output(out, as_json=False, force=force)
    with whole_folder(out, force=force) as folder:
        reference = write_phantom(name, folder)
    if as_json:
        _say(json.dumps(reference.truth, indent=1))
    elif not quiet:
        click.echo(f"{name}: {out}", err=True)


@commands.command()
@click.option(
    "-o", "--output", "out", type=click.Path(path_type=Path), default=Path("calcimeter-demo"), show_default=True
)
@_shared
def demo(out: Path, as_json: bool, force: bool, quiet: bool, debug: bool) -> None:
    """Make a digital pelvis with a calcified mass, analyze it, and show the truth beside the measurement.

    \b
    Example:  calcimeter demo -o DIR
    """
    _log_to_stderr(quiet=quiet, debug=debug)
    _check_output(out, as_json=False, force=force)
    from calcimeter.demo import run_demo

    result = run_demo(out, force=force)
    _say(json.dumps(result.record, indent=1) if as_json else result.text)


def _one_input(source: Path | None, source_option: Path | None) -> Path:
    """INPUT, given in one of two ways."""
    if (source is None) == (source_option is None):
        raise UsageError("give one input: `calcimeter analyze INPUT -o OUT`")
    given = source if source is not None else source_option
    assert given is not None
    return given


def _check_output(out: Path | None, *, as_json: bool, force: bool, inputs: tuple[Path, ...] = ()) -> None:
    """Say before the work, not after it, that the result can't be put there."""
    from calcimeter.report import check_output

    if out is not None:
        check_output(out, force=force, inputs=inputs)
    elif not as_json:
        raise UsageError("met no -o OUT; name the folder for the results, or use --json alone")


def _list_series(given: Path, *, as_json: bool) -> None:
    """The series of an input, one a line."""
    from dataclasses import asdict

    from calcimeter.load.study import list_series

    series = list_series(given)
    if not series:
        raise UsageError("met no DICOM series in the input; --list names those of a folder or a zip of DICOM files")
    if as_json:
        _say(json.dumps([asdict(s) for s in series], indent=1))
        return
    for s in series:
        step = "" if s.slice_step_mm is None else f"{s.slice_step_mm:.2f} mm"
        facts = (
            s.modality,
            f"{s.instances} image" + ("" if s.instances == 1 else "s"),
            s.orientation,
            s.kernel or "",
            step,
            "derived" if s.derived else "",
        )
        _say("  ".join([s.series_uid, *(fact for fact in facts if fact), s.note]).rstrip())


def _deliver(analysis: CTAnalysis, out: Path | None, *, all_categories: bool, as_json: bool, force: bool) -> None:
    """Write OUT, and say on stdout what was found."""
    if out is not None:
        from calcimeter.report import ReportOptions, write_report

        logging.getLogger("calcimeter").info("report ...")
        write_report(analysis, out, ReportOptions(force=force, all_categories=all_categories))
    if as_json:
        from calcimeter.report.record import analysis_record

        _say(json.dumps(analysis_record(analysis, all_categories=all_categories), indent=1, allow_nan=False))
        return
    from calcimeter.report.summary import shell_lines

    _say("\n".join(shell_lines(analysis)))
    _say(f"Report: {out}/report.html")


class _Progress(logging.Handler):
    """Steps on stderr, from the first second on: a short run stays silent."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.began = time.perf_counter()

    def emit(self, record: logging.LogRecord) -> None:
        """One line a step."""
        if time.perf_counter() - self.began > 1.0 and not hasattr(record, "seconds"):
            click.echo(f"calcimeter: {record.getMessage()}", err=True)


def _log_to_stderr(*, quiet: bool, debug: bool) -> None:
    """Progress unless quiet; the place of an internal error with --debug."""
    log = logging.getLogger("calcimeter")
    log.propagate = False
    log.setLevel(logging.DEBUG if debug else logging.INFO)
    if debug:
        log.addHandler(logging.StreamHandler(sys.stderr))
    elif not quiet:
        log.addHandler(_Progress())


def _named(files: tuple[str, ...]) -> str:
    """Bad files, for the person who typed their folder; nowhere but on stderr may a path stand."""
    shown = ["".join(letter if letter.isprintable() else "?" for letter in name) for name in files[:3]]
    rest = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return f" [{', '.join(shown)}{rest}]" if files else ""


def _say(text: str) -> None:
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


def _complain(text: str) -> None:
    """One line on stderr."""
    click.echo(f"calcimeter: {' '.join(text.split())}", err=True)
