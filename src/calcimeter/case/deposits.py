"""Sightings of all studies -> the deposits of the patient: the same one in several studies is one entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from calcimeter.model.case_result import CaseStudy, JoinedDeposit, Sighting, StudyPair

LARGEST_RATIO = 1.35
"""A radiograph enlarges what lies before the detector: by up to a third at the usual distances (100 to 115 cm, a
deposit some 25 cm before the detector). Both axes on the radiograph must be at most so many times those of the
projection of CT."""
SMALLEST_RATIO = 1 / 1.25
"""Nothing makes a shadow smaller; this much is left to outlines, which differ where mineral is faint."""
AMBIGUOUS = 0.1
"""Natural log: where a second deposit fits so nearly as well as the best, neither is taken for the radiograph's."""
MOST_DAYS = 180
"""Between a radiograph and a CT that show one deposit: in half a year it may have become another size."""

Key = tuple[int, int]
Links = Mapping[Key, Key]


def join_deposits(
    studies: Sequence[CaseStudy], pairs: Iterable[StudyPair], near: Sequence[frozenset[str]]
) -> tuple[JoinedDeposit, ...]:
    """Bring the sightings of all studies together.

    Two CT studies: what a comparison of them follows is one deposit, also where several grew together or one fell
    apart. A radiograph and a CT: region, side and size alone, for nothing ties their coordinates together; what fits
    two deposits nearly alike is joined to neither.

    Parameters
    ----------
    near : sequence of frozenset
        Sites that may name one place.

    Returns
    -------
    tuple of JoinedDeposit
        Largest first, numbered from 1. Deposits that one study shows stay apart unless a comparison joins them.
    """
    by_key = {(one.study, one.lesion): one for study in studies for one in study.deposits}
    groups = _followed(by_key, pairs)
    shadows = [one for one in by_key.values() if one.kind == "radiograph"]
    solid = [group for group in groups if group[0].kind != "radiograph"]
    order = {study.id: study for study in studies}
    matched = _matched(shadows, solid, order, near)
    joined = [
        _joined((*group, *(shadow for shadow, k in matched if k == number)), order)
        for number, group in enumerate(solid)
    ]
    taken = {(shadow.study, shadow.lesion) for shadow, _ in matched}
    joined += [_joined((one,), order) for one in shadows if (one.study, one.lesion) not in taken]
    joined.sort(key=lambda one: (-_size(one.clearest), one.seen[0].study, one.seen[0].lesion))
    return tuple(_numbered(joined))


def _followed(by_key: Mapping[Key, Sighting], pairs: Iterable[StudyPair]) -> list[tuple[Sighting, ...]]:
    """Sightings that hang together by comparisons, in the order of their first."""
    root = {key: key for key in by_key}

    def of(key: Key) -> Key:
        while root[key] != key:
            key = root[key]
        return key

    for pair in pairs:
        for change in pair.comparison.changes if pair.comparison else ():
            keys = [(pair.earlier, number) for number in change.earlier]
            keys += [(pair.later, number) for number in change.later]
            known = [key for key in keys if key in by_key]
            for key in known[1:]:
                first, second = sorted((of(known[0]), of(key)))
                root[second] = first
    groups: dict[Key, list[Sighting]] = {}
    for key in sorted(by_key):
        groups.setdefault(of(key), []).append(by_key[key])
    return [tuple(group) for group in groups.values()]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a shadow fits a group: 0 is perfect."""

    shadow: Sighting
    group: int
    misfit: float


def _matched(
    shadows: Sequence[Sighting],
    solid: Sequence[tuple[Sighting, ...]],
    studies: Mapping[int, CaseStudy],
    near: Sequence[frozenset[str]],
) -> list[tuple[Sighting, int]]:
    """Shadows with the group that each belongs to, best first; every group once a radiograph."""
    fits = [
        _Fit(shadow, number, misfit)
        for shadow in shadows
        for number, group in enumerate(solid)
        if (misfit := _misfit(shadow, group, studies, near)) is not None
    ]
    fits.sort(key=lambda fit: (fit.misfit, fit.shadow.study, fit.shadow.lesion, fit.group))
    found: list[tuple[Sighting, int]] = []
    done: set[tuple[object, ...]] = set()
    for fit in fits:
        own, place = (fit.shadow.study, fit.shadow.lesion), (fit.shadow.study, "group", fit.group)
        rivals = [
            one
            for one in fits
            if one is not fit
            and abs(one.misfit - fit.misfit) < AMBIGUOUS
            and ((one.shadow is fit.shadow) != (one.group == fit.group and one.shadow.study == fit.shadow.study))
        ]
        if own in done or place in done or rivals:
            continue
        done |= {own, place}
        found.append((fit.shadow, fit.group))
    return found


def _misfit(
    shadow: Sighting, group: Sequence[Sighting], studies: Mapping[int, CaseStudy], near: Sequence[frozenset[str]]
) -> float | None:
    """Of the sighting on CT that is nearest in time; None where the two can't be one."""
    own = studies[shadow.study]
    solid = [one for one in group if one.kind == "ct" and _is_near_in_time(own, studies[one.study])]
    if not solid:
        return None
    one = min(solid, key=lambda seen: (_apart(own, studies[seen.study]), seen.study))
    sides_differ = shadow.side is not None and one.side is not None and shadow.side != one.side
    if sides_differ or _are_of_two(own, studies[one.study]) or not _is_in(own, studies[one.study], one.site, near):
        return None
    return _size_misfit(shadow, one)


