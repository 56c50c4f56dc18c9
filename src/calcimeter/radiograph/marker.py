"""Side markers: a letter L or R of lead, or burned in, that stands alone near the image's border.

A wrong letter gives a wrong side, and none gives no side; so whatever is not plainly one of both is left unread:
words, initials, letters on bone, letters in a ring, arrows. A letter that reads mirrored is told as such: then the
image may be shown turned over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calcimeter.geometry.sharp import sharp_spots
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.radiograph import Point2, Radiograph, Toward
from calcimeter.radiograph.letters import glyph_of, templates
from calcimeter.radiograph.settings import MarkerSettings

TURNS_DEG = tuple(range(-16, 17, 4))
"""A marker is laid down by hand."""
SCALED = 48
"""Rows that a letter is given before it is turned."""
GROUND = (90.0, 99.0)
"""Percent of the ground around a letter that stand for it and for what is brightest there."""
LETTERS: dict[str, Toward] = {"L": "left", "R": "right"}


@dataclass(frozen=True, slots=True)
class SideMarker:
    """A letter that names a side.

    Parameters
    ----------
    side : {"left", "right"}
    center_px : (column, row)
        Middle of its box.
    mirrored : bool
        Whether it reads as in a mirror.
    likeness : float
        Correlation with the letter, 0 to 1.
    """

    side: Toward
    center_px: Point2
    mirrored: bool
    likeness: float


class _Spot(NamedTuple):
    """A bright thing with a hard edge."""

    shape: BoolArray
    center_px: Point2


def find_markers(study: Radiograph, settings: MarkerSettings) -> tuple[SideMarker, ...]:
    """Letters L and R that stand alone near the border, from above down; none where there is any doubt.

    Fails where letters are darker than what lies around them, stand on their side or upside down, or in a ring.
    """
    values = study.values
    low, high = np.percentile(values[study.exposed][::7], (0.1, 99.9))
    step = settings.step * float(high - low)
    if step <= 0:
        return ()
    largest = settings.largest_share * max(values.shape)
    found = []
    for box in _boxes(sharp_spots(values, step, largest), settings):
        spot = _alone(study, box, step, settings)
        read = None if spot is None else read_letter(spot.shape, settings)
        if spot is not None and read is not None:
            side, mirrored, likeness = read
            found.append(SideMarker(side, spot.center_px, mirrored, likeness))
    return tuple(sorted(found, key=lambda one: (one.center_px[1], one.center_px[0])))


def read_letter(shape: BoolArray, settings: MarkerSettings) -> tuple[Toward, bool, float] | None:
    """Side, whether it is mirrored, and likeness of a shape; None where it is not plainly an L or R.

    Parameters
    ----------
    shape : ndarray of bool, (rows, columns)
        One thing in its own box.
    """
    height, width = shape.shape
    slim = width / height
    if not settings.slimmest <= slim <= settings.widest or not _is_drawn(shape, settings):
        return None
    alike = _likenesses(shape)
    name = max(alike, key=lambda one: alike[one])
    letter = name.removeprefix("mirrored ")
    if letter not in LETTERS or _holes(shape) != (letter == "R"):
        return None
    # A small l is an L to the eye as well: it only must not be the better one.
    others = max(value for other, value in alike.items() if other not in (name, "l"))
    if letter == "L" and slim > settings.widest_l:
        return None
    least = settings.least_likeness_l if letter == "L" else settings.least_likeness_r
    lead = (alike[name] - others) / (1 - others)
    if alike[name] < least or lead < settings.least_lead:
        return None
    return LETTERS[letter], letter != name, alike[name]


def _boxes(spots: BoolArray, settings: MarkerSettings) -> list[tuple[slice, slice]]:
    """Boxes of spots of a letter's size; none where there are so many that they are a page of text."""
    from scipy.ndimage import find_objects, label

    numbers, _ = label(spots, np.ones((3, 3), np.uint8))
    boxes = [box for box in find_objects(numbers) if box[0].stop - box[0].start >= settings.least_px]
    return boxes if len(boxes) <= settings.most_spots else []


