"""The whole scan at a glance: a simulated radiograph from the front and from the side, lesions tinted and numbered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.outline import outlines
from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Category, Lesion
from calcimeter.report.canvas import (
    DARK,
    GROUND,
    TEXT_PX,
    Overlay,
    blend,
    draw_orientation,
    draw_scale_bar,
    lesion_color,
)
from calcimeter.report.gutter import GUTTER_PX, LETTER_PX, RADIUS_PX, number_places

if TYPE_CHECKING:
    from PIL.Image import Image

View = Literal["coronal", "sagittal"]
LETTERS: dict[View, str] = {"coronal": "RLHF", "sagittal": "APHF"}

SUMMED_AXIS: dict[View, int] = {"coronal": 1, "sagittal": 2}
_LARGEST_PX = 900
_MARGIN_MM = 8.0
_BONE_HU = 150
_SOFT: tuple[int, int, int] = (112, 126, 146)
_BONE: tuple[int, int, int] = (240, 233, 219)


@dataclass(frozen=True, slots=True, eq=False)
class Shadow:
    """What the rays of one view met, on the voxel grid: slices (upward) by rows or columns.

    Parameters
    ----------
    view : View
    soft : ndarray, (slices, across)
        Path through the body, in voxels of water.
    dense : ndarray, (slices, across)
        HU above 150, summed along the ray.
    """

    view: View
    soft: npt.NDArray[np.float32]
    dense: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The part of the shadow that is shown, and its scale, in voxel edges: both views share ``px_per_mm``."""

    top: int
    bottom: int
    left: int
    right: int
    px_per_mm: float
    spacing_mm: tuple[float, float]

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the picture without its gutters."""
        width = (self.right - self.left) * self.spacing_mm[1] * self.px_per_mm
        height = (self.top - self.bottom) * self.spacing_mm[0] * self.px_per_mm
        return (max(1, round(width)), max(1, round(height)))

    def to_px(self, index: npt.ArrayLike) -> FloatArray:
        """Pixels (n, 2), from left and top, of voxel indices (n, 2) along slices and across."""
        points = np.atleast_2d(np.asarray(index, dtype=np.float64))
        width, height = self.size_px
        x = (points[:, 1] + 0.5 - self.left) / (self.right - self.left) * width
        y = (self.top - points[:, 0] - 0.5) / (self.top - self.bottom) * height
        return np.column_stack([x + GUTTER_PX, y])


def cast_shadows(analysis: CTAnalysis) -> tuple[Shadow, Shadow]:
    """Both views in one pass, slice by slice: never a float copy of the volume."""
    values, body = analysis.study.volume.values, analysis.anatomy.body
    slices, rows, columns = values.shape
    soft = [np.zeros((slices, across), dtype=np.float32) for across in (columns, rows)]
    dense = [np.zeros((slices, across), dtype=np.float32) for across in (columns, rows)]
    for k in range(slices):
        inside = body.plane(k)
        water = (np.clip(values[k], -1000, 100) + np.float32(1000)) * inside
        excess = (np.clip(values[k], _BONE_HU, 2000) - np.float32(_BONE_HU)) * inside
        for axis in (0, 1):
            soft[axis][k] = water.sum(axis=axis) / 1000
            dense[axis][k] = excess.sum(axis=axis)
    return Shadow("coronal", soft[0], dense[0]), Shadow("sagittal", soft[1], dense[1])


def frame_both(analysis: CTAnalysis, shadows: tuple[Shadow, Shadow]) -> tuple[Frame, Frame]:
    """The body with a small margin, in both views at one scale: they stand side by side at the same height."""
    grid = analysis.study.volume.grid
    up, down, right = grid.spacing_mm
    across_mm = {"coronal": right, "sagittal": down}
    shown = shadows[0].soft.max(axis=1) > 0
    bottom, top = _span(shown, up)
    spans = [_span(shadow.soft.max(axis=0) > 0, across_mm[shadow.view]) for shadow in shadows]
    longest = max((high - low) * across_mm[s.view] for (low, high), s in zip(spans, shadows, strict=True))
    scale = _LARGEST_PX / max(longest, (top - bottom) * up)
    first, second = (
        Frame(top, bottom, low, high, scale, (up, across_mm[shadow.view]))
        for (low, high), shadow in zip(spans, shadows, strict=True)
    )
    return first, second


def draw_projection(shadow: Shadow, frame: Frame, lesions: tuple[Lesion, ...]) -> Image:
    """The picture of one view, with gutters that hold the lesions' numbers."""
    from PIL import Image

    picture = _radiograph(shadow, frame)
    for lesion in reversed(lesions):  # the first lesions, soft tissue, come to lie on top
        _tint(picture, lesion, shadow, frame)
    width, height = frame.size_px
    canvas = Image.new("RGB", (width + 2 * GUTTER_PX, height), GROUND)
    canvas.paste(Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)), (GUTTER_PX, 0))
    overlay = Overlay(*canvas.size)
    annotate(overlay, lesions, shadow.view, frame)
    draw_orientation(overlay, LETTERS[shadow.view], sides_px=LETTER_PX)
    draw_scale_bar(overlay, frame.px_per_mm, left=GUTTER_PX)
    return overlay.onto(canvas)


