"""Rays of a scanner through one thing in a slice: what each meets of water, of mineral beside it, and of the thing.

A slice is made from rays that lie in it, from all sides alike. HU over an object, summed, are the mean over the sides
of what its rays lose to it; so what a deposit loses by beam hardening depends on its rays alone. The slice itself tells
what they meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.model.calibration import Beam
from calcimeter.model.grid import BoolArray, FloatArray

VIEWS = 24
COARSE_MM = 4.0
BINS = 16
"""Sides, pixel of the way, and rays across a thing: twice as fine in each moves masses by 0.1 %, at most 0.3 %."""
SOFT_HU = 60.0
"""Muscle: what is above it in denser pixels is mineral."""
MINERAL_HU = 120.0
MOST_HU = 3000.0
"""No mineral is denser, at any voltage: outside the body, where nobody looked for metal, what is denser is metal."""
SOLID_HU = -500.0
"""Of what lies outside the body: table, rods, clothes; below it is air."""
LEAST_SHARE, LEAST_LEFT = 0.01, 0.2
"""Rays that meet less of a thing, over the most, tell nothing; what hardening leaves is taken as no less."""
G_PER_CM2 = 1e-4
"""Of HU times mm times mg/ml per HU."""


class Slice(NamedTuple):
    """A slice of a scan: HU and body, (rows, columns), and the width of a pixel in mm along rows and columns.

    ``metal`` is what of it is metal and its streaks, which is no mineral however dense; None: none.
    """

    hu: npt.NDArray[np.generic]
    body: BoolArray
    pixel_mm: tuple[float, float]
    metal: BoolArray | None = None


class Rays(NamedTuple):
    """Rays through a thing, from all sides alike; arrays of one length.

    Parameters
    ----------
    water_mm : ndarray
        Soft tissue on the way, as water of the same attenuation.
    beside_hu_mm : ndarray
        HU over muscle times length, of other mineral on the way.
    own_hu_mm : ndarray
        The same of the thing itself.
    metal_mm : ndarray or float
        Metal on the way, in pixels of 4 mm that hold some.
    """

    water_mm: FloatArray
    beside_hu_mm: FloatArray
    own_hu_mm: FloatArray
    metal_mm: FloatArray | float = 0.0


def rays_through(slice_: Slice, own: npt.NDArray[np.floating], corner: tuple[int, int]) -> Rays:
    """The rays through a thing.

    Parameters
    ----------
    own : ndarray, (rows, columns) of a box
        HU of the thing over what is around it; what is not positive is none of it.
    corner : (row, column)
        Of the box's first pixel in the slice.

    Returns
    -------
    Rays
        Empty where nothing of the thing is positive.
    """
    thing = np.maximum(np.nan_to_num(own.astype(np.float64)), 0)
    rows, columns = np.nonzero(thing)
    if not len(rows):
        return Rays(np.zeros(0), np.zeros(0), np.zeros(0))
    dy, dx = slice_.pixel_mm
    y, x = (rows + corner[0]) * dy, (columns + corner[1]) * dx
    middle = (float(y.mean()), float(x.mean()))
    angles = np.pi * (np.arange(VIEWS) + 0.5) / VIEWS
    place_mm = np.outer(np.cos(angles), x - middle[1]) + np.outer(np.sin(angles), y - middle[0])
    met, off_mm = _columns(place_mm, thing[rows, columns] * dy * dx, max(float(np.ptp(place_mm)) / BINS, dy, dx))
    view, ray = np.nonzero(met > LEAST_SHARE * met.max())
    ways = _ways(slice_, middle, (angles[view], off_mm[ray]))
    water_mm, beside_hu_mm, metal_mm = _along(_coarse(slice_, thing > 0, corner), ways, slice_.pixel_mm)
    return Rays(water_mm, beside_hu_mm, met[view, ray], metal_mm)


def slope_along(rays: Sequence[Rays], beam: Beam) -> float | None:
    """Slope, mg HA/ml per HU, of what rays go through: the mineral that each must have met over what it shows of it.

    ``x`` g/cm2 in all on a ray show as ``x / (1 + h x)`` of what a thin object would; the thing shows what it adds to
    the mineral beside it.

    Parameters
    ----------
    rays : sequence of Rays
        Of some slices that stand for the thing, alike.

    Returns
    -------
    float or None
        None without rays.
    """
    slopes = [_mean_slope(some, beam) for some in rays if len(some.own_hu_mm)]
    return float(np.mean(slopes)) if slopes else None


def share_behind_metal(rays: Sequence[Rays]) -> float:
    """Of what rays show of a thing, the share of those that meet metal; 0 without rays."""
    shown = sum(float(some.own_hu_mm.sum()) for some in rays)
    behind = sum(float((some.own_hu_mm * (np.asarray(some.metal_mm) > 0)).sum()) for some in rays)
    return behind / shown if shown > 0 else 0.0


def _mean_slope(rays: Rays, beam: Beam) -> float:
    """The same of one slice."""
    slope, rise = beam.slope(rays.water_mm), beam.hardening_at(rays.water_mm)
    beside, own = (met * slope * G_PER_CM2 for met in (rays.beside_hu_mm, rays.own_hu_mm))
    first = 1 + rise * beside / np.maximum(1 - rise * beside, LEAST_LEFT)
    held = own * first**2 / np.maximum(1 - rise * own * first, LEAST_LEFT)
    return float(held.sum() / rays.own_hu_mm.sum()) / G_PER_CM2


def _columns(place_mm: FloatArray, values: FloatArray, bin_mm: float) -> tuple[FloatArray, FloatArray]:
    """Sums over rays (views, bins), each pixel divided between the two nearest, and where the rays lie, mm."""
    views, half = len(place_mm), int(np.abs(place_mm).max() / bin_mm) + 2
    bins = 2 * half + 1
    index = place_mm / bin_mm + half
    before = np.floor(index).astype(np.int64)
    upper = (index - before) * values
    flat = (before + np.arange(views)[:, None] * bins).ravel()
    met = np.bincount(flat, (values - upper).ravel(), views * bins)
    met += np.bincount(flat + 1, upper.ravel(), views * bins)
    return met.reshape(views, bins) / bin_mm, (np.arange(bins, dtype=np.float64) - half) * bin_mm


def _ways(slice_: Slice, middle: tuple[float, float], rays: tuple[FloatArray, FloatArray]) -> tuple[FloatArray, ...]:
    """Places in mm, y and x, (rays, steps), along rays of given angles and offsets from a middle, through the slice."""
    angles, off_mm = rays
    farthest = (max(m, n * d - m) for m, n, d in zip(middle, slice_.hu.shape, slice_.pixel_mm, strict=True))
    reach = float(np.hypot(*farthest))
    steps = np.arange(-reach, reach, COARSE_MM)
    cosine, sine = np.cos(angles)[:, None], np.sin(angles)[:, None]
    y = middle[0] + off_mm[:, None] * sine + steps * cosine
    x = middle[1] + off_mm[:, None] * cosine - steps * sine
    return y, x


def _coarse(slice_: Slice, own: BoolArray, corner: tuple[int, int]) -> tuple[FloatArray, ...]:
    """Soft tissue as a share of water, HU of mineral that is not the thing's own, and where metal is; rimmed with none.

    Metal is no mineral, and its HU say little of what it does to the beam: it counts as soft tissue.
    """
    blocks = _blocks(slice_.pixel_mm)
    values = slice_.hu.astype(np.float32)
    metal = values > MOST_HU if slice_.metal is None else slice_.metal | (values > MOST_HU)
    hu = _pooled(np.where(metal, np.float32(SOFT_HU), values), blocks)
    some_metal = _pooled(metal.astype(np.float32), blocks) > 0
    here = (_pooled(slice_.body.astype(np.float32), blocks) > 0.5) | (hu > SOLID_HU)
    water = np.where(here, 1 + np.clip(hu, -1000, SOFT_HU) / 1000, 0)
    beside = hu > MINERAL_HU
    rows, columns = ((k + first) // n for k, first, n in zip(np.nonzero(own), corner, blocks, strict=True))
    whole = (rows < hu.shape[0]) & (columns < hu.shape[1])
    beside[rows[whole], columns[whole]] = some_metal[rows[whole], columns[whole]] = False
    return tuple(np.pad(plane, 1) for plane in (water, np.where(beside, hu - SOFT_HU, 0), some_metal.astype(float)))


def _along(
    planes: tuple[FloatArray, ...], ways: tuple[FloatArray, ...], pixel_mm: tuple[float, float]
) -> tuple[FloatArray, ...]:
    """Sums along ways over the planes of ``_coarse``, times mm."""
    rows, columns = (
        np.clip((way / (d * block) + (1 + 0.5 / block)).astype(np.int32), 0, n - 1)
        for way, d, block, n in zip(ways, pixel_mm, _blocks(pixel_mm), planes[0].shape, strict=True)
    )
    index = rows * planes[0].shape[1] + columns
    return tuple(plane.ravel()[index].sum(axis=1, dtype=np.float64) * COARSE_MM for plane in planes)


def _blocks(pixel_mm: tuple[float, float]) -> tuple[int, int]:
    """Pixels that make a coarse one."""
    rows, columns = (max(1, round(COARSE_MM / d)) for d in pixel_mm)
    return rows, columns


def _pooled(plane: npt.NDArray[np.float32], blocks: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Means over blocks; what is left over at the far border is not there."""
    rows, columns = (n // block for n, block in zip(plane.shape, blocks, strict=True))
    whole = plane[: rows * blocks[0], : columns * blocks[1]]
    # Row by row and column by column, for a sum over two short axes at once takes six times as long.
    tall = whole.reshape(rows, blocks[0], whole.shape[1]).sum(axis=1, dtype=np.float32)
    whole_blocks: npt.NDArray[np.float32] = sum(tall[:, k :: blocks[1]] for k in range(blocks[1]))
    return whole_blocks / np.float32(blocks[0] * blocks[1])
