"""HU for a report of two dates without the scans: small boxes around deposits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.model.lesion import Category

if TYPE_CHECKING:
    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.grid import FloatArray
    from calcimeter.model.volume import Volume

SHOWN = (Category.SOFT_TISSUE, Category.UNCERTAIN)
MARGIN_MM = 20.0
STEP_MM = 1.0
MOST = 40
"""So many deposits are shown, by id; and none larger than ``LARGEST_MM``, of which the middle is shown."""
LARGEST_MM = 200.0


class Crop(NamedTuple):
    """HU around one deposit.

    Parameters
    ----------
    hu : ndarray of int16, (slices, rows, columns)
    affine_lps : ndarray, (4, 4)
        From an index to LPS mm.
    """

    hu: npt.NDArray[np.int16]
    affine_lps: FloatArray


def crops_of(analysis: CTAnalysis) -> dict[int, Crop]:
    """A crop of every listed soft-tissue and uncertain lesion, by id.

    At the scan's spacing, or every so many voxels where it is finer than 1 mm: nothing is interpolated. Without
    anything but HU and place.
    """
    chosen = [lesion.deposit.envelope for lesion in analysis.lesions if lesion.category in SHOWN][:MOST]
    ids = [lesion.id for lesion in analysis.lesions if lesion.category in SHOWN]
    volume = analysis.study.volume
    return {
        number: _crop(volume, (np.array(envelope.start), np.array(envelope.stop)))
        for number, envelope in zip(ids, chosen, strict=False)
    }


def crops_of_gone(analysis: CTAnalysis) -> tuple[Crop, ...]:
    """A crop of every place where a deposit of the study before has vanished; none without a comparison."""
    if analysis.comparison is None:
        return ()
    volume = analysis.study.volume
    boxes = [change.gone_mm for change in analysis.comparison.changes if change.gone_mm is not None]
    crops = []
    for box in boxes[:MOST]:
        index = volume.grid.to_index(np.array(box))
        crops.append(_crop(volume, (index.min(axis=0), index.max(axis=0) + 1)))
    return tuple(crops)


def _crop(volume: Volume, box: tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]) -> Crop:
    """HU around a box of indices, its end not included."""
    grid = volume.grid
    spacing = np.array(grid.spacing_mm)
    start, stop = (np.asarray(corner, dtype=np.float64) for corner in box)
    middle = (start + stop) / 2
    half = np.minimum((stop - start) / 2 + MARGIN_MM / spacing, LARGEST_MM / 2 / spacing)
    low = np.maximum(np.floor(middle - half), 0).astype(int)
    high = np.minimum(np.ceil(middle + half), grid.shape).astype(int)
    steps = np.maximum(np.floor(STEP_MM / spacing + 0.01), 1).astype(int)
    inside = tuple(slice(a, b, s) for a, b, s in zip(low, high, steps, strict=True))
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_patient(low)
    affine[:3, :3] *= steps
    hu = np.clip(np.rint(volume.values[inside]), -1024, 32767).astype(np.int16)
    return Crop(hu, affine)
