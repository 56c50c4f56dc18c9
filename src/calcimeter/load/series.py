"""Files -> image series, what each is, and which one is measured."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calcimeter.errors import AmbiguousSeries, GeometryError, Refused, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.header import NATIVE, Header, read_header
from calcimeter.load.stack import Stack, stacked
from calcimeter.model.study import SeriesSummary

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2.1"
PROJECTIONS = {"MIP", "MAX_IP", "MINIP", "MIN_IP", "PROJECTION IMAGE", "RAYSUM", "VRT", "VOLUME_RENDERING", "SSD"}
REFORMATTED = {"REFORMATTED", "MPR", "CURVED", "CURVED_MPR", "CSA MPR"}
AXIS_COSINE = 0.85
"""A slice is called transverse while its normal is within 32 degrees of the body's axis: gantries tilt up to 30."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One series as found.

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


def image_files(folder: Path) -> list[Path]:
    """Every file below a folder, in the order of their names; hidden ones and links to folders are left out."""
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(where, name) for name in sorted(names) if not name.startswith(".") and name != "DICOMDIR"]
    return found


def find_series(files: Iterable[Path]) -> tuple[Series, ...]:
    """The series among files, the one to be measured first.

    Files that are not DICOM are passed over; damaged ones are listed together as a series without UID.

    Returns
    -------
    tuple of Series
        By the rule of choice; empty where no file is DICOM.
    """
    groups: dict[tuple[str, bool], dict[str, Header]] = {}
    damaged = 0
    for path in files:
        try:
            header = read_header(path)
        except UnreadableInput:
            damaged += 1
            continue
        if header is not None:
            key = (header.text("SeriesInstanceUID"), _is_localizer(header))
            # The same instance twice is a copy of one file.
            groups.setdefault(key, {}).setdefault(header.text("SOPInstanceUID") or str(path), header)
    series = [_series(list(group.values())) for _, group in sorted(groups.items())]
    if damaged:
        summary = SeriesSummary("", "", damaged, "", None, None, derived=False, note="damaged files")
        series.append(Series(stacked(()), summary, UnreadableInput(f"{damaged} damaged DICOM files")))
    return tuple(sorted(series, key=lambda one: (_rank(one), one.summary.series_uid)))


