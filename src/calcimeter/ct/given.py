"""Outlines that a reader or another program drew, taken as deposits: outlines -> deposits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.errors import GeometryError
from calcimeter.geometry.components import Components
from calcimeter.model.anatomy import Dense, Mask, Skeleton
from calcimeter.model.lesion import Category, Deposit
from calcimeter.model.study import CTStudy, tracking_uids
from calcimeter.model.volume import Region

MOST = 0.5
"""Share of the dense voxels of an outline: more of them in bone, and it is drawn on bone rather than beside it."""


def refuse_outside(outlines: tuple[tuple[int, Region], ...], body: Mask) -> None:
    """Refuse an outline that lies wholly outside the body: it was drawn on another scan, or its file is misplaced.

    Raises
    ------
    GeometryError
        No voxel of an outline is of the body.
    """
    for label, region in outlines:
        if not (region.mask & body.within(region.slices)).any():
            raise GeometryError(
                f"outline {label} lies in the air outside the body; was it drawn on another scan, or saved without its"
                " place in space?"
            )


def take_outlines(
    study: CTStudy, outlines: tuple[tuple[int, Region], ...], dense: Dense, skeleton: Skeleton | None = None
) -> tuple[Deposit, ...]:
    """One deposit an outline, measured as drawn: nothing is added, filled or cut.

    What a person outlines is of soft tissue. Where nothing in an outline is dense, it may be of another date or scan:
    that it holds a calcification at all is uncertain. Where most of that is bone, a caveat says so.

    Parameters
    ----------
    outlines : tuple of (label, Region)
        Label in the given mask, and its voxels on the study's grid.
    skeleton : Skeleton or None
        What was recognized as bone; None where nobody looked.
    """
    grid = study.volume.grid
    uids = tracking_uids(study, [grid.to_patient(region.centroid()) for _, region in outlines])
    return tuple(
        _take(uid, label, region, dense, skeleton) for uid, (label, region) in zip(uids, outlines, strict=True)
    )


def _take(uid: str, label: int, region: Region, dense: Dense, skeleton: Skeleton | None) -> Deposit:
    """One outline."""
    mineral = region.mask & dense.mask.within(region.slices)
    shape = dense.mask.shape
    border = any(s == 0 or e == n for s, e, n in zip(region.start, region.stop, shape, strict=True))
    caveats = ("GIVEN_OUTLINE", "TOUCHES_BORDER") if border else ("GIVEN_OUTLINE",)
    drawn = Deposit(
        tracking_uid=uid,
        dense=None,
        envelope=region,
        parts=len(Components.of(Mask.from_bool(region.mask)).voxels()),
        category=Category.SOFT_TISSUE,
        confidence=1.0,
        reasons=(f"outline given as label {label}",),
        caveats=caveats,
    )
    if mineral.any():
        in_bone = skeleton is not None and np.mean(skeleton.labels[region.slices][mineral] > 0) > MOST
        codes = (*caveats, "OUTLINE_IN_BONE") if in_bone else caveats
        return replace(drawn, dense=Region.trimmed(region.start, mineral), caveats=codes)
    return replace(
        drawn,
        category=Category.UNCERTAIN,
        confidence=0.5,
        reasons=(*drawn.reasons, f"nothing in it is denser than {dense.threshold_hu:.0f} HU"),
        caveats=(*caveats, "OUTLINE_NOT_DENSE"),
    )
