"""What is known of a patient beside the images: the case file as a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # a record of numpy arrays stands behind it, and the ranking alone needs none
    from calcimeter.model.lesion import Side

Sex = Literal["M", "F", "O"]
Comparator = Literal["<", "<=", ">=", ">"]
Interpretation = Literal["low", "normal", "high"]

LEAVES_BLOOD = frozenset({"excision", "steroid_injection"})
"""Treatments of the place alone; all others of the vocabulary change minerals, hormones or kidney function."""

GROWN_YEARS = 16.0
"""Most bones are as large as an adult's from that age on."""

OF_KIDNEYS = frozenset({"egfr", "creatinine_clearance", "creatinine", "urea"})
"""Analytes that tell how well the kidneys filter."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who it is, without a name and a birth date. ``None``: not known."""

    age_years: float | None = None
    sex: Sex | None = None


@dataclass(frozen=True, slots=True)
class LabResult:
    """One blood or urine result, as the laboratory gave it.

    Parameters
    ----------
    analyte : str
        A term of the vocabulary.
    value : float or None
        In ``unit``; None where only an interpretation is given.
    unit : str or None
        As a UCUM code.
    comparator : str or None
        Where the laboratory only gave a bound, such as "> 900".
    interpretation : str or None
        The laboratory's or the reader's own word.
    date : dt.date or None
        Kept for the order and the days between results; never written out.
    reference : tuple of two, or None
        The laboratory's own range in ``unit``; either end may be open (None).
    source : str
        Where it stands in the input, for messages: "line 12". Never a name or a path.
    kind : str or None
        Of calcium: "total" where the laboratory names or codes it so. A calcium that is too low to be total
        without it is refused, for it may be ionized.
    time : dt.time or None
        Kept for the order within a day; never written out.
    """

    analyte: str
    value: float | None = None
    unit: str | None = None
    comparator: Comparator | None = None
    interpretation: Interpretation | None = None
    date: dt.date | None = None
    reference: tuple[float | None, float | None] | None = None
    source: str = ""
    kind: Literal["total"] | None = None
    time: dt.time | None = None


@dataclass(frozen=True, slots=True)
class StatedLesion:
    """A deposit as a reader described it; sizes in cm as in the case file, of which the long axis alone is weighed."""

    site: str | None = None
    side: Side | None = None
    bone: str | None = None
    part: str | None = None
    long_axis_cm: float | None = None
    short_axis_cm: float | None = None
    modality: str | None = None


Lengths = tuple[float | None, float | None]


def size_as_told_cm(transverse_mm: Lengths, from_front_mm: Lengths | None) -> Lengths:
    """Long and short axis of a measured deposit as published sizes are told: on radiographs mostly, from the front.

    Parameters
    ----------
    transverse_mm : tuple of float or None
        Axes within one slice, or in the only view there is.
    from_front_mm : tuple of float or None, or None
        Axes of the coronal projection.

    Returns
    -------
    tuple of float or None
        Centimeters, those from the front where they are known.
    """
    lengths_mm = transverse_mm if from_front_mm is None else from_front_mm
    long_mm, short_mm = lengths_mm
    return None if long_mm is None else long_mm / 10, None if short_mm is None else short_mm / 10


@dataclass(frozen=True, slots=True)
class StatedFocus:
    """A focus of retained tracer as a reader described it."""

    organ: str
    side: Side | None = None
    pole: str | None = None


@dataclass(frozen=True, slots=True)
class StudyEntry:
    """One study of the case: one path, or two scintigrams; paths are relative to the case file.

    ``at``: columns and rows of points in deposits of a radiograph, where a reader points to them; ``box``: of two
    corners around each.
    """

    paths: tuple[str, ...]
    region: str | None = None
    date: dt.date | None = None
    at: tuple[tuple[float, ...], ...] = ()
    box: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was done, a term of the vocabulary."""

    what: str
    date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One patient. What is not named is not known.

    Parameters
    ----------
    one_patient : bool
        Whether it is known that all studies are of one person though their headers carry several ids.
    history, findings : mapping of str to bool
        Terms of the vocabulary that are known to hold, or known not to.
    stated_differential, diagnosis
        What the authors said; never evidence.
    sources : mapping of str to (start, end)
        Where in a read text each item stands, in characters.
    """

    subject: Subject = Subject()
    history: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    labs: tuple[LabResult, ...] = ()
    findings: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    sites: tuple[str, ...] = ()
    lesions: tuple[StatedLesion, ...] = ()
    foci: tuple[StatedFocus, ...] = ()
    studies: tuple[StudyEntry, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    consent: bool | None = None
    one_patient: bool = False
    stated_differential: tuple[str, ...] = ()
    diagnosis: str | None = None
    sources: Mapping[str, tuple[int, int]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Patient:
    """What is told of the patient of one study.

    Parameters
    ----------
    case : Case
    urine : tuple of LabResult
        Phosphate and creatinine in spot urine, apart from those in blood.
    notes : tuple of str
        What a laboratory's file held and was not used, with the reason.
    aged_on : dt.date or None
        The day on which the subject has its age; None: that of the last dated result, as a laboratory's file tells it.
        Never written out.
    """

    case: Case = Case()
    urine: tuple[LabResult, ...] = ()
    notes: tuple[str, ...] = ()
    aged_on: dt.date | None = None


def presented(case: Case) -> Patient:
    """The patient of a case file, whose age is that at presentation: on the day of the first study, else result."""
    days = [one.date for one in case.studies if one.date] or [one.date for one in case.labs if one.date]
    return Patient(case, aged_on=min(days, default=None))


def changes_blood(what: str) -> bool:
    """Whether a treatment, a term of the vocabulary, changes what blood shows of minerals, hormones and kidneys."""
    return what not in LEAVES_BLOOD


def before_treatment(
    labs: Sequence[LabResult], treatments: Iterable[Treatment], *, own_kidneys: bool = True
) -> tuple[LabResult, ...]:
    """Of each analyte the results that the fewest treatments went before, and undated ones, which may be of any day.

    An analyte that was measured only after a treatment began keeps those results: that something else was measured
    before is no reason to know nothing of it.

    Parameters
    ----------
    treatments : iterable of Treatment
        Those that change blood and have a date divide it; a result of the same day is of before.
    own_kidneys : bool
        Whether the kidneys before treatment were the patient's own: then kidney function after a transplantation, that
        of another's kidney, is left out wherever it stands.
    """
    began = [(one.date, one.what) for one in treatments if one.date is not None and changes_blood(one.what)]
    grafts = [date for date, what in began if what == "kidney_transplantation"] if own_kidneys else []

    def after(lab: LabResult) -> int:
        return sum(lab.date is not None and date < lab.date for date, _ in began)

    def is_of_graft(lab: LabResult) -> bool:
        return lab.analyte in OF_KIDNEYS and any(lab.date is not None and date < lab.date for date in grafts)

    fewest: dict[str, int] = {}
    for lab in labs:
        fewest[lab.analyte] = min(after(lab), fewest.get(lab.analyte, len(began)))
    return tuple(lab for lab in labs if after(lab) == fewest[lab.analyte] and not is_of_graft(lab))


def taken_after(labs: Iterable[LabResult], treatments: Iterable[Treatment]) -> tuple[LabResult, ...]:
    """The results that were taken after the first treatment that changes blood and has a date."""
    began = min((one.date for one in treatments if one.date is not None and changes_blood(one.what)), default=None)
    return tuple(lab for lab in labs if began is not None and lab.date is not None and lab.date > began)
