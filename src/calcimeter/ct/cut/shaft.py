"""The surface that a shaft has under a deposit, told from its surface beside, above and below."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.cut.fused import Fused
from calcimeter.ct.settings import CutSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import dilate, filled
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Region

FloatValues = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

ANGLES, RAY_MM, ORDER = 72, 0.3, 6
"""Rays around the axis, the step along them, and the waves around the axis that a surface may have."""
AIR_HU = -1024.0


class Axis(NamedTuple):
    """The line in the middle of a shaft, in mm from a box's first voxel: a point on it, its direction, two across."""

    origin_mm: FloatArray
    along: FloatArray
    across: FloatArray
    radius_mm: float

    def cylindrical(self, points_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Height, angle and distance from the axis of points (n, 3), each (n,)."""
        offset = points_mm - self.origin_mm
        u, v = offset @ self.across[0], offset @ self.across[1]
        return offset @ self.along, np.arctan2(v, u) % (2 * np.pi), np.hypot(u, v)


class Shaft(NamedTuple):
    """A shaft that something lies on.

    Parameters
    ----------
    axis : Axis
    heights_mm : ndarray, (heights,)
    radius_mm : ndarray, (heights, angles)
        Of its surface, also where that is hidden.
    doubt_mm : float
        How far off the surface may be there, on average.
    """

    axis: Axis
    heights_mm: FloatArray
    radius_mm: FloatArray
    doubt_mm: float

    def beyond(self, where: BoolArray, spacing_mm: tuple[float, float, float]) -> tuple[FloatValues, IntArray]:
        """How far some voxels of a box lie outside the surface, mm, and the number of the patch that they lie over.

        Below 0 inside. Elsewhere in the box both are -1.
        """
        from scipy.ndimage import map_coordinates

        index = np.argwhere(where)
        height, angle, away = self.axis.cylindrical(index * np.array(spacing_mm))
        row = (height - self.heights_mm[0]) / (self.heights_mm[1] - self.heights_mm[0])
        column = angle * (ANGLES / (2 * np.pi))
        wrapped = np.concatenate([self.radius_mm, self.radius_mm[:, :1]], axis=1)
        beyond_mm, patch = np.full(where.shape, -1.0, dtype=np.float32), np.full(where.shape, -1)
        beyond_mm[where] = away - map_coordinates(wrapped, (row, column), order=1, mode="nearest")
        nearest = np.clip(np.rint(row), 0, len(self.heights_mm) - 1).astype(int)
        patch[where] = nearest * ANGLES + np.rint(column).astype(int) % ANGLES
        return beyond_mm, patch

    def covered(self, patches: IntArray) -> BoolArray:
        """Whether each patch is one of those given, or enclosed by them, (patches,)."""
        from scipy.ndimage import binary_closing

        table = np.zeros(self.radius_mm.size, dtype=bool)
        table[patches] = True
        wide = np.pad(np.pad(table.reshape(self.radius_mm.shape), ((0, 0), (2, 2)), mode="wrap"), ((2, 2), (0, 0)))
        closed: BoolArray = binary_closing(wide, np.ones((3, 3)))[2:-2, 2:-2].reshape(-1)
        return closed

    def area_mm2(self, covered: BoolArray) -> float:
        """Of some patches, told by a boolean each."""
        sides_mm = self.radius_mm.reshape(-1)[covered] * (2 * np.pi / ANGLES)
        return float(sides_mm.sum() * (self.heights_mm[1] - self.heights_mm[0]))


class _Rays(NamedTuple):
    """What lies along rays that leave an axis at right angles: HU and whether the plateau is there."""

    heights_mm: FloatArray
    away_mm: FloatArray
    hu: FloatArray
    plateau: BoolArray


def shaft_beside(fused: Fused, plateau: Region) -> tuple[Shaft, Region] | None:
    """The shaft that a plateau lies on, and the plateau in the box that it is told in; None where that is no shaft.

    Where the surface is bare it is where cortex falls to half. A smooth tube through these places, and through those
    where cortex is seen to go over into the plateau, is the surface where it is hidden. It needs whole rings of bare
    surface above or below, so that it fails beside a joint and at the end of the images.
    """
    s, spacing = fused.settings, fused.spacing_mm
    box = fused.around(plateau, s.shaft_margin_mm)
    own = Mask.from_bool(box.mask)
    bone, values = fused.labels[box.slices] > 0, fused.volume.values[box.slices].astype(np.float32)
    walls = filled(Mask.from_bool(bone & (values > s.solid_hu)) & _joined_with(Mask.from_bool(bone), own))
    axis = _axis(walls.to_bool(), dilate(own, s.shaft_clear_mm, spacing).to_bool(), spacing, s)
    if axis is None:
        return None
    rays = _rays(values, box.mask, axis, spacing)
    shaft = _surface(rays, axis, float(np.median(values[box.mask])), s)
    return None if shaft is None else (shaft, box)


def _joined_with(bone: Mask, plateau: Mask) -> Mask:
    """The parts of the bone in a box that hold something of the plateau."""
    parts = Components.of(bone)
    return parts.mask(parts.share(plateau) > 0)


def _axis(walls: BoolArray, near: BoolArray, spacing_mm: tuple[float, float, float], s: CutSettings) -> Axis | None:
    """The axis of a bone that is a tube: all of its bare surface faces away from it; None of another bone."""
    points_mm, normals = _bare_surface(walls, near, spacing_mm, s)
    if len(points_mm) < s.shaft_points:
        return None
    spread, directions = np.linalg.eigh(normals.T @ normals / len(normals))
    if spread[0] > s.shaft_along or spread[1] < s.shaft_across:
        return None
    across, origin_mm, radius_mm = directions[:, 1:].T, points_mm.mean(axis=0), 0.0
    for _ in range(2):  # a circle through the surface as seen along the axis
        u, v = ((points_mm - origin_mm) @ across.T).T
        a, b, c = np.linalg.lstsq(np.stack([2 * u, 2 * v, np.ones_like(u)], axis=1), u * u + v * v, rcond=None)[0]
        origin_mm = origin_mm + a * across[0] + b * across[1]
        radius_mm = float(np.sqrt(max(c + a * a + b * b, 0.0)))
    if not s.shaft_radius_mm[0] <= radius_mm <= s.shaft_radius_mm[1]:
        return None
    return Axis(origin_mm, directions[:, 0], across, radius_mm)


def _bare_surface(
    walls: BoolArray, near: BoolArray, spacing_mm: tuple[float, float, float], s: CutSettings
) -> tuple[FloatArray, FloatArray]:
    """Points on the surface of filled cortex away from the plateau, mm, and its direction there, each (n, 3)."""
    from scipy.ndimage import gaussian_filter

    stride = [max(1, round(s.coarse_mm / d)) for d in spacing_mm]
    some = tuple(slice(None, None, n) for n in stride)
    steps_mm = np.array(stride) * spacing_mm
    if min(walls[some].shape) < 3:
        return np.zeros((0, 3)), np.zeros((0, 3))
    smooth = gaussian_filter(walls[some].astype(np.float32), s.shaft_smooth_mm / steps_mm, mode="nearest")
    slope = np.stack(np.gradient(smooth, *steps_mm), axis=-1)
    steepness = np.linalg.norm(slope, axis=-1)
    surface = (np.abs(smooth - 0.5) < 0.2) & (steepness > 0.1 / s.shaft_smooth_mm) & ~near[some]
    for axis in range(3):  # at the border of the box the slope is half guessed
        np.moveaxis(surface, axis, 0)[[0, -1]] = False
    return np.argwhere(surface) * steps_mm, slope[surface] / steepness[surface][:, None]


def _rays(values: FloatValues, plateau: BoolArray, axis: Axis, spacing_mm: tuple[float, float, float]) -> _Rays:
    """Rays around an axis through the whole box; what lies outside it has no HU."""
    from scipy.ndimage import map_coordinates

    corners_mm = np.array(list(product((0, 1), repeat=3))) * (np.array(values.shape) - 1) * spacing_mm
    ends = (corners_mm - axis.origin_mm) @ axis.along
    heights_mm = np.arange(ends.min(), ends.max(), max(1.0, min(spacing_mm[0], 3.0)))
    away_mm = np.arange(0, 1.5 * axis.radius_mm + 7.0, RAY_MM)
    angles = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    outward = np.cos(angles)[:, None] * axis.across[0] + np.sin(angles)[:, None] * axis.across[1]
    points_mm = (
        axis.origin_mm + heights_mm[:, None, None, None] * axis.along + away_mm[:, None] * outward[None, :, None, :]
    )
    index = (points_mm / np.array(spacing_mm)).reshape(-1, 3).T
    shape = points_mm.shape[:-1]
    hu = map_coordinates(values, index, order=1, cval=np.nan).reshape(shape)
    met = map_coordinates(plateau.astype(np.float32), index, order=1, cval=0.0).reshape(shape) > 0.25
    return _Rays(heights_mm, away_mm, hu, met)


def _surface(rays: _Rays, axis: Axis, plateau_hu: float, s: CutSettings) -> Shaft | None:
    """The surface of a shaft; None where what is bare of it is not smooth, or too little."""
    r, away_mm = axis.radius_mm, rays.away_mm
    inside = np.isfinite(rays.hu[:, :, away_mm <= 1.2 * r]).all(axis=2)
    covered = inside & rays.plateau[:, :, away_mm <= 1.3 * r + s.shaft_clear_mm].any(axis=2)
    wall = np.where((away_mm >= 0.45 * r) & (away_mm <= 1.4 * r) & np.isfinite(rays.hu), rays.hu, AIR_HU)
    edge_mm = _fall_mm(rays, wall, s.tissue_hu)
    bare = inside & ~covered & (wall.max(axis=2) > s.dense_hu) & (np.abs(edge_mm - r) < 0.4 * r)
    if (bare.mean(axis=1) > 0.9).sum() < s.shaft_rings:
        return None
    smooth_mm, rough_mm = _smoothed(edge_mm, bare)
    if rough_mm > s.shaft_rough_mm:
        return None
    opposite = np.roll(covered, ANGLES // 2, axis=1) & bare
    doubt_mm = _off_mm(edge_mm, _smoothed(edge_mm, bare & ~opposite)[0], opposite)
    near = np.abs(away_mm - smooth_mm[:, :, None] + 2.5) < 3.0
    step_mm = _fall_mm(rays, np.where(near, wall, AIR_HU), plateau_hu)
    denser = np.where(near, wall, AIR_HU).max(axis=2) > plateau_hu + s.shaft_step_hu
    seen = covered & denser & (np.abs(step_mm - smooth_mm) < 2.5)
    radius_mm = _smoothed(np.where(seen, step_mm, edge_mm), bare | seen)[0]
    doubt_mm = max(doubt_mm, _off_mm(step_mm, smooth_mm, seen))
    return Shaft(axis, rays.heights_mm, radius_mm, doubt_mm)


def _fall_mm(rays: _Rays, wall: FloatArray, beyond_hu: float) -> FloatArray:
    """Distance from the axis at which each ray, past the highest value of a wall, falls half way to what is beyond.

    Infinite where it does not.
    """
    top, number = wall.argmax(axis=2), np.arange(len(rays.away_mm))
    half = (wall.max(axis=2) + beyond_hu) / 2
    below = (number > top[..., None]) & (rays.hu < half[..., None])
    first = np.maximum(below.argmax(axis=2), 1)
    before = np.take_along_axis(rays.hu, first[..., None] - 1, axis=2)[..., 0]
    after = np.take_along_axis(rays.hu, first[..., None], axis=2)[..., 0]
    share = np.clip((before - half) / np.maximum(before - after, 1e-3), 0.0, 1.0)
    fall: FloatArray = np.where(below.any(axis=2), rays.away_mm[first - 1] + share * RAY_MM, np.inf)
    return fall


def _smoothed(radius_mm: FloatArray, known: BoolArray) -> tuple[FloatArray, float]:
    """A smooth tube through the known radii (heights, angles), and how rough they are around it, mm.

    Slow waves around the axis whose size goes with the square of the height; what is far off is left out.
    """
    heights = np.linspace(-1, 1, radius_mm.shape[0])[:, None]
    angles = np.arange(ANGLES)[None] * (2 * np.pi / ANGLES)
    waves = [np.ones_like(angles)] + [f(k * angles) for k in range(1, ORDER + 1) for f in (np.cos, np.sin)]
    shapes = np.stack([heights**power * wave for wave in waves for power in range(3)], axis=-1)
    stiff = np.array([((n + 1) // 2) ** 2 + 2 * power for n in range(len(waves)) for power in range(3)])
    used = known
    for _ in range(4):
        rows = shapes[used]
        bending = np.diag(1e-4 * len(rows) * stiff)
        tube: FloatArray = shapes @ np.linalg.solve(rows.T @ rows + bending, rows.T @ radius_mm[used])
        off = np.abs(np.where(known, radius_mm, 0.0) - tube)
        used = known & (off <= max(4.5 * float(np.median(off[used])), 0.3))
    return tube, float(np.sqrt(np.mean(off[known] ** 2)))


def _off_mm(one_mm: FloatArray, other_mm: FloatArray, where: BoolArray) -> float:
    """Mean distance of two surfaces somewhere; 0 where that is nowhere."""
    return float(np.abs(one_mm - other_mm)[where].mean()) if where.any() else 0.0
