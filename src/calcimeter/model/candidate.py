"""A dense object that is not skeleton, with the facts that decide what it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from calcimeter.model.lesion import Category
from calcimeter.model.trunk import Whereabouts
from calcimeter.model.volume import Region


@dataclass(frozen=True, slots=True)
class Midline:
    """How something lies to the midline of the trunk and the bones in it.

    Parameters
    ----------
    above_tail_mm : float or None
        Its middle over the lowest slice of sacrum and coccyx, negative below; None where that is not in view.
    mirrored : float
        Share of it whose mirror image in the midline lies on bone of the spine.
    behind_pubis_mm : float or None
        Behind the pubic bones in its slices; None where they don't meet in front of it.
    """

    above_tail_mm: float | None
    mirrored: float
    behind_pubis_mm: float | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured of a candidate and of its surroundings.

    Parameters
    ----------
    threshold_hu : float
        Search threshold above which its voxels are dense.
    volume_mm3 : float
        Voxels above the search threshold.
    peak_hu : float
        Highest value after averaging with the nearest neighbors, so that one noisy voxel can't decide.
    mean_hu, max_hu : float
    core_hu : float or None
        Lower quartile of what lies over 3 mm deep in it, holes filled; None where it is nowhere that thick.
    lengths_mm : tuple of float
        Along the principal axes, longest first.
    at_border : bool
        Cut by the border of the images.
    bone_mm, gas_mm, contrast_mm, metal_mm : float
        Distance to the nearest bone, bowel gas, contrast medium, metal; infinite where there is none within
        the reach of the rules.
    bone_contact : float
        Share of its outer surface that lies on bone.
    beyond_body : float
        Share of its outer surface that is as dense, but outside the body.
    ring_hu : float or None
        Median of the tissue 2 to 5 mm around it, without anything dense; None where there is none.
    bone_around : float
        Share of directions in the transverse plane that meet bone within 150 mm: near 1 inside the thorax and the
        pelvis, under a half beside a limb bone.
    where : Whereabouts or None
        Its middle in the trunk; None outside the trunk's levels or where the trunk is not known.
    midline : Midline or None
        None where ``where`` is.
    rib_mm : float
        Distance to the nearest rib or the sternum; infinite without one within the reach of the rules.
    limb_share : float
        Share of the bone in its slices that is of an arm or a leg by name; 0 where there is none.
    near_bones_mm : tuple of (str, float)
        Names of the bones nearby and the distance to each, nearest first; without those that have no name.
    organ : str or None
        The organ of a given label map that holds most of it; None without a map or where no organ holds a third.
    cut_mm2 : float or None
        Area along which it was cut off a bone; None where it was not.
    rim_hu : float or None
        Median of what lies around the core; None where there is none.
    spicule : bool
        Whether it holds a thin growth from cortex.
    metal_share : float
        Share of it that lies as near to metal as metal's own blurred edge does.
    """

    threshold_hu: float
    volume_mm3: float
    peak_hu: float
    mean_hu: float
    max_hu: float
    core_hu: float | None
    lengths_mm: tuple[float, float, float]
    at_border: bool
    bone_mm: float
    gas_mm: float
    contrast_mm: float
    metal_mm: float
    bone_contact: float
    beyond_body: float
    ring_hu: float | None
    bone_around: float
    where: Whereabouts | None = None
    midline: Midline | None = None
    rib_mm: float = math.inf
    limb_share: float = 0.0
    near_bones_mm: tuple[tuple[str, float], ...] = ()
    organ: str | None = None
    cut_mm2: float | None = None
    rim_hu: float | None = None
    spicule: bool = False
    metal_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a candidate is taken for, how surely (0 to 1), and the deciding facts in words."""

    category: Category
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A connected dense object and its facts; ``verdict`` is None where it is too faint to stand by itself."""

    region: Region
    facts: Facts
    verdict: Verdict | None = None

    @property
    def category(self) -> Category | None:
        """What it is taken for, if anything."""
        return self.verdict.category if self.verdict else None


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Fragments of one deposit and the verdict on it."""

    fragments: tuple[Region, ...]
    verdict: Verdict
