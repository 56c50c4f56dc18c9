"""The skeleton at a glance, from the front and from the patient's left: shaded bones, deposits in their colors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calcimeter.model.anatomy import Skeleton
from calcimeter.model.grid import FloatArray, Grid
from calcimeter.model.lesion import Lesion
from calcimeter.report.canvas import GROUND, Color, Overlay, blend, draw_orientation, draw_scale_bar, lesion_color
from calcimeter.report.gutter import GUTTER_PX, LETTER_PX
from calcimeter.report.projection import LETTERS, SUMMED_AXIS, Frame, Shadow, annotate

if TYPE_CHECKING:
    from PIL.Image import Image

FAMILIES: tuple[tuple[Color, frozenset[str]], ...] = (
    ((222, 206, 176), frozenset({"cervical_spine", "thoracic_spine", "lumbar_spine", "sacrum", "coccyx", "skull"})),
    ((196, 200, 190), frozenset({"rib", "sternum", "mandible", "patella"})),
    ((190, 178, 190), frozenset({"hip_bone", "scapula", "tibia", "radius", "tarsus", "carpus"})),
    ((184, 196, 208), frozenset({"femur", "humerus", "fibula", "ulna", "clavicle", "hand", "foot"})),
)
"""Quiet colors, different for bones that meet."""

UNNAMED: Color = (146, 148, 152)
_SKIN: Color = (44, 52, 64)
_LIGHT = (-0.42, 0.5, 0.76)
"""From where light falls: right, up, toward the viewer."""
_PIXEL_MM = 1.3
_SMOOTH_PX = 3
_STEP_MM = 7.0
"""A jump in depth is an edge between two bones, over which nothing is smoothed."""
_FOG, _AMBIENT, _BEHIND = 0.45, 0.3, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """What a viewer sees of the bones: slices (upward) by rows or columns, thinned out to about a millimeter.

    Parameters
    ----------
    depth_mm : ndarray, (up, across)
        From the viewer's side of the images to the first bone; infinite where there is none.
    ids : ndarray of int, (up, across)
        That bone, 0 for none.
    steps : tuple of int
        Voxels from one pixel to the next: slices, rows, columns.
    depth_step_mm : float
        Between voxels along the line of sight.
    last : int
        The column that a viewer at the patient's left counts from.
    """

    shadow: Shadow
    depth_mm: FloatArray
    ids: npt.NDArray[np.int64]
    steps: tuple[int, int, int]
    depth_step_mm: float
    last: int


def look_at(skeleton: Skeleton, grid: Grid, shadows: tuple[Shadow, Shadow]) -> tuple[Relief, Relief]:
    """Both views in one pass, slice by slice."""
    a, b, c = (max(1, round(_PIXEL_MM / spacing)) for spacing in grid.spacing_mm)
    labels = skeleton.labels[::a, ::b, ::c]
    slices, rows, columns = labels.shape
    front = (np.full((slices, columns), np.inf), np.zeros((slices, columns), dtype=np.int64))
    left = (np.full((slices, rows), np.inf), np.zeros((slices, rows), dtype=np.int64))
    for k in range(slices):
        plane = np.ascontiguousarray(labels[k])
        if plane.any():
            _first(plane, b * grid.spacing_mm[1], (front[0][k], front[1][k]))
            _first(np.ascontiguousarray(plane.T[::-1]), c * grid.spacing_mm[2], (left[0][k], left[1][k]))
    steps, last = (a, b, c), (columns - 1) * c
    return (
        Relief(shadows[0], *front, steps, grid.spacing_mm[1], last),
        Relief(shadows[1], *left, steps, grid.spacing_mm[2], last),
    )


def draw_bones(relief: Relief, frame: Frame, lesions: tuple[Lesion, ...], skeleton: Skeleton) -> Image:
    """One view of the bones, with gutters that hold the lesions' numbers; faint where a bone lies before a lesion."""
    from PIL import Image

    picture = _painted(relief, frame, skeleton)
    for lesion in reversed(lesions):
        _add_lesion(picture, lesion, relief, frame)
    width, height = frame.size_px
    canvas = Image.new("RGB", (width + 2 * GUTTER_PX, height), GROUND)
    canvas.paste(Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)), (GUTTER_PX, 0))
    overlay = Overlay(*canvas.size)
    annotate(overlay, lesions, relief.shadow.view, frame)
    draw_orientation(overlay, LETTERS[relief.shadow.view], sides_px=LETTER_PX)
    draw_scale_bar(overlay, frame.px_per_mm, left=GUTTER_PX)
    return overlay.onto(canvas)


def _first(plane: npt.NDArray[np.generic], step_mm: float, out: tuple[FloatArray, npt.NDArray[np.int64]]) -> None:
    """Depth and label of the first bone down each column of a plane."""
    row = (plane != 0).argmax(axis=0)
    label = np.take_along_axis(plane, row[None], axis=0)[0]
    out[0][:] = np.where(label != 0, row * step_mm, np.inf)
    out[1][:] = label


