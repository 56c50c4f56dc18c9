"""Loops over rays and pixels, compiled: footprints of lattice pixels, hardening, and back projection.

Arrays end with the rows (along z), which lie next to each other in memory: the inner loop runs over them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@njit(cache=True, fastmath=True)
def _filled(u: float, flat: float, ramp: float) -> float:
    """Share of a trapezoid (flat half width, half width with the ramps) that lies below u."""
    if u <= -ramp:
        return 0.0
    if u >= ramp:
        return 1.0
    height, slope = 1.0 / (flat + ramp), ramp - flat
    below = -u if u > 0 else u
    share = 0.5 * height * (below + ramp) ** 2 / slope if below <= -flat else 0.5 + height * below
    return 1.0 - share if u > 0 else share


@njit(cache=True, fastmath=True)
def project(
    values: Singles, start: int, places: Doubles, sizes_mm: tuple[float, float], angles: Doubles, paths: Singles
) -> None:
    """Add the projections of square pixels to the mean path in every detector bin.

    ``values`` (pixels, some rows): what each pixel holds, from row ``start`` on; ``places`` (pixels, 2): x and y;
    ``sizes_mm``: side of a pixel, width of a bin; ``paths`` (views, bins, rows): bin b begins ``b - bins / 2`` widths
    from the middle.
    """
    views, bins, _ = paths.shape
    side, bin_mm = sizes_mm
    area_per_bin = side * side / bin_mm
    for view in range(views):
        c, s = np.cos(angles[view]), np.sin(angles[view])
        wide, narrow = max(abs(c), abs(s)) * side / 2, min(abs(c), abs(s)) * side / 2
        for pixel in range(len(places)):
            middle = places[pixel, 0] * c + places[pixel, 1] * s + 0.5 * bins * bin_mm
            first = int(np.floor((middle - wide - narrow) / bin_mm))
            last = int(np.floor((middle + wide + narrow) / bin_mm))
            before = 0.0
            for b in range(max(first, 0), min(last + 1, bins)):
                after = _filled((b + 1) * bin_mm - middle, wide - narrow, wide + narrow + 1e-9)
                weight = np.float32((after - before) * area_per_bin)
                before = after
                for row in range(values.shape[1]):
                    paths[view, b, start + row] += weight * values[pixel, row]


@njit(cache=True, fastmath=True)
def harden(mineral: Singles, per_mineral: Doubles, lack: Singles, per_lack: Doubles, spectra: Doubles) -> None:
    """Turn paths through mineral into what they add to the signal behind a background; in place.

    ``mineral`` and ``lack`` (rays, rows): amounts of mineral, and of muscle that gave way to something lighter, along
    each ray; ``lack`` may have no rows. ``per_mineral`` and ``per_lack`` (energies): their attenuation, the muscle that
    mineral replaces taken off. ``spectra`` (rays, energies): what the background leaves of each energy.
    """
    rays, rows = mineral.shape
    both = lack.shape[1] == rows
    for ray in range(rays):
        total = spectra[ray].sum()
        for row in range(rows):
            a, b = mineral[ray, row], lack[ray, row] if both else np.float32(0)
            if a == 0 and b == 0:
                continue
            left = 0.0
            for k in range(len(per_mineral)):
                left += spectra[ray, k] * np.exp(-per_mineral[k] * a - per_lack[k] * b)
            mineral[ray, row] = -np.log(left / total)


@njit(cache=True, fastmath=True)
def back_project(filtered: Singles, angles: Doubles, bin_mm: float, xs: Doubles, ys: Doubles, image: Singles) -> None:
    """Add to ``image`` (ys, xs, slices) what the filtered views (views, bins, slices) say, linearly interpolated."""
    views, bins, slices = filtered.shape
    along, across = np.cos(angles) / bin_mm, np.sin(angles) / bin_mm
    for j in range(len(ys)):
        for i in range(len(xs)):
            for view in range(views):
                place = xs[i] * along[view] + ys[j] * across[view] + 0.5 * bins - 0.5
                b = int(np.floor(place))
                if b < 0 or b + 1 >= bins:
                    continue
                right = np.float32(place - b)
                left = np.float32(1) - right
                for k in range(slices):
                    image[j, i, k] += left * filtered[view, b, k] + right * filtered[view, b + 1, k]
