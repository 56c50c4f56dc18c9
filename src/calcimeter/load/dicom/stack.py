"""Where the slices of a series lie: positions and orientations -> one grid, or everything that speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calcimeter.load.assemble import FARTHEST_MM, SPACING_MM
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.shown import counted
from calcimeter.model.grid import FloatArray, Grid

MIN_SLICES = 3
"""With two there is one distance, and nothing tells whether a slice between them is missing."""

UNEVEN_STEP = 0.1
"""Largest distance of a slice from its even place, in steps. Positions are often written with one decimal only, which
is a tenth of a step for the thinnest slices; a volume is wrong by no more than that part of one slice."""

UNEVEN_PIXEL = 0.5
"""The same within the slice, in pixels: below half a pixel the nearest pixel is still the right one."""

TILT_DEG = 0.5
"""Largest angle between the stack and the normal of its slices; below it distances taken from the spacing alone are
right to 4 parts in 100 000."""

SAME_COSINE, SAME_SPACING_MM = 1e-3, 1e-3
"""Slices are parallel when no direction cosine differs by more, and of one spacing when it differs by no more: either
moves the far edge of a slice of 512 pixels by half a pixel or half a millimeter."""

NOT_PARALLEL = "slices that are not parallel"

SAME_PLACE_MM = 0.01
"""Two slices that are no farther apart lie at one place: no scanner reconstructs so thinly, and positions are written
with so many decimals."""


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The slices of a series in order.

    Parameters
    ----------
    headers : tuple of Header
        Along the normal of the slices (cross product of row and column direction); those whose place is not known
        come last.
    normal : ndarray, (3,) or None
        LPS; None where no orientation is known.
    step_mm : float or None
        Median distance of neighboring slices along the normal.
    grid : Grid or None
        Slices, rows, columns; None where ``problems`` is not empty.
    problems : tuple of str
        Everything that speaks against one even grid.
    doubled : int
        How many slices lie at the place of another.
    """

    headers: tuple[Header, ...]
    normal: FloatArray | None
    step_mm: float | None
    grid: Grid | None
    problems: tuple[str, ...]
    doubled: int = 0


def stacked(headers: Sequence[Header]) -> Stack:
    """Put the slices of a series in order and find their grid."""
    problems = _differing(headers)
    placed, unplaced = _told_apart(headers)
    if unplaced:
        problems.append(f"{len(unplaced)} of {len(headers)} images without position, orientation or pixel spacing")
    if not placed:
        return Stack(tuple(headers), None, None, None, tuple(problems))
    rows, columns = _directions(placed[0])
    normal = np.cross(rows, columns)
    positions = np.array([header.numbers("ImagePositionPatient", 3) for header in placed])
    order = np.argsort(positions @ normal, kind="stable")
    ordered, positions = tuple(placed[k] for k in order), positions[order]
    steps = np.diff(positions @ normal)
    step_mm = _usual_step(steps)
    if NOT_PARALLEL not in problems:
        problems += _uneven(positions, normal, step_mm) + _bent(positions, normal, ordered[0])
    grid = None if problems else _grid(ordered, positions)
    doubled = int(np.count_nonzero(steps <= SAME_PLACE_MM))
    return Stack((*ordered, *unplaced), normal, step_mm or None, grid, tuple(problems), doubled)


def _told_apart(headers: Sequence[Header]) -> tuple[list[Header], list[Header]]:
    """Headers that tell where their slices lie, and those that do not."""
    told: dict[bool, list[Header]] = {True: [], False: []}
    for header in headers:
        told[_placed(header)].append(header)
    return told[True], told[False]


