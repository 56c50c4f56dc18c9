"""Drawing on images: anti-aliased lines, text that reads on any ground, scale bars, orientation letters, colors."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Category, Lesion

if TYPE_CHECKING:
    from PIL.Image import Image

Color = tuple[int, int, int]
Place2 = tuple[float, float]
"""A place in an image: pixels from the left and from the top edge."""

PALETTE: tuple[Color, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (204, 121, 167),
    (213, 94, 0),
    (255, 214, 140),
    (184, 226, 252),
    (138, 222, 196),
    (252, 248, 176),
    (240, 196, 220),
    (255, 178, 128),
)
"""Of soft-tissue lesions: six that people with any color vision tell apart (Okabe and Ito 2008), without the blue and
black that vanish on a dark ground, then a pale tint of each."""

MUTED: Color = (164, 158, 196)
"""Of everything else: its number tells it apart."""

GROUND: Color = (13, 15, 19)
WHITE: Color = (245, 246, 248)
DARK: Color = (16, 18, 22)
TEXT_PX = 22
"""Figures are shown at about half their size."""

_SUPERSAMPLING = 2


def lesion_color(lesion: Lesion) -> Color:
    """The color of a lesion, the same in every figure and on the page: its own for soft tissue, muted for the rest."""
    return PALETTE[(lesion.id - 1) % len(PALETTE)] if lesion.category is Category.SOFT_TISSUE else MUTED


class Overlay:
    """Lines and text over an image of a size in pixels; drawn large, so that edges are smooth when laid over it."""

    def __init__(self, width: int, height: int) -> None:
        from PIL import Image, ImageDraw

        self.width, self.height = width, height
        self._image = Image.new("RGBA", (width * _SUPERSAMPLING, height * _SUPERSAMPLING), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: FloatArray | list[Place2], color: Color, width: float = 1.5) -> None:
        """A line through places in pixels, (n, 2)."""
        corners = [(float(x) * _SUPERSAMPLING, float(y) * _SUPERSAMPLING) for x, y in points]
        self._draw.line(corners, fill=(*color, 255), width=max(1, round(width * _SUPERSAMPLING)), joint="curve")

    def disk(self, center: Place2, radius: float, *, fill: Color, edge: Color) -> None:
        """A filled circle with an edge."""
        box = [float(c + s * radius) * _SUPERSAMPLING for s in (-1, 1) for c in center]
        self._draw.ellipse(box, fill=(*fill, 255), outline=(*edge, 255), width=2 * _SUPERSAMPLING)

    def text(self, place: Place2, words: str, size: float, color: Color = WHITE, *, anchor: str = "mm") -> None:
        """Text with a dark rim; ``anchor`` as Pillow names it ("mm": the middle lies at the place)."""
        self._write(place, words, size, color, anchor=anchor, rim=round(1.5 * _SUPERSAMPLING))

    def number(self, place: Place2, words: str, size: float, color: Color) -> None:
        """Text without a rim, centered: for the inside of a disk."""
        self._write(place, words, size, color, anchor="mm", rim=0)

    def onto(self, image: Image) -> Image:
        """The image with what was drawn on it."""
        from PIL import Image as Images

        small = self._image.resize((self.width, self.height), Images.Resampling.LANCZOS)
        return Images.alpha_composite(image.convert("RGBA"), small).convert("RGB")

    def _write(self, place: Place2, words: str, size: float, color: Color, *, anchor: str, rim: int) -> None:
        from PIL import ImageFont

        x, y = (float(c) * _SUPERSAMPLING for c in place)
        font = ImageFont.load_default(size * _SUPERSAMPLING)
        self._draw.text(
            (x, y), words, font=font, fill=(*color, 255), anchor=anchor, stroke_width=rim, stroke_fill=(0, 0, 0, 255)
        )


def draw_scale_bar(overlay: Overlay, px_per_mm: float, *, left: float) -> None:
    """A bar of a round length, about a quarter of the width, in the lower left corner, labeled in cm or mm."""
    wanted_mm = overlay.width / px_per_mm / 4
    length_mm = max((n for n in (1, 2, 5, 10, 20, 50, 100, 200) if n <= wanted_mm), default=1)
    right, base = left + length_mm * px_per_mm, overlay.height - 16.0
    bar = [(left, base - 7), (left, base), (right, base), (right, base - 7)]
    overlay.line(bar, DARK, 5)
    overlay.line(bar, WHITE, 2.5)
    words = f"{length_mm // 10} cm" if length_mm >= 10 else f"{length_mm} mm"
    overlay.text(((left + right) / 2, base - 19), words, TEXT_PX)


def draw_orientation(overlay: Overlay, letters: str, *, sides_px: float | None = None) -> None:
    """The patient's directions at the left, right, top and bottom edge, in this order, one letter each.

    Those of the sides stand at half height, or at ``sides_px`` from the top.
    """
    inset = 18.0
    middle, beside = overlay.width / 2, overlay.height / 2 if sides_px is None else sides_px
    places = ((inset, beside), (overlay.width - inset, beside), (middle, inset), (middle, overlay.height - inset))
    for place, letter in zip(places, letters, strict=True):
        overlay.text(place, letter, TEXT_PX + 2, WHITE)


def to_png(image: Image) -> bytes:
    """PNG bytes, equal for equal images: no time, no text chunks."""
    file = BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def blend(ground: FloatArray, color: Color, weight: FloatArray) -> FloatArray:
    """A picture (rows, columns, 3) with a color laid over it, as opaque as the weight (rows, columns), 0 to 1, says."""
    mixed: FloatArray = ground + (np.array(color, dtype=np.float64) - ground) * weight[..., None]
    return mixed
