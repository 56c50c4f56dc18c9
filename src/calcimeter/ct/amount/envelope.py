"""The volume of an envelope: half maximum, and what blur makes of half maximum taken back.

Half maximum puts an edge where it is as long as deposit and tissue are flat on the scale of the blur. Where they are
not (thin walls, small and rounded things, thick slices) the deposit as measured is scanned once more, by calculation,
and measured again: what the second measuring makes of a volume that is known, the first made of the true one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.level import power, weighted
from calcimeter.ct.amount.loose import Loose, loose_parts
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.amount.surroundings import taller, wider
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.window import Box, highest, mean_in, tiles_of
from calcimeter.model.grid import BoolArray

Floats = npt.NDArray[np.float32]


class Image(NamedTuple):
    """HU above background on finer slices, and how they change along each axis."""

    values: Floats
    changes: tuple[Floats, Floats, Floats]


class Frame(NamedTuple):
    """Where an envelope may end, on finer slices.

    Parameters
    ----------
    core : ndarray of bool
        Inside, whatever its HU: fluid and septa.
    allowed : ndarray of bool
        Within reach of the envelope, and nothing foreign.
    tiles : tuple of tuple of slice
        Boxes that hold all of both.
    depth : Image
        The envelope smoothed: rises inward.
    least_level_hu : float
        Below this a level is noise.
    loose : Loose or None
        Parts with an edge of their own.
    """

    core: BoolArray
    allowed: BoolArray
    tiles: tuple[Box, ...]
    depth: Image
    least_level_hu: float
    loose: Loose | None = None


class Edge(NamedTuple):
    """An image and the half-maximum edge in it.

    Parameters
    ----------
    image : Image
    level : ndarray of float32
        The deposit's own level nearby; 0 where no edge may lie.
    rise : ndarray of float32
        Change of HU across a voxel; 1 where no edge may lie.
    share : ndarray of float32
        How much of each voxel lies inside the edge, 0 to 1.
    """

    image: Image
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
    return _fitted(measured(seen.excess, _frame(seen, scanner, s), scanner, s), scanner, s)


def refit(fit: Fit, scanner: Scanner, s: AmountSettings) -> Fit:
    """The same envelope, measured as if the blur were another."""
    edge = _edge_of(fit.edge.image, fit.frame, scanner, s)
    return _fitted(_of_edge(edge, fit.frame, scanner, s), scanner, s)


def evenly_filled(fit: Fit, scanner: Scanner, s: AmountSettings) -> Edge:
    """The edge that would be seen of a deposit of the same shape, but of one density."""
    level = np.float32(fit.edge.level[fit.edge.share > 0].mean())
    return edge_in(scanner.scan(fit.edge.share * level), fit.frame, scanner, s)


def measured(excess: Floats, frame: Frame, scanner: Scanner, s: AmountSettings) -> Fit:
    """An envelope without the correction."""
    return _of_edge(edge_in(excess, frame, scanner, s), frame, scanner, s)


def _of_edge(edge: Edge, frame: Frame, scanner: Scanner, s: AmountSettings) -> Fit:
    """The volume inside an edge."""
    inner = _without_flank(edge, frame, scanner, s)
    return Fit(float(edge.share.sum(dtype=np.float64)), edge, inner, frame, edge.image.values)


def _fitted(fit: Fit, scanner: Scanner, s: AmountSettings) -> Fit:
    """With the correction, as far as there is one."""
    fit = fit._replace(shown=scanner.scan(fit.edge.share * fit.inner))
    voxels = _corrected(fit, scanner, s)
    return fit if voxels is None else fit._replace(voxels=voxels, is_corrected=True)


def _corrected(fit: Fit, scanner: Scanner, s: AmountSettings) -> float | None:
    """The measured volume times what is true of the deposit without blur over what is measured of it.

    None where the calculated scan shows less than a half of the deposit: what can't be seen can't correct.
    """
    again = float(edge_in(fit.shown, fit.frame, scanner, s).share.sum(dtype=np.float64))
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
    least_hu = s.least_level_sigmas * seen.noise_hu
    loose = loose_parts(seen.excess, allowed, seen.noise_hu, scanner, s)
    return Frame(core, allowed, tiles_of(core | allowed), Image(depth, _changes(depth)), least_hu, loose)


def edge_in(excess: Floats, frame: Frame, scanner: Scanner, s: AmountSettings) -> Edge:
    """The edge in a scan."""
    values = scanner.divide(excess)
    return _edge_of(Image(values, _changes(values)), frame, scanner, s)


def _edge_of(image: Image, frame: Frame, scanner: Scanner, s: AmountSettings) -> Edge:
    """The edge at half of the level nearby.

    The level is a mean weighted with a power of the values themselves, so that it is near the highest nearby, but not
    of a single noisy voxel. Loose parts have a level of their own. At the edge a voxel counts by how far it is over one
    half, in terms of the change across it.
    """
    levels = _levels(image.values, frame.allowed, frame, scanner, s)
    if frame.loose:
        levels = np.where(frame.loose.near, _levels(image.values, frame.loose.within, frame, scanner, s), levels)
    edge = Edge(image, levels, np.ones_like(levels), np.zeros_like(levels))
    for tile in frame.tiles:
        rise = _rise(image, levels[tile], tile)
        share = np.clip((image.values[tile] - np.float32(s.half) * levels[tile]) / rise + np.float32(0.5), 0, 1)
        edge.rise[tile], edge.share[tile] = rise, share * frame.allowed[tile]
    edge.share[frame.core] = 1
    return edge


def _levels(values: Floats, source: BoolArray, frame: Frame, scanner: Scanner, s: AmountSettings) -> Floats:
    """The level nearby of what lies in a source; 0 beyond the tiles."""
    weight, shining, levels = (np.zeros(values.shape, dtype=np.float32) for _ in range(3))
    for tile in frame.tiles:
        bright = np.maximum(values[tile], 0) * source[tile]
        weight[tile] = power(bright, s.level_power)
        shining[tile] = weight[tile] * bright
    least = np.float32(max(s.least_level * weighted(shining, weight), frame.least_level_hu))
    for tile in frame.tiles:
        top, bottom = (mean_in(values, tile, scanner.window, s.truncate) for values in (shining, weight))
        levels[tile] = np.maximum(top / np.maximum(bottom, np.float32(1e-3)), least)
    return levels


def _rise(image: Image, level: Floats, tile: Box) -> Floats:
    """Change across the voxels of a tile, and a little of the level, so that it is never 0."""
    rise = np.float32(1e-3) * level
    rise += np.float32(1e-3)
    for change in image.changes:
        rise += np.abs(change[tile])
    return rise


def _changes(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Along each axis, half of what lies between a voxel's neighbors; at the ends the whole to the one there is."""
    changes = (np.empty_like(values), np.empty_like(values), np.empty_like(values))
    for axis, change in enumerate(changes):
        along, of = np.moveaxis(change, axis, 0), np.moveaxis(values, axis, 0)
        np.subtract(of[2:], of[:-2], out=along[1:-1])
        along[1:-1] *= np.float32(0.5)
        along[0], along[-1] = of[1] - of[0], of[-1] - of[-2]
    return changes


