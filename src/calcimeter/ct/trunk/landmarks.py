"""Landmarks of the trunk by level: where it begins and ends, its midline, the front of the spine, the pelvic brim."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.ct.trunk.view import View
from calcimeter.model.anatomy import Skeleton
from calcimeter.model.bones import SPINE
from calcimeter.model.grid import FloatArray
from calcimeter.model.trunk import TrunkRegion

MIDDLE = frozenset({*SPINE, "sternum"})
WALL = MIDDLE | {"rib", "hip_bone"}
"""Bones that wall in the cavities of the trunk; limbs, shoulder blades and collar bones lie outside them."""

ASIDE_MM = 20.0
"""How far medial to the only hip bone in view the cavity is looked into."""

BESIDE_MIDLINE_MM, BEHIND_HIPS_MM = 8.0, 40.0
"""The spine is looked for so near the midline; a sacrum out of view lies so far behind the middle of the hip bones."""

END_PERCENTILES = (1.0, 99.0)
"""Ends of a bone from side to side, without a few voxels of another one under its name."""


def find_levels(view: View) -> npt.NDArray[np.int64]:
    """Levels from the lowest to the highest bone of the trunk; the chest ends at the upper end of the sternum."""
    used = np.flatnonzero(view.levels_with(*(WALL - {"cervical_spine"})))
    if len(used) == 0:
        return used
    sternum = np.flatnonzero(view.levels_with("sternum"))
    return np.arange(used[0], (sternum[-1] if len(sternum) else used[-1]) + 1)


def find_middle(view: View, skeleton: Skeleton) -> FloatArray | None:
    """Column of the midline at each level, mm: of spine and sternum, and never lateral to the end of a hip bone.

    Where only a hip bone is in view a line beside its medial end stands for the midline; None if nothing tells.
    """
    low, high = _between_ends(view, skeleton)
    count, total = view.columns_of(*MIDDLE)
    known = count > 0
    if known.any():
        at = total[known] / count[known] * view.column_mm
        middle = _smooth(np.interp(view.slices, view.slices[known], at))
        return np.clip(middle, low, max(low, high)) if np.isfinite(low) else np.minimum(middle, high)
    if not (np.isfinite(low) or np.isfinite(high)):
        return None
    beside = (low + high) / 2 if np.isfinite(low + high) else low + ASIDE_MM if np.isfinite(low) else high - ASIDE_MM
    return np.full(len(view.slices), beside)


def _between_ends(view: View, skeleton: Skeleton) -> tuple[float, float]:
    """The medial ends of the right and the left hip bone, mm; infinite where one is not in view.

    A side that is not told follows from a femur, which lies lateral to its hip bone.
    """
    low, high = -np.inf, np.inf
    femur, moment = view.columns_of("femur")
    at_femur = moment.sum() / femur.sum() if femur.any() else None
    spine, moment = view.columns_of(*MIDDLE)
    at_spine_mm = moment.sum() / spine.sum() * view.column_mm if spine.any() else None
    for bone in sorted(skeleton.bones, key=lambda bone: bone.volume_mm3):  # the largest of a side has the last word
        is_hip = bone.name == "hip_bone" and bone.id in view.ids.get("hip_bone", [])
        columns = np.nonzero(view.labels == bone.id)[2] if is_hip else np.zeros(0)
        if len(columns) == 0 or (bone.side is None and at_femur is None):
            continue
        ends = np.percentile(columns, END_PERCENTILES) * view.column_mm
        if bone.side is None and at_spine_mm is not None and ends[0] < at_spine_mm - ASIDE_MM < ends[1] - 2 * ASIDE_MM:
            continue  # both hip bones under one name: neither has an end here
        if bone.side == "right" or (bone.side is None and columns.mean() > (at_femur or 0.0)):
            low = float(ends[1])
        else:
            high = float(ends[0])
    return low, high


def find_front(view: View, middle: FloatArray) -> FloatArray:
    """Row of the front of the spine in the midline at each level, mm; of its nearest level where there is none.

    Without a spine in view a line behind the middle of the hip bones stands for it.
    """
    spine = view.has(*SPINE)
    rows = np.full(len(middle), np.nan)
    for k, column in enumerate(np.rint(middle / view.column_mm).astype(int)):
        width = max(1, round(BESIDE_MIDLINE_MM / view.column_mm))
        used = np.flatnonzero(spine[k, :, max(0, column - width) : max(0, column + width + 1)].any(axis=1))
        if len(used):
            rows[k] = used[0] * view.row_mm
    known = np.isfinite(rows)
    if not known.any():
        _, used, _ = np.nonzero(view.has(*WALL))
        return np.full(len(middle), float(used.mean()) * view.row_mm + BEHIND_HIPS_MM)
    front: FloatArray = np.interp(view.slices, view.slices[known], rows[known])
    return _smooth(front)


def find_regions(view: View) -> list[TrunkRegion]:
    """Chest where there are thoracic vertebrae or ribs, pelvis where there are hip bones but no lumbar ones."""
    levels = {name: view.levels_with(name) for name in ("thoracic_spine", "rib", "lumbar_spine")}
    hips = view.levels_with("hip_bone", "sacrum", "coccyx")
    pelvis = np.asarray(hips & ~levels["lumbar_spine"])
    chest = np.asarray((levels["thoracic_spine"] | levels["rib"]) & ~levels["lumbar_spine"])
    return ["pelvis" if pelvis[k] else "chest" if chest[k] else "abdomen" for k in range(len(view.slices))]


def find_brim(view: View, front: FloatArray, middle: FloatArray) -> tuple[float, float] | None:
    """Slice and row (mm) of the promontory, the front of the sacrum's upper end; None if it is not in view."""
    if not view.levels_with("lumbar_spine").any():
        return None
    row, column = np.rint(front / view.row_mm).astype(int) + 1, np.rint(middle / view.column_mm).astype(int)
    levels, rows, columns = view.labels.shape
    sacral = view.has("sacrum")[np.arange(levels), row.clip(0, rows - 1), column.clip(0, columns - 1)]
    if not sacral.any():
        return None
    top = int(np.flatnonzero(sacral)[-1])
    return float(view.slices[top]), float(front[top])


def _smooth(values: FloatArray) -> FloatArray:
    """Running median over five levels."""
    from scipy.ndimage import median_filter

    smooth: FloatArray = median_filter(values, 5, mode="nearest")
    return smooth
