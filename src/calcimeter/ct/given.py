"""Outlines that a reader or another program drew, taken as deposits: outlines -> deposits."""

from __future__ import annotations

from calcimeter.model.anatomy import Dense
from calcimeter.model.lesion import Category, Deposit
from calcimeter.model.study import CTStudy, tracking_uid
from calcimeter.model.volume import Region


def take_outlines(study: CTStudy, outlines: tuple[tuple[int, Region], ...], dense: Dense) -> tuple[Deposit, ...]:
    """One soft-tissue deposit an outline, measured as drawn: nothing is added, filled or cut.

    Parameters
    ----------
    outlines : tuple of (label, Region)
        Label in the given mask, and its voxels on the study's grid.
    """
    return tuple(_take(study, label, region, dense) for label, region in outlines)


def _take(study: CTStudy, label: int, region: Region, dense: Dense) -> Deposit:
    """One outline."""
    mineral = region.mask & dense.mask.within(region.slices)
    shape = study.volume.grid.shape
    border = any(s == 0 or e == n for s, e, n in zip(region.start, region.stop, shape, strict=True))
    return Deposit(
        tracking_uid=tracking_uid(study, study.volume.grid.to_patient(region.centroid())),
        dense=Region.trimmed(region.start, mineral) if mineral.any() else None,
        envelope=region,
        parts=1,
        category=Category.SOFT_TISSUE,
        confidence=1.0,
        reasons=(f"outline given as label {label}",),
        caveats=("GIVEN_OUTLINE", "TOUCHES_BORDER") if border else ("GIVEN_OUTLINE",),
    )