def _without_flank(edge: Edge, frame: Frame, scanner: Scanner, s: AmountSettings) -> Floats:
    """What the deposit is inside: on its outer flank, where values rise inward, the highest level nearby.

    Of loose parts and of the others each for itself.
    """
    a, b, c = (max(1, round(s.restore * width)) for width in scanner.window)
    near = frame.loose.near if frame.loose else None
    kinds = [frame.allowed] if near is None else [frame.allowed & ~near, near]
    highs = [highest(np.where(kind, edge.level, np.float32(0)), (a, b, c)) for kind in kinds]
    nearby = highs[0] if near is None else np.where(near, highs[1], highs[0])
    inward = sum(a * b for a, b in zip(edge.image.changes, frame.depth.changes, strict=True)) > 0
    flank = inward & (edge.image.values < nearby) & (frame.depth.values < s.deep)
    inner: Floats = np.where(flank, nearby, edge.image.values)
    return inner


def _neighbors(mask: BoolArray) -> npt.NDArray[np.uint8]:
    """How many of a voxel's six face neighbors are set; beyond the box nothing is."""
    count = np.zeros(mask.shape, dtype=np.uint8)
    for axis in range(3):
        ahead, behind = np.moveaxis(count, axis, 0), np.moveaxis(mask, axis, 0)
        ahead[1:] += behind[:-1]
        ahead[:-1] += behind[1:]
    return count
