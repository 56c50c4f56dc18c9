"""Long and short axis in one transverse slice, with their intervals."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.extent.across import Across, width_across
from calcimeter.ct.extent.surface import Surface
from calcimeter.ct.settings import ExtentSettings
from calcimeter.geometry.hull import Calipers, at_most, calipers
from calcimeter.model.grid import FloatArray, Grid
from calcimeter.model.measures import NORMAL_95, Axes, Estimate, Resolution

TIE_MM = 1e-9
"""Lengths that differ by less are equal."""


def axes_of(grid: Grid, surface: Surface, resolution: Resolution, settings: ExtentSettings, *, cut: bool) -> Axes:
    """The longest axis inside one slice, over all slices, and the width across it there.

    A slice shows the mean over its thickness, so that the widest one is less wide than the deposit where its neighbors
    are narrower: by an eighth of what they are narrower on average, if it is rounded there. That is given back, and so
    much stays uncertain. The width is that across the middle of the directions that are nearly as long, and lies where
    lengths have their summit between slices; other axes that may be the longest are in its interval.

    Parameters
    ----------
    cut : bool
        Whether the border of the images cuts the deposit: then there is no interval.
    """
    plane_mm = in_plane_mm(grid)
    points = {k: section @ plane_mm.T for k, section in surface.sections.items()}
    edge_mm = 0.0 if surface.edge_sd_mm is None else _edge_mm(surface.edge_sd_mm, resolution, grid, settings)
    index, slices = _widest(points, edge_mm / NORMAL_95)
    found = slices[index]
    long, short = Estimate(found.long), Estimate(found.short)
    if surface.edge_sd_mm is not None:
        near = [k for k in (index - 1, index, index + 1) if k in points]
        width = width_across({k: points[k] for k in {*slices, *near}}, index, edge_mm / NORMAL_95, settings)
        known = ((resolution.through_fwhm_mm / grid.spacing_mm[0]) ** 2, edge_mm)
        way = (found.long_ends[1] - found.long_ends[0]) / max(found.long, 1e-9)
        long = _estimate(found.long, [float(np.ptp(points[k] @ way)) for k in near if k != index], known, settings)
        short = _no_longer(_between(_estimate(width.here, width.beside, known, settings), width), long)
    if cut:
        long, short = Estimate(long.value), Estimate(short.value)
    return Axes(
        long,
        short,
        index,
        _to_patient(grid, plane_mm, index, _stretched(found.long_ends, long.value / max(found.long, 1e-9))),
        _to_patient(grid, plane_mm, index, _stretched(found.short_ends, short.value / max(found.short, 1e-9))),
    )


def _widest(points: dict[int, FloatArray], tie_mm: float) -> tuple[int, dict[int, Calipers]]:
    """The slice with the longest axis, of equal ones the first, and the axes of all that come as near as ``tie_mm``.

    Slices that have no room for it are left out.
    """
    most = {k: at_most(own) for k, own in points.items()}
    found: dict[int, Calipers] = {}
    longest = 0.0
    for k in sorted(points, key=lambda k: -most[k]):
        if most[k] < longest - max(TIE_MM, tie_mm):
            break
        found[k] = calipers(points[k])
        longest = max(longest, found[k].long)
    first = min(k for k, own in found.items() if own.long >= longest - TIE_MM)
    return first, {k: own for k, own in found.items() if own.long >= longest - max(TIE_MM, tie_mm)}


def _between(here: Estimate, width: Across) -> Estimate:
    """The estimate in a slice, moved to between slices, and as wide as what else may be meant asks for."""
    assert here.low is not None
    assert here.high is not None
    value = here.value + width.value - width.here
    below = float(np.hypot(here.value - here.low, width.value - width.least))
    above = float(np.hypot(here.high - here.value, width.most - width.value))
    return Estimate(value, max(value - below, 0.0), value + above)


def _no_longer(short: Estimate, long: Estimate) -> Estimate:
    """A width that is no larger than the longest axis, which nothing is wider than: each was corrected for itself."""
    assert short.low is not None
    value = min(short.value, long.value)
    return Estimate(value, min(short.low, value), short.high)


def _estimate(size: float, beside: list[float], known: tuple[float, float], s: ExtentSettings) -> Estimate:
    """A size with what slices take off it given back, and its interval; ``beside`` are those of the slices beside."""
    scale, edge_mm = known
    narrower = max(size - sum(beside) / 2, 0.0) if beside else size
    lost = s.slice_share * scale * min(narrower, s.most_narrower * size)
    half = float(np.hypot(edge_mm, s.slice_doubt * lost))
    value = size + lost
    return Estimate(value, max(value - half, 0.0), value + half)


def _edge_mm(edge_sd_mm: float, resolution: Resolution, grid: Grid, s: ExtentSettings) -> float:
    """95 % half-width of a length between two edges: noise, and what shape and density near an edge make of blur."""
    noise = NORMAL_95 * np.sqrt(2) * edge_sd_mm
    pixel = s.pixel_share * max(grid.spacing_mm[1:])
    return float(np.linalg.norm([noise, pixel, s.blur_share * resolution.in_plane_fwhm_mm]))


def in_plane_mm(grid: Grid) -> FloatArray:
    """Matrix that turns row and column into mm along two perpendicular directions in the slice, (2, 2)."""
    rows, columns = grid.affine[:3, 1], grid.affine[:3, 2]
    first = columns / np.linalg.norm(columns)
    second = rows - (rows @ first) * first
    second /= np.linalg.norm(second)
    return np.array([[rows @ first, columns @ first], [rows @ second, columns @ second]])


def _stretched(ends: FloatArray, factor: float) -> FloatArray:
    """Two ends moved apart about their middle."""
    middle = ends.mean(axis=0)
    moved: FloatArray = middle + factor * (ends - middle)
    return moved


def _to_patient(grid: Grid, plane_mm: FloatArray, index: int, ends_mm: FloatArray) -> FloatArray:
    """End points in the slice, as LPS mm, (2, 3)."""
    row_column = ends_mm @ np.linalg.inv(plane_mm).T
    return grid.to_patient(np.column_stack([np.full(2, index), row_column]))
