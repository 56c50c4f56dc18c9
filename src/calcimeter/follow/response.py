"""What the changes amount to: the response by the rule of the contract, and the comparison as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from calcimeter.errors import Refused, UsageError
from calcimeter.follow.change import detectable, measure_changes, mismatch_share, mismatches, nothing
from calcimeter.follow.match import Matched, match_lesions
from calcimeter.follow.register import Registration, register
from calcimeter.follow.settings import FollowSettings
from calcimeter.model.caveat import Caveat, caveat
from calcimeter.model.comparison import Change, Comparison, Fit, Response
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Estimate, summed
from calcimeter.model.result import StudyResult

HIDDEN = ("not_in_view", "not_comparable")
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
    _days(earlier, later)
    if earlier.is_of_another(later):
        raise UsageError("the two studies are of two patients by their headers; compare studies of one")
    registration = register(earlier, later, settings.register)
    if registration is None:
        raise Refused(
            "met two skeletons that don't come to lie on each other (another patient, another region, or too little in"
            " the view of both), expected one region of one patient: compare scans that share bones"
        )
    return compare_registered(earlier, later, registration, settings)


def compare_registered(
    earlier: StudyResult, later: StudyResult, registration: Registration, settings: FollowSettings
) -> Comparison:
    """The same once the skeletons have been laid over each other."""
    every = match_lesions(earlier, later, registration, settings.match)
    matched = [group for group in every if group.of_soft_tissue()]
    changes = measure_changes(matched, earlier, later, settings.change)
    response, because = _response(
        changes, _followed(changes, (earlier, later)), mismatch_share(earlier, later, settings.change)
    )
    if earlier.is_of_images_of(later):
        because += "; both results are of the same images"
    one, other = _in_both(changes, (earlier, later))
    new = _new(changes, later)
    codes = _codes(every, registration.fit, settings) | _left_open(one, new)
    return Comparison(
        interval_days=_days(earlier, later),
        changes=changes,
        response=response,
        because=because,
        volume_earlier_mm3=one,
        volume_later_mm3=other,
        new=new,
        fit=registration.fit,
        later_limit_mm3=later.detection_limit_mm3,
        caveats=_caveats((earlier, later), changes, codes, settings),
    )


def _days(earlier: StudyResult, later: StudyResult) -> int | None:
    if earlier.date is None or later.date is None:
        return None
    days = (later.date - earlier.date).days
    if days < 0:
        raise UsageError("the later study is older than the earlier one; give them in the order of their dates")
    return days


def _followed(changes: Sequence[Change], studies: tuple[StudyResult, StudyResult]) -> tuple[Estimate, Estimate]:
    """Volumes of the deposits whose change is told; of each that a date does not show as much as it may hide."""
    told = [change for change in changes if change.state not in HIDDEN]
    hidden = [nothing(study.detection_limit_mm3) for study in studies]
    before = [change.volume_earlier_mm3 or hidden[0] for change in told]
    after = [change.volume_later_mm3 or hidden[1] for change in told]
    return summed(before or hidden[:1]), summed(after or hidden[1:])


def _in_both(
    changes: Sequence[Change], studies: tuple[StudyResult, StudyResult]
) -> tuple[Estimate, Estimate] | tuple[None, None]:
    """The sums at both dates; not known where they would leave a deposit out, or say none of what nobody looked for."""
    if any(change.state in HIDDEN for change in changes):
        return None, None
    if not changes and not all(study.searched for study in studies):
        return None, None
    return _followed(changes, studies)


def _new(changes: Sequence[Change], later: StudyResult) -> int | None:
    """How many are new; not known where that of one can't be told, or where nobody looked for any."""
    if not later.searched or any(change.state in HIDDEN and not change.earlier for change in changes):
        return None
    return sum(change.state == "new" for change in changes)


def _left_open(volume: Estimate | None, new: int | None) -> set[str]:
    """Caveats for what is null."""
    met = {"COMPARED_VOLUME_UNKNOWN": volume is None, "COMPARED_NEW_UNKNOWN": new is None}
    return {code for code, holds in met.items() if holds}


def _response(changes: Sequence[Change], volumes: tuple[Estimate, Estimate], share: float) -> tuple[Response, str]:
    """By the rule: any new lesion or a sum grown by more than its detectable change is progression, and so on."""
    if any(change.state == "new" for change in changes):
        return "progression", "a new soft-tissue deposit"
    limit = detectable(*volumes, share)
    sum_change = volumes[1].value - volumes[0].value
    hidden = [change for change in changes if change.state in HIDDEN]
    if limit is not None and sum_change > limit:
        which = "of those that can be followed the sum" if hidden else "the sum"
        return "progression", f"{which} of volumes grew by more than its detectable change"
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


def _caveats(
    studies: tuple[StudyResult, StudyResult], changes: Sequence[Change], codes: set[str], settings: FollowSettings
) -> tuple[Caveat, ...]:
    earlier, later = studies
    codes |= {CODES[words] for words in mismatches(earlier, later, settings.change)}
    if earlier.date is None or later.date is None:
        codes.add("COMPARED_WITHOUT_DATE")
    if not (earlier.patient and later.patient):
        codes.add("COMPARED_WITHOUT_PATIENT")
    if any(change.state == "not_in_view" for change in changes):
        codes.add("COMPARED_VIEWS_DIFFER")
    met = {
        "COMPARED_CALIBRATION": earlier.calibration != later.calibration,
        "COMPARED_DEIDENTIFIED": earlier.deidentified or later.deidentified,
        "COMPARED_EDITED": "EDITED_BY_READER" in earlier.codes | later.codes,
        "COMPARED_SAME_IMAGES": earlier.is_of_images_of(later),
        "COMPARED_SETTINGS": earlier.version == later.version and earlier.settings != later.settings,
        "COMPARED_VERSIONS": earlier.version != later.version,
    }
    codes |= {code for code, holds in met.items() if holds}
    return tuple(sorted(caveat(code) for code in codes))


def _codes(groups: Sequence[Matched], fit: Fit, settings: FollowSettings) -> set[str]:
    """What the skeletons and the deposits that are not counted give reason to say."""
    codes = {"COMPARED_BY_SHAFT"} if fit.held < settings.register.held else set()
    uncounted = [group for group in groups if not (group.of_soft_tissue() or group.earlier)]
    if any(group.in_view and lesion.category is Category.UNCERTAIN for group in uncounted for lesion in group.later):
        codes.add("COMPARED_UNCERTAIN_NEW")
    return codes
