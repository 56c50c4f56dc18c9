"""Outlines drawn elsewhere, on any grid -> regions of the analyzed volume."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.assemble import StoredArray
from calcimeter.load.volume_file import is_volume_file, open_volume_file, volume_format
from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Region

MAX_LABEL = 65_535
OUTSIDE_VOXELS = 1e-3
"""How far, in voxels, an outline's voxel may lie beyond the border: the rounding of affines in single precision."""

TIE = 1e-6
"""Where two voxels are equally near, the one of higher index is taken, whatever the last digit of the affine."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One outline on the grid of its own file.

    Parameters
    ----------
    number : int
        Label value, or segment number.
    region : Region
    grid : Grid
        In which the region's indices count.
    name : str
        Label of a DICOM segment, else "".
    """

    number: int
    region: Region
    grid: Grid
    name: str = ""


def load_outlines(path: Path, study: CTStudy) -> tuple[tuple[int, Region], ...]:
    """Outlines of a file on the analyzed grid of a study, by nearest neighbor.

    Parameters
    ----------
    path : Path
        NIfTI or NRRD label map (Slicer's .seg.nrrd with layers too), or DICOM SEG (binary, label map, or fractional
        from one half on).
    study : CTStudy

    Returns
    -------
    tuple of (int, Region)
        By number: the label value; the segment number in DICOM SEG, and in a .seg.nrrd whose label values repeat.

    Raises
    ------
    UsageError
        There is no such file, or it is a folder.
    UnreadableInput
        It is no label map, or damaged.
    GeometryError
        An outline is empty, reaches outside the scan, or vanishes between the scan's voxels; or the file belongs to
        another frame of reference.
    """
    path = Path(path)
    if path.is_dir():
        raise UsageError(
            "met a folder, expected outlines in one file (NIfTI, .seg.nrrd, DICOM SEG); give the file in it"
        )
    if not path.is_file():
        raise UsageError("the file of outlines does not exist; check its name")
    if not is_volume_file(path):
        from calcimeter.load.segmentation import read_segmentation

        outlines = read_segmentation(path, study)
    elif volume_format(path) == "nrrd":
        outlines = _from_nrrd(path)
    else:
        stored = open_volume_file(path)
        outlines = _from_labels(label_array(stored), stored.grid)
    if not outlines:
        raise GeometryError(
            "met a label map without a labeled voxel, expected one label per lesion; draw them and export again"
        )
    ordered = sorted(outlines, key=lambda outline: outline.number)
    return tuple((outline.number, _resampled(outline, study.volume.grid)) for outline in ordered)


def label_array(stored: StoredArray, layers: int | None = None) -> npt.NDArray[np.uint16]:
    """The label map of a file, (layers,) i, j, k.

    Raises
    ------
    UnsupportedStudy
        A value is no label.
    """
    shape = stored.grid.shape if layers is None else (layers, *stored.grid.shape)
    labels = np.zeros(shape, dtype=np.uint16, order="F")
    for k, plane in enumerate(stored.planes()):
        values = (
            plane.stored * plane.slope + plane.intercept if (plane.slope, plane.intercept) != (1, 0) else plane.stored
        )
        if not (values.min() >= 0 and values.max() <= MAX_LABEL and np.array_equal(values, np.floor(values))):
            raise UnsupportedStudy(
                "met a file with values that are no labels, expected whole numbers from 0 to"
                f" {MAX_LABEL}; export a label map"
            )
        labels[..., k] = values
    return labels


def _from_labels(labels: npt.NDArray[np.uint16], grid: Grid) -> list[Outline]:
    """One outline a label value."""
    low, high = _boxes(labels)
    found = []
    for number in np.flatnonzero(high[:, 0] > 0):
        box = tuple(slice(a, b) for a, b in zip(low[number], high[number], strict=True))
        start = (int(low[number, 0]), int(low[number, 1]), int(low[number, 2]))
        found.append(Outline(int(number), Region(start, labels[box] == number), grid))
    return found


