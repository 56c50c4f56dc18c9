"""What tells patterns apart, as numbers: where in the envelope the mineral lies, how even it is, and the form."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import PatternSettings
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.lesion import Deposit
from calcimeter.model.volume import Volume

Values = npt.NDArray[np.float32]
ELLIPSOID = 2 * np.sqrt(5.0)
"""Length of an ellipsoid's axis in standard deviations of the points in it."""


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
    from scipy.ndimage import distance_transform_edt

    spacing = volume.grid.spacing_mm
    a, b, c = (int(np.ceil(s.ring_mm[1] / d)) + 1 for d in spacing)
    box = deposit.envelope.padded((a, b, c), volume.grid.shape)
    hu = volume.values[box.slices].astype(np.float32)
    depth_mm = distance_transform_edt(np.pad(box.mask, 1), sampling=spacing)[1:-1, 1:-1, 1:-1]
    away_mm = distance_transform_edt(~box.mask, sampling=spacing)
    ring = (away_mm >= s.ring_mm[0]) & (away_mm <= s.ring_mm[1]) & (np.abs(hu) <= s.tissue_hu)
    background = float(np.median(hu[ring])) if ring.sum() >= s.few else 0.0
    length, breadth, shortest = _axes_mm(box.mask, volume)
    count, small = _fragments(deposit, spacing, s)
    inner = _Inner(hu - background, depth_mm.astype(np.float32), spacing, blur_mm[1])
    deepest = float(depth_mm.max())
    core = depth_mm >= blur_mm[0] + 0.5 * min(spacing)
    enough = int(core.sum()) >= s.few
    return Features(
        thickness_mm=2 * deepest,
        length_mm=length,
        breadth_mm=breadth,
        depth_mm=shortest,
        form_share=min(deposit.envelope.voxels * volume.grid.voxel_mm3 / (length * breadth * 2 * deepest), 1.0),
        fragments_count=count,
        small_fragment_share=small,
        core_voxels_count=int(core.sum()),
        core_to_rim_share=inner.core_to_rim(core, deepest, s) if enough else None,
        depth_share=inner.explained_by_depth(core, s) if enough else None,
        uneven_share=inner.uneven(core) if enough else None,
        texture_share=inner.texture(core, s) if enough else None,
        marrow_share=float((hu[core] <= s.marrow_hu).mean()) if enough else None,
        levels_count=levels,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Inner:
    """HU over background and depth under the surface, in a box."""

    hu: Values
    depth_mm: Values
    spacing_mm: tuple[float, float, float]
    noise_hu: float

    def core_to_rim(self, core: BoolArray, deepest_mm: float, s: PatternSettings) -> float | None:
        """Mean deep inside over the mean of the outer part of the core."""
        outer = core & (self.depth_mm <= s.rim_depth * deepest_mm)
        deep = core & (self.depth_mm >= s.deep_depth * deepest_mm)
        if min(outer.sum(), deep.sum()) < s.few or self.hu[outer].mean() <= 0:
            return None
        return float(self.hu[deep].mean() / self.hu[outer].mean())

    def explained_by_depth(self, core: BoolArray, s: PatternSettings) -> float | None:
        """Variance between shells of equal numbers of voxels, over the variance beside noise."""
        hu = self.hu[core][np.argsort(self.depth_mm[core], kind="stable")].astype(np.float64)
        shells = [part for part in np.array_split(hu, s.shells) if len(part)]
        between = sum(len(part) * (part.mean() - hu.mean()) ** 2 for part in shells) / len(hu)
        rest = float(hu.var()) - self.noise_hu**2
        return min(float(between) / rest, 1.0) if rest > 0 else None

    def uneven(self, core: BoolArray) -> float | None:
        """Coefficient of variation without noise."""
        return self._share(float(self.hu[core].var()), core)

    def texture(self, core: BoolArray, s: PatternSettings) -> float | None:
        """The same of what a local mean leaves."""
        from scipy.ndimage import gaussian_filter

        sigma = [s.texture_mm / d for d in self.spacing_mm]
        weight = gaussian_filter(core.astype(np.float32), sigma)
        local = gaussian_filter(np.where(core, self.hu, 0), sigma) / np.maximum(weight, 1e-3)
        return self._share(float((self.hu - local)[core].var()), core)

    def _share(self, variance: float, core: BoolArray) -> float | None:
        mean = float(self.hu[core].mean())
        return float(np.sqrt(max(variance - self.noise_hu**2, 0.0)) / mean) if mean > 0 else None


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
