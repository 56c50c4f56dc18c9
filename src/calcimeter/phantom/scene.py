"""What is scanned: soft tissue, bones and deposits, with the facts about them that the truth needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from calcimeter.phantom.parts import Part
from calcimeter.phantom.solids import Point, Solid

Side = Literal["left", "right", "midline"]

GRAVITY: dict[str, Point] = {
    "S": (0.0, 1.0, 0.0),
    "P": (0.0, -1.0, 0.0),
    "DL": (1.0, 0.0, 0.0),
    "DR": (-1.0, 0.0, 0.0),
}
"""Where down is in the patient, LPS, by the last letters of the DICOM patient position (PS3.3 C.7.3.1.1.2): supine,
prone, lying on the left side, on the right side."""


def gravity_of(position: str) -> Point:
    """Down in the patient for a patient position such as HFS or FFDL.

    Raises
    ------
    KeyError
        Not a position of a lying patient.
    """
    return GRAVITY[position[2:]]


@dataclass(frozen=True, slots=True)
class Bone:
    """A bone of the scene.

    Parameters
    ----------
    name, side : str
        Terms of the vocabulary.
    part : Part
    regions : tuple of (str, Solid)
        Its parts by name; they may overlap.
    """

    name: str
    side: Side
    part: Part
    regions: tuple[tuple[str, Solid], ...] = ()


@dataclass(frozen=True, slots=True)
class Deposit:
    """A calcification of the scene.

    Parameters
    ----------
    name : str
    kind : str
        sphere, ellipsoid, shell, lobed, layered, sheet or rod.
    part : Part
    pattern : str
        A pattern of the contract.
    category : str
    """

    name: str
    kind: str
    part: Part
    pattern: str
    category: str = "soft_tissue"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is scanned, painted in this order: tissues, bones, deposits; around it is air.

    Parameters
    ----------
    name : str
    tissues : tuple of Part
        The body's outline first.
    bones : tuple of Bone
    deposits : tuple of Deposit
    background_hu : float
        HU of the tissue in which the deposits lie.
    gravity_lps : tuple
        Down; sediments lie level under it.
    """

    name: str
    tissues: tuple[Part, ...]
    bones: tuple[Bone, ...]
    deposits: tuple[Deposit, ...]
    background_hu: float
    gravity_lps: Point = (0.0, 1.0, 0.0)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All, in the order in which they are painted."""
        solid = [bone.part for bone in self.bones] + [deposit.part for deposit in self.deposits]
        return (*self.tissues, *solid)
