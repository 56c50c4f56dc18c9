"""The truth about a scene: closed forms where there are any, else sampled so finely that the error doesn't matter.

``truth.json`` follows the definitions of ``analysis.json``, but of continuous objects: no voxels, no blur, no noise.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from calcimeter.model.grid import FloatArray, Grid
from calcimeter.phantom.acquire import Acquisition
from calcimeter.phantom.outline import Outline, outline_of, surface_points
from calcimeter.phantom.parts import HU, Cyst, Part
from calcimeter.phantom.render import integrals
from calcimeter.phantom.scene import Bone, Deposit, Scene
from calcimeter.phantom.solids import Point, Points, Solid

SCHEMA = "calcimeter.truth/1"
ACROSS = 48
"""Voxels across the largest extent of what is integrated."""
SAMPLES = 4
"""Samples along the side of such a voxel where a border passes: the lattice is 192 across."""
MINERAL_FROM_HU = 130.0
"""About 100 mg hydroxyapatite per ml at 120 kVp (European Radiology 2022, s00330-022-08642-5). The objects hold nothing
between 60 and 200 HU, so the exact figure doesn't matter."""
SIN_22_5 = 0.3826834323650898
REACH_MM = 40.0
"""Bones farther from a deposit than this are not looked at: the place is null."""


def truth_of(scene: Scene, acquisition: Acquisition) -> dict[str, Any]:
    """The record of ``truth.json``.

    Parameters
    ----------
    scene : Scene
    acquisition : Acquisition
        Only repeated in the record: truth doesn't depend on it.

    Returns
    -------
    dict
        Plain values, ready for JSON; None where something doesn't apply.
    """
    bones = [{"name": bone.name, "side": bone.side} for bone in scene.bones]
    lesions = [_lesion(deposit, scene) for deposit in scene.deposits]
    lesions.sort(key=lambda lesion: -float(lesion["volume_mm3"]))
    return {
        "schema": SCHEMA,
        "name": scene.name,
        "acquisition": {**asdict(acquisition), "thickness_mm": acquisition.slice_thickness_mm},
        "gravity_lps": list(scene.gravity_lps),
        "skeleton": {"bones": bones},
        "lesions": [{"id": k, **lesion} for k, lesion in enumerate(lesions, start=1)],
        "tolerance": {"volume_relative": 0.001, "length_mm": 0.05, "short_axis_mm": 0.1},
    }


def _lesion(deposit: Deposit, scene: Scene) -> dict[str, Any]:
    """Everything known of one deposit."""
    outline = outline_of(deposit.part.envelope)
    levels = _levels(deposit.part) if isinstance(deposit.part, Cyst) else []
    return {
        "name": deposit.name,
        "kind": deposit.kind,
        "category": deposit.category,
        "pattern": deposit.pattern,
        **_burden(deposit.part, scene.background_hu),
        **_extent(outline),
        "surface_mm2": _closed_form(deposit.part.envelope, "surface_mm2"),
        "fluid_level": {
            "state": "present" if levels else "absent",
            "levels": levels,
            "gravity_lps": list(scene.gravity_lps),
        },
        "place": _place(outline, scene),
    }


def _burden(part: Part, background_hu: float) -> dict[str, Any]:
    """Volumes, HU and centroid."""
    grid = _grid_around(part.envelope)
    volume, content = integrals(_Resampled(part), grid)
    mineral, _ = integrals(_Resampled(part, MINERAL_FROM_HU), grid)
    exact_mm3, mean_hu = _closed_form(part.envelope, "volume_mm3") or volume, content / volume
    return {
        "volume_mm3": exact_mm3,
        "mineral_volume_mm3": mineral / volume * exact_mm3,
        "mean_hu": mean_hu,
        "background_hu": background_hu,
        "content_hu_mm3": (mean_hu - background_hu) * exact_mm3,
        "centroid_mm": list(_centroid(part.envelope)),
    }


class _Resampled:
    """A part sampled as the truth needs, and, where a threshold is given, without what lies below it."""

    samples = SAMPLES

    def __init__(self, part: Part, from_hu: float = -np.inf) -> None:
        self.envelope, self._part, self._from_hu = part.envelope, part, from_hu

    def paint(self, points: Points) -> tuple[HU, Points]:
        """HU where it is over the threshold, and the whole part's clearance."""
        hu, clearance = self._part.paint(points)
        return np.where(hu >= self._from_hu, hu, np.float32(np.nan)), clearance


def _extent(outline: Outline) -> dict[str, Any]:
    """Sizes of the envelope."""
    low, high = outline.box_mm
    long_axis_mm, short_axis_mm, axes_z_mm = outline.axes_mm()
    return {
        "bounding_box_mm": [low.tolist(), high.tolist()],
        "extent_mm": {
            name: float(high[k] - low[k]) for k, name in enumerate(("left_right", "anteroposterior", "craniocaudal"))
        },
        "long_axis_mm": long_axis_mm,
        "short_axis_mm": short_axis_mm,
        "axes_z_mm": axes_z_mm,
        "projected_mm": {"coronal": list(outline.projected_mm(1)), "sagittal": list(outline.projected_mm(0))},
        "feret_mm": outline.feret_mm(),
    }


