"""What tells patterns apart, as numbers: where in the envelope the mineral lies, how even it is, and the form."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import PatternSettings
from calcimeter.geometry.morphology import dilate
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.lesion import Deposit
from calcimeter.model.volume import Region, Volume

Values = npt.NDArray[np.float32]
ELLIPSOID = 2 * np.sqrt(5.0)
"""Length of an ellipsoid's axis in standard deviations of the points in it."""

TRUNCATE = 4.0
"""Standard deviations to which a Gaussian reaches."""

TOUCH_MM = 1e-6
"""What lies at the nearer end of the ring belongs to it."""


@dataclass(frozen=True, slots=True)
class Features:
    """Of one deposit.

    Parameters
    ----------
    thickness_mm : float
        Diameter of the largest ball in the envelope.
    length_mm, breadth_mm, depth_mm : float
        Longest, middle and shortest axis of the ellipsoid with the same moments.
    form_share : float
        Volume over that of a plate of this length, breadth and thickness: little of scattered pieces.
    fragments_count : int
        Separate pieces of what is dense.
    small_fragment_share : float
        Share of the dense volume in pieces no thicker and no longer than a dot.
    core_voxels_count : int
        Voxels farther from the surface than the blur reaches: what follows is of them.
    core_to_rim_share : float or None
        Mean over background deep inside, over that nearer the surface.
    depth_share : float or None
        Share of the variance, without that of the noise, that the depth under the surface explains.
    uneven_share : float or None
        Standard deviation without that of the noise, over the mean over background.
    texture_share : float or None
        The same of what changes within a few millimeters.
    marrow_share : float or None
        Share of the inside that is less dense than soft tissue.
    levels_count : int
        Fluid-calcium levels.
    """

    thickness_mm: float
    length_mm: float
    breadth_mm: float
    depth_mm: float
    form_share: float
    fragments_count: int
    small_fragment_share: float
    core_voxels_count: int
    core_to_rim_share: float | None
    depth_share: float | None
    uneven_share: float | None
    texture_share: float | None
    marrow_share: float | None
    levels_count: int

    def shown(self) -> tuple[tuple[str, float], ...]:
        """Names and values, those that are not known left out."""
        pairs = ((field.name, getattr(self, field.name)) for field in fields(self))
        return tuple((name, float(value)) for name, value in pairs if value is not None)


