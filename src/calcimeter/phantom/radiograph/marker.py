"""The letters L and R of lead, drawn by strokes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from calcimeter.phantom.render import Floats

HEIGHT_MM = 16.0
WIDTH_MM = 10.0
STROKE_MM = 2.4
STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "L": (((0.0, 0.0), (0.0, 1.0), (1.0, 1.0)),),
    "R": (
        ((0.0, 1.0), (0.0, 0.0), (0.7, 0.0), (0.95, 0.15), (0.95, 0.35), (0.7, 0.5), (0.0, 0.5)),
        ((0.5, 0.5), (1.0, 1.0)),
    ),
}
"""Corners of each stroke: right and down, as shares of width and height."""


def marker_shape(letter: str, pixel_mm: float) -> Floats:
    """The letter, 1 on its strokes and 0 beside them, with soft edges of a pixel; in its own box."""
    margin = STROKE_MM
    rows = np.arange(-margin, HEIGHT_MM + margin, pixel_mm)
    columns = np.arange(-margin, WIDTH_MM + margin, pixel_mm)
    y, x = np.meshgrid(rows, columns, indexing="ij")
    away = np.full(y.shape, np.inf)
    for stroke in STROKES[letter]:
        places = [(a * WIDTH_MM, b * HEIGHT_MM) for a, b in stroke]
        for (x0, y0), (x1, y1) in pairwise(places):
            dx, dy = x1 - x0, y1 - y0
            share = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
            away = np.minimum(away, np.hypot(x - x0 - share * dx, y - y0 - share * dy))
    return np.clip((STROKE_MM / 2 - away) / pixel_mm + 0.5, 0, 1).astype(np.float32)