def _placed(header: Header) -> bool:
    """Whether the header tells where the slice lies, by a right-angled orientation."""
    cosines = header.numbers("ImageOrientationPatient", 6)
    spacing = header.numbers("PixelSpacing", 2)
    position = header.numbers("ImagePositionPatient", 3)
    if position is None or cosines is None or spacing is None:
        return False
    if max(map(abs, position)) > FARTHEST_MM or not SPACING_MM[0] <= min(spacing) <= max(spacing) <= SPACING_MM[1]:
        return False
    row, column = cosines[:3], cosines[3:]
    lengths_off = (abs(_dot(row, row) - 1), abs(_dot(column, column) - 1))
    return max(*lengths_off, abs(_dot(row, column))) < 0.01


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    """Plain Python: for three numbers NumPy takes ten times as long, and this runs for every file."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _directions(header: Header) -> tuple[FloatArray, FloatArray]:
    """Unit vectors of growing column index and growing row index."""
    cosines = np.array(header.numbers("ImageOrientationPatient", 6)).reshape(2, 3)
    cosines /= np.linalg.norm(cosines, axis=1)[:, None]
    return cosines[0], cosines[1]


def _differing(headers: Sequence[Header]) -> list[str]:
    """What should be the same in all slices and is not; fewer slices than needed."""
    problems = []
    if len(headers) < MIN_SLICES:
        problems.append(f"{len(headers)} of at least {MIN_SLICES} slices")
    sizes = {(header.whole("Rows"), header.whole("Columns")) for header in headers}
    if len(sizes) > 1:
        problems.append("images of different size: " + ", ".join(f"{r} x {c}" for r, c in sorted(sizes)[:4]))
    for keyword, count, tolerance, words in (
        ("ImageOrientationPatient", 6, SAME_COSINE, NOT_PARALLEL),
        ("PixelSpacing", 2, SAME_SPACING_MM, "different pixel spacings"),
    ):
        known = [numbers for header in headers if (numbers := header.numbers(keyword, count))]
        if known and np.ptp(known, axis=0).max() > tolerance:
            problems.append(words)
    if len({header.text("FrameOfReferenceUID") for header in headers}) > 1:
        problems.append("several frames of reference")
    return problems


def _usual_step(steps: FloatArray) -> float:
    """Median distance, the lower one, of slices that do not lie at one place; 0 where there is none."""
    apart = steps[steps > SAME_PLACE_MM]
    return float(np.quantile(apart, 0.5, method="lower")) if apart.size else 0.0


def _uneven(positions: FloatArray, normal: FloatArray, step_mm: float) -> list[str]:
    """Slices that are double, missing or at uneven distances."""
    along = positions @ normal
    gaps = np.diff(along)
    problems = []
    double = int(np.count_nonzero(gaps <= SAME_PLACE_MM))
    if double:
        problems.append(f"{counted(double, 'slice')} at the place of another")
    wide = gaps[gaps > 1.5 * step_mm] / step_mm if step_mm else gaps[:0]
    if wide.size and np.abs(wide - np.rint(wide)).max() <= UNEVEN_STEP:
        problems.append(f"{counted(int(np.rint(wide).sum()) - wide.size, 'slice')} missing")
    if problems:
        return problems
    even = np.linspace(along[0], along[-1], len(along))
    if np.abs(along - even).max() > UNEVEN_STEP * step_mm:
        return [f"uneven distances of slices, {gaps.min():.2f} to {gaps.max():.2f} mm"]
    return []


def _bent(positions: FloatArray, normal: FloatArray, first: Header) -> list[str]:
    """A stack that is not straight, or not at right angles to its slices."""
    along = (positions - positions[0]) @ normal
    if len(positions) < MIN_SLICES or along[-1] <= 0:
        return []
    path = positions[-1] - positions[0]
    tilt_deg = float(np.degrees(np.arccos(min(1.0, along[-1] / np.linalg.norm(path)))))
    if tilt_deg > TILT_DEG:
        return [f"a stack sheared by {tilt_deg:.1f} degrees (gantry tilt)"]
    aside = positions - positions[0] - along[:, None] / along[-1] * path
    pixel_mm = min(first.numbers("PixelSpacing", 2) or (0.0,))
    return (
        ["slices shifted against each other"] if np.linalg.norm(aside, axis=1).max() > UNEVEN_PIXEL * pixel_mm else []
    )


def _grid(headers: tuple[Header, ...], positions: FloatArray) -> Grid:
    """The grid of an even stack."""
    rows, columns = _directions(headers[0])
    row_mm, column_mm = headers[0].numbers("PixelSpacing", 2) or (0.0, 0.0)
    affine = np.eye(4)
    affine[:3, 0] = (positions[-1] - positions[0]) / (len(positions) - 1)
    affine[:3, 1] = columns * row_mm  # the first spacing is the distance between rows
    affine[:3, 2] = rows * column_mm
    affine[:3, 3] = positions[0]
    return Grid((len(headers), headers[0].whole("Rows"), headers[0].whole("Columns")), affine)
