"""The Agatston score of each deposit: study, deposits -> scores."""

from __future__ import annotations

import numpy as np

from calcimeter.knowledge.tubes import agatston_table
from calcimeter.model.anatomy import Anatomy, Dense
from calcimeter.model.grid import BoolArray
from calcimeter.model.lesion import Deposit
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Region, Volume

KVP_STEP = 0.5
"""A voltage of the table is met to half a kilovolt; between two of them nothing is defined."""


def score_agatston(
    study: CTStudy, deposits: tuple[Deposit, ...], dense: Dense, anatomy: Anatomy
) -> tuple[float | None, ...]:
    """Score by deposit; None where literature does not define it.

    In every transverse slice the voxels at or above the first threshold of the tube voltage that share an edge are one
    component. A component of 1 mm2 or more counts its area in mm2 times 1 to 4, by its highest HU; the sum is scaled by
    the distance of slices over 3 mm, so that neither thin nor overlapping slices count more.

    What belongs to a deposit: its dense voxels. Where the search threshold is above that of the score, the fringe of
    one voxel between the two belongs to it as well; a core that is fainter does not.

    Returns
    -------
    tuple
        None for all without tube voltage, at one that is not in the table, in images computed for one photon energy,
        of a cone-beam scanner, and with contrast medium in the body or in the header. 0 for an outline that holds
        nothing dense.
    """
    thresholds = _thresholds_hu(study, anatomy)
    if thresholds is None:
        return (None,) * len(deposits)
    return tuple(_score(study.volume, deposit.dense, dense.threshold_hu, thresholds) for deposit in deposits)


def _thresholds_hu(study: CTStudy, anatomy: Anatomy) -> list[float] | None:
    """Lowest HU of the weights 1 to 4, or None where the score is not defined."""
    said = not {caveat.code for caveat in study.caveats}.isdisjoint(("CONTRAST_GIVEN", "CONE_BEAM"))
    if study.kvp is None or study.monoenergetic_kev is not None or said or anatomy.contrast.voxels() > 0:
        return None
    for tube in agatston_table()["tube"]:
        if abs(tube["kvp"] - study.kvp) <= KVP_STEP:
            return [float(hu) for hu in tube["thresholds_hu"]]
    return None


def _score(volume: Volume, own: Region | None, search_hu: float, thresholds_hu: list[float]) -> float:
    """One deposit."""
    from scipy.ndimage import label, maximum

    if own is None:
        return 0.0
    box = own.padded((0, 1, 1), volume.grid.shape)
    values = volume.values[box.slices]
    fringe = _beside(box.mask) & (values <= search_hu)
    counted = (box.mask | fringe) & (values >= thresholds_hu[0])
    in_plane = np.zeros((3, 3, 3), dtype=bool)
    in_plane[1, 1], in_plane[1, :, 1] = True, True
    components, count = label(counted, in_plane)
    if count == 0:
        return 0.0
    numbers = np.arange(1, count + 1)
    step_mm = volume.grid.voxel_mm3 / _pixel_mm2(volume)
    area_mm2 = np.bincount(components.ravel(), minlength=count + 1)[1:] * _pixel_mm2(volume)
    weight = np.searchsorted(thresholds_hu, maximum(values, components, numbers), side="right")
    large = area_mm2 >= agatston_table()["min_area_mm2"] - 1e-9
    return float((area_mm2 * weight)[large].sum() * step_mm / agatston_table()["slice_mm"])


def _beside(mask: BoolArray) -> BoolArray:
    """Voxels with an edge to the mask in their slice."""
    beside = np.zeros_like(mask)
    beside[:, 1:] |= mask[:, :-1]
    beside[:, :-1] |= mask[:, 1:]
    beside[:, :, 1:] |= mask[:, :, :-1]
    beside[:, :, :-1] |= mask[:, :, 1:]
    return beside & ~mask


def _pixel_mm2(volume: Volume) -> float:
    """Area of a pixel."""
    rows, columns = volume.grid.affine[:3, 1], volume.grid.affine[:3, 2]
    return float(np.linalg.norm(np.cross(rows, columns)))
