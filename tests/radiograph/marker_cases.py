"""Lead letters laid on images, in fonts that no template was drawn from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

OWN = "font of Pillow"
SERIF = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
FONTS = (OWN, *([str(SERIF)] if SERIF.exists() else []))


@cache
def shape(text: str, height: int, font: str = OWN, turn: float = 0.0) -> np.ndarray:
    """A text, 1 on its strokes and 0 beside them, cut to its box with a margin of two pixels."""
    scale = 4
    size = round(height * scale / 0.72)
    kind = ImageFont.load_default(size) if font == OWN else ImageFont.truetype(font, size)
    sheet = Image.new("L", (size * (2 + len(text)), 3 * size))
    ImageDraw.Draw(sheet).text((size, size), text, fill=255, font=kind)
    drawn = np.asarray(sheet.rotate(turn, resample=Image.Resampling.BICUBIC))
    rows, columns = np.flatnonzero(drawn.max(axis=1) > 127), np.flatnonzero(drawn.max(axis=0) > 127)
    tight = Image.fromarray(drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    small = tight.resize((max(1, tight.width // scale), max(1, tight.height // scale)), Image.Resampling.BOX)
    return np.pad(np.asarray(small) / 255.0, 2)


def laid(values: np.ndarray, letter: np.ndarray, middle: tuple[int, int], level: float) -> np.ndarray:
    """An image with a shape of lead whose middle lies at (column, row)."""
    lead = values.astype(float)
    top, left = middle[1] - letter.shape[0] // 2, middle[0] - letter.shape[1] // 2
    part = lead[top : top + letter.shape[0], left : left + letter.shape[1]]
    part += np.clip(level - part, 0, None) * letter
    return lead


def ring(letter: np.ndarray) -> np.ndarray:
    """A shape inside a ring."""
    radius = 0.75 * max(letter.shape)
    side = int(2 * radius) + 7
    rows, columns = np.indices((side, side)) - side // 2
    around = np.clip(2 - np.abs(np.hypot(rows, columns) - radius), 0, 1)
    top, left = (side - letter.shape[0]) // 2, (side - letter.shape[1]) // 2
    around[top : top + letter.shape[0], left : left + letter.shape[1]] += letter
    return np.clip(around, 0, 1)
