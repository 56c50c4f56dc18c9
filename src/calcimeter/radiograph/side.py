"""Which side a deposit lies on: by tags, by a letter on the film, or by where it lies from the body's midline.

Never by the image's left and right alone. A wrong side is the worst error: whatever contradicts itself gives none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calcimeter.geometry.mirror import mirror_column
from calcimeter.model.lesion import Side
from calcimeter.model.radiograph import FRONTAL, Radiograph, RadiographDeposit, Toward
from calcimeter.radiograph.marker import SideMarker, find_markers
from calcimeter.radiograph.settings import MarkerSettings

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
MARKER_BESIDE = 0.15
"""A letter that far from the midline, of the image's width, lies beside the body's half that it names [chosen]."""
CENTERED = 0.1
"""An image whose midline lies no farther from the exposed part's middle, of its width, shows both sides alike; on one
of a single hip, whose letter may stand anywhere, the midline lies at a third or nearer to the border [chosen]."""
OUTERMOST = 0.3
"""Of the exposed width: on an image of limbs, what lies that far out on a letter's side of it is the limb that the
letter names, whether the image shows one or both [chosen]."""
LIMBS = ("shoulder", "upper_arm", "elbow", "forearm", "wrist", "hand", "knee", "lower_leg", "ankle", "foot")
"""Sites whose images show one limb, which a letter on it names, or both, each with its letter beside it; an image of a
thigh may hold the other hip."""
OTHER: dict[Toward, Toward] = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class _Body:
    """The body's midline on an image.

    Parameters
    ----------
    midline : float
        Its column.
    likeness : float
        How sure it is, 0 to 1.
    width : float
        Columns of the image.
    centered : bool
        Whether it lies in the middle of the exposed part: then the image is of both sides.
    """

    midline: float
    likeness: float
    width: float
    centered: bool = False


def tell_sides(
    study: Radiograph, deposits: tuple[RadiographDeposit, ...], settings: MarkerSettings | None = None
) -> tuple[tuple[RadiographDeposit, ...], frozenset[str]]:
    """Deposits with their sides, and caveats.

    A laterality tag of a paired part holds for all that the image shows, unless the image is seen to show both sides or
    a letter on it contradicts. Without one a side is told from the body's midline, which the image shows by being its
    own mirror image, and from what says where columns go: PatientOrientation of a frontal view, or a letter beside the
    midline. Where no midline is sure, what lies outermost on the letter's side of the image has the letter's side.

    Returns
    -------
    deposits : tuple of RadiographDeposit
        ``side`` None where it is not known.
    codes : frozenset of str
    """
    body = _body(study, deposits)
    codes = set() if _seems_frontal(study, body) else {"FRONTAL_NOT_SEEN"}
    if not deposits or any(one.code == "RADIOGRAPH_SIDES_CONTRADICT" for one in study.caveats):
        return deposits, frozenset(codes)
    letters = find_markers(study, settings or MarkerSettings())
    mirrored = any(one.mirrored for one in letters)
    codes |= {"MARKER_MIRRORED"} if mirrored else set()
    if study.laterality is not None:
        other = any(one.side != study.laterality for one in letters)
        if other or body.likeness >= MIDLINE_DOUBT:
            return deposits, frozenset(codes | {"RADIOGRAPH_SIDES_CONTRADICT"})
        return tuple(replace(one, side=study.laterality) for one in deposits), frozenset(codes)
    # A letter in a mirror: the image may be turned over against its tags, or its marker laid down upside down.
    if mirrored:
        return deposits, frozenset({*codes, "RADIOGRAPH_SIDE_UNKNOWN"})
    toward, contradicts = _columns_toward(study, letters, body)
    if contradicts:
        return deposits, frozenset({*codes, "RADIOGRAPH_SIDES_CONTRADICT"})
    by_letter = [_by_letter(study, one, letters, body) for one in deposits]
    sure = body.likeness >= MIDLINE_SURE and study.body_part in BESIDE_MIDLINE and study.view in FRONTAL
    by_place = [_by_place(one, body, toward) if sure and toward is not None else None for one in deposits]
    sides = [place or letter for place, letter in zip(by_place, by_letter, strict=True)]
    by_tags = [place if study.columns_toward is not None else None for place in by_place]
    codes |= {"SIDE_BY_MARKER"} if sides != by_tags else set()
    sided = tuple(replace(one, side=side) for one, side in zip(deposits, sides, strict=True))
    return sided, frozenset(codes | ({"RADIOGRAPH_SIDE_UNKNOWN"} if None in sides else set()))


def _body(study: Radiograph, deposits: tuple[RadiographDeposit, ...]) -> _Body:
    """The column of the body's midline, and how sure it is; 0 where the image can't show one.

    Deposits are left out: a round one is its own mirror image, and its middle no midline of the body.
    """
    width = float(study.values.shape[1])
    if study.body_part not in (*BESIDE_MIDLINE, None) or study.view not in (*FRONTAL, None):
        return _Body(0.0, 0.0, width)
    inside = study.usable.copy()
    for one in deposits:
        (row, column), (height, wide) = one.region.start, one.region.mask.shape
        around = (round(AROUND * height), round(AROUND * wide))
        inside[
            max(row - around[0], 0) : row + height + around[0], max(column - around[1], 0) : column + wide + around[1]
        ] = False
    midline, likeness = mirror_column(study.values, inside)
    seen = np.flatnonzero(study.exposed.any(axis=0))
    off = abs(midline - (float(seen[0]) + float(seen[-1])) / 2)
    return _Body(midline, likeness, width, off <= CENTERED * float(seen[-1] - seen[0]))


def _seems_frontal(study: Radiograph, body: _Body) -> bool:
    """False where a frontal view of the pelvis, as the header has it, is not its own mirror image."""
    return study.body_part != "pelvis" or study.view not in FRONTAL or body.likeness >= MIDLINE_SURE


def _columns_toward(study: Radiograph, letters: tuple[SideMarker, ...], body: _Body) -> tuple[Toward | None, bool]:
    """Where columns go in the patient by tags and by letters beside a sure midline, and whether they contradict.

    Letters alone tell it of an image of both sides; on one that may be of a single hip they can only contradict.
    """
    told = {study.columns_toward} - {None}
    if body.likeness >= MIDLINE_SURE:
        for one in letters:
            away = one.center_px[0] - body.midline
            if abs(away) >= MARKER_BESIDE * body.width:
                told.add(one.side if away > 0 else OTHER[one.side])
    known = len(told) == 1 and (body.centered or study.columns_toward is not None)
    return (min(told) if known else None), len(told) > 1  # type: ignore[type-var]


def _by_letter(
    study: Radiograph, deposit: RadiographDeposit, letters: tuple[SideMarker, ...], body: _Body
) -> Side | None:
    """The side that letters on a deposit's own half of the image name; None on the other half, or between both.

    It holds for an image of both sides, where a letter stands beside its own, and for one of a single limb, which it
    names. Images of one hip have neither: a letter may stand anywhere on them, and the midline may be in view. A letter
    of the other side anywhere but opposite gives none, as does a description that names the other side alone.
    """
    sure = body.likeness >= MIDLINE_SURE and body.centered
    doubted = any(one.code == "VIEW_CONTRADICTS" for one in study.caveats)
    if not letters or doubted or study.view not in (*FRONTAL, None) or not (sure or study.body_part in LIMBS):
        return None
    seen = np.flatnonzero(study.exposed.any(axis=0))
    room = OUTERMOST * float(seen[-1] - seen[0])
    first, last = (body.midline, body.midline) if sure else (float(seen[0]) + room, float(seen[-1]) - room)
    beside = MARKER_BESIDE * body.width if sure else 0.0
    if not sure:
        letters = _level_with(deposit, letters, study)
    right = [one.side for one in letters if one.center_px[0] > last + beside]
    left = [one.side for one in letters if one.center_px[0] < first - beside]
    columns = deposit.region.start[1] + np.flatnonzero(deposit.region.mask.any(axis=0))
    if columns[0] > last + MARGIN * body.width:
        own, opposite = right, left
    elif columns[-1] < first - MARGIN * body.width:
        own, opposite = left, right
    else:
        return None
    elsewhere = len(letters) - len(own) - len(opposite)
    if elsewhere or len(set(own)) != 1 or study.described not in (None, own[0]):
        return None
    return own[0]


def _level_with(
    deposit: RadiographDeposit, letters: tuple[SideMarker, ...], study: Radiograph
) -> tuple[SideMarker, ...]:
    """Letters in a deposit's own upper or lower half of the image: limbs may be laid one above the other."""
    seen = np.flatnonzero(study.exposed.any(axis=1))
    middle = (float(seen[0]) + float(seen[-1])) / 2
    lower = deposit.centroid_px[1] > middle
    return tuple(one for one in letters if (one.center_px[1] > middle) == lower)


def _by_place(deposit: RadiographDeposit, body: _Body, toward: Toward) -> Side | None:
    """By which side of the midline it lies on; None near it, where the midline is not sure enough."""
    columns = deposit.region.start[1] + np.flatnonzero(deposit.region.mask.any(axis=0))
    if columns[0] <= body.midline <= columns[-1]:
        return "midline"
    if min(abs(columns[0] - body.midline), abs(columns[-1] - body.midline)) < MARGIN * body.width:
        return None
    beyond = columns[0] > body.midline
    return "left" if beyond == (toward == "left") else "right"