def _boxes(labels: npt.NDArray[np.uint16]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First index and index after the last of every label value, (values, 3) each; 0 and 0 where it is absent."""
    low = np.full((int(labels.max()) + 1, 3), np.iinfo(np.int64).max)
    high = np.zeros_like(low)
    for k in range(labels.shape[2]):  # plane by plane: indices take 8 times the memory of labels
        i, j = np.nonzero(labels[..., k])
        values = labels[i, j, k]
        for axis, index in enumerate((i, j, np.full(i.shape, k))):
            np.minimum.at(low[:, axis], values, index)
            np.maximum.at(high[:, axis], values, index + 1)
    return np.minimum(low, high), high


def _from_nrrd(path: Path) -> list[Outline]:
    """Labels of an NRRD; where Slicer names its segments, those."""
    from calcimeter.load.volume_nrrd import open_nrrd

    file = open_nrrd(path, layered=True)
    labels = label_array(file.stored, file.layers)
    layers = labels if file.layers is not None else labels[None]
    found = {
        (layer, outline.number): outline
        for layer, values in enumerate(layers)
        for outline in _from_labels(values, file.stored.grid)
    }
    segments = segment_places(file.keys)
    if not segments:
        if file.layers is not None:
            raise UnreadableInput(
                "met layers without Slicer's segment keys, expected a .seg.nrrd; save it from Slicer again"
            )
        return list(found.values())
    for number, place in segments.items():
        if place not in found:
            raise GeometryError(f"met segment {number} without a voxel; draw or remove it")
    return [Outline(number, found[place].region, file.stored.grid) for number, place in segments.items()]


def segment_places(keys: dict[str, Any]) -> dict[int, tuple[int, int]]:
    """Number -> layer and label value, of Slicer's segments in their order; empty where there are none.

    Raises
    ------
    UnreadableInput
        The keys are damaged.
    """
    places: list[tuple[int, int]] = []
    while f"Segment{len(places)}_LabelValue" in keys:
        name = f"Segment{len(places)}"
        try:
            places.append((int(keys.get(f"{name}_Layer", 0)), int(keys[f"{name}_LabelValue"])))
        except ValueError as error:
            raise UnreadableInput("met a .seg.nrrd with damaged segment keys; save it from Slicer again") from error
    values = [value for _, value in places]
    numbers = values if len(set(values)) == len(values) else range(1, len(values) + 1)
    return dict(zip(numbers, places, strict=True))


def _resampled(outline: Outline, grid: Grid) -> Region:
    """An outline on another grid: every voxel of that grid whose center falls in a voxel of the outline."""
    _check_inside(outline, grid)
    corners = _corners(outline.region.start, outline.region.stop)
    reached = grid.to_index(outline.grid.to_patient(corners))
    low = np.maximum(np.floor(reached.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(reached.max(axis=0)) + 1, grid.shape).astype(int)
    mask = np.zeros(high - low, dtype=bool)
    back = np.linalg.inv(outline.grid.affine) @ grid.affine
    for k in range(mask.shape[0]):
        _resample_slice(mask[k], back, (low[0] + k, low[1], low[2]), outline.region)
    if not mask.any():
        raise GeometryError(
            f"outline {outline.number} vanishes between the scan's voxels, which are larger; draw it on the scan's grid"
        )
    tight = np.argwhere(mask)
    inner = tuple(slice(a, b) for a, b in zip(tight.min(axis=0), tight.max(axis=0) + 1, strict=True))
    start = low + tight.min(axis=0)
    return Region((int(start[0]), int(start[1]), int(start[2])), mask[inner].copy())


def _resample_slice(mask: BoolArray, back: FloatArray, start: tuple[int, int, int], region: Region) -> None:
    """Fill one slice of a box; ``back`` leads from its index to that of the region's grid."""
    rows = np.arange(start[1], start[1] + mask.shape[0])[:, None]
    columns = np.arange(start[2], start[2] + mask.shape[1])[None, :]
    inside = np.ones(mask.shape, dtype=bool)
    nearest = []
    for axis in range(3):
        place = back[axis, 3] + back[axis, 0] * start[0] + back[axis, 1] * rows + back[axis, 2] * columns
        index = np.floor(place + 0.5 + TIE).astype(np.intp) - region.start[axis]
        inside &= (index >= 0) & (index < region.mask.shape[axis])
        nearest.append(index)
    mask[inside] = region.mask[tuple(index[inside] for index in nearest)]


def _check_inside(outline: Outline, grid: Grid) -> None:
    """Refuse an outline that reaches beyond the scan: what is measured would be cut."""
    upper = np.array(grid.shape) - 0.5

    def beyond(index: npt.ArrayLike) -> int:
        place = grid.to_index(outline.grid.to_patient(index))
        return int(np.count_nonzero(((place < -0.5 - OUTSIDE_VOXELS) | (place > upper + OUTSIDE_VOXELS)).any(axis=-1)))

    start, last = outline.region.start, tuple(n - 1 for n in outline.region.stop)
    if not beyond(list(product(*zip(start, last, strict=True)))):
        return  # its whole box is inside
    outside, voxels = beyond(outline.region.indices()), outline.region.voxels
    if outside:
        part = "whole" if outside == voxels else f"{outside} of {voxels} voxels"
        raise GeometryError(f"outline {outline.number} lies outside the scan ({part}); was it drawn on another scan?")


def _corners(start: tuple[int, int, int], stop: tuple[int, int, int]) -> FloatArray:
    """The corners of a box of voxels, voxel edges, (8, 3)."""
    edges = zip((s - 0.5 for s in start), (e - 0.5 for e in stop), strict=True)
    return np.array(list(product(*edges)))