def _size_misfit(shadow: Sighting, solid: Sighting) -> float | None:
    """By both axes in the plane of the radiograph; None where a length is not known or they differ too much."""
    for plane, lengths in shadow.projected_mm.items():
        projected = solid.projected_mm.get(plane)
        if projected is None or min(projected) <= 0:
            continue
        ratios = (lengths[0] / projected[0], lengths[1] / projected[1])
        if all(SMALLEST_RATIO <= ratio <= LARGEST_RATIO for ratio in ratios):
            return abs(log(ratios[0])) + abs(log(ratios[1]))
    return None


def _is_in(own: CaseStudy, other: CaseStudy, site: str | None, near: Sequence[frozenset[str]]) -> bool:
    """Whether the radiograph shows the site, by its region; a region that is not known shows nothing."""
    if own.region is not None and own.region == other.region:
        return True
    shown = {own.region, *own.regions} - {None}
    return site is not None and any(site == region or any({site, region} <= row for row in near) for region in shown)


def _are_of_two(one: CaseStudy, other: CaseStudy) -> bool:
    """Whether the headers name two patients: then nothing but a name that was changed makes them one."""
    return bool(one.patient and other.patient) and one.patient != other.patient


def _is_near_in_time(one: CaseStudy, other: CaseStudy) -> bool:
    return _apart(one, other) <= MOST_DAYS


def _apart(one: CaseStudy, other: CaseStudy) -> int:
    """Days between two studies; 0 where a day is not known."""
    return 0 if one.day is None or other.day is None else abs(one.day - other.day)


def _joined(seen: tuple[Sighting, ...], studies: Mapping[int, CaseStudy]) -> JoinedDeposit:
    ordered = tuple(sorted(seen, key=lambda one: (studies[one.study].day or 0, one.study, one.lesion)))
    solid = [one for one in ordered if one.kind == "ct"]
    named = JoinedDeposit(0, None, None, None, None, None, ordered).clearest
    return JoinedDeposit(
        id=0,
        tracking_uid=solid[0].tracking_uid if solid else None,
        site=named.site or next((one.site for one in ordered if one.site), None),
        side=named.side or next((one.side for one in ordered if one.side), None),
        bone=named.bone,
        part=named.part,
        seen=ordered,
        because="; ".join(_reasons(ordered)),
    )


def _reasons(seen: Sequence[Sighting]) -> Iterator[str]:
    studies = list(dict.fromkeys(one.study for one in seen if one.kind == "ct"))
    if len(studies) > 1:
        yield f"followed over studies {', '.join(map(str, studies))} by the bones beside it"
    shadows = [one.study for one in seen if one.kind == "radiograph"]
    if shadows and studies:
        yield f"on the radiograph of study {', '.join(map(str, shadows))} by region, side and size"


def _size(seen: Sighting) -> float:
    """Volume, or what a ball of its width on the radiograph would have."""
    if seen.volume_mm3 is not None:
        return seen.volume_mm3.value
    return 0.5 * (seen.long_axis_mm or 0.0) * (seen.short_axis_mm or 0.0) ** 2


def _numbered(joined: Iterable[JoinedDeposit]) -> Iterator[JoinedDeposit]:
    from dataclasses import replace

    for number, one in enumerate(joined, start=1):
        yield replace(one, id=number)
