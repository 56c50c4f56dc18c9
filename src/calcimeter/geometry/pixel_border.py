"""The border of a plane mask along the edges of its pixels: it holds what the mask holds, to the last corner."""

from __future__ import annotations

import numpy as np

from calcimeter.model.grid import BoolArray, FloatArray

# Directions down and right, each a right turn after the one before.
_TURNS = ((0, 1), (1, 0), (0, -1), (-1, 0))

# The pixels ahead of a corner, to the left and to the right of the way, by direction.
_AHEAD = (((-1, 0), (0, 0)), ((0, 0), (0, -1)), ((0, -1), (-1, -1)), ((-1, -1), (-1, 0)))


def pixel_border(mask: BoolArray) -> FloatArray:
    """The closed line around the largest piece of a mask, holes filled.

    Pixels that meet at a corner only are of two pieces; of equal pieces the first is taken. The line never crosses
    itself, and its area and center of gravity are those of the piece's pixels.

    Parameters
    ----------
    mask : ndarray of bool, (rows, columns)
        At least one pixel is set.

    Returns
    -------
    ndarray, (n, 2)
        Corners as fractional indices, rows and columns; pixel k reaches from k - 0.5 to k + 0.5. The first corner is
        also the last.
    """
    piece = np.pad(_largest_piece(mask), 1)
    start = tuple(int(n) for n in np.argwhere(piece)[0])  # the upper left corner of its topmost, leftmost pixel
    inside = {(int(row), int(column)) for row, column in np.argwhere(piece)}
    corners, at, heading = [start], start, 0
    while True:
        at = (at[0] + _TURNS[heading][0], at[1] + _TURNS[heading][1])
        turn = _turn(at, heading, inside)
        if turn:
            corners.append(at)
            heading = (heading + turn) % 4
        if at == start:
            break
    return np.array(corners, dtype=np.float64) - 1.5


def count_pieces(mask: BoolArray) -> int:
    """How many pieces a plane mask has; pixels that meet at a corner only are of two."""
    from scipy.ndimage import label

    return int(label(mask)[1])


def _largest_piece(mask: BoolArray) -> BoolArray:
    from scipy.ndimage import label

    pieces, count = label(mask)
    if count == 0:
        raise ValueError("a mask without a pixel has no border")
    largest: BoolArray = pieces == 1 + int(np.bincount(pieces.ravel())[1:].argmax())
    return largest


def _turn(at: tuple[int, int], heading: int, inside: set[tuple[int, int]]) -> int:
    """How to go on at a corner with the piece to the right of the way: 1 right, 3 left, 0 straight on."""
    left, right = ((at[0] + down, at[1] + across) in inside for down, across in _AHEAD[heading])
    if not right:
        return 1
    return 3 if left else 0
