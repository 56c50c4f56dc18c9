"""One lesion up close: a transverse slice with outline and axes, and a reformat through its middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.outline import outlines
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.lesion import Lesion
from calcimeter.model.volume import Region, Volume
from calcimeter.report.canvas import (
    DARK,
    TEXT_PX,
    WHITE,
    Color,
    Overlay,
    draw_orientation,
    draw_scale_bar,
    lesion_color,
)

if TYPE_CHECKING:
    from PIL.Image import Image

WINDOWS_HU = ((600, 150), (1200, 350), (2000, 600))
"""Width and level, faint to dense; a lesion is shown in the first that its densest voxel doesn't burn out by much."""

PANEL_PX = 680
THUMBNAIL_PX = 240

_LETTERS = {0: "RLAP", 1: "RLHF", 2: "APHF"}
_LEAST_WIDTH_MM = 90.0
_LEAST_THUMBNAIL_MM = 50.0
_CONTEXT = 2.2
_OUTSIDE: Color = (34, 40, 50)


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One plane of the volume, as it is shown.

    Parameters
    ----------
    axis : int
        The volume's axis across the plane: 0 transverse, 1 coronal, 2 sagittal.
    index : int
        Where along that axis.
    values, mask : ndarray, (down, right)
        HU, and the lesion's envelope; superior at the top where the plane is a reformat.
    spacing_mm : tuple of float
        Down, right.
    """

    axis: int
    index: int
    values: npt.NDArray[np.generic]
    mask: BoolArray
    spacing_mm: tuple[float, float]

    def to_plane(self, index: FloatArray) -> FloatArray:
        """Place in this plane (n, 2), down and right, of fractional voxel indices (n, 3)."""
        flat: FloatArray = np.delete(np.atleast_2d(index), self.axis, axis=1)
        if self.axis:
            flat[:, 0] = self.values.shape[0] - 1 - flat[:, 0]
        return flat


@dataclass(frozen=True, slots=True)
class Window:
    """The square part of a plane that is shown.

    Parameters
    ----------
    top, left : float
        In voxel edges: voxel k reaches from k to k + 1.
    px_per_voxel : tuple of float
        Down, right.
    size_px : int
    """

    top: float
    left: float
    px_per_voxel: tuple[float, float]
    size_px: int

    def to_px(self, places: FloatArray) -> FloatArray:
        """Pixels from left and top (n, 2) of places in the plane (n, 2), down and right."""
        x = (places[:, 1] + 0.5 - self.left) * self.px_per_voxel[1]
        y = (places[:, 0] + 0.5 - self.top) * self.px_per_voxel[0]
        return np.column_stack([x, y])


def cut(volume: Volume, envelope: Region, axis: int, index: int) -> Plane:
    """The plane across an axis at an index, with what the envelope covers there; views, no copies of the volume."""
    up = slice(None, None, -1) if axis else slice(None)
    values = np.take(volume.values, index, axis=axis)
    mask = np.zeros(values.shape, dtype=bool)
    if envelope.start[axis] <= index < envelope.stop[axis]:
        inner = tuple(s for k, s in enumerate(envelope.slices) if k != axis)
        mask[inner] = np.take(envelope.mask, index - envelope.start[axis], axis=axis)
    down, right = (s for k, s in enumerate(volume.grid.spacing_mm) if k != axis)
    return Plane(axis, index, values[up], mask[up], (down, right))


def window_of(lesion: Lesion) -> tuple[int, int]:
    """Width and level in HU that a lesion is shown in, the same in all its pictures."""
    fitting = [(width, level) for width, level in WINDOWS_HU if lesion.density.max_hu <= level + 0.75 * width]
    return fitting[0] if fitting else WINDOWS_HU[-1]


def axial_plane(volume: Volume, lesion: Lesion) -> Plane:
    """The slice that the axes were measured in."""
    return cut(volume, lesion.deposit.envelope, 0, lesion.extent.axes.slice_index)


def reformat_plane(volume: Volume, lesion: Lesion) -> Plane:
    """Coronal or sagittal through the centroid, whichever shows the wider side."""
    extent = lesion.extent
    axis = 1 if extent.left_right_mm >= extent.anteroposterior_mm else 2
    index = round(float(volume.grid.to_index(extent.centroid_mm)[axis]))
    return cut(volume, lesion.deposit.envelope, axis, min(max(index, 0), volume.grid.shape[axis] - 1))


def frame_lesion(plane: Plane, lesion: Lesion, size_px: int, least_mm: float = _LEAST_WIDTH_MM) -> Window:
    """A square around the lesion that holds it and as much again of its surroundings, at least ``least_mm``."""
    envelope = lesion.deposit.envelope
    low, high = (
        plane.to_plane(np.array(corner, dtype=float) + shift)[0]
        for corner, shift in ((envelope.start, -0.5), (envelope.stop, -0.5))
    )
    spacing = np.array(plane.spacing_mm)
    width_mm = max(least_mm, _CONTEXT * float((np.abs(high - low) * spacing).max()))
    half = width_mm / 2 / spacing
    center = _keep_inside((low + high) / 2 + 0.5, half, np.array(plane.values.shape))
    down, right = (float(s * size_px / width_mm) for s in spacing)
    return Window(float(center[0] - half[0]), float(center[1] - half[1]), (down, right), size_px)


def draw_key_slice(volume: Volume, lesion: Lesion) -> Image:
    """The transverse slice of the axes, with the envelope's outline, both axes and their lengths."""
    plane = axial_plane(volume, lesion)
    window = frame_lesion(plane, lesion, PANEL_PX)
    overlay = _overlay(plane, window, lesion)
    axes = lesion.extent.axes
    for ends_mm, length in ((axes.long_ends_mm, axes.long_axis_mm), (axes.short_ends_mm, axes.short_axis_mm)):
        ends = window.to_px(plane.to_plane(volume.grid.to_index(ends_mm)))
        _draw_axis(overlay, ends, f"{length.value:.1f} mm")
    return overlay.onto(_gray(plane, window, window_of(lesion)))


