"""Tubes of cortex: the shafts of limb bones as transverse slices show them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.settings import TubesSettings
from calcimeter.geometry.components import Components, voxels_within
from calcimeter.geometry.morphology import coarse_factor, erode, filled, pool, threshold, unpool
from calcimeter.geometry.runs import IntArray, label_runs, runs_of
from calcimeter.model.anatomy import Mask, Skeleton
from calcimeter.model.grid import FloatArray, Grid
from calcimeter.model.volume import Volume


class Sections(NamedTuple):
    """Ring-like sections of bone in some of the slices, each value (n,) or (n, 3)."""

    slice: IntArray
    center_mm: FloatArray
    area_mm2: FloatArray
    limb_mm2: FloatArray
    deep: FloatArray
    box: IntArray

    def some(self, which: list[int]) -> Sections:
        """Those with some numbers."""
        return Sections(
            self.slice[which],
            self.center_mm[which],
            self.area_mm2[which],
            self.limb_mm2[which],
            self.deep[which],
            self.box[which],
        )


class Tube(NamedTuple):
    """Sections that follow one another: their numbers in the scan, and what they are on the whole."""

    sections: Sections
    direction: FloatArray
    diameters_mm: FloatArray

    @property
    def diameter_mm(self) -> float:
        """Median diameter across the shaft."""
        return float(np.median(self.diameters_mm))

    @property
    def limb_mm(self) -> float:
        """Width of a circle as large as the limb's section."""
        return float(2 * np.sqrt(np.median(self.sections.limb_mm2) / np.pi))


def find_tubes(volume: Volume, body: Mask, skeleton: Skeleton, settings: TubesSettings) -> list[Tube]:
    """Shafts as tubes of cortex around marrow, from below upward.

    Slices some millimeters apart are looked at. A section belongs to a tube if it follows the last one nearly in line
    and is about as wide; tubes that are shorter than asked or lie
    along the slices are left out, and so are sections that the border cuts.
    """
    s, grid = settings, volume.grid
    sections = _sections(volume, body, skeleton, s)
    step_mm = max(1, round(s.step_mm / grid.spacing_mm[0])) * grid.spacing_mm[0]
    lines: list[list[int]] = []
    for k in range(len(sections.slice)):
        near = [line for line in lines if _continues(sections, line, k, (step_mm * s.max_gap, s.width_step))]
        if near:
            min(near, key=lambda line: _offset_mm(sections, line, k)).append(k)
        else:
            lines.append([k])
    tubes = [_tube(sections.some(line), grid) for line in lines if len(line) > 1]
    return [
        tube
        for tube in tubes
        if np.linalg.norm(np.ptp(tube.sections.center_mm, axis=0)) >= s.min_length_mm
        and abs(tube.direction[2]) >= s.min_upright
    ]


def _sections(volume: Volume, body: Mask, skeleton: Skeleton, s: TubesSettings) -> Sections:
    """Sections of cortex around a marrow, in slices some millimeters apart."""
    grid, (dz, dr, dc) = volume.grid, volume.grid.spacing_mm
    step = max(1, round(s.step_mm / dz))
    values = volume.values[::step]
    bone = Mask.from_bool(skeleton.labels[::step])
    runs = runs_of(filled(threshold(values, s.bone_hu) & bone))
    parts = Components(runs, *label_runs(runs, in_plane=True))
    lengths = parts.lengths_mm((dz, dr, dc))
    elongation = lengths[:, 0] / np.maximum(lengths[:, 1], 1e-6)
    area = parts.voxels() * dr * dc
    cortex = parts.sum(voxels_within(runs, threshold(values, s.cortex_hu) & bone)) / np.maximum(parts.voxels(), 1)
    low, high = parts.boxes()
    cut = (low[:, 1:] == 0).any(axis=1) | (high[:, 1:] == np.array(runs.shape[1:])).any(axis=1)
    ring = (area >= s.min_area_mm2) & (elongation < s.max_elongation) & (cortex >= s.min_cortex_share) & ~cut
    ring &= area <= np.pi / 4 * s.max_diameter_mm**2
    limb_mm2, deep = _surroundings(Mask(body.words[::step], bone.shape), parts, grid, s)
    middle = (low + high - 1) / 2
    middle[:, 0] *= step
    box = np.concatenate([low[:, 1:], high[:, 1:]], axis=1)
    return Sections(
        low[ring, 0] * step,
        grid.to_patient(middle[ring]),
        area[ring],
        limb_mm2[ring],
        deep[ring],
        box[ring],
    )


def _surroundings(body: Mask, parts: Components, grid: Grid, s: TubesSettings) -> tuple[FloatArray, FloatArray]:
    """For each section of bone the area of the body's section around it, mm2, and how much of it lies deep."""
    factor = coarse_factor(grid.spacing_mm, s.coarse_mm)
    spacing = (grid.spacing_mm[0], grid.spacing_mm[1] * factor, grid.spacing_mm[2] * factor)
    coarse = pool(body, factor)
    runs = runs_of(coarse)
    limbs = Components(runs, *label_runs(runs, in_plane=True))
    low, high = parts.boxes()
    row, column = (low[:, 1] + high[:, 1] - 1) // 2 // factor, (low[:, 2] + high[:, 2] - 1) // 2 // factor
    number = limbs.at(low[:, 0] * coarse.shape[1] + row, column)
    area = np.append(limbs.voxels() * spacing[1] * spacing[2], np.inf)
    deep = parts.share(unpool(erode(coarse, s.deep_mm, spacing, in_plane=True), factor, body.shape))
    return area[number], deep


def _continues(sections: Sections, line: list[int], k: int, limits: tuple[float, float]) -> bool:
    """Whether a section is the next of a line: in a slice beyond its last, near its end, and about as wide.

    The limits: how far it may lie above, mm, and how many times as wide it may be.
    """
    last = line[-1]
    rise = sections.center_mm[k, 2] - sections.center_mm[last, 2]
    if not 0 < rise <= limits[0] or sections.slice[k] == sections.slice[last]:
        return False
    wide = np.sqrt(sections.area_mm2[[last, k]])
    return bool(_offset_mm(sections, line, k) < wide.min() / 2 + rise / 2 and wide.max() < limits[1] * wide.min())


def _offset_mm(sections: Sections, line: list[int], k: int) -> float:
    """How far a section lies from the end of a line, in the plane."""
    return float(np.linalg.norm(sections.center_mm[k, :2] - sections.center_mm[line[-1], :2]))


def _tube(sections: Sections, grid: Grid) -> Tube:
    """A tube with its direction; a section across the slices is wider than one across the shaft."""
    along = sections.center_mm[-1] - sections.center_mm[0]
    direction = along / np.linalg.norm(along)
    normal = grid.affine[:3, 0] / grid.spacing_mm[0]
    return Tube(sections, direction, 2 * np.sqrt(sections.area_mm2 * abs(direction @ normal) / np.pi))
