"""The envelope of each deposit: groups of fragments -> filled outlines at half maximum, with their voxel fractions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import OutlineSettings
from calcimeter.geometry.morphology import closed, dilate, filled
from calcimeter.model.anatomy import Anatomy, Dense, Mask
from calcimeter.model.candidate import Group
from calcimeter.model.grid import BoolArray, Index3
from calcimeter.model.lesion import LISTED_ONLY_WITH_ALL, Deposit
from calcimeter.model.study import CTStudy, tracking_uids
from calcimeter.model.volume import Fractions, Region, Volume

FloatValues = npt.NDArray[np.float32]
BESIDE = (2, 2, 2)
"""Voxels around a deposit in which its edge lies."""

IN_PLANE = np.zeros((3, 3, 3), dtype=bool)
"""Voxels that share a face within a slice."""
IN_PLANE[1, 1] = IN_PLANE[1, :, 1] = True


def outline_deposits(
    study: CTStudy, groups: tuple[Group, ...], dense: Dense, anatomy: Anatomy, settings: OutlineSettings
) -> tuple[Deposit, ...]:
    """Deposits with their envelopes, in the order of the groups.

    The envelope is what the dense fragments enclose: slits in a rim up to 4 mm are bridged, then a voxel counts as
    enclosed if it is a hole in at least two of the three planes through it. At the edge each voxel counts with the
    fraction that its HU gives between the tissue around and the deposit's own level nearby, and the envelope ends
    at one half, so that blur and the search threshold do not blow up dense deposits. Where a deposit is nowhere
    clearly denser than its surroundings the dense voxels themselves are the envelope.
    """
    volume = study.volume
    fragments = [Region.union(group.fragments) for group in groups]
    uids = tracking_uids(study, [volume.grid.to_patient(own.centroid()) for own in fragments])
    unfilled = [_unfilled(volume, *known) for known in zip(uids, groups, fragments, strict=True)]
    return tuple(
        deposit
        if deposit.category in LISTED_ONLY_WITH_ALL
        else _filled(volume, deposit, own, (dense, anatomy), settings)
        for deposit, own in zip(unfilled, fragments, strict=True)
    )


def _unfilled(volume: Volume, uid: str, group: Group, own: Region) -> Deposit:
    """The dense voxels alone; what is set aside stays so."""
    border = any(a == 0 or b == n for a, b, n in zip(own.start, own.stop, volume.grid.shape, strict=True))
    return Deposit(
        tracking_uid=uid,
        dense=own,
        envelope=own,
        parts=len(group.fragments),
        category=group.verdict.category,
        confidence=group.verdict.confidence,
        reasons=group.verdict.reasons,
        caveats=("TOUCHES_BORDER",) if border else (),
    )


def _filled(
    volume: Volume, deposit: Deposit, own: Region, around: tuple[Dense, Anatomy], s: OutlineSettings
) -> Deposit:
    """The deposit with its envelope at half maximum."""
    dense, anatomy = around
    spacing = volume.grid.spacing_mm
    reach = [int(max(2 * s.closing_mm, s.ring_mm[1]) / d) + 2 for d in spacing]
    box = own.padded((reach[0], reach[1], reach[2]), volume.grid.shape)
    bone = anatomy.skeleton.labels[box.slices] > 0
    holes, is_open = _enclosed(box.mask, spacing, s)
    other = _without_noise(dense.mask.within(box.slices) & ~box.mask, holes, s.noise_voxels)
    foreign = other | bone | ~anatomy.body.within(box.slices)
    whole = Region(box.start, box.mask | (holes & ~foreign))
    background = _background(volume, whole, foreign, s)
    start, fractions, envelope = _shares(volume, whole, foreign, background, s)
    if not envelope.any():
        start, envelope, fractions = own.start, own.mask, own.mask.astype(np.float32)
    cut = any(cut.region.overlap(own) > 0 for cut in anatomy.skeleton.cuts)
    met = {"CUT_FROM_BONE": cut, "ENVELOPE_OPEN": is_open}
    return replace(
        deposit,
        envelope=Region.trimmed(start, envelope),
        fractions=_trimmed(start, fractions),
        caveats=(*deposit.caveats, *(code for code, holds in met.items() if holds)),
    )


def _trimmed(start: Index3, values: FloatValues) -> Fractions:
    """The fractions in the smallest box that holds all that are not 0."""
    used = [np.flatnonzero(values.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    low, high = [int(u[0]) for u in used], [int(u[-1]) + 1 for u in used]
    part = values[low[0] : high[0], low[1] : high[1], low[2] : high[2]].copy()
    return Fractions((start[0] + low[0], start[1] + low[1], start[2] + low[2]), part)


def _enclosed(mask: BoolArray, spacing: tuple[float, float, float], s: OutlineSettings) -> tuple[BoolArray, bool]:
    """Voxels that the mask encloses, with the rim voxels that closing bridged, and whether the envelope is open.

    A hole in two of the three planes is enclosed, before closing (which would fill a narrow one and hide it) or after.
    One that only the transverse slices enclose is open above or below; it counts up to twice the dense volume, and
    the envelope is called open.
    """
    bridged = closed(Mask.from_bool(mask), s.closing_mm, spacing)
    solid = bridged.to_bool()
    inside = _holes(mask) | _holes(solid)
    transverse = filled(bridged).to_bool() & ~solid
    lost = int((transverse & ~inside).sum())
    is_open = lost > s.min_open_core * (int(mask.sum()) + int(inside.sum()))
    if is_open and lost <= s.max_open_core * int(mask.sum()):
        inside |= transverse
    if not inside.any():
        return solid & ~mask & (_neighbors(mask) >= 5), is_open
    inside |= _pits(inside, spacing, s) & ~solid
    wall = dilate(Mask.from_bool(inside), s.closing_mm + max(spacing), spacing).to_bool()
    return inside | (solid & ~mask & wall), is_open


def _pits(inside: BoolArray, spacing: tuple[float, float, float], s: OutlineSettings) -> BoolArray:
    """Columns that were left out of what is enclosed: two planes that leak through gaps of the wall cross there.

    They lie within it in a plane and are there no wider than gaps that are bridged.
    """
    pits = np.zeros_like(inside)
    for axis in range(3):
        across = [d for k, d in enumerate(spacing) if k != axis]
        widest = int((2 * s.closing_mm) ** 2 / (across[0] * across[1]))
        planes = Mask.from_bool(np.moveaxis(inside | pits, axis, 0))
        pits |= np.moveaxis((filled(planes, widest) - planes).to_bool(), 0, axis)
    return pits


def _holes(solid: BoolArray) -> BoolArray:
    """Voxels outside a mask that are holes of it in at least two of the three planes through them."""
    from scipy.ndimage import label

    own = Region.trimmed((0, 0, 0), solid)  # no hole lies beyond its box
    air = np.pad(~own.mask, 1, constant_values=True)
    votes = np.zeros(air.shape, dtype=np.uint8)
    for axis in range(3):
        pieces = np.moveaxis(label(air, np.moveaxis(IN_PLANE, 0, axis))[0], axis, 0)
        votes += np.moveaxis((pieces > 0) & (pieces != pieces[:, :1, :1]), 0, axis)
    holes = np.zeros(solid.shape, dtype=bool)
    holes[own.slices] = votes[1:-1, 1:-1, 1:-1] >= 2
    return holes


def _without_noise(other: BoolArray, holes: BoolArray, noise_voxels: int) -> BoolArray:
    """What is dense and not the deposit's, without specks of noise in its holes: they would leave pits there."""
    from scipy.ndimage import label

    if not (other & holes).any():
        return other
    parts, _ = label(other, np.ones((3, 3, 3)))
    voxels = np.bincount(parts.reshape(-1))
    kept: BoolArray = other & ~(holes & (voxels[parts] < noise_voxels))
    return kept


