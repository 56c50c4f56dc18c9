"""Tracking UIDs that go on from an earlier study."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.comparison import Comparison


def with_comparison(analysis: CTAnalysis, comparison: Comparison) -> CTAnalysis:
    """The later analysis with its comparison, its deposits under the tracking UIDs of the earlier study."""
    kept = comparison.kept_uids({lesion.id: lesion.tracking_uid for lesion in analysis.lesions})
    lesions = tuple(
        replace(
            lesion,
            deposit=replace(lesion.deposit, tracking_uid=kept.get(lesion.tracking_uid, lesion.tracking_uid)),
        )
        for lesion in analysis.lesions
    )
    return replace(analysis, lesions=lesions, comparison=comparison)
