"""``calcimeter analyze``: a CT scan, a radiograph or two scintigrams, measured and reported."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calcimeter.cli.shell import GivenPath, check_output, log_to_stderr, say, shared_options
from calcimeter.errors import UsageError

if TYPE_CHECKING:
    from calcimeter.intake import Options
    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.radiograph_analysis import RadiographAnalysis
    from calcimeter.model.scintigram import ScintigraphyAnalysis


@click.command()
@click.argument("source", metavar="INPUT", required=False, type=GivenPath())
@click.argument("delayed", metavar="[DELAYED]", required=False, type=GivenPath())
@click.option("-i", "--input", "source_option", type=GivenPath(), help="The same as INPUT.")
@click.option("-o", "--output", "out", type=GivenPath(), help="Folder for the results.")
@click.option("--lesions", type=GivenPath(), help="Measure these outlines (NIfTI, .seg.nrrd, DICOM SEG).")
@click.option("--edits", type=GivenPath(), help="A reader's changes (YAML): reject, merge, set.")
@click.option(
    "--anatomy",
    metavar="LABELS",
    type=GivenPath(),
    help="Take bones and organs from this label map (TotalSegmentator, MOOSE).",
)
@click.option(
    "--calibration",
    metavar="FILE",
    type=GivenPath(),
    help="Rods of known density in the images, or a phantom of this scanner (YAML).",
)
@click.option(
    "--previous",
    metavar="OUT",
    type=GivenPath(),
    help="Compare with this earlier OUT; its tracking UIDs are kept.",
)
@click.option("--labs", metavar="FILE", type=GivenPath(), help="Blood results (CSV, FHIR, a case's list).")
@click.option("--subject", metavar="age=54,sex=M", help="Age in years and sex.")
@click.option("--history", metavar="dialysis,trauma=no", help="History, in the vocabulary's terms.")
@click.option("--series", metavar="UID", help="Measure this series.")
@click.option("--list", "list_only", is_flag=True, help="Only list the series of INPUT.")
@click.option("--kvp", type=float, help="Tube voltage in kV, where the input does not tell it.")
@click.option(
    "--position", metavar="HFS", help="Patient position (HFS, FFS, HFP ...), where the input does not tell it."
)
@click.option("--scale", metavar="X1,Y1,X2,Y2,MM", help="Radiograph: two points on a marker, and its length in mm.")
@click.option("--at", metavar="X,Y", multiple=True, help="Radiograph: column and row of a point in a deposit.")
@click.option("--box", metavar="X1,Y1,X2,Y2", multiple=True, help="Radiograph: two corners around a deposit.")
@click.option("--brooker", is_flag=True, default=None, help="Radiograph of a hip: ask for Brooker's class.")
@click.option("--all", "all_categories", is_flag=True, help="Also list bone, metal, contrast and what lies outside.")
@shared_options
def analyze(
    source: Path | None,
    delayed: Path | None,
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
    """Analyze a CT scan (a folder, searched through; a zip, NIfTI or NRRD), a radiograph, or two scintigrams.

    \b
    Examples:  calcimeter analyze CT_FOLDER -o OUT
               calcimeter analyze EARLY DELAYED -o OUT
               calcimeter analyze RADIOGRAPH -o OUT --at 812,1440
               calcimeter analyze scan.nii.gz -o OUT --kvp 120 --position HFS
               calcimeter analyze CT_FOLDER -o OUT --lesions outlines.seg.nrrd
    """
    log_to_stderr(quiet=quiet, debug=debug)
    given, delayed = _inputs(source, delayed, source_option)
    if list_only:
        _list_series(given, as_json=as_json)
        return
    files = ("lesions", "edits", "anatomy", "calibration", "previous", "labs")
    inputs = tuple(path for path in (given, delayed, *(options[name] for name in files)) if path is not None)
    check_output(out, as_json=as_json, force=force, inputs=inputs)
    from calcimeter.model.radiograph_analysis import RadiographAnalysis
    from calcimeter.model.scintigram import ScintigraphyAnalysis
    from calcimeter.pipeline import analyze as run

    chosen: Options = {name: value for name, value in options.items() if value not in (None, ())}  # type: ignore[assignment]
    if delayed is not None:
        chosen["delayed"] = delayed
    analysis = run(given, **chosen)
    if isinstance(analysis, ScintigraphyAnalysis):
        _deliver_scintigraphy(analysis, out, as_json=as_json, force=force)
        return
    if isinstance(analysis, RadiographAnalysis):
        _deliver_radiograph(analysis, out, as_json=as_json, force=force)
        return
    if out is not None:
        from calcimeter.report import ReportOptions, write_report

        logging.getLogger("calcimeter").info("report ...")
        write_report(analysis, out, ReportOptions(force, all_categories, options["previous"]))
    _say(analysis, out, all_categories=all_categories, as_json=as_json)


def _inputs(source: Path | None, delayed: Path | None, source_option: Path | None) -> tuple[Path, Path | None]:
    """INPUT, given in one of two ways, and the delayed image; behind ``-i EARLY`` the one word left is DELAYED."""
    if source_option is not None:
        source, delayed, left_over = source_option, source, delayed
        if left_over is not None:
            raise UsageError("met three inputs: give one, or EARLY and DELAYED")
    if source is None:
        raise UsageError("give one input: `calcimeter analyze INPUT -o OUT`")
    return source, delayed


def _list_series(given: Path, *, as_json: bool) -> None:
    """The series of an input, one a line."""
    from dataclasses import asdict

    from calcimeter.load.modality import RADIOGRAPH, modality_of
    from calcimeter.load.radiograph.files import list_radiographs
    from calcimeter.load.study import list_series

    series = list_radiographs(given) if modality_of(given) == RADIOGRAPH else list_series(given)
    if not series:
        raise UsageError("met no DICOM series in the input; --list names those of a folder or a zip of DICOM files")
    if as_json:
        say(json.dumps([asdict(s) for s in series], indent=1))
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
        say("  ".join([s.series_uid, *(fact for fact in facts if fact), s.note]).rstrip())


def _say(analysis: CTAnalysis, out: Path | None, *, all_categories: bool, as_json: bool) -> None:
    """What was found, on stdout; a comparison that was asked for with it, for there may be no OUT to hold it."""
    if as_json:
        from calcimeter.report.record import analysis_record

        record = analysis_record(analysis, all_categories=all_categories)
        if analysis.comparison is not None:
            from calcimeter.report.comparison_record import comparison_record

            record["comparison"] = comparison_record(analysis.comparison)
        say(json.dumps(record, indent=1, allow_nan=False))
        return
    from calcimeter.report.summary import shell_lines

    say("\n".join(shell_lines(analysis)))
    if analysis.comparison is not None:
        from calcimeter.report.comparison_record import comparison_lines

        say("\n".join(comparison_lines(analysis.comparison)))
    say(f"Report: {out}/report.html")


def _deliver_scintigraphy(analysis: ScintigraphyAnalysis, out: Path | None, *, as_json: bool, force: bool) -> None:
    """Write OUT, and say on stdout what was found."""
    if out is not None:
        from calcimeter.report.scintigraphy import write_scintigraphy

        logging.getLogger("calcimeter").info("report ...")
        write_scintigraphy(analysis, out, force=force)
    if as_json:
        from calcimeter.report.scintigraphy.record import scintigraphy_record

        say(json.dumps(scintigraphy_record(analysis), indent=1, allow_nan=False))
        return
    from calcimeter.report.scintigraphy.wording import shell_lines

    say("\n".join(shell_lines(analysis)))
    say(f"Report: {out}/report.html")


def _deliver_radiograph(analysis: RadiographAnalysis, out: Path | None, *, as_json: bool, force: bool) -> None:
    """Write OUT, and say on stdout what was found."""
    if out is not None:
        from calcimeter.report.radiograph import write_radiograph_report

        logging.getLogger("calcimeter").info("report ...")
        write_radiograph_report(analysis, out, force=force)
    if as_json:
        from calcimeter.report.radiograph.record import radiograph_record

        say(json.dumps(radiograph_record(analysis), indent=1, allow_nan=False))
        return
    from calcimeter.report.radiograph.wording import shell_lines

    say("\n".join(shell_lines(analysis)))
    say(f"Report: {out}/report.html")
