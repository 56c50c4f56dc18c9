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
    foreign = (dense.mask.within(box.slices) & ~box.mask) | bone | ~anatomy.body.within(box.slices)
    holes, is_open = _enclosed(box.mask, spacing, s)
    holes &= ~foreign
    whole = box.mask | holes
    values = volume.values[box.slices].astype(np.float32)
    fractions = _edge_fractions(values, whole, foreign, s, spacing)
    fractions[holes & _eroded(whole)] = 1.0
    envelope = _joined(fractions >= s.half, whole)
    if not envelope.any():
        envelope, fractions = box.mask, box.mask.astype(np.float32)
    cut = any(cut.region.overlap(own) > 0 for cut in anatomy.skeleton.cuts)
    met = {"CUT_FROM_BONE": cut, "ENVELOPE_OPEN": is_open}
    return replace(
        deposit,
        envelope=Region.trimmed(box.start, envelope),
        fractions=_trimmed(box.start, fractions),
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
    wall = dilate(Mask.from_bool(inside), s.closing_mm + max(spacing), spacing).to_bool()
    return inside | (solid & ~mask & wall), is_open


def _holes(solid: BoolArray) -> BoolArray:
    """Voxels outside a mask that are holes of it in at least two of the three planes through them."""
    votes = np.zeros(solid.shape, dtype=np.uint8)
    for axes in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        turned = Mask.from_bool(np.ascontiguousarray(solid.transpose(axes)))
        votes += filled(turned).to_bool().transpose(np.argsort(axes))
    holes: BoolArray = (votes >= 2) & ~solid
    return holes


def _joined(envelope: BoolArray, whole: BoolArray) -> BoolArray:
    """The parts of an envelope that hold something of the deposit: islands of noise at its edge are none."""
    from scipy.ndimage import label

    parts, count = label(envelope, np.ones((3, 3, 3)))
    keep = np.zeros(count + 1, dtype=bool)
    keep[np.unique(parts[whole])] = True
    keep[0] = False
    joined: BoolArray = keep[parts]
    return joined


def _edge_fractions(
    values: FloatValues, whole: BoolArray, foreign: BoolArray, s: OutlineSettings, spacing: tuple[float, float, float]
) -> FloatValues:
    """How much of each voxel is deposit: 1 inside; at the edge (HU - background) / (level - background).

    The edge is the outermost voxel and the one beyond it. The level is the highest value within two voxels, each
    averaged half and half with its neighbors in the slice against noise; a mean over more would take thin walls for
    fainter and so for thicker than they are. The background is the median of the ring around. Noise beyond the
    edge may count a little below 0, so that it cancels in the sum.
    """
    from scipy.ndimage import maximum_filter

    core = _eroded(whole)
    edge = (_neighbors(whole) > 0) & ~core & ~foreign
    packed = Mask.from_bool(whole)
    ring = (dilate(packed, s.ring_mm[1], spacing) - dilate(packed, s.ring_mm[0], spacing)).to_bool() & ~foreign
    fractions = core.astype(np.float32)
    if not ring.any():
        fractions[whole] = 1.0
        return fractions
    background = float(np.median(values[ring]))
    level = maximum_filter(np.where(whole, _calmed(values), -np.inf), (3, 5, 5))
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


def _eroded(mask: BoolArray) -> BoolArray:
    """Without the voxels that have a face to the outside; the box has a margin."""
    inside: BoolArray = _neighbors(mask) == 6
    return inside


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