def _levels(cyst: Cyst) -> list[dict[str, Any]]:
    """The level of each chamber that holds fluid and sediment, from a fine lattice."""
    grid = _grid_around(cyst.envelope, across=80)
    points = _lattice_points(grid)
    home, _, lumen, below = cyst.locate(points)
    step = grid.spacing_mm[0]
    levels = []
    for k, chamber in enumerate(cyst.chambers):
        inside = (home == k) & (lumen <= 0)
        fluid, sediment = inside & (below <= 0), inside & (below > 0)
        surface = points[:, inside & (np.abs(below) <= 0.75 * step)]
        if min(fluid.sum(), sediment.sum(), surface.shape[1]) * step**3 < 1:
            continue
        levels.append(
            {
                "level_mm": chamber.level_mm,
                "height_mm": float(below[sediment].max()) + step / 2,
                "fluid_height_mm": float(-below[fluid].min()) + step / 2,
                "width_mm": float(np.ptp(surface, axis=1).max()) + step,
                "hu_above": chamber.fluid_hu,
                "hu_below": chamber.sediment_hu,
                "tilt_deg": 0.0,
                "sediment_mm3": float(sediment.sum() * step**3),
                "fluid_mm3": float(fluid.sum() * step**3),
            }
        )
    return levels


def _place(outline: Outline, scene: Scene) -> dict[str, Any]:
    """Nearest bone, its nearest part, direction from that part's centroid, and the gap between the surfaces."""
    nothing = {"bone": None, "part": None, "side": None, "direction": None, "distance_mm": None}
    points = outline.points.astype(np.float32)
    away = [bone.part.envelope.distance(points) for bone in scene.bones]
    if not away or min(a.min() for a in away) > REACH_MM:
        return nothing
    nearest = int(np.argmin([a.min() for a in away]))
    bone, start = scene.bones[nearest], outline.points[:, int(np.argmin(away[nearest]))]
    distance_mm, touch = _gap(outline, bone.part.envelope, (start, float(away[nearest].min())))
    name, region = min(bone.regions, key=lambda r: float(r[1].distance(touch[:, None])[0]))
    offset = np.array(_centroid(outline.solid)) - np.array(_centroid(region))
    return {
        "bone": bone.name,
        "part": name,
        "side": bone.side,
        "direction": _direction(offset, bone),
        "distance_mm": distance_mm,
    }


def _gap(outline: Outline, bone: Solid, start: tuple[FloatArray, float]) -> tuple[float, FloatArray]:
    """Distance between two surfaces and the nearest point of the bone, first coarsely, then ever finer."""
    point, guess_mm = start
    ends, reach_mm = (point, point), 2 * guess_mm + 5
    for _ in range(4):
        first, second = (
            surface_points(solid, (end - reach_mm, end + reach_mm), reach_mm / 12)
            for solid, end in zip((outline.solid, bone), ends, strict=True)
        )
        # A small deposit may slip through the coarse lattices; its outline is always there.
        near = np.linalg.norm(outline.points - ends[0][:, None], axis=0) <= reach_mm
        gap_mm, ends = _nearest_pair(np.concatenate([first, outline.points[:, near]], axis=1), second)
        reach_mm /= 4
    return gap_mm, ends[1]


def _nearest_pair(first: FloatArray, second: FloatArray) -> tuple[float, tuple[FloatArray, FloatArray]]:
    """Least distance between two clouds (3, n), and the pair of points."""
    from scipy.spatial import cKDTree

    gaps, index = cKDTree(second.T).query(first.T)
    best = int(np.argmin(gaps))
    return float(gaps[best]), (first[:, best], second[:, int(index[best])])


def _direction(offset_mm: FloatArray, bone: Bone) -> str | None:
    """Words for a direction: components above sin 22.5 degrees; medial and lateral by the bone's side."""
    x, y, z = offset_mm / max(float(np.linalg.norm(offset_mm)), 1e-9)
    outward = {"left": x, "right": -x}.get(bone.side, 0.0)
    pairs = ((y, "posterior", "anterior"), (z, "superior", "inferior"), (outward, "lateral", "medial"))
    words = [up if value > 0 else down for value, up, down in pairs if abs(value) > SIN_22_5]
    stems = [word.removesuffix("ior").removesuffix("er") + "ero" for word in words[:-1]]
    return "".join(stems + words[-1:]) or None


def _grid_around(solid: Solid, across: int = ACROSS) -> Grid:
    """A cubic grid in LPS that holds a solid, its voxels off the solid's own symmetry."""
    low, high = (np.array(corner) for corner in solid.box_mm)
    step = float((high - low).max()) / across
    counts = np.ceil((high - low) / step).astype(int) + 2
    affine = np.array([[0, 0, step, 0], [0, step, 0, 0], [step, 0, 0, 0], [0, 0, 0, 1.0]])
    affine[:3, 3] = low - 0.37 * step
    return Grid((int(counts[2]), int(counts[1]), int(counts[0])), affine)


def _lattice_points(grid: Grid) -> Points:
    """Every voxel center, (3, n)."""
    index = np.argwhere(np.ones(grid.shape, dtype=bool))
    points: Points = np.ascontiguousarray(grid.to_patient(index).T, dtype=np.float32)
    return points


def _centroid(solid: Solid) -> Point:
    """Center of gravity."""
    grid = _grid_around(solid, across=48)
    points = _lattice_points(grid)
    # A share of each border voxel, linear in the distance, keeps the centroid from jumping by voxels.
    share = np.clip(0.5 - solid.distance(points).astype(np.float64) / grid.spacing_mm[0], 0, 1)
    x, y, z = (float(v) for v in points.astype(np.float64) @ share / share.sum())
    return (x, y, z)


def _closed_form(solid: Solid, what: str) -> float | None:
    """A closed form that the solid knows, or None."""
    known = getattr(solid, what, None)
    return None if known is None else known()
