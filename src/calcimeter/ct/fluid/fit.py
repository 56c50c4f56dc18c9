"""A blurred step fitted to the HU around a patch: how level it is and how flat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calcimeter.ct.fluid.lattice import Lattice
from calcimeter.ct.fluid.steps import Steps
from calcimeter.ct.settings import FluidSettings
from calcimeter.model.grid import FloatArray

ROUNDS = 6
TINY = 1e-3
"""HU per mm: a surface that has left the data moves no HU, and is divided by this instead."""

WIDE = 4
"""Columns across that a curvature needs to be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Interface:
    """The surface between what lies above and below, as fitted.

    Parameters
    ----------
    hu_above, hu_below : float
    depth_mm : ndarray, (n,)
        Depth of the fitted surface in each column of the patch, from the lattice's first point.
    tilt_deg, tilt_error_deg : float
        Between the plane's normal and gravity, and its standard error.
    bow_mm, bow_error_mm : float
        By how much the surface leaves a plane, from its lowest to its highest place, and the standard error.
    residual_hu : float
        Root mean square of what the fit leaves.
    """

    hu_above: float
    hu_below: float
    depth_mm: FloatArray
    tilt_deg: float
    tilt_error_deg: float
    bow_mm: float
    bow_error_mm: float
    residual_hu: float


def fit_interface(lattice: Lattice, patch: Steps, sigma_mm: float, s: FluidSettings) -> tuple[Steps, Interface]:
    """Least squares over the voxels within a reach of a patch: HU = above + rise Phi((depth - surface) / sigma).

    The surface is a paraboloid: its slope in the middle is the tilt, its curvature the bow. Columns that the fit
    leaves much more of than of most are at a wall: they are dropped. Then the patch grows by columns at its edge that
    the same surface explains, so that a dome shows its bow and a level reaches its wall. Standard errors take
    neighboring voxels as alike over the blur.

    Returns
    -------
    Steps
        The columns in the end.
    Interface
    """
    fit = _fit(lattice, patch, sigma_mm, s.fit_reach_mm)
    for grow in (False, *(True,) * s.growth):
        limit = s.max_column_residual * float(np.median(fit.left_hu))
        wider = _wider(lattice, patch) if grow else patch
        left = _left(lattice, wider, fit, (sigma_mm, s.fit_reach_mm))
        keep = left <= limit
        hopeless = fit.interface.tilt_deg > s.max_lean_deg or fit.interface.bow_mm > 2 * s.most_bow_mm
        if hopeless or np.count_nonzero(keep) < s.min_columns:
            break
        patch = wider.select(keep)
        fit = _fit(lattice, patch, sigma_mm, s.fit_reach_mm)
    return patch, fit.interface


class _Fit(NamedTuple):
    """An interface, its parameters, and what is left in each column."""

    interface: Interface
    surface: FloatArray
    middle: FloatArray
    terms: tuple[bool, bool]
    left_hu: FloatArray


def _wider(lattice: Lattice, patch: Steps) -> Steps:
    """The patch and the columns around it; what is not yet known of these is left at the patch's mean."""
    from scipy.ndimage import binary_dilation

    flat = np.zeros(lattice.hu.shape[1:], dtype=bool)
    flat[tuple(patch.column.T)] = True
    column = np.argwhere(binary_dilation(flat, np.ones((3, 3))))
    mean = [np.full(len(column), values.mean()) for values in (patch.depth_mm, patch.above_hu, patch.below_hu)]
    return Steps(column, *mean)


def _left(lattice: Lattice, patch: Steps, fit: _Fit, scale_mm: tuple[float, float]) -> FloatArray:
    """Root mean square of what a fit leaves in each column of another patch."""
    depth_mm = _shape(patch.column * lattice.steps_mm[1:] - fit.middle, fit.terms) @ fit.surface
    hu, depth = _samples(lattice, patch, depth_mm, scale_mm[1])
    ramp, _ = _ramp((depth - depth_mm[:, None]) / scale_mm[0])
    off = hu - fit.interface.hu_above - (fit.interface.hu_below - fit.interface.hu_above) * ramp
    left: FloatArray = np.sqrt((off**2).mean(axis=1))
    return left


