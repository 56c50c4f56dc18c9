"""Where a deposit ends: at half of its own level in the image, between voxels; or along the voxels of an outline."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import ExtentSettings
from calcimeter.geometry.contour import crossings
from calcimeter.geometry.hull import hull_points, region_corners, slice_corners
from calcimeter.geometry.morphology import dilate
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray, Index3
from calcimeter.model.lesion import Deposit
from calcimeter.model.measures import Resolution
from calcimeter.model.volume import Region, Volume

Floats = npt.NDArray[np.float32]
Value = TypeVar("Value", np.float32, np.bool_)


class Surface(NamedTuple):
    """Points that hold the convex hull of a deposit and of each of its slices, as indices of the volume.

    Parameters
    ----------
    points : ndarray, (n, 3)
    sections : dict
        Slice -> row and column, (m, 2), three points or more.
    edge_sd_mm : float or None
        Standard deviation of where an edge lies in the slice, by noise; None of an outline as drawn.
    """

    points: FloatArray
    sections: dict[int, FloatArray]
    edge_sd_mm: float | None


def surface_of(
    volume: Volume, deposit: Deposit, noise_hu: float, resolution: Resolution, settings: ExtentSettings
) -> Surface:
    """The surface at half maximum where a deposit was found; the edges of voxels where it was drawn or set aside."""
    if deposit.fractions is None or deposit.dense is None:
        return voxel_surface(deposit.envelope)
    box = _box(volume, deposit, settings)
    level = _level_hu(volume, deposit, box, (noise_hu, resolution), settings)
    field = _field(volume, deposit, box, level.background, level.nearby)
    strong = _field(volume, deposit, box, level.background, np.maximum(level.nearby, settings.least_level * level.top))
    sure = volume.values[box.slices] >= level.background + settings.noise_sigmas * noise_hu
    faint_voxels = settings.faint_blurs * float(np.prod(np.divide(_widths(resolution), volume.grid.spacing_mm)))
    least = (settings.min_voxels, max(settings.min_voxels, faint_voxels))
    field = np.pad(_without_specks(field, sure, strong >= 0.5, least), 1)
    start = np.array(box.start) - 1
    sections = _sections(np.concatenate([crossings(field, 1), crossings(field, 2)]) + start)
    if not sections:
        return voxel_surface(deposit.envelope)
    flat = [np.column_stack([np.full(len(points), k), points]) for k, points in sections.items()]
    edge_sd_mm = noise_hu / max(float(level.top), 1.0) * resolution.in_plane_fwhm_mm / settings.slope_of_edge
    return Surface(np.concatenate([crossings(field, 0) + start, *flat]), sections, edge_sd_mm)


def voxel_surface(region: Region) -> Surface:
    """From voxel edge to voxel edge."""
    slices = [int(k) for k in np.flatnonzero(region.mask.any(axis=(1, 2)))]
    sections = {region.start[0] + k: slice_corners(region.mask[k]) + np.array(region.start[1:]) for k in slices}
    return Surface(region_corners(region), sections, None)


class _Level(NamedTuple):
    """HU of the tissue around, those of the deposit above it nearby, and its highest tenth."""

    background: float
    nearby: Floats
    top: float


def _box(volume: Volume, deposit: Deposit, s: ExtentSettings) -> Region:
    """Envelope and dense voxels in a box with a margin for the tissue around."""
    assert deposit.dense is not None
    whole = Region.union((deposit.envelope, deposit.dense))
    margin = [int(s.ring_mm[1] / step) + 1 for step in volume.grid.spacing_mm]
    return whole.padded((margin[0], margin[1], margin[2]), volume.grid.shape)


def _level_hu(
    volume: Volume, deposit: Deposit, box: Region, scan: tuple[float, Resolution], s: ExtentSettings
) -> _Level:
    """Background and level: the highest value as near as the blur reaches, each averaged a little against noise.

    A loose rim around a dense core has its own level, however much denser the core is: the envelope holds it, too.
    The level is at least six times the noise.
    """
    from scipy.ndimage import maximum_filter

    noise_hu, resolution = scan
    values = volume.values[box.slices].astype(np.float32)
    packed, spacing = Mask.from_bool(box.mask), volume.grid.spacing_mm
    ring = (dilate(packed, s.ring_mm[1], spacing) - dilate(packed, s.ring_mm[0], spacing)).to_bool()
    dense = values[_within(box, deposit.dense)]
    tissue = values[ring & (values < dense.min())]
    background = float(np.median(tissue)) if len(tissue) else float(dense.min() - dense.max()) / 2
    top = float(np.percentile(dense, s.top_percentile)) - background
    reach = [round(width / step) for width, step in zip(_widths(resolution), spacing, strict=True)]
    size = [2 * max(1, r) + 1 for r in reach]
    nearby = maximum_filter(np.where(box.mask, _calmed(values), np.float32(-np.inf)), size) - np.float32(background)
    return _Level(background, np.maximum(nearby, np.float32(s.noise_sigmas * noise_hu)), top)


def _widths(resolution: Resolution) -> tuple[float, float, float]:
    """How far the blur reaches along slices, rows and columns, mm."""
    return resolution.through_fwhm_mm, resolution.in_plane_fwhm_mm, resolution.in_plane_fwhm_mm


def _field(volume: Volume, deposit: Deposit, box: Region, background: float, level: Floats) -> Floats:
    """The share of its own level that each voxel has; one half is the surface.

    What was filled counts as the envelope has it, whatever its HU: fluid and septa belong to the deposit. What no share
    of a voxel was given belongs to something else.
    """
    assert deposit.fractions is not None
    share = _placed(box, deposit.fractions.start, deposit.fractions.values)
    filled = _within(box, deposit.envelope) & ~_within(box, deposit.dense) & (share == 1)
    by_hu = (share != 0) & ~filled
    excess = volume.values[box.slices][by_hu] - np.float32(background)
    share[by_hu] = np.minimum(excess / level[by_hu], np.float32(1))
    outside = ~box.mask & (share >= 0.5)
    share[outside] = np.float32(0.49)
    return share


def _within(box: Region, region: Region | None) -> BoolArray:
    """A region as a mask of the box."""
    assert region is not None
    return _placed(box, region.start, region.mask)


def _placed(box: Region, start: Index3, values: npt.NDArray[Value]) -> npt.NDArray[Value]:
    """An array at its place in the box, which may cut it; 0 elsewhere."""
    placed = np.zeros(box.mask.shape, dtype=values.dtype)
    low = np.maximum(start, box.start)
    high = np.minimum(np.add(start, values.shape), box.stop)
    to, of = (
        tuple(slice(a - o, b - o) for a, b, o in zip(low, high, origin, strict=True)) for origin in (box.start, start)
    )
    placed[to] = values[of]
    return placed


def _without_specks(field: Floats, sure: BoolArray, strong: BoolArray, least: tuple[int, float]) -> Floats:
    """The field without pieces that may be noise, unless all may.

    That are those without so many strong voxels, for a piece with none so many of any, and those that nowhere reach a
    sure HU.
    """
    from scipy.ndimage import label

    min_voxels, faint_voxels = least
    pieces, _ = label(field >= 0.5, np.ones((3, 3, 3)))
    voxels = np.bincount(pieces.ravel())
    of_strong, of_sure = (np.bincount(pieces[those], minlength=len(voxels)) for those in (strong, sure))
    large = ((of_strong >= min_voxels) | (voxels >= faint_voxels)) & (of_sure > 0)
    large[0] = True
    if large[1:].any() and not large.all():
        field = np.where(large[pieces], field, np.float32(0.49))
    return field


def _sections(points: FloatArray) -> dict[int, FloatArray]:
    """Hulls of the contour points by slice; none without points."""
    if not len(points):
        return {}
    points = points[np.argsort(points[:, 0], kind="stable")]
    slices, first = np.unique(points[:, 0], return_index=True)
    parts = np.split(points[:, 1:], first[1:])
    return {int(k): hull_points(part) for k, part in zip(slices, parts, strict=True) if len(part) > 2}


def _calmed(values: Floats) -> Floats:
    """Each value averaged half and half with its four neighbors in the slice."""
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    calmed: Floats = values * np.float32(0.5) + around * np.float32(0.125)
    return calmed
