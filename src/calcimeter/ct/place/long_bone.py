"""A bone of a limb as a tube with two ends, and which end is which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.ct.place.pieces import PITCH_MM, Piece, Pieces
from calcimeter.geometry.landmarks import Ball, Lattice, Tube, fit_ball, fit_tube, long_direction
from calcimeter.knowledge.places import bone_parts
from calcimeter.model.grid import BoolArray, FloatArray

UP = np.array([0.0, 0.0, 1.0])

NEIGHBORS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "femur": (("hip_bone",), ("tibia", "fibula", "patella")),
    "tibia": (("femur", "patella"), ("tarsus", "foot")),
    "fibula": (("femur", "patella"), ("tarsus", "foot")),
    "humerus": (("scapula", "clavicle"), ("ulna", "radius")),
    "ulna": (("humerus",), ("carpus", "hand")),
    "radius": (("humerus",), ("carpus", "hand")),
}
"""Bones beside the upper and the lower end."""

LEGS = frozenset({"femur", "tibia", "fibula"})
"""Their upper end lies toward the head in every position of a scan; arms may be raised."""

REACH = 3.5
"""What lies farther from a shaft's axis, in its radii, is no shaft: a splinter, something else under the same name."""

LONG_MM = 130.0
"""A bone in view over such a length shows its direction."""

BESIDE_HEAD_MM = 3.5
"""What the border cuts at the top of a bone farther from its ball is shaft: the ball is a condyle, the upper end not in
view."""

UPRIGHT = 0.7
"""Cosine of 45 degrees: head and neck turn the longest direction of an upper end with a stump of shaft by up to 38
degrees. Where no tube runs along it and a leg leans less, it is taken for upright."""

END_MM = 12.0
"""An end is in view if nothing so near to it is cut by the border of the images."""


@dataclass(frozen=True, slots=True, eq=False)
class LongBone:
    """A long bone.

    Parameters
    ----------
    piece : Piece
    tube : Tube or None
        The shaft; its axis points toward the upper end. None where too little of it is in view.
    up : ndarray, (3,)
        Toward the upper end.
    heights_mm : ndarray, (n,)
        Of the piece's points along ``up``, from a place of the bone's own.
    """

    piece: Piece
    tube: Tube | None
    up: FloatArray
    heights_mm: FloatArray

    def is_whole(self, *, upper: bool) -> bool:
        """Whether one end of the bone is in view."""
        end = self.heights_mm.max() - self.heights_mm if upper else self.heights_mm - self.heights_mm.min()
        return not (self.piece.cut & (end < END_MM)).any()

    def shaft(self, *, upper: bool, lower: bool) -> BoolArray:
        """The points of the tube, and what lies beyond it where the part at that end is known.

        Where the upper end is in view and is not known, its lower parts may look like tube: they are left out.
        """
        if self.tube is None:
            return np.zeros(len(self.heights_mm), dtype=bool)
        heights = self.tube.axis.heights_mm(self.piece.points_mm)
        goes_on = heights.max() - self.tube.high_mm > END_MM
        low, high = (
            self.tube.low_mm,
            self.tube.high_mm - (bone_parts()[self.piece.bone.name or ""]["like_shaft_mm"] if goes_on else 0.0),
        )
        low, high = -np.inf if lower else low, np.inf if upper else high
        aside_mm = np.linalg.norm(self.tube.axis.offsets_mm(self.piece.points_mm), axis=1)
        inside: BoolArray = (heights >= low) & (heights <= high) & (aside_mm < REACH * self.tube.radius_mm)
        return inside

    def widened(self, across: FloatArray, *, upper: bool, wider_mm: float) -> BoolArray:
        """The end from where on it is so wide along a direction; beyond the shaft, if that is in view."""
        heights = self.tube.axis.heights_mm(self.piece.points_mm) if self.tube else self.heights_mm
        low, high = (self.tube.low_mm, self.tube.high_mm) if self.tube else (heights.max(), heights.min())
        slab = np.floor((heights - high if upper else low - heights) / 5.0).astype(int)
        aside = self.piece.points_mm @ across
        wide = [k for k in np.unique(slab[slab >= 0]) if np.ptp(aside[slab == k]) > wider_mm]
        end: BoolArray = (slab >= wide[0]) if wide else np.zeros(len(slab), dtype=bool)
        return end


def widest_across(bone: LongBone, inside: BoolArray) -> FloatArray:
    """The unit vector at a right angle to a bone along which some of its points are spread most; of either sign."""
    points = bone.piece.points_mm[inside]
    offset = points - points.mean(axis=0)
    offset = offset - np.outer(offset @ bone.up, bone.up)
    widest: FloatArray = np.linalg.eigh(offset.T @ offset)[1][:, 2]
    return widest


