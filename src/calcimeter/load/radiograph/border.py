"""Where an image was exposed, and where letters stand in it.

[chosen] by looking at none but reference objects; what is sought is made to be seen, so that the limits may be wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.sharp import sharp_spots
from calcimeter.model.grid import BoolArray

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Gray = npt.NDArray[np.float32]

OUTER = 0.35
"""A collimator's edge is sought in so much of the image from each side [chosen]."""
EDGE_STEP = 0.08
"""It is so much of the image's range darker inside, along nearly the whole edge [chosen]."""
EDGE_SHARE = 0.75
EDGE_REACH_SHARE = 0.006
"""Width of the penumbra, of the image's side [chosen]."""
STRAIGHT, STRAIGHT_PX = 95, 3
"""A straight edge lies within so many pixels, the outermost percents of it left out [chosen]."""
PENUMBRA = 0.03
"""Of the steepest fall at an edge: what falls more slowly is no penumbra any more [chosen]."""
PICTURE_LEVELS = 2.0
"""By so much the gray levels of an empty line of a picture may differ: what JPEG makes of one level."""
LEAST_SHARE = 0.1
"""Borders that would leave less of the image are not believed [chosen]."""
LETTER_STEP = 0.3
"""Letters rise by so much of the image's range within two pixels; tissue and bone do not [chosen]."""
LETTER_SHARE = 0.12
"""Letters and markers are at most so long, of the image's longer side [chosen]."""
AROUND_PX = 3


def exposed_part(gray: Gray, padding: BoolArray, dataset: Dataset | None) -> BoolArray:
    """Inside collimator, shutter, and the empty borders of an image.

    Returns
    -------
    ndarray of bool, (rows, columns)
        A collimator that stands askew is found only where the header tells it.
    """
    exposed = ~padding
    if dataset is not None:
        for shape, name in (("CollimatorShape", "Collimator"), ("ShutterShape", "Shutter")):
            inside = _declared(dataset, shape, name, gray.shape)
            if (exposed & inside).mean() > LEAST_SHARE:
                exposed &= inside
    exposed &= _without_empty_lines(gray, 0.0 if dataset is not None else PICTURE_LEVELS)
    # Air, which is far darker than all else, says nothing of how much darker the inside is.
    inside = _inside_edges(gray, exposed, image_range(gray, exposed, (5, 95)))
    both: BoolArray = exposed & inside
    return both if both.mean() > LEAST_SHARE else exposed


def letters(gray: Gray, exposed: BoolArray) -> BoolArray:
    """Burned-in letters and lead markers with their nearest surroundings."""
    step = LETTER_STEP * image_range(gray, exposed)
    if step <= 0:
        return np.zeros(gray.shape, np.bool_)
    spots = sharp_spots(np.where(exposed, gray, np.median(gray[exposed])), step, LETTER_SHARE * max(gray.shape))
    return _grown(spots & exposed, AROUND_PX)


def image_range(gray: Gray, exposed: BoolArray, ends: tuple[float, float] = (0.1, 99.9)) -> float:
    """Between two percentiles of the exposed part: as a rule its darkest and its brightest thousandth."""
    values = gray[exposed][::7]
    if not values.size:
        return 0.0
    low, high = np.percentile(values, ends)
    return float(high - low)


