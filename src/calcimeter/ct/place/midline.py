"""How far left or right of the patient's midline a point lies."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.place.pieces import Piece
from calcimeter.model.grid import FloatArray, Grid
from calcimeter.model.trunk import Trunk

CLEAR_MM = 50.0
"""Nearer to a side border the trunk's midline is not believed: the spine, whose middle it is, may be cut there."""


def left_of_midline_mm(point_mm: FloatArray, piece: Piece, trunk: Trunk | None, grid: Grid) -> float | None:
    """How far left of the midline a point (3,) lies, negative to the right; None where no midline is known there.

    The midline is that of the trunk at the level of the point. Beyond the trunk it is the middle of the bone, if that
    lies in the midline and is not cut by a side border of the slices.
    """
    middle_mm = _of_trunk_mm(point_mm, trunk, grid) if trunk else None
    if middle_mm is None and piece.bone.side == "midline" and not piece.cut_aside.any():
        middle_mm = float(np.median(piece.points_mm[:, 0]))
    return None if middle_mm is None else float(point_mm[0]) - middle_mm


def _of_trunk_mm(point_mm: FloatArray, trunk: Trunk, grid: Grid) -> float | None:
    """The trunk's midline at the level of a point, LPS x; None above and below the trunk, and near a side border."""
    index = grid.to_index(point_mm)
    if trunk.at(index) is None:
        return None
    level = int(np.abs(trunk.slices - index[0]).argmin())
    aside_mm = float(trunk.center_mm[level, 1])
    if not CLEAR_MM <= aside_mm <= (grid.shape[2] - 1) * trunk.spacing_mm[2] - CLEAR_MM:
        return None
    return float(grid.to_patient(np.array([index[0], index[1], aside_mm / trunk.spacing_mm[2]]))[0])