def _alone(study: Radiograph, box: tuple[slice, slice], step: float, settings: MarkerSettings) -> _Spot | None:
    """The thing in a box, where it stands alone, near the border, on an even ground."""
    from scipy.ndimage import find_objects, gaussian_filter, label

    height = box[0].stop - box[0].start
    middle = [(part.start + part.stop - 1) / 2 for part in box]
    if not _near_border(middle, study.exposed, settings):
        return None
    apart = [settings.apart_rows, settings.apart_columns]
    window = tuple(
        slice(max(0, part.start - round(share * height)), part.stop + round(share * height))
        for part, share in zip(box, apart, strict=True)
    )
    values = study.values[window]
    # What lies on the other side of the collimator's edge is no neighbor.
    same = study.exposed[window] == study.exposed[round(middle[0]), round(middle[1])]
    inner = tuple(slice(part.start - out.start, part.stop - out.start) for part, out in zip(box, window, strict=True))
    beside = same.copy()
    beside[inner] = False
    if not beside.any():
        return None
    # Beside the body air may lie: what is darker than most of the ground does not blur a bright letter.
    ground, brightest = (float(level) for level in np.percentile(values[beside], GROUND))
    top = float(np.percentile(values[inner], 90))
    if top - ground < step or brightest - ground > settings.even * (top - ground):
        return None
    smooth = gaussian_filter(values, 0.6)
    numbers, _ = label((smooth > (ground + top) / 2) & same, np.ones((3, 3), np.uint8))
    sizes = np.bincount(numbers[inner].ravel())
    if len(sizes) < 2:
        return None
    chosen = int(sizes[1:].argmax()) + 1
    found = find_objects(numbers)
    others = [one for number, one in enumerate(found, 1) if number != chosen]
    rows = found[chosen - 1][0].stop - found[chosen - 1][0].start
    if any(max(part.stop - part.start for part in one) > settings.neighbor * rows for one in others):
        return None
    tight = found[chosen - 1]
    # Of a sign that is cut off, by the image's border or a collimator's edge, an E may leave an L, and a B an R.
    margin = max(2, round(settings.neighbor * rows))
    if not _all_around(same, tight, margin):
        return None
    row, column = ((part.start + part.stop - 1) / 2 + out.start for part, out in zip(tight, window, strict=True))
    return _Spot(numbers[tight] == chosen, (column, row))


def _all_around(same: BoolArray, box: tuple[slice, ...], margin: int) -> bool:
    """Whether a box and what lies around it are inside."""
    if any(part.start < margin or part.stop + margin > count for part, count in zip(box, same.shape, strict=True)):
        return False
    return bool(same[tuple(slice(part.start - margin, part.stop + margin) for part in box)].all())


def _near_border(middle: list[float], exposed: BoolArray, settings: MarkerSettings) -> bool:
    """Whether a place (row, column) lies in the outer part of the exposed image, or beyond it."""
    for axis in (0, 1):
        seen = np.flatnonzero(exposed.any(axis=1 - axis))
        room = settings.outer * (seen[-1] - seen[0])
        if not seen[0] + room <= middle[axis] <= seen[-1] - room:
            return True
    return False


def _is_drawn(shape: BoolArray, settings: MarkerSettings) -> bool:
    """Whether a shape is as thick as the strokes of a letter: no wire, no plate."""
    from scipy.ndimage import distance_transform_edt

    thick = 2 * float(distance_transform_edt(np.pad(shape, 1)).max())
    return bool(settings.thinnest <= thick / shape.shape[0] <= settings.thickest)


def _holes(shape: BoolArray) -> int:
    """Of at least a hundredth of its box."""
    from scipy.ndimage import label

    numbers, _ = label(np.pad(~shape, 1, constant_values=True))
    sizes = np.bincount(numbers.ravel())[2:] if numbers[0, 0] == 1 else np.zeros(0)
    return int((sizes >= 0.01 * shape.size).sum())


def _likenesses(shape: BoolArray) -> dict[str, float]:
    """The best likeness by name, over small turns."""
    from scipy.ndimage import rotate, zoom

    known = templates()
    glyphs = np.stack([one.glyph for one in known])
    soft: FloatArray = zoom(np.pad(shape, 2).astype(np.float64), SCALED / shape.shape[0], order=1)
    turned = [glyph_of(rotate(soft, turn, order=1, cval=0.0) > 0.5) for turn in TURNS_DEG]
    values = (glyphs @ np.stack(turned, axis=1)).max(axis=1)
    best: dict[str, float] = {}
    for one, value in zip(known, values, strict=True):
        best[one.name] = max(best.get(one.name, -1.0), float(value))
    return best
