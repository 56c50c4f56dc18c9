"""More than two studies of one patient: each compared with the one before it, tracking UIDs carried along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from calcimeter.errors import UsageError
from calcimeter.follow.response import compare_studies
from calcimeter.model.comparison import Comparison
from calcimeter.model.result import StudyResult


def compare_series(results: Sequence[StudyResult]) -> tuple[tuple[StudyResult, ...], tuple[Comparison, ...]]:
    """Compare consecutive studies.

    Returns
    -------
    tuple of StudyResult
        The same studies; a deposit has the tracking UID of the first that shows it.
    tuple of Comparison
        One less than there are studies.

    Raises
    ------
    UsageError, Refused
        As ``compare_studies``; of any two of them, also where one between them has no id or date.
    """
    _check(results)
    known, comparisons = [results[0]], []
    for later in results[1:]:
        comparison = compare_studies(known[-1], later)
        kept = comparison.kept_uids({lesion.id: lesion.tracking_uid for lesion in later.lesions})
        lesions = tuple(replace(x, tracking_uid=kept.get(x.tracking_uid, x.tracking_uid)) for x in later.lesions)
        known.append(replace(later, lesions=lesions))
        comparisons.append(comparison)
    return tuple(known), tuple(comparisons)


def _check(results: Sequence[StudyResult]) -> None:
    """One patient, in the order of dates."""
    if any(one.is_of_another(other) for one, other in combinations(results, 2)):
        raise UsageError("the studies are of several patients by their headers; compare studies of one")
    dates = [result.date for result in results if result.date is not None]
    if dates != sorted(dates):
        raise UsageError("a later study is older than an earlier one; give them in the order of their dates")
