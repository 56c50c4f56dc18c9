"""The spinal canal, which the arches of vertebrae enclose like marrow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import FreedSettings
from calcimeter.model.anatomy import Skeleton
from calcimeter.model.bones import SPINE
from calcimeter.model.grid import BoolArray
from calcimeter.model.trunk import Trunk
from calcimeter.model.volume import Volume

Values = npt.NDArray[np.int16] | npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


def clear_canal(labels: Labels, skeleton: Skeleton, volume: Volume, trunk: Trunk, settings: FreedSettings) -> None:
    """Take from the labels what the spine encloses behind its bodies, in the midline, and is no denser than cord.

    A canal that a gap in its front wall joins with marrow as little dense stays.
    """
    s, (_, dr, dc) = settings, volume.grid.spacing_mm
    spine = np.zeros(max((bone.id for bone in skeleton.bones), default=0) + 1, dtype=bool)
    spine[[bone.id for bone in skeleton.bones if bone.name in SPINE]] = True
    half = s.canal_window_mm[1]
    for k in range(len(labels)) if spine.any() else ():
        level = trunk.level(float(k))
        if level is None:
            continue
        front, middle = float(trunk.front_mm[level]), float(trunk.center_mm[level, 1])
        rows = slice(max(0, round(front / dr)), round((front + s.canal_window_mm[0]) / dr))
        columns = slice(max(0, round((middle - half) / dc)), round((middle + half) / dc))
        plane, values = labels[k, rows, columns], volume.values[k, rows, columns]
        plane[_canal(spine[plane], values, (dr, dc), s)] = 0


def _canal(spine: BoolArray, values: Values, pixel_mm: tuple[float, float], s: FreedSettings) -> BoolArray:
    """The canal in a window of one slice that begins at the front of the spine and has the midline in its middle."""
    from scipy.ndimage import binary_dilation, find_objects, label, uniform_filter

    calmed = uniform_filter(values.astype(np.float32), [1 + 2 * int(s.canal_calm_mm / d / 2) for d in pixel_mm])
    holes, _ = label(spine & (calmed < s.canal_hu))
    canal = np.zeros(spine.shape, dtype=bool)
    for number, box in enumerate(find_objects(holes), 1):
        rows, columns = np.nonzero(holes[box] == number)
        off_mm = (columns.mean() + box[1].start - (spine.shape[1] - 1) / 2) * pixel_mm[1]
        large = len(rows) * pixel_mm[0] * pixel_mm[1] >= s.canal_mm2
        if large and box[0].start * pixel_mm[0] >= s.canal_behind_mm and abs(off_mm) <= s.canal_lateral_mm:
            canal |= holes == number
    reach = max(1, round(s.canal_calm_mm / pixel_mm[0]))
    return binary_dilation(canal, iterations=reach, mask=spine & (values < s.canal_dense_hu)) if canal.any() else canal