def describe(
    volume: Volume, deposit: Deposit, blur_mm: tuple[float, float], levels: int, s: PatternSettings
) -> Features:
    """Features of a deposit; ``blur_mm`` is the full width at half maximum in the slice, and the noise's HU."""
    own, spacing = deposit.envelope, volume.grid.spacing_mm
    depth_mm = _depth_mm(own.mask, spacing)
    length, breadth, shortest = _axes_mm(own.mask, volume)
    count, small = _fragments(deposit, spacing, s)
    deepest = float(depth_mm.max())
    core = depth_mm >= blur_mm[0] + 0.5 * min(spacing)
    hu = volume.values[own.slices][core].astype(np.float32)
    enough = len(hu) >= s.few
    inner = _Inner(hu - _background(volume, own, s), depth_mm[core].astype(np.float32), blur_mm[1])
    return Features(
        thickness_mm=2 * deepest,
        length_mm=length,
        breadth_mm=breadth,
        depth_mm=shortest,
        form_share=min(own.voxels * volume.grid.voxel_mm3 / (length * breadth * 2 * deepest), 1.0),
        fragments_count=count,
        small_fragment_share=small,
        core_voxels_count=len(hu),
        core_to_rim_share=inner.core_to_rim(deepest, s) if enough else None,
        depth_share=inner.explained_by_depth(s) if enough else None,
        uneven_share=inner.share(inner.hu) if enough else None,
        texture_share=inner.texture(Region.trimmed(own.start, core), volume.grid, s) if enough else None,
        marrow_share=float((hu <= s.marrow_hu).mean()) if enough else None,
        levels_count=levels,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Inner:
    """HU over background and depth under the surface of the voxels of the core, in reading order, and the noise."""

    hu: Values
    depth_mm: Values
    noise_hu: float

    def core_to_rim(self, deepest_mm: float, s: PatternSettings) -> float | None:
        """Mean deep inside over that of the core's outer part; None of too few voxels or an outer part of 0."""
        outer, deep = self.depth_mm <= s.rim_depth * deepest_mm, self.depth_mm >= s.deep_depth * deepest_mm
        if min(outer.sum(), deep.sum()) < s.few or self.hu[outer].mean() <= 0:
            return None
        return float(self.hu[deep].mean() / self.hu[outer].mean())

    def explained_by_depth(self, s: PatternSettings) -> float | None:
        """Variance between shells of equal numbers of voxels, over that beside noise; None where noise explains all."""
        hu = self.hu[np.argsort(self.depth_mm, kind="stable")].astype(np.float64)
        shells = [part for part in np.array_split(hu, s.shells) if len(part)]
        between = sum(len(part) * (part.mean() - hu.mean()) ** 2 for part in shells) / len(hu)
        rest = float(hu.var()) - self.noise_hu**2
        return min(float(between) / rest, 1.0) if rest > 0 else None

    def texture(self, core: Region, grid: Grid, s: PatternSettings) -> float | None:
        """The share of what a local mean leaves, None as in ``share``; the core lies in its own box."""
        from scipy.ndimage import gaussian_filter

        sigma = [s.texture_mm / d for d in grid.spacing_mm]
        a, b, c = (int(TRUNCATE * width) + 1 for width in sigma)
        box = core.padded((a, b, c), grid.shape)
        hu = np.zeros(box.mask.shape, dtype=np.float32)
        hu[box.mask] = self.hu
        weight = gaussian_filter(box.mask.astype(np.float32), sigma, truncate=TRUNCATE)
        local = gaussian_filter(hu, sigma, truncate=TRUNCATE)
        return self.share(self.hu - local[box.mask] / np.maximum(weight[box.mask], 1e-3))

    def share(self, hu: Values) -> float | None:
        """Standard deviation of some HU, without that of the noise, over the mean of all; None if that is 0 or less."""
        mean = float(self.hu.mean())
        return float(np.sqrt(max(float(hu.var()) - self.noise_hu**2, 0.0)) / mean) if mean > 0 else None


def _depth_mm(mask: BoolArray, spacing_mm: tuple[float, float, float]) -> FloatArray:
    """How deep each voxel lies under the surface."""
    from scipy.ndimage import distance_transform_edt

    depth: FloatArray = distance_transform_edt(np.pad(mask, 1), sampling=spacing_mm)[1:-1, 1:-1, 1:-1]
    return depth


def _background(volume: Volume, own: Region, s: PatternSettings) -> np.float32:
    """Median HU of the soft tissue around; 0 where there is little."""
    spacing, (near_mm, far_mm) = volume.grid.spacing_mm, s.ring_mm
    a, b, c = (int(np.ceil(far_mm / d)) + 1 for d in spacing)
    box = own.padded((a, b, c), volume.grid.shape)
    packed = Mask.from_bool(box.mask)
    ring = (dilate(packed, far_mm, spacing) - dilate(packed, near_mm - TOUCH_MM, spacing)).to_bool()
    hu = volume.values[box.slices][ring]
    tissue = hu[np.abs(hu) <= s.tissue_hu]
    return np.float32(np.median(tissue) if len(tissue) >= s.few else 0.0)


def _axes_mm(mask: BoolArray, volume: Volume) -> tuple[float, float, float]:
    """Longest, middle and shortest axis of the ellipsoid with the same moments."""
    points = np.argwhere(mask) @ volume.grid.affine[:3, :3].T
    corner = np.diag(volume.grid.affine[:3, :3] @ volume.grid.affine[:3, :3].T).mean() / 12
    covariance = np.cov(points.T) if len(points) > 1 else np.zeros((3, 3))
    spread: FloatArray = np.sqrt(np.maximum(np.linalg.eigvalsh(covariance), 0) + corner)
    return float(ELLIPSOID * spread[2]), float(ELLIPSOID * spread[1]), float(ELLIPSOID * spread[0])


def _fragments(deposit: Deposit, spacing_mm: tuple[float, float, float], s: PatternSettings) -> tuple[int, float]:
    """Pieces of what is dense, and the share of its volume in dots."""
    from scipy.ndimage import find_objects, label

    if deposit.dense is None:
        return 1, 0.0
    labels, count = label(deposit.dense.mask, np.ones((3, 3, 3)))
    voxels = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    small = 0
    for own, box in zip(voxels, find_objects(labels), strict=True):
        extent = [(edge.stop - edge.start) * d for edge, d in zip(box, spacing_mm, strict=True)]
        small += int(own) if max(extent) <= s.dot_mm + max(spacing_mm) else 0
    return int(count), small / int(voxels.sum())
