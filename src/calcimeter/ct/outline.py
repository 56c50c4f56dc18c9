"""The envelope of each deposit: groups of fragments -> filled outlines at half maximum, with their voxel fractions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import OutlineSettings
from calcimeter.geometry.morphology import closed, dilate, filled
from calcimeter.model.anatomy import Anatomy, Dense, Mask
from calcimeter.model.candidate import Group
from calcimeter.model.grid import BoolArray
from calcimeter.model.lesion import Deposit
from calcimeter.model.study import CTStudy, tracking_uid
from calcimeter.model.volume import Fractions, Region

FloatValues = npt.NDArray[np.float32]


def outline_deposits(
    study: CTStudy, groups: tuple[Group, ...], dense: Dense, anatomy: Anatomy, settings: OutlineSettings
) -> tuple[Deposit, ...]:
    """Deposits with their envelopes, in the order of the groups.

    The envelope is what the dense fragments enclose: gaps in a rim up to 4 mm are bridged, then a voxel counts as
    enclosed if it is a hole in at least two of the three planes through it. At the edge each voxel counts with the
    fraction that its HU gives between the tissue around and the deposit's own level nearby, and the envelope ends
    at one half, so that blur and the search threshold do not blow up dense deposits. Where a deposit is nowhere
    clearly denser than its surroundings the dense voxels themselves are the envelope.
    """
    return tuple(_outline(study, group, dense, anatomy, settings) for group in groups)


def _outline(study: CTStudy, group: Group, dense: Dense, anatomy: Anatomy, s: OutlineSettings) -> Deposit:
    """One deposit."""
    volume = study.volume
    own = Region.union(tuple(f.region for f in group.fragments))
    spacing = volume.grid.spacing_mm
    reach = [int(max(2 * s.closing_mm, s.ring_mm[1]) / d) + 2 for d in spacing]
    box = own.padded((reach[0], reach[1], reach[2]), volume.grid.shape)
    bone = anatomy.skeleton.labels[box.slices] > 0
    foreign = (dense.mask.within(box.slices) & ~box.mask) | bone | ~anatomy.body.within(box.slices)
    holes = _enclosed(box.mask, spacing, s) & ~foreign
    whole = box.mask | holes
    values = volume.values[box.slices].astype(np.float32)
    fractions = _edge_fractions(values, whole, foreign, s, spacing)
    fractions[holes & _eroded(whole)] = 1.0
    envelope = fractions >= s.half
    if not envelope.any():
        envelope, fractions = box.mask, box.mask.astype(np.float32)
    caveats = []
    facts = [f.facts for f in group.fragments]
    if any(f.at_border for f in facts):
        caveats.append("TOUCHES_BORDER")
    if any(f.bone_contact > 0 for f in facts):
        caveats.append("LESION_TOUCHES_BONE")
    outline = Region.trimmed(box.start, envelope)
    return Deposit(
        tracking_uid=tracking_uid(study, volume.grid.to_patient(outline.centroid())),
        dense=own,
        envelope=outline,
        parts=len(group.fragments),
        category=group.verdict.category,
        confidence=group.verdict.confidence,
        reasons=group.verdict.reasons,
        caveats=tuple(caveats),
        fractions=Fractions(box.start, fractions),
    )


def _enclosed(mask: BoolArray, spacing: tuple[float, float, float], s: OutlineSettings) -> BoolArray:
    """Voxels that the mask encloses in at least two of three planes, with the rim voxels that closing bridged."""
    packed = Mask.from_bool(mask)
    bridged = closed(packed, s.closing_mm, spacing)
    solid = bridged.to_bool()
    votes = np.zeros(mask.shape, dtype=np.uint8)
    for axes in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        turned = Mask.from_bool(np.ascontiguousarray(solid.transpose(axes)))
        votes += filled(turned).to_bool().transpose(np.argsort(axes))
    inside = (votes >= 2) & ~solid
    if not inside.any():
        return solid & ~mask & (_neighbors(mask) >= 5)
    wall = dilate(Mask.from_bool(inside), s.closing_mm + max(spacing), spacing).to_bool()
    return inside | (solid & ~mask & wall)


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