def draw_reformat(volume: Volume, lesion: Lesion) -> Image:
    """The reformat through the centroid, with the envelope's outline."""
    plane = reformat_plane(volume, lesion)
    window = frame_lesion(plane, lesion, PANEL_PX)
    return _overlay(plane, window, lesion).onto(_gray(plane, window, window_of(lesion)))


def draw_lines(volume: Volume, lesion: Lesion, plane: Plane, lines_mm: list[FloatArray], color: Color) -> Image:
    """A plane with the envelope's outline and lines between places in LPS mm, (2, 3) each."""
    window = frame_lesion(plane, lesion, PANEL_PX)
    overlay = _overlay(plane, window, lesion)
    for ends_mm in lines_mm:
        overlay.line(window.to_px(plane.to_plane(volume.grid.to_index(ends_mm))), color, 2.0)
    return overlay.onto(_gray(plane, window, window_of(lesion)))


def draw_thumbnail(volume: Volume, lesion: Lesion) -> Image:
    """The transverse slice, small, with the outline alone."""
    plane = axial_plane(volume, lesion)
    window = frame_lesion(plane, lesion, THUMBNAIL_PX, _LEAST_THUMBNAIL_MM)
    overlay = Overlay(THUMBNAIL_PX, THUMBNAIL_PX)
    _draw_outline(overlay, plane, window, lesion_color(lesion))
    return overlay.onto(_gray(plane, window, window_of(lesion)))


def _keep_inside(center: FloatArray, half: FloatArray, size: FloatArray) -> FloatArray:
    """The center moved so that no more than needed of the window lies beyond the plane."""
    inside = np.clip(center, np.minimum(half, size / 2), np.maximum(size - half, size / 2))
    return np.asarray(inside, dtype=np.float64)


