"""Block letters by their strokes: what a side marker may look like, and what may be taken for one.

Drawn for this purpose, of no font. A glyph is compared in its own box, so that how wide a letter is does not matter.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from calcimeter.model.grid import BoolArray, FloatArray

GRID = (32, 24)
"""Rows and columns of the box in which glyphs are compared."""
SOFT = 1.0
"""Blur of a glyph there, in its steps."""
DRAWN = 64
"""Rows of a template before it is put into the box."""
WIDTHS = (0.5, 0.7)
"""Of templates, in heights, between the middles of their outer strokes."""
THICKNESS = (0.09, 0.15, 0.22)
"""Of their strokes, in heights."""
Line = tuple[tuple[float, float], ...]


class Template(NamedTuple):
    """A letter as it may look: its name, "L" and "R" and those two mirrored among them, and its glyph."""

    name: str
    glyph: FloatArray


def glyph_of(mask: BoolArray) -> FloatArray:
    """A shape in the box of ``GRID``, soft, its mean taken off, of length 1; flat."""
    from scipy.ndimage import gaussian_filter

    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    tight = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float64)
    for axis, count in enumerate(GRID):
        tight = _shared_out(tight, axis, count)
    soft = gaussian_filter(tight, SOFT, mode="constant")
    flat = (soft - soft.mean()).ravel()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-9))


@cache
def templates() -> tuple[Template, ...]:
    """Every letter and digit in several weights; L and R mirrored too, as "mirrored L" and "mirrored R"."""
    found = []
    for (name, strokes), width, thick in product(_STROKES, WIDTHS, THICKNESS):
        mask = drawn(strokes, width, thick)
        found.append(Template(name, glyph_of(mask)))
        if name in ("L", "R"):
            found.append(Template(f"mirrored {name}", glyph_of(mask[:, ::-1])))
    return tuple(found)


def drawn(strokes: tuple[Line, ...], width: float, thick: float) -> BoolArray:
    """Strokes of a width and thickness in heights, as a mask with a margin."""
    margin = 0.5 * thick + 0.05
    places = np.arange(-margin - 0.25, 1.25 + margin, 1 / DRAWN)
    y, x = np.meshgrid(places, places, indexing="ij")
    away = np.full(y.shape, np.inf)
    for stroke in strokes:
        for (x0, y0), (x1, y1) in pairwise(stroke):
            (a, c), (dx, dy) = (x0 * width, y0), ((x1 - x0) * width, y1 - y0)
            share = np.clip(((x - a) * dx + (y - c) * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
            away = np.minimum(away, np.hypot(x - a - share * dx, y - c - share * dy))
    mask: BoolArray = away <= thick / 2
    return mask


def _shared_out(values: FloatArray, axis: int, count: int) -> FloatArray:
    """Means over equal parts of an axis, whose bounds may lie between its steps."""
    moved = np.moveaxis(values, axis, 0)
    summed = np.concatenate([np.zeros((1, moved.shape[1])), np.cumsum(moved, axis=0)])
    bounds = np.linspace(0, len(moved), count + 1)
    low = np.minimum(bounds.astype(int), len(moved) - 1)
    at = summed[low] + (bounds - low)[:, None] * (summed[low + 1] - summed[low])
    return np.moveaxis(np.diff(at, axis=0) * count / len(moved), 0, axis)


def _arc(middle: tuple[float, float], radii: tuple[float, float], ends_deg: tuple[float, float]) -> Line:
    """Part of an ellipse; 0 degrees points right, 90 down."""
    turn = np.radians(np.linspace(*ends_deg, 13))
    return tuple((middle[0] + radii[0] * float(np.cos(t)), middle[1] + radii[1] * float(np.sin(t))) for t in turn)


def _bowl(top: float, bottom: float, straight: float = 0.45) -> Line:
    """From the stem to the right and back, as in P."""
    middle = (top + bottom) / 2
    return ((0, top), *_arc((straight, middle), (1 - straight, (bottom - top) / 2), (-90, 90)), (0, bottom))


_STEM: Line = ((0, 0), (0, 1))
_HEAD: Line = ((-0.2, 0), (0.25, 0))
_FOOT: Line = ((-0.2, 1), (0.25, 1))
_FOOT_RIGHT: Line = ((0.75, 1), (1.15, 1))
_L: Line = ((0, 0), (0, 1), (1, 1))
_E = (_STEM, ((0, 0), (1, 0)), ((0, 0.5), (0.85, 0.5)), ((0, 1), (1, 1)))
_F = (_STEM, ((0, 0), (1, 0)), ((0, 0.5), (0.85, 0.5)))
_B = (_STEM, _bowl(0, 0.48), _bowl(0.48, 1))
_P = (_STEM, _bowl(0, 0.53))
_K = (_STEM, ((1, 0), (0, 0.6)), ((0.3, 0.4), (1, 1)))
_H = (_STEM, ((1, 0), (1, 1)), ((0, 0.5), (1, 0.5)))
_D = (_STEM, _bowl(0, 1, 0.3))
_RING = _arc((0.5, 0.5), (0.5, 0.5), (0, 360))
_C = _arc((0.5, 0.5), (0.5, 0.5), (-50, -310))
_HOOK: Line = ((1, 0), *_arc((0.5, 0.65), (0.5, 0.35), (0, 180)))
_STROKES: tuple[tuple[str, tuple[Line, ...]], ...] = (
    ("L", (_L,)),
    ("L", (_L, ((1, 1), (1, 0.72)), _HEAD, _FOOT)),
    ("L", (_L, ((1, 1), (1, 0.8)), ((-0.3, 0), (0.45, 0)), _FOOT)),
    ("R", (_STEM, _bowl(0, 0.53), ((0.45, 0.53), (1, 1)))),
    ("R", (_STEM, _bowl(0, 0.5), ((0.15, 0.5), (1, 1)))),
    ("R", (_STEM, _bowl(0, 0.53), ((0.6, 0.53), (0.9, 0.62), (0.95, 1)))),
    ("R", (_STEM, _bowl(0, 0.55, 0.6), ((0.5, 0.55), (0.72, 0.65), (1.05, 1)))),
    ("R", (_STEM, _bowl(0, 0.53), ((0.4, 0.53), (0.95, 1)), _HEAD, _FOOT, _FOOT_RIGHT)),
    ("R", (_STEM, _bowl(0, 0.53), ((0.5, 0.53), (0.72, 0.62), (0.92, 0.97), (1.2, 1)), _HEAD, ((-0.2, 1), (0.35, 1)))),
    ("Ł", (_L, ((-0.25, 0.65), (0.45, 0.35)))),
    ("E", _E),
    ("E", (*_E, _HEAD, _FOOT, ((1, 0), (1, 0.2)), ((1, 1), (1, 0.75)))),
    ("F", _F),
    ("F", (*_F, _HEAD, _FOOT, ((1, 0), (1, 0.2)))),
    ("B", _B),
    ("B", (*_B, _HEAD, _FOOT)),
    ("P", _P),
    ("P", (*_P, _HEAD, _FOOT)),
    ("K", _K),
    ("K", (*_K, _HEAD, _FOOT, _FOOT_RIGHT, ((0.75, 0), (1.15, 0)))),
    ("H", _H),
    ("D", _D),
    ("D", (*_D, _HEAD, _FOOT)),
    ("A", (((0, 1), (0.5, 0), (1, 1)), ((0.2, 0.65), (0.8, 0.65)))),
    ("A", (((0, 1), (0, 0), (1, 0), (1, 1)), ((0, 0.55), (1, 0.55)))),
    ("C", (_C,)),
    ("G", (_C, ((0.85, 0.9), (0.95, 0.55), (0.55, 0.55)))),
    ("I", (_STEM,)),
    ("I", (_STEM, ((-0.4, 0), (0.4, 0)), ((-0.4, 1), (0.4, 1)))),
    ("J", (_HOOK,)),
    ("J", (((0.6, 0), (1, 0)), _HOOK)),
    ("J", (((0.3, 0), (1, 0)), ((1, 0), (1, 0.7), (0.8, 1), (0, 1)))),
    ("M", (((0, 1), (0, 0), (0.5, 0.6), (1, 0), (1, 1)),)),
    ("N", (((0, 1), (0, 0), (1, 1), (1, 0)),)),
    ("O", (_RING,)),
    ("O", (((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)),)),
    ("Q", (_RING, ((0.6, 0.7), (1, 1)))),
    ("S", ((*_arc((0.5, 0.25), (0.5, 0.25), (-40, -260)), *_arc((0.5, 0.75), (0.5, 0.25), (-80, 140))),)),
    ("T", (((0, 0), (1, 0)), ((0.5, 0), (0.5, 1)))),
    ("U", (((0, 0), *_arc((0.5, 0.6), (0.5, 0.4), (180, 0)), (1, 0)),)),
    ("V", (((0, 0), (0.5, 1), (1, 0)),)),
    ("W", (((0, 0), (0.25, 1), (0.5, 0.3), (0.75, 1), (1, 0)),)),
    ("X", (((0, 0), (1, 1)), ((1, 0), (0, 1)))),
    ("Y", (((0, 0), (0.5, 0.5), (1, 0)), ((0.5, 0.5), (0.5, 1)))),
    ("Z", (((0, 0), (1, 0), (0, 1), (1, 1)),)),
    ("corner", (((0, 1), (0, 0), (1, 0)),)),
    ("corner", (((0, 0), (1, 0), (1, 1)),)),
    ("arrow", (((0, 0.5), (1, 0.5)), ((0.6, 0.1), (1, 0.5), (0.6, 0.9)))),
    ("arrow", (((0.5, 0), (0.5, 1)), ((0, 0.6), (0.5, 1), (1, 0.6)))),
    ("arrow", (((1, 0), (0, 1)), ((0, 0.4), (0, 1), (0.6, 1)))),
    ("1", (((0, 0.3), (0.5, 0), (0.5, 1)), ((0, 1), (1, 1)))),
    ("2", ((*_arc((0.5, 0.28), (0.5, 0.28), (-170, 30)), (0, 1), (1, 1)),)),
    ("3", ((*_arc((0.5, 0.25), (0.5, 0.25), (-140, 90)), *_arc((0.5, 0.75), (0.5, 0.25), (-90, 140))),)),
    ("4", (((0.75, 1), (0.75, 0), (0, 0.7), (1, 0.7)),)),
    ("5", (((0.9, 0), (0.1, 0), (0.05, 0.45), *_arc((0.45, 0.7), (0.55, 0.3), (-90, 150))),)),
    ("6", (_arc((0.5, 0.68), (0.5, 0.32), (0, 360)), ((0.8, 0), (0.3, 0.2), (0, 0.68)))),
    ("7", (((0, 0), (1, 0), (0.35, 1)),)),
    ("8", (_arc((0.5, 0.25), (0.42, 0.25), (0, 360)), _arc((0.5, 0.75), (0.5, 0.25), (0, 360)))),
    ("9", (_arc((0.5, 0.32), (0.5, 0.32), (0, 360)), ((1, 0.32), (0.7, 0.8), (0.2, 1)))),
    ("b", (_STEM, _arc((0.5, 0.7), (0.5, 0.3), (0, 360)))),
    ("h", (_STEM, ((0, 0.6), (0.5, 0.4), (1, 0.6), (1, 1)))),
    ("k", (_STEM, ((0.9, 0.35), (0, 0.7)), ((0.3, 0.6), (1, 1)))),
    ("l", (((0, 0), (0, 0.8), (0.35, 1), (1, 1)),)),
    ("l", (((-0.6, 0), (0, 0), (0, 0.8), (0.35, 1), (1, 1)),)),
    ("t", (((0.3, 0), (0.3, 0.8), (0.6, 1), (1, 1)), ((0, 0.3), (1, 0.3)))),
)
"""Corners of strokes: right and down, in shares of width and height."""
