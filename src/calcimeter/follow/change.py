"""How much each deposit changed, against the smallest change that these two scans could show."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

import numpy as np

from calcimeter.follow.match import Matched
from calcimeter.follow.settings import ChangeSettings
from calcimeter.model.comparison import Change, State
from calcimeter.model.measures import Estimate, Point, summed
from calcimeter.model.result import StudyResult

WORDS: dict[State, str] = {
    "new": "nothing was there before",
    "vanished": "nothing is left where it was",
    "grown": "larger by more than the detectable change",
    "shrunk": "smaller by more than the detectable change",
    "stable": "no more than the detectable change",
    "merged": "several have become one",
    "split": "one has become several",
    "not_in_view": "its place is not inside the view of the other scan",
    "not_comparable": "a volume has no 95 % interval",
}


def measure_changes(
    matched: Sequence[Matched], earlier: StudyResult, later: StudyResult, settings: ChangeSettings
) -> tuple[Change, ...]:
    """Changes in the order of the groups.

    The detectable change is half of the 95 % interval of the difference: both volumes' intervals added in squares,
    and a share of the larger volume for each thing in which the scans differ (thickness of slices, kernel, voltage).
    Where nothing was found there may be as much as that scan's detection limit, and the mineral of that. Errors that
    two scans of one scanner share are not taken off: nobody knows how much they share. Mass changes are told only where
    both masses come from one kind of calibration.
    """
    mismatch = mismatch_share(earlier, later, settings)
    mass = earlier.calibration == later.calibration != "none"
    limits = _Limits(
        (earlier.detection_limit_mm3, later.detection_limit_mm3),
        (_mass_limit(earlier, settings), _mass_limit(later, settings)),
    )
    return tuple(_change(group, mismatch, limits, with_mass=mass) for group in matched)


def nothing(limit: float | None) -> Estimate:
    """What a date without deposit may hide: from 0 up to a limit; no interval where that is not known."""
    return Estimate(0.0) if limit is None else Estimate(0.0, 0.0, limit, limit)


def mismatches(earlier: StudyResult, later: StudyResult, settings: ChangeSettings) -> tuple[str, ...]:
    """In what the two scans differ, in words."""
    return tuple(words for words, share in _differences(earlier, later, settings) if share)


def mismatch_share(earlier: StudyResult, later: StudyResult, settings: ChangeSettings) -> float:
    """Share of a volume that the differences of the scans may make."""
    return hypot(*(share for _, share in _differences(earlier, later, settings)))


def detectable(one: Estimate, other: Estimate, share: float) -> float | None:
    """Half of the 95 % interval of a difference; None where an interval is not known."""
    halves = _half(one), _half(other)
    if halves[0] is None or halves[1] is None:
        return None
    return hypot(halves[0], halves[1], share * max(one.value, other.value))


class _Limits(NamedTuple):
    """What may be hidden at the two dates."""

    volumes_mm3: tuple[float | None, float | None]
    masses_mg_ha: tuple[float | None, float | None]


def _mass_limit(study: StudyResult, settings: ChangeSettings) -> float | None:
    """Mineral of the smallest sphere that is found."""
    if study.detection_limit_mm3 is None or study.mg_ha_per_ml_per_hu is None:
        return None
    return study.detection_limit_mm3 / 1000 * study.mg_ha_per_ml_per_hu * settings.hidden_hu


def _sums(parts: tuple[Sequence[Estimate], ...], limits: tuple[float | None, ...]) -> tuple[Estimate, Estimate]:
    """Of both dates; where one has nothing, up to what it may hide."""
    one, other = (summed(own) if own else nothing(limit) for own, limit in zip(parts, limits, strict=True))
    return one, other


def _change(group: Matched, mismatch: float, limits: _Limits, *, with_mass: bool) -> Change:
    """One group; what widens its detectable change: a share for differences of the scans, and their limits."""
    volumes = tuple([lesion.volume_mm3 for lesion in own] for own in (group.earlier, group.later))
    one, other = _sums(volumes, limits.volumes_mm3)
    limit = detectable(one, other, mismatch)
    state, because = _state(group, other.value - one.value, limit)
    told = state not in ("not_in_view", "not_comparable")
    change = other.value - one.value if told else None
    masses = _masses(group, limits.masses_mg_ha) if told and with_mass else None
    return Change(
        earlier=tuple(lesion.id for lesion in group.earlier),
        later=tuple(lesion.id for lesion in group.later),
        tracking_uid=(*group.earlier, *group.later)[0].tracking_uid,
        state=state,
        volume_earlier_mm3=one if group.earlier else None,
        volume_later_mm3=other if group.later else None,
        change_mm3=change,
        change_percent=None if change is None or not one.value else 100 * change / one.value,
        detectable_change_mm3=limit if told else None,
        mass_change_mg_ha=None if masses is None else masses[1].value - masses[0].value,
        detectable_mass_mg_ha=None if masses is None else detectable(*masses, mismatch),
        because=because,
        earlier_to_later=group.motion.matrix(),
        gone_mm=_place_of_gone(group) if state == "vanished" else None,
    )


def _place_of_gone(group: Matched) -> tuple[Point, Point]:
    """The box of what vanished, brought into the later scan."""
    moved = np.concatenate([group.motion.apply(lesion.voxels_mm) for lesion in group.earlier])
    (a, b, c), (d, e, f) = moved.min(axis=0).tolist(), moved.max(axis=0).tolist()
    return (a, b, c), (d, e, f)


def _state(group: Matched, change_mm3: float, limit_mm3: float | None) -> tuple[State, str]:
    """What became of a group, and why it is said so."""
    if not group.in_view:
        return _worded("not_in_view")
    if group.unknown is not None:
        return "not_comparable", group.unknown
    if any("TOUCHES_BORDER" in lesion.caveats for lesion in (*group.earlier, *group.later)):
        return "not_comparable", "cut by the border of a scan"
    if not group.earlier or not group.later:
        return _worded("vanished" if group.earlier else "new")
    if limit_mm3 is None:
        return _worded("not_comparable")
    if len(group.earlier) != len(group.later):
        return _worded("merged" if len(group.earlier) > len(group.later) else "split")
    if abs(change_mm3) <= limit_mm3:
        return _worded("stable")
    return _worded("grown" if change_mm3 > 0 else "shrunk")


def _worded(state: State) -> tuple[State, str]:
    return state, WORDS[state]


def _masses(group: Matched, limits: tuple[float | None, float | None]) -> tuple[Estimate, Estimate] | None:
    """Summed masses; None where one is not known."""
    known: list[list[Estimate]] = [[], []]
    for own, lesions in zip(known, (group.earlier, group.later), strict=True):
        own.extend(lesion.mass_mg_ha for lesion in lesions if lesion.mass_mg_ha is not None)
        if len(own) < len(lesions):
            return None
    return _sums((known[0], known[1]), limits)


def _half(estimate: Estimate) -> float | None:
    """The larger half of the interval."""
    if estimate.low is None or estimate.high is None:
        return None
    return max(estimate.value - estimate.low, estimate.high - estimate.value)


def _differences(earlier: StudyResult, later: StudyResult, s: ChangeSettings) -> tuple[tuple[str, float], ...]:
    steps = sorted((earlier.spacing_mm[0], later.spacing_mm[0]))
    return (
        ("thickness of slices", s.thickness_share if steps[1] > s.thickness_ratio * steps[0] else 0.0),
        ("kernel", s.kernel_share if earlier.kernel != later.kernel else 0.0),
        ("tube voltage", s.kvp_share if earlier.kvp != later.kvp else 0.0),
    )
