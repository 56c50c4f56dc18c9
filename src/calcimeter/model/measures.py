"""What was measured of a deposit: a record for each measuring step. ``None``: not known, with a caveat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from calcimeter.model.grid import FloatArray

Point = tuple[float, float, float]

NORMAL_95 = 1.96
"""Half-width of the 95 % interval of what is normally distributed, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value with its 95 % interval; the interval is None where it is not known.

    Parameters
    ----------
    value, low, high : float
    common : float
        The part of the interval's half-width that comes from errors which all lesions of a scan share, such as those
        of a calibration or of the scan's blur: in sums these add linearly, the others in squares.
    """

    value: float
    low: float | None = None
    high: float | None = None
    common: float = 0.0

    def __post_init__(self) -> None:
        for number in (self.value, self.low, self.high, self.common):
            if number is not None and not np.isfinite(number):
                raise ValueError(f"a measured value must be finite, met {number}")


def summed(estimates: Iterable[Estimate]) -> Estimate:
    """Deposits of one scan together, with the interval of their sum.

    On each side of the interval, errors that the deposits share (``common``) add as they are, the others in squares.

    Parameters
    ----------
    estimates : iterable of Estimate
        Of one scan and one unit.

    Returns
    -------
    Estimate
        Never below 0; without interval where one of them has none, and of nothing 0 without interval.
    """
    parts = tuple(estimates)
    value, common = sum(part.value for part in parts), sum(part.common for part in parts)
    known = [(part.low, part.high, part) for part in parts if part.low is not None and part.high is not None]
    if not known or len(known) < len(parts):
        return Estimate(float(value), common=float(common))
    below = _together((part.value - low, part.common) for low, _, part in known)
    above = _together((high - part.value, part.common) for _, high, part in known)
    return Estimate(value, max(value - below, 0.0), value + above, common)


def _together(halves: Iterable[tuple[float, float]]) -> float:
    """Half of the interval of a sum: of each part its half, and what of it is shared, at most all."""
    shared, own = 0.0, 0.0
    for half, common in halves:
        shared += min(common, half)
        own += half**2 - min(common, half) ** 2
    return sqrt(shared**2 + own)


@dataclass(frozen=True, slots=True)
class Resolution:
    """How blurred a scan is: full widths at half maximum of a point, and how well they are known.

    Parameters
    ----------
    in_plane_fwhm_mm : float
        Of the reconstruction, with the blur of the pixel itself.
    through_fwhm_mm : float
        Of the slice profile.
    relative_sd : float
        Of both.
    source : str
        What told it, in words.
    """

    in_plane_fwhm_mm: float
    through_fwhm_mm: float
    relative_sd: float
    source: str


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a deposit is.

    Parameters
    ----------
    volume_mm3 : Estimate
        Filled envelope, corrected for partial volume.
    threshold_mm3 : float
        Unfilled voxels above the search threshold.
    mineral_volume_mm3 : Estimate or None
        The part at 100 mg HA/ml or more.
    mass_mg_ha : Estimate or None
        Over the envelope, background subtracted.
    caveats : tuple of str
        Codes.
    """

    volume_mm3: Estimate
    threshold_mm3: float
    mineral_volume_mm3: Estimate | None = None
    mass_mg_ha: Estimate | None = None
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """Long and short axis in one transverse slice.

    Parameters
    ----------
    long_axis_mm, short_axis_mm : Estimate
    slice_index : int
        Slice of the analyzed volume in which they lie.
    long_ends_mm, short_ends_mm : ndarray, (2, 3)
        End points in LPS mm: where edges are at half height, of a given outline at voxel edges.
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
    axes: Axes
    feret_mm: float
    left_right_mm: float
    anteroposterior_mm: float
    craniocaudal_mm: float
    projected_coronal_mm: tuple[float, float]
    projected_sagittal_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Density:
    """How dense a lesion is.

    Parameters
    ----------
    mean_hu, max_hu : float
    clipped_share : float
        Share of the dense voxels at the end of the scan's scale: they are at least as dense as that.
    """

    mean_hu: float
    max_hu: float
    clipped_share: float = 0.0


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
    """

    surface_mm2: float
    sphericity: float | None
    solidity: float | None
    lobes: int | None = None


PatternName = Literal[
    "homogeneous", "rim", "central", "layered", "amorphous", "punctate", "sheet", "linear", "trabecular"
]


@dataclass(frozen=True, slots=True)
class Pattern:
    """How the mineral is laid out; the report tells the fact that decided, ``analysis.json`` every feature.

    Parameters
    ----------
    name : str or None
        A term of the contract; None where the deposit is too small or the evidence contradicts itself.
    features : tuple of (str, float)
        Name with its unit last, and value: what decided.
    because : str
        The deciding fact, in words.
    """

    name: PatternName | None = None
    features: tuple[tuple[str, float], ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """One fluid-calcium level: a flat step along gravity inside a locule.

    Parameters
    ----------
    height_mm : float
        Of the sediment, along gravity.
    width_mm : float
        Longest horizontal extent of the interface.
    hu_above, hu_below : float
        Mean HU of the supernatant and of the sediment.
    tilt_deg : float
        Between the interface's normal and gravity.
    center_mm : tuple
        Middle of the interface, LPS.
    profile_mm, profile_hu : tuple of float
        Mean HU by height above the interface, along gravity, for the report.
    """

    height_mm: float
    width_mm: float
    hu_above: float
    hu_below: float
    tilt_deg: float
    center_mm: Point
    profile_mm: tuple[float, ...] = ()
    profile_hu: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Gravity:
    """Which way is down.

    Parameters
    ----------
    direction_lps : tuple or None
        Unit vector; None where it is not known.
    because : str
        What told it, or why it is not known.
    """

    direction_lps: Point | None
    because: str


@dataclass(frozen=True, slots=True)
class FluidLevel:
    """Whether calcium has settled into level layers.

    ``indeterminate`` only where gravity is not known, locules are too small, or slices too thick for it.
    """

    state: Literal["present", "absent", "indeterminate"] = "indeterminate"
    levels: tuple[Level, ...] = ()
    gravity_lps: Point | None = None
    because: str = ""
