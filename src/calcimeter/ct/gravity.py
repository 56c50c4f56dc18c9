"""Which way is down: study and body -> gravity."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.settings import GravitySettings
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray
from calcimeter.model.measures import Gravity, Point
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Volume

DOWN: dict[str, Point] = {
    "S": (0.0, 1.0, 0.0),
    "P": (0.0, -1.0, 0.0),
    "DL": (1.0, 0.0, 0.0),
    "DR": (-1.0, 0.0, 0.0),
}
"""Where down is in the patient, LPS, by what follows "head first" or "feet first" in the DICOM patient position
(PS3.3 C.7.3.1.1.2): lying on the back, on the front, on the left side, on the right side."""

WORDS = {
    (0.0, 1.0, 0.0): "posterior",
    (0.0, -1.0, 0.0): "anterior",
    (1.0, 0.0, 0.0): "left",
    (-1.0, 0.0, 0.0): "right",
}


def tell_gravity(study: CTStudy, body: Mask, settings: GravitySettings) -> Gravity:
    """Gravity from the patient's position, checked against the table where it is seen.

    The grid is in patient coordinates, so the position alone says where down is. A table is what is outside the body
    and lies at one place in all slices of a stretch; it stands under the body. Where it contradicts the position, one
    of the two is wrong and gravity is not known. Where no position is given, a table tells gravity alone: it is in
    the image itself, and so turns with it whatever a header says. Fails where a patient sits or is tilted, and for a
    table under a body that another board covers.
    """
    told = None if study.position is None else DOWN.get(study.position[2:])
    table = _table_side(study.volume, body, settings)
    if told is None and table is None:
        return Gravity(None, "the patient's position is not known and no table is in view")
    if told is None:
        assert table is not None
        return Gravity(table, f"position not known; the table lies on the {WORDS[table]} side")
    if table is None:
        return Gravity(told, f"position {study.position}; no table in view to check it")
    if table != told:
        return Gravity(
            None,
            f"position {study.position} puts down on the {WORDS[told]} side, but the table lies on the "
            f"{WORDS[table]} side",
        )
    return Gravity(told, f"position {study.position}, and the table lies on that side")


def _table_side(volume: Volume, body: Mask, s: GravitySettings) -> Point | None:
    """The one side of the body on which a table lies; None where none is seen or the stretches disagree."""
    if _lean_degrees(volume) > s.max_lean_deg:
        return None
    rows_posterior, columns_left = (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)
    sides: dict[tuple[int, bool], Point] = {
        (0, True): rows_posterior,
        (0, False): (0.0, -1.0, 0.0),
        (1, True): columns_left,
        (1, False): (-1.0, 0.0, 0.0),
    }
    votes = dict.fromkeys(sides.values(), 0)
    length = max(2, round(s.stretch_mm / volume.grid.spacing_mm[0]))
    for first in range(0, max(volume.grid.shape[0] - length + 1, 1), length):
        widths = _widths_mm(volume, body, (first, min(first + length, volume.grid.shape[0])), s)
        side = max(widths, key=lambda key: widths[key])
        others = max(width for key, width in widths.items() if key != side)
        if widths[side] >= s.min_width_mm and widths[side] >= s.least_ratio * others:
            votes[sides[side]] += 1
    seen = [side for side, count in votes.items() if count]
    return seen[0] if len(seen) == 1 else None


def _lean_degrees(volume: Volume) -> float:
    """Largest angle between an axis of the grid and the patient's own: a table stands still only along the bore."""
    cosines = np.abs(np.diag(volume.grid.affine[:3, :3][::-1])) / volume.grid.spacing_mm
    return float(np.degrees(np.arccos(np.clip(cosines.min(), 0, 1))))


def _widths_mm(
    volume: Volume, body: Mask, stretch: tuple[int, int], s: GravitySettings
) -> dict[tuple[int, bool], float]:
    """By axis (0 rows, 1 columns) and direction, how much of the body's width has a standing thing beyond it."""
    spacing = volume.grid.spacing_mm[1:]
    step = [max(1, round(s.pixel_mm / d)) for d in spacing]
    planes = np.linspace(stretch[0], stretch[1] - 1, min(s.planes, stretch[1] - stretch[0])).round().astype(int)
    if len(planes) < s.planes or (stretch[1] - stretch[0]) * volume.grid.spacing_mm[0] < s.min_stretch_mm:
        return {(axis, up): 0.0 for axis in (0, 1) for up in (True, False)}
    inside = np.stack([body.plane(int(k))[:: step[0], :: step[1]] for k in planes])
    stuff = np.stack([_pooled(volume.values[k], (step[0], step[1])) >= s.board_hu for k in planes])
    standing: BoolArray = (stuff & ~inside).mean(axis=0) >= s.share_of_planes
    flesh: BoolArray = inside.mean(axis=0) >= s.share_of_planes
    widths = {}
    for axis in (0, 1):
        for up in (True, False):
            along = slice(None) if up else slice(None, None, -1)
            bodily, board = (np.moveaxis(mask, axis, 0)[along] for mask in (flesh, standing))
            covered = (np.maximum.accumulate(bodily, axis=0) & board).any(axis=0)
            widths[axis, up] = float(covered.sum()) * step[1 - axis] * spacing[1 - axis]
    return widths


def _pooled(plane: np.ndarray[tuple[int, ...], np.dtype[np.generic]], step: tuple[int, int]) -> BoolArray:
    """The highest of each block of pixels, so that thin boards are not stepped over."""
    rows, columns = (-(-n // f) * f for n, f in zip(plane.shape, step, strict=True))
    whole = np.pad(plane, ((0, rows - plane.shape[0]), (0, columns - plane.shape[1])), mode="edge")
    highest = np.maximum.reduce([whole[r :: step[0], c :: step[1]] for r in range(step[0]) for c in range(step[1])])
    return np.asarray(highest)
