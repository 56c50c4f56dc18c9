"""Where the middle of the patient runs: by the bones that lie in it, or between the legs."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from calcimeter.ct.anatomy.frame import hip_end
from calcimeter.ct.anatomy.tubes import LimbBone
from calcimeter.ct.settings import SidesSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import coarse_factor, pool
from calcimeter.geometry.runs import label_runs, runs_of
from calcimeter.model.anatomy import Mask
from calcimeter.model.bones import SPINE
from calcimeter.model.grid import FloatArray, Grid

NOWHERE = (np.inf, -np.inf)


class Midline(NamedTuple):
    """The plane between left and right, as a sheet over the sagittal plane.

    Parameters
    ----------
    marks_mm : ndarray, (n, 3)
        Points on it, LPS mm, n at least 1.
    trunk_mm : tuple of float
        Lowest and highest z of the bones that lie on it; empty interval where it runs between legs only.
    slopes : ndarray, (3,)
        x = slopes[0] + slopes[1] * y + slopes[2] * z of the plane through them.
    reach_mm : float
        Beyond the marks it is not known farther than this, along the body.
    width_mm : float
        Nearer marks decide over a bend of the spine: the scale of the distance.
    """

    marks_mm: FloatArray
    trunk_mm: tuple[float, float]
    slopes: FloatArray
    reach_mm: float
    width_mm: float

    def offset_mm(self, points_mm: FloatArray) -> FloatArray:
        """How far points (n, 3) lie toward LPS left of it, (n,); NaN where it is not known."""
        rest = self.marks_mm[:, 0] - self._plane(self.marks_mm)
        heights, of = np.unique(np.round(points_mm[:, 2]), return_inverse=True)
        apart = np.abs(heights[:, None] - self.marks_mm[None, :, 2])
        weight = np.exp(-(((apart - apart.min(axis=1, keepdims=True)) / self.width_mm) ** 2))
        bend = np.where(apart.min(axis=1) <= self.reach_mm, (weight @ rest) / weight.sum(axis=1), np.nan)
        offset: FloatArray = points_mm[:, 0] - self._plane(points_mm) - bend[of]
        return offset

    def _plane(self, points_mm: FloatArray) -> FloatArray:
        x: FloatArray = self.slopes[0] + points_mm[:, 1:] @ self.slopes[1:]
        return x


def find_midline(
    points: dict[str, FloatArray], limbs: tuple[LimbBone, ...], body: Mask, grid: Grid, s: SidesSettings
) -> Midline | None:
    """The middle of the patient by spine, sacrum and sternum, between the legs, and by the symphysis.

    Parameters
    ----------
    points : dict
        Points of the bones by name, (n, 3), LPS mm.
    limbs : tuple of LimbBone
        Their paths say which part of the body's section is a leg.

    Returns
    -------
    Midline or None
        None where none is in view; the sternum alone and small pieces do not do. A bone in the middle that the border
        of the images cuts is left out at the levels where it is cut. Fails where legs are crossed.
    """
    nothing = np.zeros((0, 3))
    much = [name for name in (*SPINE, "sternum") if len(points.get(name, ())) * s.point_mm**3 >= s.mark_mm3]
    seen = much if set(much) & set(SPINE) else []
    of_bones = np.concatenate([nothing, *(_centers(points[name], grid, s) for name in seen)])
    legs = [limb for limb in limbs if limb.name in ("femur", "tibia")]
    gaps = [_gaps(limb, body, grid, s) for limb in legs]
    gaps += [_between(one, other, s) for one, other in combinations(legs, 2) if one.name == other.name]
    of_bones = _far_from_legs(of_bones, limbs, s)
    found = _consistent(np.concatenate([of_bones, *gaps]), s)
    if len(found) < s.min_levels:
        found = _beside_leg(points, limbs, s)
    if len(found) < s.min_levels:
        return None
    trunk_mm = (float(of_bones[:, 2].min()), float(of_bones[:, 2].max())) if len(of_bones) else NOWHERE
    midline = Midline(found, trunk_mm, _plane_through(found, s), s.midline_reach_mm, s.midline_width_mm)
    joint = _symphysis(points.get("hip_bone", nothing), midline, s.symphysis_mm, s)
    return midline._replace(marks_mm=np.concatenate([found, joint]))


def _centers(points_mm: FloatArray, grid: Grid, s: SidesSettings) -> FloatArray:
    """The middle of a bone at each level where the side borders of the images do not cut it, (levels, 3)."""
    index = grid.to_index(points_mm)
    margin = s.level_mm / grid.spacing_mm[2]
    near = (index[:, 2] < margin) | (index[:, 2] > grid.shape[2] - 1 - margin)
    height = np.round(points_mm[:, 2] / s.level_mm)
    centers = []
    for at in np.setdiff1d(np.unique(height), np.unique(height[near])):
        level = points_mm[height == at]
        if len(level) >= s.min_points:
            ends = (level.min(axis=0) + level.max(axis=0)) / 2
            centers.append([(ends[0] + np.median(level[:, 0])) / 2, level[:, 1].mean(), level[:, 2].mean()])
    return np.reshape(np.array(centers), (-1, 3))


def _gaps(limb: LimbBone, body: Mask, grid: Grid, s: SidesSettings) -> FloatArray:
    """Middles of the gap between a leg and the other one, (levels, 3).

    What lies beside the leg is the other leg if it is as thick from front to back as no arm is.
    """
    factor = coarse_factor(grid.spacing_mm, s.coarse_mm)
    index = np.rint(grid.to_index(limb.path_mm)).astype(np.int64)
    section = pool(Mask(body.words[index[:, 0]], (len(index), *body.shape[1:])), factor)
    runs = runs_of(section)
    parts = Components(runs, *label_runs(runs, in_plane=True))
    low, high = parts.boxes()
    own = parts.at(np.arange(len(index)) * section.shape[1] + index[:, 1] // factor, index[:, 2] // factor)
    thick = (high[:, 1] - low[:, 1]) * factor * grid.spacing_mm[1] >= s.min_leg_mm
    gaps: dict[int, list[tuple[int, float]]] = {-1: [], 1: []}
    for k, leg in enumerate(own):
        for other in np.flatnonzero(thick & (low[:, 0] == k) & (np.arange(parts.count) != leg)) if leg >= 0 else ():
            if high[other, 2] <= low[leg, 2] + 2:
                gaps[-1].append((k, (high[other, 2] + low[leg, 2]) / 2))
            elif low[other, 2] >= high[leg, 2] - 2:
                gaps[1].append((k, (low[other, 2] + high[leg, 2]) / 2))
    beside = [found for found in gaps.values() if len(found) >= s.min_levels]
    if len(beside) != 1:
        return np.zeros((0, 3))
    at = np.array([[index[k, 0], index[k, 1], column * factor] for k, column in beside[0]])
    return grid.to_patient(at)


def _symphysis(hips_mm: FloatArray, near: Midline, reach_mm: float, s: SidesSettings) -> FloatArray:
    """The gap between the hip bones where they meet in front, (levels, 3): where least of them is, near a middle."""
    offset = near.offset_mm(hips_mm)
    around = hips_mm[np.abs(offset) < reach_mm]
    offset = offset[np.abs(offset) < reach_mm]
    height = np.round(around[:, 2] / s.level_mm)
    if len(np.unique(height)) < s.min_levels:
        return np.zeros((0, 3))
    bins = np.arange(offset.min(), offset.max() + s.point_mm, s.point_mm)
    count = np.histogram(offset, bins)[0]
    least = np.flatnonzero(count[1:-1] == count[1:-1].min(initial=len(offset))) + 1
    if not len(least) or count[least[0]] > s.gap_share * min(count[: least[0]].max(), count[least[-1] + 1 :].max()):
        return np.zeros((0, 3))
    marks = np.array([around[height == at].mean(axis=0) for at in np.unique(height)])
    marks[:, 0] += bins[least].mean() + s.point_mm / 2 - near.offset_mm(marks)
    return marks


def _beside_leg(points: dict[str, FloatArray], limbs: tuple[LimbBone, ...], s: SidesSettings) -> FloatArray:
    """The symphysis as seen from a single hip, (levels, 3): a pelvis is so wide that it is looked for there."""
    nothing = np.zeros((0, 3))
    everything = np.concatenate([nothing, *points.values()])
    hips = [hip for hip in (hip_end(bone, everything, s) for bone in limbs) if hip is not None]
    if len(hips) != 1:
        return nothing
    inward = -np.sign(hips[0].lateral[0])
    guess = hips[0].end_mm + inward * s.shaft_to_middle_mm[0] * np.array([1.0, 0, 0])
    there = Midline(guess[None], NOWHERE, np.array([guess[0], 0, 0]), s.midline_reach_mm, s.midline_width_mm)
    return _symphysis(points.get("hip_bone", nothing), there, s.shaft_to_middle_mm[1], s)


def _far_from_legs(marks_mm: FloatArray, limbs: tuple[LimbBone, ...], s: SidesSettings) -> FloatArray:
    """Without the marks nearer to the shaft of a femur than the middle can be: what they lie on was named wrongly."""
    for limb in (limb for limb in limbs if limb.name == "femur"):
        low, high = limb.path_mm[0], limb.path_mm[-1]
        z = np.clip(marks_mm[:, 2], low[2], high[2])
        x = np.interp(z, limb.path_mm[:, 2], limb.path_mm[:, 0])
        beside = (marks_mm[:, 2] > low[2] - s.clear_mm) & (marks_mm[:, 2] < high[2] + 2 * s.clear_mm)
        marks_mm = marks_mm[~(beside & (np.abs(marks_mm[:, 0] - x) < s.clear_mm))]
    return marks_mm


def _consistent(marks_mm: FloatArray, s: SidesSettings) -> FloatArray:
    """Without the marks that lie off what most marks at their level and near it say."""
    near = np.abs(marks_mm[:, None, 2] - marks_mm[None, :, 2]) <= s.midline_width_mm
    usual = np.array([np.median(marks_mm[others, 0]) for others in near])
    return marks_mm[np.abs(marks_mm[:, 0] - usual) <= s.midline_stray_mm] if len(marks_mm) else marks_mm


def _between(one: LimbBone, other: LimbBone, s: SidesSettings) -> FloatArray:
    """Midway between the same bones of two legs, (levels, 3); nothing if they are too near to be those."""
    z = one.path_mm[:, 2]
    z = z[(z >= other.path_mm[0, 2]) & (z <= other.path_mm[-1, 2])]
    ends = [
        np.stack([np.interp(z, leg.path_mm[:, 2], leg.path_mm[:, k]) for k in (0, 1)], axis=1) for leg in (one, other)
    ]
    apart = np.abs(ends[0][:, 0] - ends[1][:, 0]) >= s.clear_mm
    middle: FloatArray = np.column_stack([(ends[0] + ends[1]) / 2, z])[apart]
    return middle


def _plane_through(marks_mm: FloatArray, s: SidesSettings) -> FloatArray:
    """How x goes with y and z, by least squares; where marks do not tell a slope it stays 0."""
    middle = marks_mm.mean(axis=0)
    spread = marks_mm[:, 1:] - middle[1:]
    hold = s.min_spread_mm**2 * len(marks_mm)
    slopes = np.linalg.solve(spread.T @ spread + hold * np.eye(2), spread.T @ (marks_mm[:, 0] - middle[0]))
    return np.array([middle[0] - slopes @ middle[1:], *slopes])
