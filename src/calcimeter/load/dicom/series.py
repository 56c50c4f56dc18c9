"""Files -> image series, and which one is measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from calcimeter.errors import AmbiguousSeries, Refused, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.dicom.copies import is_longer_copy, is_same_image
from calcimeter.load.dicom.fitness import is_ct, is_secondary_capture, refusal_of
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.kind import different, is_derived, is_localizer, is_reformatted, modality_name, sharpness
from calcimeter.load.dicom.read_headers import read_all_headers
from calcimeter.load.dicom.shown import counted, kernel_name, shown_uid
from calcimeter.load.dicom.stack import Stack
from calcimeter.load.dicom.volumes import volumes_of
from calcimeter.model.study import SeriesSummary

AXIS_COSINE = 0.85
"""A slice is called transverse while its normal is within 32 degrees of the body's axis: gantries tilt up to 30."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One series as found, or one of several volumes in it.

    Parameters
    ----------
    stack : Stack
    summary : SeriesSummary
        ``note`` names everything that speaks against measuring it.
    refusal : Refused or None
        What is raised when it is to be measured nevertheless.
    """

    stack: Stack
    summary: SeriesSummary
    refusal: Refused | None


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What is among files.

    Parameters
    ----------
    series : tuple of Series
        By the rule of choice, the one to be measured first; damaged files stand together as a series without UID.
    passed_over : tuple of Path
        Files that are not DICOM, or no longer.
    """

    series: tuple[Series, ...]
    passed_over: tuple[Path, ...]


def find_series(files: Iterable[Path]) -> Found:
    """Sort files into series."""
    groups: dict[tuple[str, ...], dict[Instance, Header]] = {}
    damaged: list[UnreadableInput] = []
    passed_over: list[Path] = []
    for path, headers in read_all_headers(files):
        if isinstance(headers, UnreadableInput):
            damaged.append(headers)
            continue
        passed_over += [] if headers else [path]
        for header in headers:
            _put(groups.setdefault(_series_key(header), {}), header)
    series = [one for _, group in sorted(groups.items()) for one in _series(list(group.values()))]
    if damaged:
        series.append(_damaged(damaged))
    ordered = sorted(series, key=lambda one: (_rank(one), one.summary.series_uid))
    return Found(tuple(ordered), tuple(passed_over))


def _series_key(header: Header) -> tuple[str, ...]:
    """What files of one series have in common. Some scanners keep screen saves and the localizer under its UID."""
    uid = header.text("SeriesInstanceUID")
    aside = is_secondary_capture(header) or is_localizer(header)
    return (uid, str(aside), "" if uid else header.text("StudyInstanceUID"))


@dataclass(frozen=True, slots=True)
class Instance:
    """What tells two slices of a series apart."""

    uid: str
    position: str
    path: str = ""


def _put(group: dict[Instance, Header], header: Header) -> None:
    """Add a slice to its series, unless it is there already.

    The same instance twice is a copy of one file, of which one may be cut short. At another place it is another slice:
    some programs give all slices one UID. At one place with other pixels it stays beside the first, and both are met
    as doubled slices: which one is right can't be told.
    """
    instance = Instance(header.text("SOPInstanceUID") or str(header.path), header.text("ImagePositionPatient"))
    known = group.get(instance)
    if known is None or is_longer_copy(header, known):
        group[instance] = header
    elif not (is_same_image(header, known) or is_longer_copy(known, header)):
        group[replace(instance, path=str(header.path))] = header


def choose(series: tuple[Series, ...], uid: str | None) -> Series:
    """The series to be measured.

    The rule: original before derived, transverse before reformatted, soft before sharp kernel, then thinnest;
    a series that can't be measured comes last and is never taken in place of another without its note.

    Parameters
    ----------
    series : tuple of Series
        As ``find_series`` gives them, at least one.
    uid : str or None
        The one that the caller names; with several volumes in a series, its UID, a slash and the volume's number.

    Raises
    ------
    AmbiguousSeries
        Several are equally good.
    UsageError
        There is none of that UID.
    Refused
        None, or not the one named, can be measured; the message names all of its problems.
    """
    if uid is not None:
        series = _named(series, uid)
    first = series[0]
    if first.refusal is not None:
        raise _none_measurable(series)
    equal = [one.summary.series_uid for one in series if _rank(one) == _rank(first)]
    if len(equal) > 1:
        raise AmbiguousSeries(f"{len(equal)} series are equally good; choose one with --series: {', '.join(equal)}")
    return first


