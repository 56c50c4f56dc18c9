"""The pictures of a radiograph: the whole image, and each deposit with its outline and axes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray
from calcimeter.model.radiograph import Radiograph, RadiographDeposit
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.report.canvas import DARK, GROUND, PALETTE, WHITE, Color, Overlay, draw_scale_bar, to_png

if TYPE_CHECKING:
    from PIL.Image import Image

WHOLE_PX, CROP_PX = 900, 560
MARGIN = 0.6
"""Around a deposit, of its size."""
GUTTER_PX = 36
"""Width on either side of a picture, for the letters of left and right."""
SUSPECT: Color = (213, 94, 0)
WINDOW = (0.5, 99.7)
"""Percentiles that are black and white."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the report: file name without ending, PNG, what it shows, size, and its deposit's id."""

    name: str
    png: bytes
    caption: str
    size_px: tuple[int, int]
    deposit: int | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    """A part of the image that is drawn, and how large: first column and row, columns and rows, pixels a pixel."""

    left: int
    top: int
    width: int
    height: int
    scale: float

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the picture without its gutters."""
        return max(round(self.width * self.scale), 1), max(round(self.height * self.scale), 1)

    def places(self, points: FloatArray) -> FloatArray:
        """Places on the picture of columns and rows."""
        return np.asarray((np.asarray(points, dtype=np.float64) - (self.left, self.top) + 0.5) * self.scale)


def draw_radiograph(analysis: RadiographAnalysis) -> tuple[Picture, ...]:
    """The whole image with all deposits, then one picture a deposit. Equal analyses give equal bytes."""
    rows, columns = analysis.study.values.shape
    whole = _Frame(0, 0, columns, rows, WHOLE_PX / max(rows, columns))
    image = _drawn(analysis, whole, analysis.deposits, axes=False)
    marked = "The whole image, bright where dense; deposits are outlined and numbered"
    asked = ", dashed boxes are shadows that can't be told from bone" if analysis.suspects else ""
    pictures = [Picture("radiograph", to_png(image), f"{marked}{asked}.", image.size)]
    for deposit in analysis.deposits:
        image = _drawn(analysis, _around(deposit, (rows, columns)), (deposit,), axes=True)
        caption = f"Deposit {deposit.id}: outline, long and short axis."
        pictures.append(Picture(f"deposit-{deposit.id}", to_png(image), caption, image.size, deposit.id))
    return tuple(pictures)


def deposit_color(deposit: RadiographDeposit) -> Color:
    """The color of a deposit, the same in every figure and result."""
    return PALETTE[(deposit.id - 1) % len(PALETTE)]


def _around(deposit: RadiographDeposit, shape: tuple[int, int]) -> _Frame:
    (top, left), (height, width) = deposit.region.start, deposit.region.mask.shape
    margin = round(MARGIN * max(height, width)) + 8
    first = max(left - margin, 0), max(top - margin, 0)
    last = min(left + width + margin, shape[1]), min(top + height + margin, shape[0])
    size = last[0] - first[0], last[1] - first[1]
    return _Frame(*first, *size, CROP_PX / max(size))


def _drawn(
    analysis: RadiographAnalysis, frame: _Frame, deposits: tuple[RadiographDeposit, ...], *, axes: bool
) -> Image:
    from PIL import Image as Images

    study = analysis.study
    part = study.values[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
    gray = _windowed(part, study, of_part=axes)
    size = frame.size_px
    shrinking = Images.Resampling.BOX if frame.scale < 1 else Images.Resampling.BICUBIC
    image = Images.fromarray(gray).resize(size, shrinking)
    overlay = Overlay(*size)
    pixel_mm = study.calibration.pixel_mm
    if pixel_mm is not None:
        draw_scale_bar(overlay, frame.scale / pixel_mm, left=20)
    for deposit in deposits:
        _mark(overlay, frame, deposit, axes=axes)
    if not axes:
        for suspect in analysis.suspects:
            _box(overlay, frame, suspect.box_px)
    return _with_directions(overlay.onto(image.convert("RGB")), study)


def _windowed(part: npt.NDArray[np.float32], study: Radiograph, *, of_part: bool) -> npt.NDArray[np.uint8]:
    """Gray levels for the eye; measured is on the values themselves."""
    values = part if of_part else study.values[study.exposed]
    low, high = np.percentile(values.ravel()[:: max(1, values.size // 200_000)], WINDOW)
    span = max(float(high - low), 1e-6)
    return np.asarray(np.clip((part - low) / span, 0, 1) * 255).astype(np.uint8)


def _with_directions(picture: Image, study: Radiograph) -> Image:
    """The patient's left and right in gutters beside the picture, where the header tells them; nothing is guessed.

    On the picture itself a letter would hide what lies there, and could be taken for one of the film.
    """
    from PIL import Image as Images

    if study.columns_toward is None:
        return picture
    letters = ("R", "L") if study.columns_toward == "left" else ("L", "R")
    canvas = Images.new("RGB", (picture.width + 2 * GUTTER_PX, picture.height), GROUND)
    canvas.paste(picture, (GUTTER_PX, 0))
    overlay = Overlay(*canvas.size)
    for letter, x in zip(letters, (GUTTER_PX / 2, overlay.width - GUTTER_PX / 2), strict=True):
        overlay.text((x, overlay.height / 2), letter, 24, WHITE)
    return overlay.onto(canvas)


def _mark(overlay: Overlay, frame: _Frame, deposit: RadiographDeposit, *, axes: bool) -> None:
    color = deposit_color(deposit)
    outline = frame.places(deposit.outline_px)
    overlay.line(outline, color, 2.0)
    if axes:
        for ends in (deposit.axes.long_ends_px, deposit.axes.short_ends_px):
            overlay.line(frame.places(ends), DARK, 4.0)  # white alone is not seen on mineral
            overlay.line(frame.places(ends), WHITE, 1.5)
        return
    top = outline[outline[:, 1].argmin()]
    overlay.text((float(top[0]), max(float(top[1]) - 14, 14.0)), str(deposit.id), 24, color)


def _box(overlay: Overlay, frame: _Frame, box_px: tuple[int, int, int, int]) -> None:
    """A dashed box."""
    left, top, right, bottom = box_px
    (x0, y0), (x1, y1) = frame.places(np.array([[left - 0.5, top - 0.5], [right + 0.5, bottom + 0.5]]))
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    for start, end in pairwise(corners):
        steps = max(int(np.hypot(end[0] - start[0], end[1] - start[1]) // 6), 2)
        along = np.linspace(start, end, steps + 1)
        for k in range(0, steps, 2):
            overlay.line(along[k : k + 2], SUSPECT, 1.5)
