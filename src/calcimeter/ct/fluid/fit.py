"""A blurred step fitted to the HU around a patch: how level it is and how flat."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from calcimeter.ct.fluid.batch import TERMS, Batch, Scale, dot, samples_of, surface_terms
from calcimeter.ct.fluid.lattice import Lattice
from calcimeter.ct.fluid.steps import Steps
from calcimeter.ct.settings import FluidSettings
from calcimeter.model.grid import BoolArray, FloatArray

ROUNDS = 6
TINY = 1e-3
"""HU per mm: a surface that has left the data moves no HU, and is divided by this instead."""

EVEN = 1e-9
"""Variance of a ramp that does not change."""


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
    seen_mm2 : float
        The bow of a sphere times its radius, as far as the columns would show it: not across fewer than ``WIDE``, and
        not more than a disk of their area.
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
    seen_mm2: float
    residual_hu: float


def fit_interfaces(
    lattice: Lattice, patches: list[Steps], scale: Scale, s: FluidSettings
) -> list[tuple[Steps, Interface]]:
    """Least squares over the voxels within a reach of each patch: HU = above + rise Phi((depth - surface) / sigma).

    The surface is a paraboloid: its slope in the middle is the tilt, its curvature the bow. Columns that the fit
    leaves much more of than of most are at a wall: they are dropped. Then the patch grows by columns at its edge that
    the same surface explains, so that a dome shows its bow and a level reaches its wall. Standard errors take
    neighboring voxels as alike over the blur.

    Returns
    -------
    list of (Steps, Interface)
        The columns in the end and the surface, in the order of the patches.
    """
    found = list(zip(patches, _fits(lattice, patches, scale), strict=True))
    going = list(range(len(found)))
    for grow in (False, *(True,) * s.growth):
        changed = {}
        for k in going:
            patch = _next(lattice, *found[k], scale, s, grow=grow)
            if patch is not None:
                changed[k] = patch
        fits = _fits(lattice, list(changed.values()), scale)
        for (k, patch), fit in zip(changed.items(), fits, strict=True):
            found[k] = (patch, fit)
        going = list(changed)
    return [(patch, fit.interface) for patch, fit in found]


class _Fit(NamedTuple):
    """An interface, its parameters, and what is left in each column."""

    interface: Interface
    surface: FloatArray
    middle: FloatArray
    terms: BoolArray
    left_hu: FloatArray


def _next(lattice: Lattice, patch: Steps, fit: _Fit, scale: Scale, s: FluidSettings, *, grow: bool) -> Steps | None:
    """The columns that a fit explains, of the patch or, to grow, also of those around; None where that is the end."""
    if fit.interface.tilt_deg > s.max_lean_deg or fit.interface.bow_mm > 2 * s.most_bow_mm:
        return None  # hopeless
    wider = _wider(lattice, patch) if grow else patch
    keep = _left(lattice, wider, fit, scale) <= s.max_column_residual * float(np.median(fit.left_hu))
    return wider.select(keep) if np.count_nonzero(keep) >= s.min_columns else None


def _wider(lattice: Lattice, patch: Steps) -> Steps:
    """The patch and the columns around it; what is not yet known of these is left at the patch's mean."""
    from scipy.ndimage import binary_dilation

    flat = np.zeros(lattice.hu.shape[1:], dtype=bool)
    flat[tuple(patch.column.T)] = True
    column = np.argwhere(binary_dilation(flat, np.ones((3, 3))))
    mean = [np.full(len(column), values.mean()) for values in (patch.depth_mm, patch.above_hu, patch.below_hu)]
    return Steps(column, *mean)


def _left(lattice: Lattice, patch: Steps, fit: _Fit, scale: Scale) -> FloatArray:
    """Root mean square of what a fit leaves in each column of another patch."""
    depth_mm = surface_terms(patch.column * lattice.steps_mm[1:] - fit.middle, fit.terms) @ fit.surface
    hu, depth = samples_of(lattice, patch, depth_mm, scale)
    ramp = _ramp((depth - depth_mm[:, None]) / scale.sigma_mm)
    off = hu - fit.interface.hu_above - (fit.interface.hu_below - fit.interface.hu_above) * ramp
    left: FloatArray = np.sqrt((off**2).mean(axis=1))
    return left