def choose(series: tuple[Series, ...], uid: str | None) -> Series:
    """The series to be measured.

    The rule: original before derived, transverse before reformatted, soft before sharp kernel, then thinnest;
    a series that can't be measured comes last and is never taken in place of another without its note.

    Parameters
    ----------
    series : tuple of Series
        As ``find_series`` gives them, at least one.
    uid : str or None
        The one that the caller names.

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
        named = [one for one in series if one.summary.series_uid == uid]
        if not named:
            raise UsageError("no series of the input has the UID given; --list prints them")
        series = tuple(named[:1])
    first = series[0]
    if first.refusal is not None:
        raise _none_measurable(series)
    equal = [one.summary.series_uid for one in series if _rank(one) == _rank(first)]
    if len(equal) > 1:
        raise AmbiguousSeries(f"{len(equal)} series are equally good; choose one with --series: {', '.join(equal)}")
    return first


def _series(headers: list[Header]) -> Series:
    """What a group of files of one UID is."""
    stack = stacked(headers)
    first = stack.headers[0]
    other = _not_ct_slices(headers)
    pixels = [] if other else [problem for problem, met in _pixel_problems(headers).items() if met]
    problems = [other] if other else [*pixels, *stack.problems]
    summary = SeriesSummary(
        series_uid=first.text("SeriesInstanceUID"),
        modality=first.text("Modality"),
        instances=len(headers),
        orientation=_orientation(stack),
        kernel=first.text("ConvolutionKernel") or None,
        slice_step_mm=stack.step_mm,
        derived=not first.text("ImageType").startswith("ORIGINAL"),
        note="; ".join(problems),
    )
    error = UnsupportedStudy if other or pixels else GeometryError
    return Series(stack, summary, error(summary.note) if problems else None)


def _none_measurable(series: tuple[Series, ...]) -> Refused:
    """One line for all."""
    notes = [
        f"{one.summary.modality or 'no'} series of {one.summary.instances} files: {one.summary.note}"
        for one in series[:3]
    ]
    rest = f" (and {len(series) - 3} more)" if len(series) > 3 else ""
    kind = type(series[0].refusal or UnsupportedStudy())
    return kind(
        f"no series can be measured: met {' | '.join(notes)}{rest}; expected a complete CT series of evenly spaced"
        " slices; export the original series again"
    )


def _not_ct_slices(headers: list[Header]) -> str:
    """Why these are not slices of CT at all, "" where they are."""
    first = headers[0]
    modality, kind = first.text("Modality"), first.text("SOPClassUID")
    if modality != "CT":
        return f"modality {modality or 'not given'}, not CT"
    if kind == ENHANCED_CT_IMAGE_STORAGE or any(header.whole("NumberOfFrames") > 1 for header in headers):
        return "multi-frame images, which are not read in this version (single-frame CT is)"
    if any(header.text("SOPClassUID") != CT_IMAGE_STORAGE for header in headers):
        return "secondary captures or other objects, not CT images"
    if not all(header.whole("Rows") and header.whole("Columns") for header in headers):
        return "files without an image"
    return "a localizer" if _is_localizer(first) else ""


def _pixel_problems(headers: list[Header]) -> dict[str, bool]:
    """What can keep pixels from being HU, and whether it does."""

    def some(odd: Iterable[bool]) -> bool:
        return any(odd)

    return {
        "projections (MIP or rendering), not slices": some(_words(h) & PROJECTIONS != set() for h in headers),
        "color images": some(h.whole("SamplesPerPixel") != 1 for h in headers),
        "inverted gray levels": some(h.text("PhotometricInterpretation") == "MONOCHROME1" for h in headers),
        "pixels that are not stored in 16 bits": some(h.whole("BitsAllocated") != 16 for h in headers),
        "pixel bits in an unusual place": some(not _bits_in_place(h) for h in headers),
        "no rescale to HU": some(not h.number("RescaleSlope") or h.number("RescaleIntercept") is None for h in headers),
        "gray levels other than HU": some(h.text("RescaleType") not in ("", "HU") for h in headers),
        "files that are cut short": some(_is_short(h) for h in headers),
    }


def _is_short(header: Header) -> bool:
    """Whether uncompressed pixels end before the image does."""
    needed = 2 * header.whole("Rows") * header.whole("Columns")
    return header.text("TransferSyntaxUID") in NATIVE and header.pixel_bytes < needed


def _bits_in_place(header: Header) -> bool:
    return 2 <= header.whole("BitsStored") <= 16 and header.whole("HighBit") == header.whole("BitsStored") - 1


def _words(header: Header) -> set[str]:
    """The values of Image Type."""
    return {word.strip().upper() for word in header.text("ImageType").split("\\")}


def _is_localizer(header: Header) -> bool:
    return "LOCALIZER" in _words(header)


def _orientation(stack: Stack) -> str:
    """How the slices lie, "" where not known."""
    if stack.normal is None:
        return ""
    axis = int(np.argmax(np.abs(stack.normal)))
    return ("sagittal", "coronal", "transverse")[axis] if abs(stack.normal[axis]) > AXIS_COSINE else "oblique"


def _rank(series: Series) -> tuple[bool, bool, bool, int, float]:
    """Place in the rule of choice; lower is better."""
    summary = series.summary
    reformatted = summary.orientation != "transverse" or bool(
        series.stack.headers and _words(series.stack.headers[0]) & REFORMATTED
    )
    other = series.refusal is not None
    step_mm = round(summary.slice_step_mm, 2) if summary.slice_step_mm else float("inf")
    return (other, summary.derived, reformatted, sharpness(summary.kernel), step_mm)


def sharpness(kernel: str | None) -> int:
    """0 for a soft kernel, 1 where not known, 2 for a sharp one.

    GE and Philips by name, Canon by its FC number (30 and more: bone, lung), Siemens by its sharpness number (50
    and more). Other names are not known.
    """
    name = (kernel or "").split("\\")[0].strip().upper()
    if name in {"SOFT", "STANDARD", "STND", "A", "B", "C", "SA", "SB", "SC", "UA", "UB", "UC"}:
        return 0
    if name in {"LUNG", "BONE", "BONEPLUS", "EDGE", "CHEST", "ULTRA", "D", "E", "L", "YA", "YB", "YC", "YD", "YE"}:
        return 2
    canon = re.match(r"FC(\d\d)", name)
    if canon:
        return 2 if int(canon[1]) >= 30 else 0
    siemens = re.match(r"[A-Z]{1,2}(\d\d)", name)
    if siemens:
        return 2 if int(siemens[1]) >= 50 else 0
    return 1


def summaries(series: Iterable[Series], without: Series | None = None) -> tuple[SeriesSummary, ...]:
    """What a person chooses among."""
    return tuple(one.summary for one in series if one is not without)