def _overlay(plane: Plane, window: Window, lesion: Lesion) -> Overlay:
    overlay = Overlay(window.size_px, window.size_px)
    _draw_outline(overlay, plane, window, lesion_color(lesion))
    draw_orientation(overlay, _LETTERS[plane.axis])
    draw_scale_bar(overlay, window.px_per_voxel[1] / plane.spacing_mm[1], left=20)
    width, level = window_of(lesion)
    overlay.text((window.size_px - 14, window.size_px - 14), f"W {width}  L {level}", TEXT_PX - 4, anchor="rs")
    return overlay


def _gray(plane: Plane, window: Window, window_hu: tuple[int, int]) -> Image:
    """The windowed part of a plane, resampled to square pixels; what lies beyond the images is a flat dark blue."""
    from PIL import Image

    span = [window.size_px / scale for scale in window.px_per_voxel]
    low = [int(np.floor(edge)) - 3 for edge in (window.top, window.left)]
    high = [int(np.ceil(edge + n)) + 3 for edge, n in zip((window.top, window.left), span, strict=True)]
    rows, columns = (np.clip(np.arange(a, b), 0, n - 1) for a, b, n in zip(low, high, plane.values.shape, strict=True))
    part = Image.fromarray(plane.values[np.ix_(rows, columns)].astype(np.float32))
    top, left = window.top - low[0], window.left - low[1]
    box = (left, top, left + span[1], top + span[0])
    fine = part.resize((window.size_px, window.size_px), Image.Resampling.BICUBIC, box=box)
    gray = np.clip((np.asarray(fine) - window_hu[1]) / window_hu[0] + 0.5, 0, 1) * 255
    image = Image.fromarray(gray.astype(np.uint8)).convert("RGB")
    return _cover_outside(image, plane, window)


def _cover_outside(image: Image, plane: Plane, window: Window) -> Image:
    """The image with a flat color where the plane has ended."""
    from PIL import ImageDraw

    ends = np.array([(-0.5, -0.5), (plane.values.shape[0] - 0.5, plane.values.shape[1] - 0.5)])
    (left, top), (right, bottom) = window.to_px(ends)
    size = float(window.size_px)
    draw = ImageDraw.Draw(image)
    beyond = ((0.0, 0.0, left, size), (right, 0.0, size, size), (0.0, 0.0, size, top), (0.0, bottom, size, size))
    for x0, y0, x1, y1 in beyond:
        if x1 - x0 >= 1 and y1 - y0 >= 1:
            draw.rectangle((x0, y0, x1 - (x1 < size), y1 - (y1 < size)), fill=_OUTSIDE)
    return image


def _draw_outline(overlay: Overlay, plane: Plane, window: Window, color: Color) -> None:
    """The outline of the envelope: along voxel edges, its corners cut, where it was measured and not smoothed."""
    for outline in outlines(plane.mask):
        overlay.line(window.to_px(outline), color, 1.4)


def _draw_axis(overlay: Overlay, ends: FloatArray, words: str) -> None:
    """A thin line between two places in pixels, with end ticks and its length beyond the end that lies higher."""
    first, second = ends[np.argsort(ends[:, 1])]
    along = (first - second) / max(float(np.hypot(*(first - second))), 1e-6)
    tick = np.array([-along[1], along[0]]) * 6
    ticks = [[tuple(end - tick), tuple(end + tick)] for end in (first, second)]
    for points in ([tuple(first), tuple(second)], *ticks):
        overlay.line(points, DARK, 4.0)  # white alone is not seen on mineral
        overlay.line(points, WHITE, 1.5)
    x, y = first + along * np.array([52.0, 24.0])
    margin_x, margin_y = 60.0, 24.0
    place = (min(max(x, margin_x), overlay.width - margin_x), min(max(y, margin_y), overlay.height - margin_y))
    overlay.text(place, words, TEXT_PX)