def annotate(overlay: Overlay, lesions: tuple[Lesion, ...], view: View, frame: Frame) -> None:
    """Outline every lesion in a view, and number it in a gutter."""
    _draw_outlines(overlay, lesions, view, frame)
    _draw_numbers(overlay, lesions, view, frame)


def _span(shown: npt.NDArray[np.bool_], spacing_mm: float) -> tuple[int, int]:
    """First and after-last index that is shown, with a margin; everything where nothing is."""
    hits = np.flatnonzero(shown)
    if not hits.size:
        return 0, len(shown)
    margin = int(np.ceil(_MARGIN_MM / spacing_mm))
    return max(0, int(hits[0]) - margin), min(len(shown), int(hits[-1]) + 1 + margin)


def _radiograph(shadow: Shadow, frame: Frame) -> FloatArray:
    """Soft tissue as a faint haze, bone in ivory; brightness by path length, so that overlap reads as on film."""
    soft, dense = (_fit(part, frame) for part in (shadow.soft, shadow.dense))
    haze = np.clip(soft / max(float(np.percentile(soft, 99)), 1e-6), 0, 1) ** 1.3
    bright = np.clip(dense / max(float(np.percentile(dense, 99.7)), 1e-6), 0, 1) ** 0.6
    width, height = frame.size_px
    ground = np.broadcast_to(np.array(GROUND, dtype=np.float64), (height, width, 3))
    return blend(blend(ground, _SOFT, 0.62 * haze), _BONE, 0.8 * bright)


def _fit(part: npt.NDArray[np.float32], frame: Frame) -> FloatArray:
    """The framed part at the picture's size, superior at the top."""
    from PIL import Image

    upright = np.ascontiguousarray(part[frame.bottom : frame.top, frame.left : frame.right][::-1], dtype=np.float32)
    fitted = Image.fromarray(upright).resize(frame.size_px, Image.Resampling.BICUBIC)
    return np.maximum(np.asarray(fitted, dtype=np.float64), 0)


def _tint(picture: FloatArray, lesion: Lesion, shadow: Shadow, frame: Frame) -> None:
    """Lay one lesion's mineral over the picture in its color, more opaque where the ray's path through it is longer."""
    region, axis = lesion.deposit.dense or lesion.deposit.envelope, SUMMED_AXIS[shadow.view]
    path = np.zeros(shadow.soft.shape, dtype=np.float32)
    start, stop = np.delete(region.start, axis), np.delete(region.stop, axis)
    path[start[0] : stop[0], start[1] : stop[1]] = region.mask.sum(axis=axis)
    fitted = _fit(path, frame)
    weight = np.sqrt(np.clip(fitted / max(float(path.max()), 1e-6), 0, 1))
    shown = np.ix_(weight.any(axis=1), weight.any(axis=0))
    picture[shown] = blend(picture[shown], lesion_color(lesion), 0.85 * weight[shown])


def _draw_outlines(overlay: Overlay, lesions: tuple[Lesion, ...], view: View, frame: Frame) -> None:
    """A fine line around the shadow of every envelope."""
    for lesion in lesions:
        region, axis = lesion.deposit.envelope, SUMMED_AXIS[view]
        start = np.delete(region.start, axis)
        for outline in outlines(np.asarray(region.mask.any(axis=axis))):
            overlay.line(frame.to_px(outline + start), lesion_color(lesion), 1.2)


def _draw_numbers(overlay: Overlay, lesions: tuple[Lesion, ...], view: View, frame: Frame) -> None:
    """Each lesion's number in a gutter, with a leader line: a filled disk for soft tissue, hollow for the rest."""
    centers = [np.delete(lesion.deposit.envelope.centroid(), SUMMED_AXIS[view]) for lesion in lesions]
    targets = [(float(x), float(y)) for x, y in (frame.to_px(center)[0] for center in centers)]
    places = number_places(targets, overlay.width, overlay.height)
    numbered = list(zip(lesions, targets, places, strict=False))
    for lesion, target, place in reversed(numbered):
        overlay.line([target, place], lesion_color(lesion), 1.2 if lesion.category is Category.SOFT_TISSUE else 0.7)
    for lesion, _, place in numbered:
        color, soft = lesion_color(lesion), lesion.category is Category.SOFT_TISSUE
        overlay.disk(place, RADIUS_PX, fill=color if soft else DARK, edge=color)
        overlay.number(place, str(lesion.id), TEXT_PX - 1, DARK if soft else color)