def _fit(lattice: Lattice, patch: Steps, sigma_mm: float, reach_mm: float) -> _Fit:
    """The interface of a patch as it is."""
    points = patch.column * lattice.steps_mm[1:]
    middle = points.mean(axis=0)
    terms = (len(np.unique(patch.column[:, 0])) >= WIDE, len(np.unique(patch.column[:, 1])) >= WIDE)
    shape = _shape(points - middle, terms)
    surface: FloatArray = np.linalg.lstsq(shape, patch.depth_mm, rcond=None)[0].astype(np.float64)
    hu, depth = _samples(lattice, patch, patch.depth_mm, reach_mm)
    low, rise, left, inverse = 0.0, 1.0, hu, np.zeros((0, 0))
    for _ in range(ROUNDS):
        ramp, slope = _ramp((depth - (shape @ surface)[:, None]) / sigma_mm)
        parts = np.linalg.lstsq(np.column_stack([1 - ramp.ravel(), ramp.ravel()]), hu.ravel(), rcond=None)[0]
        low, rise = float(parts[0]), float(parts[1] - parts[0])
        left = hu - low - rise * ramp
        design = (-rise / sigma_mm * slope[:, :, None] * shape[:, None, :]).reshape(-1, shape.shape[1])
        size = np.sqrt((design**2).sum(axis=0)) + TINY
        product = (design / size).T @ (design / size) + 1e-9 * np.eye(len(size))
        inverse = np.linalg.inv(product) / np.outer(size, size)
        surface = surface + np.clip(inverse @ (design.T @ left.ravel()), -1.0, 1.0)
    alike = max(1.0, 4 * np.pi * sigma_mm**2 / (lattice.steps_mm[0] * min(lattice.steps_mm[1:])))
    spread = float(np.sqrt((left**2).mean()))
    covariance = inverse * spread**2 * alike
    bows = shape[:, 3:] - shape[:, 3:].mean(axis=0)
    interface = Interface(
        hu_above=low,
        hu_below=low + rise,
        depth_mm=shape @ surface,
        tilt_deg=float(np.degrees(np.arctan(np.hypot(*surface[1:3])))),
        tilt_error_deg=float(np.degrees(np.sqrt((covariance[1, 1] + covariance[2, 2]) / 2))),
        bow_mm=float(np.ptp(bows @ surface[3:])),
        bow_error_mm=_bow_error(bows, covariance[3:, 3:]),
        residual_hu=spread,
    )
    left_hu: FloatArray = np.sqrt((left**2).mean(axis=1)).astype(np.float64)
    return _Fit(interface, surface, middle, terms, left_hu)


def _ramp(off: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The blurred step and its slope, at offsets in standard deviations."""
    from scipy.special import erf

    ramp: FloatArray = 0.5 * (1 + erf(off / np.sqrt(2)))
    slope: FloatArray = np.exp(-0.5 * off**2) / np.sqrt(2 * np.pi)
    return ramp, slope


def _shape(offset_mm: FloatArray, terms: tuple[bool, bool]) -> FloatArray:
    """What the surface is a sum of, in each column: a constant, two slopes, and the curvatures that can be seen."""
    parts = [np.ones(len(offset_mm)), offset_mm[:, 0], offset_mm[:, 1]]
    parts += [offset_mm[:, k] ** 2 for k in (0, 1) if terms[k]]
    if all(terms):
        parts.append(offset_mm[:, 0] * offset_mm[:, 1])
    return np.column_stack(parts)


def _samples(lattice: Lattice, patch: Steps, at_mm: FloatArray, reach_mm: float) -> tuple[FloatArray, FloatArray]:
    """HU and depth of the voxels within a reach of some depth in each column, each (columns, samples)."""
    step = lattice.steps_mm[0]
    reach = max(2, round(reach_mm / step))
    middle = np.rint(at_mm / step).astype(np.int64)
    rows = np.clip(middle[:, None] + np.arange(-reach, reach + 1), 0, lattice.hu.shape[0] - 1)
    hu = lattice.hu[rows, patch.column[:, :1], patch.column[:, 1:]].astype(np.float64)
    return hu, rows * step


def _bow_error(bows: FloatArray, covariance: FloatArray) -> float:
    """Standard error of the range of a bow along one direction; infinite where no curvature can be seen."""
    terms = bows.shape[1]
    if not terms:
        return float("inf")
    most = np.einsum("ij,jk,ik->i", bows, covariance, bows).max()
    return float(2 * np.sqrt(max(most, 0) / terms))
