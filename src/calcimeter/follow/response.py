"""What the changes amount to: the response by the rule of the contract, and the comparison as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from calcimeter.errors import Refused, UsageError
from calcimeter.follow.change import detectable, measure_changes, mismatch_share, mismatches, soft_only, summed
from calcimeter.follow.match import Matched, match_lesions
from calcimeter.follow.register import register
from calcimeter.follow.settings import FollowSettings
from calcimeter.model.caveat import Caveat, caveat
from calcimeter.model.comparison import Change, Comparison, Response
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Estimate
from calcimeter.model.result import StudyResult

CODES = {
    "thickness of slices": "COMPARED_THICKNESS",
    "kernel": "COMPARED_KERNEL",
    "tube voltage": "COMPARED_KVP",
}


def compare_studies(earlier: StudyResult, later: StudyResult, settings: FollowSettings | None = None) -> Comparison:
    """Follow the deposits of one patient from an earlier study to a later one.

    Raises
    ------
    UsageError
        The later study is older than the earlier one, or they are of two patients.
    Refused
        The skeletons never come to lie on each other: another region of the body, or another patient.
    """
    settings = settings or FollowSettings()
    days = _days(earlier, later)
    if earlier.patient and later.patient and earlier.patient != later.patient:
        raise UsageError("the two studies are of two patients by their headers; compare studies of one")
    registration = register(earlier, later, settings.register)
    if registration is None:
        raise Refused(
            "met two skeletons that don't come to lie on each other, expected one region of one patient; compare scans"
            " that share bones"
        )
    matched = match_lesions(earlier, later, registration, settings.match)
    changes = measure_changes(matched, earlier, later, settings.change)
    one, other = (summed(volumes) for volumes in _in_both(matched))
    response, because = _response(matched, changes, (one, other), mismatch_share(earlier, later, settings.change))
    return Comparison(
        interval_days=days,
        changes=changes,
        response=response,
        because=because,
        volume_earlier_mm3=one,
        volume_later_mm3=other,
        new=sum(change.state == "new" for change in changes),
        fit=registration.fit,
        later_limit_mm3=later.detection_limit_mm3,
        caveats=_caveats(earlier, later, changes, settings),
    )


def _days(earlier: StudyResult, later: StudyResult) -> int | None:
    if earlier.date is None or later.date is None:
        return None
    days = (later.date - earlier.date).days
    if days < 0:
        raise UsageError("the later study is older than the earlier one; give them in the order of their dates")
    return days


def _in_both(matched: Sequence[Matched]) -> tuple[list[Estimate], list[Estimate]]:
    """Soft-tissue volumes of what lies in the view of both."""
    seen = [group for group in matched if group.in_view]
    before = [volume for group in seen for volume in soft_only(group.earlier)]
    after = [volume for group in seen for volume in soft_only(group.later)]
    return before, after


def _response(
    matched: Sequence[Matched], changes: Sequence[Change], volumes: tuple[Estimate, Estimate], share: float
) -> tuple[Response, str]:
    """By the rule: any new lesion or a sum grown by more than its detectable change is progression, and so on."""
    if any(change.state == "new" for change in changes if _is_soft(change, matched)):
        return "progression", "a new soft-tissue deposit"
    limit = detectable(*volumes, share)
    sum_change = volumes[1].value - volumes[0].value
    hidden = [change for change in changes if change.state in ("not_in_view", "not_comparable")]
    if limit is not None and sum_change > limit:
        return "progression", "the sum of volumes grew by more than its detectable change"
    if hidden:
        return "not_comparable", f"{len(hidden)} of {len(changes)} deposits can't be followed"
    if not changes:
        return "stable", "no soft-tissue deposit at either date in what both show"
    if all(change.state == "vanished" for change in changes):
        return "complete_resolution", "every earlier soft-tissue deposit vanished, nothing uncertain in its place"
    if limit is None:
        return "not_comparable", "the sum of volumes has no interval"
    if -sum_change > limit:
        return "partial_response", "the sum of volumes fell by more than its detectable change"
    return "stable", "the sum of volumes changed by no more than its detectable change"


def _is_soft(change: Change, matched: Sequence[Matched]) -> bool:
    """Whether the later side of a change holds soft tissue."""
    return any(
        lesion.category is Category.SOFT_TISSUE and lesion.id in change.later
        for group in matched
        for lesion in group.later
    )


def _caveats(
    earlier: StudyResult, later: StudyResult, changes: Sequence[Change], settings: FollowSettings
) -> tuple[Caveat, ...]:
    codes = {CODES[words] for words in mismatches(earlier, later, settings.change)}
    if earlier.date is None or later.date is None:
        codes.add("COMPARED_WITHOUT_DATE")
    if not (earlier.patient and later.patient):
        codes.add("COMPARED_WITHOUT_PATIENT")
    if any(change.state == "not_in_view" for change in changes):
        codes.add("COMPARED_VIEWS_DIFFER")
    if earlier.calibration != later.calibration:
        codes.add("COMPARED_CALIBRATION")
    return tuple(sorted(caveat(code) for code in codes))