def preferred_but_refused(series: tuple[Series, ...], chosen: Series) -> bool:
    """Whether a CT series that the rule would have taken first was left aside because it can't be measured."""
    return any(
        one.refusal is not None and is_ct(one.stack) and _merit(one) < _merit(chosen)
        for one in series
        if one.stack.headers
    )


def summaries(series: Iterable[Series], without: Series | None = None) -> tuple[SeriesSummary, ...]:
    """What a person chooses among."""
    return tuple(one.summary for one in series if one is not without)


def _series(headers: list[Header]) -> list[Series]:
    """What a group of files of one UID is: one series, or the volumes in it."""
    stacks = volumes_of(headers)
    found = [Series(stack, _summary(stack), refusal_of(stack)) for stack in stacks]
    found = [replace(one, summary=replace(one.summary, note=str(one.refusal or ""))) for one in found]
    if len(found) == 1:
        return found
    return [
        replace(one, summary=replace(one.summary, series_uid=f"{one.summary.series_uid}/{number}"))
        for number, one in enumerate(found, start=1)
    ]


def _summary(stack: Stack) -> SeriesSummary:
    first = stack.headers[0]
    return SeriesSummary(
        series_uid=shown_uid(first.text("SeriesInstanceUID")),
        modality=modality_name(first.text("Modality")),
        instances=len(stack.headers),
        orientation=_orientation(stack),
        kernel=_common_kernel(stack),
        slice_step_mm=stack.step_mm,
        derived=any(map(is_derived, different(stack.headers))),
        note="",
    )


def _common_kernel(stack: Stack) -> str | None:
    """The kernel of all slices; None where they differ."""
    kernels = {kernel_name(header.text("ConvolutionKernel")) for header in stack.headers}
    return kernels.pop() if len(kernels) == 1 else None


def _damaged(errors: list[UnreadableInput]) -> Series:
    """Files of which nothing can be said but that they are DICOM, or would have to be opened to know."""
    files = tuple(path for error in errors for path in error.files)
    reasons = sorted({str(error).removeprefix("met ").partition(";")[0] for error in errors})
    note = f"{counted(len(errors), 'damaged or unreadable file')} ({'; '.join(reasons[:3])})"
    summary = SeriesSummary("", "", len(errors), "", None, None, derived=False, note=note)
    return Series(Stack((), None, None, None, ()), summary, UnreadableInput(note, files=files))


def _named(series: tuple[Series, ...], uid: str) -> tuple[Series, ...]:
    """The series of a UID, or its volumes."""
    named = tuple(one for one in series if one.summary.series_uid.partition("/")[0] == uid.partition("/")[0])
    if "/" in uid:
        named = tuple(one for one in named if one.summary.series_uid == uid)
    if not named or not uid:
        raise UsageError("no series of the input has the UID given; --list prints them")
    # A localizer can share the UID of the scan that was planned on it.
    return tuple(one for one in named if one.refusal is None) or named[:1]


def _none_measurable(series: tuple[Series, ...]) -> Refused:
    """One line for all."""
    notes = [
        f"{one.summary.modality} series of {counted(one.summary.instances, 'image')}: {one.summary.note}".strip()
        for one in series[:3]
    ]
    rest = f" (and {len(series) - 3} more)" if len(series) > 3 else ""
    refusal = series[0].refusal or UnsupportedStudy("")
    wanted = "expected a complete CT series of evenly spaced slices"
    advice = "export the original series again" if any(map(_is_ct, series)) else "give the folder of the CT scan"
    return type(refusal)(
        f"no series can be measured: met {' | '.join(notes)}{rest}; {wanted}; {advice}", files=refusal.files
    )


def _is_ct(series: Series) -> bool:
    return not series.stack.headers or is_ct(series.stack)


def _orientation(stack: Stack) -> str:
    """How the slices lie, "" where not known."""
    if stack.normal is None:
        return ""
    axis = int(np.argmax(np.abs(stack.normal)))
    return ("sagittal", "coronal", "transverse")[axis] if abs(stack.normal[axis]) > AXIS_COSINE else "oblique"


Merit = tuple[bool, bool, int, float]


def _rank(series: Series) -> tuple[bool, Merit]:
    """Place in the rule of choice; lower is better."""
    return (series.refusal is not None, _merit(series))


def _merit(series: Series) -> Merit:
    """The rule of choice, whether or not the series can be measured."""
    summary, headers = series.summary, series.stack.headers
    reformatted = summary.orientation != "transverse" or any(map(is_reformatted, different(headers)))
    step_mm = round(summary.slice_step_mm, 2) if summary.slice_step_mm else float("inf")
    return (summary.derived, reformatted, sharpness(summary.kernel), step_mm)
