"""Which side a deposit lies on: by tags, or by where it lies from the body's midline; never by the image alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.geometry.mirror import mirror_column
from calcimeter.model.lesion import Side
from calcimeter.model.radiograph import FRONTAL, Radiograph, RadiographDeposit

BESIDE_MIDLINE = ("hip", "pelvis", "spine", "sternum", "chest_wall")
"""Sites whose images can show both sides, whatever a tag says: an image of a hip is often one of both. Where the site
is not known a tag may be doubted, but no midline is believed: a knee is its own mirror image too."""
MIDLINE_SURE, MIDLINE_DOUBT = 0.6, 0.45
"""Correlation of an image with its mirror image from which on a line in it is taken for the body's midline, and from
which on a tag of one side is doubted. Projections of a real pelvis gave 0.78 and 0.80, of its half 0.21, of one-sided
CT of hips and thighs 0.13 to 0.49 [real]; the reference pelvis gives 0.85 [phantom]."""
AROUND = 0.1
"""Of a deposit's height and width: what of its surroundings its blurred edge reaches into [chosen]."""
MARGIN = 0.05
"""A deposit nearer to the midline, of the image's width, has no side [chosen]."""


def tell_sides(
    study: Radiograph, deposits: tuple[RadiographDeposit, ...]
) -> tuple[tuple[RadiographDeposit, ...], frozenset[str]]:
    """Deposits with their sides, and caveats.

    A laterality tag of a paired part holds for all that the image shows, unless the image is seen to show both sides.
    Without one a side is told where the view is frontal, PatientOrientation says where columns go, and the image shows
    the body's midline by being its own mirror image.

    Returns
    -------
    deposits : tuple of RadiographDeposit
        ``side`` None where it is not known.
    codes : frozenset of str
    """
    if not deposits:
        return deposits, frozenset()
    midline, likeness = _midline(study, deposits)
    if any(one.code == "RADIOGRAPH_SIDES_CONTRADICT" for one in study.caveats):
        return deposits, frozenset()
    if study.laterality is not None:
        if likeness >= MIDLINE_DOUBT:
            return deposits, frozenset({"RADIOGRAPH_SIDES_CONTRADICT"})
        return tuple(replace(one, side=study.laterality) for one in deposits), frozenset()
    sure = likeness >= MIDLINE_SURE and study.body_part in BESIDE_MIDLINE
    sides = [_by_place(study, one, midline) if sure else None for one in deposits]
    sided = tuple(replace(one, side=side) for one, side in zip(deposits, sides, strict=True))
    return sided, frozenset({"RADIOGRAPH_SIDE_UNKNOWN"} if None in sides else ())


def _midline(study: Radiograph, deposits: tuple[RadiographDeposit, ...]) -> tuple[float, float]:
    """The column of the body's midline, and how sure it is; 0 where the image can't show one.

    Deposits are left out: a round one is its own mirror image, and its middle no midline of the body.
    """
    if study.body_part not in (*BESIDE_MIDLINE, None) or study.view not in (*FRONTAL, None):
        return 0.0, 0.0
    body = study.usable.copy()
    for one in deposits:
        (row, column), (height, width) = one.region.start, one.region.mask.shape
        around = (round(AROUND * height), round(AROUND * width))
        body[
            max(row - around[0], 0) : row + height + around[0], max(column - around[1], 0) : column + width + around[1]
        ] = False
    return mirror_column(study.values, body)


def _by_place(study: Radiograph, deposit: RadiographDeposit, midline: float) -> Side | None:
    """By which side of the midline it lies on; None near it, where the midline is not sure enough."""
    if study.columns_toward is None or study.view not in FRONTAL:
        return None
    columns = deposit.region.start[1] + np.flatnonzero(deposit.region.mask.any(axis=0))
    if columns[0] <= midline <= columns[-1]:
        return "midline"
    if min(abs(columns[0] - midline), abs(columns[-1] - midline)) < MARGIN * study.values.shape[1]:
        return None
    beyond = columns[0] > midline
    return "left" if beyond == (study.columns_toward == "left") else "right"
