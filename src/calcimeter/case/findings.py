"""Signs of all studies together, and where a reader and a measurement contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from calcimeter.model.case import Case, StatedLesion, size_as_told_cm
from calcimeter.model.case_result import CaseStudy, JoinedDeposit, Kind
from calcimeter.model.finding import Finding
from calcimeter.model.lesion import Side

OPPOSITE = {"left", "right"}
Near = Sequence[frozenset[str]]
"""Sites that may name one place."""


def gather_findings(
    studies: Sequence[CaseStudy], deposits: Sequence[JoinedDeposit], near: Near = ()
) -> tuple[Finding, ...]:
    """What all studies measured, each statement with its study, and what only all of them together show.

    A study without a deposit that can't tell a sign of deposits has no say in it where another study can: otherwise a
    scan after treatment would make unknown what the scan before it showed.
    """
    told = [
        (study, replace(finding, because=f"study {study.id}: {finding.because}"))
        for study in studies
        if study.measured
        for finding in study.findings
    ]
    known = {finding.name for study, finding in told if finding.present is not None or study.deposits}
    heard = [
        finding for study, finding in told if finding.present is not None or study.deposits or finding.name not in known
    ]
    return (*heard, *_together(deposits, near))


def with_deposits(case: Case, deposits: Iterable[JoinedDeposit], studies: Iterable[CaseStudy]) -> Case:
    """The case with every measured deposit once, as a reader would write it down, and with what was done already."""
    measured = tuple(_stated(one) for one in deposits)
    kinds = {study.kind for study in studies if study.measured and study.kind is not None}
    done = tuple(StatedLesion(modality=MODALITIES[kind]) for kind in sorted(kinds))
    return replace(case, lesions=(*case.lesions, *measured, *done))


MODALITIES: dict[Kind, str] = {"ct": "CT", "radiograph": "CR", "scintigraphy": "NM"}


def sides_contradict(
    case: Case, deposits: Sequence[JoinedDeposit], studies: Sequence[CaseStudy] = ()
) -> tuple[str, ...]:
    """Where a reader names a side and all that was measured there lies on another, in words: deposits, foci of tracer.

    Of a deposit on radiographs alone only the region of the image is known. A reader's only lesion is held against
    these too, where no other was measured.
    """
    sited = [lesion for lesion in case.lesions if lesion.site and lesion.side]
    alone = len(sited) == 1 and not any(seen.kind == "ct" for one in deposits for seen in one.seen)
    found = []
    for stated in sited:
        here = {one.side for one in deposits if one.side is not None and (alone or one.site == stated.site)}
        found += _contradiction(str(stated.site).replace("_", " "), stated.side, here)
    foci = {focus.side for study in studies for focus in study.foci if focus.side is not None}
    for told in case.foci:
        found += _contradiction("focus of retained tracer", told.side, foci)
    return tuple(found)


def _contradiction(what: str, stated: Side | None, measured: set[Side]) -> list[str]:
    """One line where a side was stated and another was measured."""
    if stated is None or not measured or stated in measured:
        return []
    return [f"{what}: a reader says {stated}, measured {' and '.join(sorted(map(str, measured)))}"]


def _together(deposits: Sequence[JoinedDeposit], near: Near) -> Iterator[Finding]:
    """Several places and both sides, which one study rarely shows."""
    sites = list(dict.fromkeys(one.site for one in deposits if one.site))
    if any(_are_apart(one, other, near) for one, other in combinations(deposits, 2)):
        places = dict.fromkeys(_place(one) for one in deposits if one.site or one.side in OPPOSITE)
        yield Finding("multifocal", present=True, because=f"deposits at {' and '.join(places)}")
    for site in sites:
        if {one.side for one in deposits if one.site == site} >= OPPOSITE:
            yield Finding("bilateral", present=True, because=f"on both sides at the {site.replace('_', ' ')}")
            return


def _are_apart(one: JoinedDeposit, other: JoinedDeposit, near: Near) -> bool:
    """Whether two entries lie at two places; what no study shows together may be one under a neighbor's name.

    Those on opposite sides always do, as in one study.
    """
    if {one.side, other.side} == OPPOSITE:
        return True
    if one.site is None or other.site is None or one.site == other.site:
        return False
    together = {seen.study for seen in one.seen} & {seen.study for seen in other.seen}
    return bool(together) or not any({one.site, other.site} <= row for row in near)


def _place(deposit: JoinedDeposit) -> str:
    """Side and site in words."""
    side = deposit.side if deposit.side in OPPOSITE else None
    return " ".join(word for word in (side, (deposit.site or "side").replace("_", " ")) if word)


def _stated(deposit: JoinedDeposit) -> StatedLesion:
    """Place and size, as a reader would write them down; no size that is that at the detector, enlarged."""
    seen = deposit.clearest
    long_cm, short_cm = size_as_told_cm((seen.long_axis_mm, seen.short_axis_mm), seen.projected_mm.get("coronal"))
    return StatedLesion(
        site=deposit.site,
        side=deposit.side,
        bone=deposit.bone,
        part=deposit.part,
        long_axis_cm=None if seen.is_enlarged else long_cm,
        short_axis_cm=None if seen.is_enlarged else short_cm,
        modality=MODALITIES[seen.kind],
    )
