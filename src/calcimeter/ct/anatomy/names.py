"""Which bone is which: a skeleton in pieces -> bones with names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from calcimeter.ct.anatomy.context import CELL_MM, OTHER, Cells, bone_names
from calcimeter.ct.anatomy.order import ordered, with_kneecaps_in_front, with_ribs
from calcimeter.ct.anatomy.regions import agreed, settled
from calcimeter.ct.anatomy.tubes import LimbBone
from calcimeter.ct.settings import NamesSettings
from calcimeter.geometry.lanes import each, in_lanes
from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.grid import Grid
from calcimeter.model.volume import Volume

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def name_bones(volume: Volume, limbs: tuple[LimbBone, ...], skeleton: Skeleton, settings: NamesSettings) -> Skeleton:
    """Give the voxels of a skeleton the vocabulary's bones.

    Each 5 mm cell is asked what its surroundings make likely, cells in touch agree, and a region of one name keeps it
    if it is likely enough. Shafts that the tubes have named are told so, and what is around them learns it.

    Parameters
    ----------
    volume : Volume
    limbs : tuple of LimbBone
        Shafts whose bone is known.
    skeleton : Skeleton
        In pieces.

    Returns
    -------
    Skeleton
        One bone a name, both sides in one: ``side`` is "midline" for bones that have none, and None for the others.
        Vertebrae go by region of the spine. What has no name stays in the piece that it was in; so does all but known
        shafts where the model knows less than half of what is in view, or too little along the body is.
    """
    if not skeleton.bones:
        return skeleton
    cells = Cells.of(skeleton, volume.grid)
    at = np.argwhere(cells.share > 0)
    model = bone_names()
    told = _told(at, limbs, volume.grid, model.names_of_classes)
    said = model.probabilities(cells.share, at, told)
    named = np.full(cells.share.shape, len(model.names), dtype=np.int64)
    known = [model.names.index(limb.name) for limb in limbs]
    height_mm = volume.grid.shape[0] * volume.grid.spacing_mm[0]
    named[tuple(at.T)] = _trusted(
        _named(at, cells, said, model.names, settings), cells.share[tuple(at.T)], known, height_mm, settings
    )
    return _relabeled(skeleton, volume.grid, _codes(skeleton, cells, named, len(model.names)), model.names)


def _told(at: Ints, limbs: tuple[LimbBone, ...], grid: Grid, names: tuple[str, ...]) -> Ints:
    """For each cell on a known shaft the first class that has its name, (n,); -1 elsewhere."""
    from scipy.spatial import cKDTree

    centers_mm = grid.to_patient((at + 0.5) * CELL_MM / grid.spacing_mm - 0.5)
    told = np.full(len(at), -1)
    for limb in limbs:
        steps_mm = np.linalg.norm(np.diff(limb.path_mm, axis=0), axis=1)
        along_mm = np.concatenate([[0.0], np.cumsum(steps_mm)])
        every_mm = np.arange(0.0, along_mm[-1] + CELL_MM, CELL_MM)
        path_mm = np.stack([np.interp(every_mm, along_mm, limb.path_mm[:, k]) for k in range(3)], axis=1)
        reach_mm = (limb.diameter_mm + CELL_MM) / 2
        distance_mm, _ = cKDTree(path_mm).query(centers_mm, distance_upper_bound=reach_mm)
        told[np.isfinite(distance_mm)] = names.index(limb.name)
    return told


def _named(at: Ints, cells: Cells, said: Floats, names: tuple[str, ...], s: NamesSettings) -> Ints:
    """The name of each cell, (n,).

    What the model learned as no bone is the cartilage of ribs: beside a lower spine without ribs in view it has to be
    one of the bones that are.
    """
    named = _settled(at, cells, said, names, s)
    cage = [names.index("rib"), names.index("sternum")]
    spine = [names.index("lumbar_spine"), names.index("sacrum")]
    if np.isin(named, cage).any() or not np.isin(named, spine).any() or not (named == len(names)).any():
        return named
    in_view = np.isin(np.arange(said.shape[1]), named)
    in_view[names.index(OTHER)] = False
    bones = np.where(in_view, said, np.float32(0))
    return _settled(at, cells, bones / np.maximum(bones.sum(axis=1, keepdims=True), np.float32(1e-6)), names, s)


def _trusted(named: Ints, share: Floats, known: list[int], height_mm: float, s: NamesSettings) -> Ints:
    """The names of cells, (n,), without those of a skeleton that is none of an adult, or of which only a slab is seen.

    In the pelvis of a toddler a femur is as wide as a humerus: most of it has no name then, and the rest a wrong one.
    A few slices through loins or thigh look like any bones.
    """
    none = len(bone_names().names)
    if height_mm >= s.min_height_mm and share[named < none].sum() >= s.min_named_share * share.sum():
        return named
    return np.where(np.isin(named, known), named, none)


def _settled(at: Ints, cells: Cells, said: Floats, names: tuple[str, ...], s: NamesSettings) -> Ints:
    """The name of each cell, (n,), by its place in ``names``; their number where none is likely enough.

    How likely is asked of what the model said of a region's cells, for neighbors that agree make each other sure.
    """
    shape = cells.share.shape
    belief = ordered(at, agreed(at, shape, said, s), names, s.order_cells)
    region, verdict = settled(at, shape, belief, s)
    cells_of = np.bincount(region)
    likely = np.bincount(region, weights=said[np.arange(len(at)), verdict[region]]) / cells_of
    unknown = (likely < s.min_probability) | (verdict == names.index(OTHER))
    named: Ints = np.where(unknown, len(names), verdict)[region]
    named = with_ribs(at, named, names, s.process_cells, s.rib_cells)
    return with_kneecaps_in_front(at, named, names, s.kneecap_cells, s.kneecap_near_cells)


Codes = list[tuple[Ints, npt.NDArray[np.uint16]]]
"""For each slice its voxels of bone and a code of each: a name's place, or their number and the piece's id."""


def _codes(skeleton: Skeleton, cells: Cells, named: Ints, none: int) -> Codes:
    """The name or else the piece of every voxel of bone."""

    def codes(k: int) -> tuple[Ints, npt.NDArray[np.uint16]]:
        pieces = skeleton.labels[k]
        flat = np.flatnonzero(pieces != 0)
        rows, columns = np.divmod(flat, pieces.shape[1])
        name = named[cells.of_axis[0][k], cells.of_axis[1][rows], cells.of_axis[2][columns]]
        piece = pieces.reshape(-1)[flat].astype(np.int64)
        return flat, np.where(name < none, name, none + piece).astype(np.uint16)

    return each(codes, range(len(skeleton.labels)), skeleton.labels.nbytes)


def _relabeled(skeleton: Skeleton, grid: Grid, codes: Codes, names: tuple[str, ...]) -> Skeleton:
    """One bone a code."""
    counts = np.bincount(np.concatenate([of for _, of in codes]))
    present = np.flatnonzero(counts)
    number = np.zeros(len(counts), dtype=np.uint16)
    number[present] = np.arange(1, len(present) + 1)
    labels = np.zeros(grid.shape, dtype=np.uint8) if len(present) < 256 else np.zeros(grid.shape, dtype=np.uint16)
    small = number.astype(labels.dtype)

    def fill(first: int, last: int) -> None:
        for k in range(first, last):
            flat, of = codes[k]
            labels[k].reshape(-1)[flat] = small[of]

    in_lanes(fill, len(labels), labels.nbytes)
    bones = tuple(
        Bone(
            id=int(number[code]),
            name=names[code] if code < len(names) else None,
            side="midline" if code < len(names) and names[code] in bone_names().unpaired else None,
            volume_mm3=float(counts[code] * grid.voxel_mm3),
        )
        for code in present
    )
    return replace(skeleton, labels=labels, bones=bones)
