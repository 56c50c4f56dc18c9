"""The volume of an envelope: half maximum, and what blur makes of half maximum taken back.

Half maximum puts an edge where it is as long as deposit and tissue are flat on the scale of the blur. Where they are
not (thin walls, small and rounded things, thick slices) the deposit as measured is scanned once more, by calculation,
and measured again: what the second measuring makes of a volume that is known, the first made of the true one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.amount.surroundings import taller, wider
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.grid import BoolArray

Floats = npt.NDArray[np.float32]


class Frame(NamedTuple):
    """Where an envelope may end, on finer slices.

    Parameters
    ----------
    core : ndarray of bool
        Inside, whatever its HU: fluid and septa.
    allowed : ndarray of bool
        Within reach of the envelope, and nothing foreign.
    depth : ndarray of float32
        The envelope smoothed: rises inward.
    least_level_hu : float
        Below this a level is noise.
    """

    core: BoolArray
    allowed: BoolArray
    depth: Floats
    least_level_hu: float


class Edge(NamedTuple):
    """An image and the half-maximum edge in it, on finer slices.

    Parameters
    ----------
    values : ndarray of float32
        HU above background.
    level : ndarray of float32
        The deposit's own level nearby.
    rise : ndarray of float32
        Change of HU across a voxel.
    share : ndarray of float32
        How much of each voxel lies inside the edge, 0 to 1.
    """

    values: Floats
    level: Floats
    rise: Floats
    share: Floats


class Fit(NamedTuple):
    """A volume, and the edge it comes from.

    Parameters
    ----------
    voxels : float
        Volume in voxels of the finer slices.
    edge : Edge
        As measured.
    inner : ndarray of float32
        HU above background inside the deposit without the blur of its outer edge.
    frame : Frame
    shown : ndarray of float32
        What the scan would show of the deposit as measured; before the correction the scan itself.
    is_corrected : bool
        Whether that was enough of it to correct the volume.
    """

    voxels: float
    edge: Edge
    inner: Floats
    frame: Frame
    shown: Floats
    is_corrected: bool = False


class Seen(NamedTuple):
    """An envelope in its box, (slices, rows, columns): HU above background, what lies in it and what is foreign."""

    excess: Floats
    mask: BoolArray
    foreign: BoolArray
    noise_hu: float


def fit_envelope(seen: Seen, scanner: Scanner, s: AmountSettings) -> Fit:
    """Measure an envelope."""
    fit = measured(seen.excess, _frame(seen, scanner, s), scanner, s)
    fit = fit._replace(shown=scanner.scan(fit.edge.share * fit.inner))
    voxels = _corrected(fit, scanner, s)
    return fit if voxels is None else fit._replace(voxels=voxels, is_corrected=True)


def measured(excess: Floats, frame: Frame, scanner: Scanner, s: AmountSettings) -> Fit:
    """The same without the correction."""
    edge = _edge(excess, frame, scanner, s)
    inner = _without_flank(edge, frame, scanner, s)
    return Fit(float(edge.share.sum(dtype=np.float64)), edge, inner, frame, excess)


def _corrected(fit: Fit, scanner: Scanner, s: AmountSettings) -> float | None:
    """The measured volume times what is true of the deposit without blur over what is measured of it.

    None where the calculated scan shows less than a half of the deposit: what can't be seen can't correct.
    """
    again = float(_edge(fit.shown, fit.frame, scanner, s).share.sum(dtype=np.float64))
    first = float(fit.edge.share.sum(dtype=np.float64))
    return first * first / again if again >= s.least_shown * first > 0 else None


def _frame(seen: Seen, scanner: Scanner, s: AmountSettings) -> Frame:
    """Core, reach and depth of an envelope."""
    from scipy.ndimage import gaussian_filter

    mask = seen.mask
    core = np.repeat(_neighbors(mask) == 6, scanner.parts, axis=0)
    grown = taller(mask)
    for _ in range(s.reach_voxels):
        grown = wider(grown)
    allowed = np.repeat(grown & ~seen.foreign, scanner.parts, axis=0)
    envelope = np.repeat(mask, scanner.parts, axis=0).astype(np.float32)
    depth = gaussian_filter(envelope, scanner.window, truncate=s.truncate)
    return Frame(core, allowed, depth, s.least_level_sigmas * seen.noise_hu)


def _edge(excess: Floats, frame: Frame, scanner: Scanner, s: AmountSettings) -> Edge:
    """The edge at half of the level nearby.

    The level is a mean weighted with a power of the values themselves, so that it is near the highest nearby, but not
    of a single noisy voxel. At the edge a voxel counts by how far it is over one half, in terms of the change across
    it.
    """
    from scipy.ndimage import gaussian_filter

    values = scanner.divide(excess)
    bright = np.where(frame.allowed, np.maximum(values, 0), np.float32(0))
    weight = bright**s.level_power
    top = gaussian_filter(weight * bright, scanner.window, truncate=s.truncate)
    bottom = gaussian_filter(weight, scanner.window, truncate=s.truncate)
    whole = float((weight * bright).sum(dtype=np.float64) / max(1e-3, weight.sum(dtype=np.float64)))
    level = np.maximum(
        top / np.maximum(bottom, np.float32(1e-3)), np.float32(max(s.least_level * whole, frame.least_level_hu))
    )
    rise = sum(np.abs(step) for step in np.gradient(values)) + np.float32(1e-3) * level + np.float32(1e-3)
    share = np.clip(0.5 + (values - s.half * level) / rise, 0, 1)
    share = np.where(frame.core, np.float32(1), np.where(frame.allowed, share, np.float32(0)))
    return Edge(values, level, rise, share.astype(np.float32))


def _without_flank(edge: Edge, frame: Frame, scanner: Scanner, s: AmountSettings) -> Floats:
    """What the deposit is inside: on its outer flank, where values rise inward, the highest level nearby."""
    from scipy.ndimage import maximum_filter

    size = [2 * max(1, round(s.restore * width)) + 1 for width in scanner.window]
    highest = maximum_filter(np.where(frame.allowed, edge.level, np.float32(0)), size)
    inward = sum(a * b for a, b in zip(np.gradient(edge.values), np.gradient(frame.depth), strict=True)) > 0
    flank = inward & (edge.values < highest) & (frame.depth < s.deep)
    inner: Floats = np.where(flank, highest, edge.values)
    return inner


def _neighbors(mask: BoolArray) -> npt.NDArray[np.uint8]:
    """How many of a voxel's six face neighbors are set; beyond the box nothing is."""
    count = np.zeros(mask.shape, dtype=np.uint8)
    for axis in range(3):
        ahead, behind = np.moveaxis(count, axis, 0), np.moveaxis(mask, axis, 0)
        ahead[1:] += behind[:-1]
        ahead[:-1] += behind[1:]
    return count
