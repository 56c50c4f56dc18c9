"""How far the cavities of the trunk go: rays from their middle to bone, or to the muscles under the skin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import TrunkSettings
from calcimeter.ct.trunk.landmarks import WALL
from calcimeter.ct.trunk.view import View
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.trunk import TrunkRegion

AHEAD_SINE = -0.5
"""Gaps whose middle points forward, within 60 degrees."""

BESIDE = 5
"""Pixels from the midline within which a hip bone reaches it."""

GLANCES, FARTHER = 3, 1.25
"""So many hits in a row beside a gap are taken for glances, each so much farther out than the next."""


class Walls(NamedTuple):
    """What the cavity is asked for at each level."""

    view: View
    levels: npt.NDArray[np.int64]
    center: FloatArray
    front: FloatArray
    regions: list[TrunkRegion]

    def reach(self, s: TrunkSettings) -> FloatArray:
        """How far the cavity goes in each direction at each level, mm, (levels, directions)."""
        from scipy.ndimage import median_filter

        angles = np.arange(s.directions, dtype=np.float64) * (2 * np.pi / s.directions)
        radii = np.arange(s.coarse_mm, s.max_reach_mm, s.coarse_mm)
        rays = _Rays(self.view, self.levels, self.center, angles, radii)
        wall, skin = rays.wall(s)
        wall = median_filter(np.pad(wall, ((0, 0), (2, 2)), mode="wrap"), (3, 5), mode="nearest")[:, 2:-2]
        limit = np.minimum(np.minimum(skin, self._beside_hips(angles)), self._behind_spine(angles, s))
        bridged = self._bones(rays, s)
        closed = np.isfinite(bridged)
        outline = np.where(closed, bridged, np.minimum(wall, limit))
        hull = np.stack([_hull(level, angles) for level in outline])
        return np.asarray(np.where(closed, bridged, np.minimum(hull, limit)), dtype=np.float64)

    def _bones(self, rays: _Rays, s: TrunkSettings) -> FloatArray:
        """Distances to bone; ribs slope, so that those of the levels around count too."""
        from scipy.ndimage import minimum_filter

        slab = 2 * round(s.rib_slab_mm / self.view.slice_mm) + 1
        ribs = minimum_filter(rays.first(self.view.has("rib")), (slab, 1), mode="nearest")
        bone = np.minimum(ribs, rays.first(self.view.has(*(WALL - {"rib"}))))
        self._close_below_coccyx(bone, rays.angles)
        gaps = self._gaps(s)
        return np.stack([_bridged(b, rays.angles, gap) for b, gap in zip(bone, gaps, strict=True)])

    def _gaps(self, s: TrunkSettings) -> list[tuple[float, float]]:
        """Widest gaps that are closed at each level, ahead and elsewhere; below the symphysis wide ones ahead."""
        wide, symphysis = s.pelvic_gap_degrees, self._symphysis()
        return [
            (wide if k < symphysis else s.gap_degrees[0], wide) if region == "pelvis" else s.gap_degrees
            for k, region in enumerate(self.regions)
        ]

    def _symphysis(self) -> int:
        """The lowest level at which a hip bone reaches the midline; 0 where none does."""
        across = np.asarray(self.view.has("hip_bone")[self.levels].any(axis=1))
        middle = np.rint(self.center[:, 1] / self.view.column_mm).astype(int)
        near = np.array([across[k, max(0, c - BESIDE) : c + BESIDE + 1].any() for k, c in enumerate(middle)])
        return int(near.argmax()) if near.any() else 0

    def _close_below_coccyx(self, bone: FloatArray, angles: FloatArray) -> None:
        """Under the end of the spine the cavity of the pelvis goes on as far back as there: the rectum lies in it."""
        back = len(angles) // 4
        turn = len(angles) // 18
        for k, region in enumerate(self.regions):
            if region == "pelvis" and np.isinf(bone[k, back - turn : back + turn + 1]).all():
                bone[k, back] = max(float(self.front[k] - self.center[k, 0]), 1.0)

    def _beside_hips(self, angles: FloatArray) -> FloatArray:
        """In the pelvis the distance at which a ray is farther out than the hip bone of that side at its level.

        Below the symphysis nor is there a cavity in front of the hip bones.
        """
        hips, symphysis = self.view.has("hip_bone"), self._symphysis()
        found = np.full((len(self.levels), len(angles)), np.inf)
        for k, level in enumerate(self.levels):
            if self.regions[k] != "pelvis" or not hips[level].any():
                continue
            away = np.flatnonzero(hips[level].any(axis=0)) * self.view.column_mm - self.center[k, 1]
            ahead = self.center[k, 0] - np.flatnonzero(hips[level].any(axis=1))[0] * self.view.row_mm
            ways = [(away.max(), np.cos(angles)), (-away.min(), -np.cos(angles))]
            ways += [(ahead, -np.sin(angles))] if k < symphysis else []
            for limit, share in ways:
                if limit > 0:
                    found[k] = np.minimum(found[k], np.where(share > 1e-6, limit / np.maximum(share, 1e-6), np.inf))
        return found

    def _behind_spine(self, angles: FloatArray, s: TrunkSettings) -> FloatArray:
        """Distance to the plane behind the vertebral bodies."""
        sine = np.sin(angles)[None]
        depth_mm = (self.front + s.behind_front_mm - self.center[:, 0])[:, None]
        return np.where(sine > 0.05, depth_mm / np.maximum(sine, 0.05), np.inf)


class _Rays(NamedTuple):
    """Straight lines from the center of each level outward."""

    view: View
    levels: npt.NDArray[np.int64]
    center: FloatArray
    angles: FloatArray
    radii: FloatArray

    def at(self, k: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], BoolArray]:
        """Rows and columns along the rays of a level, (directions, radii), and which lie in the images."""
        y = self.center[k, 0] + np.outer(np.sin(self.angles), self.radii)
        x = self.center[k, 1] + np.outer(np.cos(self.angles), self.radii)
        row, column = np.rint(y / self.view.row_mm).astype(int), np.rint(x / self.view.column_mm).astype(int)
        _, rows, columns = self.view.labels.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1), inside

    def first(self, mask: BoolArray) -> FloatArray:
        """Distance of the first voxel of a mask, (levels, directions); infinite where none is met."""
        found = np.full((len(self.levels), len(self.angles)), np.inf)
        for k, level in enumerate(self.levels):
            if mask[level].any():
                row, column, inside = self.at(k)
                met = mask[level][row, column] & inside
                found[k] = np.where(met.any(axis=1), self.radii[met.argmax(axis=1)], np.inf)
        return found

    def wall(self, s: TrunkSettings) -> tuple[FloatArray, FloatArray]:
        """Distances at which the muscles under the skin begin, seen from inside, and at which they can at most.

        Both (levels, directions), and infinite where the body is cut by the border of the images.
        """
        found = np.full((2, len(self.levels), len(self.angles)), np.inf)
        for k, level in enumerate(self.levels):
            row, column, inside = self.at(k)
            within = self.view.body[level][row, column] & inside
            lean = within & ~self.view.fat[level][row, column]
            found[:, k] = self._inner_side(within, lean, inside, s)
        return found[0], found[1]

    def _inner_side(self, within: BoolArray, lean: BoolArray, inside: BoolArray, s: TrunkSettings) -> FloatArray:
        """Under skin and fat the far side of the first lean layer of some thickness, and the least that is wall."""
        step = s.coarse_mm
        outside = inside & ~within
        skin = outside.argmax(axis=1)
        found = np.full((2, len(skin)), np.inf)
        least, thin, thick = (round(mm / step) for mm in (s.layer_mm, *s.wall_mm))
        for d in np.flatnonzero(outside.any(axis=1)):
            last = max(skin[d] - round(s.skin_mm / step), 0)
            inward = lean[d, :last][::-1]
            begin = _first_stretch(inward, least)
            layer = ~inward[begin : begin + thick]
            width = max(int(layer.argmax()) if layer.any() else thick, thin)
            found[0, d] = max(last - begin - width, 0) * step
            found[1, d] = max(last - thin, 0) * step
        return found


def _first_stretch(values: BoolArray, length: int) -> int:
    """Where the first unbroken stretch of some length begins; 0 where there is none."""
    if len(values) < length:
        return 0
    run = np.convolve(values, np.ones(length), mode="valid") == length
    return int(run.argmax())


def _hull(outline: FloatArray, angles: FloatArray) -> FloatArray:
    """Distances to the convex hull of an outline and its middle: the wall of the abdomen has no dents.

    Directions without an end keep none; so does an outline that is flat.
    """
    from scipy.spatial import ConvexHull, QhullError

    known = np.isfinite(outline)
    ways = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    points = np.concatenate([ways[known] * outline[known, None], np.zeros((1, 2))])
    try:
        hull = ConvexHull(points)
    except (QhullError, ValueError):
        return outline
    slope = ways @ hull.equations[:, :2].T
    reach = np.where(slope > 1e-6, -hull.equations[:, 2] / np.maximum(slope, 1e-6), np.inf).min(axis=1)
    return np.asarray(np.where(known, np.maximum(outline, reach), np.inf), dtype=np.float64)


def _bridged(bone: FloatArray, angles: FloatArray, gap_degrees: tuple[float, float]) -> FloatArray:
    """Distances to bone, with narrow gaps between two bones closed by a straight line; limits ahead, and elsewhere."""
    filled, count = _without_glances(bone), len(bone)
    met = np.flatnonzero(np.isfinite(filled))
    if len(met) < 2:
        return filled
    for first, last in zip(met, [*met[1:], met[0] + count], strict=True):
        between = np.arange(first + 1, last) % count
        gap = (last - first) * 360 / count
        ahead = len(between) > 0 and np.sin(angles[between]).mean() < AHEAD_SINE
        if len(between) == 0 or gap > gap_degrees[0 if ahead else 1]:
            continue
        into, whole = angles[between] - angles[first], angles[last % count] - angles[first]
        a, b = filled[first], filled[last % count]
        filled[between] = a * b * np.sin(whole) / (a * np.sin(into) + b * np.sin(whole - into))
    return filled


def _without_glances(bone: FloatArray) -> FloatArray:
    """Without hits beside a gap that lie much farther out than the next: rays that pass a bone and meet one behind."""
    kept = bone.copy()
    for _ in range(GLANCES):
        for side in (1, -1):
            gap, inner = np.isinf(np.roll(kept, side)), np.roll(kept, -side)
            kept = np.where(gap & np.isfinite(inner) & (kept > FARTHER * inner), np.inf, kept)
    return kept
