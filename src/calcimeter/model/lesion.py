"""What is known of one lesion; each record is what one step learned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np

from calcimeter.model.grid import FloatArray
from calcimeter.model.volume import Fractions, Region

Point = tuple[float, float, float]
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


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value with its 95 % interval; the interval is None where it is not known."""

    value: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.low, self.high):
            if number is not None and not np.isfinite(number):
                raise ValueError(f"a measured value must be finite, met {number}")


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


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """Long and short axis in one transverse slice.

    Parameters
    ----------
    long_axis_mm, short_axis_mm : Estimate
    slice_index : int
        Slice of the analyzed volume in which they lie.
    long_ends_mm, short_ends_mm : ndarray, (2, 3)
        End points in LPS mm, voxel edge to voxel edge.
    """

    long_axis_mm: Estimate
    short_axis_mm: Estimate
    slice_index: int
    long_ends_mm: FloatArray
    short_ends_mm: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """How large a lesion is and where.

    Parameters
    ----------
    centroid_mm : tuple
        Of the envelope, LPS.
    bounding_box_mm : tuple of two points
        Lowest and highest corner in LPS, voxel edges.
    volume_mm3 : Estimate
        Filled envelope, corrected for partial volume.
    volume_threshold_mm3 : float
        Unfilled voxels above the search threshold.
    axes : Axes
    feret_mm : float
        Longest distance between any two points.
    left_right_mm, anteroposterior_mm, craniocaudal_mm : float
        Extent along the patient's axes.
    projected_coronal_mm, projected_sagittal_mm : tuple
        Long and short axis of the projection, for comparison with radiographs.
    """

    centroid_mm: Point
    bounding_box_mm: tuple[Point, Point]
    volume_mm3: Estimate
    volume_threshold_mm3: float
    axes: Axes
    feret_mm: float
    left_right_mm: float
    anteroposterior_mm: float
    craniocaudal_mm: float
    projected_coronal_mm: tuple[float, float]
    projected_sagittal_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Density:
    """How dense a lesion is. ``None``: not known, with a caveat."""

    mean_hu: float
    max_hu: float
    mineral_volume_mm3: Estimate | None = None
    mass_mg_ha: Estimate | None = None
    agatston: float | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What a lesion's surface is like. ``None``: not known, with a caveat.

    Parameters
    ----------
    surface_mm2 : float
        Of the envelope.
    sphericity : float or None
        Surface of the sphere of the same volume over the surface, at most 1.
    solidity : float or None
        Volume over that of the convex hull, at most 1.
    lobes : int or None
    pattern : str or None
    """

    surface_mm2: float
    sphericity: float | None
    solidity: float | None
    lobes: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class FluidLevel:
    """Whether calcium has settled into level layers."""

    state: Literal["present", "absent", "indeterminate"] = "indeterminate"


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
    density: Density
    shape: Shape
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
