"""Small things with hard edges in a planar image: letters, markers, wires."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import BoolArray


def sharp_spots(image: npt.NDArray[np.float32], step: float, largest_px: float) -> BoolArray:
    """What is brighter than its surroundings by a step within two pixels, all around.

    Parameters
    ----------
    image : ndarray of float32, (rows, columns)
    step : float
        Between two pixels that lie two apart.
    largest_px : float
        Longest side of the box of what is sought.

    Returns
    -------
    ndarray of bool, (rows, columns)
        The spots with all that they enclose; what is larger, or fades on one side, is left out.
    """
    from scipy.ndimage import binary_fill_holes, find_objects, label, maximum_filter

    edge = np.zeros(image.shape, np.bool_)
    edge[:, 1:-1] |= np.abs(image[:, 2:] - image[:, :-2]) > step
    edge[1:-1] |= np.abs(image[2:] - image[:-2]) > step
    found = np.zeros(image.shape, np.bool_)
    numbers, count = label(maximum_filter(edge, 3), np.ones((3, 3), np.uint8))
    if not count:
        return found
    for number, box in enumerate(find_objects(numbers), 1):
        sides = [part.stop - part.start for part in box]
        if not 5 <= max(sides) <= largest_px:
            continue
        spot = binary_fill_holes(numbers[box] == number)
        wide = tuple(slice(max(part.start - 2, 0), part.stop + 2) for part in box)
        around = np.ones(image[wide].shape, np.bool_)
        inner = tuple(slice(part.start - out.start, part.stop - out.start) for part, out in zip(box, wide, strict=True))
        around[inner] &= ~spot
        if around.any() and np.percentile(image[box][spot], 75) - np.median(image[wide][around]) > step:
            found[box] |= spot
    return found
