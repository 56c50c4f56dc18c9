"""Names of bones from a label map that was given: pieces of skeleton -> bones."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import GivenNamesSettings
from calcimeter.geometry.distance import nearest
from calcimeter.model.anatomy import Bone, LabelMap, Part, Skeleton
from calcimeter.model.grid import BoolArray, FloatArray

Numbers = npt.NDArray[np.uint8]
Flat = npt.NDArray[np.int64]
"""Flat indices of voxels: a skeleton is a few percent of a scan."""

Term = tuple[str, Literal["left", "right", "midline"] | None]
"""Name and side."""

MAX_UINT8 = 255

ORGANS_MM = 8.0
"""Spacing at which the middles of organs are taken."""


def take_names(skeleton: Skeleton, label_map: LabelMap, settings: GivenNamesSettings) -> Skeleton:
    """The skeleton with the names and sides of a label map.

    A voxel of the skeleton gets the bone that the map has there, else that of the nearest one that has, if within reach
    and unless only a fringe of its piece is. What is farther away stays a piece without a name. The skeleton itself is
    not changed: a bone that the map has and the skeleton lacks is not added, and the map's voxels outside the skeleton
    are left out.

    Parameters
    ----------
    skeleton : Skeleton
    label_map : LabelMap
        On the same grid.

    Returns
    -------
    Skeleton
        One bone for each name and side, and what is left of each piece, by volume. Bones of one name and side that
        the map tells apart, as ribs, are one. Without sides, and with the caveat SIDES_CONTRADICT, where the map's
        liver lies left of its spleen and stomach. Fails where bones touch and the map lacks one of them: its first
        millimeters are taken for the other.
    """
    mirrored = _is_mirrored(label_map, settings.organs_apart_mm)
    terms = [_term(part, mirrored=mirrored) for part in label_map.parts]
    names = tuple(dict.fromkeys(term for term in terms if term is not None))
    bone_of = np.array([0, *(0 if term is None else 1 + names.index(term) for term in terms)], dtype=np.uint8)
    where = np.flatnonzero(skeleton.labels)
    piece = skeleton.labels.ravel()[where]
    bone = bone_of[label_map.labels.ravel()[where]]
    near = _nearest(where, bone, label_map, settings)
    carries = _share(piece, (bone > 0) | (near > 0)) >= settings.min_share
    own = np.where((bone == 0) & carries[piece], near, bone).astype(np.uint16)
    np.copyto(own, piece.astype(np.uint16) + len(names), where=own == 0)  # above the names: what is left of a piece
    codes = {"ANATOMY_GIVEN", "SIDES_CONTRADICT"} if mirrored else {"ANATOMY_GIVEN"}
    if not mirrored and any(side is None for _, side in names):
        codes.add("SIDE_UNKNOWN")
    named = replace(skeleton, source=label_map.source, caveats=tuple(sorted({*skeleton.caveats, *codes})))
    return _numbered(named, names, (where, own), label_map.grid.voxel_mm3)


def _is_mirrored(label_map: LabelMap, apart_mm: float) -> bool:
    """Whether liver, spleen and stomach lie the other way round: a header that turns the patient over turns the map
    with it, so that its sides agree with each other and are wrong. False where none of them is in view.
    """
    left_mm = {}
    step = max(1, round(ORGANS_MM / min(label_map.grid.spacing_mm)))
    for k, part in enumerate(label_map.parts, 1):
        if part.name in ("liver", "spleen", "stomach"):
            index = np.argwhere(label_map.labels[::step, ::step, ::step] == k) * step
            if len(index):
                left_mm[part.name] = float(label_map.grid.to_patient(index)[:, 0].mean())
    if "liver" not in left_mm:
        return False
    leads = [left_mm[name] - left_mm["liver"] for name in ("spleen", "stomach") if name in left_mm]
    return bool(leads) and max(leads) < -apart_mm


def _term(part: Part, *, mirrored: bool) -> Term | None:
    """Name and side of a bone; None for an organ."""
    if not part.is_bone:
        return None
    return (part.name, part.side if part.side == "midline" or not mirrored else None)


def _nearest(where: Flat, bone: Numbers, label_map: LabelMap, settings: GivenNamesSettings) -> Numbers:
    """For each voxel without a label the nearest bone within reach, measured between blocks of voxels; else 0."""
    grid = label_map.grid
    block = np.array([max(1, round(settings.block_mm / mm)) for mm in grid.spacing_mm])
    blocks = tuple(int(n) for n in -(-np.array(grid.shape) // block))
    index = np.unravel_index(where, grid.shape)
    place = np.ravel_multi_index([i // int(n) for i, n in zip(index, block, strict=True)], blocks)
    bones, asking = np.zeros(np.prod(blocks), dtype=np.uint8), np.zeros(np.prod(blocks), dtype=bool)
    asking[place[bone == 0]] = True
    bones[place[bone > 0]] = bone[bone > 0]
    goals, askers = np.flatnonzero(bones), np.flatnonzero(asking)
    found = np.zeros_like(bones)
    if len(goals) and len(askers):
        goals_mm, askers_mm = (
            grid.to_patient((np.stack(np.unravel_index(flat, blocks), axis=1) + 0.5) * block - 0.5)
            for flat in (goals, askers)
        )
        distance, number = nearest(askers_mm, goals_mm)
        found[askers] = np.where(distance <= settings.reach_mm, bones[goals[number]], 0)
    near: Numbers = np.where(bone == 0, found[place], 0)
    return near


def _share(piece: npt.NDArray[np.integer], chosen: BoolArray) -> FloatArray:
    """Share of the voxels of each piece that are chosen, by id."""
    whole = np.bincount(piece)
    share: FloatArray = np.bincount(piece[chosen], minlength=len(whole)) / np.maximum(whole, 1)
    return share


def _numbered(
    skeleton: Skeleton, names: tuple[Term, ...], voxels: tuple[Flat, npt.NDArray[np.uint16]], voxel_mm3: float
) -> Skeleton:
    """The bones by volume, the largest first, from voxels with their number: k for ``names[k - 1]``, above for none."""
    where, own = voxels
    count = np.bincount(own)
    order = [int(i) for i in np.argsort(-count, kind="stable") if count[i]]
    number = np.zeros(len(count), dtype=np.uint16)
    number[order] = np.arange(1, len(order) + 1)
    bones = []
    for i in order:
        name, side = names[i - 1] if i <= len(names) else (None, None)
        bones.append(Bone(int(number[i]), name, side, float(count[i] * voxel_mm3)))
    labels = np.zeros(skeleton.labels.shape, dtype=np.uint16 if len(bones) > MAX_UINT8 else np.uint8)
    labels.ravel()[where] = number[own]
    return replace(skeleton, labels=labels, bones=tuple(bones))
