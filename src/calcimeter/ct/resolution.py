"""How blurred the scan is, measured at the patient's own skin: volume, body -> resolution."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import ResolutionSettings
from calcimeter.geometry.window import SIGMA_OF_FWHM
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.measures import Resolution
from calcimeter.model.volume import Volume

Floats = npt.NDArray[np.float32]


def measure_resolution(volume: Volume, body: Mask, settings: ResolutionSettings) -> Resolution:
    """Full width at half maximum of a point in the slice and across slices.

    Skin against air is an edge of a thousand HU that every scan of a body has. Where it crosses rows or columns
    squarely and does not lean from slice to slice, its profiles are laid over one another, and the slope of their
    lower half, where only air lies, is that of the blur: beyond it skin and fat differ. Across slices nothing in most
    scans lies squarely; there the distance of slices stands for their profile.

    Returns
    -------
    Resolution
        With an assumed width and a wide ``relative_sd`` where too little skin is in view: a body that fills the
        images, a wrapped one, an image cut to a part.
    """
    thick, rows, columns = volume.grid.spacing_mm
    found = [_sigma_mm(volume, body, axis, settings) for axis in (0, 1)]
    known = [sigma for sigma in found if sigma is not None]
    if not known:
        return Resolution(settings.usual_fwhm_mm, thick, settings.usual_sd, "assumed: too little skin in view")
    fwhm = float(np.sqrt(np.mean(np.square(known)))) / SIGMA_OF_FWHM
    between = float(np.std(known) / np.mean(known))
    return Resolution(
        max(fwhm, min(rows, columns)),
        thick,
        float(np.hypot(settings.least_sd, between)),
        "skin against air in the slice; the distance of slices across them",
    )


class _Edges(NamedTuple):
    """Profiles across the skin: distance from the crossing along its normal, mm, and share of the step, both (n, m)."""

    distance_mm: FloatArray
    share: FloatArray


def _sigma_mm(volume: Volume, body: Mask, axis: int, s: ResolutionSettings) -> float | None:
    """Standard deviation of the blur along rows (axis 0) or columns (1), mm; None with too few edges."""
    slices = volume.grid.shape[0]
    step = max(1, slices // s.planes)
    parts = [_edges(volume, body, k, axis, s) for k in range(1, slices - 1, step)]
    if sum(len(part.share) for part in parts) < s.min_edges:
        return None
    distance = np.concatenate([part.distance_mm for part in parts]).ravel()
    share = np.concatenate([part.share for part in parts]).ravel()
    return _slope_sigma(distance, share, s)


def _edges(volume: Volume, body: Mask, k: int, axis: int, s: ResolutionSettings) -> _Edges:
    """Profiles of one plane, from air inward, both ways along an axis."""
    plane = volume.values[k].astype(np.float32)
    lean = (volume.values[k + 1].astype(np.float32) - volume.values[k - 1]) / 2
    inside = body.plane(k)
    if axis == 0:
        plane, lean, inside = plane.T, lean.T, inside.T
    pixel_mm, across_mm = (volume.grid.spacing_mm[axis + 1], volume.grid.spacing_mm[2 - axis])
    ways = [_inward(plane[:, ::way], lean[:, ::way], inside[:, ::way], (pixel_mm, across_mm), s) for way in (1, -1)]
    return _Edges(np.concatenate([w.distance_mm for w in ways]), np.concatenate([w.share for w in ways]))


def _inward(
    plane: Floats, lean: Floats, inside: BoolArray, pixel_mm: tuple[float, float], s: ResolutionSettings
) -> _Edges:
    """Profiles along columns where air turns into skin, columns growing inward."""
    reach = int(np.ceil(s.profile_mm / pixel_mm[0]))
    row, column = np.nonzero((plane[:, :-1] < s.middle_hu) & (plane[:, 1:] >= s.middle_hu))
    fits = (column >= reach) & (column + 1 + reach < plane.shape[1]) & (row > 0) & (row < plane.shape[0] - 1)
    row, column = row[fits], column[fits]
    profile = plane[row[:, None], column[:, None] + np.arange(-reach, reach + 2)]
    along = profile[:, reach + 1] - profile[:, reach]
    beside = (
        plane[row + 1, column] - plane[row - 1, column] + plane[row + 1, column + 1] - plane[row - 1, column + 1]
    ) / 4
    slope = np.abs(beside / pixel_mm[1]) * pixel_mm[0] / along
    leaning = (np.abs(lean[row, column]) + np.abs(lean[row, column + 1])) / 2 / along
    outer = profile[:, : max(1, reach - int(s.clear_mm / pixel_mm[0]))]
    skin = [reach + 1 + int(np.ceil(depth_mm / pixel_mm[0])) for depth_mm in s.skin_mm]
    inner = profile[:, skin[0] : skin[1] + 1]
    good = (slope < s.max_slope) & (leaning < s.max_lean) & inside[row, column + 1 + reach]
    good &= (outer.max(axis=1) < s.air_hu) & (inner.min(axis=1) > s.tissue_hu)
    profile, slope = profile[good].astype(np.float64), slope[good]
    air, tissue = outer[good].mean(axis=1), inner[good].max(axis=1)
    share = (profile - air[:, None]) / (tissue - air)[:, None]
    crossing = (0.5 - share[:, reach]) / (share[:, reach + 1] - share[:, reach])
    place = (np.arange(-reach, reach + 2) - crossing[:, None]) * pixel_mm[0] / np.sqrt(1 + slope[:, None] ** 2)
    return _Edges(place, share)


def _slope_sigma(distance_mm: FloatArray, share: FloatArray, s: ResolutionSettings) -> float | None:
    """Standard deviation of a Gaussian edge: median share by distance, turned to standard deviations, and its slope."""
    from scipy.special import ndtri

    bins = np.round(distance_mm / s.bin_mm).astype(int)
    places, shares = [], []
    for b in range(int(-s.profile_mm / s.bin_mm), 2):
        own = share[bins == b]
        if len(own) >= s.min_in_bin:
            places.append(b * s.bin_mm)
            shares.append(float(np.median(own)))
    place, median = np.array(places), np.array(shares)
    used = (median > s.shares[0]) & (median < s.shares[1])
    if used.sum() < 3:
        return None
    slope = float(np.polyfit(place[used], ndtri(median[used]), 1)[0])
    return 1 / slope if slope > 0 else None
