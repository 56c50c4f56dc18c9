"""How side markers on films are read: letters, other signs and words laid on projections of reference objects.

``--tuning`` uses the fonts that thresholds were chosen with, DejaVu of the system; else those that judge are used:
Computer Modern and STIX, which come with matplotlib, and Pillow's own. A font that is not there is left out.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from calcimeter.model.grid import FloatArray
from calcimeter.model.radiograph import Radiograph
from calcimeter.radiograph.marker import SideMarker, find_markers
from calcimeter.radiograph.settings import MarkerSettings
from films import empty, study_of

LETTERS, OTHERS = 800, 1600
WORDS = (
    *"EFBPKDAHJIUTCGNMSVXYZ1234567890klbhr→#⊥ΓŁ@",
    *("AP", "PA", "RL", "LR", "ERECT", "SUPINE", "JS", "RK", "LK", "L5", "RT", "LT", "LEFT", "RIGHT", "LAT", "PORT"),
    *("12:30", "DLR", "R.K.", "CR", "(L)", "(R)", "KL", "LL", "RR", "R1", "L.M.", "WEIGHT"),
)
SIDES = {"L": "left", "R": "right"}
SETTINGS = MarkerSettings()
PILLOW = "Pillow"
Chance = np.random.Generator


class Laid(NamedTuple):
    """A film with a text on it."""

    study: Radiograph
    text: str
    mirrored: bool


def main() -> None:
    fonts, seed = (tuning_fonts(), 5) if "--tuning" in sys.argv else (judging_fonts(), 79)
    chance = np.random.default_rng(seed)
    tally = {"read": 0, "wrong": 0, "letters": 0}
    for k in range(LETTERS):
        laid = lay("LR"[k % 2], k, fonts, chance, mirrored=k // 2 % 3 == 2)
        found = find_markers(laid.study, SETTINGS)
        right = [(one.side, one.mirrored) for one in found] == [(SIDES[laid.text], laid.mirrored)]
        tally["letters"] += 1
        tally["read"] += right
        tally["wrong"] += bool(found) and not right
    false = {"side": 0, "mirrored": 0}
    for k in range(OTHERS):
        laid = lay(WORDS[k % len(WORDS)], k, fonts, chance, ringed=k % 11 == 5)
        read = find_markers(laid.study, SETTINGS)
        for one in read:
            false["mirrored" if one.mirrored else "side"] += 1
            print(_told(laid, one), file=sys.stderr)
    print(f"{len(fonts)} fonts: {tally['read']} of {tally['letters']} letters read, {tally['wrong']} wrong")
    print(f"of {OTHERS} other signs, words and ringed ones {false['side']} read for a side, ", end="")
    print(f"{false['mirrored']} for a letter in a mirror")


def tuning_fonts() -> tuple[str, ...]:
    """Seven of DejaVu."""
    folder = Path("/usr/share/fonts/truetype/dejavu")
    names = ("Sans", "Sans-Bold", "Serif", "Serif-Bold", "SansMono", "SansCondensed", "SansMono-Bold")
    return tuple(str(path) for name in names if (path := folder / f"DejaVu{name}.ttf").exists())


def judging_fonts() -> tuple[str, ...]:
    """Four of Computer Modern, two of STIX, Pillow's own."""
    try:
        import matplotlib as mpl
    except ImportError:
        return (PILLOW,)
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    names = ("cmr10", "cmss10", "cmtt10", "cmb10", "STIXGeneral", "STIXGeneralBol")
    return (*(str(folder / f"{name}.ttf") for name in names), PILLOW)


def lay(
    text: str, number: int, fonts: tuple[str, ...], chance: Chance, *, mirrored: bool = False, ringed: bool = False
) -> Laid:
    """A text of lead in the outer part of a film, turned by up to 12 degrees, of 22 to 90 pixels."""
    from scipy.ndimage import gaussian_filter

    while True:
        size, font = int(chance.integers(22, 90)), fonts[int(chance.integers(len(fonts)))]
        shape = drawn(text, font, size, float(chance.uniform(-12, 12)))
        study = film(number % 4)
        height, width = study.values.shape
        if shape is not None and max(shape.shape) < 0.5 * min(height, width):
            break
        if shape is None:
            text = "E"
    shape = _ringed(shape) if ringed else shape
    shape = gaussian_filter(shape[:, ::-1] if mirrored else shape, float(chance.uniform(0.4, 1.0)))
    h, w = shape.shape
    row = int(np.clip(chance.uniform(10, 0.3 * height), 5, height - h - 5))
    column = int(np.clip(chance.uniform(10, 0.2 * width), 5, width - w - 5))
    row = height - h - row if chance.random() < 0.5 else row
    column = width - w - column if chance.random() < 0.5 else column
    values = study.values.copy()
    low, high = np.percentile(values[::7, ::7], (0.1, 99.9))
    top = high + chance.uniform(-0.1, 0.25) * (high - low)
    part = values[row : row + h, column : column + w]
    part[:] = np.maximum(part, part + (top - part) * shape)
    return Laid(replace(study, values=values), text, mirrored)


def drawn(text: str, font: str, size: int, turn: float) -> FloatArray | None:
    """A text, 1 on its strokes; None where the font lacks it."""
    kind = ImageFont.load_default(size) if font == PILLOW else ImageFont.truetype(font, size)
    sheet = Image.new("L", (size * (2 + len(text)), size * 3))
    ImageDraw.Draw(sheet).text((size, size), text, fill=255, font=kind)
    shape = np.asarray(sheet.rotate(turn, resample=Image.Resampling.BICUBIC)) / 255.0
    rows, columns = np.flatnonzero(shape.max(axis=1) > 0.5), np.flatnonzero(shape.max(axis=0) > 0.5)
    if not len(rows):
        return None
    return shape[max(rows[0] - 4, 0) : rows[-1] + 5, max(columns[0] - 4, 0) : columns[-1] + 5]


@cache
def film(pose: int) -> Radiograph:
    """A pose without a deposit."""
    return study_of(empty(40 + pose, pose))


def _ringed(shape: FloatArray) -> FloatArray:
    radius = int(0.75 * max(shape.shape))
    sheet = Image.new("L", (2 * radius + 8, 2 * radius + 8))
    ends = (2, 2, 2 * radius + 5, 2 * radius + 5)
    ImageDraw.Draw(sheet).ellipse(ends, outline=255, width=max(3, radius // 7))
    ring = np.array(sheet) / 255.0
    top, left = ((a - b) // 2 for a, b in zip(ring.shape, shape.shape, strict=True))
    ring[top : top + shape.shape[0], left : left + shape.shape[1]] += shape
    return np.clip(ring, 0, 1)


def _told(laid: Laid, one: SideMarker) -> str:
    return f"{laid.text!r} read for {one.side}, mirrored {one.mirrored}, {one.likeness:.2f}"


if __name__ == "__main__":
    main()
