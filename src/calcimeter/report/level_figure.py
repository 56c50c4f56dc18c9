"""Fluid-calcium levels of a lesion: the slice with its levels drawn, and beside it HU by height above the widest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Lesion
from calcimeter.model.measures import Level
from calcimeter.model.volume import Volume
from calcimeter.report import keyslice
from calcimeter.report.canvas import GROUND, TEXT_PX, WHITE, Color, Overlay

if TYPE_CHECKING:
    from PIL.Image import Image

PROFILE_PX = 560
LEVEL: Color = (255, 92, 92)
AXIS: Color = (120, 126, 140)
_NEAR_MM = 3.0
"""Levels of other locules are drawn if their middle lies this near to the slice."""
_STEP_MM, _ASIDE_MM = 0.25, 2.0
_ROUND_HU = (50, 100, 200, 250, 500, 1000)


def widest_level(lesion: Lesion) -> Level | None:
    """The level that the figure shows; None without any."""
    levels = lesion.fluid_level.levels
    return max(levels, key=lambda level: level.width_mm) if levels else None


def draw_level(volume: Volume, lesion: Lesion) -> Image:
    """The transverse slice through the middle of the widest level with all levels near it, and the profile beside."""
    from PIL import Image

    level = widest_level(lesion)
    assert level is not None
    index = round(float(volume.grid.to_index(level.center_mm)[0]))
    plane = keyslice.cut(volume, lesion.deposit.envelope, 0, min(max(index, 0), volume.grid.shape[0] - 1))
    lines = [_line_mm(one, lesion, volume) for one in lesion.fluid_level.levels if _is_near(one, level, volume)]
    picture = keyslice.draw_lines(volume, lesion, plane, lines, LEVEL)
    both = Image.new("RGB", (picture.width + PROFILE_PX, picture.height), GROUND)
    both.paste(picture, (0, 0))
    both.paste(_draw_profile(level, picture.height), (picture.width, 0))
    return both


def _is_near(one: Level, other: Level, volume: Volume) -> bool:
    """Whether two levels lie in about the same slice."""
    apart = volume.grid.to_index(one.center_mm) - volume.grid.to_index(other.center_mm)
    return bool(abs(apart[0]) * volume.grid.spacing_mm[0] <= max(_NEAR_MM, volume.grid.spacing_mm[0]))


def _line_mm(level: Level, lesion: Lesion, volume: Volume) -> FloatArray:
    """Ends of a level in its slice, LPS: as far as HU are higher below it than above."""
    assert lesion.fluid_level.gravity_lps is not None
    down = np.array(lesion.fluid_level.gravity_lps)
    along = np.cross(down, volume.grid.affine[:3, 0] / volume.grid.spacing_mm[0])
    along /= max(float(np.linalg.norm(along)), 1e-9)
    steps_mm = np.arange(-level.width_mm, level.width_mm + _STEP_MM, _STEP_MM)
    points = np.array(level.center_mm) + steps_mm[:, None] * along
    middle = (level.hu_above + level.hu_below) / 2
    stepping = (_hu(volume, points + _ASIDE_MM * down) >= middle) & (_hu(volume, points - _ASIDE_MM * down) < middle)
    runs = np.split(np.arange(len(points)), np.flatnonzero(np.diff(stepping.astype(int))) + 1)
    runs = [run for run in runs if stepping[run[0]]] or [np.arange(len(points))]
    longest = max(runs, key=lambda run: (len(run), -abs(float(steps_mm[run].mean()))))
    return np.asarray(points[[longest[0], longest[-1]]], dtype=np.float64)


def _hu(volume: Volume, points_mm: FloatArray) -> FloatArray:
    """HU of the nearest voxels, the border's beyond it."""
    index = np.rint(volume.grid.to_index(points_mm)).astype(int)
    k, r, c = np.clip(index, 0, np.array(volume.grid.shape) - 1).T
    return np.asarray(volume.values[k, r, c], dtype=np.float64)


def _draw_profile(level: Level, height_px: int) -> Image:
    """HU to the right, height above the level upward."""
    from PIL import Image

    overlay = Overlay(PROFILE_PX, height_px)
    left, right, top, bottom = 84.0, PROFILE_PX - 28.0, 64.0, height_px - 76.0
    heights, values = np.array(level.profile_mm), np.array(level.profile_hu)
    reach = float(np.abs(heights).max())
    step = next((n for n in _ROUND_HU if np.ptp(values) / n <= 6), _ROUND_HU[-1])
    low, high = np.floor(values.min() / step) * step, np.ceil(values.max() / step) * step
    places = np.column_stack(
        [
            left + (values - low) / (high - low) * (right - left),
            (top + bottom) / 2 - heights / reach * (bottom - top) / 2,
        ]
    )
    overlay.line([(left, top), (left, bottom), (right, bottom)], AXIS, 1.5)
    for hu in np.arange(low, high + 1, step):
        x = left + (hu - low) / (high - low) * (right - left)
        overlay.line([(x, bottom), (x, bottom + 6)], AXIS, 1.5)
        overlay.text((x, bottom + 22), f"{hu:.0f}", TEXT_PX - 4)
    for mm in range(-int(reach // 5) * 5, int(reach // 5) * 5 + 1, 5):
        y = (top + bottom) / 2 - mm / reach * (bottom - top) / 2
        overlay.line([(left - 6, y), (left, y)], AXIS, 1.5)
        overlay.text((left - 12, y), f"{mm:+d}" if mm else "0", TEXT_PX - 4, anchor="rm")
    overlay.line([(left, (top + bottom) / 2), (right, (top + bottom) / 2)], LEVEL, 1.5)
    overlay.line(places, WHITE, 2.5)
    overlay.text((left, top - 30), "Height above the level, mm", TEXT_PX - 2, anchor="lm")
    overlay.text((right, bottom + 50), "HU, mean over the level", TEXT_PX - 2, anchor="rm")
    return overlay.onto(Image.new("RGB", (PROFILE_PX, height_px), GROUND))
