"""What is known of one lesion; each record is what one step learned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from calcimeter.model.measures import Amount, Density, Extent, FluidLevel, Pattern, Shape
from calcimeter.model.volume import Fractions, Region

Side = Literal["left", "right", "midline"]


class Category(StrEnum):
    """What a calcification is, by where it lies and what it looks like."""

    SOFT_TISSUE = "soft_tissue"
    JOINT = "joint"
    VISCERAL = "visceral"
    VASCULAR = "vascular"
    PHLEBOLITH = "phlebolith"
    CARTILAGE = "cartilage"
    STONE = "stone"
    BONE = "bone"
    METAL = "metal"
    CONTRAST = "contrast"
    OUTSIDE = "outside"
    UNCERTAIN = "uncertain"


LISTED_ONLY_WITH_ALL = frozenset({Category.BONE, Category.METAL, Category.CONTRAST, Category.OUTSIDE})
"""Categories that are not calcification of tissue; ``--all`` lists them."""


@dataclass(frozen=True, slots=True, eq=False)
class Deposit:
    """A deposit as classified: its dense voxels, its envelope and what it is taken for.

    Parameters
    ----------
    tracking_uid : str
        Derived from the study and the place, so that the same deposit keeps it when analyzed again.
    dense : Region or None
        Voxels over the search threshold, all fragments together; None where a given outline holds none.
    envelope : Region
        Filled, to half maximum at its edge: enclosed core, septa and fluid belong to it.
    parts : int
        Fragments grouped as this one deposit.
    confidence : float
        0 to 1, of the category.
    reasons : tuple of str
        The deciding facts, in words.
    caveats : tuple of str
        Codes.
    label : str or None
        A reader's name for it.
    fractions : Fractions or None
        Share of each voxel that belongs to it; None where the outline was given as whole voxels.
    side : {"left", "right", "midline"} or None
        As a reader set it.
    side_unknown : bool
        A reader says that it is not known, whatever the bones tell.
    """

    tracking_uid: str
    dense: Region | None
    envelope: Region
    parts: int
    category: Category
    confidence: float
    reasons: tuple[str, ...]
    caveats: tuple[str, ...] = ()
    label: str | None = None
    fractions: Fractions | None = None
    side: Side | None = None
    side_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lesion lies. ``None``: not known, with a caveat; ``bone_id`` is an id of ``Skeleton.bones``.

    ``extensor_side``: whether it lies on the extensor side of the joint nearby, where that is defined.
    """

    bone_id: int | None = None
    bone: str | None = None
    part: str | None = None
    side: Side | None = None
    direction: str | None = None
    distance_mm: float | None = None
    contact_mm2: float | None = None
    joint: str | None = None
    joint_distance_mm: float | None = None
    compartment: str | None = None
    site: str | None = None
    extensor_side: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Lesion:
    """One lesion, complete."""

    id: int
    deposit: Deposit
    extent: Extent
    amount: Amount
    density: Density
    agatston: float | None
    shape: Shape
    pattern: Pattern
    fluid_level: FluidLevel
    place: Place
    caveats: tuple[str, ...]

    @property
    def tracking_uid(self) -> str:
        """What it is called in every result."""
        return self.deposit.tracking_uid

    @property
    def category(self) -> Category:
        """What it is taken for."""
        return self.deposit.category