def _fits(lattice: Lattice, patches: list[Steps], scale: Scale) -> list[_Fit]:
    """The interfaces of patches as they are."""
    if not patches:
        return []
    batch, sigma_mm = Batch.of(lattice, patches, scale), scale.sigma_mm
    surface, products = batch.surface, batch.shape[:, :, None] * batch.shape[:, None, :]
    low = rise = np.zeros(len(patches))
    left, inverse = batch.hu, np.zeros((len(patches), TERMS, TERMS))
    for _ in range(ROUNDS):
        off = (batch.depth_mm - batch.depths_mm(surface)[:, None]) / sigma_mm
        ramp = _ramp(off)
        low, rise = _heights(batch, ramp)
        left = batch.hu - low[batch.own, None] - rise[batch.own, None] * ramp
        # HU per mm that the surface sinks; alike for all terms of a column.
        pull = _slope(off) * (-rise / sigma_mm)[batch.own, None]
        product = batch.sum(products * dot(pull, pull)[:, None, None])
        size = np.sqrt(np.diagonal(product, axis1=1, axis2=2)) + TINY
        outer = size[:, :, None] * size[:, None, :]
        inverse = np.linalg.inv(product / outer + 1e-9 * np.eye(TERMS)) / outer
        toward = batch.sum(batch.shape * dot(pull, left)[:, None])
        surface = surface + np.clip(np.einsum("kij,kj->ki", inverse, toward), -1.0, 1.0)
    alike = max(1.0, 4 * np.pi * sigma_mm**2 / (lattice.steps_mm[0] * min(lattice.steps_mm[1:])))
    heights = np.stack([low, low + rise], axis=1)
    return _described(batch, surface, heights, left, inverse * alike)


def _described(
    batch: Batch, surface: FloatArray, heights_hu: FloatArray, left: FloatArray, covariance: FloatArray
) -> list[_Fit]:
    """Each patch by itself; the covariance is that of noise of 1 HU."""
    squares, depth_mm = dot(left, left) / left.shape[1], batch.depths_mm(surface)
    fits = []
    for k, own in enumerate(slice(*ends) for ends in pairwise([*batch.first, len(batch.own)])):
        spread = float(np.sqrt(squares[own].mean()))
        error, terms = covariance[k] * spread**2, batch.terms[k]
        bows = batch.shape[own, 3:] - batch.shape[own, 3:].mean(axis=0)
        interface = Interface(
            hu_above=float(heights_hu[k, 0]),
            hu_below=float(heights_hu[k, 1]),
            depth_mm=depth_mm[own],
            tilt_deg=float(np.degrees(np.arctan(np.hypot(*surface[k, 1:3])))),
            tilt_error_deg=float(np.degrees(np.sqrt((error[1, 1] + error[2, 2]) / 2))),
            bow_mm=float(np.ptp(bows @ surface[k, 3:])),
            bow_error_mm=_bow_error(bows[:, terms[3:]], error[3:, 3:][np.ix_(terms[3:], terms[3:])]),
            seen_mm2=_seen_mm2(batch.shape[own, 3:5], batch.column_mm2),
            residual_hu=spread,
        )
        fits.append(_Fit(interface, surface[k], batch.middle[k], terms, np.sqrt(squares[own])))
    return fits


def _heights(batch: Batch, ramp: FloatArray) -> tuple[FloatArray, FloatArray]:
    """HU above and the rise, by least squares; the smallest that fit where the ramp does not change; (patches,)."""
    samples = batch.sum(np.full(len(ramp), float(ramp.shape[1])))
    mean, level = (batch.sum(values.sum(axis=1)) / samples for values in (batch.hu, ramp))
    swing = ramp - level[batch.own, None]
    spread = batch.sum(dot(swing, swing))
    even = spread < EVEN * samples
    rise = batch.sum(dot(swing, batch.hu)) / np.where(even, 1.0, spread)
    low = mean - rise * level
    for k in np.flatnonzero(even):
        of_patch = ramp[batch.own == k].ravel()
        shares = np.column_stack([1 - of_patch, of_patch])
        above, below = np.linalg.lstsq(shares, batch.hu[batch.own == k].ravel(), rcond=None)[0]
        low[k], rise[k] = above, below - above
    return low, rise


def _ramp(off: FloatArray) -> FloatArray:
    """The blurred step at offsets in standard deviations."""
    from scipy.special import ndtr

    ramp: FloatArray = ndtr(off)
    return ramp


def _slope(off: FloatArray) -> FloatArray:
    """The slope of the ramp."""
    slope: FloatArray = np.exp(-0.5 * off**2) / np.sqrt(2 * np.pi)
    return slope


def _seen_mm2(squares: FloatArray, column_mm2: float) -> float:
    """As of ``Interface``, from the squared offsets of the columns, 0 where they can't be seen."""
    return min(float(np.ptp(squares.sum(axis=1))) / 2, len(squares) * column_mm2 / (2 * np.pi))


def _bow_error(bows: FloatArray, covariance: FloatArray) -> float:
    """Standard error of the range of a bow along one direction; infinite where no curvature can be seen."""
    terms = bows.shape[1]
    if not terms:
        return float("inf")
    most = np.einsum("ij,jk,ik->i", bows, covariance, bows).max()
    return float(2 * np.sqrt(max(most, 0) / terms))
