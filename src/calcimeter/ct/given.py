"""Outlines that a reader or another program drew, taken as deposits: outlines -> deposits."""

from __future__ import annotations

from calcimeter.model.anatomy import Dense
from calcimeter.model.lesion import Category, Deposit
from calcimeter.model.study import CTStudy, tracking_uids
from calcimeter.model.volume import Region


def take_outlines(study: CTStudy, outlines: tuple[tuple[int, Region], ...], dense: Dense) -> tuple[Deposit, ...]:
    """One soft-tissue deposit an outline, measured as drawn: nothing is added, filled or cut.

    Parameters
    ----------
    outlines : tuple of (label, Region)
        Label in the given mask, and its voxels on the study's grid.
    """
    grid = study.volume.grid
    uids = tracking_uids(study, [grid.to_patient(region.centroid()) for _, region in outlines])
    return tuple(_take(uid, label, region, dense) for uid, (label, region) in zip(uids, outlines, strict=True))


def _take(uid: str, label: int, region: Region, dense: Dense) -> Deposit:
    """One outline."""
    mineral = region.mask & dense.mask.within(region.slices)
    shape = dense.mask.shape
    border = any(s == 0 or e == n for s, e, n in zip(region.start, region.stop, shape, strict=True))
    return Deposit(
        tracking_uid=uid,
        dense=Region.trimmed(region.start, mineral) if mineral.any() else None,
        envelope=region,
        parts=1,
        category=Category.SOFT_TISSUE,
        confidence=1.0,
        reasons=(f"outline given as label {label}",),
        caveats=("GIVEN_OUTLINE", "TOUCHES_BORDER") if border else ("GIVEN_OUTLINE",),
    )
