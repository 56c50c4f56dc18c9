"""Deposits, blood results, studies and treatments -> the time line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from calcimeter.model.case_result import CaseStudy, JoinedDeposit, StudyPair
from calcimeter.model.chemistry import BloodValue, Chemistry
from calcimeter.model.measures import Estimate, summed
from calcimeter.model.timeline import BloodLine, Timeline, VolumeLine, VolumePoint

SHOWN_FIRST = ("calcium", "calcium_albumin_corrected", "phosphate", "pth_intact", "alkaline_phosphatase", "creatinine")


def draw_up(
    studies: Sequence[CaseStudy],
    deposits: Iterable[JoinedDeposit],
    pairs: Sequence[StudyPair],
    chemistry: Chemistry | None,
    treatments: Iterable[tuple[str, int | None]],
) -> Timeline:
    """Everything that has a day.

    A deposit that a comparison calls vanished has a last point of volume 0, whose interval reaches up to what that
    scan could have missed.
    """
    days = {study.id: study.day for study in studies}
    dated = tuple((study.id, study.kind or "", study.day) for study in studies if study.day is not None)
    return Timeline(
        volumes=tuple(_volumes(deposits, pairs, days)),
        blood=() if chemistry is None else tuple(_blood(chemistry)),
        studies=dated,
        treatments=tuple((what, day) for what, day in treatments if day is not None),
    )


def _volumes(
    deposits: Iterable[JoinedDeposit], pairs: Sequence[StudyPair], days: Mapping[int, int | None]
) -> Iterator[VolumeLine]:
    for deposit in deposits:
        points = {}
        for number in dict.fromkeys(one.study for one in deposit.seen if one.volume_mm3 is not None):
            day, parts = days[number], [x.volume_mm3 for x in deposit.seen if x.study == number and x.volume_mm3]
            if day is not None:
                points[day] = VolumePoint(day, number, summed(parts), _state(deposit, number, pairs))
        for gone in _vanished(deposit, pairs, days):
            points.setdefault(gone.day, gone)
        if points:
            yield VolumeLine(deposit.id, _title(deposit), tuple(points[day] for day in sorted(points)))


def _vanished(
    deposit: JoinedDeposit, pairs: Sequence[StudyPair], days: Mapping[int, int | None]
) -> Iterator[VolumePoint]:
    """The day on which it was no longer there."""
    keys = {(one.study, one.lesion) for one in deposit.seen}
    for pair in pairs:
        day = days[pair.later]
        if pair.comparison is None or day is None:
            continue
        for change in pair.comparison.changes:
            if change.state == "vanished" and {(pair.earlier, number) for number in change.earlier} & keys:
                limit = pair.comparison.later_limit_mm3
                yield VolumePoint(day, pair.later, Estimate(0.0, None if limit is None else 0.0, limit), "vanished")


def _state(deposit: JoinedDeposit, study: int, pairs: Sequence[StudyPair]) -> str | None:
    """What the comparison that ends with a study says of a deposit."""
    own = {one.lesion for one in deposit.seen if one.study == study}
    for pair in pairs:
        for change in pair.comparison.changes if pair.comparison and pair.later == study else ():
            if own & set(change.later):
                return change.state
    return None


def _title(deposit: JoinedDeposit) -> str:
    words = [deposit.side if deposit.side != "midline" else None, deposit.site]
    return " ".join(word.replace("_", " ") for word in words if word) or "place not known"


def _blood(chemistry: Chemistry) -> Iterator[BloodLine]:
    """Analytes with two days or more, the telling ones first."""
    lines: dict[str, list[BloodValue]] = {}
    for one in chemistry.results:
        if one.day is not None and one.value is not None:
            lines.setdefault(one.analyte, []).append(one)
    order = [*(name for name in SHOWN_FIRST if name in lines), *(name for name in lines if name not in SHOWN_FIRST)]
    for name in order:
        points = tuple(sorted(lines[name], key=lambda one: one.day or 0))
        if len({one.day for one in points}) > 1:
            yield BloodLine(name, points[-1].unit, points, points[-1].reference)
