"""What a container tells beside the values: identity, tube, kernel, position, and caveats of the series."""

from __future__ import annotations

import re
from dataclasses import dataclass

from calcimeter.errors import UnreadableInput
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.kind import Monoenergetic, contrast_given, different, is_cone_beam, is_lossy, monoenergetic
from calcimeter.load.dicom.series import Series, preferred_but_refused, summaries
from calcimeter.load.dicom.shown import shown_uid
from calcimeter.load.options import KVP_RANGE
from calcimeter.model.case import GROWN_YEARS
from calcimeter.model.study import SeriesSummary, SourceFormat

APART = 1.2
"""Slices whose distance is larger than so many times their thickness leave gaps; thickness is a nominal number."""


YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}
"""What the letters of an age are in years."""

THICKEST_MM = 20.0
"""No slices are thicker; what a header says beyond is no thickness."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a container tells beside the values."""

    source_format: SourceFormat
    study_uid: str | None = None
    series_uid: str | None = None
    kvp: float | None = None
    kernel: str | None = None
    position: str | None = None
    alternatives: tuple[SeriesSummary, ...] = ()
    headers: tuple[bytes, ...] = ()
    frames: tuple[int, ...] = ()
    energy: Monoenergetic | None = None
    thickness_mm: float | None = None
    caveats: tuple[str, ...] = ()


def facts_of(series: tuple[Series, ...], chosen: Series, headers: tuple[bytes, ...]) -> Facts:
    """What the headers of the chosen series tell, and how it stands among the others.

    Parameters
    ----------
    headers : tuple of bytes
        As ``read_stack`` returned them: empty where DICOM results can't be written.
    """
    slices = chosen.stack.headers
    first, alike = slices[0], different(slices)
    met = {
        "CONE_BEAM": any(map(is_cone_beam, alike)),
        "CONTRAST_GIVEN": any(map(contrast_given, alike)),
        "DERIVED_IMAGES": chosen.summary.derived,
        "FILES_UNREADABLE": any(isinstance(one.refusal, UnreadableInput) for one in series),
        "LOSSY_COMPRESSION": any(map(is_lossy, alike)),
        "PATIENT_IS_CHILD": _is_child(_common(slices, "PatientAge")),
        "PREFERRED_SERIES_REFUSED": preferred_but_refused(series, chosen),
        "SLICES_APART": _are_apart(chosen),
    }
    return Facts(
        "dicom",
        study_uid=shown_uid(first.text("StudyInstanceUID")) or None,
        series_uid=shown_uid(first.text("SeriesInstanceUID")) or None,
        kvp=_tube_voltage(slices),
        kernel=chosen.summary.kernel,
        position=_common(slices, "PatientPosition"),
        alternatives=summaries(series, without=chosen),
        headers=headers,
        frames=tuple(header.frame + 1 for header in slices if header.frame is not None) if headers else (),
        energy=monoenergetic(first),
        thickness_mm=_thickness_mm(slices),
        caveats=tuple(code for code, holds in met.items() if holds),
    )


def _are_apart(series: Series) -> bool:
    """Whether slices lie farther apart than they are thick."""
    thickness_mm = min((header.number("SliceThickness") or 0.0 for header in series.stack.headers), default=0.0)
    return 0 < thickness_mm * APART < (series.stack.step_mm or 0.0)


def _thickness_mm(slices: tuple[Header, ...]) -> float | None:
    """Of the thickest slice; None where no slice says what can be."""
    said = {header.number("SliceThickness") or 0.0 for header in slices}
    return max((value for value in said if 0 < value <= THICKEST_MM), default=None)


def _is_child(age: str | None) -> bool:
    """Whether an age such as "009Y" or "018M" is a child's; no for "000Y", as which some programs write none."""
    said = re.fullmatch(r"(\d{3})([DWMY])", age or "")
    return said is not None and 0 < int(said[1]) * YEARS[said[2]] < GROWN_YEARS


def _common(slices: tuple[Header, ...], keyword: str) -> str | None:
    """A value that all slices have; None where they differ."""
    said = {header.text(keyword) for header in slices}
    return said.pop() or None if len(said) == 1 else None


def _tube_voltage(slices: tuple[Header, ...]) -> float | None:
    """kV, where all slices have the same and it is one that scanners have."""
    said = {header.number("KVP") for header in slices}
    kvp = said.pop() if len(said) == 1 else None
    return kvp if kvp is not None and KVP_RANGE[0] <= kvp <= KVP_RANGE[1] else None
