"""Whether anything is left of what was found: of nothing no sample can be taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calcimeter.model.case import Case
from calcimeter.model.case_result import CaseStudy, JoinedDeposit
from calcimeter.model.timeline import Timeline, VolumeLine


def is_nothing_left(
    case: Case, studies: Iterable[CaseStudy], deposits: Sequence[JoinedDeposit], timeline: Timeline
) -> bool:
    """Whether every deposit is known to have vanished.

    Returns
    -------
    bool
        False also where there is no deposit, where one was not followed or was seen again, and where a reader names a
        place at which none was measured.
    """
    named = {*case.sites, *(one.site for one in case.lesions if one.site)}
    if not deposits or named - {one.site for one in deposits}:
        return False
    days = {study.id: study.day for study in studies}
    lines = {line.deposit: line for line in timeline.volumes}
    return all(_has_vanished(lines.get(one.id), [days[seen.study] for seen in one.seen]) for one in deposits)


def _has_vanished(line: VolumeLine | None, seen: Sequence[int | None]) -> bool:
    """Whether a line ends at nothing, and no study shows the deposit later."""
    if line is None or line.points[-1].state != "vanished":
        return False
    return all(day is not None and day < line.points[-1].day for day in seen)
