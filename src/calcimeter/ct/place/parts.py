"""The parts of a bone: a name for every point of it, or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.ct.place.pieces import PITCH_MM, Piece
from calcimeter.model.grid import BoolArray, FloatArray

UNKNOWN = ""
NEAR_MM = 3 * PITCH_MM
"""A point of the bone itself has lattice points nearer than that."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The parts of one bone.

    Parameters
    ----------
    piece : Piece
    names : ndarray of str, (n,)
        Part that each point of the piece belongs to; "" where that can't be told.
    """

    piece: Piece
    names: npt.NDArray[np.str_]

    @classmethod
    def unknown(cls, piece: Piece) -> Parts:
        """None of the bone's parts can be told."""
        return cls(piece, np.full(len(piece.points_mm), UNKNOWN, dtype="<U20"))

    @classmethod
    def painted(cls, piece: Piece, layers: dict[str, BoolArray]) -> Parts:
        """Parts from a mask of the points for each; the first that holds a point has it."""
        names = cls.unknown(piece).names
        for name, inside in reversed(layers.items()):
            names[inside] = name
        return cls(piece, names)

    def at(self, point_mm: FloatArray) -> str | None:
        """The part at a point; None also where no point of the lattice is near, beside a splinter that it misses."""
        away_mm = np.linalg.norm(self.piece.points_mm - point_mm, axis=1)
        nearest = int(away_mm.argmin())
        return str(self.names[nearest]) or None if away_mm[nearest] < NEAR_MM else None

    def centroid_mm(self, name: str) -> FloatArray:
        """Middle of one part as far as it is in view, LPS mm, (3,)."""
        middle: FloatArray = self.piece.points_mm[self.names == name].mean(axis=0)
        return middle
