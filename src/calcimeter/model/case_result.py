"""The whole case: every study, what they show together, and how it went over time; without scans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from calcimeter.model.case import Case
from calcimeter.model.caveat import Caveat
from calcimeter.model.chemistry import Chemistry
from calcimeter.model.comparison import Comparison
from calcimeter.model.differential import Differential, Merged, RedFlag
from calcimeter.model.finding import Finding
from calcimeter.model.lesion import Side
from calcimeter.model.measures import Estimate
from calcimeter.model.timeline import Timeline

Kind = Literal["ct", "radiograph", "scintigraphy"]
Status = Literal["ok", "ok_with_caveats", "refused"]
Lengths = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One soft-tissue deposit as one study shows it. ``None``: this study can't tell.

    Parameters
    ----------
    study : int
        Id of the study in the case.
    lesion : int
        Id of the deposit in that study.
    tracking_uid : str or None
        None of a radiograph.
    long_axis_mm, short_axis_mm : float or None
        In one transverse slice, or in the plane of the radiograph.
    projected_mm : mapping of str to (long, short)
        As a radiograph would show it, by the plane: coronal, sagittal.
    radiograph_axis : Estimate or None
        Of a radiograph alone: the long axis with its interval, far wider than that of CT.
    is_enlarged : bool
        Whether lengths are those at the detector of a radiograph, longer than in the patient.
    fluid_levels : int or None
        How many fluid-calcium levels; None where it can't be told.
    """

    study: int
    lesion: int
    kind: Kind
    tracking_uid: str | None = None
    side: Side | None = None
    site: str | None = None
    bone: str | None = None
    part: str | None = None
    direction: str | None = None
    distance_mm: float | None = None
    long_axis_mm: float | None = None
    short_axis_mm: float | None = None
    projected_mm: Mapping[str, Lengths] = field(default_factory=lambda: MappingProxyType({}))
    radiograph_axis: Estimate | None = None
    is_enlarged: bool = False
    volume_mm3: Estimate | None = None
    mass_mg_ha: Estimate | None = None
    lobes: int | None = None
    pattern: str | None = None
    fluid_level: str | None = None
    fluid_levels: int | None = None


@dataclass(frozen=True, slots=True)
class SeenFocus:
    """A focus of retained tracer as one scintigraphy shows it."""

    study: int
    side: Side | None
    pole: str
    retention: float | None
    z_score: float


@dataclass(frozen=True, slots=True)
class CaseStudy:
    """One study of the case and what came of it.

    Parameters
    ----------
    id : int
        Its place in the case file, from 1.
    kind : str or None
        None where a refused study does not even tell what it is.
    region : str or None
        As the case file names it; None also where a CT shows nothing near it.
    day : int or None
        From the first study; None without a date.
    reason : str
        Of a refused study: why.
    folder : str or None
        Where its files lie in the output folder; None of a refused one.
    regions : tuple of str
        What was searched, in the terms of sites.
    limit_mm3 : float or None
        The smallest deposit that would have been found.
    caveats : tuple of Caveat
        Its own.
    patient : str
        Digest of the patient's id in the header, to tell whether studies are of one person; "" where it is not known.
        Never written out.
    is_pointed_to : bool
        Whether a reader pointed to deposits of a radiograph.
    is_left_out : bool
        Whether it was refused because its header names somebody else.
    uncertain : int
        How many things are of uncertain nature; none of them is a deposit of the case.
    """

    id: int
    kind: Kind | None
    region: str | None
    day: int | None
    status: Status
    reason: str = ""
    folder: str | None = None
    deposits: tuple[Sighting, ...] = ()
    foci: tuple[SeenFocus, ...] = ()
    findings: tuple[Finding, ...] = ()
    regions: tuple[str, ...] = ()
    limit_mm3: float | None = None
    caveats: tuple[Caveat, ...] = ()
    input_sha256: str = ""
    patient: str = ""
    uncertain: int = 0
    is_pointed_to: bool = False
    is_left_out: bool = False

    @property
    def measured(self) -> bool:
        """Whether anything came of it."""
        return self.status != "refused"


@dataclass(frozen=True, slots=True)
class JoinedDeposit:
    """One deposit of the patient, in all studies that show it.

    Parameters
    ----------
    id : int
    tracking_uid : str or None
        That of the earliest CT that shows it; None where only radiographs do.
    seen : tuple of Sighting
        By day and study.
    because : str
        Why several sightings are taken for one; "" of a single one.
    """

    id: int
    tracking_uid: str | None
    site: str | None
    side: Side | None
    bone: str | None
    part: str | None
    seen: tuple[Sighting, ...]
    because: str = ""

    @property
    def clearest(self) -> Sighting:
        """The sighting that tells most: the largest on CT, else the largest on a radiograph."""
        return max(self.seen, key=_tells)


@dataclass(frozen=True, slots=True)
class StudyPair:
    """Two CT studies of one region, one after the other.

    Parameters
    ----------
    comparison : Comparison or None
        None where they can't be compared; ``reason`` says why.
    folder : str or None
        Where its files lie in the output folder.
    """

    earlier: int
    later: int
    comparison: Comparison | None
    reason: str = ""
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """CT studies of one region of one patient over time: what consecutive comparisons and volumes tell."""

    studies: tuple[CaseStudy, ...]
    deposits: tuple[JoinedDeposit, ...]
    comparisons: tuple[StudyPair, ...]
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One picture of the patient.

    Parameters
    ----------
    case : Case
        As it was given; its dates are never written out.
    deposits : tuple of JoinedDeposit
        Largest first.
    chemistry : Chemistry or None
        Of all blood results; days count from the first study.
    at_presentation : Chemistry or None
        Of the results before the first treatment: what the differential rests on.
    findings : tuple of Merged
        Of all studies and of the reader together.
    differential : Differential or None
        None where there is no deposit to explain.
    treatments : tuple of (str, int or None)
        What was done, and on which day.
    contradictions : tuple of str
        Where a reader and a measurement name different sides, or case file and images different regions, in words.
    """

    case: Case
    studies: tuple[CaseStudy, ...]
    deposits: tuple[JoinedDeposit, ...]
    comparisons: tuple[StudyPair, ...]
    chemistry: Chemistry | None
    at_presentation: Chemistry | None
    findings: tuple[Merged, ...]
    differential: Differential | None
    red_flags: tuple[RedFlag, ...]
    treatments: tuple[tuple[str, int | None], ...]
    timeline: Timeline
    contradictions: tuple[str, ...]
    caveats: tuple[Caveat, ...]
    version: str

    def study(self, number: int) -> CaseStudy:
        """That of an id."""
        return next(study for study in self.studies if study.id == number)


def _tells(seen: Sighting) -> tuple[bool, float]:
    size = seen.volume_mm3.value if seen.volume_mm3 else (seen.long_axis_mm or 0.0)
    return seen.kind == "ct", size