def _declared(dataset: Dataset, shape_name: str, name: str, shape: tuple[int, int]) -> BoolArray:
    """Inside what the header says of a collimator or shutter; rows and columns are counted from 1."""
    inside = np.ones(shape, np.bool_)
    said = dataset.get(shape_name) or []
    shapes = {str(word).upper() for word in ([said] if isinstance(said, str) else said)}
    try:
        if "RECTANGULAR" in shapes:
            rows, columns = np.arange(shape[0]), np.arange(shape[1])
            left, right = (int(dataset.get(f"{name}{side}VerticalEdge")) for side in ("Left", "Right"))
            upper, lower = (int(dataset.get(f"{name}{side}HorizontalEdge")) for side in ("Upper", "Lower"))
            inside &= (columns >= left - 1) & (columns <= right - 1)
            inside &= ((rows >= upper - 1) & (rows <= lower - 1))[:, None]
        if "CIRCULAR" in shapes:
            middle = [int(value) - 1 for value in dataset.get(f"CenterOfCircular{name}")]
            radius = int(dataset.get(f"RadiusOfCircular{name}"))
            rows, columns = np.ogrid[: shape[0], : shape[1]]
            inside &= (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 <= radius**2
    except (TypeError, ValueError):
        return np.ones(shape, np.bool_)
    return inside


def _without_empty_lines(gray: Gray, levels: float) -> BoolArray:
    """Without rows and columns, at the image's border or across a stitched one, that hold one value."""
    inside = np.ones(gray.shape, np.bool_)
    for axis in (0, 1):
        empty = np.ptp(gray, axis=1 - axis) <= levels
        inside[empty if axis == 0 else (slice(None), empty)] = False
    return inside


def _inside_edges(gray: Gray, exposed: BoolArray, range_of: float) -> BoolArray:
    """Inside straight edges beyond which little arrived."""
    inside = np.ones(gray.shape, np.bool_)
    if range_of <= 0:
        return inside
    for axis in (0, 1):
        lines = gray if axis == 0 else gray.T
        seen = exposed if axis == 0 else exposed.T
        first, last = _edge(lines, seen, range_of), _edge(lines[::-1], seen[::-1], range_of)
        part = slice(first, len(lines) - last)
        keep = np.zeros(len(lines), np.bool_)
        keep[part] = True
        inside &= keep[:, None] if axis == 0 else keep[None, :]
    return inside


def _edge(lines: Gray, seen: BoolArray, range_of: float) -> int:
    """How many lines at the beginning lie beyond a collimator's edge; 0 where there is none.

    At the edge the image is denser outside than inside along nearly all of the middle of the line, and every line
    beyond it is: beyond the edge of a shaft of bone soft tissue comes again.
    """
    count, length = lines.shape
    reach = max(2, round(EDGE_REACH_SHARE * max(count, length)))
    middle = slice(length // 4, length - length // 4)
    outer, step = lines[: round(OUTER * count), middle], EDGE_STEP * range_of
    used = seen[: len(outer), middle]
    if len(outer) <= 2 * reach:
        return 0
    drop = (outer[: -2 * reach] - outer[2 * reach :] > step) & used[: -2 * reach] & used[2 * reach :]
    edges: list[int] = np.flatnonzero(drop.mean(axis=1) >= EDGE_SHARE).tolist()
    if not edges:
        return 0
    last = edges[-1] + 2 * reach
    beyond = np.median(outer[: edges[0] + 1], axis=1).min()
    inside = np.median(lines[last : last + 4 * reach, middle])
    return edges[0] + _end_of_fall(outer[edges[0] : last + 1]) if beyond - inside > step else 0


def _end_of_fall(lines: Gray) -> int:
    """The first line behind a fall along lines, which comes at the same one nearly everywhere; else the last."""
    falls = lines[:-1] - lines[1:]
    first, steepest = np.percentile((falls[:-1] + falls[1:]).argmax(axis=0), (100 - STRAIGHT, STRAIGHT))
    if steepest - first > STRAIGHT_PX:
        return len(lines) - 1
    typical = np.median(falls, axis=1)
    end = int(steepest)
    while end < len(falls) and typical[end:].max() > PENUMBRA * typical.max():
        end += 1
    return min(end + 1, len(lines) - 1)


def _grown(mask: BoolArray, by_px: int) -> BoolArray:
    """A mask and its neighbors up to a distance along rows and columns."""
    grown = mask.copy()
    for axis in (0, 1):
        start = grown.copy()
        for step in range(1, by_px + 1):
            ahead = tuple(slice(step, None) if k == axis else slice(None) for k in (0, 1))
            behind = tuple(slice(None, -step) if k == axis else slice(None) for k in (0, 1))
            grown[ahead] |= start[behind]
            grown[behind] |= start[ahead]
    return grown