def _joined(envelope: BoolArray, whole: BoolArray) -> BoolArray:
    """The parts of an envelope that hold something of the deposit: islands of noise at its edge are none."""
    from scipy.ndimage import label

    parts, count = label(envelope, np.ones((3, 3, 3)))
    keep = np.zeros(count + 1, dtype=bool)
    keep[np.unique(parts[whole])] = True
    keep[0] = False
    joined: BoolArray = keep[parts]
    return joined


def _background(volume: Volume, whole: Region, foreign: BoolArray, s: OutlineSettings) -> float | None:
    """Median HU of the ring around, None where nothing is left of it."""
    packed, spacing = Mask.from_bool(whole.mask), volume.grid.spacing_mm
    ring = (dilate(packed, s.ring_mm[1], spacing) - dilate(packed, s.ring_mm[0], spacing)).to_bool() & ~foreign
    return float(np.median(volume.values[whole.slices][ring])) if ring.any() else None


def _shares(
    volume: Volume, whole: Region, foreign: BoolArray, background: float | None, s: OutlineSettings
) -> tuple[Index3, FloatValues, BoolArray]:
    """How much of each voxel is deposit, where at least half is, and the start of the box of both."""
    near = Region.trimmed((0, 0, 0), whole.mask).padded(BESIDE, whole.mask.shape)
    a, b, c = (first + more for first, more in zip(whole.start, near.start, strict=True))
    values = volume.values[whole.slices][near.slices].astype(np.float32)
    fractions = _edge_fractions(values, near.mask, foreign[near.slices], background, s)
    return (a, b, c), fractions, _joined(fractions >= s.half, near.mask)


def _edge_fractions(
    values: FloatValues, whole: BoolArray, foreign: BoolArray, background: float | None, s: OutlineSettings
) -> FloatValues:
    """How much of each voxel is deposit: 1 inside; at the edge (HU - background) / (level - background).

    The edge is the outermost voxel and the one beyond it. The level is the highest value within two voxels, each
    averaged half and half with its neighbors in the slice against noise; a mean over more would take thin walls for
    fainter and so for thicker than they are. Noise beyond the edge may count a little below 0, so that it cancels in
    the sum.
    """
    from scipy.ndimage import maximum_filter

    beside = _neighbors(whole)
    core = beside == 6
    edge = (beside > 0) & ~core & ~foreign
    fractions: FloatValues = core.astype(np.float32)
    if background is None:
        fractions[whole] = 1.0
        return fractions
    level = maximum_filter(np.where(whole, _calmed(values), np.float32(-np.inf)), (3, 5, 5))
    usable = edge & (level > background + 1.0)
    share = (values[usable] - background) / (level[usable] - background)
    fractions[usable] = np.clip(share, s.least_fraction, 1.0)
    return fractions


def _calmed(values: FloatValues) -> FloatValues:
    """Each value averaged half and half with its four neighbors in the slice."""
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    calmed: FloatValues = (values / 2 + around / 8).astype(np.float32)
    return calmed


def _neighbors(mask: BoolArray) -> npt.NDArray[np.uint8]:
    """How many of a voxel's six face neighbors are set, counted for set voxels and for those beside them."""
    count = np.zeros(mask.shape, dtype=np.uint8)
    count[1:] += mask[:-1]
    count[:-1] += mask[1:]
    count[:, 1:] += mask[:, :-1]
    count[:, :-1] += mask[:, 1:]
    count[:, :, 1:] += mask[:, :, :-1]
    count[:, :, :-1] += mask[:, :, 1:]
    return count