def long_bone(piece: Piece, pieces: Pieces, widest_mm: float) -> LongBone | None:
    """A bone and its upper end; None where neither neighbors nor position tell which end that is."""
    along = long_direction(piece.points_mm)
    if along is not None and np.ptp(piece.points_mm @ along) < LONG_MM:
        along = None  # an end with a short stump of shaft is longest along something else
    toward = _toward_upper_end(piece, pieces)
    if toward is None or (along is not None and abs(along @ toward) < 0.3):
        return None
    position = UP if piece.bone.name in LEGS else toward
    up = position if along is None else along * np.sign(along @ toward)
    lattice = Lattice(piece.points_mm, piece.cut, PITCH_MM)
    tube = fit_tube(lattice, up, widest_mm)
    if tube is None and piece.bone.name in LEGS and UPRIGHT < up @ UP < 1.0:
        up, tube = UP, fit_tube(lattice, UP, widest_mm)
    up = tube.axis.along if tube else up
    middle = tube.axis.through_mm if tube else piece.points_mm.mean(axis=0)
    return LongBone(piece, tube, up, (piece.points_mm - middle) @ up)


def find_head(bone: LongBone, radii_mm: tuple[float, float], outward: FloatArray | None = None) -> Ball | None:
    """The ball at the upper end: first the largest that fits inside, then one fitted to the surface around it.

    Where outward is known it is looked for in the inner half of the end: a trochanter can be as thick as a head. None
    where the border cuts it deeper than half-way to its middle, or cuts the bone above it, where it is not round, and
    where it is smaller or larger than an adult's.
    """
    piece = bone.piece
    upper = bone.heights_mm > bone.heights_mm.max() - 3 * radii_mm[1]
    if outward is not None:
        aside = piece.points_mm @ outward
        upper &= aside < (aside[upper].min() + aside[upper].max()) / 2
    depth = np.where(upper, piece.depth_mm(), -1.0)
    deepest = int(depth.argmax())
    ball = Ball(piece.points_mm[deepest], float(depth[deepest]), np.inf)
    surface = piece.points_mm[piece.surface()]
    for _ in range(8):
        near = np.abs(ball.height_mm(surface)) < 3.5
        near &= (surface - ball.center_mm) @ bone.up > -0.3 * ball.radius_mm
        if near.sum() < 60:
            return None
        ball = fit_ball(surface[near])
    above_mm = ball.height_mm(piece.points_mm)
    top = bone.heights_mm > bone.heights_mm.max() - END_MM
    cut = piece.cut & ((above_mm < -ball.radius_mm / 2) | (top & (above_mm > BESIDE_HEAD_MM)))
    good = radii_mm[0] <= ball.radius_mm <= radii_mm[1] and ball.residual_mm < 2.0 and not cut.any()
    return ball if good else None


def across_of_side(bone: LongBone) -> FloatArray | None:
    """Away from the midline, at a right angle to the bone; None without a side."""
    outward = {"left": 1.0, "right": -1.0}.get(bone.piece.bone.side or "")
    if outward is None:
        return None
    across = outward * (np.array([1.0, 0.0, 0.0]) - bone.up[0] * bone.up)
    length = float(np.linalg.norm(across))
    return across / length if length > 0.5 else None


def _toward_upper_end(piece: Piece, pieces: Pieces) -> FloatArray | None:
    """Roughly from the lower to the upper end, by the neighbors in view, and for legs else by position."""
    upper, lower = NEIGHBORS[piece.bone.name or ""]
    here = piece.points_mm.mean(axis=0)
    toward = np.zeros(3)
    for names, sign in ((upper, 1.0), (lower, -1.0)):
        near = [_near_end(piece, other) for other in pieces.named(names) if other.bone.side == piece.bone.side]
        toward += sign * sum((place - here for place in near if place is not None), np.zeros(3))
    if not toward.any():
        return UP if piece.bone.name in LEGS else None
    unit: FloatArray = toward / np.linalg.norm(toward)
    return unit


def _near_end(piece: Piece, other: Piece) -> FloatArray | None:
    """The point of a bone that is nearest to another, None where the two do not meet."""
    from scipy.spatial import cKDTree

    own = piece.points_mm[::5]
    distance, _ = cKDTree(other.points_mm[::5]).query(own)
    k = int(distance.argmin())
    place: FloatArray = own[k]
    return place if distance[k] < 25.0 else None