def _painted(relief: Relief, frame: Frame, skeleton: Skeleton) -> FloatArray:
    """The body as a flat shade, and the bones before it."""
    colors = np.zeros((int(relief.ids.max(initial=0)) + 1, 3))
    for bone in skeleton.bones:
        if bone.id < len(colors):
            colors[bone.id] = next((color for color, names in FAMILIES if bone.name in names), UNNAMED)
    spacing_mm = frame.spacing_mm[0] * relief.steps[0], frame.spacing_mm[1] * _across(relief)
    bones = colors[relief.ids] * _shade(relief.depth_mm, spacing_mm)[..., None]
    width, height = frame.size_px
    ground = np.broadcast_to(np.array(GROUND, dtype=np.float64), (height, width, 3))
    body = _fit((relief.shadow.soft > 0).astype(np.float64), frame, (1, 1))
    steps = (relief.steps[0], _across(relief))
    cover = _fit((relief.ids > 0).astype(np.float64), frame, steps)
    color = np.stack([_fit(bones[..., k], frame, steps) for k in range(3)], axis=-1)
    return blend(ground, _SKIN, np.clip(body, 0, 1)) * (1 - cover[..., None]) + color


def _across(relief: Relief) -> int:
    """Voxels from one pixel to the next, sideways."""
    return relief.steps[3 - SUMMED_AXIS[relief.shadow.view]]


def _shade(depth_mm: FloatArray, spacing_mm: tuple[float, float]) -> FloatArray:
    """Brightness of a relief, 0 to 1: light from the upper left, dimmer where it is deep and beside what is nearer."""
    seen = np.isfinite(depth_mm)
    if not seen.any():
        return np.zeros(depth_mm.shape)
    near, far = float(depth_mm[seen].min()), float(depth_mm[seen].max())
    flat = np.where(seen, depth_mm, far + 1e3)
    smooth = _smoothed(_smoothed(flat))
    up, right = np.gradient(smooth, *spacing_mm)
    up, right = np.clip(up, -4, 4), np.clip(right, -4, 4)
    lit = (right * _LIGHT[0] + up * _LIGHT[1] + _LIGHT[2]) / np.sqrt(1 + right**2 + up**2)
    fog = 1 - _FOG * (flat - near) / max(far - near, 1.0)
    beside = np.clip((flat - _nearest_around(flat)) / 40.0, 0, 1)
    shade = (_AMBIENT + (1 - _AMBIENT) * np.clip(lit, 0, 1)) * fog * (1 - 0.45 * beside)
    return np.where(seen, np.clip(1.12 * shade, 0, 1), 0.0)


def _smoothed(depth_mm: FloatArray) -> FloatArray:
    """The mean of what is around each pixel and no more than a step nearer or farther."""
    total, count = np.zeros(depth_mm.shape), np.zeros(depth_mm.shape)
    for rows in range(-_SMOOTH_PX, _SMOOTH_PX + 1):
        for columns in range(-_SMOOTH_PX, _SMOOTH_PX + 1):
            other = np.roll(depth_mm, (rows, columns), (0, 1))
            close = np.abs(other - depth_mm) < _STEP_MM
            total += np.where(close, other, 0.0)
            count += close
    mean: FloatArray = total / count
    return mean


def _nearest_around(depth_mm: FloatArray) -> FloatArray:
    """The least depth within a few pixels."""
    least = depth_mm
    for axis in (0, 1):
        least = np.min([np.roll(least, k, axis) for k in range(-_SMOOTH_PX, _SMOOTH_PX + 1)], axis=0)
    return least


def _fit(part: FloatArray, frame: Frame, steps: tuple[int, int]) -> FloatArray:
    """The framed part of a view at the picture's size, superior at the top."""
    from PIL import Image

    upright = Image.fromarray(np.ascontiguousarray(part[::-1], dtype=np.float32))
    top = part.shape[0] - frame.top / steps[0]
    bottom = part.shape[0] - frame.bottom / steps[0]
    box = (frame.left / steps[1], max(top, 0.0), min(frame.right / steps[1], part.shape[1]), min(bottom, part.shape[0]))
    return np.asarray(upright.resize(frame.size_px, Image.Resampling.BICUBIC, box=box), dtype=np.float64)


def _add_lesion(picture: FloatArray, lesion: Lesion, relief: Relief, frame: Frame) -> None:
    """Lay a lesion over the picture: full where it lies before the bones, faint where behind them."""
    region, axis = lesion.deposit.envelope, SUMMED_AXIS[relief.shadow.view]
    hit = region.mask.any(axis=axis)
    (top, side), (end, other) = np.delete(region.start, axis), np.delete(region.stop, axis)
    up = np.minimum(np.arange(top, end) // relief.steps[0], relief.depth_mm.shape[0] - 1)
    across = np.minimum(np.arange(side, other) // _across(relief), relief.depth_mm.shape[1] - 1)
    before = _depth_mm(lesion, relief) <= relief.depth_mm[np.ix_(up, across)]
    weight = np.zeros(relief.shadow.soft.shape)
    weight[top:end, side:other] = hit * np.where(before, 0.95, _BEHIND)
    fitted = np.clip(_fit(weight, frame, (1, 1)), 0, 1)
    shown = np.ix_(fitted.any(axis=1), fitted.any(axis=0))
    picture[shown] = blend(picture[shown], lesion_color(lesion), fitted[shown])


def _depth_mm(lesion: Lesion, relief: Relief) -> FloatArray:
    """From the viewer's side of the images to a lesion, by its rows or columns."""
    region = lesion.deposit.envelope
    if relief.shadow.view == "coronal":
        voxels = region.start[1] + region.mask.argmax(axis=1)
    else:
        voxels = relief.last - (region.stop[2] - 1 - region.mask[:, :, ::-1].argmax(axis=2))
    depth: FloatArray = voxels * relief.depth_step_mm
    return depth
