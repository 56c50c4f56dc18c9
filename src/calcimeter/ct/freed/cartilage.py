"""Calcified cartilage between ribs and sternum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import FreedSettings
from calcimeter.model.anatomy import Skeleton
from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.trunk import Trunk

Labels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Indices = npt.NDArray[np.int64]


def clear_cartilage(labels: Labels, skeleton: Skeleton, grid: Grid, trunk: Trunk, settings: FreedSettings) -> None:
    """Take calcified cartilage of the ribs from the labels, if a sternum has a name.

    Where it is calcified it joins the bones at its ends and goes with the skeleton. In the front wall of the chest what
    has no name by its surroundings is cartilage; and so is what stands out from the side of the sternum and is less
    high than the sternum. What has the name of a rib is looked at where the ribs end.
    """
    sternum = _table(skeleton, "sternum")
    if sternum.any():
        _clear_nameless(labels, _table(skeleton, None), trunk, settings)
        _clear_beside(labels, sternum, grid, settings)


def front_wall(trunk: Trunk, level: int, rows: Indices, columns: Indices, s: FreedSettings) -> BoolArray:
    """Which pixels of a level (n,) lie in the front wall of the chest or in the costal arch, (n,)."""
    _, dr, dc = trunk.spacing_mm
    row_mm, column_mm = rows.astype(np.float64) * dr, columns.astype(np.float64) * dc
    depth = trunk.depth_mm(level, row_mm, column_mm)
    ahead, lateral = trunk.center_mm[level, 0] - row_mm, np.abs(column_mm - trunk.center_mm[level, 1])
    in_front = (ahead >= np.maximum(s.ahead_mm, s.ahead_per_lateral * lateral)) & (lateral <= s.lateral_mm)
    inside: BoolArray = in_front & (depth >= -s.wall_mm) & (depth <= s.inside_mm)
    return inside


def _table(skeleton: Skeleton, name: str | None) -> BoolArray:
    """Which labels have a name."""
    table = np.zeros(max((bone.id for bone in skeleton.bones), default=0) + 1, dtype=bool)
    table[[bone.id for bone in skeleton.bones if bone.name == name]] = True
    return table


def _clear_nameless(labels: Labels, nameless: BoolArray, trunk: Trunk, s: FreedSettings) -> None:
    """Take what has no name from the front wall of the chest."""
    for k, plane in enumerate(labels):
        level = trunk.level(float(k))
        if level is None or trunk.regions[level] == "pelvis" or not nameless.any():
            continue
        rows, columns = np.nonzero(nameless[plane])
        cartilage = front_wall(trunk, level, rows, columns, s)
        plane[rows[cartilage], columns[cartilage]] = 0


def _clear_beside(labels: Labels, sternum: BoolArray, grid: Grid, s: FreedSettings) -> None:
    """Take from the sternum, seen from the front, what a bar of some height does not fit into, but not its middle."""
    used = np.flatnonzero([sternum[plane[::2, ::2]].any() for plane in labels])
    if len(used) == 0:
        return
    slab = labels[used[0] : used[-1] + 1]
    dz, _, dc = grid.spacing_mm
    seen = np.stack([sternum[plane].any(axis=0) for plane in slab])
    plate = _upright(seen, max(1, round(s.notch_mm / dz)))
    beside = seen & ~plate & (np.abs(_off_middle_mm(plate, dc)) >= s.sternum_half_mm)
    beside = _standing_out(beside, max(1, round(s.stands_out_mm / dc)))
    for plane, columns in zip(slab, beside, strict=True):
        if columns.any():
            part = plane[:, columns]
            part[sternum[part]] = 0
            plane[:, columns] = part


def _standing_out(beside: BoolArray, count: int) -> BoolArray:
    """What is at least so many columns wide, (slices, columns): less is the blurred edge of the sternum."""
    from scipy.ndimage import binary_opening

    wide: BoolArray = binary_opening(beside, np.ones((1, count), dtype=bool))
    return wide


def _upright(seen: BoolArray, count: int) -> BoolArray:
    """What is at least so many slices high, (slices, columns); it goes on beyond the first and last one."""
    from scipy.ndimage import binary_opening

    padded = np.pad(seen, ((count, count), (0, 0)), mode="edge")
    plate: BoolArray = binary_opening(padded, np.ones((count, 1), dtype=bool))[count:-count]
    return plate


def _off_middle_mm(plate: BoolArray, column_mm: float) -> FloatArray:
    """How far each column lies from the middle of the plate in its slice, (slices, columns)."""
    columns = np.arange(plate.shape[1])
    width = plate.sum(axis=1)
    known = np.flatnonzero(width)
    if len(known) == 0:
        return np.zeros(plate.shape)
    middle = np.interp(np.arange(len(plate)), known, (plate[known] @ columns) / width[known])
    off: FloatArray = (columns[None] - middle[:, None]) * column_mm
    return off
