"""The part of a named bone at a point, for the bones that have parts in the vocabulary."""

from __future__ import annotations

from collections.abc import Callable

from calcimeter.ct.place.femur import femoral_head, femur_parts
from calcimeter.ct.place.flat_bones import hip_bone_parts, scapula_parts, sternum_parts
from calcimeter.ct.place.limbs import (
    fibula_parts,
    humeral_head,
    humerus_parts,
    radius_parts,
    tibia_parts,
    ulna_parts,
)
from calcimeter.ct.place.parts import Parts
from calcimeter.ct.place.pieces import Piece, Pieces


class PartFinder:
    """The parts of the bones in view, each looked for once and only if it is asked for."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self._found: dict[int, Parts] = {}

    def of(self, piece: Piece) -> Parts:
        """The parts of one bone."""
        if piece.bone.id not in self._found:
            self._found[piece.bone.id] = parts_of(piece, self.pieces)
        return self._found[piece.bone.id]


def parts_of(piece: Piece, pieces: Pieces) -> Parts:
    """A part for every point of a bone, as far as it can be told; none of a bone that has no parts.

    Also none where left and right may have one label: the landmarks of two bones would pass for those of one.

    Parameters
    ----------
    piece : Piece
    pieces : Pieces
        All bones in view: neighbors help to tell which end of a bone is which.
    """
    find = None if piece.is_both else _FINDERS.get(piece.bone.name or "")
    return find(piece, pieces) if find else Parts.unknown(piece)


def _hip_bone(piece: Piece, pieces: Pieces) -> Parts:
    femur = pieces.of("femur", piece.bone.side)
    return hip_bone_parts(piece, femoral_head(femur, pieces) if femur else None)


def _scapula(piece: Piece, pieces: Pieces) -> Parts:
    humerus = pieces.of("humerus", piece.bone.side)
    return scapula_parts(piece, humeral_head(humerus, pieces) if humerus else None)


def _sternum(piece: Piece, _: Pieces) -> Parts:
    return sternum_parts(piece)


_FINDERS: dict[str, Callable[[Piece, Pieces], Parts]] = {
    "femur": femur_parts,
    "hip_bone": _hip_bone,
    "tibia": tibia_parts,
    "fibula": fibula_parts,
    "humerus": humerus_parts,
    "ulna": ulna_parts,
    "radius": radius_parts,
    "scapula": _scapula,
    "sternum": _sternum,
}

HAVE_PARTS = frozenset(_FINDERS)
"""Bones that have parts in the vocabulary."""
